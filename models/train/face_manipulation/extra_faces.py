"""Cut other genuine faces (CelebA, FFHQ) the way the DFDC crops were cut, so that they can be self-blended.

The rule is the one in geometry.json: side = 0.96 × the longer side of the box around 468 landmarks, centre = their mean.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from landmarks import landmark_session, landmarks

SCALE = 0.96
OFFSET = np.array([0.0, 0.0])  # measured (-0.009, 0.000): within the noise of a symmetrical face


def crop_square(image: np.ndarray, centre: np.ndarray, side: float, out: int) -> np.ndarray:
    """Axis-aligned square around `centre`, resampled to `out` pixels; outside the picture the border is repeated."""
    scale = out / side
    matrix = np.float32([[scale, 0, out / 2 - centre[0] * scale], [0, scale, out / 2 - centre[1] * scale]])
    if scale < 1:  # enough of an anti-alias filter for warpAffine, which has none
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    return cv2.warpAffine(image, matrix, (out, out), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def face_square(points: np.ndarray) -> tuple[np.ndarray, float]:
    extent = points.max(0) - points.min(0)
    side = SCALE * float(extent.max())
    return points.mean(0) + OFFSET * side, side


def locate(session, image: np.ndarray, centre: np.ndarray, side: float, rounds: int = 2) -> tuple[np.ndarray, float]:
    """Landmarks in picture coordinates, starting from a rough square and refining it."""
    presence = 0.0
    for _ in range(rounds):
        wide = side * 1.5
        view = crop_square(image, centre, wide, 192)
        points, presence = landmarks(session, view, margin=0.0)
        points = points * (wide / 192) + centre - wide / 2
        centre, side = face_square(points)
    return points, presence


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--folder", type=Path, required=True)
    arguments.add_argument("--model", type=Path, required=True, help="mediapipe-face-landmark-468.onnx")
    arguments.add_argument("--start", type=float, nargs=3, required=True, metavar=("X", "Y", "SIDE"), help="rough face square, relative to the width")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    session = landmark_session(options.model, 2)
    options.out.mkdir(parents=True, exist_ok=True)
    kept = 0
    for path in sorted(options.folder.iterdir()):
        image = cv2.imread(str(path))
        if image is None:
            continue
        width = image.shape[1]
        points, presence = locate(session, image, np.array(options.start[:2]) * width, options.start[2] * width)
        if presence < 8:
            continue
        centre, side = face_square(points)
        cv2.imwrite(str(options.out / f"{path.stem}.png"), crop_square(image, centre, side, 224))
        kept += 1
    print(options.folder.name, kept)


if __name__ == "__main__":
    main()
