"""Turn the model's logit into a bounded log10 likelihood ratio, by quality bucket.

Faces of the CALIB split go through simulated messengers (downscaling; nothing more, JPEG, or JPEG and H.264), land in a bucket by their native size and measured
quality, and give a monotone map logit → llr10. Support for manipulation starts at a logit that keeps the share of genuine faces which get any within --risk;
what CALIB says there, and at a threshold from TUNE in the other direction, gives the ceilings:
(lower 95 % bound of the hit rate) / (upper 95 % bound of the false-alarm rate), Clopper–Pearson, two-sided, in both directions.
A face is degraded once per size class, so it counts at most once in a bucket.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression

from data import LEAST_DIFFERENCE, difference_mask, face, read_index
from degrade import jpeg
from scoring import Scorer, area_under_curve, calibration_error, clopper_pearson, encode_h264, measure

SIZES = [(64, 96), (96, 160), (160, 10000)]
NEVER = 1e6  # a logit that no face reaches
LARGEST = 224  # the training crops hold no more than 224 pixels of a face


def degraded(rows: list[dict], size: tuple[int, int], seed: int) -> list[tuple[dict, np.ndarray, float]]:
    """(row, 224-pixel crop, native pixels) for each face that is natively large enough for the size class.

    A third as stored but for the downscaling, a third JPEG, a third JPEG and then H.264. In the class of the largest faces the third that is left
    as stored holds faces of every native size: a crop that somebody else enlarged tells nobody how large the face was.
    """
    rng = np.random.default_rng(seed)
    groups: dict[tuple[int, int], list] = defaultdict(list)
    out = []
    for row in rows:
        chain = int(rng.integers(3))
        native = min(int(row["face_px"]), LARGEST)
        low, high = size[0], min(size[1], native + 1)
        if chain == 0 and size[1] > LARGEST:
            out.append((row, face(row["path"]), LARGEST))
            continue
        if high <= low:
            continue
        target = int(rng.integers(low, high))
        target -= target % 8  # few distinct sizes, so that one video holds many faces
        target = max(target, (low + 7) // 8 * 8)
        image = cv2.resize(face(row["path"]), (target, target), interpolation=cv2.INTER_AREA)
        if chain == 0:
            out.append((row, image, target))
        elif chain == 1:
            out.append((row, jpeg(image, rng.integers(75, 96)), target))
        else:
            image = jpeg(image, rng.integers(50, 91))
            groups[target, int(rng.choice([23, 26, 29, 32]))].append((row, image))
    for (target, crf), members in sorted(groups.items(), key=lambda item: item[0]):
        for (row, _), image in zip(members, encode_h264([image for _, image in members], crf)):
            out.append((row, image, target))
    return [(row, cv2.resize(image, (224, 224), interpolation=cv2.INTER_LINEAR), target) for row, image, target in out]


def aligned_fakes(rows: list[dict], originals: dict[str, str], count: int, seed: int) -> list[dict]:
    """Fakes that visibly differ from their original, at most two of a group."""
    rng = np.random.default_rng(seed)
    kept, used = [], defaultdict(int)
    for i in rng.permutation(len(rows)):
        row = rows[i]
        original = originals.get(row["group"])
        if original is None or used[row["group"]] >= 2:
            continue
        if difference_mask(face(row["path"]), face(original))[1] < LEAST_DIFFERENCE:
            continue
        used[row["group"]] += 1
        kept.append(row)
        if len(kept) == count:
            break
    return kept


def collect(index: Path, split: str, model: Path, fakes: int, genuine: int | None, seed: int) -> list[dict]:
    cv2.setNumThreads(1)
    scorer = Scorer(model)
    rows = read_index(index, split)
    originals = {row["group"]: row["path"] for row in rows if row["label"] == "real" and row["source"] == "dfdc"}
    real = [row for row in rows if row["label"] == "real" and row["source"] == "dfdc"][:genuine]
    fake = aligned_fakes([row for row in rows if row["label"] == "fake"], originals, fakes, seed)
    samples = []
    for number, size in enumerate(SIZES):
        for label, members in ((0, real), (1, fake)):
            made = degraded(members, size, seed + 10 * number + 100 * label)
            logits = scorer.logits([image for _, image, _ in made])
            for (row, image, native), logit in zip(made, logits):
                sample = {"path": row["path"], "label": label, "size": number, "native": native, "logit": float(logit)}
                samples.append(sample | measure(image))
        print(split, size, len(samples), flush=True)
    return samples


def within(samples: list[dict], size: int, low: float, high: float) -> list[dict]:
    return [sample for sample in samples if sample["size"] == size and low <= sample["quality"] < high]


def columns(samples: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([s["label"] for s in samples]), np.array([s["logit"] for s in samples])


def bound_ratio(hits: int, of_hits: int, alarms: int, of_alarms: int) -> float:
    return clopper_pearson(hits, of_hits)[0] / clopper_pearson(alarms, of_alarms)[1]


def genuine_threshold(labels: np.ndarray, logits: np.ndarray) -> float:
    """On TUNE: the logit below which a genuine face is best supported."""
    real, fake = logits[labels == 0], logits[labels == 1]
    candidates = np.quantile(logits, np.linspace(0.01, 0.995, 198))
    below = [bound_ratio(int((real <= t).sum()), len(real), int((fake <= t).sum()), len(fake)) for t in candidates]
    return float(candidates[int(np.argmax(below))])


def support_threshold(real: np.ndarray, risk: float) -> float:
    """The lowest logit from which support for manipulation may start, so that with 95 % confidence at most `risk` of genuine faces get any.

    Fixed-sequence testing from the highest score down (Learn then Test, Angelopoulos et al. 2021): go on while the one-sided 95 % Clopper-Pearson bound of the
    false-alarm rate stays within the risk. Only genuine faces choose it, so the hit rate at it is measured on faces that did not.
    """
    ordered = np.sort(real)[::-1]
    allowed = 0
    while allowed < len(ordered) and clopper_pearson(allowed, len(ordered), 0.90)[1] <= risk:
        allowed += 1
    if allowed == 0:
        return float("inf")  # too few genuine faces to promise anything
    return float(np.nextafter(ordered[allowed - 1], np.inf))


def genuine_clips(index: Path, model: Path) -> dict:
    """Genuine clips of other sources than DFDC (TUNE and CALIB of their index): the mean logit of each, as a track would get it."""
    scorer = Scorer(model)
    rows = [row for split in ("tune", "calib") for row in read_index(index, split) if row["label"] == "real"]
    logits = scorer.logits([face(row["path"]) for row in rows])
    means: dict[str, list[float]] = defaultdict(list)
    for row, logit in zip(rows, logits):
        means[row["group"]].append(float(logit))
    ordered = sorted(float(np.mean(values)) for values in means.values())
    return {"sources": len(ordered), "highest": [round(value, 3) for value in ordered[-5:]], "median": round(float(np.median(ordered)), 3)}


def fit(labels: np.ndarray, logits: np.ndarray) -> tuple[float, float]:
    """Balanced logistic regression: slope and intercept of llr10 in the logit."""
    model = LogisticRegression(C=10.0, class_weight="balanced").fit(logits[:, None], labels)
    return max(float(model.coef_[0, 0]), 0.0) / np.log(10), float(model.intercept_[0]) / np.log(10)


def cross_validated_error(samples: list[dict], folds: int = 5) -> float:
    labels, logits = columns(samples)
    which = np.array([int(hashlib.sha256(s["path"].encode()).hexdigest()[:6], 16) % folds for s in samples])
    llr = np.zeros(len(labels))
    for fold in range(folds):
        slope, intercept = fit(labels[which != fold], logits[which != fold])
        llr[which == fold] = slope * logits[which == fold] + intercept
    return calibration_error(labels, llr)


def stepped(slope: float, intercept: float, threshold: float, below: float, highest: float) -> dict:
    """Below the start of support, all that is said is that there is none, so its ratio is that of the event: misses over correct silences. From there on, the logistic."""
    at = lambda logit: max(slope * logit + intercept, below)  # noqa: E731
    if threshold >= NEVER:
        return {"kind": "piecewise", "x": [0.0], "llr10": [round(below, 4)]}
    top = max(highest, threshold + 1.0)
    return {
        "kind": "piecewise",
        "x": [round(threshold - 1e-3, 4), round(threshold, 4), round(top, 4)],
        "llr10": [round(below, 4), round(at(threshold), 4), round(at(top), 4)],
    }


def restrict(calibration: dict, reason: str) -> None:
    """Lower every ceiling towards 'no manipulation' to what missing support is worth, which is no word; what was measured stays beside it."""
    calibration["one_sided"] = reason
    for bucket in calibration["buckets"]:
        ceiling = bucket["ceiling"]
        ceiling["llr10_min_in_domain"], ceiling["llr10_min"] = ceiling["llr10_min"], bucket["without_support_llr10"]


def cap(calibration: dict, most: float, reason: str) -> None:
    """Lower every ceiling towards manipulation to at most `most`; what was measured stays beside it."""
    calibration["capped"] = reason
    for bucket in calibration["buckets"]:
        ceiling = bucket["ceiling"]
        ceiling["llr10_max_in_domain"], ceiling["llr10_max"] = ceiling["llr10_max"], min(ceiling["llr10_max"], most)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--created", required=True, help="date, written into the file")
    arguments.add_argument("--expires", required=True)
    arguments.add_argument("--id", required=True)
    arguments.add_argument("--fakes", type=int, default=1000)
    arguments.add_argument("--genuine", type=int, help="at most so many genuine faces (for a quick trial)")
    arguments.add_argument("--risk", type=float, default=0.01, help="largest share of genuine faces that may get any support for manipulation")
    arguments.add_argument("--samples", type=Path, help="where to keep the scored samples (for plots; not shipped)")
    arguments.add_argument("--one-sided", metavar="REASON", help="lend no support to 'no manipulation', whatever DFDC says, and say why")
    arguments.add_argument("--clips", type=Path, help="an index of faces of other clips: support starts above every genuine one of its TUNE and CALIB")
    arguments.add_argument("--most", type=float, default=4.0, help="highest llr10 towards manipulation, whatever DFDC allows (with --capped)")
    arguments.add_argument("--capped", metavar="REASON", help="why")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    with ProcessPoolExecutor(2) as pool:
        tune = pool.submit(collect, options.index, "tune", options.model, options.fakes // 2, options.genuine, 11)
        calib = pool.submit(collect, options.index, "calib", options.model, options.fakes, options.genuine, 12)
        tune, calib = tune.result(), calib.result()
    if options.samples:
        options.samples.write_text(json.dumps({"tune": tune, "calib": calib}))

    clips = genuine_clips(options.clips, options.model) if options.clips else None
    if clips:
        print("genuine clips", clips, flush=True)
    buckets = []
    for number, (low_px, high_px) in enumerate(SIZES):
        qualities = np.array([s["quality"] for s in calib if s["size"] == number])
        middle = round(float(np.median(qualities)), 2)
        pooled = support_threshold(np.array([s["logit"] for s in calib if s["size"] == number and s["label"] == 0]), options.risk)
        floor, roof = (round(float(q), 2) for q in np.quantile(qualities, [0.002, 0.998]))
        for name, low, high in (("low", floor, middle), ("high", middle, roof)):
            mine = within(calib, number, low, high)
            labels, logits = columns(mine)
            tune_labels, tune_logits = columns(within(tune, number, low, high))
            threshold_genuine = genuine_threshold(tune_labels, tune_logits)
            real, fake = logits[labels == 0], logits[labels == 1]
            # Two qualities share the bound of their size; neither may spend more than all of it.
            threshold = min(max(pooled, float(np.quantile(real, 1 - options.risk))), NEVER)
            if clips:
                threshold = max(threshold, clips["highest"][-1] + 0.001)
            hits, alarms = int((fake >= threshold).sum()), int((real >= threshold).sum())
            cleared, missed = int((real <= threshold_genuine).sum()), int((fake <= threshold_genuine).sum())
            slope, intercept = fit(labels, logits)
            tpr_low, tpr_high = clopper_pearson(hits, len(fake))
            fpr_low, fpr_high = clopper_pearson(alarms, len(real))
            up = max(0.0, float(np.log10(bound_ratio(hits, len(fake), alarms, len(real)))))
            down = max(0.0, float(np.log10(bound_ratio(cleared, len(real), missed, len(fake)))))
            below = min(0.0, float(np.log10((1 - hits / len(fake)) / (1 - alarms / len(real)))))
            px = f"{low_px}-{high_px}" if high_px < 10000 else f"{low_px}-up"
            limits = {}
            for key in ("grey_mean", "grey_sd", "logit"):
                values = np.array([s[key] for s in mine])
                limits[key] = [round(float(v), 3) for v in np.quantile(values, [0.002, 0.998])]
            buckets.append({
                "id": f"face{px}_q-{name}",
                "face_px_min": low_px, "face_px_max": high_px, "quality_min": low, "quality_max": high,
                "n_real": len(real), "n_fake": len(fake), "auc": round(area_under_curve(labels, logits), 4),
                "map": stepped(slope, intercept, threshold, below, float(logits.max())),
                "logistic": {"slope": round(slope, 5), "intercept": round(intercept, 5)},
                "without_support_llr10": round(below, 4),
                "ceiling": {"llr10_max": round(up, 3), "llr10_min": round(-down, 3)},
                "support_from_logit": round(threshold, 4),
                "tpr": round(hits / len(fake), 4), "tpr_lower95": round(tpr_low, 4), "tpr_upper95": round(tpr_high, 4),
                "fpr": round(alarms / len(real), 4), "fpr_lower95": round(fpr_low, 4), "fpr_upper95": round(fpr_high, 4),
                "threshold_genuine_logit": round(threshold_genuine, 4),
                "genuine_below": round(cleared / len(real), 4), "genuine_below_lower95": round(clopper_pearson(cleared, len(real))[0], 4),
                "manipulated_below": round(missed / len(fake), 4), "manipulated_below_upper95": round(clopper_pearson(missed, len(fake))[1], 4),
                "calibration_error_cross_validated": round(cross_validated_error(mine), 4),
                "out_of_distribution": limits,
            })  # fmt: skip
            print(json.dumps(buckets[-1]), flush=True)
    result = {
        "schema": "podlinnik-calibration/1",
        "id": options.id,
        "method": "face_manipulation",
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "created": options.created,
        "expires": options.expires,
        "data": (
            "DFDC face crops of the CALIB split (10 % of original videos, by hash of their name, never trained on), put through simulated "
            "messengers: area downscaling to the size of the bucket, then a third left so, a third JPEG 75-95, a third JPEG 50-90 followed by H.264 (libx264, intra, "
            "CRF 23-32); in the buckets of the largest faces the first third is the crop as published, whatever the native size of the face. "
            "Where support for manipulation starts was chosen on the genuine faces of the same split, by fixed-sequence testing. Actors are shared between the splits."
        ),
        "genuine_clips": clips and clips | {"use": "support for manipulation starts above the mean logit of every one of them"},
        "score": "sigmoid of the logit",
        "unit": "one face crop; for a track use the mean logit over its frames, once: frames of a clip are not independent",
        "llr10": "map(logit) within the ceiling: log10 of p(logit | manipulated) / p(logit | genuine), prior-free; below support_from_logit the ratio of the event 'no support': (1 - tpr) / (1 - fpr)",
        "intervals": "Clopper-Pearson, two-sided 95 %; one face of a video counts at most once in a bucket",
        "quality_measure": (
            "on the 224 x 224 crop given to the model: grey = 0.299 R + 0.587 G + 0.114 B (0-255, float); "
            "lap = up + down + left + right - 4 * centre on the inner 222 x 222; "
            "quality = log10(max(var(lap), 1e-6) / max(var(grey), 1)), population variances"
        ),
        "abstain": {
            "face_too_small": "native side below 64 px: no bucket",
            "recompressed_beyond_validation": "quality below quality_min of the lower bucket of its size",
            "out_of_distribution": "quality at or above quality_max of the upper bucket, or grey_mean, grey_sd (population) or logit outside out_of_distribution",
        },
        "buckets": buckets,
        "fusion": None,
    }
    if options.one_sided:
        restrict(result, options.one_sided)
    if options.capped:
        cap(result, options.most, options.capped)
    options.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
