"""What is known of the model → `evaluation.json` and `EVALUATION.md`. The validation clips are scored once, with the final weights."""

import argparse
import csv
import hashlib
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from export import logits
from train import LEAST_BURSTS, auc_interval


def scored(fit: dict, features: Path, labels: Path) -> list[dict]:
    """Clips of the validation set: label, source, group, and the mean logit of the largest face's bursts, or none."""
    with labels.open() as handle:
        rows = {row["file"]: row for row in csv.DictReader(handle, delimiter="\t") if row["file"].startswith("clips/")}
    out = []
    for line in map(json.loads, features.open()):
        name = "clips/" + line["path"].split("/clips/")[-1]
        row = rows[name]
        tracks = [track for track in line.get("tracks", []) if len(track["bursts"]) >= LEAST_BURSTS]
        track = max(tracks, key=lambda track: track["prominence"]) if tracks else None
        logit = float(np.mean(logits(fit, np.array([burst["features"] for burst in track["bursts"]])))) if track else None
        why = sorted({why for track in line.get("tracks", []) for why in track["obstacles"]})
        out.append({"file": name, "label": row["label"], "source": row["source"], "group": row["group"], "logit": logit, "obstacles": why})
    return out


def three(value: list[float]) -> str:
    return f"{value[0]:.2f} ({value[1]:.2f}–{value[2]:.2f})"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--fitted", type=Path, required=True)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--calibration", type=Path, required=True)
    arguments.add_argument("--validation", type=Path, required=True, help="lines of the example temporal_features over the validation clips")
    arguments.add_argument("--labels", type=Path, required=True)
    arguments.add_argument("--date", required=True)
    arguments.add_argument("--out", type=Path, required=True, help="folder of the model")
    options = arguments.parse_args()
    fit, report = (json.loads((options.fitted / name).read_text()) for name in ("fit.json", "report.json"))
    calibration = json.loads(options.calibration.read_text())
    clips = scored(fit, options.validation, options.labels)
    measured = [clip for clip in clips if clip["logit"] is not None]
    labels = np.array([int(clip["label"] == "fake") for clip in measured])
    scores = np.array([clip["logit"] for clip in measured])
    validation = {
        "clips": [sum(clip["label"] == label for clip in clips) for label in ("real", "fake")],
        "measured": [int((labels == 0).sum()), int(labels.sum())],
        "auc": [round(value, 3) for value in auc_interval(labels, scores, [clip["group"] for clip in measured])],
        "by_source": {
            source: [int(labels[pick].sum()), round(float(roc_auc_score(labels[pick], scores[pick])), 3)]
            for source in sorted({clip["source"] for clip in measured if clip["label"] == "fake"})
            for pick in [[n for n, clip in enumerate(measured) if clip["label"] == "real" or clip["source"] == source]]
        },
    }
    evaluation = {
        "schema": "podlinnik-temporal-evaluation/1",
        "date": options.date,
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "calibration": calibration["id"],
        "intervals": "AUC: percentile bootstrap 95 %, whole groups drawn within each class; rates: Clopper-Pearson 95 % over groups",
        "tuning": report,
        "clips_val": validation,
    }
    (options.out / "evaluation.json").write_text(json.dumps(evaluation, indent=2) + "\n")
    bucket, genuine, made = calibration["buckets"][0], report["genuine_clips_groups"], report["manipulated_clips_groups"]
    lines = ["# temporal: evaluation", "", f"{options.date}, model `{evaluation['model_sha256'][:16]}…`, calibration `{calibration['id']}`. {evaluation['intervals']}.", ""]
    lines += ["| set | genuine clips (groups) | manipulated clips (groups) | AUC |", "|---|---|---|---|"]
    lines.append(f"| tuning set, each clip scored by a fit that saw neither its group nor its tool | {genuine[0]} ({genuine[1]}) | {made[0]} ({made[1]}) | {three(report['auc'])} |")
    lines.append(f"| the same without the manipulations that the recipe makes itself | {genuine[0]} ({genuine[1]}) | | {three(report['auc_without_own'])} |")
    lines.append(f"| clips-val (shared validation), scored once | {validation['measured'][0]} of {validation['clips'][0]} | {validation['measured'][1]} of {validation['clips'][1]} | {three(validation['auc'])} |")
    lines += ["", "| clips-val by source | n | AUC against its genuine clips |", "|---|---|---|"]
    lines += [f"| {name} | {one[0]} | {one[1]:.2f} |" for name, one in validation["by_source"].items()]
    lines += ["", "| what the fit may use | AUC over all | mean over tools of three clips or more |", "|---|---|---|"]
    lines += [f"| {way} | {one[0]:.2f} | {one[1]:.2f} |" for way, one in report["tried"].items()]
    lines += ["", "Used: " + ", ".join(f"`{name}`" for name in report["used"]) + "."]
    lines += ["", "| tuning set by tool | clips (groups) | AUC against all genuine clips |", "|---|---|---|"]
    lines += [f"| {tool} | {one[0]} ({one[1]}) | {one[2]:.2f} |" for tool, one in report["by_tool"].items()]
    lines += ["", "| number, mean over the bursts of a clip | AUC on the tuning set (below 0.5: lower in manipulated clips) |", "|---|---|"]
    lines += [f"| {name} | {three(one)} |" for name, one in sorted(report["numbers"].items(), key=lambda item: -abs(item[1][0] - 0.5))]
    lines += ["", "| bucket | genuine groups | manipulated groups and tools | support from logit | ceiling (log10) |", "|---|---|---|---|---|"]
    start = "never" if bucket["support_from_logit"] >= 1e5 else f"{bucket['support_from_logit']:.2f}"
    lines.append(f"| {bucket['id']} | {bucket['n_real_groups']} | {bucket['n_manipulated_groups']} | {start} | {bucket['ceiling']['llr10_max']} |")
    lines.append("")
    (options.out / "EVALUATION.md").write_text("\n".join(lines))
    print("\n".join(lines[:24]))


if __name__ == "__main__":
    main()
