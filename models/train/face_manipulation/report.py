"""Write EVALUATION.md from evaluation.json and calibration.json, so that no number is typed by hand."""

import argparse
import json
from pathlib import Path


def interval(value: float, bounds: list[float]) -> str:
    return f"{value:.3f} ({bounds[0]:.3f}–{bounds[1]:.3f})"


def share(entry: dict) -> str:
    return f"{entry['count']} of {entry['of']} = {100 * entry['rate']:.1f} % ({100 * entry['lower95']:.1f}–{100 * entry['upper95']:.1f})"


def discrimination_row(name: str, entry: dict) -> str:
    cells = [f"{entry['n_real']} / {entry['n_fake']}", interval(entry["auc"], entry["auc_95"])]
    for key in ("tpr_at_fpr_1_percent", "eer"):
        cells.append(interval(entry[key], entry[f"{key}_95"]) if key in entry else "not computed: too few")
    return f"| {name} | " + " | ".join(cells) + " |"


def heatmap_lines(found: dict) -> list[str]:
    lines = [
        "", "## Does the map point at what was changed?", "",
        f"Pairs of a fake and its original ({found['split']}); truth: {found['truth']}.", "",
        "| pairs | pointing game | where the logit is positive | always pointing at the most often changed cell | by chance | IoU | IoU of the usual region |",
        "|---|---|---|---|---|---|---|",
    ]  # fmt: skip

    def rate_of(entry: dict | None) -> str:
        return "–" if entry is None else f"{entry['rate']:.3f} ({entry['lower95']:.3f}–{entry['upper95']:.3f})"

    for key, name in (("as_stored", "as stored"), ("jpeg_60", "after JPEG 60")):
        e = found[key]
        lines.append(
            f"| {name}, {e['pairs']} | {rate_of(e['pointing_game'])} | {rate_of(e['pointing_game_where_the_logit_is_positive'])} "
            f"| {rate_of(e['pointing_game_of_the_most_often_changed_cell'])} | {e['pointing_game_by_chance']:.3f} "
            f"| {interval(e['iou']['mean'], e['iou']['bootstrap95'])} | {interval(e['iou_of_the_usual_region']['mean'], e['iou_of_the_usual_region']['bootstrap95'])} |"
        )
    return [*lines, "", "Most changes lie in the middle of the face, so a finger that always points there is hard to beat: a map is worth only what it has beyond that."]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--evaluation", type=Path, required=True)
    arguments.add_argument("--calibration", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--heatmap", type=Path, help="what heatmap.py wrote about the validation pairs")
    options = arguments.parse_args()
    found, calibration = json.loads(options.evaluation.read_text()), json.loads(options.calibration.read_text())
    clips = found["clips_val"]
    lines = [
        "# face-manipulation: evaluation", "",
        f"{found['date']}, model sha256 `{found['model_sha256'][:16]}…`, calibration `{found['calibration']}`. Written by `models/train/face_manipulation/report.py`",
        "from `evaluation.json`. The faces were scored once, with the final weights, and did not train, tune or calibrate the model; what was changed",
        "after seeing the scores is said below. In brackets: 95 % intervals.",
        "DFDC validation shares its **actors** with training: its rows are the easy half, not a promise for other people or other tools.", "",
        "## Telling manipulated from genuine", "",
        "| data | genuine / manipulated | AUC | detected at 1 % false alarms | equal error rate |", "|---|---|---|---|---|",
        discrimination_row("DFDC validation crops", found["dfdc_val"]),
        discrimination_row(f"the same after a messenger ({found['dfdc_val_messenger']['chain']})", found["dfdc_val_messenger"]),
    ]  # fmt: skip
    names = {
        "all": "all validation clips", "face_swaps_deepfacelive_against_all_genuine": "face swaps of an unseen tool (DeepFaceLive) against all genuine clips",
        "face_swaps_deepfacelive_against_their_originals": "the same against their own originals",
        "generated_talking_heads_vasa1_against_all_genuine": "generated talking heads (VASA-1) against all genuine clips",
    }  # fmt: skip
    lines += [discrimination_row(text, clips[key]) for key, text in names.items()]
    if "whole_synthetic_faces_stylegan" in found:
        lines.append(discrimination_row("whole synthetic faces (StyleGAN against FFHQ): not its job", found["whole_synthetic_faces_stylegan"]))
    lines += ["", "DFDC validation by native face size: " + "; ".join(
        f"{name} px {interval(entry['auc'], entry['auc_95'])} ({entry['n_real']} / {entry['n_fake']})" for name, entry in found["dfdc_val"]["by_native_size"].items()
    ) + "."]  # fmt: skip
    lines += ["", f"In {share(clips['pairs_in_which_the_swap_scores_higher'])} of the DeepFaceLive pairs the swap scores higher than its original."]
    lines += ["", "## What the calibrated answer does", "", "Support is log10 of the likelihood ratio; 0.5 is about 3 to 1, 1 is 10 to 1.", ""]
    for key, title in (("dfdc_val", "DFDC validation crops"), ("dfdc_val_messenger", "after the messenger")):
        said = found[key]["calibrated"]
        abstained = ", ".join(f"{reason} {count}" for reason, count in said["abstained"].items()) or "none"
        lines += [
            f"**{title}**: {said['assessed']} assessed, abstained: {abstained}; calibration error {interval(said['calibration_error'], said['calibration_error_95'])}.", "",
            "| answer | genuine faces | manipulated faces |", "|---|---|---|",
        ]  # fmt: skip
        words = {
            "llr10_above_0.5": "supports manipulation, 3 to 1 or more", "llr10_above_1": "supports manipulation, 10 to 1 or more",
            "llr10_below_minus_0.5_without_restriction": "would support no manipulation, 3 to 1 or more (not reported: see below)",
        }  # fmt: skip
        lines += [f"| {text} | {share(said[name]['genuine'])} | {share(said[name]['manipulated'])} |" for name, text in words.items()] + [""]
    lines += [
        f"**One-sided**: {calibration['one_sided']}" if "one_sided" in calibration else "", "",
        f"**Capped**: {calibration['capped']}" if "capped" in calibration else "", "",
    ]  # fmt: skip
    lines += [
        f"**Clips**: genuine clips called manipulated with 3 to 1 or more: {share(clips['genuine_clips_with_llr10_above_0.5'])}; with 10 to 1 or more: "
        f"{share(clips['genuine_clips_with_llr10_above_1'])}; manipulated clips with 3 to 1 or more: {share(clips['manipulated_clips_with_llr10_above_0.5'])}; "
        f"without a finding: {clips['clips_without_a_finding']}.", "",
        "| clip | faces | face px | mean logit | bucket or reason | llr10 | without the restriction |", "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, clip in clips["each"].items():
        llr = "–" if clip["llr10"] is None else f"{clip['llr10']:+.2f}"
        free = "–" if clip["llr10"] is None else f"{clip['llr10_without_restriction']:+.2f}"
        lines.append(f"| {name} | {clip['faces']} | {clip['face_px_median']:.0f} | {clip['mean_logit']:+.2f} | {clip['bucket'] or clip['abstained']} | {llr} | {free} |")
    if options.heatmap:
        lines += heatmap_lines(json.loads(options.heatmap.read_text()))
    lines += [
        "", "## Calibration buckets (CALIB split, simulated messengers)", "",
        "| bucket | genuine / manipulated | AUC | hits at threshold | false alarms at threshold | llr10 at most | llr10 at least, DFDC only (not used) | calibration error, cross-validated |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for b in calibration["buckets"]:
        lines.append(
            f"| {b['id']} | {b['n_real']} / {b['n_fake']} | {b['auc']:.3f} | {100 * b['tpr']:.1f} % ({100 * b['tpr_lower95']:.1f}–{100 * b['tpr_upper95']:.1f}) "
            f"| {100 * b['fpr']:.2f} % ({100 * b['fpr_lower95']:.2f}–{100 * b['fpr_upper95']:.2f}) | {b['ceiling']['llr10_max']:+.2f} | {b['ceiling'].get('llr10_min_in_domain', b['ceiling']['llr10_min']):+.2f} "
            f"| {b['calibration_error_cross_validated']:.3f} |"
        )
    options.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
