"""Face boxes with the MediaPipe short-range detector, and the square crop that the model was trained on."""

from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from extra_faces import crop_square, face_square, locate

SIDE = 128


def anchors() -> np.ndarray:
    """896 anchor centres: 2 per cell at stride 8, 6 per cell at stride 16."""
    centres = []
    for cells, each in ((16, 2), (8, 6)):
        for y in range(cells):
            for x in range(cells):
                centres += [((x + 0.5) / cells, (y + 0.5) / cells)] * each
    return np.array(centres, np.float32)


class ShortRange:
    def __init__(self, model: Path, threads: int = 1):
        settings = ort.SessionOptions()
        settings.intra_op_num_threads = threads
        self.session = ort.InferenceSession(str(model), settings, providers=["CPUExecutionProvider"])
        self.anchors = anchors()

    def faces(self, image_bgr: np.ndarray, threshold: float = 0.5) -> list[tuple[float, np.ndarray, np.ndarray]]:
        """(score, box x0 y0 x1 y1, 6 key points), in pixels of the picture, best first."""
        height, width = image_bgr.shape[:2]
        long = max(height, width)
        square = np.zeros((long, long, 3), np.uint8)
        top, left = (long - height) // 2, (long - width) // 2
        square[top : top + height, left : left + width] = image_bgr
        tensor = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)[None, :, :, ::-1].astype(np.float32) / 127.5 - 1
        outputs = self.session.run(None, {self.session.get_inputs()[0].name: tensor})
        raw = next(out for out in outputs if out.shape[-1] == 16).reshape(896, 16)
        scores = 1 / (1 + np.exp(-np.clip(next(out for out in outputs if out.shape[-1] == 1).reshape(896), -50, 50)))
        kept = []
        for i in np.argsort(-scores):
            if scores[i] < threshold:
                break
            points = raw[i].reshape(8, 2) / SIDE
            centre = points[0] + self.anchors[i]
            box = np.concatenate([centre - points[1] / 2, centre + points[1] / 2])
            keys = points[2:] + self.anchors[i]
            if all(_overlap(box, other) < 0.3 for _, other, _ in kept):
                kept.append((float(scores[i]), box, keys))
        offset = np.array([left, top])
        return [(s, box * long - np.tile(offset, 2), keys * long - offset) for s, box, keys in kept]


def _overlap(a: np.ndarray, b: np.ndarray) -> float:
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    inner = float(np.prod(np.clip(high - low, 0, None)))
    return inner / max(1e-9, float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - inner)


def tiled_faces(detector: ShortRange, image: np.ndarray) -> list[tuple[float, np.ndarray, np.ndarray]]:
    """The whole frame, then overlapping squares of it, because small faces vanish at 128 pixels."""
    found = detector.faces(image)
    height, width = image.shape[:2]
    tile = min(height, width)
    for scale in (1.0, 0.6):
        side = int(tile * scale)
        for y in np.unique(np.linspace(0, height - side, max(1, round((height - side) / side * 2) + 1)).astype(int)):
            for x in np.unique(np.linspace(0, width - side, max(1, round((width - side) / side * 2) + 1)).astype(int)):
                shift = np.array([x, y])
                for score, box, keys in detector.faces(image[y : y + side, x : x + side], 0.6):
                    box = box + np.tile(shift, 2)
                    if all(_overlap(box, other) < 0.3 for _, other, _ in found):
                        found.append((score, box, keys + shift))
    return sorted(found, key=lambda face: -face[0])


def face_crop(landmarker, image: np.ndarray, box: np.ndarray, out: int = 224) -> tuple[np.ndarray, float, float, np.ndarray]:
    """The crop of one detected face, its native side in pixels, the landmark presence logit, and the 468 points."""
    centre = (box[:2] + box[2:]) / 2
    points, presence = locate(landmarker, image, centre, float((box[2:] - box[:2]).max()))
    centre, side = face_square(points)
    return crop_square(image, centre, side, out), side, presence, points
