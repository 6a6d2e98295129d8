"""Makes the validation pairs from `clips-val` (used once, for the final figure): face swaps beside their source, copies of genuine clips, wrong candidates.

    python validate.py --clips DIR --out DIR --seed 1
"""

import argparse
import json
import pathlib
import random
import subprocess

import cv2

from faces import Faces
from pairs import disguise, read, shapes_of


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", required=True, help="folder with val/real and val/fake")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--copies", type=int, default=3)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cv2.setNumThreads(1)
    root, out = pathlib.Path(options.clips) / "val", pathlib.Path(options.out)
    (out / "media").mkdir(parents=True, exist_ok=True)
    faces = Faces()
    real = sorted((root / "real").iterdir())
    fake = sorted((root / "fake").iterdir())
    listing = open(out / "pairs.jsonl", "w")
    number = 0

    def emit(kind, source, original):
        nonlocal number
        number += 1
        frames, fps = read(source, 400, 320)
        length = min(len(frames), int(6 * fps))
        first = rng.randrange(0, len(frames) - length + 1)
        try:
            path, done, codec, truth = disguise(source, out / "media" / f"val-{number:03d}", rng, first, length)
            regions = shapes_of(path, faces) or []
        except subprocess.CalledProcessError as error:
            print("left out", source, error)
            return
        pair = {"id": f"val-{number:03d}", "manipulation": kind, "transform": "+".join(done), "codec": codec, "group": source.stem,
                "suspect": str(path), "original": str(original), "truth": {"offset_s": first / fps, **truth}, "regions": regions,
                "start": {"suspect_s": 0.0, "original_s": first / fps + rng.uniform(-.35, .35), "speed": truth["speed"],
                          "mirrored": truth["mirrored"], "slack_s": .8}}
        listing.write(json.dumps(pair) + "\n")
        listing.flush()

    for clip in fake:
        source = root / "real" / clip.name
        if clip.name.startswith("dfdc"):
            # its original is not in the set: the genuine DFDC clip shows somebody else, so it is a wrong candidate
            other = next(path for path in real if path.name.startswith("dfdc"))
            for _ in range(options.copies):
                emit("other-moment", clip, other)
        elif source.exists():
            for _ in range(options.copies):
                emit("published-face", clip, source)
    for clip in real:
        for _ in range(options.copies - 1):
            emit("none", clip, clip)
        # somebody else's clip, and the next of the same kind, are not the original
        for other in (rng.choice([path for path in real if path != clip]), real[(real.index(clip) + 1) % len(real)]):
            emit("other-moment", clip, other)


if __name__ == "__main__":
    main()
