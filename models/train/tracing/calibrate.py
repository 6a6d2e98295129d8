"""Learns what the measured differences mean, and writes the calibration and the evaluation on tuning material.

    python calibrate.py --pairs P.jsonl … --measured M.jsonl … --out calibration.json

Logistic regression on the six numbers of a region (mean and peak of three bands), judged out of fold by group (people, shoots, pages). Counts for
ceilings are groups, not clips: clips of one person are not independent.
"""

import argparse
import collections
import json

import numpy as np
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

# a mouth is judged against the face around it, which moves and is coded alike; a swapped face is told by the face itself
ALTERED = {"mouth": {"mouth", "mouth-part", "blur-mouth", "published-lips"},
           "face": {"face", "face-part", "published-face"}}

# under this a changed mouth was overlooked in clips of 224 pixels at CRF 38: then a region is not called unaltered
HEADROOM = {"mouth": 1.38, "face": 1.2}


def interval(count, of):
    low = beta.ppf(.025, count, of - count + 1) if count else 0.0
    high = beta.ppf(.975, count + 1, of - count) if count < of else 1.0
    return float(low), float(high)


def share(hits):
    hits = np.asarray(hits, bool)
    low, high = interval(int(hits.sum()), len(hits))
    return f"{int(hits.sum())}/{len(hits)} ({low:.3f}–{high:.3f})"


def load(pairs, measured):
    known = {}
    for path in pairs:
        for line in open(path):
            try:
                pair = json.loads(line)
            except json.JSONDecodeError:
                continue
            known[pair["id"]] = pair
    done = {}
    for path in measured:
        for line in open(path):
            try:
                answer = json.loads(line)
            except json.JSONDecodeError:
                continue
            done[answer["id"]] = answer
    return [(known[name], answer) for name, answer in sorted(done.items()) if name in known]


def of_region(answer, name):
    for region in (answer["measured"] or {}).get("regions", []):
        if region["name"] == name:
            return region
    return None


def fit(x, y):
    mean, scale = x.mean(0), x.std(0) + 1e-6
    model = LogisticRegression(C=.3, class_weight="balanced", max_iter=2000).fit((x - mean) / scale, y)
    weights = model.coef_[0] / scale
    return weights, float(model.intercept_[0] - (weights * mean).sum())


def learn(rows, name):
    used = []
    for pair, answer in rows:
        kind = pair["manipulation"]
        region = of_region(answer, name)
        if region is None or region["features"] is None or (kind != "none" and kind not in ALTERED[name]):
            continue
        features = region["features"]
        less = [0.0, 0.0, 0.0]
        if name == "mouth":
            face = of_region(answer, "face")
            if face is None or face["features"] is None:
                continue
            less = [0.0, *face["features"]["mean"][1:]]
        used.append((pair, region, [v - r for v, r in zip(features["mean"] + features["peak"], less * 2)], kind != "none", np.mean(less[1:])))
    x, y = np.array([u[2] for u in used]), np.array([u[3] for u in used])
    groups = np.array([u[0]["group"] for u in used])
    logits = np.zeros(len(y))
    for train, test in GroupKFold(8).split(x, y, groups):
        weights, intercept = fit(x[train], y[train])
        logits[test] = x[test] @ weights + intercept
    weights, intercept = fit(x, y)
    platt = LogisticRegression(C=10, class_weight="balanced").fit(logits[:, None], y)
    slope, offset = float(platt.coef_[0, 0]) / np.log(10), float(platt.intercept_[0]) / np.log(10)
    # a genuine copy called altered is the worst error: above every genuine clip of the tuning material, and a margin
    genuine, altered = logits[~y], logits[y]
    altered_from = float(max(np.quantile(genuine, 1) + .4, -offset / slope))
    unaltered_to = float(min(np.quantile(altered, .02), altered_from - .3))
    unaltered_to = max(unaltered_to, float(np.quantile(genuine, .985)) if np.quantile(genuine, .985) < altered_from - .3 else unaltered_to)
    per_group = collections.defaultdict(list)
    for group, label, logit in zip(groups, y, logits):
        per_group[group, label].append(logit)
    negative = np.array([max(v) for (g, label), v in per_group.items() if not label])
    positive = np.array([min(v) for (g, label), v in per_group.items() if label])
    middle = np.array([np.median(v) for (g, label), v in per_group.items() if label])
    middle_negative = np.array([np.median(v) for (g, label), v in per_group.items() if not label])
    tpr = interval(int((middle >= altered_from).sum()), len(middle))
    fpr = interval(int((negative >= altered_from).sum()), len(negative))
    tnr = interval(int((middle_negative <= unaltered_to).sum()), len(middle_negative))
    fnr = interval(int((positive <= unaltered_to).sum()), len(positive))
    frames = [[np.mean(f[2][1:]) - u[4] for f in u[1]["frames"]] for u in used if not u[3]]
    smooth = [np.median(f[max(0, i - 1): i + 2]) for f in frames for i in range(len(f))]
    sides = [u[1]["features"]["side_px"] for u in used]
    textures = [u[1]["features"]["texture"] for u in used]
    answer = {
        "weights": [round(float(w), 4) for w in weights], "intercept": round(intercept, 4), "slope": round(float(slope), 4), "offset": round(float(offset), 4),
        "altered_from": round(altered_from, 3), "unaltered_to": round(unaltered_to, 3), "frame_from": round(float(np.quantile(smooth, .99)), 3),
        "side_px_min": float(np.floor(min(sides))), "texture_min": round(min(textures) * .95, 1),
        "headroom_min": HEADROOM[name],
        "ceiling": {"llr10_max": round(max(0.0, float(np.log10(tpr[0] / fpr[1]))), 2), "llr10_min": round(min(0.0, float(-np.log10(tnr[0] / fnr[1]))), 2)},
        "n_altered": int(y.sum()), "n_unaltered": int((~y).sum()), "n_altered_groups": len(positive), "n_unaltered_groups": len(negative),
        "fpr": [round(v, 4) for v in fpr], "tpr": [round(v, 4) for v in tpr],
    }
    print(f"\n## {name}: {answer}")
    # as shipped: nothing is said outside what was seen, and nothing is called unaltered where a change would not show
    heads = np.array([u[1]["features"].get("headroom", 9) for u in used])
    state = np.where(logits >= altered_from, "altered", np.where((logits <= unaltered_to) & (heads >= HEADROOM[name]), "unaltered", "undecided"))
    print("altered called altered", share(state[y] == "altered"), "unaltered", share(state[y] == "unaltered"))
    print("copies called unaltered", share(state[~y] == "unaltered"), "altered", share(state[~y] == "altered"))
    from sklearn.metrics import roc_auc_score
    print("AUC", round(roc_auc_score(y, logits), 4))
    for field in ("manipulation", "transform", "codec"):
        for value in sorted({v for u in used for v in (u[0][field].split("+") if field == "transform" else [u[0][field]])}):
            here = np.array([value in (u[0][field].split("+") if field == "transform" else [u[0][field]]) for u in used])
            parts = []
            if (here & y).any():
                parts.append(f"altered {share(state[here & y] == 'altered')}")
            if (here & ~y).any():
                parts.append(f"unaltered {share(state[here & ~y] == 'unaltered')}, called altered {int((state[here & ~y] == 'altered').sum())}")
            print(f"- {field} {value}: " + "; ".join(parts))
    for (pair, region, features, label, _), logit, call in zip(used, logits, state):
        if (call == "altered") != bool(label) or call == "undecided":
            print("  ?", pair["id"], pair["manipulation"], pair["transform"], pair["codec"], pair["group"], round(float(logit), 2), call, np.round(features, 2), round(region["features"]["side_px"]))
    return answer


def spans(rows, frame_from):
    errors = []
    for pair, answer in rows:
        region = of_region(answer, "mouth")
        if not pair["manipulation"].endswith("-part") or region is None or not region["frames"]:
            continue
        speed = pair["truth"]["speed"]
        start, end = (a / speed for a in pair["altered"])
        times = [f[0] for f in region["frames"]]
        face = of_region(answer, "face")
        level = [np.mean(f[2][1:]) - np.mean(face["features"]["mean"][1:]) for f in region["frames"]]
        over = [np.median(level[max(0, i - 1): i + 2]) >= frame_from for i in range(len(level))]
        hits = [t for t, o in zip(times, over) if o]
        if hits:
            errors.append((abs(hits[0] - start) + abs(hits[-1] - end)) / 2)
    print("spans: mean error of the ends, s:", np.round(np.quantile(errors, [.5, .9]), 2) if errors else None, len(errors))


def alignment(rows):
    right, wrong, errors, speeds = [], [], [], []
    by = collections.defaultdict(list)
    for pair, answer in rows:
        found = answer["alignment"]
        if pair["manipulation"] == "other-moment":
            wrong.append(found is not None)
            continue
        truth = pair["truth"]
        good = False
        if found:
            middle = 1.5
            error = found["time"]["speed"] * middle + found["time"]["offset_s"] - truth["speed"] * middle - truth["offset_s"]
            errors.append(abs(error))
            speeds.append(abs(found["time"]["speed"] / truth["speed"] - 1))
            good = abs(error) <= .2 and found["mirrored"] == truth["mirrored"]
        right.append(good)
        for name in pair["transform"].split("+"):
            by[name].append(good)
        if not good:
            print("  ? not aligned", pair["id"], pair["manipulation"], pair["transform"], pair["codec"], pair["group"], found and found["time"], truth)
    print("aligned within 0.2 s:", share(right), "false originals:", share(wrong))
    print("time error, s: median, 90 %, 99 %", np.round(np.quantile(errors, [.5, .9, .99]), 3), "speed", np.round(np.quantile(speeds, [.5, .9]), 4))
    for name, hits in sorted(by.items()):
        print(f"- {name}: {share(hits)}")
    print("CPU s: align", np.round(np.quantile([a["align_s"] for _, a in rows], [.5, .9]), 2), "compare", np.round(np.quantile([a["compare_s"] for _, a in rows], [.5, .9]), 2))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", nargs="+", required=True)
    parser.add_argument("--measured", nargs="+", required=True)
    parser.add_argument("--out")
    parser.add_argument("--date", default="2026-11-23")
    options = parser.parse_args()
    rows = load(options.pairs, options.measured)
    alignment(rows)
    regions = {name: learn(rows, name) for name in ("mouth", "face")}
    spans(rows, regions["mouth"]["frame_from"])
    mismatches = [a["measured"]["mismatch"] for p, a in rows if a["measured"] and "mismatch" in a["measured"]]
    heads = sorted(r["features"]["headroom"] for p, a in rows if p["manipulation"] == "none" for r in [of_region(a, "mouth")] if r and r["features"] and "headroom" in r["features"])
    if heads:
        print("headroom of genuine mouths", np.round(np.quantile(heads, [0, .02, .1, .5]), 2), len(heads))
    print("mismatch", np.round(np.quantile(mismatches, [.5, .9, .99, 1]), 3))
    genuine = [a["measured"]["mismatch"] for p, a in rows if p["manipulation"] == "none" and a["measured"] and "mismatch" in a["measured"]]
    if options.out:
        json.dump({"schema": "podlinnik-tracing-calibration/1", "id": f"tracing-{options.date}", "created": options.date,
                   "expires": f"{int(options.date[:4]) + 1}{options.date[4:]}",
                   "data": "Pairs made by models/train/tracing/pairs.py from genuine clips and published fakes of research pages; out of fold by group.",
                   "llr10": "clamp(slope * logit + offset, ceiling); logit = weights · (mean, peak of log10 ratios, three bands) + intercept",
                   "intervals": "Clopper-Pearson, two-sided 95 %, over groups",
                   "mismatch_max": round(max(max(genuine) * 1.2, 0.05), 3), "regions": regions}, open(options.out, "w"), indent=2)


if __name__ == "__main__":
    main()
