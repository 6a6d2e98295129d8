"""Makes pairs of a suspect clip and its original: recompressed and transformed copies, published fakes beside their source, and doctored copies.

    python pairs.py --clips CLIPS.TSV --root DIR --out DIR --seed 1 [--limit N]

CLIPS.TSV: path, label, kind, tool, group, fps, width, height, seconds (the collection of genuine clips and published fakes used by the other methods).
Writes OUT/pairs.jsonl, one pair a line, for `cargo run --release -p podlinnik-similarity --example tracing_features`.
"""

import argparse
import collections
import csv
import json
import pathlib
import random
import subprocess

import cv2
import numpy as np

from faces import LIPS, OVAL, Faces

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
# published fakes whose frames are those of a source clip in the collection: (tool, how the source is found)
FACE_TOOLS = {"faceswap-GAN", "ghost (sber-swap)", "roop", "HiFiVFS"}
LIP_TOOLS = {"Wav2Lip", "Diff2Lip", "Wav2Lip-GFPGAN", "SadTalker-Video-Lip-Sync"}


def read(path, most=10_000, longest=960):
    clip = cv2.VideoCapture(str(path))
    fps, frames = clip.get(cv2.CAP_PROP_FPS), []
    while len(frames) < most:
        ok, frame = clip.read()
        if not ok:
            break
        factor = longest / max(frame.shape[:2])
        if factor < 1:
            frame = cv2.resize(frame, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        frames.append(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2])
    return frames, fps if 4 < fps < 121 else 25.0


def write(frames, fps, path, crf=10):
    height, width = frames[0].shape[:2]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r",
               str(fps), "-i", "-", "-threads", "1", "-c:v", "libx264", "-preset", "veryfast", "-crf", str(crf),
               "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, input=b"".join(f.tobytes() for f in frames), check=True)


# ---- transformations: each returns filters, and what they do to the geometry and time of the truth

def transformation(name, rng, width, height):
    even = lambda v: max(2, int(v) // 2 * 2)
    if name == "none":
        return [], {}
    if name in ("bigger", "smaller"):
        low = 160 if max(width, height) < 400 else 320
        f = rng.uniform(1.2, 1.7) if name == "bigger" else max(rng.uniform(.45, .8), low / max(width, height))
        return [f"scale={even(width * f)}:{even(height * f)}"], {}
    if name == "tone":
        return [f"eq=brightness={rng.uniform(-.08, .08):.3f}:contrast={rng.uniform(.8, 1.25):.3f}:"
                f"saturation={rng.uniform(.5, 1.5):.3f}:gamma={rng.uniform(.75, 1.35):.3f}"], {}
    if name == "mirror":
        return ["hflip"], {"mirrored": True}
    if name == "crop":
        w, h = even(width * rng.uniform(.72, .95)), even(height * rng.uniform(.75, .95))
        return [f"crop={w}:{h}:{int(rng.random() * (width - w))}:{int(rng.random() * (height - h) * .5)}"], {}
    if name == "letterbox":
        if rng.random() < .5:
            return [f"pad={width}:{even(height * 1.3)}:0:{even(height * .15)}"], {}
        return [f"pad={even(width * 1.5)}:{height}:{even(width * .25)}:0:color=0x202830"], {}
    if name == "pip":
        return [f"pad={even(width * 1.9)}:{even(height * 1.8)}:{even(width * rng.uniform(.05, .8))}:"
                f"{even(height * rng.uniform(.05, .7))}:color=0x305070"], {}
    if name == "speed":
        speed = rng.choice([.9, .95, 1.05, 1.1])
        return [f"setpts=PTS/{speed}", "fps=25"], {"speed": speed}
    if name == "rate":
        return [f"fps={rng.choice([15, 20, 24, 30])}"], {}
    if name == "caption":
        size = max(10, height // 14)
        return [f"drawtext=fontfile={FONT}:text='{rng.choice(['СРОЧНО', 'Заявление губернатора', 'Смотреть всем'])}'"
                f":fontcolor=white:box=1:boxcolor=black@0.6:fontsize={size}:x=(w-tw)/2:y=h-{int(size * 1.6)}"], {}
    if name == "logo":
        return [f"drawbox=x=iw*0.80:y=ih*0.05:w=iw*0.15:h=ih*0.1:color=red@0.9:t=fill"], {}
    raise ValueError(name)


NAMES = ["none", "none", "bigger", "smaller", "tone", "mirror", "crop", "letterbox", "speed", "rate", "caption", "logo", "pip"]
CODECS = [("h264-23", ["-c:v", "libx264", "-crf", "23"]), ("h264-28", ["-c:v", "libx264", "-crf", "28"]),
          ("h264-33", ["-c:v", "libx264", "-crf", "33"]), ("h264-38", ["-c:v", "libx264", "-crf", "38"]),
          ("messenger", None), ("hevc-30", ["-c:v", "libx265", "-crf", "30", "-x265-params", "log-level=none:pools=1"]),
          ("vp9-38", ["-c:v", "libvpx-vp9", "-crf", "38", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "7"])]
ODDS = [3, 3, 3, 1.5, 3, 1, 1]


def disguise(source, target, rng, first, count, names=None):
    """Cuts frames first … first + count out of a file, transforms, encodes. Returns what was done."""
    probe = cv2.VideoCapture(str(source))
    width, height = int(probe.get(3)) // 2 * 2, int(probe.get(4)) // 2 * 2
    factor = 640 / max(width, height)
    filters = [f"trim=start_frame={first}:end_frame={first + count}", "setpts=PTS-STARTPTS"]
    if factor < 1:
        width, height = int(width * factor) // 2 * 2, int(height * factor) // 2 * 2
    filters.append(f"scale={width}:{height}")
    if names is None:
        names = [rng.choice(NAMES)]
        if rng.random() < .35:
            names.append(rng.choice([n for n in NAMES if n not in names]))
    truth = {"speed": 1.0, "mirrored": False}
    for name in names:
        more, change = transformation(name, rng, width, height)
        filters += more
        truth.update(change)
    filters.append("scale=trunc(iw/2)*2:trunc(ih/2)*2,setsar=1,format=yuv420p")
    codec, arguments = rng.choices(CODECS, ODDS)[0]
    target = target.with_suffix(".webm" if codec.startswith("vp9") else ".mp4")
    base = ["ffmpeg", "-v", "error", "-y", "-threads", "1"]
    preset = [] if codec.startswith("vp9") else ["-preset", "veryfast"]
    if arguments is None:  # messenger: twice, the second time smaller and coarser
        middle = target.with_suffix(".tmp.mp4")
        subprocess.run([*base, "-i", source, "-an", "-vf", ",".join(filters), "-c:v", "libx264", "-crf", "26", *preset,
                        "-threads", "1", middle], check=True)
        again = f"scale='min(iw,{rng.choice([400, 480, 640])})':-2"
        subprocess.run([*base, "-i", middle, "-an", "-vf", again, "-c:v", "libx264", "-crf", str(rng.choice([28, 31])),
                        *preset, "-threads", "1", target], check=True)
        middle.unlink()
    else:
        subprocess.run([*base, "-i", source, "-an", "-vf", ",".join(filters), *arguments, *preset, "-threads", "1", target],
                       check=True)
    return target, names, codec, truth


# ---- doctoring

def affine(source, target):
    matrix, _ = cv2.estimateAffinePartial2D(source.astype(np.float32), target.astype(np.float32))
    return matrix


def transplant(frames, points, donors, donor_points, part, rng):
    """Puts the mouth or the whole face of the donor frames into the frames."""
    done = []
    for frame, p, donor, q in zip(frames, points, donors, donor_points):
        if p is None or q is None:
            done.append(frame)
            continue
        matrix = affine(q, p)
        if matrix is None:
            done.append(frame)
            continue
        height, width = frame.shape[:2]
        warped = cv2.warpAffine(donor, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        outline = p[LIPS] if part == "mouth" else p[OVAL]
        grown = (outline - outline.mean(0)) * (rng["grow"] if part == "mouth" else .95) + outline.mean(0)
        mask = np.zeros((height, width), np.uint8)
        if part == "mouth" and rng["ellipse"]:
            centre, axes = grown.mean(0), np.ptp(grown, axis=0) / 2 * [1.05, 1.25]
            cv2.ellipse(mask, tuple(centre.astype(int).tolist()), tuple(np.maximum(axes, 2).astype(int).tolist()), 0, 0, 360, 255, -1)
        else:
            cv2.fillPoly(mask, [np.round(grown).astype(np.int32)], 255)
        inside = mask > 0
        if inside.sum() < 20:
            done.append(frame)
            continue
        side = np.ptp(p[OVAL][:, 0])
        soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(1.0, side * .03))[..., None]
        warped = warped.astype(np.float32)
        for c in range(3):  # colours of the donor become those of the frame
            a, b = warped[..., c][inside], frame[..., c][inside].astype(np.float32)
            warped[..., c] = (warped[..., c] - a.mean()) * np.clip((b.std() + 1) / (a.std() + 1), .6, 1.6) + b.mean()
        done.append(np.clip(frame * (1 - soft) + warped * soft, 0, 255).astype(np.uint8))
    return done


def doctor(kind, frames, points, others, rng):
    """others: frames and points of other people."""
    count = len(frames)
    setting = {"grow": rng.uniform(1.25, 1.7), "ellipse": rng.random() < .5}
    altered = [0, count]
    if kind.endswith("-part"):
        length = int(count * rng.uniform(.35, .6))
        start = rng.randrange(0, count - length)
        altered = [start, start + length]
    if kind.startswith("mouth"):
        shift = rng.randrange(max(2, count // 4), max(3, count * 3 // 4))
        order = [(at + shift) % count for at in range(count)]
        new = transplant(frames, points, [frames[i] for i in order], [points[i] for i in order], "mouth", setting)
    elif kind.startswith("face"):
        donor, donor_points = others
        order = [at % len(donor) for at in range(count)]
        new = transplant(frames, points, [donor[i] for i in order], [donor_points[i] for i in order], "face", setting)
    elif kind == "blur-mouth":
        new = []
        for frame, p in zip(frames, points):
            if p is None:
                new.append(frame)
                continue
            side = np.ptp(p[OVAL][:, 0])
            mask = np.zeros(frame.shape[:2], np.uint8)
            grown = (p[LIPS] - p[LIPS].mean(0)) * 1.5 + p[LIPS].mean(0)
            cv2.fillPoly(mask, [np.round(grown).astype(np.int32)], 255)
            soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(1.0, side * .03))[..., None]
            smooth = cv2.GaussianBlur(frame, (0, 0), side * .06).astype(np.float32)
            new.append(np.clip(frame * (1 - soft) + smooth * soft, 0, 255).astype(np.uint8))
    else:
        raise ValueError(kind)
    return frames[: altered[0]] + new[altered[0]: altered[1]] + frames[altered[1]:], altered


def shapes_of(path, faces):
    frames, fps = read(path, 400)
    every = -(-len(frames) // 30)
    picked = list(range(0, len(frames), every))
    points = faces.follow([frames[i] for i in picked])
    height, width = frames[0].shape[:2]
    share = lambda polygon: [[round(float(x) / width, 5), round(float(y) / height, 5)] for x, y in polygon]
    known = [(round(i / fps, 4), p) for i, p in zip(picked, points) if p is not None]
    if len(known) < 4:
        return None
    return [{"name": "mouth", "kind": "mouth", "shapes": [[t, share(p[LIPS])] for t, p in known]},
            {"name": "face", "kind": "face", "shapes": [[t, share(p[OVAL])] for t, p in known]}]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=int, default=10_000)
    parser.add_argument("--plain", action="store_true", help="copies and other moments only, nothing doctored, nothing published")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cv2.setNumThreads(1)
    root, out = pathlib.Path(options.root), pathlib.Path(options.out)
    (out / "media").mkdir(parents=True, exist_ok=True)
    faces = Faces()
    rows = list(csv.DictReader(open(options.clips), delimiter="\t"))
    by_group = collections.defaultdict(list)
    for row in rows:
        by_group[row["group"]].append(row)
    genuine = [r for r in rows if r["label"] == "real" and float(r["seconds"]) >= 1.4 and int(r["width"]) >= 180 and not r["path"].endswith(".gif")]
    # one clip a group first, then seconds
    rng.shuffle(genuine)
    seen, order = collections.Counter(), []
    for row in genuine:
        seen[row["group"]] += 1
        if seen[row["group"]] <= 2:
            order.append((seen[row["group"]], row))
    order = [row for _, row in sorted(order, key=lambda pair: pair[0])][: options.limit]
    listing = open(out / "pairs.jsonl", "a")
    donors = []
    number = 0

    def emit(kind, source, original, group, first, count, fps, extra, names=None):
        nonlocal number
        number += 1
        name = f"{options.seed}-{number:04d}"
        try:
            path, done, codec, truth = disguise(source, out / "media" / name, rng, first, count, names)
            regions = shapes_of(path, faces)
        except (subprocess.CalledProcessError, IndexError, cv2.error) as error:
            print("left out", name, kind, error)
            return
        if regions is None:
            return
        offset = extra.pop("offset", first) / fps
        noise = rng.uniform(-.35, .35)
        pair = {"id": name, "manipulation": kind, "transform": "+".join(done), "codec": codec, "group": group, "suspect": str(path),
                "original": str(original), "truth": {"offset_s": offset, **truth}, "regions": regions,
                "start": {"suspect_s": 0.0, "original_s": offset + noise, "speed": truth["speed"] * rng.choice([1, 1, .99, 1.01]),
                          "mirrored": truth["mirrored"], "slack_s": .8}, **extra}
        listing.write(json.dumps(pair, ensure_ascii=False) + "\n")
        listing.flush()

    for place, row in enumerate(order):
        source = root / row["path"]
        frames, fps = read(source, 260)
        if len(frames) < 36:
            continue
        length = min(len(frames), int(6 * fps))
        first = rng.randrange(0, len(frames) - length + 1)
        emit("none", source, source, row["group"], first, length, fps, {})
        emit("none", source, source, row["group"], first, length, fps, {})
        # another moment of the same clip is not the original
        if len(frames) > 7 * fps:
            half = len(frames) // 2
            head = out / "media" / f"{options.seed}-head-{place}.mp4"
            write(frames[:half], fps, head, 20)
            emit("other-moment", source, head, row["group"], half + 3, min(len(frames) - half - 4, int(5 * fps)), fps, {"offset": rng.uniform(0, half / 3)}, names=["none"])
        if options.plain:
            print(place, len(order), flush=True)
            continue
        cut = frames[first: first + length]
        points = faces.follow(cut)
        if sum(p is not None for p in points) < .8 * len(points):
            continue
        kinds = ["mouth", rng.choice(["mouth", "mouth-part", "blur-mouth"])] + (["face"] if donors else []) + (["face-part"] if donors and rng.random() < .3 else [])
        for kind in kinds:
            others = rng.choice(donors[-12:]) if donors else None
            if kind.startswith("face") and others[2] == row["group"]:
                continue
            changed, altered = doctor(kind, cut, points, others and others[:2], rng)
            middle = out / "media" / f"{options.seed}-middle.mp4"
            write(changed, fps, middle)
            emit(kind, middle, source, row["group"], 0, len(changed), fps, {"offset": first, "altered": [a / fps for a in altered]})
        donors.append((cut[:60], points[:60], row["group"]))
        print(place, len(order), flush=True)
    # published fakes
    for group, clips in [] if options.plain else sorted(by_group.items()):
        reals = [r for r in clips if r["label"] == "real"]
        for tools, kind in ((LIP_TOOLS, "published-lips"), (FACE_TOOLS, "published-face")):
            fakes = [r for r in clips if r["label"] == "fake" and r["tool"] in tools]
            counts = collections.Counter()
            for fake in fakes:
                # files of one comparison stand in the same order in the list
                mine = [r for r in fakes if r["tool"] == fake["tool"]]
                same = [r for r in reals if r["path"].rsplit("-", 1)[0] == fake["path"].rsplit("-", 1)[0] and r["width"] == fake["width"]]
                at = mine.index(fake)
                real = same[at] if len(same) == len(mine) else same[0] if same else None
                counts[fake["tool"]] += 1
                if real is None or counts[fake["tool"]] > 2:
                    continue
                frames, fps = read(root / fake["path"], 260)
                if len(frames) < 30:
                    continue
                emit(kind, root / fake["path"], root / real["path"], group, 0, min(len(frames), int(6 * fps)), fps, {"tool": fake["tool"]})


if __name__ == "__main__":
    main()
