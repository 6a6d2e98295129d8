"""Statistics of every recording, once plain and once or more through a random room, then a small perceptron on them.

A genuine recording and its copies go through the same rooms, and a margin loss asks each copy to score higher than its original. Sources and generators are weighted by
the root of how many there are, so that no large collection rules.
"""

import argparse
import hashlib
import json
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import torch
from scipy import fft
from sklearn.metrics import roc_auc_score

from network import WINDOW, Head, Statistics

RATE = 16000


class Recordings:
    def __init__(self, paths: list[Path]):
        self.rows, self.pieces = [], []
        for path in paths:
            file = np.load(path)
            ends = np.cumsum(file["lengths"])
            samples = file["samples"]
            self.pieces += [samples[end - length : end] for end, length in zip(ends, file["lengths"])]
            self.rows += json.loads(str(file["rows"]))

    def of(self, *splits: str) -> list[int]:
        return [i for i, row in enumerate(self.rows) if row["split"] in splits]


def window(piece: np.ndarray, rng, shortest: float = 1.5) -> np.ndarray:
    """4 s out of a recording; a shorter one is repeated, as the service does."""
    x = piece.astype(np.float32) / 32768
    keep = min(len(x), WINDOW, int(RATE * rng.uniform(shortest, 6.0)))
    start = int(rng.integers(0, len(x) - keep + 1))
    x = x[start : start + keep]
    return np.tile(x, -(-WINDOW // len(x)))[:WINDOW]


@cache
def noises() -> np.ndarray:
    """Coloured noise, made once: white to red, unit power."""
    rng, out = np.random.default_rng(99), []
    for _ in range(64):
        colour = 1 / np.maximum(fft.rfftfreq(WINDOW, 1 / RATE), 50) ** rng.uniform(0, 1)
        noise = fft.irfft(fft.rfft(rng.normal(size=WINDOW)) * colour, WINDOW)
        out.append((noise / np.sqrt((noise**2).mean())).astype(np.float32))
    return np.stack(out)


def augment(windows: list[np.ndarray], rng) -> list[np.ndarray]:
    """One random room for all of them: equaliser, band limit, noise, clipping."""
    size = WINDOW
    frequency = fft.rfftfreq(size, 1 / RATE).astype(np.float32)
    gain = np.ones(len(frequency), np.float32)
    if rng.random() < 0.6:
        knots = rng.normal(0, rng.uniform(1, 6), 7)
        gain *= 10 ** (np.interp(frequency, np.linspace(0, 8000, 7), knots) / 20)
    draw = rng.random()
    if draw < 0.30:
        limit = rng.choice([3400, 3800, 5000, 6000, 7000]) * rng.uniform(0.95, 1.05)
        gain *= 1 / (1 + np.exp((frequency - limit) / rng.uniform(20, 150)))
    if rng.random() < 0.3:
        gain *= 1 / (1 + np.exp(-(frequency - rng.uniform(60, 300)) / 20))
    noise = None
    if rng.random() < 0.5:
        bank = noises()
        noise = np.roll(bank[int(rng.integers(len(bank)))], int(rng.integers(size))) * np.float32(10 ** (-rng.uniform(8, 40) / 20))
    clip = rng.uniform(0.3, 1.0) if rng.random() < 0.1 else None
    out = []
    for x in windows:
        x = fft.irfft(fft.rfft(x) * gain.astype(np.float32), size)
        if noise is not None:
            x = x + noise * np.sqrt((x**2).mean())
        if clip is not None:
            x = np.clip(x, -clip * np.abs(x).max(), clip * np.abs(x).max())
        out.append(x.astype(np.float32))
    return out


@cache
def recordings(paths: tuple[Path, ...]) -> Recordings:
    return Recordings(list(paths))


def room_of(row: dict, view: int) -> np.random.Generator:
    """The same for a recording and its copies."""
    return np.random.default_rng(int(hashlib.sha256(f"{row['group']} {row['chain']} {view}".encode()).hexdigest()[:8], 16))


def statistics_of(task: tuple[list[Path], list[int], int]) -> np.ndarray:
    """Statistics of some recordings in one view: 0 is plain."""
    paths, members, view = task
    torch.set_num_threads(1)
    data, statistics, out = recordings(tuple(paths)), Statistics().eval(), []
    for start in range(0, len(members), 16):
        windows = []
        for i in members[start : start + 16]:
            rng = room_of(data.rows[i], view)
            one = window(data.pieces[i], rng, 1.5 if view else 6.0)
            windows.append(augment([one], rng)[0] if view else one)
        with torch.no_grad():
            out.append(statistics(torch.from_numpy(np.stack(windows))).numpy().astype(np.float16))
    return np.concatenate(out)


def weights_of(rows: list[dict]) -> np.ndarray:
    """Half for genuine, half for synthetic; within each by source or generator, each with the root of its count."""
    names = []
    for row in rows:
        copy = row["generator"].startswith("copy:")
        kind = row["generator"] if copy else row["generator"].split(" ")[0] if row["source"] == "voices" else row["source"]
        names.append((row["label"], kind))
    counts = defaultdict(int)
    for name in names:
        counts[name] += 1
    weight = np.array([counts[name] ** -0.5 for name in names])
    for label in ("real", "fake"):
        mine = np.array([name[0] == label for name in names])
        weight[mine] *= 0.5 / weight[mine].sum()
    return weight


def report(rows: list[dict], logits: np.ndarray, title: str) -> None:
    truth = np.array([row["label"] == "fake" for row in rows])
    real = logits[~truth]
    # generators that training holds nothing of: the number that counts
    seen = np.array([row["generator"].startswith("copy:") and row["generator"] != "copy:lpc" for row in rows])
    print(title, "AUC", round(roc_auc_score(truth, logits), 4), "of unseen generators", round(roc_auc_score(truth[~seen], logits[~seen]), 4))
    by = defaultdict(list)
    for row, value in zip(rows, logits):
        by[row["label"] + " " + (row["generator"] or row["source"])].append(value)
    for name, values in sorted(by.items()):
        print(f"  {name:34s} n={len(values):4d} AUC {roc_auc_score([0] * len(real) + [1] * len(values), list(real) + values):.3f} median {np.median(values):.2f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, nargs="+", required=True)
    arguments.add_argument("--views", type=int, default=2, help="how often each recording of TRAIN goes through a random room, beside the plain view")
    arguments.add_argument("--statistics", type=Path, required=True, help="where they are kept: they take longer than the training")
    arguments.add_argument("--steps", type=int, default=1500)
    arguments.add_argument("--rate", type=float, default=1e-3)
    arguments.add_argument("--decay", type=float, default=3e-2)
    arguments.add_argument("--margin", type=float, default=0.5, help="weight of the paired loss")
    arguments.add_argument("--width", type=int, default=64)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--splits", nargs="+", default=["train"])
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    data = Recordings(options.data)
    rows_of_data = data.rows
    members = data.of("train", "tune")
    del data
    tasks = []
    for view in range(options.views + 1):
        mine = members if view < 2 else [i for i in members if rows_of_data[i]["split"] == "train"]
        tasks += [(options.data, mine[start : start + 200], view) for start in range(0, len(mine), 200)]
    if not options.statistics.exists():
        with ProcessPoolExecutor(options.workers) as pool:
            found = []
            for number, part in enumerate(pool.map(statistics_of, tasks)):
                found.append(part)
                print(number, len(tasks), flush=True)
        np.save(options.statistics, np.concatenate(found))
    numbers = torch.from_numpy(np.load(options.statistics)).float()
    rows = [rows_of_data[i] | {"view": view} for _, part, view in tasks for i in part]
    numbers = numbers[: len(rows)]

    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    used = [i for i, row in enumerate(rows) if row["split"] in options.splits]
    held = [i for i, row in enumerate(rows) if row["split"] == "tune" and row["view"] < 2]
    place = {i: at for at, i in enumerate(used)}
    originals = {(rows[i]["group"], rows[i]["chain"], rows[i]["view"]): i for i in used if rows[i]["label"] == "real"}
    pairs = [(originals[key], i) for i in used if rows[i]["generator"].startswith("copy:") and (key := (rows[i]["group"], rows[i]["chain"], rows[i]["view"])) in originals]
    first, second = (torch.tensor([place[pair[side]] for pair in pairs]) for side in (0, 1))
    x, weight = numbers[used], torch.from_numpy(weights_of([rows[i] for i in used])).float()
    truth = torch.tensor([float(rows[i]["label"] == "fake") for i in used])
    head = Head(width=options.width)
    head.centre.copy_(x.mean(0))
    head.scale.copy_(x.std(0) + 1e-3)
    optimiser = torch.optim.AdamW(head.parameters(), lr=options.rate, weight_decay=options.decay)
    chance = torch.Generator().manual_seed(options.seed)
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = options.rate * (0.5 + 0.5 * np.cos(np.pi * step / options.steps))
        chosen = torch.multinomial(weight, 256, replacement=True, generator=chance)
        couples = torch.randint(len(pairs), (96,), generator=chance)
        both = torch.cat([x[chosen], x[first[couples]], x[second[couples]]])
        both = both + 0.1 * head.scale * torch.randn(both.shape, generator=chance)
        logits = head(both)[:, 0]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits[:256], truth[chosen] * 0.94 + 0.03)
        loss = loss + options.margin * torch.relu(2.0 - (logits[352:] - logits[256:352])).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    head.eval()
    with torch.no_grad():
        logits = head(numbers[held])[:, 0].numpy()
    report([rows[i] for i in held], logits, "tune")
    options.out.mkdir(parents=True, exist_ok=True)
    torch.save({"head": head.state_dict(), "width": options.width}, options.out / "checkpoint.pt")


if __name__ == "__main__":
    main()
