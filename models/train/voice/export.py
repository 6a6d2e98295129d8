"""Export a checkpoint to ONNX (opset 17) and prove that ONNX Runtime gives the same numbers as PyTorch."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import torch

from network import WINDOW, Trunk, Voice


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--checkpoint", type=Path, nargs="+", required=True, help="several are averaged")
    arguments.add_argument("--scale", type=float, default=1.0, help="what the logit is multiplied by")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    trunks = []
    for path in options.checkpoint:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        trunks.append(Trunk(saved["width"]))
        trunks[-1].load_state_dict(saved["trunk"])
    network = Voice(trunks, options.scale)
    network.eval()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network, (torch.rand(2, WINDOW) * 0.1,), str(options.out), input_names=["samples"], output_names=["logit"],
        dynamic_axes={"samples": {0: "n"}, "logit": {0: "n"}}, opset_version=17, dynamo=False,
    )  # fmt: skip
    model = onnx.load(str(options.out))
    model.ir_version = 8  # what ONNX Runtime 1.17 reads
    del model.graph.value_info[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(options.out))
    session = ort.InferenceSession(str(options.out), providers=["CPUExecutionProvider"])
    worst = 0.0
    for count in (1, 3):
        samples = torch.rand(count, WINDOW) - 0.5
        samples[0] *= 0.001
        with torch.no_grad():
            logit = network(samples).numpy()
        got = session.run(["logit"], {"samples": samples.numpy()})[0]
        assert got.shape == (count, 1)
        worst = max(worst, float(np.abs(got - logit).max()))
    assert worst < 1e-3, f"ONNX Runtime differs from PyTorch by {worst}"
    data = options.out.read_bytes()
    print(json.dumps({"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "opset": 17, "worst_difference": worst}))


if __name__ == "__main__":
    main()
