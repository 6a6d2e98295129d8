"""Turn the mean logit of a recording into a bounded log10 likelihood ratio, by bandwidth → calibration.json.

Recordings of the CALIB split (speakers and generators that neither TRAIN nor TUNE holds) as they came out of the codecs; every other one goes through a random
equaliser, band limit or noise as well. A recording counts at most once in a bucket. The map is fitted to synthesisers and copies together, both classes weighted alike;
the hit rate, and so the ceiling, is measured on synthesisers alone, because copies are of families that TRAIN holds.
Ceiling: (lower 95 % bound of the hit rate) / (upper 95 % bound of the false-alarm rate), Clopper-Pearson, two-sided. Support starts at the logit that keeps the share of
genuine recordings which get any within --risk (fixed-sequence testing). Towards "genuine" nothing is lent.
"""

import argparse
import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from scipy.stats import beta
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from scoring import Scorer
from recordings import Recordings, augment


def clopper_pearson(hits: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Two-sided exact interval of a proportion."""
    if total == 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, total - hits + 1))
    high = 1.0 if hits == total else float(beta.ppf(1 - tail, hits + 1, total - hits))
    return low, high


def support_threshold(real: np.ndarray, risk: float) -> float:
    """The lowest logit from which support may start, so that with 95 % confidence at most `risk` of genuine recordings get any (Angelopoulos et al. 2021)."""
    ordered = np.sort(real)[::-1]
    allowed = 0
    while allowed < len(ordered) and clopper_pearson(allowed, len(ordered), 0.90)[1] <= risk:
        allowed += 1
    return float(np.nextafter(ordered[allowed - 1], np.inf)) if allowed else float("inf")


def degraded(x: np.ndarray, rng) -> np.ndarray:
    """The recording through a random equaliser, band limit or noise, piece by piece of 4 s with the same room."""
    seed, out = int(rng.integers(1 << 30)), []
    for start in range(0, len(x), 64000):
        piece = x[start : start + 64000]
        padded = np.pad(piece, (0, 64000 - len(piece)))
        out.append(augment([padded], np.random.default_rng(seed))[0][: len(piece)])
    return np.concatenate(out).astype(np.float32)


def once_each(data: Recordings, split: str) -> list[int]:
    """One of the codec chains of each recording, and of two copies in five: more would be of no use to `once`."""
    kept: dict[tuple, int] = {}
    for i in np.random.default_rng(7).permutation(data.of(split)):
        row = data.rows[i]
        copy = row["generator"].startswith("copy:")
        if not copy or int(hashlib.sha256((row["group"] + row["generator"]).encode()).hexdigest()[:4], 16) % 5 < 2:
            kept.setdefault((row["group"], row["generator"]), int(i))
    return sorted(kept.values())


def collect(paths: list[Path], split: str, model: Path, seed: int, degrade: bool = True, part: int = 0, parts: int = 1) -> list[dict]:
    data = Recordings(paths)
    scorer, rng, samples = Scorer(model), np.random.default_rng(seed + part), []
    for i in once_each(data, split)[part::parts]:
        x = data.pieces[i].astype(np.float32) / 32768
        worse = degrade and rng.random() < 0.5
        scored = scorer.file(degraded(x, rng) if worse else x)
        row = data.rows[i]
        samples.append({key: row[key] for key in ("label", "source", "generator", "speaker", "group", "chain")} | {"corpus": row.get("corpus", "")} | {"degraded": bool(worse)} | scored)
    return samples


def once(samples: list[dict], seed: int = 3) -> list[dict]:
    """At most one of each recording (or copy of it by one method)."""
    order = np.random.default_rng(seed).permutation(len(samples))
    kept: dict[tuple, dict] = {}
    for i in order:
        kept.setdefault((samples[i]["group"], samples[i]["generator"]), samples[i])
    return list(kept.values())


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--model", type=Path, required=True)
    arguments.add_argument("--data", type=Path, nargs="+", required=True)
    arguments.add_argument("--created", required=True)
    arguments.add_argument("--expires", required=True)
    arguments.add_argument("--id", required=True)
    arguments.add_argument("--risk", type=float, default=0.02)
    arguments.add_argument("--narrow-db", type=float, default=-40.0, help="below this share above 4 kHz a recording counts as narrow-band")
    arguments.add_argument("--samples", type=Path, help="where to keep the scored recordings (not shipped)")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    if options.samples and options.samples.exists():
        samples = json.loads(options.samples.read_text())
    else:
        with ProcessPoolExecutor(2) as pool:
            halves = [pool.submit(collect, options.data, "calib", options.model, 5, True, part, 2) for part in (0, 1)]
            samples = [sample for half in halves for sample in half.result()]
        if options.samples:
            options.samples.write_text(json.dumps(samples))
    heard = [sample for sample in samples if "logit" in sample and sample["speech_s"] >= 1.5]
    print(f"{len(samples)} recordings, {len(heard)} with enough speech")
    high = np.array([sample["hf_db"] for sample in heard])
    floor, roof = (round(float(value), 2) for value in np.quantile(high, [0.002, 0.998]))
    buckets = []
    for name, low, up in (("narrow", floor, options.narrow_db), ("wide", options.narrow_db, roof)):
        mine = once([sample for sample in heard if low <= sample["hf_db"] < up])
        real = np.array([sample["logit"] for sample in mine if sample["label"] == "real"])
        systems = np.array([sample["logit"] for sample in mine if sample["label"] == "fake" and not sample["generator"].startswith("copy:")])
        copies = np.array([sample["logit"] for sample in mine if sample["generator"].startswith("copy:")])
        logits = np.concatenate([real, systems, copies])
        labels = np.array([0] * len(real) + [1] * (len(systems) + len(copies)))
        weight = np.concatenate([np.full(len(real), 1 / len(real)), np.full(len(systems), 0.7 / len(systems)), np.full(len(copies), 0.3 / max(len(copies), 1))])
        fitted = LogisticRegression(C=1e4).fit(logits[:, None], labels, sample_weight=weight * len(logits) / 2)
        slope, intercept = max(float(fitted.coef_[0, 0]), 0.0) / np.log(10), float(fitted.intercept_[0]) / np.log(10)
        threshold = min(support_threshold(real, options.risk), 1e6)
        hits, alarms = int((systems >= threshold).sum()), int((real >= threshold).sum())
        tpr, fpr = clopper_pearson(hits, len(systems)), clopper_pearson(alarms, len(real))
        ceiling = max(0.0, float(np.log10(max(tpr[0], 1e-9) / fpr[1])))
        spread = np.quantile([sample["spread_db"] for sample in mine], [0.002, 0.998])
        limits = np.quantile(logits, [0.002, 0.998])
        buckets.append({
            "id": f"voice-{name}", "high_db_min": low, "high_db_max": up,
            "n_real": len(real), "n_real_speakers": len({sample["speaker"] for sample in mine if sample["label"] == "real"}),
            "n_synthesised": len(systems), "n_copies": len(copies),
            "auc_synthesised": round(float(roc_auc_score([0] * len(real) + [1] * len(systems), np.concatenate([real, systems]))), 4),
            "auc_copies": round(float(roc_auc_score([0] * len(real) + [1] * len(copies), np.concatenate([real, copies]))), 4) if len(copies) else None,
            "slope": round(slope, 5), "intercept": round(intercept, 5),
            "support_from_logit": round(threshold, 4), "llr10_max": round(ceiling, 3),
            "tpr": round(hits / max(len(systems), 1), 4), "tpr_lower95": round(tpr[0], 4), "tpr_upper95": round(tpr[1], 4),
            "fpr": round(alarms / len(real), 4), "fpr_lower95": round(fpr[0], 4), "fpr_upper95": round(fpr[1], 4),
            "spread_db": [round(float(value), 2) for value in spread],
            "logit": [round(float(limits[0]) - 1.0, 3), round(float(limits[1]) + 1.0, 3)],
        })  # fmt: skip
        print(json.dumps(buckets[-1]))
    result = {
        "schema": "podlinnik-voice-calibration/1",
        "id": options.id,
        "method": "voice",
        "model_sha256": hashlib.sha256(options.model.read_bytes()).hexdigest(),
        "created": options.created,
        "expires": options.expires,
        "data": (
            "CALIB split: genuine speech of RAVDESS, EmoDB, Urdu talk shows, VCTK and prompts of demo pages, by speakers that training never heard; synthesisers that training never heard "
            "(MobileSpeech, Mega-TTS, VALL-E, YourTTS and a codec from one demo page, FastSpeech 2 with HiFi-GAN, four Vietnamese systems) and the vocoders of FastDiff's page with their "
            "originals (LJ Speech, VCTK), though relatives of several of them were in training, and the reader of LJ Speech; copy-synthesis of the genuine part. Through Opus, MP3, AAC, GSM, A-law, Speex or none; half of all also through an equaliser, band limit or noise. "
            "Recordings of one speaker are not independent, so the intervals are narrower than they should be. No genuine Russian speech."
        ),
        "unit": "mean logit over the windows of a recording that are speech",
        "llr10": "clamp(slope * logit + intercept, 0, llr10_max), at most 0.3 (no word of support) below support_from_logit: one-sided, the method lends no support to 'genuine'",
        "intervals": "Clopper-Pearson, two-sided 95 %; a recording counts at most once in a bucket",
        "measures": "models/train/voice/scoring.py: high_db = mean power above 4 kHz relative to all, dB; spread_db = 90th - 10th percentile of 20 ms levels, dB; means over windows",
        "least_speech_s": 1.5,
        "abstain": {
            "clip_too_short": "less than least_speech_s of active frames",
            "speech_not_supported": "no window that is speech",
            "recompressed_beyond_validation": "high_db below every bucket",
            "out_of_distribution": "high_db above every bucket, spread_db or logit outside the bucket's limits",
        },
        "buckets": buckets,
    }
    options.out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
