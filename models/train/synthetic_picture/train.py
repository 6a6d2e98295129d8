"""Train the head on the features of the TRAIN pictures; report AUC per picture on TUNE, by generator.

Classes and, within a class, sources weigh alike (square root of their share), so that no single generator decides.
"""

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from network import Head


def load(shards: list[Path]) -> tuple[np.ndarray, np.ndarray]:
    parts = [np.load(shard) for shard in shards]
    return np.concatenate([p["features"].astype(np.float32) for p in parts]), np.concatenate([p["which"] for p in parts])


def weights(rows: list[list[str]], which: np.ndarray) -> np.ndarray:
    of = Counter((rows[i][1], rows[i][2]) for i in which)
    weight = np.array([of[rows[i][1], rows[i][2]] ** -0.5 for i in which])
    fake = np.array([rows[i][1] == "fake" for i in which])
    weight[fake] /= weight[fake].sum()
    weight[~fake] /= weight[~fake].sum()
    return weight / weight.mean()


def report(rows: list[list[str]], which: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    pictures = np.unique(which)
    logit = np.array([logits[which == i].mean() for i in pictures])
    fake = np.array([rows[i][1] == "fake" for i in pictures])
    source = np.array([rows[i][2] for i in pictures])
    result = {"all": roc_auc_score(fake, logit)}
    for name in sorted(set(source[fake])):
        chosen = (source == name) & fake
        if chosen.sum() >= 5:
            result[f"fake {name} ({chosen.sum()})"] = roc_auc_score(np.r_[fake[~fake], fake[chosen]], np.r_[logit[~fake], logit[chosen]])
    result["lab, content-matched"] = roc_auc_score(fake[source == "lab"], logit[source == "lab"])
    for name in sorted(set(source[~fake])):
        result[f"real {name}: mean logit"] = float(logit[(source == name) & ~fake].mean())
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--features", type=Path, nargs="+", required=True)
    arguments.add_argument("--columns", type=int, nargs=2, help="try only these features")
    arguments.add_argument("--hidden", type=int, default=96)
    arguments.add_argument("--decay", type=float, default=3e-2)
    arguments.add_argument("--epochs", type=int, default=25)
    arguments.add_argument("--seeds", type=int, default=1)
    arguments.add_argument("--final", action="store_true", help="train on TUNE too, once everything is chosen")
    arguments.add_argument("--out", type=Path)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(20261122)
    rows = [line.split("\t") for line in options.index.read_text().splitlines()]
    features, which = load(options.features)
    if options.columns:
        features = features[:, options.columns[0] : options.columns[1]]
    split = np.array([rows[i][4] for i in which])
    train = (split == "train") | (options.final & (split == "tune"))
    x = torch.from_numpy(features[train])
    y = torch.tensor([float(rows[i][1] == "fake") for i in which[train]])
    weight = torch.from_numpy(weights(rows, which[train])).float()
    head = Head(x.shape[1], options.hidden)
    head.centre, head.scale = x.mean(0), x.std(0) + 1e-3
    optimiser = torch.optim.AdamW(head.parameters(), lr=1.5e-3, weight_decay=options.decay)
    batch, steps = 128, options.epochs * (len(x) // 128)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    head.train()
    for step in range(steps):
        chosen = torch.randint(len(x), (batch,))
        logits = head(x[chosen])[:, 0]
        target = y[chosen] * 0.94 + 0.03
        loss = (nn.functional.binary_cross_entropy_with_logits(logits, target, reduction="none") * weight[chosen]).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    head.eval()
    with torch.no_grad():
        logits = head(torch.from_numpy(features))[:, 0].numpy()
    tune = split == "tune"
    print("train", round(roc_auc_score(y.numpy(), logits[train]), 4))
    for name, value in report(rows, which[tune], logits[tune]).items():
        print(f"{value:7.3f}  {name}")
    if options.out:
        torch.save(head.state_dict(), options.out)


if __name__ == "__main__":
    main()
