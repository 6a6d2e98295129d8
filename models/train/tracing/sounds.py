"""Makes pairs of sounds for the evaluation of `compare_sound`: copies of an original's sound in their place, shifted and spliced ones, another's.

    python sounds.py --clips CLIPS.TSV --root DIR --out DIR --seed 1 --limit N | Writes OUT/sounds.jsonl for the example `tracing_sound`.
"""

import argparse
import csv
import json
import pathlib
import random
import subprocess

COPIES = {
    "aac-32k": (["-ar", "22050", "-c:a", "aac", "-b:a", "32k"], ".m4a", ""),
    "opus-16k": (["-c:a", "libopus", "-b:a", "16k", "-application", "voip"], ".ogg", ""),
    "mp3-48k": (["-c:a", "libmp3lame", "-b:a", "48k"], ".mp3", ""),
    "telephone": (["-ar", "8000", "-c:a", "libopus", "-b:a", "12k"], ".ogg", "highpass=f=300,lowpass=f=3400"),
    "louder": (["-c:a", "aac", "-b:a", "64k"], ".m4a", "volume=2.2,acompressor=threshold=0.1:ratio=4"),
    "noise": (["-c:a", "aac", "-b:a", "64k"], ".m4a", "noise"),
}


def run(*arguments):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def seconds(path):
    probe = ["ffprobe", "-v", "error", "-select_streams", "a", "-show_entries", "stream=duration", "-of", "csv=p=0", str(path)]
    text = subprocess.run(probe, capture_output=True, text=True).stdout.strip().splitlines()
    try:
        return float(text[0])
    except (IndexError, ValueError):
        return 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=60)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    root, out = pathlib.Path(options.root), pathlib.Path(options.out)
    (out / "sounds").mkdir(parents=True, exist_ok=True)
    rows = list(csv.DictReader(open(options.clips), delimiter="\t"))
    rng.shuffle(rows)
    sources, groups = [], set()
    for row in rows:
        if row["group"] in groups or float(row["seconds"]) < 6:
            continue
        length = seconds(root / row["path"])
        if length >= 6:
            groups.add(row["group"])
            wave = out / "sounds" / f"o{len(sources)}.wav"
            run("-i", root / row["path"], "-vn", "-ac", 1, "-ar", 24000, "-t", 40, wave)
            sources.append((wave, min(length, 40), row["group"]))
        if len(sources) >= options.limit:
            break
    listing = open(out / "sounds.jsonl", "w")
    for number, (wave, length, group) in enumerate(sources):
        name = rng.choice(list(COPIES))
        arguments, suffix, chain = COPIES[name]
        speed = rng.choice([1, 1, 1, .93, 1.07])
        keeps = rng.random() < .5
        want = min(length - 1, rng.uniform(5, 15))
        start = rng.uniform(0, length - want)
        filters = [f"atempo={speed}" if keeps else f"asetrate={int(24000 * speed)},aresample=24000"] if speed != 1 else []
        source = ["-ss", start, "-t", want, "-i", wave]
        other = sources[(number + 1) % len(sources)]
        cases = [("same", source, filters, start)]
        cases.append(("other", ["-t", min(want, other[1]), "-i", other[0]], [], start))
        if length > 12:
            far = (start + length / 2) % (length - want)
            if abs(far - start) > 1.5:
                cases.append(("recut", source, [], far))
        for kind, source, filters, offset in cases:
            target = out / "sounds" / f"{number}-{kind}{suffix}"
            if chain == "noise":
                level = rng.uniform(.004, .012)
                graph = f"[0:a]{','.join(filters) or 'anull'}[a];anoisesrc=r=24000:a={level:.4f}:d=60[n];[a][n]amix=inputs=2:duration=first:normalize=0"
                run(*source, "-filter_complex", graph, *arguments, target)
            else:
                chained = filters + ([chain] if chain else [])
                run(*source, *(["-af", ",".join(chained)] if chained else []), *arguments, target)
            listing.write(json.dumps({
                "id": f"{number}-{kind}", "truth": kind, "copy": name, "group": group, "pitch": "kept" if keeps or speed == 1 or kind != "same" else "moved",
                "suspect": str(target), "original": str(wave), "speed": speed if kind == "same" else 1.0,
                "offset_s": offset + rng.uniform(-.02, .02)}) + "\n")


if __name__ == "__main__":
    main()
