"""Batches of pairs. A pair is a genuine face and a manipulated one that went through the same geometric and lossy chain.

30 % of pairs: a genuine face and a fake made from it (self-blended, mouth only, or a landmark face swap).
The others: a DFDC fake, and (half of the time) its own original, else another genuine face.
Where an index of faces from clips is given, `CLIP_SHARE` of all pairs: a face of a generated or swapped clip, and a face of a genuine clip.

In the first phase of training a pair is cut, after the chain, to the same random window in native resolution: half of the pixels, but none of the
traces that resampling would smooth away.
"""

import csv
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset

from blending import SIDE, self_blend, swap
from degrade import photometric, reframe, transmit

BLENDED_SHARE = 0.30
CLIP_SHARE = 0.2
SWAP_SHARE = 0.2
LEAST_DIFFERENCE = 3.0  # grey levels in the face centre, below which a "fake" is its original


def read_index(path: Path, split: str) -> list[dict]:
    with path.open() as handle:
        return [row for row in csv.DictReader(handle, delimiter="\t") if row["split"] == split]


def face(path: str) -> np.ndarray:
    image = cv2.imread(path, cv2.IMREAD_COLOR)
    return image if image.shape[:2] == (SIDE, SIDE) else cv2.resize(image, (SIDE, SIDE))


def difference_mask(fake: np.ndarray, original: np.ndarray) -> tuple[np.ndarray | None, float]:
    """Where a fake differs from its original, and by how much in the centre. None when the two are not aligned."""
    difference = cv2.absdiff(fake, original).astype(np.float32).mean(2)
    centre = float(difference[56:196, 56:168].mean())
    blurred = cv2.GaussianBlur(difference, (0, 0), 4)
    mask = np.clip((blurred - 4) / 6, 0, 1)
    border = np.concatenate([blurred[:10].ravel(), blurred[:, :10].ravel(), blurred[:, -10:].ravel()])
    if float(border.mean()) > 10:
        return None, centre
    return mask, centre


class Pairs(IterableDataset):
    def __init__(self, index: Path, landmark_files: list[Path], seed: int, side, share: int, shares: int, clips: Path | None = None):
        rows = read_index(index, "train")
        clip_rows = read_index(clips, "train") if clips else []
        self.clips = {label: [row for row in clip_rows if row["label"] == label] for label in ("real", "fake")}
        self.real = [row["path"] for row in rows if row["label"] == "real"]
        originals = {row["group"]: row["path"] for row in rows if row["label"] == "real" and row["source"] == "dfdc"}
        self.fake = [(row["path"], originals.get(row["group"])) for row in rows if row["label"] == "fake"]
        self.dfdc_real = sorted(originals.values())
        self.points = {}
        for file in landmark_files:
            stored = np.load(file)
            for path, points, presence in zip(stored["path"], stored["points"], stored["presence"]):
                if presence > 6:
                    self.points[str(path)] = points.astype(np.float32)
        self.with_points = [path for path in self.real if path in self.points]
        self.seed, self.side = seed, side  # `side` is a shared value: progressive resolution
        self.share, self.shares = share, shares  # each process deals its own share of the faces

    def __iter__(self):
        cv2.setNumThreads(1)
        number, workers = self.share, self.shares
        rng = np.random.default_rng([self.seed, number])
        decks: dict[str, list] = {}

        def deal(name: str, cards: list):
            """Without replacement, so that as many different faces as possible are seen; each process has its own share."""
            if not decks.get(name):
                share = cards[number::workers]
                decks[name] = [share[i] for i in rng.permutation(len(share))]
            return decks[name].pop()

        groups = {label: sorted({row["group"] for row in rows}) for label, rows in self.clips.items()}
        by_group = {label: {g: [row["path"] for row in rows if row["group"] == g] for g in groups[label]} for label, rows in self.clips.items()}
        while True:
            if groups["fake"] and rng.random() < CLIP_SHARE:
                # every clip as often as any other, however many faces were cut from it
                real, fake = (face(str(rng.choice(by_group[label][deal("clip " + label, groups[label])]))) for label in ("real", "fake"))
                mask, known = np.zeros((SIDE, SIDE), np.float32), 0.0
            elif rng.random() < BLENDED_SHARE:
                path = deal("blend", self.real)
                real = face(path)
                points = self.points.get(path)
                if points is not None and rng.random() < SWAP_SHARE:
                    others = [self.with_points[i] for i in rng.integers(len(self.with_points), size=12)]
                    pose = points - points.mean(0)
                    other = min(others, key=lambda p: float(np.abs(self.points[p] - self.points[p].mean(0) - pose).mean()))
                    fake, mask = swap(real, points, face(other), self.points[other], rng)
                else:
                    fake, mask = self_blend(real, points, rng)
                known = 1.0
            else:
                fake_path, original_path = deal("fake", self.fake)
                fake = face(fake_path)
                mask, known, real = np.zeros((SIDE, SIDE), np.float32), 0.0, None
                if original_path:
                    real = face(original_path)
                    found, centre = difference_mask(fake, real)
                    if centre < LEAST_DIFFERENCE:
                        continue
                    if found is not None:
                        mask, known = found, 1.0
                if real is None or rng.random() < 0.5:
                    real = face(deal("real", self.dfdc_real))
            yield self.finish(real, fake, mask, known, int(rng.integers(1 << 31)))

    def finish(self, real, fake, mask, known, seed):
        side = int(self.side.value)
        out = []
        window = None
        for image, region in ((fake, mask.astype(np.float32)), (real, None)):
            rng = np.random.default_rng(seed)
            image, region = reframe(image, region, SIDE, rng)
            image = transmit(photometric(image, rng), rng, smallest=44)
            if window is None:
                window = native_window(region if known else None, side, np.random.default_rng(seed + 1))
            rows, columns = window
            image, region = image[rows, columns], None if region is None else region[rows, columns]
            grid = np.zeros((side // 16, side // 16), np.float32)
            if region is not None:
                grid = cv2.resize(region, (side // 16, side // 16), interpolation=cv2.INTER_AREA)
            out.append((torch.from_numpy(np.ascontiguousarray(image[:, :, ::-1])), torch.from_numpy(grid)))
        out.reverse()
        return (
            torch.stack([out[0][0], out[1][0]]),
            torch.stack([out[0][1], out[1][1]]),
            torch.tensor([0.0, 1.0]),
            torch.tensor([1.0, known]),
        )


def native_window(region: np.ndarray | None, side: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """A window of `side` pixels that holds at least half of what was manipulated, where that is known."""
    best, most = None, -1.0
    for _ in range(6):
        top, left = (int(v) for v in rng.integers(SIDE - side + 1, size=2))
        window = slice(top, top + side), slice(left, left + side)
        if region is None or side == SIDE:
            return window
        share = float(region[window].sum()) / max(float(region.sum()), 1e-3)
        if share > most:
            best, most = window, share
        if share > 0.5:
            break
    return best


def collate(pairs):
    if len({pair[0].shape[1] for pair in pairs}) > 1:  # the resolution changed inside this batch
        newest = pairs[-1][0].shape[1]
        pairs = [pair for pair in pairs if pair[0].shape[1] == newest]
        pairs = (pairs * 16)[:16]
    return tuple(torch.cat(parts) for parts in zip(*pairs))
