"""The network, front end included: raw 16 kHz samples in, one logit per window out.

Windows of 4 s. Short-time Fourier transform as a convolution with fixed kernels (512 samples, Hann, hop 256) → logarithm of the power in 256 bins → statistics over the frames that
are loud → a small multilayer perceptron. No statistic holds the mean level of a band: microphone, room and equaliser are to be of no help.
"""

import numpy as np
import torch
from torch import nn

WINDOW = 64000


def fourier_kernels(size: int = 512) -> torch.Tensor:
    time = np.arange(size)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * time / size)
    angle = 2 * np.pi * np.outer(np.arange(size // 2), time) / size
    return torch.tensor(np.concatenate([np.cos(angle) * window, np.sin(angle) * window])[:, None, :], dtype=torch.float32)


class Statistics(nn.Module):
    """[n, 64000] samples → [n, COUNT] numbers."""

    COUNT = 128 * 5 + 256 + 127 + 64 + 4

    def __init__(self):
        super().__init__()
        self.register_buffer("kernels", fourier_kernels(), persistent=False)
        self.register_buffer("smooth", torch.full((1, 1, 17), 1 / 17), persistent=False)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        scale = samples.square().mean(1, keepdim=True).sqrt().clamp_min(1e-5)
        samples = samples / scale
        parts = nn.functional.conv1d(samples[:, None], self.kernels, stride=256)
        power = parts[:, :256].square() + parts[:, 256:].square()
        fine = (power + 1e-3).log() * 0.25  # [n, 256, frames]
        wide = (power.reshape(power.shape[0], 128, 2, power.shape[2]).mean(2) + 1e-3).log() * 0.25
        loudness = wide.mean(1, keepdim=True)
        weight = torch.sigmoid(8 * (loudness - loudness.mean(2, keepdim=True)))
        weight = weight / weight.sum(2, keepdim=True)

        def mean(x: torch.Tensor) -> torch.Tensor:
            return (x * weight).sum(2)

        centred = wide - mean(wide)[..., None]
        deviation = (mean(centred.square()) + 1e-4).sqrt()
        slant = mean((centred / deviation[..., None]).clamp(-4, 4) ** 3)
        steps = (wide[..., 1:] - wide[..., :-1]).abs().mean(2)
        again = (centred[..., 1:] * centred[..., :-1]).mean(2) / (centred.square().mean(2) + 1e-3)
        across = mean(centred[:, 1:] * centred[:, :-1]) / (deviation[:, 1:] * deviation[:, :-1])
        ripple = (fine[:, 1:] - fine[:, :-1]).abs()
        ripple = mean(nn.functional.pad(ripple, (0, 0, 0, 1)).reshape(fine.shape[0], 128, 2, fine.shape[2]).mean(2))
        bend = (fine[:, 2:] - 2 * fine[:, 1:-1] + fine[:, :-2]).abs()
        bend = mean(nn.functional.pad(bend, (0, 0, 1, 1)).reshape(fine.shape[0], 64, 4, fine.shape[2]).mean(2))
        long = mean(fine)
        lines = long - nn.functional.conv1d(nn.functional.pad(long[:, None], (8, 8), mode="replicate"), self.smooth)[:, 0]
        difference = samples[:, 1:] - samples[:, :-1]
        difference = difference / (difference.square().mean(1, keepdim=True) + 1e-6).sqrt()
        shape = [difference.pow(3), difference.pow(4), samples.pow(3), samples.pow(4)]
        shape = [x.mean(1, keepdim=True).clamp(-200, 200) * 0.05 for x in shape]
        shape[0], shape[2] = shape[0].abs(), shape[2].abs()  # a recording may be upside down
        return torch.cat([deviation, slant, steps, again, ripple, lines, across, bend, *shape], 1)


class Head(nn.Module):
    """Statistics → logit. They are centred and scaled by what the training split holds, and cut at four deviations."""

    def __init__(self, count: int = Statistics.COUNT, width: int = 64):
        super().__init__()
        self.register_buffer("centre", torch.zeros(count))
        self.register_buffer("scale", torch.ones(count))
        self.body = nn.Sequential(nn.Dropout(0.3), nn.Linear(count, width), nn.ReLU(), nn.Dropout(0.3), nn.Linear(width, 1))

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        return self.body(((numbers - self.centre) / self.scale).clamp(-4, 4))


class Voice(nn.Module):
    def __init__(self, width: int = 64):
        super().__init__()
        self.statistics = Statistics()
        self.head = Head(width=width)

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        return self.head(self.statistics(samples))
