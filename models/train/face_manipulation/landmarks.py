"""Put 468 MediaPipe landmarks on every genuine crop once; self-blending draws its masks from them.

Writes an .npz with `path`, `points` (float16, N × 468 × 2, in pixels of the 224-pixel crop) and `presence` (logit).
"""

import argparse
import csv
import time
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

SIDE = 224
MARGIN = 0.25  # the crops are tight: the landmark network wants about 1.5 × the face


def landmark_session(path: Path, threads: int = 1) -> ort.InferenceSession:
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = threads
    return ort.InferenceSession(str(path), settings, providers=["CPUExecutionProvider"])


def landmarks(session: ort.InferenceSession, image_bgr: np.ndarray, margin: float = MARGIN) -> tuple[np.ndarray, float]:
    """468 points in pixels of `image_bgr`, and the presence logit."""
    height, width = image_bgr.shape[:2]
    pad_y, pad_x = int(height * margin), int(width * margin)
    padded = cv2.copyMakeBorder(image_bgr, pad_y, pad_y, pad_x, pad_x, cv2.BORDER_REPLICATE)
    small = cv2.resize(padded, (192, 192), interpolation=cv2.INTER_AREA)
    tensor = small[None, :, :, ::-1].astype(np.float32) / 255.0
    outputs = session.run(None, {session.get_inputs()[0].name: tensor})
    points = next(out for out in outputs if out.size == 468 * 3).reshape(468, 3)[:, :2]
    presence = float(next(out for out in outputs if out.size == 1).reshape(()))
    scale = np.array([padded.shape[1] / 192, padded.shape[0] / 192])
    return points * scale - np.array([pad_x, pad_y]), presence


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--model", type=Path, required=True, help="mediapipe-face-landmark-468.onnx")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--label", default="real")
    arguments.add_argument("--source", nargs="*", default=[], help="only these sources")
    arguments.add_argument("--limit", type=int, default=0)
    options = arguments.parse_args()
    session = landmark_session(options.model, threads=2)
    with options.index.open() as handle:
        rows = [row for row in csv.DictReader(handle, delimiter="\t") if row["label"] == options.label and (not options.source or row["source"] in options.source)]
    rng = np.random.default_rng(7)
    rng.shuffle(rows)
    rows = rows[: options.limit or None]
    paths, points, presences, started = [], [], [], time.time()
    for number, row in enumerate(rows):
        image = cv2.resize(cv2.imread(row["path"]), (SIDE, SIDE))
        found, presence = landmarks(session, image)
        paths.append(row["path"])
        points.append(found.astype(np.float16))
        presences.append(presence)
        if number % 2000 == 0:
            print(number, f"{time.time() - started:.0f} s", flush=True)
    np.savez(options.out, path=np.array(paths), points=np.stack(points), presence=np.array(presences))


if __name__ == "__main__":
    main()
