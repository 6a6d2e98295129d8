"""The report on media that neither training, tuning nor calibration saw → evaluation.json: speech-val (shared validation set), and synthetic Russian voices (TEST).

Score speech-val once. Rates with Clopper-Pearson intervals, AUC with a percentile bootstrap within each class.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from audio import decode
from calibrate import clopper_pearson, collect, once
from scoring import Scorer


def bootstrap(labels: np.ndarray, scores: np.ndarray, statistic, rounds: int = 2000) -> list[float]:
    rng = np.random.default_rng(5)
    real, fake = np.nonzero(labels == 0)[0], np.nonzero(labels == 1)[0]
    values = []
    for _ in range(rounds):
        chosen = np.concatenate([rng.choice(real, len(real)), rng.choice(fake, len(fake))])
        values.append(statistic(labels[chosen], scores[chosen]))
    return [round(float(value), 4) for value in np.quantile(values, [0.025, 0.975])]


def rate_at(labels: np.ndarray, scores: np.ndarray, share: float = 0.01) -> float:
    return float((scores[labels == 1] > np.quantile(scores[labels == 0], 1 - share)).mean())


def judge(scored: dict, calibration: dict) -> tuple[str, float | None]:
    """As the service does: (state or bucket, llr10)."""
    if "logit" not in scored:
        return scored["reason"], None
    if scored["speech_s"] < calibration["least_speech_s"]:
        return "clip_too_short", None
    for bucket in calibration["buckets"]:
        if bucket["high_db_min"] <= scored["hf_db"] < bucket["high_db_max"]:
            if not bucket["spread_db"][0] <= scored["spread_db"] <= bucket["spread_db"][1] or not bucket["logit"][0] <= scored["logit"] <= bucket["logit"][1]:
                return "out_of_distribution", None
            mapped = bucket["slope"] * scored["logit"] + bucket["intercept"]
            if scored["logit"] < bucket["support_from_logit"]:
                mapped = min(mapped, 0.3)
            return bucket["id"], float(np.clip(mapped, 0.0, bucket["llr10_max"]))
    return ("recompressed_beyond_validation" if scored["hf_db"] < calibration["buckets"][0]["high_db_min"] else "out_of_distribution"), None


def rate(hits: int, total: int) -> dict:
    low, high = clopper_pearson(hits, total)
    return {"count": hits, "of": total, "rate": round(hits / max(total, 1), 4), "lower95": round(low, 4), "upper95": round(high, 4)}


def answers(samples: list[dict], calibration: dict) -> dict:
    out: dict = {"abstained": defaultdict(int)}
    over: dict = {"real": [], "fake": []}
    for sample in samples:
        state, llr10 = judge(sample, calibration)
        if llr10 is None:
            out["abstained"][f"{sample['label']} {state}"] += 1
        else:
            over[sample["label"]].append(llr10)
    out["abstained"] = dict(out["abstained"])
    for label, values in over.items():
        if values:
            out[label] = {"assessed": len(values)} | {f"llr10_above_{limit}": rate(sum(value > limit for value in values), len(values)) for limit in (0.31, 1.0)}
    return out


def ranking(samples: list[dict]) -> dict:
    heard = [sample for sample in samples if "logit" in sample]
    labels = np.array([int(sample["label"] == "fake") for sample in heard])
    scores = np.array([sample["logit"] for sample in heard])
    return {
        "n_real": int((labels == 0).sum()), "n_fake": int((labels == 1).sum()), "not_speech": len(samples) - len(heard),
        "auc": round(float(roc_auc_score(labels, scores)), 4), "auc_95": bootstrap(labels, scores, roc_auc_score),
        "tpr_at_fpr_1_percent": round(rate_at(labels, scores), 4), "tpr_at_fpr_1_percent_95": bootstrap(labels, scores, rate_at),
    }  # fmt: skip


def by_generator(samples: list[dict]) -> dict:
    heard = [sample for sample in samples if "logit" in sample]
    real = [sample["logit"] for sample in heard if sample["label"] == "real"]
    groups = defaultdict(list)
    for sample in heard:
        if sample["label"] == "fake":
            groups[sample["generator"]].append(sample["logit"])
    return {name: {"n": len(values), "auc": round(float(roc_auc_score([0] * len(real) + [1] * len(values), real + values)), 4)} for name, values in sorted(groups.items())}


def within_corpus(calib: list[dict]) -> dict:
    """Synthetic speech against the genuine beside it, page by page: where nothing but the synthesis differs."""
    out = {}
    for name, mine in sorted(grouped(calib).items()):
        labels = np.array([int(s["label"] == "fake") for s in mine])
        if labels.sum() >= 5 and (labels == 0).sum() >= 5:
            scores = np.array([s["logit"] for s in mine])
            real = [s for s in mine if s["label"] == "real"]
            out[name] = {"n_real": len(real), "n_fake": int(labels.sum()), "auc": round(float(roc_auc_score(labels, scores)), 4), "auc_95": bootstrap(labels, scores, roc_auc_score)}
            out[name]["by_generator"] = {key: value["auc"] for key, value in by_generator(mine).items()}
    return out


def grouped(samples: list[dict]) -> dict[str, list[dict]]:
    out = defaultdict(list)
    for sample in samples:
        if "logit" in sample and not sample["generator"].startswith("copy:"):
            out[" ".join(filter(None, [sample["source"], sample.get("corpus") or ""]))].append(sample)
    return out


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--calibration", type=Path, required=True)
    arguments.add_argument("--labels", type=Path, required=True, help="labels.tsv of the shared sets")
    arguments.add_argument("--shared", type=Path, required=True, help="folder in which speech-val.tar was unpacked")
    arguments.add_argument("--data", type=Path, nargs="+", required=True, help="the files of build.py, for the TEST and CALIB splits")
    arguments.add_argument("--calib-samples", type=Path, required=True)
    arguments.add_argument("--scores", type=Path, required=True, help="where the scores of speech-val are kept, so that they are computed once")
    arguments.add_argument("--date", required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    calibration = json.loads(options.calibration.read_text())
    if options.scores.exists():
        val = json.loads(options.scores.read_text())
    else:
        scorer, val = Scorer(options.model), []
        for line in options.labels.read_text().splitlines()[1:]:
            file, split, label, source, group, _ = (line.split("\t") + [""])[:6]
            if split == "val" and file.startswith("speech"):
                val.append({"file": file, "label": label, "source": source, "generator": source, "group": group} | scorer.file(decode(options.shared / file)))
        options.scores.write_text(json.dumps(val))
    test = collect(options.data, "test", options.model, 9, degrade=False)
    calib = json.loads(options.calib_samples.read_text())
    russian = {}
    for generator in sorted({sample["generator"] for sample in test}):
        mine = [sample for sample in once(test) if sample["generator"] == generator]
        supported = [llr10 for _, llr10 in (judge(sample, calibration) for sample in mine) if llr10 is not None]
        russian[generator] = {"recordings": len(mine), "assessed": len(supported), "llr10_above_0.31": rate(sum(value > 0.31 for value in supported), len(supported))}
    by_source = {}
    for source in sorted({sample["source"] for sample in calib if sample["label"] == "real"}):
        values = [llr10 for _, llr10 in (judge(sample, calibration) for sample in once([s for s in calib if s["label"] == "real" and s["source"] == source])) if llr10 is not None]
        by_source[source] = {"assessed": len(values), "llr10_above_0.31": rate(sum(value > 0.31 for value in values), len(values))}
    result = {
        "schema": "podlinnik-voice-evaluation/1",
        "date": options.date,
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "calibration": calibration["id"],
        "intervals": "rates: Clopper-Pearson 95 %; AUC and TPR at fixed FPR: percentile bootstrap 95 % within class",
        "speech_val": ranking(val) | {"by_source": by_generator(val), "answers": answers(val, calibration)},
        "calib_unseen_synthesisers": ranking([s for s in once(calib) if s["label"] == "real" or not s["generator"].startswith("copy:")])
        | {"by_generator": by_generator(once(calib)), "genuine_by_source": by_source},
        "within_corpus": within_corpus(calib),
        "synthetic_russian": russian,
    }
    options.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(result, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
