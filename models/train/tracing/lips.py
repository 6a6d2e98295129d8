"""Gives every genuine clip of a folder the mouth of another moment of itself: suspects for `cargo xtask eval --originals --edited OUT`.

    python lips.py --clips FOLDER --out OUT [--seed 1]

The clip keeps its name, length, frame rate and sound; the mouth is moved by the landmarks, softly masked, its colours fitted (`pairs.transplant`). What the comparison
was tuned on was made from other clips.
"""

import argparse
import pathlib
import random
import subprocess

import cv2

from faces import Faces
from pairs import doctor, read, write

# frames that are held in memory at a time; a longer clip would come out shorter than it is
MOST = 1800


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cv2.setNumThreads(1)
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    faces = Faces()
    for source in sorted(pathlib.Path(options.clips).iterdir()):
        if source.suffix != ".mp4":
            continue
        frames, fps = read(source, MOST)
        if not 2 * fps <= len(frames) < MOST:
            print("left out, too short or too long", source.name, flush=True)
            continue
        points = faces.follow(frames)
        if sum(p is not None for p in points) < .8 * len(points):
            print("left out, no face in a fifth of the frames", source.name, flush=True)
            continue
        changed, _ = doctor("mouth", frames, points, None, rng)
        mute = out / f"{source.stem}.mute.mp4"
        write(changed, fps, mute)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", mute, "-i", source, "-map", "0:v:0", "-map", "1:a:0?", "-c", "copy",
                        out / f"{source.stem}.mp4"], check=True)
        mute.unlink()
        print(source.name, len(frames), round(fps, 3), flush=True)


if __name__ == "__main__":
    main()
