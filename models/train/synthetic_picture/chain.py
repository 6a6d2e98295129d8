"""One chain for genuine and synthetic pictures: scaled as for posting, JPEG or WebP, often a second time smaller; out of it a 128-pixel view.

Both classes go through the same random steps, so that size, shape, file format and compression history say nothing about the class. A view is a window in the resolution
of what was posted, or the largest square scaled down, as in `scoring.py`.
"""

import cv2
import numpy as np
from PIL import Image

SIDE = 128
MARGIN = 8  # so that the 8 × 8 blocks of JPEG lie anywhere in a window
WHOLE = 0.4  # share of views of the whole
LARGEST_WHOLE = 448  # what is left of the whole before the last scaling, at most
WAYS = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


def compressed(image: np.ndarray, rng: np.random.Generator, low: int, high: int) -> np.ndarray:
    quality = int(rng.integers(low, high + 1))
    if rng.random() < 0.08:
        return cv2.imdecode(cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])[1], 1)
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)


def resized(image: np.ndarray, side: int, rng: np.random.Generator) -> np.ndarray:
    if image.shape[0] == side:
        return image
    way = WAYS[int(rng.integers(len(WAYS)))] if image.shape[0] < 2.2 * side else cv2.INTER_AREA
    return cv2.resize(image, (side, side), interpolation=way)


def view(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A square of the picture, through the chain, as 128 × 128 BGR."""
    short = min(image.shape[:2])
    posted = short if rng.random() < 0.3 else int(np.exp(rng.uniform(np.log(SIDE), np.log(max(min(short, 900), SIDE + 1)))))
    scale = min(posted / short, 1.0)
    whole = rng.random() < WHOLE
    if whole:
        cut = int(short * rng.uniform(0.85, 1.0))
        end = min(int(cut * scale), LARGEST_WHOLE)
    else:
        end = SIDE + MARGIN
        cut = min(int(end / scale), short)
        end = min(end, cut)
    cut, end = max(cut, 32), max(end, 32)
    second = rng.random() < 0.4
    middle = min(int(end / rng.uniform(0.45, 1.0)), cut) if second else end
    top = int(rng.integers(image.shape[0] - cut + 1))
    left = int(rng.integers(image.shape[1] - cut + 1))
    out = resized(image[top : top + cut, left : left + cut], middle, rng)
    if rng.random() < 0.9:
        out = compressed(out, rng, 55, 98)
    if second:
        out = compressed(resized(out, end, rng), rng, 45, 96)
    if rng.random() < 0.06:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.0))
    if rng.random() < 0.06:
        out = np.clip(out + rng.normal(0, rng.uniform(1, 6), out.shape), 0, 255).astype(np.uint8)
    if whole or out.shape[0] < SIDE:
        return np.asarray(Image.fromarray(out).resize((SIDE, SIDE), Image.BILINEAR))
    top, left = rng.integers(out.shape[0] - SIDE + 1, size=2)
    return np.ascontiguousarray(out[top : top + SIDE, left : left + SIDE])
