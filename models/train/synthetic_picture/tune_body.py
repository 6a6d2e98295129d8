"""Train body and head together, from the frozen body and the head that train.py gave, for a number of minutes."""

import argparse
import time
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from chain import patch
from network import Features, Head, SyntheticPicture

LARGEST = 512  # what is kept of a picture in memory


def kept(path: str, rng: np.random.Generator) -> np.ndarray:
    image = cv2.imread(path)
    if max(image.shape[:2]) > 1400 and rng.random() < 0.5:
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    height, width = (min(side, LARGEST) for side in image.shape[:2])
    top, left = rng.integers(image.shape[0] - height + 1), rng.integers(image.shape[1] - width + 1)
    return image[top : top + height, left : left + width].copy()


def shares(rows: list[list[str]], kind: str, often: list[str]) -> np.ndarray:
    """Chance of each picture of a class; sources by the square root of their size, those in `often` three times that."""
    of = Counter((row[1], row[2]) for row in rows)
    share = np.array([of[row[1], row[2]] ** -0.5 * (3.0 if row[2] in often else 1.0) if row[1] == kind else 0.0 for row in rows])
    return share / share.sum()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--head", type=Path, required=True)
    arguments.add_argument("--start", type=Path, help="go on from what this program wrote before")
    arguments.add_argument("--often", nargs="*", default=[], help="sources whose content is the same in both classes")
    arguments.add_argument("--minutes", type=float, required=True)
    arguments.add_argument("--rate", type=float, default=4e-4)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    rng = np.random.default_rng(4 if options.start else 3)
    rows = [line.split("\t") for line in options.index.read_text().splitlines()]
    rows = [row for row in rows if row[4] == "train"]
    chances = [shares(rows, kind, options.often) for kind in ("real", "fake")]
    began, images = time.time(), {}
    state = torch.load(options.head, weights_only=True)
    head = Head(len(state["centre"]), state["layers.1.weight"].shape[0])
    head.load_state_dict(state)
    model = SyntheticPicture(Features(), head)
    if options.start:
        model.load_state_dict(torch.load(options.start, weights_only=True))
    model.head.train()  # the body keeps the statistics of its batch norms
    groups = [{"params": model.features.parameters(), "lr": options.rate}, {"params": model.head.parameters(), "lr": 2 * options.rate}]
    optimiser = torch.optim.AdamW(groups, weight_decay=1e-2)
    peak = [group["lr"] for group in optimiser.param_groups]
    target = torch.tensor([0.03] * 16 + [0.97] * 16)
    step, losses = 0, []
    while (done := (time.time() - began) / (60 * options.minutes)) < 1:
        for group, most in zip(optimiser.param_groups, peak):
            group["lr"] = most * (min(step / 20, 1.0) * 0.5 * (1 + np.cos(np.pi * done)) + 0.005)
        made = []
        for number in np.concatenate([rng.choice(len(rows), 16, p=chance) for chance in chances]):
            if number not in images:
                images[number] = kept(rows[number][0], rng)
            made.append(patch(images[number], rng)[:, :, ::-1].transpose(2, 0, 1))
        x = torch.from_numpy(np.ascontiguousarray(np.stack(made), dtype=np.float32) / 255.0)
        loss = nn.functional.binary_cross_entropy_with_logits(model(x)[:, 0], target)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        step += 1
        if step % 25 == 0:
            print(f"{step} steps, {done:.2f}, loss {np.mean(losses[-25:]):.4f}", flush=True)
    torch.save(model.state_dict(), options.out)
    print(step, "steps of 32 patches")


if __name__ == "__main__":
    main()
