"""index.tsv → one file of samples: trimmed 16 kHz speech, copy-synthesis of the genuine part, each through codecs.

A genuine recording and its copies go through the same two chains (one of them often none), so that no codec tells the classes apart.
"""

import argparse
import csv
import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import torch

from audio import CHAINS, RATE, decode, level, through_codec, trim
from copies import COPIES

LONGEST = 8 * RATE
TRAIN_COPIES = ["world", "world_shifted", "griffin_lim_80", "griffin_lim_128", "mel_phase"]
LOSSY = [name for name in CHAINS if name != "pcm"]


def chains_of(row: dict) -> list[str]:
    """The same for all of a group; recordings of demo pages go through what messengers use as well."""
    rng = np.random.default_rng(int(hashlib.sha256(row["group"].encode()).hexdigest()[8:16], 16))
    chains = ["pcm" if rng.random() < 0.6 else str(rng.choice(LOSSY)), str(rng.choice(LOSSY))]
    return list(dict.fromkeys([chains[0], "opus-32"] if row.get("corpus") else chains))


def lyra_of(row: dict) -> list[tuple[dict, np.ndarray]]:
    """Only the copy through Lyra; 4 s, because it is slow."""
    samples = level(trim(decode(Path(row["path"])))[:LONGEST])
    if row["label"] != "real" or not 0.8 * RATE <= len(samples):
        return []
    rng = np.random.default_rng(int(hashlib.sha256(row["group"].encode()).hexdigest()[16:24], 16))
    return [(row | {"label": "fake", "generator": "copy:lyra"}, level(COPIES["lyra"](samples[: 4 * RATE], rng)))]


def made_from(row: dict) -> list[tuple[dict, np.ndarray]]:
    """The recording and its copies, as (row, samples)."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(int(hashlib.sha256(row["group"].encode()).hexdigest()[:8], 16))
    samples = trim(decode(Path(row["path"])))[: 5 * RATE if row.get("corpus") and row["split"] == "train" else LONGEST]
    if len(samples) < 0.8 * RATE or np.abs(samples).max() < 1e-3:
        return []
    samples = level(samples)
    out = [(row, samples)]
    if row["label"] == "real":
        kinds = [str(kind) for kind in rng.choice(TRAIN_COPIES, 1 if row["source"] == "ravdess" else 2, replace=False)]
        if row["split"] == "tune":
            kinds = ["lpc", kinds[0]]
        if row.get("corpus"):  # a vocoder's page brings its own copies
            kinds = []
        if row["split"] == "calib" and row["source"] in ("ravdess", "emodb") and rng.random() < 0.6:
            kinds = []
        for kind in kinds:
            try:
                copy = COPIES[kind](samples, rng)
            except (ValueError, RuntimeError):
                continue
            if np.isfinite(copy).all():
                out.append((row | {"label": "fake", "generator": f"copy:{kind}"}, level(copy)))
    return out


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--workers", type=int, default=2)
    arguments.add_argument("--lyra", type=int, default=0, help="instead: copies through Lyra of every nth genuine recording of TRAIN and TUNE ($LYRA: folder of its weights)")
    options = arguments.parse_args()
    with options.index.open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    made = []
    with ProcessPoolExecutor(options.workers) as pool:
        if options.lyra:
            rows = [row for row in rows if row["label"] == "real" and row["split"] != "calib"][:: options.lyra]
        for number, members in enumerate(pool.map(lyra_of if options.lyra else made_from, rows, chunksize=8)):
            made += members
            if number % 200 == 0:
                print(number, len(made), flush=True)
    by_chain: dict[str, list] = {name: [] for name in CHAINS}
    for row, samples in made:
        for chain in chains_of(row):
            by_chain[chain].append((row | {"chain": chain}, samples))
    rows, pieces = [], []
    for chain, members in by_chain.items():
        for start in range(0, len(members), 200):
            part = members[start : start + 200]
            rows += [row for row, _ in part]
            pieces += [(np.clip(piece, -1, 1) * 32767).astype(np.int16) for piece in through_codec([piece for _, piece in part], chain)]
        print(chain, len(members), flush=True)
    np.savez(options.out, samples=np.concatenate(pieces), lengths=np.array([len(piece) for piece in pieces]), rows=json.dumps(rows))


if __name__ == "__main__":
    main()
