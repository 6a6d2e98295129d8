"""One chain for genuine and synthetic pictures: crop, resize, JPEG or WebP, and often a second time. What comes out is a 128-pixel patch.

Both classes go through the same random steps, so that size, shape, file format and compression history say nothing about the class.
"""

import cv2
import numpy as np

SIDE = 128
MARGIN = 8  # so that the 8 × 8 blocks of JPEG lie anywhere in the patch
WAYS = (cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def compressed(image: np.ndarray, rng: np.random.Generator, low: int, high: int) -> np.ndarray:
    quality = int(rng.integers(low, high + 1))
    if rng.random() < 0.1:
        return cv2.imdecode(cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])[1], 1)
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)


def resized(image: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    if image.shape[0] == side:
        return image
    way = WAYS[int(rng.integers(len(WAYS)))] if image.shape[0] < 2.2 * side else cv2.INTER_AREA
    return cv2.resize(image, (side, side), interpolation=way)


def patch(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square of the picture, through the chain, as 128 × 128 BGR."""
    end = SIDE + MARGIN
    second = rng.random() < 0.4
    middle = int(round(end / rng.uniform(0.5, 1.0))) if second and rng.random() < 0.7 else end
    short = min(image.shape[:2])
    most = max(short / middle, 0.6)  # at most the whole shorter side in one patch; tiny pictures are enlarged a little
    draw = rng.random()
    factor = 1.0 if draw < 0.25 else rng.uniform(1.0, 2.0) if draw < 0.55 else float(np.exp(rng.uniform(0, np.log(max(most, 1.0)))))
    cut = max(32, int(min(middle * min(factor, most), short)))
    top = int(rng.integers(image.shape[0] - cut + 1))
    left = int(rng.integers(image.shape[1] - cut + 1))
    out = resized(image[top : top + cut, left : left + cut], middle, rng)
    if rng.random() < 0.9:
        out = compressed(out, rng, 55, 98)
    if second:
        out = compressed(resized(out, end, rng), rng, 60, 96)
    if rng.random() < 0.08:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.0))
    top, left = rng.integers(MARGIN + 1, size=2)
    out = out[top : top + SIDE, left : left + SIDE]
    return np.ascontiguousarray(out[:, ::-1] if rng.random() < 0.5 else out)
