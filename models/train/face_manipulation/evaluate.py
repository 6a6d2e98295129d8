"""The evaluation report: scored once, on data that neither trained, nor tuned, nor calibrated the model.

Scores first (kept in --scores, so that a report can be written again without scoring again), then reads the calibration and writes evaluation.json: DFDC validation crops as they are and after a simulated messenger, clips of other generators, and, to say what the model
is not for, faces that are synthetic as a whole.
"""

import argparse
import csv
import hashlib
import json
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from degrade import jpeg
from scoring import (
    Scorer, area_under_curve, bootstrap, calibration_error, clopper_pearson, encode_h264, equal_error, measure, rate_at,
)  # fmt: skip




def bucket_of(calibration: dict, native: float, numbers: dict, logit: float) -> tuple[dict | None, str]:
    """The bucket, or the reason to abstain."""
    sized = [b for b in calibration["buckets"] if b["face_px_min"] <= native < b["face_px_max"]]
    if not sized:
        return None, "face_too_small"
    if numbers["quality"] < min(b["quality_min"] for b in sized):
        return None, "recompressed_beyond_validation"
    for bucket in sized:
        if bucket["quality_min"] <= numbers["quality"] < bucket["quality_max"]:
            values = {"grey_mean": numbers["grey_mean"], "grey_sd": numbers["grey_sd"], "logit": logit}
            for name, (low, high) in bucket["out_of_distribution"].items():
                if not low <= values[name] <= high:
                    return None, "out_of_distribution"
            return bucket, ""
    return None, "out_of_distribution"


def likelihood(bucket: dict, logit: float, in_domain: bool = False) -> float:
    """The bounded llr10; `in_domain` lifts both restrictions, to check the calibration itself."""
    lowest, highest = bucket["ceiling"]["llr10_min"], bucket["ceiling"]["llr10_max"]
    if in_domain:
        lowest = bucket["ceiling"].get("llr10_min_in_domain", lowest)
        highest = bucket["ceiling"].get("llr10_max_in_domain", highest)
    value = np.interp(logit, bucket["map"]["x"], bucket["map"]["llr10"])
    return float(np.clip(value, lowest, highest))


def rate(hits: int, total: int) -> dict:
    low, high = clopper_pearson(hits, total)
    return {"count": hits, "of": total, "rate": round(hits / max(total, 1), 4), "lower95": round(low, 4), "upper95": round(high, 4)}


def discrimination(labels: np.ndarray, logits: np.ndarray) -> dict:
    return {
        "n_real": int((labels == 0).sum()), "n_fake": int((labels == 1).sum()),
        "auc": round(area_under_curve(labels, logits), 4), "auc_95": bootstrap(labels, logits, area_under_curve),
        "tpr_at_fpr_1_percent": round(rate_at(labels, logits), 4), "tpr_at_fpr_1_percent_95": bootstrap(labels, logits, rate_at),
        "eer": round(equal_error(labels, logits), 4), "eer_95": bootstrap(labels, logits, equal_error, rounds=200),
    }  # fmt: skip


def calibrated(calibration: dict, labels, natives, images, logits) -> dict:
    """What the shipped calibration says about these faces."""
    llr, kept, reasons = [], [], defaultdict(int)
    alarms = defaultdict(lambda: [0, 0, 0, 0])
    for label, native, image, logit in zip(labels, natives, images, logits):
        bucket, reason = bucket_of(calibration, native, measure(image), float(logit))
        if bucket is None:
            reasons[reason] += 1
            continue
        llr.append(likelihood(bucket, float(logit), in_domain=True))
        kept.append(label)
        tally = alarms[bucket["id"]]
        tally[2 * label] += float(logit) >= bucket["support_from_logit"]
        tally[2 * label + 1] += 1
    llr, kept = np.array(llr), np.array(kept)
    real, fake = llr[kept == 0], llr[kept == 1]
    return {
        "assessed": len(kept), "abstained": dict(sorted(reasons.items())),
        "calibration_error": round(calibration_error(kept, llr), 4),
        "calibration_error_95": bootstrap(kept, llr, calibration_error, rounds=300),
        "llr10_above_0.5": {"genuine": rate(int((real > 0.5).sum()), len(real)), "manipulated": rate(int((fake > 0.5).sum()), len(fake))},
        "llr10_above_1": {"genuine": rate(int((real > 1).sum()), len(real)), "manipulated": rate(int((fake > 1).sum()), len(fake))},
        "llr10_below_minus_0.5_without_restriction": {"genuine": rate(int((real < -0.5).sum()), len(real)), "manipulated": rate(int((fake < -0.5).sum()), len(fake))},
        "over_bucket_threshold": {
            name: {"genuine": rate(int(t[0]), int(t[1])), "manipulated": rate(int(t[2]), int(t[3]))} for name, t in sorted(alarms.items())
        },
    }  # fmt: skip


def scored(model: Path, images: list[np.ndarray]) -> np.ndarray:
    return Scorer(model).logits(images)


def messenger(images: list[np.ndarray], natives: list[int], seed: int) -> tuple[list[np.ndarray], list[int]]:
    """96 pixels (or what the face natively has), JPEG, H.264."""
    rng = np.random.default_rng(seed)
    out: list = [None] * len(images)
    groups, sizes = defaultdict(list), [0] * len(images)
    for i, (image, native) in enumerate(zip(images, natives)):
        side = sizes[i] = min(96, native)
        small = jpeg(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), rng.integers(60, 91))
        groups[side, int(rng.choice([26, 30]))].append((i, small))
    for (_, crf), members in groups.items():
        for (i, _), image in zip(members, encode_h264([m for _, m in members], crf)):
            out[i] = cv2.resize(image, (224, 224), interpolation=cv2.INTER_LINEAR)
    return out, sizes


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--calibration", type=Path, required=True)
    arguments.add_argument("--labels", type=Path, required=True)
    arguments.add_argument("--dfdc-val", type=Path, required=True, help="folder where dfdc-faces-val was unpacked")
    arguments.add_argument("--clip-faces", type=Path, required=True, help="what clip_faces.py wrote")
    arguments.add_argument("--synthetic", type=Path, help="folder where cut whole-face synthetic crops lie as real/ and fake/")
    arguments.add_argument("--scores", type=Path, required=True, help="where the scores are kept (.npz; not shipped)")
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--date", required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    cv2.setNumThreads(1)
    digest = hashlib.sha256(options.model.read_bytes()).hexdigest()
    with options.labels.open() as handle:
        rows = [r for r in csv.DictReader(handle, delimiter="\t") if r["split"] == "val" and r["source"] == "dfdc" and r["file"].startswith("dfdc-faces")]
    images = [cv2.imread(str(options.dfdc_val / row["file"])) for row in rows]
    labels = np.array([int(row["label"] == "fake") for row in rows])
    natives = [int(row["face_px"]) for row in rows]
    sent, sizes = messenger(images, natives, 31)
    with (options.clip_faces / "faces.tsv").open() as handle:
        faces = list(csv.DictReader(handle, delimiter="\t"))
    face_images = [cv2.imread(str(options.clip_faces / row["face"])) for row in faces]
    reals, fakes = (sorted((options.synthetic / kind).glob("*.png")) if options.synthetic else [] for kind in ("real", "fake"))
    if not options.scores.exists():
        sets = [images, sent, face_images, [cv2.imread(str(path)) for path in reals + fakes]]
        with ProcessPoolExecutor(options.processes) as pool:
            parts = [[pool.submit(scored, options.model, some[i : i + 100]) for i in range(0, len(some), 100)] for some in sets]
            scores = [np.concatenate([part.result() for part in some]) if some else np.zeros(0) for some in parts]
        np.savez(options.scores, digest=digest, images=scores[0], sent=scores[1], faces=scores[2], synthetic=scores[3])
    stored = np.load(options.scores)
    assert str(stored["digest"]) == digest, "the scores belong to another model"
    if not options.calibration.exists():
        raise SystemExit("scored; run again once the calibration is there")
    calibration = json.loads(options.calibration.read_text())
    assert digest == calibration["model_sha256"], "the calibration belongs to another model"
    result = {"schema": "podlinnik-evaluation/1", "date": options.date, "model_sha256": digest, "calibration": calibration["id"]}
    result["intervals"] = "rates: Clopper-Pearson 95 %; AUC, EER, TPR at fixed FPR, calibration error: percentile bootstrap 95 % within class"

    logits, sent_logits, face_logits = stored["images"], stored["sent"], stored["faces"]
    result["dfdc_val"] = discrimination(labels, logits) | {"calibrated": calibrated(calibration, labels, natives, images, logits)}
    by_size = {}
    for name, low, high in (("below_107", 0, 107), ("107-160", 107, 160), ("160-up", 160, 10000)):
        mine = np.array([low <= n < high for n in natives])
        by_size[name] = {"n_real": int((mine & (labels == 0)).sum()), "n_fake": int((mine & (labels == 1)).sum()),
                         "auc": round(area_under_curve(labels[mine], logits[mine]), 4), "auc_95": bootstrap(labels[mine], logits[mine], area_under_curve)}  # fmt: skip
    result["dfdc_val"]["by_native_size"] = by_size
    result["dfdc_val_messenger"] = {"chain": "downscaled to 96 px, JPEG 60-90, H.264 CRF 26 or 30"} | discrimination(labels, sent_logits)
    result["dfdc_val_messenger"]["calibrated"] = calibrated(calibration, labels, sizes, sent, sent_logits)

    clips: dict[str, dict] = {}
    for row, image, logit in zip(faces, face_images, face_logits):
        clip = clips.setdefault(row["clip"], {"label": row["label"], "source": row["source"], "group": row["group"], "logits": [], "native": [], "numbers": []})
        clip["logits"].append(float(logit))
        clip["native"].append(float(row["native"]))
        clip["numbers"].append(measure(image))
    for clip in clips.values():
        logit, native = float(np.mean(clip["logits"])), float(np.median(clip["native"]))
        numbers = {key: float(np.median([n[key] for n in clip["numbers"]])) for key in clip["numbers"][0]}
        bucket, reason = bucket_of(calibration, native, numbers, logit)
        clip["mean_logit"] = logit
        clip["report"] = {
            "label": clip["label"], "source": clip["source"], "faces": len(clip["logits"]), "face_px_median": round(native, 1), "mean_logit": round(logit, 3),
            "bucket": bucket["id"] if bucket else None, "abstained": reason or None, "llr10": round(likelihood(bucket, logit), 3) if bucket else None,
            "llr10_without_restriction": round(likelihood(bucket, logit, in_domain=True), 3) if bucket else None,
        }  # fmt: skip
    genuine = [c for c in clips.values() if c["label"] == "real"]
    swaps = [c for c in clips.values() if c["source"] == "deepfacelive"]

    def against(fakes: list[dict], reals: list[dict]) -> dict:
        y = np.array([0] * len(reals) + [1] * len(fakes))
        s = np.array([c["mean_logit"] for c in reals + fakes])
        return {"n_real": len(reals), "n_fake": len(fakes), "auc": round(area_under_curve(y, s), 4), "auc_95": bootstrap(y, s, area_under_curve)}

    fake = [c for c in clips.values() if c["label"] == "fake"]
    said = [c["report"]["llr10"] for c in genuine if c["report"]["llr10"] is not None]
    said_fake = [c["report"]["llr10"] for c in fake if c["report"]["llr10"] is not None]
    pairs = defaultdict(dict)
    for clip in swaps:
        pairs[clip["group"]][clip["label"]] = clip["mean_logit"]
    whole = [pair for pair in pairs.values() if len(pair) == 2]
    result["clips_val"] = {
        "unit": "mean logit over up to 16 frames of the largest face",
        "all": against(fake, genuine),
        "face_swaps_deepfacelive_against_all_genuine": against([c for c in swaps if c["label"] == "fake"], genuine),
        "face_swaps_deepfacelive_against_their_originals": against([c for c in swaps if c["label"] == "fake"], [c for c in swaps if c["label"] == "real"]),
        "pairs_in_which_the_swap_scores_higher": rate(sum(pair["fake"] > pair["real"] for pair in whole), len(whole)),
        "generated_talking_heads_vasa1_against_all_genuine": against([c for c in fake if c["source"] == "vasa1"], genuine),
        "genuine_clips_with_llr10_above_0.5": rate(sum(v > 0.5 for v in said), len(said)),
        "manipulated_clips_with_llr10_above_0.5": rate(sum(v > 0.5 for v in said_fake), len(said_fake)),
        "genuine_clips_with_llr10_above_1": rate(sum(v > 1 for v in said), len(said)),
        "clips_without_a_finding": len(clips) - len(said) - len(said_fake),
        "each": {name: clip["report"] for name, clip in sorted(clips.items())},
    }
    if options.synthetic:
        y = np.array([0] * len(reals) + [1] * len(fakes))
        result["whole_synthetic_faces_stylegan"] = discrimination(y, stored["synthetic"])
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps({k: v for k, v in result.items() if k != "clips_val"}, indent=1))
    print(json.dumps(result["clips_val"], indent=1))


if __name__ == "__main__":
    main()
