"""Copy-synthesis: fakes out of genuine recordings, so that words, speaker, room and microphone are the same on both sides.

world, world_shifted: WORLD analysis and synthesis (pyworld), the second with pitch and spectral envelope moved (a crude voice conversion).
griffin_lim_*: log-mel spectrogram back to a waveform by the fast Griffin-Lim algorithm (Perraudin et al. 2013).
mel_phase: above a random frequency the magnitude keeps only its mel bands and the phase is drawn at random, below it stays.
lpc: linear prediction with an artificial excitation (pulses and noise); only in the TUNE split, as a generator that training never sees.
lyra: through the neural codec Lyra 2 (SoundStream encoder, quantiser, GAN decoder; weights from google/lyra), at one of its three rates.
"""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pyworld
import torch
from scipy.signal import lfilter

RATE = 16000


def mel_filters(bands: int, size: int, low: float = 0.0, high: float = 8000.0) -> torch.Tensor:
    def mel(hertz):
        return 2595 * np.log10(1 + np.asarray(hertz) / 700)

    edges = 700 * (10 ** (np.linspace(mel(low), mel(high), bands + 2) / 2595) - 1)
    bins = np.linspace(0, RATE / 2, size // 2 + 1)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return torch.tensor(np.maximum(0, np.minimum(rising, falling)), dtype=torch.float32)


def stft(x: torch.Tensor, size: int, hop: int) -> torch.Tensor:
    return torch.stft(x, size, hop, window=torch.hann_window(size), return_complex=True)


def istft(spectrum: torch.Tensor, size: int, hop: int, length: int) -> torch.Tensor:
    return torch.istft(spectrum, size, hop, window=torch.hann_window(size), length=length)


def griffin_lim(x: np.ndarray, rng, bands: int, size: int, rounds: int) -> np.ndarray:
    hop = size // 4
    wave = torch.from_numpy(x)
    filters = mel_filters(bands, size)
    magnitude = torch.linalg.pinv(filters) @ (filters @ stft(wave, size, hop).abs())
    magnitude = magnitude.clamp_min(1e-5)
    phase = torch.from_numpy(np.exp(2j * np.pi * rng.random(magnitude.shape)).astype(np.complex64))
    previous = torch.zeros_like(phase)
    for _ in range(rounds):
        rebuilt = stft(istft(magnitude * phase, size, hop, len(x)), size, hop)
        phase = rebuilt - 0.99 / 1.99 * previous
        phase = phase / phase.abs().clamp_min(1e-8)
        previous = rebuilt
    return istft(magnitude * phase, size, hop, len(x)).numpy()


def mel_phase(x: np.ndarray, rng) -> np.ndarray:
    size, hop = 512, 128
    spectrum = stft(torch.from_numpy(x), size, hop)
    filters = mel_filters(int(rng.choice([64, 80, 100])), size)
    smooth = (torch.linalg.pinv(filters) @ (filters @ spectrum.abs())).clamp_min(1e-6)
    start = int(rng.uniform(1000, 4500) / (RATE / size))
    angle = torch.angle(spectrum) + torch.from_numpy(rng.normal(0, rng.uniform(0.8, 3.0), spectrum.shape).astype(np.float32))
    made = torch.polar(smooth, angle)
    made[:start] = spectrum[:start]
    return istft(made, size, hop, len(x)).numpy()


def world(x: np.ndarray, rng, shifted: bool) -> np.ndarray:
    wide = x.astype(np.float64)
    pitch, times = pyworld.dio(wide, RATE, frame_period=5.0)
    pitch = pyworld.stonemask(wide, pitch, times, RATE)
    envelope = pyworld.cheaptrick(wide, pitch, times, RATE)
    aperiodicity = pyworld.d4c(wide, pitch, times, RATE)
    if shifted:
        ratio = float(rng.choice([-1, 1]) * rng.uniform(0.06, 0.25))
        pitch = pitch * 2 ** (3 * ratio)
        bins = np.arange(envelope.shape[1])
        source = np.clip(bins / 2**ratio, 0, bins[-1])
        left = np.minimum(source.astype(int), bins[-1] - 1)
        part = source - left
        envelope = np.ascontiguousarray(envelope[:, left] * (1 - part) + envelope[:, left + 1] * part)
    return pyworld.synthesize(pitch, envelope, aperiodicity, RATE, 5.0)[: len(x)].astype(np.float32)


def lpc(x: np.ndarray, rng) -> np.ndarray:
    order, size, hop = 18, 400, 160
    window = np.hanning(size)
    pitch, _ = pyworld.dio(x.astype(np.float64), RATE, frame_period=10.0)
    out, state, phase = np.zeros(len(x) + size), np.zeros(order), 0.0
    for index, start in enumerate(range(0, len(x) - size, hop)):
        frame = x[start : start + size] * window
        auto = np.correlate(frame, frame, "full")[size - 1 : size + order]
        auto[0] = auto[0] * 1.0001 + 1e-7
        matrix = auto[np.abs(np.subtract.outer(np.arange(order), np.arange(order)))]
        solved = np.linalg.solve(matrix, auto[1:])
        gain = np.sqrt(max(auto[0] - solved @ auto[1:], 1e-9) / (window**2).sum())
        f0 = pitch[min(index, len(pitch) - 1)]
        excitation = rng.normal(0, 1, hop)
        if f0 > 0:
            excitation *= 0.25
            for sample in range(hop):
                phase += f0 / RATE
                if phase >= 1:
                    phase -= 1
                    excitation[sample] += np.sqrt(RATE / f0)
        made, state = lfilter([1.0], np.concatenate([[1.0], -solved]), gain * excitation, zi=state)
        out[start + size // 2 - hop // 2 : start + size // 2 + hop - hop // 2] = made
    return np.clip(out[: len(x)], -1, 1).astype(np.float32)


@cache
def lyra_parts():
    """Encoder, quantiser both ways, decoder: TensorFlow Lite models of the folder $LYRA."""
    from ai_edge_litert.interpreter import Interpreter

    models = {name: Interpreter(model_path=str(Path(os.environ["LYRA"]) / f"{name}.tflite"), num_threads=1) for name in ("soundstream_encoder", "quantizer", "lyragan")}
    runners = [models["soundstream_encoder"].get_signature_runner(), models["quantizer"].get_signature_runner("encode"), models["quantizer"].get_signature_runner("decode")]
    return models, [*runners, models["lyragan"].get_signature_runner()]


def lyra(x: np.ndarray, rng) -> np.ndarray:
    models, (encode, quantise, restore, decode) = lyra_parts()
    for name in ("soundstream_encoder", "lyragan"):
        models[name].reset_all_variables()
    rate = np.array(int(rng.choice([16, 30, 46])), np.int32)
    out = []
    for start in range(0, len(x) - 319, 320):
        features = encode(input_audio=x[None, start : start + 320])["output_0"]
        places = quantise(input_frames=features, num_quantizers=rate)["output_0"]
        out.append(decode(input_audio=restore(encoding_indices=places)["output_0"])["output_0"][0])
    return np.concatenate(out).astype(np.float32)


COPIES = {
    "world": lambda x, rng: world(x, rng, False),
    "world_shifted": lambda x, rng: world(x, rng, True),
    "griffin_lim_80": lambda x, rng: griffin_lim(x, rng, 80, 1024, 24),
    "griffin_lim_128": lambda x, rng: griffin_lim(x, rng, 128, 512, 24),
    "mel_phase": mel_phase,
    "lpc": lpc,
    "lyra": lyra,
}
