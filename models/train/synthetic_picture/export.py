"""ONNX, opset 17, compared with PyTorch. Of several checkpoints one file that gives the mean of their logits."""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from torch import nn

from network import SyntheticPicture


class Together(nn.Module):
    """The mean of the logits of several networks."""

    def __init__(self, networks: list[nn.Module]):
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, view: torch.Tensor) -> torch.Tensor:
        return torch.stack([network(view) for network in self.networks]).mean(0)


def loaded(checkpoint: Path) -> nn.Module:
    network = SyntheticPicture(pretrained=False)
    network.load_state_dict(torch.load(checkpoint, weights_only=True)["ema"])
    return network


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checkpoint", type=Path, nargs="+", required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    networks = [loaded(checkpoint) for checkpoint in options.checkpoint]
    model = Together(networks) if len(networks) > 1 else networks[0]
    model.eval()
    torch.onnx.export(
        model, (torch.rand(2, 3, 128, 128),), str(options.out), opset_version=17, input_names=["patch"], output_names=["logit"],
        dynamic_axes={"patch": {0: "patches"}, "logit": {0: "patches"}}, dynamo=False,
    )  # fmt: skip
    for count in (1, 5):
        sample = torch.rand(count, 3, 128, 128) ** 2
        with torch.no_grad():
            expected = model(sample).numpy()
        found = ort.InferenceSession(str(options.out)).run(None, {"patch": sample.numpy()})[0]
        print(count, "largest difference", float(np.abs(expected - found).max()))
        assert np.allclose(expected, found, atol=2e-3)


if __name__ == "__main__":
    main()
