"""List the training material: one row per face crop, with its group and its split.

A group is the original video: a fake and the original it was made from share it, so that neither can leak across splits.
`tune` (4 % of groups) selects the model and its threshold, `calib` (10 %) calibrates it, the rest trains it.
"""

import argparse
import csv
import hashlib
from pathlib import Path


def split_of(group: str) -> str:
    bucket = int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) % 100
    return "tune" if bucket < 4 else "calib" if bucket < 14 else "train"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--dfdc", type=Path, required=True, help="folder with metadata.csv and faces_224/")
    arguments.add_argument("--reserved", type=Path, required=True, help="stems that must never be trained on, one a line")
    arguments.add_argument("--labels", type=Path, required=True, help="labels.tsv of the shared tars")
    arguments.add_argument("--extra-real", type=Path, nargs="*", default=[], help="folders of genuine faces, for self-blending")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()

    reserved = {line.strip() for line in options.reserved.read_text().splitlines() if line.strip()}
    with options.labels.open() as handle:
        validation = {row["group"] for row in csv.DictReader(handle, delimiter="\t") if row["split"] == "val"}
    rows, left_out = [], 0
    with (options.dfdc / "metadata.csv").open() as handle:
        for row in csv.DictReader(handle):
            stem = Path(row["videoname"]).stem
            original = Path(row["original"]).stem if row["original"] and row["original"] != "NAN" else ""
            label = "fake" if row["label"] == "FAKE" else "real"
            group = original if label == "fake" and original else stem
            path = options.dfdc / "faces_224" / f"{stem}.jpg"
            if stem in reserved or group in reserved or group in validation or stem in validation or not path.exists():
                left_out += 1
                continue
            size = min(int(float(row["original_width"])), int(float(row["original_height"])))
            rows.append((path, label, "dfdc", group, split_of(group), size, row["original_width"], row["original_height"]))
    for folder in options.extra_real:
        for path in sorted(folder.rglob("*.jpg")) + sorted(folder.rglob("*.png")):
            rows.append((path, "real", folder.name, path.stem, "train", 0, 0, 0))
    with options.out.open("w", newline="") as handle:
        writer = csv.writer(handle, delimiter="\t")
        writer.writerow(["path", "label", "source", "group", "split", "face_px", "width", "height"])
        writer.writerows(sorted(rows, key=lambda row: (row[2], str(row[0]))))
    counts: dict[tuple[str, str, str], int] = {}
    for row in rows:
        key = (row[2], row[1], row[4])
        counts[key] = counts.get(key, 0) + 1
    for key, count in sorted(counts.items()):
        print(*key, count)
    print("left out (reserved, validation or missing):", left_out)


if __name__ == "__main__":
    main()
