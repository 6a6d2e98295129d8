"""evaluation.json and calibration.json → EVALUATION.md."""

import argparse
import json
from pathlib import Path


def share(rate: dict) -> str:
    return f"{rate['count']} of {rate['of']} ({100 * rate['lower95']:.0f}–{100 * rate['upper95']:.0f} %)"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--evaluation", type=Path, required=True)
    arguments.add_argument("--calibration", type=Path, required=True)
    arguments.add_argument("--out", type=Path, required=True)
    options = arguments.parse_args()
    evaluation, calibration = json.loads(options.evaluation.read_text()), json.loads(options.calibration.read_text())
    val, unseen = evaluation["speech_val"], evaluation["calib_unseen_synthesisers"]
    lines = ["# voice: evaluation", "", f"{evaluation['date']}, model `{evaluation['model_sha256'][:16]}…`, calibration `{evaluation['calibration']}`. {evaluation['intervals']}.", ""]
    lines += ["| set | genuine | synthetic | AUC | found at 1 % false alarms |", "|---|---|---|---|---|"]
    for name, one in (("speech-val (shared validation)", val), ("calibration split: speakers and synthesisers that training never heard", unseen)):
        auc, tpr = one["auc_95"], one["tpr_at_fpr_1_percent_95"]
        lines.append(
            f"| {name} | {one['n_real']} | {one['n_fake']} | {one['auc']:.2f} ({auc[0]:.2f}–{auc[1]:.2f}) | {100 * one['tpr_at_fpr_1_percent']:.0f} % ({100 * tpr[0]:.0f}–{100 * tpr[1]:.0f}) |"
        )
    lines += ["", "With 13 genuine recordings a false-alarm rate of 1 % cannot be measured: the threshold is the loudest of the 13. Read the AUC and its interval.", ""]
    lines += ["| speech-val by source | n | AUC against its 13 genuine recordings |", "|---|---|---|"]
    lines += [f"| {name} | {one['n']} | {one['auc']:.2f} |" for name, one in val["by_source"].items()]
    lines += ["", "| calibration split by generator | n | AUC against all its genuine recordings |", "|---|---|---|"]
    lines += [f"| {name} | {one['n']} | {one['auc']:.2f} |" for name, one in unseen["by_generator"].items()]
    lines += ["", "| within one page of the calibration split: synthetic against the genuine beside it | genuine | synthetic | AUC |", "|---|---|---|---|"]
    for name, one in evaluation["within_corpus"].items():
        lines.append(f"| {name} | {one['n_real']} | {one['n_fake']} | {one['auc']:.2f} ({one['auc_95'][0]:.2f}–{one['auc_95'][1]:.2f}) |")
    for name, one in evaluation["within_corpus"].items():
        lines += ["", f"{name}: " + ", ".join(f"{key.split('+')[-1]} {value:.2f}" for key, value in one["by_generator"].items()) + "."]
    lines += ["", "| bucket | genuine (speakers) | synthesised | support from logit | wrongly over it | found over it | ceiling (log10) |", "|---|---|---|---|---|---|---|"]
    for one in calibration["buckets"]:
        start = "never" if one["support_from_logit"] >= 1e5 else f"{one['support_from_logit']:.2f}"
        lines.append(
            f"| {one['id']} | {one['n_real']} ({one['n_real_speakers']}) | {one['n_synthesised']} | {start} | {100 * one['fpr']:.1f} % ({100 * one['fpr_lower95']:.1f}–{100 * one['fpr_upper95']:.1f}) "
            f"| {100 * one['tpr']:.1f} % ({100 * one['tpr_lower95']:.1f}–{100 * one['tpr_upper95']:.1f}) | {one['llr10_max']} |"
        )
    lines += ["", "| synthetic Russian, never in training | assessed | given a word of support |", "|---|---|---|"]
    lines += [f"| {name} | {one['assessed']} of {one['recordings']} | {share(one['llr10_above_0.31'])} |" for name, one in evaluation["synthetic_russian"].items()]
    lines += ["", "No genuine Russian speech was available: false alarms on it are unknown.", ""]
    options.out.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
