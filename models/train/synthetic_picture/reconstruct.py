"""Pairs that differ in nothing but a decoder: a piece of a genuine photograph, and the same piece through a latent autoencoder (Rajan et al. 2024, "Aligned datasets").

The autoencoder is TAEF2 of madebyollin/taesd (MIT): a distilled encoder and decoder of FLUX.2's latent space. What comes out carries the upsampling of such a decoder
and otherwise shows what the photograph shows, so a network that tells the two apart has not looked at the content. In a third of the pairs the latent is disturbed a
little, as a generator's is. Single precision at the end: bfloat16 would leave steps of its own in the pixels.
"""

import argparse
import random
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

SIDE = 256


def piece(path: str, rng: random.Random) -> np.ndarray | None:
    image = cv2.imread(path)
    if image is None:
        return None
    short = min(image.shape[:2])
    most = short / SIDE  # at most the whole shorter side in one piece
    if most > 1.2 and rng.random() < 0.65:
        factor = most ** -rng.random()
        image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    height, width = (min(side, SIDE) // 8 * 8 for side in image.shape[:2])
    top, left = rng.randrange(image.shape[0] - height + 1), rng.randrange(image.shape[1] - width + 1)
    return image[top : top + height, left : left + width].copy()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--autoencoder", type=Path, required=True, help="folder with taesd.py and the weights of TAEF2")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    sys.path.insert(0, str(options.autoencoder))
    from taesd import TAESD

    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    weights = [str(options.autoencoder / f"taef2_{part}.pth") for part in ("encoder", "decoder")]
    model = TAESD(*weights).eval().to(memory_format=torch.channels_last)
    early, late = model.decoder[:-4], model.decoder[-4:]
    rows = [line.split("\t") for line in options.index.read_text().splitlines()]
    rows = [row for row in rows if row[1] == "real"]
    rng = random.Random(options.seed)
    torch.manual_seed(options.seed)
    rng.shuffle(rows)
    options.out.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(rows):
        genuine = piece(row[0], rng)
        disturbed = rng.random() < 0.33
        strength = rng.uniform(0.03, 0.25)
        target = options.out / f"{options.seed}-{number:05d}.npz"
        if genuine is None or min(genuine.shape[:2]) < 128 or target.exists():
            continue
        pixels = torch.from_numpy(genuine[:, :, ::-1].copy()).permute(2, 0, 1)[None].float() / 255
        with torch.no_grad():
            with torch.autocast("cpu", torch.bfloat16):
                latent = model.encoder(pixels.contiguous(memory_format=torch.channels_last)).float()
                if disturbed:
                    latent = latent + torch.randn_like(latent) * latent.std() * strength
                inner = early(latent)
            made = late(inner.float()).clamp(0, 1)
        made = (made[0].permute(1, 2, 0).numpy()[:, :, ::-1] * 255).round().astype(np.uint8)
        np.savez(target, genuine=genuine, made=made, source=row[2], group=row[3], split=row[4])
    print(len(rows), "pictures")


if __name__ == "__main__":
    main()
