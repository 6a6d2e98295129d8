"""MTCNN (Zhang et al., 2016) over the three ONNX networks of facenet-pytorch; enough of it to measure where faces lie."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort


def _suppress(boxes: np.ndarray, scores: np.ndarray, limit: float, smaller: bool = False) -> list[int]:
    order, kept = list(np.argsort(-scores)), []
    area = np.prod(boxes[:, 2:4] - boxes[:, :2] + 1, axis=1)
    while order:
        first, rest = order[0], np.array(order[1:], int)
        kept.append(first)
        low, high = np.maximum(boxes[first, :2], boxes[rest, :2]), np.minimum(boxes[first, 2:4], boxes[rest, 2:4])
        inner = np.prod(np.clip(high - low + 1, 0, None), axis=1)
        whole = np.minimum(area[first], area[rest]) if smaller else area[first] + area[rest] - inner
        order = list(rest[inner / whole <= limit])
    return kept


class Mtcnn:
    def __init__(self, folder: Path, smallest: int = 40):
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = 1
        self.networks = [ort.InferenceSession(str(folder / f"mtcnn-{n}.onnx"), settings) for n in ("pnet", "rnet", "onet")]
        self.smallest = smallest

    def _run(self, stage: int, tensor: np.ndarray) -> list[np.ndarray]:
        return self.networks[stage].run(None, {self.networks[stage].get_inputs()[0].name: tensor})

    def _cut(self, image: np.ndarray, boxes: np.ndarray, side: int) -> np.ndarray:
        out = np.zeros((len(boxes), 3, side, side), np.float32)
        height, width = image.shape[:2]
        for i, (x0, y0, x1, y1) in enumerate(boxes[:, :4].round().astype(int)):
            part = image[max(0, y0) : min(height, y1), max(0, x0) : min(width, x1)]
            if part.size:
                out[i] = cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA).transpose(2, 0, 1)
        return (out - 127.5) / 128

    def faces(self, image_bgr: np.ndarray) -> list[tuple[float, np.ndarray, np.ndarray]]:
        image = image_bgr[:, :, ::-1].astype(np.float32)
        height, width = image.shape[:2]
        boxes, scores, scale = [], [], 12 / self.smallest
        while min(height, width) * scale >= 12:
            small = cv2.resize(image, (int(width * scale), int(height * scale)), interpolation=cv2.INTER_AREA)
            outputs = self._run(0, ((small - 127.5) / 128).transpose(2, 0, 1)[None])
            shift = next(o for o in outputs if o.shape[1] == 4)[0]
            probability = next(o for o in outputs if o.shape[1] == 2)[0, 1]
            ys, xs = np.nonzero(probability > 0.6)
            if len(ys):
                corner = np.stack([xs, ys], 1) * 2
                box = np.concatenate([corner + 1, corner + 12], 1) / scale
                side = box[:, 2:] - box[:, :2]
                box += shift[:, ys, xs].T * np.tile(side, 2)
                kept = _suppress(box, probability[ys, xs], 0.5)
                boxes.append(box[kept])
                scores.append(probability[ys, xs][kept])
            scale *= 0.709
        if not boxes:
            return []
        box, score = np.concatenate(boxes), np.concatenate(scores)
        kept = _suppress(box, score, 0.7)
        box, points = box[kept], None
        for stage, side, limit in ((1, 24, 0.7), (2, 48, 0.7)):
            centre, length = (box[:, :2] + box[:, 2:4]) / 2, (box[:, 2:4] - box[:, :2]).max(1, keepdims=True)
            box = np.concatenate([centre - length / 2, centre + length / 2], 1)
            outputs = self._run(stage, self._cut(image, box, side))
            shift = next(o for o in outputs if o.shape[1] == 4)
            score = next(o for o in outputs if o.shape[1] == 2)[:, 1]
            good = score > limit
            if not good.any():
                return []
            box, shift, score = box[good], shift[good], score[good]
            extent = box[:, 2:4] - box[:, :2]
            if stage == 2:
                raw = next(o for o in outputs if o.shape[1] == 10)[good]
                points = np.stack([raw[:, :5] * extent[:, :1] + box[:, :1], raw[:, 5:] * extent[:, 1:] + box[:, 1:2]], 2)
            box = box + shift * np.tile(extent, 2)
            kept = _suppress(box, score, 0.7, smaller=stage == 2)
            box, score = box[kept], score[kept]
            points = points[kept] if points is not None else None
        return [(float(score[i]), box[i], points[i]) for i in np.argsort(-score)]
