"""Make clips for fitting: every clip through the same chains, and manipulations of the genuine ones.

Each clip of the list is cut to its first seconds and written anew: lightly compressed, or through a chain drawn for its group (size, H.264 quality, a second
generation). Some genuine clips are also manipulated, and the manipulated copy goes through the very same chain: compression is no hint.

Manipulations, by face landmarks:
- `repaint`: the face is put through a small picture of itself, moved and bent a little differently in each frame, with its own brightness and colour, and
  blended in under a mask that is not quite steady (frame-wise face swaps);
- `mouth`: the lower face comes from another moment of the same clip, laid over by the points that do not speak, with the same unsteadiness (lip-sync);
- `warp`: one frame's face is bent onto the points of every frame (re-animation from one photograph).
"""

import argparse
import csv
import subprocess
import zlib
from pathlib import Path

import cv2
import numpy as np
import sys

sys.path.insert(0, str(Path(__file__).parent.parent / "face_manipulation"))
from detect import ShortRange, tiled_faces  # noqa: E402
from landmarks import landmark_session  # noqa: E402

cv2.setNumThreads(1)
SECONDS = 3.3
LONGEST_SIDE = 640
OUTLINE = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
FIRM = [168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 129, 358, 48, 278, 33, 133, 362, 263, 127, 356, 103, 332, 67, 297]
LOWER = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 425, 2, 205]


class Points:
    """The 468 points of the largest face, frame by frame, around where it was last."""

    def __init__(self, detector: Path, landmarks: Path):
        self.detector, self.session = ShortRange(detector), landmark_session(landmarks)
        self.name = self.session.get_inputs()[0].name

    def around(self, frame: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, float]:
        centre, side = (box[:2] + box[2:]) / 2, float(max(box[2:] - box[:2])) * 1.5
        matrix = np.array([[192 / side, 0, 96 - centre[0] * 192 / side], [0, 192 / side, 96 - centre[1] * 192 / side]])
        view = cv2.warpAffine(frame, matrix, (192, 192), flags=cv2.INTER_AREA if side > 250 else cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        outputs = self.session.run(None, {self.name: view[None, :, :, ::-1].astype(np.float32) / 255})
        points = next(out for out in outputs if out.size == 1404).reshape(468, 3)[:, :2]
        presence = float(next(out for out in outputs if out.size == 1).reshape(()))
        return (points - 96) * side / 192 + centre, presence

    def follow(self, frames: list[np.ndarray]) -> list[np.ndarray | None]:
        found, box = [], None
        for frame in frames:
            if box is None:
                faces = tiled_faces(self.detector, frame)
                if not faces:
                    found.append(None)
                    continue
                _, box, _ = max(faces, key=lambda face: float(np.prod(face[1][2:] - face[1][:2])))
                points, _ = self.around(frame, box)
                box = np.concatenate([points.min(0), points.max(0)])
            points, presence = self.around(frame, box)
            if presence < 4:
                found.append(None)
                box = None
                continue
            box = np.concatenate([points.min(0), points.max(0)])
            found.append(points)
        return found


def read(path: Path, crop: str = "") -> tuple[list[np.ndarray], float]:
    video = cv2.VideoCapture(str(path))
    fps = video.get(cv2.CAP_PROP_FPS) or 25.0
    frames = []
    while len(frames) < SECONDS * fps:
        good, frame = video.read()
        if not good:
            break
        if crop:
            left, top, wide, high = (int(number) for number in crop.split(","))
            frame = frame[top : top + high, left : left + wide]
        scale = LONGEST_SIDE / max(frame.shape[:2])
        if scale < 1:
            frame = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        frames.append(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2])
    return frames, fps


def steps(rng: np.random.Generator, count: int, sd: float, memory: float, shape: tuple = ()) -> np.ndarray:
    """A wandering number: `memory` 0 is new in each frame, 1 never changes."""
    now, out = rng.normal(0, sd, shape), []
    for _ in range(count):
        now = memory * now + np.sqrt(max(0.0, 1 - memory**2)) * rng.normal(0, sd, shape)
        out.append(now)
    return np.array(out)


def mask_of(points: np.ndarray, shape: tuple, soft: float) -> np.ndarray:
    mask = np.zeros(shape[:2], np.float32)
    cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.float32)).astype(np.int32), 1.0)
    size = int(soft) * 2 + 1
    return cv2.GaussianBlur(mask, (size, size), 0)[..., None]


def bend(image: np.ndarray, field: np.ndarray, centre: np.ndarray, extent: float) -> np.ndarray:
    """Moves pixels around the face by a smooth field (4 × 4 vectors, in pixels)."""
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    grid_x, grid_y = ((((at - middle) / extent + 0.5) * 3).astype(np.float32) for at, middle in zip((x, y), centre))
    shift = [cv2.remap(field[..., axis].astype(np.float32), grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) for axis in (0, 1)]
    return cv2.remap(image, (x + shift[0]).astype(np.float32), (y + shift[1]).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def unsteady(rng: np.random.Generator, count: int, side: float) -> dict:
    """How a manipulation wavers: strength and memory differ from clip to clip."""
    strength, memory = float(rng.uniform(0.3, 1.5)), float(rng.choice([0.0, 0.3, 0.6, 0.85]))
    return {
        "field": steps(rng, count, 0.006 * side * strength, memory, (4, 4, 2)),
        "shift": steps(rng, count, 0.004 * side * strength, memory, (2,)),
        "colour": steps(rng, count, 1.5 * strength, memory, (3,)),
        "grow": 1 + steps(rng, count, 0.012 * strength, memory),
        "resolution": int(rng.choice([64, 96, 128, 192])),
        "soft": float(rng.uniform(0.03, 0.1)) * side,
        "constant": rng.normal(0, 5, 3),
    }


def through_small(image: np.ndarray, points: np.ndarray, resolution: int) -> np.ndarray:
    """The face as a generator of that resolution would give it back."""
    low, high = np.floor(points.min(0) - 4).astype(int), np.ceil(points.max(0) + 4).astype(int)
    low, high = np.maximum(low, 0), np.minimum(high, [image.shape[1], image.shape[0]])
    part = image[low[1] : high[1], low[0] : high[0]]
    if min(part.shape[:2]) < 8:
        return image
    small = cv2.resize(part, (resolution, resolution), interpolation=cv2.INTER_AREA)
    out = image.copy()
    out[low[1] : high[1], low[0] : high[0]] = cv2.resize(small, part.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    return out


def blend(frame: np.ndarray, made: np.ndarray, points: np.ndarray, way: dict, number: int) -> np.ndarray:
    centre = points.mean(0)
    mask = mask_of((points - centre) * way["grow"][number] + centre + way["shift"][number], frame.shape, way["soft"])
    made = made.astype(np.float32) + way["colour"][number] + way["constant"]
    return np.clip(frame * (1 - mask) + made * mask, 0, 255).astype(np.uint8)


def repaint(frames, points, rng):
    side = float(np.median([max(np.ptp(p, axis=0)) for p in points if p is not None]))
    way = unsteady(rng, len(frames), side)
    for number, (frame, face) in enumerate(zip(frames, points)):
        if face is None:
            yield frame
            continue
        made = through_small(frame, face, way["resolution"])
        made = bend(made, way["field"][number] + way["shift"][number], face.mean(0), side * 1.3)
        yield blend(frame, made, face[OUTLINE], way, number)


def mouth(frames, points, rng):
    side = float(np.median([max(np.ptp(p, axis=0)) for p in points if p is not None]))
    way = unsteady(rng, len(frames), side)
    seen = [number for number, face in enumerate(points) if face is not None]
    offset, speed = int(rng.integers(8, max(9, len(seen) // 2))), float(rng.choice([1.0, 1.0, 0.8, 1.25, -1.0]))
    for number, (frame, face) in enumerate(zip(frames, points)):
        if face is None:
            yield frame
            continue
        other = seen[int(seen.index(number) * speed + offset) % len(seen)]
        matrix, _ = cv2.estimateAffinePartial2D(points[other][FIRM], face[FIRM])
        if matrix is None:
            yield frame
            continue
        made = cv2.warpAffine(frames[other], matrix, frame.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        made = through_small(made, face, way["resolution"])
        made = bend(made, way["field"][number] * 0.7, face.mean(0), side * 1.3)
        yield blend(frame, made, face[LOWER], way, number)


def warp(frames, points, rng):
    """Radial basis functions over two dozen points carry one frame's face to all others."""
    seen = [number for number, face in enumerate(points) if face is not None]
    source = seen[int(rng.integers(len(seen)))]
    side = float(np.median([max(np.ptp(points[n], axis=0)) for n in seen]))
    way = unsteady(rng, len(frames), side)
    anchors = OUTLINE[::3] + FIRM[:8] + [61, 291, 0, 17, 13, 14, 33, 133, 263, 362, 159, 145, 386, 374]
    smooth = np.array([points[n] for n in seen])
    kernel = np.array([0.25, 0.5, 0.25]) if rng.random() < 0.6 else np.array([0.0, 1.0, 0.0])
    padded = np.concatenate([smooth[:1], smooth, smooth[-1:]])
    smooth = sum(weight * padded[k : k + len(smooth)] for k, weight in enumerate(kernel))
    for number, (frame, face) in enumerate(zip(frames, points)):
        if face is None:
            yield frame
            continue
        target, origin = smooth[seen.index(number)][anchors], points[source][anchors]
        distance = np.linalg.norm(target[:, None] - target[None], axis=2)
        system = np.exp(-((distance / (0.35 * side)) ** 2)) + 0.02 * np.eye(len(anchors))
        matrix, _ = cv2.estimateAffinePartial2D(target, origin)
        if matrix is None:
            yield frame
            continue
        moved = target @ matrix[:, :2].T + matrix[:, 2]
        weights = np.linalg.solve(system, origin - moved)
        low, high = np.floor(face.min(0) - 0.1 * side).astype(int), np.ceil(face.max(0) + 0.1 * side).astype(int)
        low, high = np.maximum(low, 0), np.minimum(high, [frame.shape[1], frame.shape[0]])
        step = 4
        y, x = np.mgrid[low[1] : high[1] + step : step, low[0] : high[0] + step : step]
        places = np.stack([x.ravel(), y.ravel()], 1).astype(np.float64)
        near = np.exp(-((np.linalg.norm(places[:, None] - target[None], axis=2) / (0.35 * side)) ** 2))
        field = (places @ matrix[:, :2].T + matrix[:, 2] + near @ weights).reshape(*x.shape, 2).astype(np.float32)
        width, height = high - low
        yy, xx = np.mgrid[0:height, 0:width].astype(np.float32) / step
        field = cv2.remap(field, xx, yy, cv2.INTER_LINEAR)
        made = frame.copy()
        made[low[1] : high[1], low[0] : high[0]] = cv2.remap(frames[source], field[..., 0], field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        made = through_small(made, face, way["resolution"])
        yield blend(frame, made, face[OUTLINE], {**way, "colour": way["colour"] * 0.2, "shift": way["shift"] * 0.2, "constant": way["constant"] * 0.5}, number)


WAYS = {"repaint": repaint, "mouth": mouth, "warp": warp}


def chain_of(group: str, size: tuple[int, int]) -> dict:
    """Drawn from the group's name: the same for all clips of a group, manipulated or not."""
    rng = np.random.default_rng(zlib.crc32(group.encode()))
    longest = int(rng.choice([320, 480, 640]))
    return {"longest": min(longest, max(size)), "crf": int(rng.choice([23, 26, 29, 32])), "twice": bool(rng.random() < 0.4), "first": int(rng.choice([21, 26, 30])), "light": bool(rng.random() < 0.4)}


def encode(frames, fps: float, size: tuple[int, int], crf: int, longest: int, out: Path) -> None:
    scale = min(1.0, longest / max(size))
    width, height = (int(round(side * scale / 2)) * 2 for side in size)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}", "-r", f"{fps:.4f}", "-i", "-"]
    command += ["-vf", f"scale={width}:{height}:flags=bilinear", "-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-crf", str(crf), "-pix_fmt", "yuv420p", str(out)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    for frame in frames:
        process.stdin.write(np.ascontiguousarray(frame).tobytes())
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError(f"ffmpeg failed on {out}")


def again(source: Path, crf: int, longest: int, out: Path) -> None:
    frames, fps = read(source)
    size = frames[0].shape[1::-1]
    encode(frames, fps, size, crf, longest, out)


def write(frames: list[np.ndarray], fps: float, group: str, stem: Path) -> list[tuple[Path, str]]:
    """One file: lightly compressed or through a chain, as drawn for the group."""
    size = frames[0].shape[1::-1]
    light, heavy = stem.with_name(stem.name + "-light.mp4"), stem.with_name(stem.name + "-chain.mp4")
    chain = chain_of(group, size)
    if chain["light"]:
        encode(frames, fps, size, 18, LONGEST_SIDE, light)
        return [(light, "light")]
    if chain["twice"]:
        middle = stem.with_name(stem.name + "-middle.mp4")
        encode(frames, fps, size, chain["first"], LONGEST_SIDE, middle)
        again(middle, chain["crf"], chain["longest"], heavy)
        middle.unlink()
    else:
        encode(frames, fps, size, chain["crf"], chain["longest"], heavy)
    return [(heavy, "chain")]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--clips", type=Path, required=True, help="clips.tsv: path, label, tool, group, and where a part of the picture is meant its crop (left,top,width,height)")
    arguments.add_argument("--root", type=Path, required=True, help="folder that the paths are relative to")
    arguments.add_argument("--detector", type=Path, required=True)
    arguments.add_argument("--landmarks", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--manipulate-share", type=float, default=1.0, help="share of the genuine clips that are also manipulated")
    options = arguments.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    listed = options.out / "set.tsv"
    done = set()
    if listed.exists():
        done = {row["source"] for row in csv.DictReader(listed.open(), delimiter="\t")}
    else:
        listed.write_text("path\tlabel\ttool\tgroup\tchain\tsource\n")
    points = Points(options.detector, options.landmarks)
    with options.clips.open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    with listed.open("a") as out:
        for number, row in enumerate(rows):
            name = row["path"] + "|" + row.get("crop", "")
            if name in done:
                continue
            rng = np.random.default_rng(zlib.crc32(name.encode()))
            stem = options.out / f"{zlib.crc32(name.encode()):08x}"
            try:
                frames, fps = read(options.root / row["path"], row.get("crop", ""))
                if len(frames) < 12 or fps < 14:
                    print(row["path"], "left out:", len(frames), "frames at", fps, flush=True)
                    continue
                lines = [(path, row["label"], row["tool"], chain) for path, chain in write(frames, fps, row["group"], stem)]
                if row["label"] == "real" and rng.random() < options.manipulate_share:
                    found = points.follow(frames)
                    if sum(face is not None for face in found) >= 0.8 * len(frames):
                        way = str(rng.choice(list(WAYS), p=[0.35, 0.35, 0.3]))
                        made = list(WAYS[way](frames, found, rng))
                        lines += [(path, "fake", "own:" + way, chain) for path, chain in write(made, fps, row["group"], stem.with_name(stem.name + "-" + way))]
                for path, label, tool, chain in lines:
                    print(path.name, label, tool, row["group"], chain, name, sep="\t", file=out, flush=True)
            except (RuntimeError, OSError, cv2.error, ValueError, np.linalg.LinAlgError) as error:
                print(row["path"], "left out:", error, flush=True)
            if number % 10 == 0:
                print(number, "of", len(rows), flush=True)


if __name__ == "__main__":
    main()
