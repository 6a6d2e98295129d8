"""List genuine recordings and published synthetic ones → index.tsv: path, label, source, generator, speaker, group, split.

Splits are by speaker and by source. What a generator of the TUNE or TEST split made is nowhere in TRAIN. Nothing of the shared validation set is listed.
"""

import argparse
import csv
import hashlib
import re
from pathlib import Path

COLUMNS = ["path", "label", "source", "generator", "speaker", "group", "split"]
HIER_REAL = {"GT_VCTK", "naturalspeech2_gt", "naturalspeech2_reference", "prompt", "GT_target_same_uttr"}
HIER_DROP = {"expresso_tts", "libritts_test_clean_full", "noise_vctk", "5_audible", "gt_16k", "gt_24k", "gt_asr", "gt_ssr", "syn_asr", "syn_ssr", "syn_voc"}
BIGVGAN_SPEECH = re.compile(r"^(celeb|korean|ltclean|ltother|media|noisytedx)\d*$")


def share(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:6], 16) % 100


def ravdess(root: Path):
    for path in sorted(root.rglob("Actor_*/03-01-*.wav")):
        actor = int(path.stem.split("-")[-1])
        if actor <= 16 and share(path.stem) >= 45:  # two sentences, over and over: fewer of them
            continue
        yield path, "real", "ravdess", "", f"ravdess-{actor}", "train" if actor <= 16 else "tune" if actor <= 18 else "calib"


def emodb(root: Path):
    for path in sorted(root.glob("wav/*.wav")):
        speaker = path.stem[:2]
        yield path, "real", "emodb", "", f"emodb-{speaker}", {"13": "tune", "14": "calib", "15": "calib", "16": "calib"}.get(speaker, "train")


def urdu(root: Path):
    for path in sorted(root.glob("*/*.wav")):
        speaker = path.stem.split("_")[0]
        part = share("urdu" + speaker)
        yield path, "real", "urdu", "", f"urdu-{speaker}", "calib" if part < 30 else "tune" if part < 40 else "train"


def hierspeech(root: Path):
    for path in sorted(root.glob("audio/**/*.wav")):
        folder = path.parent.name
        if folder in HIER_DROP or not path.stat().st_size:
            continue
        if folder in HIER_REAL:
            calib = folder == "GT_VCTK" and share(path.stem) < 40
            yield path, "real", "hierspeech", "", f"{folder}-{path.stem.split('_')[0]}", "calib" if calib else "train"
        else:
            yield path, "fake", "hierspeech", folder, path.stem, "train"


def styletts2(root: Path):
    for path in sorted(root.glob("wavs/**/*.wav")) + sorted(root.glob("wavs/**/*.mp3")):
        parts = path.relative_to(root / "wavs").parts
        folder = parts[-2]
        if parts[0] == "abstract" or (parts[0] == "Variation" and folder == "LibriTTS"):
            continue
        if folder in ("GT", "Ref") or path.stem == "GT":
            yield path, "real", "styletts2", "", f"styletts2-{parts[0]}", "train"
        else:
            yield path, "fake", "styletts2", path.stem if parts[0] == "Long" else folder, path.stem, "train"


def larynx(root: Path):
    for path in sorted(root.glob("local/*/*-glow_tts/samples/*.wav")):
        language = path.parts[-4]
        yield path, "fake", "larynx", f"glow_tts+hifi_gan {language}", path.parts[-3], "test" if language == "ru-ru" else "train"


def bigvgan(root: Path):
    for path in sorted(root.glob("samples/*/*.wav")):
        if BIGVGAN_SPEECH.match(path.stem):
            real = path.parent.name == "gt"
            yield path, "real" if real else "fake", "bigvgan-demo", "" if real else path.parent.name, f"bigvgan-{path.stem}", "tune"


def diffgan(root: Path):
    for path in sorted(root.glob("demo/*/*/*.wav")):
        yield path, "fake", "diffgan-tts", "diffgan-tts", path.stem, "tune"


def autovc(root: Path):
    for path in sorted(root.glob("audios/*/*.wav")):
        if not path.parent.name.startswith("ground_truth"):
            yield path, "fake", "autovc-demo", "autovc+wavenet", path.stem, "tune"


def mobilespeech(root: Path):
    for path in sorted(root.glob("assets/audios/waves/*/*.wav")):
        real = path.stem == "gtexample"
        yield path, "real" if real else "fake", "mobilespeech", "" if real else path.stem, f"mobilespeech-{path.parent.name}", "calib"
    for path in sorted(root.glob("assets/audios/*_infer.wav")):
        yield path, "fake", "mobilespeech", "mobilespeech", path.stem, "calib"


def fastspeech2(root: Path):
    for path in sorted(root.glob("demo/*/*_synthesized.wav")):
        yield path, "fake", "fastspeech2", "fastspeech2+hifi_gan", path.stem, "calib"


def vietnamese(root: Path):
    for path in sorted(root.rglob("sample_*.wav")):
        yield path, "fake", "sparktts-demo", path.parent.name, path.stem, "calib"


def cloning_samples(root: Path):
    for path in sorted(root.glob("samples/*.mp3")):
        yield path, "real", "rtvc-samples", "", path.stem, "calib"


SOURCES = {
    "ravdess": ravdess, "sylaschacko+voice-emotion-analysis": emodb, "siddiquelatif+URDU-Dataset": urdu, "sh-lee-prml+HierSpeechpp-demo": hierspeech,
    "styletts2+styletts2.github.io": styletts2, "rhasspy+larynx": larynx, "bigvgan-demo+bigvgan-demo.github.io": bigvgan,
    "keonlee9420+DiffGAN-TTS": diffgan, "auspicious3000+autovc-demo": autovc, "MobileSpeech+MobileSpeech.github.io": mobilespeech,
    "ming024+FastSpeech2": fastspeech2, "spark": vietnamese, "CorentinJ+Real-Time-Voice-Cloning": cloning_samples,
}  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", type=Path, required=True, help="a folder per repository, named owner+name")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    rows = []
    for folder, reader in SOURCES.items():
        for path, label, source, generator, speaker, split in reader(options.root / folder):
            rows.append([path, label, source, generator, speaker, f"{source}:{path.relative_to(options.root / folder)}", split])
    with options.out.open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    counts: dict[tuple[str, str], int] = {}
    for row in rows:
        counts[row[6], row[1]] = counts.get((row[6], row[1]), 0) + 1
    print(counts)


if __name__ == "__main__":
    main()
