"""Reading, trimming, codecs: the same chain for genuine and synthetic speech."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

RATE = 16000
# name: (encoder arguments, container, rate that the encoder gets)
CHAINS = {
    "pcm": None,
    "opus-12": (["-c:a", "libopus", "-b:a", "12k"], "ogg", 16000),
    "opus-16": (["-c:a", "libopus", "-b:a", "16k"], "ogg", 16000),
    "opus-24": (["-c:a", "libopus", "-b:a", "24k"], "ogg", 16000),
    "opus-32": (["-c:a", "libopus", "-b:a", "32k"], "ogg", 16000),
    "opus-64": (["-c:a", "libopus", "-b:a", "64k"], "ogg", 48000),
    "mp3-24": (["-c:a", "libmp3lame", "-b:a", "24k"], "mp3", 16000),
    "mp3-48": (["-c:a", "libmp3lame", "-b:a", "48k"], "mp3", 22050),
    "mp3-64": (["-c:a", "libmp3lame", "-b:a", "64k"], "mp3", 44100),
    "aac-24": (["-c:a", "aac", "-b:a", "24k"], "mp4", 16000),
    "aac-48": (["-c:a", "aac", "-b:a", "48k"], "mp4", 32000),
    "aac-64": (["-c:a", "aac", "-b:a", "64k"], "mp4", 44100),
    "gsm": (["-c:a", "libgsm"], "gsm", 8000),
    "alaw": (["-c:a", "pcm_alaw"], "wav", 8000),
    "speex": (["-c:a", "libspeex"], "ogg", 16000),
}


def decode(path: Path) -> np.ndarray:
    """The whole file as 16 kHz mono; libsndfile where it can (one process less per file), FFmpeg otherwise."""
    try:
        samples, rate = soundfile.read(str(path), dtype="float32", always_2d=True)
        common = np.gcd(rate, RATE)
        return resample_poly(samples.mean(1), RATE // common, rate // common).astype(np.float32)
    except soundfile.LibsndfileError:
        pass
    command = ["ffmpeg", "-v", "error", "-threads", "1", "-i", str(path), "-vn", "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout, np.float32).copy()


def level(x: np.ndarray, decibel: float = -26.0) -> np.ndarray:
    """RMS to a level in dB below full scale, peaks kept below 0.99."""
    gain = 10 ** (decibel / 20) / max(float(np.sqrt(np.mean(x**2))), 1e-6)
    return (x * min(gain, 0.99 / max(float(np.abs(x).max()), 1e-6))).astype(np.float32)


def trim(x: np.ndarray, margin: int = 1600) -> np.ndarray:
    """Cut silence at both ends: 20 ms frames more than 35 dB below the loudest tenth, 0.1 s of margin."""
    frames = x[: len(x) // 320 * 320].reshape(-1, 320)
    if not len(frames):
        return x
    power = 10 * np.log10((frames**2).mean(1) + 1e-10)
    loud = np.nonzero(power > np.quantile(power, 0.9) - 35)[0]
    return x[max(loud[0] * 320 - margin, 0) : (loud[-1] + 1) * 320 + margin]


def through_codec(pieces: list[np.ndarray], chain: str) -> list[np.ndarray]:
    """Encode many pieces as one stream with 0.3 s of silence between them, decode, cut apart again."""
    settings = CHAINS[chain]
    if settings is None or not pieces:
        return pieces
    encoder, container, rate = settings
    gap = np.zeros(4800, np.float32)
    joined = np.concatenate([part for piece in pieces for part in (piece, gap)])
    with tempfile.TemporaryDirectory() as folder:
        coded = f"{folder}/x.{container}"
        read = ["ffmpeg", "-v", "error", "-threads", "1", "-f", "f32le", "-ar", str(RATE), "-ac", "1", "-i", "-"]
        subprocess.run([*read, "-ar", str(rate), "-ac", "1", *encoder, coded], input=joined.tobytes(), check=True)
        plain = decode(Path(coded))
    plain = np.pad(plain, (0, max(0, len(joined) - len(plain))))
    out, at = [], 0
    for piece in pieces:
        out.append(plain[at : at + len(piece)].copy())
        at += len(piece) + len(gap)
    return out
