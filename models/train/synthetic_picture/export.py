"""ONNX, opset 17, compared with PyTorch."""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from network import SyntheticPicture


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checkpoint", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    model = SyntheticPicture(pretrained=False)
    model.load_state_dict(torch.load(options.checkpoint, weights_only=True)["ema"])
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
