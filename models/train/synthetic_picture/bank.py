"""Makes the training views once, so that training does nothing else: `views.npy` [N, 128, 128, 3] uint8 BGR and `table.npz`.

Two thirds are single pictures, sources by the square root of their size; one third are pairs of a photograph and its reconstruction (reconstruct.py), both through
the very same chain, one behind the other.
"""

import argparse
from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from chain import SIDE, view

OFTEN = {"stylegan-256": 1.6, "ffhq": 1.6, "sd1": 1.3}


def counts(rows: list[list[str]], label: str, total: int, rng: np.random.Generator) -> np.ndarray:
    """How often each picture is used."""
    of = Counter((row[1], row[2]) for row in rows)
    share = np.array([of[row[1], row[2]] ** -0.5 * OFTEN.get(row[2], 1.0) if row[1] == label else 0.0 for row in rows])
    expected = total * share / share.sum()
    return np.floor(expected + rng.random(len(rows))).astype(int)


def tune_views(rows: list[list[str]], options: argparse.Namespace, rng: np.random.Generator) -> None:
    images = [cv2.imread(row[0]) for row in rows]
    np.save(options.out / "views.npy", np.stack([view(image, rng) for image in images for _ in range(options.tune)]))
    which = np.repeat(np.arange(len(rows)), options.tune)
    label, source = np.array([row[1] == "fake" for row in rows]), np.array([row[2] for row in rows])
    np.savez(options.out / "table.npz", which=which, label=label[which], source=source[which])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--pairs", type=Path, help="what reconstruct.py wrote; not for --tune")
    arguments.add_argument("--tune", type=int, default=0, help="instead: so many views of each TUNE picture, for train.py --tune")
    arguments.add_argument("--each", type=int, default=9000, help="single views of each class")
    arguments.add_argument("--pair-views", type=int, default=5000)
    arguments.add_argument("--seed", type=int, default=11)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(options.seed)
    rows = [line.split("\t") for line in options.index.read_text().splitlines()]
    options.out.mkdir(parents=True, exist_ok=True)
    if options.tune:
        return tune_views([row for row in rows if row[4] == "tune"], options, rng)
    rows = [row for row in rows if row[4] == "train"]
    of_pairs = [path for path in sorted(options.pairs.glob("*.npz")) if str(np.load(path)["split"]) == "train"]
    use = counts(rows, "real", options.each, rng) + counts(rows, "fake", options.each, rng)
    for_pairs = np.floor(options.pair_views / len(of_pairs) + rng.random(len(of_pairs))).astype(int)
    total = int(use.sum() + 2 * for_pairs.sum())
    views = np.lib.format.open_memmap(options.out / "views.npy", mode="w+", dtype=np.uint8, shape=(total, SIDE, SIDE, 3))
    label, pair, source = np.zeros(total, bool), np.zeros(total, bool), np.zeros(total, "U24")
    place = 0
    for row, times in zip(rows, use):
        image = cv2.imread(row[0]) if times else None
        for _ in range(times):
            views[place], label[place], source[place] = view(image, rng), row[1] == "fake", row[2]
            place += 1
    print(place, "single views", flush=True)
    for path, times in zip(of_pairs, for_pairs):
        both = np.load(path)
        for _ in range(times):
            seed = int(rng.integers(2**31))
            for name in ("genuine", "made"):
                views[place], label[place], source[place] = view(both[name], np.random.default_rng(seed)), name == "made", "reconstruction"
                pair[place] = True
                place += 1
    np.savez(options.out / "table.npz", label=label, pair=pair, source=source)
    print(place, "views of", total, Counter(zip(source.tolist(), label.tolist())))


if __name__ == "__main__":
    main()
