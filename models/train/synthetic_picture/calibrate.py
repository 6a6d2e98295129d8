"""Turn the picture's logit into a bounded log10 likelihood ratio, by bucket of shortest side and quality.

Pictures of CALIB and TUNE (never trained on; the fakes include all of a source that no training picture came from) go through simulated messengers:
downscaled into the bucket's size, then nothing more, JPEG 75-95, or JPEG 45-75. A picture counts at most once in a size class. Support for "synthetic"
starts at a logit that keeps the share of genuine pictures which get any within --risk; the ceiling is (lower 95 % bound of the hit rate) / (upper 95 % bound
of the false-alarm rate) there, Clopper-Pearson. One-sided: see `one_sided`.
"""

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from scoring import Plan, Scorer, clopper_pearson, jpeg, measure, rgb_of, shrunk

SIZES = [(96, 128), (128, 256), (256, 512), (512, 100_000)]
LARGEST = 1280
NEVER = 1e6  # a logit that no picture reaches
ONE_SIDED = (
    "A generator unlike those of the training data often looks like a photograph to this network (AUC against content-matched photographs near chance for "
    "one such source), so a low score supports nothing: every ceiling towards 'not synthetic' is 0."
)


def degraded(rgb: np.ndarray, low: int, high: int, rng: np.random.Generator) -> np.ndarray | None:
    short, long = min(rgb.shape[:2]), max(rgb.shape[:2])
    most = min(short, high - 1, LARGEST * short / long)
    if most < low:
        return None
    out = shrunk(rgb, int(np.exp(rng.uniform(np.log(low + 2), np.log(max(most, low + 2))))) / short)
    chain = int(rng.integers(3))
    return out if chain == 0 else jpeg(out, rng.integers(75, 96) if chain == 1 else rng.integers(45, 76))


def prepare(index: Path, splits: tuple[str, ...], plan: Plan, folder: Path) -> None:
    """The windows of all samples, once for any number of weights: `windows.npy` and `samples.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    samples, windows = [], []
    for number, line in enumerate(index.read_text().splitlines()):
        row = line.split("\t")
        if row[4] not in splits:
            continue
        rgb = rgb_of(row[0])
        for size, (low, high) in enumerate(SIZES):
            out = degraded(rgb, low, high, np.random.default_rng([number, size]))
            if out is not None:
                native = plan.native(out)
                windows += [*native, plan.whole(out)]
                samples.append({"group": row[3], "source": row[2], "label": int(row[1] == "fake"), "size": size, "native": len(native)} | measure(plan, out))
    np.save(folder / "windows.npy", np.stack(windows))
    (folder / "samples.json").write_text(json.dumps(samples))


def collect(folder: Path, model: Path) -> list[dict]:
    """The samples with their logits."""
    scorer, samples = Scorer(model), json.loads((folder / "samples.json").read_text())
    windows = np.load(folder / "windows.npy", mmap_mode="r")
    logits = np.concatenate([scorer.patches(windows[at : at + 16]) for at in range(0, len(windows), 16)])
    place = 0
    for sample in samples:
        native = logits[place : place + sample["native"]]
        sample["logit"] = scorer.plan.combined(native, logits[place + len(native)])
        place += len(native) + 1
    assert place == len(logits)
    return samples


def columns(samples: list[dict]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([s["label"] for s in samples]), np.array([s["logit"] for s in samples])


def support_threshold(real: np.ndarray, risk: float) -> float:
    """The lowest logit from which support may start, so that with 95 % confidence at most `risk` of genuine pictures get any.

    Fixed-sequence testing from the highest score down (Learn then Test, Angelopoulos et al. 2021), as for face manipulation.
    """
    ordered = np.sort(real)[::-1]
    allowed = 0
    while allowed < len(ordered) and clopper_pearson(allowed, len(ordered), 0.90)[1] <= risk:
        allowed += 1
    return NEVER if allowed == 0 else float(np.nextafter(ordered[allowed - 1], np.inf))


def fit(labels: np.ndarray, logits: np.ndarray) -> tuple[float, float]:
    model = LogisticRegression(C=10.0, class_weight="balanced").fit(logits[:, None], labels)
    return max(float(model.coef_[0, 0]), 0.0) / np.log(10), float(model.intercept_[0]) / np.log(10)


def calibration_error(labels: np.ndarray, llr: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error at equal priors."""
    weight = np.where(labels == 1, 0.5 / labels.mean(), 0.5 / (1 - labels.mean()))
    probability = 1 / (1 + 10.0**-llr)
    error = 0.0
    for part in np.array_split(np.argsort(probability), bins):
        error += weight[part].sum() * abs(np.average(probability[part], weights=weight[part]) - np.average(labels[part], weights=weight[part]))
    return float(error / weight.sum())


def cross_validated(samples: list[dict]) -> float:
    labels, logits = columns(samples)
    fold = np.array([int(hashlib.sha256(s["group"].encode()).hexdigest()[:6], 16) % 5 for s in samples])
    llr = np.zeros(len(labels))
    for number in range(5):
        slope, intercept = fit(labels[fold != number], logits[fold != number])
        llr[fold == number] = slope * logits[fold == number] + intercept
    return calibration_error(labels, llr)


def bucket(name: str, bounds: dict, samples: list[dict], pooled: float, risk: float) -> dict:
    labels, logits = columns(samples)
    real, fake = logits[labels == 0], logits[labels == 1]
    # Two qualities share the bound of their size; neither may spend more than all of it.
    threshold = max(pooled, float(np.quantile(real, 1 - risk)))
    hits, alarms = int((fake >= threshold).sum()), int((real >= threshold).sum())
    slope, intercept = fit(labels, logits)
    tpr, fpr = clopper_pearson(hits, len(fake)), clopper_pearson(alarms, len(real))
    limits = lambda key: [round(float(v), 3) for v in np.quantile([s[key] for s in samples], [0.002, 0.998])]
    return {
        "id": name, **bounds, "n_real": len(real), "n_fake": len(fake), "auc": round(float(roc_auc_score(labels, logits)), 4),
        "map": {"kind": "logistic", "slope": round(slope, 5), "intercept": round(intercept, 5)},
        "ceiling": {"llr10_max": round(max(float(np.log10(tpr[0] / fpr[1])), 0.0), 3), "llr10_min": 0.0},
        "support_from_logit": round(threshold, 4), "tpr": round(hits / len(fake), 4), "tpr_lower95": round(tpr[0], 4),
        "fpr": round(alarms / len(real), 4), "fpr_upper95": round(fpr[1], 4),
        "calibration_error_cross_validated": round(cross_validated(samples), 4),
        "out_of_distribution": {"grey_mean": limits("grey_mean"), "grey_sd": limits("grey_sd")},
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, help="geometry.json lies beside it")
    arguments.add_argument("--index", type=Path, help="prepare the windows of these pictures first")
    arguments.add_argument("--geometry", type=Path, help="for --index without --model")
    arguments.add_argument("--prepared", type=Path, required=True, help="folder of the prepared windows")
    arguments.add_argument("--id")
    arguments.add_argument("--created")
    arguments.add_argument("--expires")
    arguments.add_argument("--risk", type=float, default=0.01)
    arguments.add_argument("--samples", type=Path, help="keep the scored samples here")
    arguments.add_argument("--out", type=Path)
    options = arguments.parse_args()
    cv2.setNumThreads(1)
    if options.index:
        prepare(options.index, ("tune", "calib"), Plan(options.geometry or options.model.parent / "geometry.json"), options.prepared)
    if not options.model:
        return
    calib = collect(options.prepared, options.model)
    for generator in sorted({s["source"] for s in calib if s["label"] == 1}):
        labels, logits = columns([s for s in calib if s["label"] == 0 or s["source"] == generator])
        print(f"{generator}: AUC against all genuine {roc_auc_score(labels, logits):.3f} ({int(labels.sum())} samples)")
    if options.samples:
        options.samples.write_text(json.dumps(calib))
    buckets = []
    for size, (low, high) in enumerate(SIZES):
        of_size = [s for s in calib if s["size"] == size]
        quality = np.array([s["quality"] for s in of_size])
        pooled = support_threshold(np.array([s["logit"] for s in of_size if s["label"] == 0]), options.risk)
        edges = [float(np.quantile(quality, 0.005)), float(np.median(quality)), float(np.quantile(quality, 0.998))]
        for name, least, most in (("low", edges[0], edges[1]), ("high", edges[1], edges[2])):
            inside = lambda s: s["size"] == size and least <= s["quality"] < most
            bounds = {"face_px_min": low} | ({"face_px_max": high} if high < 10_000 else {})
            bounds |= {"quality_min": round(least, 3), "quality_max": round(most, 3)}
            made = bucket(f"side{low}_q-{name}", bounds, [s for s in of_size if inside(s)], pooled, options.risk)
            print(json.dumps({k: made[k] for k in ("id", "n_real", "n_fake", "auc", "map", "ceiling", "support_from_logit", "tpr", "fpr", "fpr_upper95")}))
            buckets.append(made)
    result = {
        "schema": "podlinnik-calibration/1", "id": options.id, "method": "synthetic_picture",
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(), "created": options.created, "expires": options.expires,
        "data": __doc__.strip(), "score": "sigmoid of the logit",
        "unit": "one picture, by the windows of geometry.json, used once; nothing is validated for frames of clips",
        "llr10": "clamp(slope * logit + intercept, ceiling.llr10_min, ceiling.llr10_max), at most 0.3 (no word of support) below support_from_logit: log10 of p(logit | synthetic) / p(logit | genuine), prior-free",
        "intervals": "Clopper-Pearson, two-sided 95 %; one picture counts at most once in a bucket",
        "face_px": "here: the shortest side of the picture in pixels",
        "quality_measure": "median over the native windows of log10(max(var(lap), 1e-6) / max(var(grey), 1)), as in models/face-manipulation",
        "one_sided": ONE_SIDED,
        "buckets": buckets, "fusion": None,
    }
    options.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
