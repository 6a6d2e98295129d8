"""Outlines of faces and lips, from the models that the product ships: the regions of a comparison."""

import pathlib

import cv2
import numpy as np
import onnxruntime as ort

MODELS = pathlib.Path(__file__).resolve().parents[2]
OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
        149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]


def session(name):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(str(MODELS / name / "model.onnx"), options)


class Faces:
    """Finds the largest face and follows it."""

    def __init__(self):
        self.detector, self.mesh = session("face-detection"), session("face-landmarks")
        self.anchors = np.array([((x + .5) / n, (y + .5) / n) for n, each in ((16, 2), (8, 6))
                                 for y in range(n) for x in range(n) for _ in range(each)])

    def find(self, frame):
        height, width = frame.shape[:2]
        longest = max(height, width)
        windows = [(width / 2, height / 2, longest)]
        if longest > 300:
            windows += [(width * x, height * .4, longest * .5) for x in (.5, .35, .65)]
        best = None
        for cx, cy, side in windows:
            scale = 128 / side
            matrix = np.array([[scale, 0, 64 - cx * scale], [0, scale, 64 - cy * scale]])
            smooth = max(1, int(1 / scale)) | 1
            view = cv2.warpAffine(cv2.blur(frame, (smooth, smooth)), matrix, (128, 128))
            name = self.detector.get_inputs()[0].name
            boxes, logits = self.detector.run(None, {name: view[None, :, :, ::-1].astype(np.float32) / 127.5 - 1})
            boxes, logits = boxes.reshape(896, 16), logits.ravel()
            at = int(logits.argmax())
            if logits[at] > 0 and (best is None or logits[at] > best[0]):
                x, y = self.anchors[at] + boxes[at, :2] / 128
                size = 1.0872 * max(boxes[at, 2:4]) / 128
                best = (logits[at], cx - side / 2 + x * side, cy - side / 2 + (y - .0521 * size) * side, size * side)
            if best and best[0] > 2:
                break
        return best[1:] if best else None

    def points(self, frame, square):
        cx, cy, side = square
        side *= 1.5
        scale = 192 / side
        matrix = np.array([[scale, 0, 96 - cx * scale], [0, scale, 96 - cy * scale]])
        smooth = max(1, int(1 / scale)) | 1
        source = cv2.blur(frame, (smooth, smooth)) if smooth > 1 else frame
        view = cv2.warpAffine(source, matrix, (192, 192))
        name = self.mesh.get_inputs()[0].name
        outputs = self.mesh.run(None, {name: view[None, :, :, ::-1].astype(np.float32) / 255})
        points = next(x for x in outputs if x.size == 1404).reshape(468, 3)[:, :2]
        presence = float(next(x for x in outputs if x.size == 1).ravel()[0])
        return points * side / 192 + np.array([cx - side / 2, cy - side / 2]), presence

    def follow(self, frames):
        """Points by frame, or None; frames near each other in time."""
        found, square = [], None
        for frame in frames:
            square = square or self.find(frame)
            if square is None or not 4 < square[2] < 4000:
                found.append(None)
                square = None
                continue
            points, presence = self.points(frame, square)
            points, presence = self.points(frame, around(points))
            square = around(points) if presence > 0 else None
            found.append(points if presence > 0 else None)
        return found


def around(points):
    side = 0.96 * max(np.ptp(points[:, 0]), np.ptp(points[:, 1]))
    return points[:, 0].mean(), points[:, 1].mean() + .003 * side, side
