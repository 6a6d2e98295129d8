"""Export a checkpoint to ONNX (opset 17) and prove that ONNX Runtime gives the same numbers as PyTorch."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch
from torch import nn
from torch.nn import functional

from network import FaceManipulation


class Shipped(nn.Module):
    """Mean over the face and its mirror image; the map also smoothed by [1, 4, 1] / 6 in both directions. On TUNE both made the map point better, the mean the logit as well."""

    def __init__(self, network: FaceManipulation):
        super().__init__()
        self.network = network
        row = torch.tensor([1.0, 4.0, 1.0]) / 6
        self.register_buffer("kernel", (row[:, None] * row[None, :])[None, None])

    def forward(self, face: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        logit, manipulation_map = self.network(face)
        mirrored_logit, mirrored_map = self.network(torch.flip(face, [3]))
        mean = (manipulation_map + torch.flip(mirrored_map, [3])) / 2
        smooth = functional.conv2d(functional.pad(mean, (1, 1, 1, 1), mode="replicate"), self.kernel)
        return (logit + mirrored_logit) / 2, smooth


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checkpoint", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    network = FaceManipulation(pretrained=False)
    network.load_state_dict(torch.load(options.checkpoint, map_location="cpu", weights_only=True)["ema"])
    network = Shipped(network.eval()).eval()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    dynamic = {"face": {0: "n"}, "logit": {0: "n"}, "map": {0: "n"}}
    torch.onnx.export(
        network, (torch.rand(2, 3, 224, 224),), str(options.out), input_names=["face"], output_names=["logit", "map"],
        dynamic_axes=dynamic, opset_version=17, dynamo=False,
    )  # fmt: skip
    model = onnx.load(str(options.out))
    model.ir_version = 8  # what ONNX Runtime 1.17 reads
    for output in model.graph.output:
        if output.name == "map":
            for axis in (2, 3):
                output.type.tensor_type.shape.dim[axis].dim_value = 14
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(options.out))
    session = ort.InferenceSession(str(options.out), providers=["CPUExecutionProvider"])
    worst = 0.0
    for count in (1, 3, 8):
        face = torch.rand(count, 3, 224, 224)
        with torch.no_grad():
            logit, manipulation_map = network(face)
        got_logit, got_map = session.run(["logit", "map"], {"face": face.numpy()})
        assert got_logit.shape == (count, 1) and got_map.shape == (count, 1, 14, 14)
        worst = max(worst, float(np.abs(got_logit - logit.numpy()).max()), float(np.abs(got_map - manipulation_map.numpy()).max()))
    assert worst < 1e-3, f"ONNX Runtime differs from PyTorch by {worst}"
    data = options.out.read_bytes()
    print(json.dumps({"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "opset": 17, "worst_difference": worst}))


if __name__ == "__main__":
    main()
