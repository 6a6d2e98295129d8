"""ONNX, opset 17: the frozen features alone, or the whole model with its trained head, compared with PyTorch."""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from network import Features, Head, SyntheticPicture


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--features-only", action="store_true")
    arguments.add_argument("--head", type=Path, help="what train.py wrote: the body stays frozen")
    arguments.add_argument("--whole", type=Path, help="what tune_body.py wrote")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    model = Features()
    name = "features"
    if not options.features_only:
        whole = torch.load(options.whole, weights_only=True) if options.whole else {}
        state = {key[5:]: value for key, value in whole.items() if key.startswith("head.")} or torch.load(options.head, weights_only=True)
        head = Head(len(state["centre"]), state["layers.1.weight"].shape[0])
        head.load_state_dict(state)
        model, name = SyntheticPicture(model, head), "logit"
        if whole:
            model.load_state_dict(whole)
    model.eval()
    sample = torch.rand(2, 3, 128, 128)
    torch.onnx.export(
        model, (sample,), str(options.out), opset_version=17, input_names=["patch"], output_names=[name],
        dynamic_axes={"patch": {0: "patches"}, name: {0: "patches"}}, dynamo=False,
    )
    for count in (1, 5):
        sample = torch.rand(count, 3, 128, 128) ** 2
        with torch.no_grad():
            expected = model(sample).numpy()
        found = ort.InferenceSession(str(options.out)).run(None, {"patch": sample.numpy()})[0]
        print(count, "largest difference", float(np.abs(expected - found).max()))
        assert np.allclose(expected, found, atol=2e-3)


if __name__ == "__main__":
    main()
