"""What calibrate.py and evaluate.py share. `measure` and `windows_of` are repeated in src/detectors/src/voice and have to stay the same.

Sound is cut into windows of 4 s, a shorter piece is repeated. A frame of 20 ms is *active* within 35 dB of the loudest twentieth, and *voiced-like* if, besides, the mean
square of its first difference is less than its own (noise: twice as much). A window counts as speech with 1 s of active and 0.4 s of voiced-like frames and a level
that moves by 10 dB or more between its tenth and its ninetieth percentile. Music that moves like speech passes.
"""

import numpy as np
import onnxruntime as ort

RATE, WINDOW, FRAME = 16000, 64000, 320
LEAST_SPEECH_S = 1.0


def high_pass(taps: int = 63, cutoff: float = 4000.0) -> np.ndarray:
    """Windowed sinc (Hann), linear phase: what is left is the sound above 4 kHz."""
    middle = taps // 2
    away = np.arange(taps) - middle
    low = 2 * cutoff / RATE * np.sinc(2 * cutoff / RATE * away) * (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(taps) + 1) / (taps + 1)))
    low /= low.sum()
    out = -low
    out[middle] += 1
    return out


HIGH_PASS = high_pass()


def levels(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Per frame of 20 ms: level in dB, and whether it is voiced-like."""
    frames = x[: len(x) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power = (frames**2).mean(1)
    change = (np.diff(frames, axis=1) ** 2).sum(1) / FRAME
    return 10 * np.log10(power + 1e-10), change < power


def quantile(values: np.ndarray, share: float) -> float:
    """The value at index floor(share * (n - 1)) of the sorted values."""
    return float(np.sort(values)[int(share * (len(values) - 1))])


def windows_of(x: np.ndarray) -> list[tuple[int, int]]:
    """(first sample, length) of the windows of one stretch: one after another, and a last one that ends with it if 2 s or more are left over."""
    if len(x) <= WINDOW:
        return [(0, len(x))]
    out = [(start, WINDOW) for start in range(0, len(x) - WINDOW + 1, WINDOW)]
    left = len(x) - (out[-1][0] + WINDOW)
    if left >= 2 * RATE:
        out.append((len(x) - WINDOW, WINDOW))
    return out


def measure(x: np.ndarray) -> dict | None:
    """What is known of one window before the network sees it; None if it is not speech."""
    if len(x) < FRAME * 50:
        return None
    level, voiced = levels(x)
    loud = quantile(level, 0.95)
    active = level > max(loud - 35, -75)
    spread = quantile(level, 0.9) - quantile(level, 0.1)
    speech_s = float(active.sum()) * 0.02
    if loud < -65 or speech_s < LEAST_SPEECH_S or (active & voiced).sum() * 0.02 < 0.4 or spread < 10:
        return None
    wide = x.astype(np.float64)
    high = np.convolve(wide, HIGH_PASS, "valid")
    hf = 10 * np.log10(((high**2).mean() + 1e-12) / ((wide**2).mean() + 1e-12))
    return {"speech_s": speech_s, "hf_db": float(hf), "spread_db": float(spread)}


class Scorer:
    def __init__(self, model):
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(model), settings, providers=["CPUExecutionProvider"])

    def file(self, x: np.ndarray) -> dict:
        """Mean logit over the windows that are speech, and the means of their measures."""
        kept, inputs = [], []
        for start, length in windows_of(x):
            piece = x[start : start + length]
            found = measure(piece)
            if found:
                kept.append(found)
                inputs.append(np.tile(piece, -(-WINDOW // len(piece)))[:WINDOW])
        if not kept:
            return {"reason": "speech_not_supported"}
        logits = [float(self.session.run(["logit"], {"samples": one[None].astype(np.float32)})[0][0, 0]) for one in inputs]
        out = {key: float(np.mean([one[key] for one in kept])) for key in ("hf_db", "spread_db")}
        return out | {"speech_s": float(sum(one["speech_s"] for one in kept)), "logit": float(np.mean(logits)), "logits": logits}
