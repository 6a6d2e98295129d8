"""The files that build.py writes, and a random room for windows of samples."""

import json
from functools import cache
from pathlib import Path

import numpy as np
from scipy import fft

from network import WINDOW

RATE = 16000


class Recordings:
    def __init__(self, paths: list[Path]):
        self.rows, self.pieces = [], []
        for path in paths:
            file = np.load(path)
            ends = np.cumsum(file["lengths"])
            samples = file["samples"]
            self.pieces += [samples[end - length : end] for end, length in zip(ends, file["lengths"])]
            self.rows += json.loads(str(file["rows"]))

    def of(self, *splits: str) -> list[int]:
        return [i for i, row in enumerate(self.rows) if row["split"] in splits]


@cache
def noises() -> np.ndarray:
    """Coloured noise, made once: white to red, unit power."""
    rng, out = np.random.default_rng(99), []
    for _ in range(64):
        colour = 1 / np.maximum(fft.rfftfreq(WINDOW, 1 / RATE), 50) ** rng.uniform(0, 1)
        noise = fft.irfft(fft.rfft(rng.normal(size=WINDOW)) * colour, WINDOW)
        out.append((noise / np.sqrt((noise**2).mean())).astype(np.float32))
    return np.stack(out)


def augment(windows: list[np.ndarray], rng) -> list[np.ndarray]:
    """One random room for all of them: equaliser, band limit, noise, clipping."""
    size = WINDOW
    frequency = fft.rfftfreq(size, 1 / RATE).astype(np.float32)
    gain = np.ones(len(frequency), np.float32)
    if rng.random() < 0.6:
        knots = rng.normal(0, rng.uniform(1, 6), 7)
        gain *= 10 ** (np.interp(frequency, np.linspace(0, 8000, 7), knots) / 20)
    draw = rng.random()
    if draw < 0.30:
        limit = rng.choice([3400, 3800, 5000, 6000, 7000]) * rng.uniform(0.95, 1.05)
        gain *= 1 / (1 + np.exp((frequency - limit) / rng.uniform(20, 150)))
    if rng.random() < 0.3:
        gain *= 1 / (1 + np.exp(-(frequency - rng.uniform(60, 300)) / 20))
    noise = None
    if rng.random() < 0.5:
        bank = noises()
        noise = np.roll(bank[int(rng.integers(len(bank)))], int(rng.integers(size))) * np.float32(10 ** (-rng.uniform(8, 40) / 20))
    clip = rng.uniform(0.3, 1.0) if rng.random() < 0.1 else None
    out = []
    for x in windows:
        x = fft.irfft(fft.rfft(x) * gain.astype(np.float32), size)
        if noise is not None:
            x = x + noise * np.sqrt((x**2).mean())
        if clip is not None:
            x = np.clip(x, -clip * np.abs(x).max(), clip * np.abs(x).max())
        out.append(x.astype(np.float32))
    return out
