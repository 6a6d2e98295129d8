"""Write the fitted logistic regression as an ONNX graph: standardise, clip, weigh.

The graph takes the numbers of `src/detectors/src/temporal/measure.rs` as they are, [n, 29], and answers with logits [n, 1].
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper


def graph(fit: dict) -> onnx.ModelProto:
    row = lambda name, values: numpy_helper.from_array(np.array(values, np.float32).reshape(1, -1), name)
    scalar = lambda name, value: numpy_helper.from_array(np.array(value, np.float32), name)
    width = len(fit["names"])
    nodes = [
        helper.make_node("Sub", ["features", "mean"], ["centred"]),
        helper.make_node("Div", ["centred", "sd"], ["standard"]),
        helper.make_node("Clip", ["standard", "low", "high"], ["clipped"]),
        helper.make_node("Gemm", ["clipped", "weights", "bias"], ["logit"], transB=1),
    ]
    stored = [
        row("mean", fit["mean"]),
        row("sd", fit["sd"]),
        scalar("low", -fit["clip"]),
        scalar("high", fit["clip"]),
        row("weights", fit["weights"]),
        numpy_helper.from_array(np.array([fit["bias"]], np.float32), "bias"),
    ]
    inputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", width])]
    outputs = [helper.make_tensor_value_info("logit", TensorProto.FLOAT, ["n", 1])]
    model = helper.make_model(
        helper.make_graph(nodes, "temporal", inputs, outputs, stored),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
        producer_name="podlinnik",
    )
    onnx.checker.check_model(model)
    return model


def logits(fit: dict, features: np.ndarray) -> np.ndarray:
    standard = np.clip((features - np.array(fit["mean"])) / np.array(fit["sd"]), -fit["clip"], fit["clip"])
    return standard @ np.array(fit["weights"]) + fit["bias"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--fit", type=Path, required=True, help="what train.py wrote")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    fit = json.loads(options.fit.read_text())
    options.out.write_bytes(graph(fit).SerializeToString())
    trial = np.random.default_rng(1).normal(size=(64, len(fit["names"]))) * np.array(fit["sd"]) * 2 + np.array(fit["mean"])
    session = ort.InferenceSession(str(options.out), providers=["CPUExecutionProvider"])
    answer = session.run(None, {"features": trial.astype(np.float32)})[0][:, 0]
    print("largest difference", float(np.abs(answer - logits(fit, trial)).max()))
    print("sha256", hashlib.sha256(options.out.read_bytes()).hexdigest(), options.out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
