"""How the open tools work: OpenCV decodes every frame, every frame goes through the models one at a time.

    open_tool.py MODELS clip CLIP            prints the mean score and how many frames had a face
    open_tool.py MODELS photographs JPEG...  prints a JSON list: milliseconds to decode each file's bytes, in a warm process

It runs the same three networks as `podlinnik check` (face detector, landmarks, manipulation) on every frame and nothing else: no tracking, no
sampling, no tiles for small faces, no calibration, no self-test, no report. So it does less with each frame than Podlinnik does.
"""

import json
import sys
import time

import cv2
import numpy as np
import onnxruntime


def anchors():
    """Centres of MediaPipe's 896 short-range anchors, 0 to 1."""
    centres = []
    for cells, each in ((16, 2), (8, 6)):
        for y in range(cells):
            for x in range(cells):
                centres += [((x + 0.5) / cells, (y + 0.5) / cells)] * each
    return np.array(centres, dtype=np.float32)


class Tool:
    def __init__(self, models):
        session = lambda name: onnxruntime.InferenceSession(f"{models}/{name}/model.onnx", providers=["CPUExecutionProvider"])
        self.detector, self.landmarks, self.network = map(session, ("face-detection", "face-landmarks", "face-manipulation"))
        self.anchors = anchors()

    def face(self, frame):
        """The surest face as (centre x, centre y, side) in pixels, or None."""
        height, width = frame.shape[:2]
        scale = 128 / max(height, width)
        small = cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
        view = np.zeros((128, 128, 3), np.uint8)
        top, left = (128 - small.shape[0]) // 2, (128 - small.shape[1]) // 2
        view[top : top + small.shape[0], left : left + small.shape[1]] = small
        boxes, logits = self.detector.run(None, {"input": view[None].astype(np.float32) / 127.5 - 1})
        best = int(logits[0, :, 0].argmax())
        if logits[0, best, 0] < 0:
            return None
        box = boxes[0, best]
        x, y = (self.anchors[best] * 128 + box[:2] - (left, top)) / scale
        return x, y, max(box[2], box[3]) / scale

    def crop(self, frame, x, y, side, pixels):
        scale = pixels / max(side, 1)
        matrix = np.float32([[scale, 0, pixels / 2 - x * scale], [0, scale, pixels / 2 - y * scale]])
        return cv2.warpAffine(frame, matrix, (pixels, pixels), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def score(self, frame):
        """The network's score in [0, 1] for the surest face, or None."""
        face = self.face(frame)
        if face is None:
            return None
        x, y, side = face
        view = self.crop(frame, x, y, side * 1.5, 192).astype(np.float32)[None] / 255
        points = self.landmarks.run(None, {"input_1": view})[0].reshape(468, 3)[:, :2]
        points = (points / 192 - 0.5) * side * 1.5 + (x, y)
        side = 0.96 * float(np.ptp(points, axis=0).max())
        x, y = points.mean(axis=0)
        face = self.crop(frame, x, y, side, 224).astype(np.float32).transpose(2, 0, 1)[None] / 255
        logit = self.network.run(None, {"face": face})[0].item()
        return 1 / (1 + np.exp(-logit))


def clip(tool, path):
    capture = cv2.VideoCapture(path)
    frames, scores = 0, []
    while True:
        there, frame = capture.read()
        if not there:
            break
        frames += 1
        score = tool.score(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
        if score is not None:
            scores.append(score)
    if frames == 0:
        sys.exit(f"no frame in {path}")
    mean = float(np.mean(scores)) if scores else None
    print(json.dumps({"frames": frames, "frames_with_face": len(scores), "mean_score": mean}))


def photographs(paths):
    times = []
    for path in paths:
        data = np.fromfile(path, np.uint8)
        cv2.imdecode(data, cv2.IMREAD_COLOR)
        start = time.perf_counter()
        cv2.imdecode(data, cv2.IMREAD_COLOR)
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps(times))


if __name__ == "__main__":
    models, what, *paths = sys.argv[1:]
    if what == "clip":
        clip(Tool(models), paths[0])
    else:
        photographs(paths)
