"""The network, front end included: raw 16 kHz samples in, one logit per window out.

Windows of 4 s. Short-time Fourier transform as a convolution with fixed kernels (512 samples, Hann, hop 256) → logarithm of the power in 256 bins, the mean of every bin taken
away (microphone, room and equaliser go with it), and as a second plane what of that mean is narrower than 17 bins (lines that a generator leaves) → a small residual network.
"""

import numpy as np
import torch
from torch import nn

WINDOW, BINS, POWER, FLOOR = 64000, 256, 49152.0, 1e-2  # POWER: what the bins of a frame sum to for noise of unit variance


def fourier_kernels(size: int = 512) -> torch.Tensor:
    time = np.arange(size)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * time / size)
    angle = 2 * np.pi * np.outer(np.arange(size // 2), time) / size
    return torch.tensor(np.concatenate([np.cos(angle) * window, np.sin(angle) * window])[:, None, :], dtype=torch.float32)


class Block(nn.Module):
    def __init__(self, before: int, after: int, stride: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(),
            nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after),
        )  # fmt: skip
        same = stride == 1 and before == after
        self.skip = nn.Identity() if same else nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.body(x) + self.skip(x))


class Planes(nn.Module):
    """[n, 256, frames] power → [n, 2, 256, frames]."""

    def __init__(self):
        super().__init__()
        self.register_buffer("smooth", torch.full((1, 1, 17), 1 / 17), persistent=False)

    def forward(self, power: torch.Tensor) -> torch.Tensor:
        total = power.sum(1, keepdim=True).mean(2, keepdim=True).clamp_min(1e-9)
        x = (power * (POWER / total) + FLOOR).log() * 0.25
        mean = x.mean(2)
        lines = mean - nn.functional.conv1d(nn.functional.pad(mean[:, None], (8, 8), mode="replicate"), self.smooth)[:, 0]
        return torch.stack([x - mean[..., None], lines[..., None].expand(-1, -1, x.shape[2])], 1)


class Trunk(nn.Module):
    """[n, 2, 256, frames] → one logit."""

    def __init__(self, width: int = 16):
        super().__init__()
        w = width
        self.stem = nn.Sequential(nn.Conv2d(2, w, 5, 2, 2, bias=False), nn.BatchNorm2d(w), nn.ReLU())
        self.place = nn.Parameter(torch.zeros(1, w, BINS // 2, 1))
        self.body = nn.Sequential(Block(w, w, 2), Block(w, 2 * w, 2), Block(2 * w, 2 * w, 1), Block(2 * w, 4 * w, 2))
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * 4 * w * 4, 1))

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        x = self.body(self.stem(planes) + self.place)
        x = nn.functional.avg_pool2d(x, (4, 1))
        mean = x.mean(3)
        spread = ((x - mean[..., None]).square().mean(3) + 1e-5).sqrt()
        return self.head(torch.cat([mean.flatten(1), spread.flatten(1)], 1))


class Voice(nn.Module):
    """[n, 64000] samples → [n, 1] logits; the mean of several trunks."""

    def __init__(self, trunks: list[Trunk], scale: float = 1.0):
        super().__init__()
        self.register_buffer("kernels", fourier_kernels(), persistent=False)
        self.planes, self.trunks, self.scale = Planes(), nn.ModuleList(trunks), scale

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        level = samples.square().mean(1, keepdim=True).sqrt().clamp_min(1e-5)
        parts = nn.functional.conv1d((samples / level)[:, None], self.kernels, stride=256)
        planes = self.planes(parts[:, :BINS].square() + parts[:, BINS:].square())
        return sum(trunk(planes) for trunk in self.trunks) * (self.scale / len(self.trunks))
