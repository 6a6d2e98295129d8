"""Logits of clips that the fit had not seen → `calibration.json`, and what is known of the model → `evaluation.json`.

The calibration rests on the out-of-fold logits of `train.py`: each clip's comes from a fit that saw neither its group nor its tool. Support starts where the upper bound of the
share of genuine groups that would get any is within the risk; with few groups it never starts, and the ceiling is what that leaves: nothing.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression

NEVER = 1e6


def clopper_pearson(hits: int, of: int) -> tuple[float, float]:
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, of - hits + 1))
    high = 1.0 if hits == of else float(beta.ppf(0.975, hits + 1, of - hits))
    return low, high


def support_threshold(genuine: np.ndarray, risk: float) -> float:
    """The lowest logit over which so few of the genuine lie that the upper 95 % bound of their share is within the risk."""
    for logit in np.sort(genuine)[::-1]:
        alarms = int((genuine > logit).sum())
        if clopper_pearson(alarms, len(genuine))[1] > risk:
            return NEVER
        if clopper_pearson(alarms + 1, len(genuine))[1] > risk:
            return float(logit) + 1e-6
    return NEVER


def one_per_group(clips: list[dict]) -> list[dict]:
    """Of every group and tool the clip with the highest logit: clips of one group are not independent, and a false alarm on one of them is one."""
    kept: dict[tuple, dict] = {}
    for clip in sorted(clips, key=lambda clip: -clip["logit"]):
        kept.setdefault((clip["group"], clip["tool"]), clip)
    return list(kept.values())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--fitted", type=Path, required=True, help="folder of train.py: scores.json")
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--id", required=True)
    arguments.add_argument("--created", required=True)
    arguments.add_argument("--expires", required=True)
    arguments.add_argument("--risk", type=float, default=0.01)
    arguments.add_argument("--least-px", type=float, default=64.0)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    everything = json.loads((options.fitted / "scores.json").read_text())
    clips = one_per_group([clip for clip in everything if clip["face_px"] >= options.least_px])
    genuine = np.array([clip["logit"] for clip in clips if not clip["label"]])
    # what the recipe itself manipulated is no evidence of how often others' manipulations are found
    made = np.array([clip["logit"] for clip in clips if clip["label"] and not clip["tool"].startswith("own:")])
    logits, labels = np.concatenate([genuine, made]), np.array([0] * len(genuine) + [1] * len(made))
    weight = np.concatenate([np.full(len(genuine), 0.5 / len(genuine)), np.full(len(made), 0.5 / len(made))]) * len(logits)
    fitted = LogisticRegression(C=1e4).fit(logits[:, None], labels, sample_weight=weight)
    threshold = support_threshold(genuine, options.risk)
    hits, alarms = int((made >= threshold).sum()), int((genuine >= threshold).sum())
    tpr, fpr = clopper_pearson(hits, len(made)), clopper_pearson(alarms, len(genuine))
    ceiling = max(0.0, float(np.log10(max(tpr[0], 1e-9) / fpr[1]))) if threshold < NEVER else 0.0

    def span(key: str, slack: float) -> list[float]:
        values = [clip[key] for clip in everything]
        return [round(float(min(values)) - slack, 3), round(float(max(values)) + slack, 3)]

    quality, grey_mean, grey_sd = span("quality", 0.1), span("grey_mean", 5), span("grey_sd", 3)
    bucket = {
        "id": "burst-face64-up", "face_px_min": options.least_px, "quality_min": quality[0], "quality_max": quality[1],
        "n_real_groups": len(genuine), "n_manipulated_groups": len(made),
        "map": {"kind": "logistic", "slope": round(max(float(fitted.coef_[0, 0]), 0.0) / np.log(10), 5), "intercept": round(float(fitted.intercept_[0]) / np.log(10), 5)},
        "support_from_logit": round(threshold, 4),
        "ceiling": {"llr10_max": round(ceiling, 3), "llr10_min": 0.0},
        "tpr": round(hits / len(made), 4), "tpr_lower95": round(tpr[0], 4), "tpr_upper95": round(tpr[1], 4),
        "fpr": round(alarms / len(genuine), 4), "fpr_lower95": round(fpr[0], 4), "fpr_upper95": round(fpr[1], 4),
        "out_of_distribution": {"grey_mean": grey_mean, "grey_sd": grey_sd, "logit": [round(float(min(clip["logit"] for clip in everything)) - 0.5, 3), round(float(max(clip["logit"] for clip in everything)) + 0.5, 3)]},
    }  # fmt: skip
    result = {
        "schema": "podlinnik-calibration/1",
        "id": options.id,
        "method": "temporal",
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "created": options.created,
        "expires": options.expires,
        "data": "Out-of-fold logits: each clip's is from a fit that saw neither its group (person, shoot, page) nor its tool. Genuine: source videos of research pages (VoxCeleb, HDTF, MEAD, interviews, home cameras); manipulated: published results of lip-sync, talking-head and swapping tools. Every clip cut to 3.3 s and written anew (H.264), lightly or through its group's chain. Of each group and tool the clip with the highest logit.",
        "unit": "mean logit over the long bursts of a track",
        "llr10": "clamp(slope * logit + intercept, 0, llr10_max), at most 0.3 below support_from_logit (1e6: never): one-sided, the method lends no support to 'not manipulated'",
        "intervals": "Clopper-Pearson, two-sided 95 %, over groups",
        "risk": f"support starts where the upper bound of the share of genuine groups that would get any is at most {options.risk}",
        "buckets": [bucket],
    }
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(bucket, indent=1))
    groups = defaultdict(set)
    for clip in clips:
        groups[clip["tool"]].add(clip["group"])
    print({tool: len(members) for tool, members in groups.items()})


if __name__ == "__main__":
    main()
