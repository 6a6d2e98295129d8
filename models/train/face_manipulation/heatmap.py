"""Does the map point at what was really changed? Measured on fakes whose original is known, where the difference tells the truth.

Pointing game (Zhang et al. 2018): the map's highest cell lies in the changed region. IoU: cells above 0 (the map's own threshold) against changed cells. Beside both
stands what the centre of the crop and a map of the average changed region reach, because most changes lie in the middle of the face.
"""

import argparse
import csv
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from data import LEAST_DIFFERENCE, difference_mask, face, read_index
from degrade import jpeg
from scoring import clopper_pearson

CHANGED = 0.5  # share of a cell that has to be changed
LEAST_CELLS, MOST_SHARE = 4, 0.75  # a region of fewer cells is noise; one that fills the crop cannot be missed


def pairs_of_index(index: Path, split: str) -> list[tuple[str, str]]:
    rows = read_index(index, split)
    originals = {row["group"]: row["path"] for row in rows if row["label"] == "real" and row["source"] == "dfdc"}
    return [(row["path"], originals[row["group"]]) for row in rows if row["label"] == "fake" and row["group"] in originals]


def pairs_of_labels(labels: Path, root: Path) -> list[tuple[str, str]]:
    with labels.open() as handle:
        rows = [r for r in csv.DictReader(handle, delimiter="\t") if r["split"] == "val" and r["file"].startswith("dfdc-faces")]
    originals = {row["group"]: row["file"] for row in rows if row["label"] == "real"}
    return [(str(root / r["file"]), str(root / originals[r["group"]])) for r in rows if r["label"] == "fake" and r["group"] in originals]


def measured(session: ort.InferenceSession, pairs: list[tuple[str, str]], quality: int | None) -> dict:
    """Pointing game and IoU over the pairs, each fake as stored or after JPEG of the given quality."""
    truths, maps, logits = [], [], []
    for fake_path, original_path in pairs:
        fake = face(fake_path)
        region, centre = difference_mask(fake, face(original_path))
        if region is None or centre < LEAST_DIFFERENCE:
            continue
        truth = cv2.resize(region.astype(np.float32), (14, 14), interpolation=cv2.INTER_AREA) > CHANGED
        if not LEAST_CELLS <= truth.sum() <= MOST_SHARE * truth.size:
            continue
        seen = fake if quality is None else jpeg(fake, quality)
        tensor = np.ascontiguousarray(seen[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32) / 255.0
        logit, found = session.run(["logit", "map"], {"face": tensor})
        truths.append(truth)
        maps.append(found[0, 0])
        logits.append(float(logit[0, 0]))
    if not truths:
        raise SystemExit("no pair that could be used")
    truths, maps = np.array(truths), np.array(maps)
    usual = truths.mean(0)

    def pointing(hits: np.ndarray) -> dict:
        low, high = clopper_pearson(int(hits.sum()), len(hits))
        return {"hits": int(hits.sum()), "of": len(hits), "rate": round(float(hits.mean()), 4), "lower95": round(low, 4), "upper95": round(high, 4)}

    def overlap(masks: np.ndarray) -> list[float]:
        both = (masks & truths).sum((1, 2))
        either = np.maximum((masks | truths).sum((1, 2)), 1)
        return list(both / either)

    def summary(values: list[float]) -> dict:
        rng = np.random.default_rng(5)
        means = [float(np.mean(rng.choice(values, len(values)))) for _ in range(1000)]
        return {"mean": round(float(np.mean(values)), 4), "bootstrap95": [round(float(np.quantile(means, q)), 4) for q in (0.025, 0.975)]}

    peak = maps.reshape(len(maps), -1).argmax(1)
    flat = truths.reshape(len(truths), -1)
    hits = flat[np.arange(len(flat)), peak]
    found = np.array(logits) > 0
    return {
        "pairs": len(truths),
        "mean_share_changed": round(float(truths.mean()), 4),
        "pointing_game": pointing(hits),
        "pointing_game_where_the_logit_is_positive": pointing(hits[found]) if found.any() else None,
        "pointing_game_of_the_most_often_changed_cell": pointing(flat[:, int(usual.argmax())]),
        "pointing_game_by_chance": round(float(truths.mean()), 4),
        "iou": summary(overlap(maps > 0)),
        "iou_of_the_usual_region": summary(overlap(np.broadcast_to(usual > 0.5, truths.shape))),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--index", type=Path, help="index.tsv; measures the tuning split")
    arguments.add_argument("--labels", type=Path, help="labels.tsv; measures the validation pairs (with --root)")
    arguments.add_argument("--root", type=Path, help="folder where dfdc-faces-val was unpacked")
    arguments.add_argument("--out", type=Path)
    options = arguments.parse_args()
    cv2.setNumThreads(1)
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = 1
    session = ort.InferenceSession(str(options.model), settings, providers=["CPUExecutionProvider"])
    pairs = pairs_of_labels(options.labels, options.root) if options.labels else pairs_of_index(options.index, "tune")
    result = {
        "schema": "podlinnik-heatmap/1",
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "split": "val" if options.labels else "tune",
        "truth": "difference of fake and original, blurred, over about 7 grey levels, in at least half of a cell of 16 x 16 pixels; regions of 4 cells to 75 % of the crop",
        "as_stored": measured(session, pairs, None),
        "jpeg_60": measured(session, pairs, 60),
    }
    text = json.dumps(result, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
