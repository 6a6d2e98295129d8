"""Features of patches of all listed pictures, several random trips through the chain each → one .npz per shard."""

import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from chain import patch


def session(path: str) -> ort.InferenceSession:
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    return ort.InferenceSession(path, settings, providers=["CPUExecutionProvider"])


def tensor(patches: list[np.ndarray]) -> np.ndarray:
    return np.ascontiguousarray(np.stack(patches)[:, :, :, ::-1].transpose(0, 3, 1, 2), dtype=np.float32) / 255.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--body", required=True, help="the frozen features as ONNX (export.py --features-only)")
    arguments.add_argument("--shard", type=int, required=True)
    arguments.add_argument("--shards", type=int, required=True)
    arguments.add_argument("--views", type=int, default=3)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    cv2.setNumThreads(1)
    rows = [line.split("\t") for line in options.index.read_text().splitlines()]
    body = session(options.body)
    features, which = [], []
    for number in range(options.shard, len(rows), options.shards):
        image = cv2.imread(rows[number][0])
        if max(image.shape[:2]) > 2400:
            image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        rng = np.random.default_rng(number)
        features.append(body.run(None, {"patch": tensor([patch(image, rng) for _ in range(options.views)])})[0])
        which += [number] * options.views
        if number % 200 < options.shards:
            print(number, flush=True)
            np.savez(options.out, features=np.concatenate(features).astype(np.float16), which=np.array(which))
    np.savez(options.out, features=np.concatenate(features).astype(np.float16), which=np.array(which))


if __name__ == "__main__":
    main()
