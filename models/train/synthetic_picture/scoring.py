"""What calibrate.py and evaluate.py share: the patches of a picture, the ONNX file, the quality measure, exact intervals.

The patches and the measure are those of `src/detectors/src/synthetic_picture`; a change here is a change there.
"""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from PIL import Image
from scipy.stats import beta

SIDE = 128


def windows(width: int, height: int) -> dict[str, list[tuple[int, int, int]]]:
    """(left, top, side) of the windows: four in native resolution at the quarters, and the largest square in the middle."""
    short = min(width, height)
    quarters = lambda length: [round((length - SIDE) * share) for share in (0.25, 0.75)]
    return {
        "native": [(x, y, SIDE) for y in quarters(height) for x in quarters(width)],
        "whole": [((width - short) // 2, (height - short) // 2, short)] if short > SIDE else [],
    }


def cut(image: Image.Image, window: tuple[int, int, int]) -> np.ndarray:
    left, top, side = window
    box = (left, top, left + side, top + side)
    patch = image.crop(box) if side == SIDE else image.resize((SIDE, SIDE), Image.BILINEAR, box=box)
    return np.asarray(patch)


class Scorer:
    def __init__(self, model: Path):
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(model), settings, providers=["CPUExecutionProvider"])

    def patches(self, patches: list[np.ndarray]) -> np.ndarray:
        tensor = np.ascontiguousarray(np.stack(patches).transpose(0, 3, 1, 2), dtype=np.float32) / 255.0
        return self.session.run(None, {"patch": tensor})[0][:, 0]

    def picture(self, rgb: np.ndarray) -> dict[str, np.ndarray]:
        """Logits by kind of window."""
        image = Image.fromarray(rgb)
        chosen = windows(image.width, image.height)
        logits = self.patches([cut(image, window) for kind in chosen.values() for window in kind])
        ends = np.cumsum([len(kind) for kind in chosen.values()])[:-1]
        return dict(zip(chosen, np.split(logits, ends)))


def combined(logits: dict[str, np.ndarray]) -> float:
    """Mean over the kinds of windows of the mean over the windows of a kind."""
    return float(np.mean([part.mean() for part in logits.values() if len(part)]))


def measure(rgb: np.ndarray) -> dict[str, float]:
    """Mean over the native windows: quality = log10(max(var(laplacian), 1e-6) / max(var(grey), 1)), grey mean and deviation."""
    found = []
    for left, top, side in windows(rgb.shape[1], rgb.shape[0])["native"]:
        patch = rgb[top : top + side, left : left + side].astype(np.float64)
        grey = patch @ np.array([0.299, 0.587, 0.114])
        laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
        found.append([np.log10(max(laplacian.var(), 1e-6) / max(grey.var(), 1.0)), grey.mean(), grey.std()])
    quality, mean, deviation = np.median(found, 0)
    return {"quality": float(quality), "grey_mean": float(mean), "grey_sd": float(deviation)}


def rgb_of(path: str) -> np.ndarray:
    return cv2.imread(path)[:, :, ::-1].copy()


def shrunk(rgb: np.ndarray, factor: float) -> np.ndarray:
    return cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else rgb


def jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    data = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1]
    return cv2.imdecode(data, 1)[:, :, ::-1].copy()


def clopper_pearson(hits: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low = float(beta.ppf(tail, hits, of - hits + 1)) if hits else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return low, high
