"""Demo pages of vocoders: genuine speech beside what a vocoder made of the same sentence. Rules per repository → rows as index.py writes them.

The two of a pair share `group`, so build.py sends them through the same codecs; `corpus` names whose recordings they are, and train.py never lets a genuine recording of one
corpus stand against a synthetic one of another: who speaks, and into which microphone, says nothing about the label.
"""

import csv
import re
import argparse
from pathlib import Path

COLUMNS = ["path", "label", "source", "generator", "speaker", "group", "split", "corpus"]
REAL = {"gt", "ground_truth", "raw", "ref", "Reference", "Ground truth", "Recording", "target", "orig", "ground-truth", "src", "tgt", "real", ""}
# (repository, split, corpus or None for the named group `c`, pattern with named groups g = generator, s = sentence)
PAGES = [
    ("kallavinka8045+is2021", "train", "libritts", r"wav_for_(?:mos|demo)/(?:seen|unseen|ablation)/(?P<g>[^/]+)/(?P<s>[\d_]+)\.wav"),
    ("kallavinka8045+is2021", "train", "lj", r"wav_for_(?:mos|demo)/tts/(?P<g>[^/]+)/(?P<s>[\d_]+)\.wav"),
    ("mindslab-ai+univnet", "train", "libritts", r"docs/samples/(?:seen|unseen)/(?P<g>[^/]+)/(?P<s>[\d_]+)\.wav"),
    ("r9y9+r9y9.github.io", "train", "ja", r"audio/icassp2020/(?:AnaSyn|TTS)/\[(?P<s>Sample\d+)\]-\d-(?P<g>[^(]+?) ?(?:\(.*)?\.wav"),
    ("r9y9+r9y9.github.io", "train", "lj", r"audio/icassp2020/LJSpeech/(?:AnaSyn|TTS)/\[(?P<s>LJ-Sample\d+)\]-\d-(?P<g>[^(]+?) ?(?:\(.*)?\.wav"),
    ("r9y9+r9y9.github.io", "train", "ja", r"audio/interspeech2019/\[(?P<s>Sample\d+)\]-\d-(?P<g>[^(]+?) ?(?:\(.*)?\.wav"),
    ("r9y9+r9y9.github.io", "train", "ja", r"audio/icassp2021-pwg-vuvd/(?P<s>[FM]\d/\w+/\[Test\d+\])-\w+-(?P<g>[^(]+?) ?(?:\(.*)?\.wav"),
    ("r9y9+r9y9.github.io", "train", "arctic", r"audio/icassp2021-pwg-vuvd/bonus/\w+/AnaSyn/\[Test\d+\]-(?P<s>\w+?_arctic_b\d+)_\w+-(?P<g>[^(]+?) ?(?:\(.*)?\.wav"),
    ("r9y9+r9y9.github.io", "train", "ja", r"audio/va-pwg/(?P<s>[FM]\d/TTS/\[Test\d+\])-(?:S\d-)?(?P<g>[^(]+?) ?(?:\(.*)?\.wav"),
    ("r9y9+r9y9.github.io", "train", "lj", r"audio/wavenet_vocoder/mixture_lj/(?P<s>\d+)_checkpoint_step\d+_ema_(?P<g>predicted|target)\.wav"),
    ("r9y9+r9y9.github.io", "train", "lj", r"audio/(?P<g>tacotron2)/.*-(?P<s>mel-\d+)\.wav"),
    ("r9y9+r9y9.github.io", "train", "arctic", r"audio/ganvc/(?P<g>src|tgt|baseline|gan)/(?:test/)?(?P<s>\w+)\.wav"),
    ("r9y9+r9y9.github.io", "train", "libritts", r"audio/nansyttspp/en(?:_style_control)?/(?P<g>[^/(]+?) ?(?:\([^/]*)?/(?P<s>\d+_\d+_\d+_\d+)(?:_[ps]\d+)?\.wav"),
    ("wavegrad+wavegrad.github.io", "train", "wavegrad", r"(?:v2/)?wavs/(?P<g>[CD]\d+|ref)_(?P<s>\d)\.wav"),
    ("wavegrad+wavegrad.github.io", "train", "wavegrad", r"baselines/\w+/(?P<g>\w+)/\w+_(?P<s>\d)\.wav"),
    ("wavegrad+wavegrad.github.io", "train", "wavegrad", r"specgrad/data/(?P<s>\d)_(?P<g>gt|[wps]g_output)\.wav"),
    ("jaywalnut310+glow-tts-demo", "train", "lj", r"wavs/(?P<s>lj_\d+)_(?P<g>gt|wg|taco|ours)(?:_\d)?\.wav"),
    ("jaywalnut310+glow-tts-demo", "train", "libritts", r"wavs/(?P<s>lb_\d+)_(?P<g>gt|wg|taco|ours)(?:_\d)?\.wav"),
    ("jaywalnut310+glow-tts-demo", "train", "libritts", r"wavs/(?P<g>vc)_(?P<s>\d+_\d+)\.wav"),
    ("jaywalnut310+glow-tts-demo", "train", "lj", r"wavs/(?P<g>dp|re)_(?P<s>\d+_.*[135])\.wav"),
    ("shivammehta25+OverFlow", "train", "lj", r"docs/audio/(?P<g>\w+|PT-GTTS)/(?:ListeningTest|Comparison|SamplingTemperature)/(?P<s>\d)(?:_\d+)?\.wav"),
    ("shivammehta25+OverFlow", "train", "ryan", r"docs/audio/(?P<g>\w+)/RyanVariations/(?P<s>\d\w?)\.wav"),
    ("shivammehta25+Matcha-TTS", "train", "lj", r"stimuli/\w+/(?P<g>[A-Z0-9]+)(?:-\d+)?_(?P<s>[135])\.wav"),
    ("shivammehta25+Neural-HMM", "train", "lj", r"docs/audio/.*(?P<g>HiFiGAN|ComplexSentences|DifferentSettings|PrenetDropoutSettings|2State|TacotronW\w+)/(?P<s>[^/]+)\.wav"),
    ("kan-bayashi+ParallelWaveGAN", "train", "lj", r"wav/ljspeech/(?P<g>[^/]+)/(?P<s>[^/]+)\.wav"),
    ("kan-bayashi+ParallelWaveGAN", "train", "csmsc", r"wav/csmsc/(?P<g>[^/]+)/(?P<s>[^/]+)\.wav"),
    ("kan-bayashi+ParallelWaveGAN", "train", "ja", r"wav/jsut/(?P<g>[^/]+)/(?P<s>[^/]+)\.wav"),
    ("BogiHsu+WG-WaveNet", "train", "lj", r"wavs/22k/(?P<g>[a-h])/(?P<s>\d)\.wav"),
    ("BogiHsu+WG-WaveNet", "train", "wg44", r"wavs/44k/(?P<g>[a-h])/(?P<s>\d)\.wav"),
    ("BogiHsu+WG-WaveNet", "train", "lj", r"wavs/tts/(?P<g>[a-d])/(?P<s>\d)\.wav"),
    ("GenerSpeech+GenerSpeech.github.io", "train", "vctk", r"wavs/(?P<s1>\w+Transfer/VCTK)/(?P<g>\w+)/(?P<s>\d+)\.wav"),
    ("GenerSpeech+GenerSpeech.github.io", "train", "esd", r"wavs/(?P<s1>\w+Transfer/ESD)/(?P<g>\w+)/(?P<s>\d+)\.wav"),
    ("seungwonpark+melgan", "train", "lj", r"audios/(?P<s>LJ\d+-\d+)(?:_(?P<g>reconstructed)_epoch\d+)?\.wav"),
    ("grad-tts+grad-tts.github.io", "train", "lj", r"assets/mos/(?P<s>\d+)(?:_(?P<g>.+))?\.wav"),
    ("nii-yamagishilab+project-NN-Pytorch-scripts", "train", "arctic", r"project/01-nsf/(?P<g>[^/]+)/__pre_trained/output/(?P<s>\w+_arctic_b\d+)\.wav"),
    ("bshall+UniversalVocoding", "train", "zerospeech", r"generated/(?P<s>[SV]\d+_\d+)_model_steps_100000_(?P<g>gen|orig)\.wav"),
    ("keonlee9420+PortaSpeech", "train", "lj", r"demo/LJSpeech/(?P<g>\w+)/\w+/(?P<s>.*)\.wav"),
    ("keonlee9420+WaveGrad2", "train", "lj", r"demo/(?P<g>LJSpeech)/\d+/(?P<s>.*)\.wav"),
    ("keonlee9420+Comprehensive-Transformer-TTS", "train", "lj", r"demo/(?P<g>LJSpeech)_[^/]+/\d+/(?P<s>.*)\.wav"),
    ("keonlee9420+Comprehensive-Transformer-TTS", "train", "vctk", r"demo/(?P<g>VCTK)_[^/]+/\d+/(?P<s>.*)\.wav"),
    ("coqui-ai+TTS", "train", "lj", r"tests/data/ljspeech/wavs/(?P<s>LJ\d+-\d+)\.wav"),
    ("diffwave-demo+diffwave-demo.github.io", "tune", "lj", r"samples/ljspeech-(?P<g>ground-truth|[\w]+)/.*?(?P<s>\d)(?:_0|_fast|_synthesis)?\.wav"),
    ("gemelo-ai+vocos", "tune", "libritts", r"audio/mel/(?P<g>\w+)/(?P<s>[\d_]+)\.mp3"),
    ("gemelo-ai+vocos", "tune", "daps", r"audio/encodec/(?:(?P<k>[\d.]+kbps)/)?(?P<g>\w+)/(?P<s>\w+)\.mp3"),
    ("FastDiff+FastDiff.github.io", "calib", "lj", r"wavs/Vocoder/(?P<g>\w+)/.*?(?P<s>LJ\d+-\d+).*\.wav"),
    ("FastDiff+FastDiff.github.io", "calib", "vctk", r"wavs/Generalize/(?P<g>\w+)/.*?(?P<s>p\d+_\d+).*\.wav"),
]  # fmt: skip
# sentences of the calibration and tuning pages are not in TRAIN (found by comparing energy envelopes)
HELD = re.compile(r"LJ001-00(0\d|10)$|^7021_85628_000037_000000$")


def real(repository: str, generator: str, path: str) -> bool:
    if repository.startswith("BogiHsu"):
        return "/h/" in path if "/22k/" in path else "/44k/" in path and path.split("/")[2] in "fgh"
    return generator in REAL or generator in ("GT",)


def rows_of(root: Path):
    for repository, split, corpus, pattern in PAGES:
        folder, rule = root / repository, re.compile(pattern)
        name = repository.split("+")[1] if repository.split("+")[1] not in ("TTS", "melgan", "univnet", "speech") else repository.replace("+", "-")
        for path in sorted(folder.rglob("*")):
            at = str(path.relative_to(folder))
            if not (found := rule.fullmatch(at)):
                continue
            parts = found.groupdict()
            sentence, generator = parts["s"], parts.get("g") or ""
            if split == "train" and HELD.search(sentence):
                continue
            genuine = real(repository, generator, at)
            shared = corpus == "libritts" and sentence.count("_") == 3
            group = f"libritts:{sentence}" if shared else f"{name}:{corpus}:{parts.get('s1') or ''}{sentence}"
            speaker = f"{corpus}-{sentence.split('_')[0] if corpus in ('libritts', 'vctk', 'arctic', 'zerospeech') else name}"
            generator = "" if genuine else "+".join([name, *([parts["k"]] if parts.get("k") else []), generator])
            yield [path, "real" if genuine else "fake", name, generator, speaker, group, split, corpus]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--root", type=Path, required=True, help="a folder per repository, named owner+name")
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    counts: dict[tuple[str, str, str], int] = {}
    with options.out.open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(COLUMNS)
        for row in rows_of(options.root):
            writer.writerow(row)
            key = (row[2], row[7], row[1])
            counts[key] = counts.get(key, 0) + 1
    for key, count in sorted(counts.items()):
        print(*key, count)


if __name__ == "__main__":
    main()
