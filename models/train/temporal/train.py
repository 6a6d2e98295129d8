"""Fit the logistic regression, choose which numbers it may use, and say how it does on groups and tools that it has not seen.

Bursts are the examples, weighted so that every group counts the same within its class and every tool the same among the manipulated. Splits are by group and by
tool: a clip is tested by a fit that saw neither its group nor its tool. What is quoted is per clip: the mean logit of the bursts of its largest face.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import csv
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

LEAST_BURSTS = 2
CLIP = 4.0
# What the fit may use. With the clips that there were, every further number made unseen tools worse: see CARD.md.
USED = ["flicker_mouth_over_inner"]


class Clip:
    def __init__(self, row: dict, measured: dict):
        self.path, self.label, self.tool, self.group, self.chain = row["path"], int(row["label"] == "fake"), row["tool"], row["group"], row["chain"]
        tracks = [track for track in measured["tracks"] if track["bursts"]]
        track = max(tracks, key=lambda track: track["prominence"]) if tracks else None
        self.bursts = np.array([burst["features"] for burst in track["bursts"]]) if track else np.zeros((0, len(measured["names"])))
        self.face_px = track["face_px"] if track else None
        self.quality = track["quality"] if track else None
        self.grey = (track["grey_mean"], track["grey_sd"]) if track else None


def load(listed: Path, measured: Path) -> tuple[list[str], list[Clip]]:
    lines = [json.loads(line) for line in measured.open()]
    by_name = {Path(line["path"]).name: line for line in lines if "tracks" in line}
    names = next(iter(by_name.values()))["names"]
    with listed.open() as handle:
        rows = [row for row in csv.DictReader(handle, delimiter="\t") if row["path"] in by_name]
    clips = [Clip(row, by_name[row["path"]]) for row in rows]
    return names, [clip for clip in clips if len(clip.bursts) >= LEAST_BURSTS]


def weights(clips: list[Clip]) -> np.ndarray:
    """Of clips: both classes alike, tools alike within the manipulated, groups alike within a tool."""
    groups = defaultdict(lambda: defaultdict(list))
    for number, clip in enumerate(clips):
        groups[(clip.label, clip.tool)][clip.group].append(number)
    out = np.zeros(len(clips))
    tools = {label: sum(key[0] == label for key in groups) for label in (0, 1)}
    for (label, _), members in groups.items():
        # a tool of a few groups must not weigh as much as one of dozens
        share = min(1.0, len(members) / 5)
        for numbers in members.values():
            out[numbers] = share / tools[label] / len(members) / len(numbers)
    for label in (0, 1):
        mine = np.array([clip.label == label for clip in clips])
        out[mine] *= len(clips) / 2 / out[mine].sum()
    return out


class Fit:
    def __init__(self, names: list[str], used: list[str], strength: float):
        self.names, self.used, self.strength = names, used, strength

    def learn(self, clips: list[Clip]) -> "Fit":
        weight = weights(clips)
        x = np.concatenate([clip.bursts for clip in clips])
        y = np.concatenate([[clip.label] * len(clip.bursts) for clip in clips])
        w = np.concatenate([[weight[n] / len(clip.bursts)] * len(clip.bursts) for n, clip in enumerate(clips)])
        # scaled by the genuine
        genuine = y == 0
        mean = np.average(x[genuine], axis=0, weights=w[genuine])
        self.mean, self.sd = mean, np.sqrt(np.average((x[genuine] - mean) ** 2, axis=0, weights=w[genuine])) + 1e-6
        columns = [self.names.index(name) for name in self.used]
        model = LogisticRegression(C=self.strength, max_iter=2000)
        model.fit(self.standard(x)[:, columns], y, sample_weight=w)
        self.weights = np.zeros(len(self.names))
        self.weights[columns], self.bias = model.coef_[0], float(model.intercept_[0])
        return self

    def standard(self, x: np.ndarray) -> np.ndarray:
        return np.clip((x - self.mean) / self.sd, -CLIP, CLIP)

    def score(self, clip: Clip) -> float:
        return float(np.mean(self.standard(clip.bursts) @ self.weights + self.bias))

    def written(self) -> dict:
        return {"names": self.names, "mean": self.mean.tolist(), "sd": self.sd.tolist(), "clip": CLIP, "weights": self.weights.tolist(), "bias": self.bias, "used": self.used}


def folds(clips: list[Clip], count: int = 5) -> list[tuple[list[int], list[int]]]:
    """(learn from, test on): neither a group nor a tool of a test clip is learnt from. Tools are dealt to folds; genuine groups by themselves."""
    rng = np.random.default_rng(11)
    groups = sorted({clip.group for clip in clips})
    tools = sorted({clip.tool for clip in clips if clip.label})
    group_fold = dict(zip(groups, rng.permutation(len(groups)) % count))
    tool_fold = dict(zip(tools, rng.permutation(len(tools)) % count))
    out = []
    for fold in range(count):
        for part in range(count):
            # manipulated clips are tested where both their tool and their group are held out; genuine ones in the first round of their group
            test = [n for n, clip in enumerate(clips) if group_fold[clip.group] == part and (tool_fold[clip.tool] == fold if clip.label else fold == part)]
            learn = [n for n, clip in enumerate(clips) if group_fold[clip.group] != part and (not clip.label or tool_fold[clip.tool] != fold)]
            if test:
                out.append((learn, test))
    return out


def cross(names: list[str], clips: list[Clip], used: list[str], strength: float) -> np.ndarray:
    scores = np.full(len(clips), np.nan)
    for learn, test in folds(clips):
        fit = Fit(names, used, strength).learn([clips[n] for n in learn])
        for n in test:
            scores[n] = fit.score(clips[n])
    return scores


def auc_interval(labels: np.ndarray, scores: np.ndarray, groups: list[str], rounds: int = 400) -> tuple[float, float, float]:
    """AUC and its 95 % interval, by drawing whole groups within each class."""
    rng = np.random.default_rng(5)
    members = {label: defaultdict(list) for label in (0, 1)}
    for n, (label, group) in enumerate(zip(labels, groups)):
        members[label][group].append(n)
    draws = []
    for _ in range(rounds):
        drawn = []
        for label in (0, 1):
            lists = list(members[label].values())
            drawn += [n for k in rng.integers(len(lists), size=len(lists)) for n in lists[k]]
        draws.append(roc_auc_score(labels[drawn], scores[drawn]))
    return float(roc_auc_score(labels, scores)), *np.percentile(draws, [2.5, 97.5]).tolist()


def tools_of(clips: list[Clip]) -> list[str]:
    return sorted({clip.tool for clip in clips if clip.label})


def against(clips: list[Clip], tool: str) -> list[int]:
    """The clips of a tool and all genuine ones."""
    return [n for n, clip in enumerate(clips) if not clip.label or clip.tool == tool]


def tried(names: list[str], clips: list[Clip], used: list[str], strength: float) -> list[float]:
    """AUC over all, and the mean over tools of at least three clips."""
    labels, scores = np.array([clip.label for clip in clips]), cross(names, clips, used, strength)
    each = [roc_auc_score(labels[pick], scores[pick]) for tool in tools_of(clips) for pick in [against(clips, tool)] if labels[pick].sum() >= 3]
    return [float(roc_auc_score(labels, scores)), float(np.mean(each))]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--set", type=Path, required=True, help="set.tsv of pairs.py")
    arguments.add_argument("--features", type=Path, required=True, help="lines of the example temporal_features")
    arguments.add_argument("--used", nargs="*", default=USED)
    arguments.add_argument("--strength", type=float, default=0.1)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    names, clips = load(options.set, options.features)
    labels, groups = np.array([clip.label for clip in clips]), [clip.group for clip in clips]
    count = lambda label: [int((labels == label).sum()), len({clip.group for clip in clips if clip.label == label})]
    report = {"genuine_clips_groups": count(0), "manipulated_clips_groups": count(1), "numbers": {}}
    mean = np.array([clip.bursts.mean(0) for clip in clips])
    for column, name in enumerate(names):
        report["numbers"][name] = [round(value, 3) for value in auc_interval(labels, mean[:, column], groups, 100)]
    for name, (value, low, high) in sorted(report["numbers"].items(), key=lambda item: -abs(item[1][0] - 0.5)):
        print(f"{name:28} {value:.3f} ({low:.3f}-{high:.3f})")
    ways = {"used": options.used, "used and `restless_mouth`": [*options.used, "restless_mouth"], "used and circumstances": options.used + names[-5:], "all 29": names}
    report["tried"] = {way: [round(value, 3) for value in tried(names, clips, numbers, options.strength)] for way, numbers in ways.items()}
    scores = cross(names, clips, options.used, options.strength)
    report["used"] = options.used
    report["auc"] = [round(value, 3) for value in auc_interval(labels, scores, groups)]
    foreign = np.array([not clip.tool.startswith("own:") for clip in clips])
    report["auc_without_own"] = [round(value, 3) for value in auc_interval(labels[foreign], scores[foreign], [group for group, keep in zip(groups, foreign) if keep])]
    report["by_tool"] = {
        tool: [sum(clip.tool == tool for clip in clips), len({clip.group for clip in clips if clip.tool == tool}), round(float(roc_auc_score(labels[pick], scores[pick])), 3)]
        for tool in tools_of(clips)
        for pick in [against(clips, tool)]
    }
    print(json.dumps({key: value for key, value in report.items() if key != "numbers"}, indent=1))
    fit = Fit(names, options.used, options.strength).learn(clips)
    print({name: round(fit.weights[names.index(name)], 3) for name in options.used}, fit.bias)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "fit.json").write_text(json.dumps(fit.written(), indent=1))
    (options.out / "report.json").write_text(json.dumps(report, indent=1))
    kept = [
        {"path": clip.path, "label": clip.label, "tool": clip.tool, "group": clip.group, "logit": round(float(score), 4), "face_px": clip.face_px, "quality": clip.quality, "grey_mean": clip.grey[0], "grey_sd": clip.grey[1]}
        for clip, score in zip(clips, scores)
    ]
    (options.out / "scores.json").write_text(json.dumps(kept, indent=0))


if __name__ == "__main__":
    main()
