"""What happens to a face between the camera and the analyst. The same chain, with the same seed, goes over both classes."""

import cv2
import numpy as np

INTERPOLATIONS = [cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA, cv2.INTER_LINEAR]


def jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    return cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1], cv2.IMREAD_COLOR)


def reframe(image: np.ndarray, mask: np.ndarray | None, side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray | None]:
    """Zoom, shift, tilt, flip in one resampling: the pipeline's crop is never exactly the training crop."""
    source = image.shape[0]
    zoom = rng.uniform(0.8, 1.0) if rng.random() < 0.75 else rng.uniform(1.0, 1.12)
    shift = rng.uniform(-0.07, 0.07, 2) * source
    angle = np.deg2rad(rng.uniform(-10, 10)) if rng.random() < 0.3 else 0.0
    flip = -1.0 if rng.random() < 0.5 else 1.0
    scale = side / (source * zoom)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    rotation[0] *= flip
    offset = np.array([side / 2, side / 2]) - rotation @ (np.array([source / 2, source / 2]) + shift)
    matrix = np.column_stack([rotation, offset]).astype(np.float32)
    image = cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    if mask is not None:
        mask = cv2.warpAffine(mask, matrix, (side, side), flags=cv2.INTER_LINEAR)
    return image, mask


def photometric(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.5:
        gain, bias, gamma = rng.uniform(0.75, 1.3), rng.uniform(-20, 20), rng.uniform(0.7, 1.4)
        table = np.clip(255 * (np.arange(256) / 255) ** gamma * gain + bias, 0, 255)
        tint = rng.uniform(-10, 10, 3) if rng.random() < 0.5 else np.zeros(3)
        tables = np.clip(table[:, None] + tint[None, :], 0, 255).astype(np.uint8)
        image = cv2.LUT(image, tables.reshape(256, 1, 3))
    if rng.random() < 0.15:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        image = cv2.addWeighted(image, 1 - (mix := float(rng.uniform(0.3, 1.0))), grey, mix, 0)
    return image


def transmit(image: np.ndarray, rng: np.random.Generator, smallest: int = 48) -> np.ndarray:
    """Resize, blur, noise, one or two lossy encodings; comes back at its own size."""
    side = image.shape[0]
    if rng.random() < 0.22:
        return image
    if rng.random() < 0.5:
        native = int(np.exp(rng.uniform(np.log(smallest), np.log(side))))
        image = cv2.resize(image, (native, native), interpolation=INTERPOLATIONS[rng.integers(4)])
    choice = rng.random()
    if choice < 0.15:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.3)))
    elif choice < 0.3:
        noise = np.empty(image.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(1 << 30)))
        cv2.randn(noise, 0, float(rng.uniform(2, 9)))
        image = np.clip(image.astype(np.int16) + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.85:
        image = jpeg(image, rng.integers(30, 96))
        if rng.random() < 0.3:  # shift the block grid, encode again
            if rng.random() < 0.5:
                image = cv2.resize(image, None, fx=(factor := float(rng.uniform(0.7, 1.2))), fy=factor, interpolation=cv2.INTER_LINEAR)
            image = jpeg(image, rng.integers(40, 96))
        if rng.random() < 0.2:  # in-loop deblocking of video coders leaves faces smooth rather than blocky
            image = cv2.bilateralFilter(image, 5, 18, 3)
    if image.shape[0] != side:
        image = cv2.resize(image, (side, side), interpolation=INTERPOLATIONS[rng.integers(2)])
    return image
