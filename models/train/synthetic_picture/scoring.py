"""What calibrate.py and evaluate.py share: the patches of a picture, the ONNX file, the quality measure, exact intervals.

The patches and the measure are those of `src/detectors/src/synthetic_picture`; a change here is a change there.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from PIL import Image
from scipy.stats import beta

SIDE = 128


class Plan:
    """`geometry.json`: which windows of a picture the network looks at, and how their logits become one."""

    def __init__(self, path: Path):
        values = json.loads(path.read_text())
        assert values["schema"] == "podlinnik-windows/1"
        self.side, self.grid, self.whole_side, self.whole_weight = (values[key] for key in ("side", "grid", "whole_side", "whole_weight"))

    def places(self, length: int) -> list[int]:
        """In the middle of as many equal parts of the room that is left; a half is rounded to even."""
        return [round((number + 0.5) / self.grid * (length - self.side)) for number in range(self.grid)]

    def native(self, rgb: np.ndarray) -> list[np.ndarray]:
        """Unscaled windows, row by row; none of a picture smaller than one."""
        height, width = rgb.shape[:2]
        if min(width, height) < self.side:
            return []
        return [rgb[top : top + self.side, left : left + self.side] for top in self.places(height) for left in self.places(width)]

    def whole(self, rgb: np.ndarray) -> np.ndarray:
        """The largest central square by a triangle filter whose support grows with the reduction."""
        height, width = rgb.shape[:2]
        short = min(width, height)
        left, top = (width - short) // 2, (height - short) // 2
        square = Image.fromarray(rgb).resize((self.whole_side, self.whole_side), Image.BILINEAR, box=(left, top, left + short, top + short))
        return np.asarray(square)

    def combined(self, native: np.ndarray, whole: float) -> float:
        if not len(native):
            return float(whole)
        return float(self.whole_weight * whole + (1 - self.whole_weight) * np.mean(native))


class Scorer:
    def __init__(self, model: Path):
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = 1
        self.session = ort.InferenceSession(str(model), settings, providers=["CPUExecutionProvider"])
        self.plan = Plan(model.parent / "geometry.json")

    def patches(self, patches: list[np.ndarray]) -> np.ndarray:
        tensor = np.ascontiguousarray(np.stack(patches).transpose(0, 3, 1, 2), dtype=np.float32) / 255.0
        return self.session.run(None, {"patch": tensor})[0][:, 0]

    def parts(self, rgb: np.ndarray) -> tuple[np.ndarray, float]:
        """Logits of the native windows and of the whole."""
        native = self.plan.native(rgb)
        return self.patches(native) if native else np.zeros(0), float(self.patches([self.plan.whole(rgb)])[0])

    def logit(self, rgb: np.ndarray) -> float:
        return self.plan.combined(*self.parts(rgb))


def measure(plan: Plan, rgb: np.ndarray) -> dict[str, float]:
    """Medians over the native windows (of the whole where there are none): quality = log10(max(var(laplacian), 1e-6) / max(var(grey), 1)), mean and deviation of the grey."""
    found = []
    for window in plan.native(rgb) or [plan.whole(rgb)]:
        grey = window.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
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
