"""Train for a given number of minutes of wall clock, whatever else the machine is doing.

The learning rate and the resolution follow the share of the time budget that has passed, so the run always anneals to the end.
Each core has a process of its own with one thread and half of the batch; they exchange gradients once a step. On a machine shared with
compilers that is far faster than one process with two threads, whose every operation waits for the thread that was descheduled.
"""

import argparse
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as multiprocessing
from sklearn.metrics import roc_auc_score
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader

from data import Pairs, collate, face, read_index
from network import FaceManipulation

BATCH_PAIRS = 16


def learning_rate(share: float) -> float:
    """One cycle: up over the first 6 %, cosine down to 1 % at the end."""
    if share < 0.06:
        return 0.1 + 0.9 * share / 0.06
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (share - 0.06) / 0.94)))


def tune_faces(index: Path, each: int) -> tuple[torch.Tensor, np.ndarray]:
    rng = np.random.default_rng(3)
    images, labels = [], []
    for label in ("real", "fake"):
        rows = [row for row in read_index(index, "tune") if row["label"] == label]
        for i in rng.permutation(len(rows))[:each]:
            images.append(torch.from_numpy(face(rows[i]["path"])[:, :, ::-1].copy()))
            labels.append(label == "fake")
    return torch.stack(images), np.array(labels)


@torch.no_grad()
def score(network: nn.Module, images: torch.Tensor) -> np.ndarray:
    network.eval()
    out = []
    for part in images.split(50):
        part = part.permute(0, 3, 1, 2).float().div(255).contiguous(memory_format=torch.channels_last)
        out.append(network(part)[0][:, 0].numpy())
    return np.concatenate(out)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--index", type=Path, required=True)
    arguments.add_argument("--landmarks", type=Path, nargs="+", required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--minutes", type=float, required=True)
    arguments.add_argument("--small-share", type=float, default=0.45, help="share of the time in native windows of 160 pixels")
    arguments.add_argument("--freeze", type=int, default=0, help="the stem and so many blocks keep their weights: they cost a third of the time")
    arguments.add_argument("--clips", type=Path, help="an index of faces cut from clips")
    arguments.add_argument("--rank", type=float, default=0.3, help="weight of the loss between the two faces of a pair")
    arguments.add_argument("--rate", type=float, default=6e-4)
    arguments.add_argument("--processes", type=int, default=2)
    arguments.add_argument("--port", type=int, default=29517, help="loopback port on which the processes meet")
    arguments.add_argument("--seed", type=int, default=20261122)
    arguments.add_argument("--no-compile", action="store_true")
    arguments.add_argument("--start", type=Path, help="a checkpoint to start from")
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    multiprocessing.spawn(work, args=(options, time.time()), nprocs=options.processes)


def work(rank: int, options: argparse.Namespace, started: float) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(options.port)}
    dist.init_process_group("gloo", rank=rank, world_size=options.processes)
    torch.manual_seed(options.seed + rank)
    torch.set_num_threads(1)
    pairs = BATCH_PAIRS // options.processes
    first_side = 160 if options.small_share > 0 else 224

    network = FaceManipulation().to(memory_format=torch.channels_last)
    average = FaceManipulation(pretrained=False).to(memory_format=torch.channels_last)
    if options.start:
        network.load_state_dict(torch.load(options.start, weights_only=True)["ema"])
    average.load_state_dict(network.state_dict())
    new = ("classifier", "map", "lateral", "semantic")
    groups = [
        {"params": [p for n, p in network.named_parameters() if not n.startswith(new)], "peak": options.rate},
        {"params": [p for n, p in network.named_parameters() if n.startswith(new)], "peak": options.rate * 3},
    ]
    if options.freeze:
        frozen = [network.stem, network.stem_norm, *network.blocks[: options.freeze]]
        for module in frozen:
            module.requires_grad_(False)
        for group in groups:
            group["params"] = [p for p in group["params"] if p.requires_grad]
    parameters = [p for group in groups for p in group["params"]]

    def train_mode() -> None:
        network.train()
        for module in frozen if options.freeze else ():
            module.eval()

    optimizer = torch.optim.AdamW(groups, lr=options.rate, weight_decay=0.02, fused=True)
    step_network = network if options.no_compile else torch.compile(network, dynamic=False)
    state = {name: value.clone() for name, value in network.state_dict().items()}
    for turn in range(options.processes):  # the first compiles, the others find its work in the cache
        if turn == rank:
            for side_now in sorted({first_side, 224}):
                train_mode()
                logit, manipulation_map = step_network(torch.rand(2 * pairs, 3, side_now, side_now).contiguous(memory_format=torch.channels_last))
                (logit.sum() + manipulation_map.sum()).backward()
                print(f"process {rank} compiled {side_now} after {time.time() - started:.0f} s", flush=True)
        dist.barrier()
    network.load_state_dict(state)
    optimizer.zero_grad(set_to_none=True)

    side = multiprocessing.get_context("fork").Value("i", first_side)
    loader = iter(DataLoader(
        Pairs(options.index, options.landmarks, options.seed, side, rank, options.processes, options.clips), batch_size=pairs, collate_fn=collate,
        num_workers=1, prefetch_factor=3, multiprocessing_context="fork",
    ))  # fmt: skip
    tune_images, tune_labels = tune_faces(options.index, 250) if rank == 0 else (None, None)
    log = (options.out / "log.jsonl").open("a") if rank == 0 else None
    budget = options.minutes * 60
    step, seen, losses, next_save = 0, 0, [], 300.0
    elapsed = origin = time.time() - started  # what compiling took is not part of the cycle
    while True:
        share = (elapsed - origin) / (budget - origin)
        if share >= 1:
            break
        side.value = 160 if share < options.small_share else 224
        images, regions, labels, known = next(loader)
        images = images.permute(0, 3, 1, 2).float().div_(255).contiguous(memory_format=torch.channels_last)
        for group in optimizer.param_groups:
            group["lr"] = group["peak"] * learning_rate(share)
        train_mode()
        logit, manipulation_map = step_network(images)
        target = labels * 0.96 + 0.02
        loss_face = functional.binary_cross_entropy_with_logits(logit[:, 0], target)
        per_face = functional.binary_cross_entropy_with_logits(manipulation_map[:, 0], regions, reduction="none").mean((1, 2))
        loss_map = (per_face * known).sum() / known.sum().clamp(min=1)
        within = functional.softplus(logit[0::2, 0] - logit[1::2, 0]).mean()  # a pair: genuine, manipulated
        optimizer.zero_grad(set_to_none=True)
        (loss_face + 0.5 * loss_map + options.rank * within).backward()
        extra = torch.tensor([time.time() - started, loss_face.detach(), loss_map.detach()])
        flat = torch.cat([p.grad.flatten() for p in parameters] + [extra])
        dist.all_reduce(flat)
        flat /= options.processes
        elapsed, mean_face, mean_map = flat[-3:].tolist()  # the same in all processes, so that they stop at the same step
        position = 0
        for parameter in parameters:
            parameter.grad.copy_(flat[position : position + parameter.numel()].view(parameter.shape))
            position += parameter.numel()
        nn.utils.clip_grad_norm_(parameters, 2.0)
        optimizer.step()
        step += 1
        seen += len(images) * options.processes
        if rank:
            continue
        losses.append((mean_face, mean_map))
        keep = min(0.998, (1 + step) / (10 + step))
        with torch.no_grad():
            mine, theirs = network.state_dict(), average.state_dict()
            floats = [name for name in theirs if theirs[name].dtype.is_floating_point]
            torch._foreach_lerp_([theirs[n] for n in floats], [mine[n] for n in floats], 1 - keep)
        if step in (3, 20) or step % 50 == 0:
            recent = np.mean(losses[-50:], 0)
            print(f"{elapsed:6.0f} s step {step} seen {seen} side {images.shape[-1]} face {recent[0]:.4f} map {recent[1]:.4f}", flush=True)
        if elapsed > next_save:
            next_save = elapsed + 420
            save(options.out / "checkpoint.pt", average, network, step, seen)
            values = score(average, tune_images)
            record = {"seconds": round(elapsed), "step": step, "seen": seen, "tune_auc": round(float(roc_auc_score(tune_labels, values)), 4)}
            print(record, flush=True)
            log.write(json.dumps(record) + "\n")
            log.flush()
    if rank == 0:
        save(options.out / "checkpoint.pt", average, network, step, seen)
        print("end", step, seen, "tune AUC", roc_auc_score(tune_labels, score(average, tune_images)), flush=True)


def save(path: Path, average: nn.Module, network: nn.Module, step: int, seen: int) -> None:
    torch.save({"ema": average.state_dict(), "network": network.state_dict(), "step": step, "seen": seen}, path)


if __name__ == "__main__":
    main()
