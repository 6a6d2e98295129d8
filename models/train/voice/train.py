"""Train the residual network for a given number of minutes; says how it does within every corpus of TUNE.

Every batch is couples, one genuine and one synthetic: of the same sentence (a vocoder's page, a copy) or at least of the same corpus, through the same equaliser, band limit, noise
and masks, so that neither speaker nor microphone nor channel tells them apart. Spectra are kept as logarithms (float16) and degraded as powers, which is cheap.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from network import BINS, Planes, Trunk
from recordings import Recordings

SIZE, HOP = 512, 256
LEFT_OUT = "speaks elsewhere"  # synthesisers in whose corpus there is no genuine speech
ALONE = {"larynx", "voices", "diffgan-tts", "autovc-demo", "ryan"}
# how often a corpus gives a couple of one sentence; a copy of a genuine recording counts as one
MATCHED = {
    "lj": 3.0, "libritts": 3.0, "ja": 1.2, "arctic": 1.0, "wavegrad": 0.8, "vctk": 0.8, "zerospeech": 1.0, "wg44": 0.7, "esd": 0.4, "csmsc": 0.2,
    "bigvgan-demo": 2.0, "daps": 1.0, "ravdess": 1.0, "emodb": 1.0, "urdu": 1.5, "hierspeech": 0.8, "styletts2": 0.8,
}  # fmt: skip
LOOSE = {"lj": 3.0, "libritts": 2.0, "ja": 0.7, "arctic": 0.5, "vctk": 1.5, "hierspeech": 1.5, "styletts2": 1.5, LEFT_OUT: 2.5}


def corpus_of(row: dict) -> str:
    corpus = row.get("corpus") or row["source"]
    return LEFT_OUT if corpus in ALONE else corpus


def spectra(path: Path) -> list[np.ndarray]:
    """Log power [256, frames] of each recording of one file of build.py, its level taken away; kept beside the file."""
    store, ends = path.with_suffix(".spectra.npy"), path.with_suffix(".frames.npy")
    if not store.exists():
        window, out = np.hanning(SIZE + 1)[:SIZE].astype(np.float32), []
        for piece in Recordings([path]).pieces:
            x = piece.astype(np.float32) / 32768
            if len(x) < 16000:
                x = np.tile(x, -(-16000 // max(len(x), 1)))
            x = x / max(float(np.sqrt((x**2).mean())), 1e-5)
            frames = np.lib.stride_tricks.sliding_window_view(x, SIZE)[::HOP]
            power = np.abs(np.fft.rfft(frames * window, axis=1)[:, :BINS]) ** 2
            out.append(np.log(power + 1e-4).astype(np.float16))
        np.save(ends, np.cumsum([len(one) for one in out]))
        np.save(store, np.concatenate(out))
    whole = np.load(store, mmap_mode="r")
    return [one.T for one in np.split(whole, np.load(ends)[:-1])]


class Couples:
    def __init__(self, data: Recordings, members: list[int], seed: int):
        self.rng, self.rows = np.random.default_rng(seed), data.rows
        self.real, self.fake, self.partners = defaultdict(list), defaultdict(lambda: defaultdict(list)), defaultdict(lambda: defaultdict(list))
        for i in members:
            row = self.rows[i]
            key = (row["group"], row["chain"])
            if row["label"] == "real":
                self.real[corpus_of(row)].append(i)
            else:
                name = row["generator"].split(" ")[0]
                self.partners[key][name].append(i)
                if not name.startswith("copy:"):
                    self.fake[corpus_of(row)][name].append(i)
        self.paired = {corpus: kept for corpus, those in self.real.items() if (kept := [i for i in those if self.key(i) in self.partners])}
        self.matched = self.shares(MATCHED, self.paired)
        self.loose = self.shares(LOOSE, {corpus: 1 for corpus in self.fake if corpus == LEFT_OUT or corpus in self.real})
        print({corpus: len(those) for corpus, those in self.paired.items()}, {corpus: len(names) for corpus, names in self.fake.items()})

    def key(self, i: int) -> tuple[str, str]:
        return self.rows[i]["group"], self.rows[i]["chain"]

    @staticmethod
    def shares(wanted: dict[str, float], there: dict) -> tuple[list[str], np.ndarray]:
        names = [name for name in wanted if name in there]
        weight = np.array([wanted[name] for name in names])
        return names, weight / weight.sum()

    def one(self, those: list):
        return those[int(self.rng.integers(len(those)))]

    def draw(self) -> tuple[int, int, bool]:
        """(genuine, synthetic, of one sentence)"""
        if self.rng.random() < 0.65:
            real = self.one(self.paired[str(self.rng.choice(self.matched[0], p=self.matched[1]))])
            found = self.partners[self.key(real)]
            names = list(found)
            weight = np.array([0.5 if name.startswith("copy:") and name != "copy:lyra" else 1.0 for name in names])
            return real, self.one(found[str(self.rng.choice(names, p=weight / weight.sum()))]), True
        corpus = str(self.rng.choice(self.loose[0], p=self.loose[1]))
        names = list(self.fake[corpus])
        weight = np.array([len(self.fake[corpus][name]) ** 0.5 for name in names])
        fake = self.one(self.fake[corpus][str(self.rng.choice(names, p=weight / weight.sum()))])
        home = self.one(list(self.real)) if corpus == LEFT_OUT else corpus
        return self.one(self.real[home]), fake, False


def cut(spectrum: np.ndarray, frames: int, at: float) -> np.ndarray:
    have = spectrum.shape[1]
    if have < frames:
        return np.tile(spectrum, (1, -(-frames // have)))[:, :frames]
    start = int(at * (have - frames))
    return spectrum[:, start : start + frames]


def degrade(power: torch.Tensor, rng) -> torch.Tensor:
    """[couples, 256, frames]: one random channel per couple, powers in, powers out."""
    count, _, frames = power.shape
    hertz = np.arange(BINS) * 8000 / BINS
    gain, noise = np.zeros((count, BINS)), np.zeros((count, BINS))
    for k in range(count):
        if rng.random() < 0.6:
            gain[k] += np.interp(hertz, np.linspace(0, 8000, 7), rng.normal(0, rng.uniform(1, 6), 7))
        if rng.random() < 0.25:
            limit = rng.choice([3400, 3800, 5000, 6000, 7000]) * rng.uniform(0.95, 1.05)
            gain[k] -= np.minimum(10 * np.log10(1 + np.exp(np.minimum((hertz - limit) / rng.uniform(20, 150), 60))) * 2, 70)
        if rng.random() < 0.3:
            gain[k] -= np.clip((rng.uniform(60, 300) - hertz) * 0.2, 0, 30)
        if rng.random() < 0.5:
            colour = -rng.uniform(0, 10) * np.log10(np.maximum(hertz, 50) / 1000)
            noise[k] = 192 * 10 ** ((colour - rng.uniform(8, 45)) / 10)
    power = power * torch.from_numpy(10 ** (gain / 10)).float()[..., None]
    added = -torch.rand(power.shape).clamp_min(1e-7).log()
    return power + added * torch.from_numpy(noise).float()[..., None]


def masks(planes: torch.Tensor, rng) -> torch.Tensor:
    """Bands and stretches of time to nought, the same for both of a couple; in half of all couples the lines as well."""
    half = len(planes) // 2
    for k in range(half):
        if rng.random() < 0.5:
            planes[[k, half + k], 1] = 0
        for _ in range(int(rng.integers(0, 3))):
            start, wide = int(rng.integers(0, BINS - 8)), int(rng.integers(4, 48))
            planes[[k, half + k], :, start : start + wide] = 0
        if rng.random() < 0.4:
            start, wide = int(rng.integers(0, planes.shape[3])), int(rng.integers(4, 24))
            planes[[k, half + k], 0, :, start : start + wide] = 0
    return planes


def score(trunk: Trunk, planes: Planes, kept: list[np.ndarray], members: list[int]) -> np.ndarray:
    trunk.eval()
    out = []
    with torch.no_grad():
        for i in members:
            x = torch.from_numpy(np.stack([cut(kept[i], 249, at) for at in ((0.0, 1.0) if kept[i].shape[1] > 300 else (0.5,))]).astype(np.float32)).exp()
            out.append(float(trunk(planes(x)).mean()))
    trunk.train()
    return np.array(out)


def told(data: Recordings, members: list[int], logits: np.ndarray) -> float:
    """AUC within every corpus that has both, copies apart, and their mean."""
    groups: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for i, value in zip(members, logits):
        row = data.rows[i]
        corpus, fake = corpus_of(row), row["label"] == "fake"
        if row["generator"].startswith("copy:"):
            groups[row["generator"]].append((fake, value))
        elif fake:
            groups[corpus].append((fake, value))
            if corpus == "bigvgan-demo" or row["generator"].startswith("vocos+"):
                groups[f"{corpus} {row['generator']}"].append((fake, value))
        else:
            for name in {corpus} | {g for g in ["copy:lyra", "copy:lpc"]}:
                groups[name].append((fake, value))
    for i, value in zip(members, logits):  # the genuine of a corpus against each of its systems
        if data.rows[i]["label"] == "real":
            for name in [name for name in groups if name.startswith(corpus_of(data.rows[i]) + " ")]:
                groups[name].append((False, value))
    aucs = {}
    for name, pairs in sorted(groups.items()):
        truth = [fake for fake, _ in pairs]
        if any(truth) and not all(truth):
            aucs[name] = roc_auc_score(truth, [value for _, value in pairs])
    print("   ", {name: round(float(value), 3) for name, value in aucs.items()}, flush=True)
    return float(np.mean([value for name, value in aucs.items() if " " not in name and not name.startswith("copy:")] or [0]))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, nargs="+", required=True)
    arguments.add_argument("--minutes", type=float, required=True)
    arguments.add_argument("--splits", nargs="+", default=["train"])
    arguments.add_argument("--width", type=int, default=16)
    arguments.add_argument("--couples", type=int, default=24)
    arguments.add_argument("--frames", type=int, default=156)
    arguments.add_argument("--rate", type=float, default=2e-3)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--checks", type=int, default=4)
    arguments.add_argument("--start", type=Path, help="a checkpoint to go on from")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    data = Recordings(options.data)
    members, held = data.of(*options.splits), [] if "tune" in options.splits else data.of("tune")
    held = [i for i in held if data.rows[i].get("corpus") or data.rows[i]["source"] == "bigvgan-demo" or i % 10 == 0]
    began = time.monotonic()
    kept = [spectrum for path in options.data for spectrum in spectra(path)]
    print(f"{len(members)} to train, {len(held)} held, spectra in {time.monotonic() - began:.0f} s", flush=True)
    couples, planes, trunk = Couples(data, members, options.seed), Planes(), Trunk(options.width)
    if options.start:
        trunk.load_state_dict(torch.load(options.start, map_location="cpu", weights_only=True)["trunk"])
    slow = Trunk(options.width)
    slow.load_state_dict(trunk.state_dict())
    decayed = [p for p in trunk.parameters() if p.ndim > 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 2e-2}, {"params": [p for p in trunk.parameters() if p.ndim <= 1], "weight_decay": 0}], lr=options.rate)
    rng, step, check = np.random.default_rng(options.seed + 1), 0, 0
    began, losses = time.monotonic(), []
    while (part := (time.monotonic() - began) / (60 * options.minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(1.0, step / 60 + 0.02) * (0.5 + 0.5 * np.cos(np.pi * part)) + 1e-6
        drawn = [couples.draw() for _ in range(options.couples)]
        at = rng.random(len(drawn))
        sides = [np.stack([cut(kept[pair[side]], options.frames, at[k] if pair[2] or not side else rng.random()) for k, pair in enumerate(drawn)]) for side in (0, 1)]
        state = int(rng.integers(1 << 30))
        x = [degrade(torch.from_numpy(side.astype(np.float32)).exp(), np.random.default_rng(state)) for side in sides]
        x = masks(planes(torch.cat(x)), rng)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = trunk(x)[:, 0]
        logits = logits.float()
        real, fake = logits[: len(drawn)], logits[len(drawn) :]
        truth = torch.cat([torch.full_like(real, 0.03), torch.full_like(fake, 0.97)])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, truth) + 0.5 * torch.relu(2.0 - (fake - real)).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trunk.parameters(), 5.0)
        optimiser.step()
        step += 1
        losses.append(loss.item())
        share = min(0.995, step / (step + 20))
        with torch.no_grad():
            for old, new in zip(slow.state_dict().values(), trunk.state_dict().values()):
                if old.dtype.is_floating_point:
                    old.mul_(share).add_(new, alpha=1 - share)
                else:
                    old.copy_(new)
        if step % 50 == 0:
            print(f"{part:.2f} step {step} loss {np.mean(losses[-50:]):.3f} {(time.monotonic() - began) / step:.2f} s/step", flush=True)
        if held and part > (check + 1) / options.checks and check + 1 < options.checks:
            check += 1
            print("  mean within corpora", round(told(data, held, score(slow, planes, kept, held)), 4), flush=True)
            torch.save({"trunk": slow.state_dict(), "width": options.width, "steps": step}, options.out)
    torch.save({"trunk": slow.state_dict(), "width": options.width, "steps": step}, options.out)
    print("steps", step, flush=True)
    if held:
        print("  mean within corpora", round(told(data, held, score(slow, planes, kept, held)), 4))


if __name__ == "__main__":
    main()
