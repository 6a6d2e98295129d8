"""Train on the bank of views (bank.py) for a number of minutes, in one process with one thread; AUC on views of TUNE now and then.

A batch holds pairs of a photograph and its reconstruction and single views of both classes. Beside the cross-entropy, the reconstruction of a pair has to score above the
photograph: that difference can owe nothing to the content.
"""

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional

from network import SyntheticPicture

PAIRS, SINGLES = 6, 10  # of a batch: so many pairs, and so many single views of each class


def learning_rate(share: float) -> float:
    """One cycle: up over the first 6 %, cosine down to 1 % at the end."""
    if share < 0.06:
        return 0.1 + 0.9 * share / 0.06
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (share - 0.06) / 0.94)))


class Endless:
    """Numbers in random order, again and again."""

    def __init__(self, numbers: np.ndarray, rng: np.random.Generator):
        self.numbers, self.rng, self.left = numbers, rng, []

    def take(self, count: int) -> list[int]:
        while len(self.left) < count:
            self.left += self.rng.permutation(self.numbers).tolist()
        taken, self.left = self.left[:count], self.left[count:]
        return taken


def tensor(views: np.ndarray) -> torch.Tensor:
    batch = torch.from_numpy(views[:, :, :, ::-1].copy()).permute(0, 3, 1, 2)
    return batch.float().div_(255).contiguous(memory_format=torch.channels_last)


def varied(batch: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Mirrored, or a little brighter or of more contrast: pairs alike."""
    for first in list(range(0, 2 * PAIRS, 2)) + list(range(2 * PAIRS, len(batch))):
        some = slice(first, first + (2 if first < 2 * PAIRS else 1))
        if rng.random() < 0.5:
            batch[some] = batch[some].flip(3)
        if rng.random() < 0.3:
            batch[some] = (batch[some] * rng.uniform(0.8, 1.2) + rng.uniform(-0.06, 0.06)).clamp(0, 1)
    return batch


@torch.no_grad()
def tune_auc(network: nn.Module, views: np.ndarray, label: np.ndarray, which: np.ndarray) -> float:
    network.eval()
    logits = torch.cat([network(tensor(part))[:, 0] for part in np.array_split(views, max(len(views) // 40, 1))]).numpy()
    pictures = np.unique(which)
    return float(roc_auc_score([label[which == i][0] for i in pictures], [logits[which == i].mean() for i in pictures]))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--bank", type=Path, required=True)
    arguments.add_argument("--tune", type=Path, help="views.npy and table.npz (label, which) of TUNE")
    arguments.add_argument("--minutes", type=float, required=True)
    arguments.add_argument("--rate", type=float, default=7e-4)
    arguments.add_argument("--rank", type=float, default=0.3)
    arguments.add_argument("--freeze", type=int, default=-1, help="the stem and so many blocks keep their weights")
    arguments.add_argument("--start", type=Path)
    arguments.add_argument("--seed", type=int, default=20261123)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    views, table = np.load(options.bank / "views.npy", mmap_mode="r"), np.load(options.bank / "table.npz")
    single = ~table["pair"]
    orders = [
        Endless(np.flatnonzero(table["pair"])[::2], rng),
        Endless(np.flatnonzero(single & ~table["label"]), rng),
        Endless(np.flatnonzero(single & table["label"]), rng),
    ]
    network = SyntheticPicture().to(memory_format=torch.channels_last)
    average = SyntheticPicture(pretrained=False).to(memory_format=torch.channels_last)
    if options.start:
        network.load_state_dict(torch.load(options.start, weights_only=True)["ema"])
    average.load_state_dict(network.state_dict())
    frozen = [network.stem, network.stem_norm, *network.blocks[: options.freeze]] if options.freeze >= 0 else []
    for module in frozen:
        module.requires_grad_(False)
    groups = [
        {"params": [p for n, p in network.named_parameters() if not n.startswith("classifier") and p.requires_grad], "peak": options.rate},
        {"params": network.classifier.parameters(), "peak": options.rate * 3},
    ]
    optimizer = torch.optim.AdamW(groups, lr=options.rate, weight_decay=0.02, fused=True)
    step_network = torch.compile(network, dynamic=False)
    label = torch.tensor([0.0, 1.0] * PAIRS + [0.0] * SINGLES + [1.0] * SINGLES)
    target = label * 0.94 + 0.03
    weight = torch.tensor([0.7] * (2 * PAIRS) + [1.15] * (2 * SINGLES))
    began, first, step, losses, next_tune = time.time(), None, 0, [], 240.0
    while True:
        # what compiling took is not part of the cycle
        share = 0.0 if first is None else (time.time() - first) / (60 * options.minutes - (first - began))
        if share >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * learning_rate(share)
        pairs, genuine, made = (order.take(count) for order, count in zip(orders, (PAIRS, SINGLES, SINGLES)))
        numbers = [n for pair in pairs for n in (pair, pair + 1)] + genuine + made
        batch = varied(tensor(views[numbers]), rng)
        network.train()
        for module in frozen:
            module.eval()
        logit = step_network(batch)[:, 0]
        loss = (functional.binary_cross_entropy_with_logits(logit, target, reduction="none") * weight).mean()
        within = functional.softplus(logit[0 : 2 * PAIRS : 2] - logit[1 : 2 * PAIRS : 2]).mean()
        optimizer.zero_grad(set_to_none=True)
        (loss + options.rank * within).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimizer.step()
        first = first or time.time()
        step += 1
        losses.append((loss.item(), within.item()))
        keep = min(0.995, (1 + step) / (10 + step))
        with torch.no_grad():
            mine, theirs = network.state_dict(), average.state_dict()
            floats = [name for name in theirs if theirs[name].dtype.is_floating_point]
            torch._foreach_lerp_([theirs[n] for n in floats], [mine[n] for n in floats], 1 - keep)
        if step in (3, 20) or step % 50 == 0:
            print(f"{time.time() - began:6.0f} s step {step} loss {np.mean(losses[-50:], 0).round(4)}", flush=True)
        if time.time() - began > next_tune:
            next_tune += 420
            save(options.out, average, step)
            if options.tune:
                tune = np.load(options.tune / "table.npz")
                print("TUNE", round(tune_auc(average, np.load(options.tune / "views.npy"), tune["label"], tune["which"]), 4), flush=True)
    save(options.out, average, step)
    print("end", step, "steps of", len(label), flush=True)


def save(path: Path, average: nn.Module, step: int) -> None:
    torch.save({"ema": average.state_dict(), "step": step}, path)


if __name__ == "__main__":
    main()
