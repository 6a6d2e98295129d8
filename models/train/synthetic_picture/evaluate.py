"""Score the validation pictures as they are and after JPEG 60 and half size; `evaluation.json` and `EVALUATION.md`. Score rarely: what is tuned on is no result."""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from scoring import Scorer, clopper_pearson, jpeg, measure, rgb_of, shrunk


def interval(labels: np.ndarray, scores: np.ndarray, rounds: int = 1000) -> list[float]:
    rng, found = np.random.default_rng(1), []
    real, fake = np.flatnonzero(labels == 0), np.flatnonzero(labels == 1)
    for _ in range(rounds):
        chosen = np.r_[rng.choice(real, len(real)), rng.choice(fake, len(fake))]
        found.append(roc_auc_score(labels[chosen], scores[chosen]))
    return [round(float(v), 3) for v in np.quantile(found, [0.025, 0.975])]


def calibrated(calibration: dict, logit: float, short: int, quality: dict) -> float | None:
    """llr10, or None where the method abstains."""
    for entry in calibration["buckets"]:
        if not entry["face_px_min"] <= short < entry.get("face_px_max", 1e9) or not entry["quality_min"] <= quality["quality"] < entry["quality_max"]:
            continue
        limits = entry["out_of_distribution"]
        values = quality
        if any(not low <= values[key] <= high for key, (low, high) in limits.items()):
            return None
        llr = entry["map"]["slope"] * logit + entry["map"]["intercept"]
        if logit < entry["support_from_logit"]:
            llr = min(llr, 0.3)
        return float(np.clip(llr, entry["ceiling"]["llr10_min"], entry["ceiling"]["llr10_max"]))
    return None


def summary(samples: list[dict]) -> dict:
    labels, scores = np.array([s["label"] for s in samples]), np.array([s["logit"] for s in samples])
    real, fake = scores[labels == 0], scores[labels == 1]
    threshold = np.sort(real)[::-1][int(0.01 * len(real))]
    hits = int((fake > threshold).sum())
    answered = [s for s in samples if s["llr10"] is not None]
    said = lambda label: sum(bool(s["llr10"] > np.log10(2)) for s in answered if s["label"] == label)
    count = lambda label: sum(s["label"] == label for s in answered)
    share = lambda k, n: {"count": k, "of": n, "share": round(k / n, 4) if n else None, "interval95": [round(v, 4) for v in clopper_pearson(k, n)] if n else None}
    return {
        "real": len(real), "fake": len(fake), "auc": round(float(roc_auc_score(labels, scores)), 4), "auc_interval95": interval(labels, scores),
        "tpr_at_fpr_1_percent": share(hits, len(fake)), "coverage": share(len(answered), len(samples)),
        "genuine_supported_as_synthetic": share(said(0), count(0)), "synthetic_supported_as_synthetic": share(said(1), count(1)),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--calibration", type=Path, required=True)
    arguments.add_argument("--labels", type=Path, required=True)
    arguments.add_argument("--root", type=Path, required=True)
    arguments.add_argument("--date", required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    scorer, calibration = Scorer(options.model), json.loads(options.calibration.read_text())
    sets = {"ai-images": ("ml72", "sd-kandinsky", "imagenet"), "ffhq-stylegan": ("stylegan", "ffhq")}
    result = {"date": options.date, "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(), "calibration": calibration["id"], "sets": {}}
    for name, sources in sets.items():
        made = {"plain": [], "jpeg60-half": []}
        for line in options.labels.read_text().splitlines()[1:]:
            file, split, label, source, group, _ = line.split("\t")
            if split != "val" or source not in sources or not file.startswith(name):
                continue
            rgb = rgb_of(str(options.root / file))
            for kind, picture in (("plain", rgb), ("jpeg60-half", jpeg(shrunk(rgb, 0.5), 60))):
                logit, quality = scorer.logit(picture), measure(scorer.plan, picture)
                llr10 = calibrated(calibration, logit, min(picture.shape[:2]), quality)
                made[kind].append({"label": int(label == "fake"), "source": source, "logit": logit, "llr10": llr10})
        result["sets"][name] = {kind: summary(samples) for kind, samples in made.items()}
        for source in sources:
            plain = [s for s in made["plain"] if s["source"] == source or s["label"] == 0]
            if any(s["label"] == 1 for s in plain if s["source"] == source):
                result["sets"][name][f"plain, fakes of {source} only"] = summary([s for s in plain if s["label"] == 0 or s["source"] == source])
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    lines = [f"# Evaluation of synthetic-picture\n\nScored on {options.date}, weights `{result['model_sha256'][:12]}`, calibration `{result['calibration']}`. "
             "Sets: see `models/train/synthetic_picture/README.md`; neither was trained, tuned or calibrated on.\n",
             "| set | pictures real / fake | AUC (95 %) | TPR at 1 % FPR | answered | genuine called synthetic | synthetic found |", "|---|---|---|---|---|---|---|"]
    show = lambda s: "-" if s["share"] is None else f"{s['count']} of {s['of']} ({s['interval95'][0]:.3f} to {s['interval95'][1]:.3f})"
    for name, kinds in result["sets"].items():
        for kind, s in kinds.items():
            lines.append(f"| {name}, {kind} | {s['real']} / {s['fake']} | {s['auc']:.3f} ({s['auc_interval95'][0]} to {s['auc_interval95'][1]}) | {show(s['tpr_at_fpr_1_percent'])} | "
                         f"{show(s['coverage'])} | {show(s['genuine_supported_as_synthetic'])} | {show(s['synthetic_supported_as_synthetic'])} |")
    lines += ["", "\"Called synthetic\" and \"found\": among the answered, a calibrated ratio above 2 (log10 0.3), the first word of support. Brackets: exact 95 % intervals, "
              "for the AUC bootstrap over pictures. The self-test by re-encoding is left out here; the pipeline answers less often."]
    (options.out.parent / "EVALUATION.md").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
