"""List the pictures: `file, label, generator, group, split`. Near copies of validation pictures are left out.

A source table (TSV, no header) names what is on disk: `glob, label (real|fake), generator, most`. `unseen` generators (and the genuine pictures that
belong to them) never train: half of them (by group) tune, half calibrate. Of all others, 12 % (by group) calibrate and 6 % tune.
"""

import argparse
import glob
import hashlib
import random
from pathlib import Path

import cv2
import numpy as np

LEAST_SIDE = 128


def share(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def difference_hash(path: str) -> np.ndarray | None:
    """64 bits: whether each of 8 × 8 cells is brighter than its right neighbour. None for what cannot be read."""
    grey = cv2.imread(path, cv2.IMREAD_REDUCED_GRAYSCALE_2)
    if grey is None:
        return None
    cells = cv2.resize(grey, (9, 8), interpolation=cv2.INTER_AREA).astype(int)
    return (cells[:, 1:] > cells[:, :-1]).ravel()


def split_of(group: str, unseen: bool) -> str:
    at = share(group)
    if unseen:
        return "tune" if at < 0.5 else "calib"
    return "calib" if at < 0.12 else "tune" if at < 0.18 else "train"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--sources", type=Path, required=True)
    arguments.add_argument("--unseen", nargs="+", required=True)
    arguments.add_argument("--validation", nargs="+", required=True, help="folders whose near copies are left out")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    cv2.setNumThreads(1)
    reserved = [difference_hash(str(p)) for folder in options.validation for p in sorted(Path(folder).rglob("*")) if p.is_file()]
    reserved = np.array([h for h in reserved if h is not None])
    rng = random.Random(7)
    rows, seen, dropped = [], set(), 0
    for line in options.sources.read_text().splitlines():
        pattern, label, generator, most = line.split("\t")
        files = sorted(glob.glob(pattern))
        rng.shuffle(files)
        kept = 0
        for path in files:
            if kept == int(most):
                break
            bits = difference_hash(path)
            if bits is None or bits.tobytes() in seen:
                continue
            if (reserved != bits).sum(1).min() <= 5:
                dropped += 1
                continue
            image = cv2.imread(path)
            if image is None or min(image.shape[:2]) < LEAST_SIDE or cv2.Laplacian(image, cv2.CV_64F).var() < 15:
                continue  # blurred, blank or tiny: no traces to learn
            seen.add(bits.tobytes())
            kept += 1
            rows.append([path, label, generator, Path(path).name, split_of(Path(path).stem, generator in options.unseen)])
        print(generator, label, kept, flush=True)
    print("near copies of validation left out:", dropped)
    options.out.write_text("".join("\t".join(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
