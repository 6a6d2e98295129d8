"""Fakes made from genuine faces: self-blended images (Shiohara and Yamasaki, CVPR 2022; own implementation) and a plain landmark face swap.

Every function takes and gives uint8 BGR crops of 224 × 224 and masks in [0, 1] of the same size.
"""

import cv2
import numpy as np

SIDE = 224
LIPS_OUTER = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
LOWER_FACE = [132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 205, 425, 2]
INNER_FACE = [70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 454, 361, 397, 378, 152, 149, 172, 132, 234]
FACE_OVAL = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93,
    234, 127, 162, 21, 54, 103, 67, 109,
]  # fmt: skip
ANCHORS = [33, 133, 362, 263, 1, 61, 291, 152, 234, 454]


def _hull(points: np.ndarray) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.float32).round().astype(np.int32)), 255)
    return mask


def region_mask(points: np.ndarray | None, rng: np.random.Generator, mouth_only: bool) -> np.ndarray:
    """A region of the face: from landmarks, or an ellipse where there are none."""
    if points is None:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        centre = (112 + rng.integers(-8, 9), (162 if mouth_only else 118) + rng.integers(-8, 9))
        axes = (rng.integers(30, 48), rng.integers(20, 34)) if mouth_only else (rng.integers(66, 92), rng.integers(80, 108))
        cv2.ellipse(mask, (int(centre[0]), int(centre[1])), (int(axes[0]), int(axes[1])), 0, 0, 360, 255, -1)
        return mask
    if mouth_only:
        if rng.random() < 0.5:
            lips = points[LIPS_OUTER]
            return _hull(lips.mean(0) + (lips - lips.mean(0)) * rng.uniform(1.15, 1.9, 2))
        return _hull(points[LOWER_FACE])
    choice = rng.random()
    subset = points[FACE_OVAL] if choice < 0.5 else points[INNER_FACE] if choice < 0.8 else points
    return _hull(subset.mean(0) + (subset - subset.mean(0)) * rng.uniform(0.85, 1.05))


def soften(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Deform and feather a mask, then scale it, so that the border is not always where the landmarks are."""
    grid = rng.normal(0, 1, (4, 4, 2)).astype(np.float32)
    flow = cv2.resize(grid, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) * rng.uniform(1, 6)
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    mask = cv2.remap(mask, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR)
    blurred = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(1, 9))).astype(np.float32) / 255
    if rng.random() < 0.5:  # move the border inward, as blending tools do
        blurred = np.clip(blurred * 2 - 1, 0, 1)
        blurred = cv2.GaussianBlur(blurred, (0, 0), float(rng.uniform(1, 4)))
    return blurred * float(rng.choice([0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0]))


def change_statistics(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift colour, contrast and sharpness a little: what differs between a pasted face and its surroundings."""
    work = image.astype(np.float32)
    if rng.random() < 0.7:
        work = work + rng.uniform(-16, 16, 3).astype(np.float32)
    if rng.random() < 0.7:
        mean = work.mean((0, 1))
        work = (work - mean) * rng.uniform(0.8, 1.25) + mean + rng.uniform(-14, 14)
    work = np.clip(work, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        hsv = cv2.cvtColor(work, cv2.COLOR_BGR2HSV).astype(np.int16)
        hsv[..., 0] = (hsv[..., 0] + rng.integers(-5, 6)) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] + rng.integers(-24, 25), 0, 255)
        work = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR)
    choice = rng.random()
    if choice < 0.35:
        small = int(SIDE / rng.uniform(1.3, 3.2))
        work = cv2.resize(cv2.resize(work, (small, small), interpolation=cv2.INTER_AREA), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    elif choice < 0.6:
        blurred = cv2.GaussianBlur(work, (0, 0), float(rng.uniform(0.7, 2.0)))
        work = cv2.addWeighted(work, 1 + float(rng.uniform(0.3, 1.0)), blurred, -float(rng.uniform(0.3, 1.0)), 0)
    elif choice < 0.75:
        work = cv2.GaussianBlur(work, (0, 0), float(rng.uniform(0.5, 1.6)))
    return work


def self_blend(image: np.ndarray, points: np.ndarray | None, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Blend a face with a changed copy of itself, over the whole face or the mouth only."""
    mouth_only = rng.random() < 0.35
    mask = soften(region_mask(points, rng, mouth_only), rng)
    source, target = image, image
    if rng.random() < 0.5:
        source = change_statistics(source, rng)
    else:
        target = change_statistics(target, rng)
        if mouth_only:
            source, target = target, image
    scale = rng.uniform(0.95, 1.05, 2) if not mouth_only else rng.uniform(0.9, 1.12, 2)
    shift = rng.uniform(-0.03, 0.03, 2) * SIDE
    centre = np.array([112, 165 if mouth_only else 112])
    matrix = np.float32([[scale[0], 0, centre[0] * (1 - scale[0]) + shift[0]], [0, scale[1], centre[1] * (1 - scale[1]) + shift[1]]])
    source = cv2.warpAffine(source, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return blend(source, target, mask), mask


def swap(target: np.ndarray, target_points: np.ndarray, source: np.ndarray, source_points: np.ndarray, rng: np.random.Generator):
    """Paste another person's face: similarity-aligned by landmarks, colours matched, blended. Returns image and mask."""
    matrix, _ = cv2.estimateAffinePartial2D(source_points[ANCHORS].astype(np.float32), target_points[ANCHORS].astype(np.float32))
    if matrix is None:
        return self_blend(target, target_points, rng)
    warped = cv2.warpAffine(source, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    region = region_mask(target_points, rng, False)
    inside = region > 0
    if inside.sum() > 400:
        a, b = warped[inside].astype(np.float32), target[inside].astype(np.float32)
        gain = np.clip(b.std(0) / (a.std(0) + 1e-3), 0.5, 2.0)
        warped = np.clip((warped.astype(np.float32) - a.mean(0)) * gain + b.mean(0), 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        small = int(SIDE / rng.uniform(1.2, 2.6))
        warped = cv2.resize(cv2.resize(warped, (small, small), interpolation=cv2.INTER_AREA), (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    mask = soften(region, rng)
    mask = np.clip(mask / max(float(mask.max()), 1e-3), 0, 1)
    return blend(warped, target, mask), mask


def blend(source: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    alpha = mask[..., None].astype(np.float32)
    return (source.astype(np.float32) * alpha + target.astype(np.float32) * (1 - alpha) + 0.5).astype(np.uint8)
