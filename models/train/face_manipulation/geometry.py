"""Measure how the DFDC crops lie around the face, and state the rule by which the pipeline must cut its own."""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np

from detect import ShortRange
from extra_faces import OFFSET, SCALE

RIGHT_EYE, LEFT_EYE, MOUTH, NOSE = [33, 133], [362, 263], [61, 291], 1


def spread(values: np.ndarray, digits: int = 4) -> dict:
    return {"mean": np.round(np.float64(values.mean(0)), digits).tolist(), "sd": np.round(np.float64(values.std(0)), digits).tolist()}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--landmarks", type=Path, required=True)
    arguments.add_argument("--detector", type=Path, required=True, help="mediapipe-face-detection-short-range.onnx")
    arguments.add_argument("--mtcnn", type=Path, help="folder with mtcnn-{pnet,rnet,onet}.onnx")
    arguments.add_argument("--sample", type=int, default=600)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    stored = np.load(options.landmarks)
    sure = stored["presence"] > 8
    paths = stored["path"][sure]
    points = stored["points"][sure].astype(np.float32) / 224
    low, high = points.min(1), points.max(1)
    extent = high - low
    right, left = points[:, RIGHT_EYE].mean(1), points[:, LEFT_EYE].mean(1)
    eyes, mouth = (right + left) / 2, points[:, MOUTH].mean(1)
    eye_distance = np.linalg.norm(right - left, axis=1)
    longest = extent.max(1)

    detector = ShortRange(options.detector)
    boxes, keys, missed = [], [], 0
    for path in paths[: options.sample]:
        image = cv2.imread(str(path))
        pad = 90
        wide = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        found = detector.faces(wide)
        if not found:
            missed += 1
            continue
        boxes.append((found[0][1] - pad) / 224)
        keys.append((found[0][2] - pad) / 224)
    box, key = np.array(boxes), np.array(keys)
    result = {
        "schema": "podlinnik-geometry/1",
        "description": (
            "How the DFDC face crops that trained this model lie around the face; all lengths are relative to the side of the crop, all points are "
            "(x, y) from its top left corner. The crops are axis-aligned squares (dlib frontal-face boxes, by their ladder of sizes 89, 107, 129, "
            "155, 186, 223, 267 px); they are not rotated and not aligned to the eyes."
        ),
        "crop_rule": {
            "text": [
                "side = 0.96 * max(w, h), where w, h are the extent of the axis-aligned box around the 468 landmarks (picture pixels)",
                "centre = mean of the 468 landmarks; cut that axis-aligned square, repeat the border outside the picture, "
                "resample to 224 x 224 with an area or anti-aliased bilinear filter; no rotation",
            ],
            "side_over_landmark_box_max": SCALE,
            "centre": "mean_of_468_landmarks",
            "centre_offset_rel_side": OFFSET.tolist(),
            "landmark_input": "square of 1.5 * side around the centre, resampled to 192 px; start from the detector box, repeat once with the new square",
            "native_face_px": "side before resampling; quality buckets are defined on it",
            "tolerance": "trained with zoom 0.80-1.12, shift +-7 % of the side, tilt +-10 degrees",
        },
        "crops_measured": int(sure.sum()),
        "landmarks_unsure": int((~sure).sum()),
        "mediapipe_landmarks": {
            "eye_distance_rel_mean": round(float(eye_distance.mean()), 4),
            "eye_distance_rel_sd": round(float(eye_distance.std()), 4),
            "eyes_mid_rel": spread(eyes)["mean"],
            "eyes_mid_rel_sd": spread(eyes)["sd"],
            "mouth_mid_rel": spread(mouth)["mean"],
            "mouth_mid_rel_sd": spread(mouth)["sd"],
            "nose_tip_rel": spread(points[:, NOSE])["mean"],
            "mean_of_468_rel": spread(points.mean(1))["mean"],
            "mean_of_468_rel_sd": spread(points.mean(1))["sd"],
            "box_centre_rel": spread((low + high) / 2)["mean"],
            "box_centre_rel_sd": spread((low + high) / 2)["sd"],
            "box_width_height_rel": spread(extent)["mean"],
            "box_width_height_rel_sd": spread(extent)["sd"],
            "side_over_max_extent_mean": round(float((1 / longest).mean()), 4),
            "side_over_max_extent_sd": round(float((1 / longest).std()), 4),
            "indices": {"right_eye": RIGHT_EYE, "left_eye": LEFT_EYE, "mouth": MOUTH, "nose": NOSE},
        },
        "mediapipe_short_range": {
            "sample": len(boxes),
            "missed": missed,
            "note": "crops padded by 40 % with repeated border before detection; key points: right eye, left eye, nose, mouth, right ear, left ear",
            "box_centre_rel": spread((box[:, :2] + box[:, 2:]) / 2),
            "box_width_height_rel": spread(box[:, 2:] - box[:, :2]),
            "eyes_mid_rel": spread((key[:, 0] + key[:, 1]) / 2),
            "mouth_rel": spread(key[:, 3]),
            "eye_distance_rel": spread(np.linalg.norm(key[:, 0] - key[:, 1], axis=1)),
            "fallback_rule": "without landmarks: side = box_scale * max(box width, box height), centre = box centre + centre_offset_rel_side * side",
            "centre_offset_rel_side": np.round(np.float64(0.5 - ((box[:, :2] + box[:, 2:]) / 2).mean(0)), 4).tolist(),
        },
        "box_scale": round(float((1 / (box[:, 2:] - box[:, :2]).max(1)).mean()), 4),
    }
    if options.mtcnn:
        from mtcnn import Mtcnn

        network = Mtcnn(options.mtcnn)
        found_boxes, found_points = [], []
        for path in paths[: min(options.sample, 300)]:
            wide = cv2.copyMakeBorder(cv2.imread(str(path)), 90, 90, 90, 90, cv2.BORDER_REPLICATE)
            found = network.faces(wide)
            if found:
                found_boxes.append((found[0][1] - 90) / 224)
                found_points.append((found[0][2] - 90) / 224)
        b, p = np.array(found_boxes), np.array(found_points)
        result["mtcnn"] = {
            "sample": min(options.sample, 300),
            "found": len(b),
            "box_centre_rel": spread((b[:, :2] + b[:, 2:]) / 2),
            "box_width_height_rel": spread(b[:, 2:] - b[:, :2]),
            "eyes_mid_rel": spread((p[:, 0] + p[:, 1]) / 2),
            "mouth_mid_rel": spread((p[:, 3] + p[:, 4]) / 2),
        }
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
