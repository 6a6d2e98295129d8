"""Cut the largest face out of evenly spaced frames of each clip, by the rule in geometry.json."""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np

from detect import ShortRange, face_crop, tiled_faces
from extra_faces import landmark_session


def frames(path: Path, count: int) -> list[np.ndarray]:
    video = cv2.VideoCapture(str(path))
    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted = set(np.linspace(0, max(total - 1, 0), min(count, max(total, 1))).astype(int).tolist())
    out, number = [], 0
    while True:
        good, image = video.read()
        if not good:
            return out
        if number in wanted:
            out.append(image)
        number += 1


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--labels", type=Path, required=True)
    arguments.add_argument("--root", type=Path, required=True, help="folder where the tar of clips was unpacked")
    arguments.add_argument("--detector", type=Path, required=True)
    arguments.add_argument("--landmarks", type=Path, required=True)
    arguments.add_argument("--frames", type=int, default=16)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    detector, landmarker = ShortRange(options.detector), landmark_session(options.landmarks)
    with options.labels.open() as handle:
        clips = [row for row in csv.DictReader(handle, delimiter="\t") if row["file"].startswith("clips/")]
    with (options.out / "faces.tsv").open("w") as handle:
        print("face\tclip\tlabel\tsource\tgroup\tnative\tpresence", file=handle)
        for row in clips:
            stem = row["label"] + "-" + Path(row["file"]).stem
            images = frames(options.root / row["file"], options.frames)
            kept = 0
            for number, image in enumerate(images):
                found = tiled_faces(detector, image)
                if not found:
                    continue
                _, box, _ = max(found, key=lambda one: float(np.prod(one[1][2:] - one[1][:2])) * (one[0] > 0.6))
                crop, native, presence, _ = face_crop(landmarker, image, box)
                if presence < 4:
                    continue
                name = f"{stem}-{number:02}.png"
                cv2.imwrite(str(options.out / name), crop)
                print(name, stem, row["label"], row["source"], row["group"], round(native, 1), round(presence, 2), sep="\t", file=handle)
                kept += 1
            print(stem, len(images), "frames,", kept, "faces", flush=True)


if __name__ == "__main__":
    main()
