"""What calibrate.py and evaluate.py share: running the shipped ONNX file, measuring quality, and exact intervals."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
from scipy.stats import beta


class Scorer:
    def __init__(self, model: Path, threads: int = 1):
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = threads
        self.session = ort.InferenceSession(str(model), settings, providers=["CPUExecutionProvider"])

    def logits(self, faces_bgr: list[np.ndarray], batch: int = 16) -> np.ndarray:
        out = []
        for start in range(0, len(faces_bgr), batch):
            part = np.stack([face[:, :, ::-1] for face in faces_bgr[start : start + batch]])
            tensor = np.ascontiguousarray(part.transpose(0, 3, 1, 2), dtype=np.float32) / 255.0
            out.append(self.session.run(["logit"], {"face": tensor})[0][:, 0])
        return np.concatenate(out) if out else np.zeros(0, np.float32)


def measure(face_bgr: np.ndarray) -> dict[str, float]:
    """Numbers about a 224 × 224 crop that any implementation can repeat (see calibration.json, `quality_measure`).

    grey = 0.299 R + 0.587 G + 0.114 B in 0–255 as float; laplacian = up + down + left + right - 4 × centre on the inner 222 × 222 pixels;
    quality = log10(variance(laplacian) / max(variance(grey), 1)), population variances.
    """
    blue, green, red = (face_bgr[:, :, i].astype(np.float64) for i in range(3))
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * grey[1:-1, 1:-1]
    quality = np.log10(max(float(laplacian.var()), 1e-6) / max(float(grey.var()), 1.0))
    return {"quality": float(quality), "grey_mean": float(grey.mean()), "grey_sd": float(grey.std())}


def clopper_pearson(hits: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Two-sided exact interval of a proportion."""
    if total == 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, total - hits + 1))
    high = 1.0 if hits == total else float(beta.ppf(1 - tail, hits + 1, total - hits))
    return low, high


def area_under_curve(labels: np.ndarray, scores: np.ndarray) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(labels, scores))


def bootstrap(labels: np.ndarray, scores: np.ndarray, statistic, rounds: int = 1000, seed: int = 5) -> list[float]:
    """95 % percentile interval, resampling each class by itself."""
    rng = np.random.default_rng(seed)
    real, fake = np.nonzero(labels == 0)[0], np.nonzero(labels == 1)[0]
    values = []
    for _ in range(rounds):
        chosen = np.concatenate([rng.choice(real, len(real)), rng.choice(fake, len(fake))])
        values.append(statistic(labels[chosen], scores[chosen]))
    return [round(float(value), 4) for value in np.quantile(values, [0.025, 0.975])]


def rate_at(labels: np.ndarray, scores: np.ndarray, false_positives: float = 0.01) -> float:
    """True-positive rate at the threshold that this share of the genuine faces exceeds."""
    threshold = np.quantile(scores[labels == 0], 1 - false_positives)
    return float((scores[labels == 1] > threshold).mean())


def equal_error(labels: np.ndarray, scores: np.ndarray) -> float:
    thresholds = np.quantile(scores, np.linspace(0, 1, 501))
    false_positive = np.array([(scores[labels == 0] > t).mean() for t in thresholds])
    false_negative = np.array([(scores[labels == 1] <= t).mean() for t in thresholds])
    best = np.argmin(np.abs(false_positive - false_negative))
    return float((false_positive[best] + false_negative[best]) / 2)


def calibration_error(labels: np.ndarray, llr10: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of the balanced posterior that an LLR implies, both classes weighted equally, equal-width bins."""
    probability = 1 / (1 + 10 ** -np.clip(llr10, -6, 6))
    weight = np.where(labels == 1, 0.5 / (labels == 1).sum(), 0.5 / (labels == 0).sum())
    which, error = np.minimum((probability * bins).astype(int), bins - 1), 0.0
    for index in range(bins):
        inside = which == index
        if inside.any():
            total = weight[inside].sum()
            error += abs((weight[inside] * labels[inside]).sum() - (weight[inside] * probability[inside]).sum())
            assert total > 0
    return float(error)


def encode_h264(faces: list[np.ndarray], crf: int) -> list[np.ndarray]:
    """Real H.264 (libx264, intra frames): faces of one size, each a frame on a canvas of repeated border."""
    import subprocess

    side = faces[0].shape[0]
    canvas = (side + 16 + 15) // 16 * 16
    before = (canvas - side) // 2
    after = canvas - side - before
    raw = b"".join(cv2.copyMakeBorder(face, before, after, before, after, cv2.BORDER_REPLICATE).tobytes() for face in faces)
    size = f"{canvas}x{canvas}"
    shape = ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size]
    encoder = ["-c:v", "libx264", "-preset", "veryfast", "-g", "1", "-crf", str(crf), "-pix_fmt", "yuv420p", "-threads", "1", "-f", "h264", "-"]
    quiet = ["ffmpeg", "-loglevel", "error"]
    coded = subprocess.run([*quiet, *shape, "-r", "25", "-i", "-", *encoder], input=raw, stdout=subprocess.PIPE, check=True).stdout
    decode = ["-f", "h264", "-i", "-", "-f", "rawvideo", "-pix_fmt", "bgr24", "-fps_mode", "passthrough", "-"]
    plain = subprocess.run([*quiet, *decode], input=coded, stdout=subprocess.PIPE, check=True).stdout
    frames = np.frombuffer(plain, np.uint8).reshape(-1, canvas, canvas, 3)
    assert len(frames) == len(faces), f"{len(faces)} faces in, {len(frames)} out"
    return [frame[before : before + side, before : before + side].copy() for frame in frames]
