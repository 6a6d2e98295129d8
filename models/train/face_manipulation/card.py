"""Fill the numbers into CARD.template.md, so that none in the card is typed by hand. Fails on a placeholder without a number."""

import argparse
import json
import re
from pathlib import Path


def interval(value: float, bounds: list[float]) -> str:
    return f"{value:.2f} ({bounds[0]:.2f}–{bounds[1]:.2f})"


def counted(entry: dict) -> str:
    return f"{entry['count']} of {entry['of']} ({100 * entry['lower95']:.0f}–{100 * entry['upper95']:.0f} %)"


def percent(value: float, bounds: tuple[float, float], digits: int = 0) -> str:
    return f"{100 * value:.{digits}f} % ({100 * bounds[0]:.{digits}f}–{100 * bounds[1]:.{digits}f})"


def buckets_table(buckets: list[dict]) -> str:
    lines = ["| native face, quality | genuine faces | wrongly given support | manipulated faces given support | at most |", "|---|---|---|---|---|"]
    for b in buckets:
        size, quality = b["id"].removeprefix("face").split("_q-")
        name = f"{size.replace('-up', ' and more').replace('-', '–')} px, {quality}"
        alarms = percent(b["fpr"], (b["fpr_lower95"], b["fpr_upper95"]), 1)
        hits = percent(b["tpr"], (b["tpr_lower95"], b["tpr_upper95"]))
        lines.append(f"| {name} | {b['n_real']} | {alarms} | {hits} | {10 ** b['ceiling']['llr10_max']:.0f} to 1 |")
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--template", type=Path, default=Path(__file__).parent / "CARD.template.md")
    arguments.add_argument("--model-folder", type=Path, required=True)
    arguments.add_argument("--heatmap", type=Path, required=True)
    arguments.add_argument("--seen", required=True, help="faces seen in training, in words")
    arguments.add_argument("--version", required=True, help="as in models/manifest.toml")
    arguments.add_argument("--minutes", required=True)
    arguments.add_argument("--parity", required=True, help="largest difference between PyTorch and ONNX Runtime, as export.py prints it")
    options = arguments.parse_args()
    folder = options.model_folder
    found = json.loads((folder / "evaluation.json").read_text())
    calibration = json.loads((folder / "calibration.json").read_text())
    heatmap = json.loads(options.heatmap.read_text())["as_stored"]
    val, messenger, clips = found["dfdc_val"], found["dfdc_val_messenger"], found["clips_val"]
    swaps = clips["face_swaps_deepfacelive_against_all_genuine"]
    own = clips["face_swaps_deepfacelive_against_their_originals"]
    heads = clips["generated_talking_heads_vasa1_against_all_genuine"]
    gan = found["whole_synthetic_faces_stylegan"]
    ceilings = [b["ceiling"]["llr10_max"] for b in calibration["buckets"]]
    pointing, usual = heatmap["pointing_game"], heatmap["pointing_game_of_the_most_often_changed_cell"]
    numbers = {
        "VERSION": options.version, "SHA": found["model_sha256"], "CALIBRATION": calibration["id"], "EXPIRES": calibration["expires"],
        "MB": f"{(folder / 'model.onnx').stat().st_size / 1e6:.1f}", "PARITY": options.parity, "SEEN": options.seen, "MINUTES": options.minutes,
        "VAL_AUC": interval(val["auc"], val["auc_95"]), "VAL_TPR": percent(val["tpr_at_fpr_1_percent"], val["tpr_at_fpr_1_percent_95"]),
        "MESSENGER_AUC": interval(messenger["auc"], messenger["auc_95"]), "MESSENGER_TPR": percent(messenger["tpr_at_fpr_1_percent"], messenger["tpr_at_fpr_1_percent_95"]),
        "SWAPS_AUC": interval(swaps["auc"], swaps["auc_95"]), "OWN_AUC": interval(own["auc"], own["auc_95"]), "HEADS_AUC": interval(heads["auc"], heads["auc_95"]),
        "GAN_AUC": interval(gan["auc"], gan["auc_95"]), "BUCKETS": buckets_table(calibration["buckets"]),
        "CLIPS_WEAK": counted(clips["genuine_clips_with_llr10_above_0.5"]), "CLIPS_STRONG": counted(clips["genuine_clips_with_llr10_above_1"]),
        "MOST": f"{10 ** max(ceilings):.0f} to 1", "PAIRS": str(heatmap["pairs"]),
        "POINTING": percent(pointing["rate"], (pointing["lower95"], pointing["upper95"])), "USUAL": percent(usual["rate"], (usual["lower95"], usual["upper95"])),
        "IOU": interval(heatmap["iou"]["mean"], heatmap["iou"]["bootstrap95"]),
        "IOU_USUAL": interval(heatmap["iou_of_the_usual_region"]["mean"], heatmap["iou_of_the_usual_region"]["bootstrap95"]),
    }  # fmt: skip
    text = options.template.read_text()
    for name, value in numbers.items():
        text = text.replace(f"@{name}@", value)
    left = re.findall(r"@[A-Z_]+@", text)
    if left:
        raise SystemExit(f"no number for {', '.join(left)}")
    (folder / "CARD.md").write_text(text)


if __name__ == "__main__":
    main()
