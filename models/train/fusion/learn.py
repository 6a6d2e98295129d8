"""Learns how much each method counts in the combination, from what the shipped pipeline said of media that no method was trained or calibrated on.

    podlinnik eval TUNE.tsv --out OUT     # one or more sets; their results.jsonl are read here
    python learn.py --results OUT/results.jsonl --id fusion-YYYY-MM-DD --out ../../../src/detectors/src/fusion.json

A calibrated logistic (Bruemmer and du Preez 2006) over log10 likelihood ratios: posterior log odds at prior one half = sum of weight x ratio. Weights are
not negative, there is no intercept, and they are drawn towards `PRIOR` as strongly as `PRIOR_FILES` files would, because a weight that rests on a handful of clips
should not move far. A method that did not answer counts as a ratio of 1. Both classes weigh the same; files of a group share one vote.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

PRIOR = 0.5
PRIOR_FILES = 20.0
LEAST_ANSWERS = 10  # of each class; a method with fewer keeps what it has
LEAST_WEIGHT = 0.005
FOLDS = 10


def read(paths: list[Path]) -> list[dict]:
    rows = []
    for path in paths:
        for line in path.read_text().splitlines():
            record = json.loads(line)
            if record.get("refused"):
                continue
            group = f"{path.parent.name}/{record.get('group') or record['file']}"
            rows.append({
                "group": group, "fake": record["label"] == "fake",
                "score": {m["method"]: m["score"] for m in record["methods"] if m.get("score") is not None},
                "llr10": {m["method"]: m["llr10"] for m in record["methods"] if m["state"] == "finding"},
            })  # fmt: skip
    return rows


def votes(rows: list[dict]) -> np.ndarray:
    """One vote per group and class, both classes together the same."""
    count = defaultdict(int)
    for row in rows:
        count[row["group"], row["fake"]] += 1
    weight = np.array([1.0 / count[row["group"], row["fake"]] for row in rows])
    fake = np.array([row["fake"] for row in rows])
    total = weight.sum()
    for label in (True, False):
        weight[fake == label] *= total / 2 / max(weight[fake == label].sum(), 1e-9)
    return weight


def loss(weights: np.ndarray, ratios: np.ndarray, fake: np.ndarray, vote: np.ndarray) -> float:
    """Cost of the log likelihood ratios in bits; 1 is that of saying nothing."""
    odds = ratios @ weights * np.log(10)
    return float((vote * np.logaddexp(0, np.where(fake, -odds, odds))).sum() / vote.sum() / np.log(2))


def fit(ratios: np.ndarray, fake: np.ndarray, vote: np.ndarray) -> np.ndarray:
    def cost(weights: np.ndarray) -> float:
        return loss(weights, ratios, fake, vote) * vote.sum() + PRIOR_FILES * float(((weights - PRIOR) ** 2).sum())

    return minimize(cost, np.full(ratios.shape[1], PRIOR), bounds=[(0.0, 1.0)] * ratios.shape[1], method="L-BFGS-B").x


def scales(rows: list[dict], methods: list[str], fake: np.ndarray, vote: np.ndarray) -> dict:
    """How bare scores come together, for ranking only: a ridge logistic over their log odds, each centred between the classes; a method without a score counts 0."""
    columns, kept = [], {}
    for method in methods:
        values = np.array([row["score"].get(method, np.nan) for row in rows])
        has = np.isfinite(values)
        if min((has & fake).sum(), (has & ~fake).sum()) < LEAST_ANSWERS:
            continue
        values = np.clip(values, 1e-9, 1 - 1e-9)
        odds = np.log(values / (1 - values))
        middle = (odds[has & fake].mean() + odds[has & ~fake].mean()) / 2
        spread = odds[has].std() + 1e-9
        kept[method] = (middle, spread)
        columns.append(np.where(has, (odds - middle) / spread, 0.0))
    ratios = np.stack(columns, 1) / np.log(10)
    weights = fit(ratios, fake, vote)
    # Never quite nothing: where a method is the only one that measures (sound without a picture), its ranking stands.
    weights = np.maximum(weights, LEAST_WEIGHT)
    return {m: {"slope": round(float(w / kept[m][1]), 5), "middle": round(float(kept[m][0]), 4)} for m, w in zip(kept, weights)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--results", type=Path, nargs="+", required=True)
    arguments.add_argument("--id", required=True)
    arguments.add_argument("--keep", type=Path, help="weights of methods with too few answers; by default those of --out")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    before = json.loads((options.keep or options.out).read_text())["weights"]
    rows = read(options.results)
    fake = np.array([row["fake"] for row in rows])
    vote = votes(rows)
    answers = {
        method: [sum(method in row["llr10"] for row in rows if row["fake"] == label) for label in (False, True)] for method in before
    }
    learnt = [method for method in before if min(answers[method]) >= LEAST_ANSWERS]
    ratios = np.array([[row["llr10"].get(method, 0.0) for method in learnt] for row in rows])
    weights = fit(ratios, fake, vote)

    names = sorted({row["group"] for row in rows})
    fold_of = {name: at % FOLDS for at, name in enumerate(np.random.default_rng(7).permutation(names))}
    fold = np.array([fold_of[row["group"]] for row in rows])
    held = np.zeros(len(rows))
    for one in range(FOLDS):
        inside, outside = fold != one, fold == one
        if outside.any():
            held[outside] = ratios[outside] @ fit(ratios[inside], fake[inside], vote[inside])
    ones = np.ones(1)
    cost = {
        "nothing_said": 1.0,
        "weights_before": loss(np.array([before[m] for m in learnt]), ratios, fake, vote),
        "learnt_held_out": loss(ones, held[:, None], fake, vote),
        "learnt": loss(weights, ratios, fake, vote),
    }
    for method, counts in answers.items():
        print(f"{method:20} answers {counts[0]} genuine, {counts[1]} fake   {before[method]:.3f} ->",
              f"{weights[learnt.index(method)]:.3f}" if method in learnt else "kept")  # fmt: skip
    print({name: round(value, 4) for name, value in cost.items()})
    better = cost["learnt_held_out"] < cost["weights_before"]
    if not better:
        print("held out, the learnt weights cost more than those before: kept")
        learnt = []
    said = "weights learnt" if better else "weights as before, because learnt ones cost no less when held out; scales of scores learnt"
    result = {
        "schema": "podlinnik-fusion/1",
        "id": options.id,
        "note": f"log10 likelihood ratios add with these weights (calibrated logistic, models/train/fusion); {said} on {int((~fake).sum())} genuine files and "
        f"{int(fake.sum())} fakes of {len(names)} sources; cost in bits, 1 is silence: held out {cost['learnt_held_out']:.3f}, before {cost['weights_before']:.3f}",
        "intercept": 0.0,
        "scores": scales(rows, list(before), fake, vote),
        "weights": {m: round(float(weights[learnt.index(m)]), 3) if m in learnt else before[m] for m in before},
    }
    options.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
