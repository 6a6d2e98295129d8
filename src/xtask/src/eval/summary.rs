//! All sets on one page, against the targets.

use std::fmt::Write as _;

use serde_json::Value;

use super::data::Set;
use super::targets::{Standing, TARGETS, Target};

/// The page. `limit`: only so many files of each set were looked at.
pub(super) fn summary(
    reports: &[(&'static Set, Value)],
    today: &str,
    limit: Option<usize>,
    labels: &str,
) -> String {
    let mut text = String::from("# Evaluation\n\n");
    let _ = writeln!(
        text,
        "{today}. Measured by `cargo xtask eval`: the release build of the shipped program, sandbox and all, over the validation media of `labels.tsv` \
         (SHA-256 `{}…`). Nothing was trained on these files. \
         They have been scored with earlier weights too, and each model's card says what was decided after seeing them. In brackets: 95 % intervals, bootstrap over source videos for scores, Clopper–Pearson for \
         shares. What each number means: `src/evaluation/src/SCHEMA.md`.\n",
        labels.get(..16).unwrap_or(labels)
    );
    if let Some(limit) = limit {
        let _ = writeln!(
            text,
            "**At most {limit} files of each set were looked at: this is a trial, not a result.**\n"
        );
    }
    text +=
        "## Targets\n\n| measured | set | must | aim | measured | standing |\n|---|---|---|---|---|---|\n";
    for target in TARGETS {
        let report = reports.iter().find(|(set, _)| set.name == target.set).map(|(_, report)| report);
        let (measured, standing) = stand(target, report);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {measured} | {standing} |",
            target.what,
            target.set,
            limit_text(target, target.must),
            limit_text(target, target.aim)
        );
    }
    let _ = writeln!(text, "\n{}\n", supported(reports));
    for (set, report) in reports {
        section(&mut text, set, report);
    }
    if let Some((_, report)) = reports.first() {
        versions(&mut text, report);
    }
    text
}

/// Coverage alone flatters: "supports neither" is an answer too.
fn supported(reports: &[(&'static Set, Value)]) -> String {
    let mut text = "Read with care: an answer \"supports neither\" counts as answered.".to_owned();
    for (set, report) in reports {
        let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64);
        let wrong = "/detectors/0/overall/wrongly_supports_manipulation/count";
        let right = "/detectors/0/overall/rightly_supports_manipulation/count";
        if let (Some(wrong), Some(right)) = (count(wrong), count(right)) {
            let _ = write!(
                text,
                " On {}, {right} of {} fakes and {wrong} of {} genuine files got any support for manipulation.",
                set.name,
                count("/set/fake").unwrap_or_default(),
                count("/set/genuine").unwrap_or_default()
            );
        }
    }
    text
}

fn limit_text(target: &Target, value: f64) -> String {
    format!("{} {}", if target.at_most { "≤" } else { "≥" }, number(value, target.percent))
}

fn number(value: f64, percent: bool) -> String {
    if percent { format!("{:.1} %", value * 100.0) } else { format!("{value:.3}") }
}

/// What was measured, and how it stands to the target.
fn stand(target: &Target, report: Option<&Value>) -> (String, String) {
    let none = |why: &str| ("not measured".to_owned(), why.to_owned());
    let Some(report) = report else { return none("the set was not run") };
    let measured = report.pointer(target.pointer).unwrap_or(&Value::Null);
    let get = |name: &str| measured.get(name).and_then(Value::as_f64);
    // A share of nothing has bounds and no value.
    let Some(value) = get("value").and_then(|_| get(target.number)) else {
        if target.pointer.starts_with("/localisation") {
            return none("no map could be held against an original");
        }
        return none(&silence(report));
    };
    let text = if target.number == "high" {
        let count = |name: &str| measured.get(name).and_then(Value::as_u64).unwrap_or_default();
        format!("{} ({} of {})", number(value, target.percent), count("count"), count("of"))
    } else if measured.get("of").is_some() {
        let of = measured.get("of").and_then(Value::as_u64).unwrap_or_default();
        format!("{} of {of}", cell(measured, target.percent))
    } else if target.pointer.ends_with("/ece") {
        let answered = report.pointer("/detectors/0/overall/coverage/count").and_then(Value::as_u64);
        format!("{} on {} answered", cell(measured, target.percent), answered.unwrap_or_default())
    } else {
        format!("{} on {}", cell(measured, target.percent), scored(report).0)
    };
    let standing = match target.standing(value) {
        Standing::Aim => "aim reached",
        Standing::Must => "must reached, aim missed",
        Standing::Missed => "**missed**",
    };
    let bounds = (get("low"), get("high"));
    let crosses = matches!(bounds, (Some(low), Some(high)) if target.number == "value" && low < target.must && target.must < high);
    let crosses = if crosses { "; the interval holds the limit" } else { "" };
    // What the method could not look at is not in the number.
    let part = scored(report).1.filter(|_| target.pointer.ends_with("auc") || target.pointer.contains("tpr"));
    (text, format!("{standing}{crosses}{}", part.map(|part| format!("; {part}")).unwrap_or_default()))
}

/// `19 + 13` scored files, and a remark if others had no score.
fn scored(report: &Value) -> (String, Option<String>) {
    let of = |what: &str, class: &str| {
        let pointer = format!("/detectors/0/overall/{what}/{class}");
        report.pointer(&pointer).and_then(Value::as_u64).unwrap_or_default()
    };
    let (genuine, fake) = (of("scored", "genuine"), of("scored", "fake"));
    let all = of("n", "genuine") + of("n", "fake");
    let part = (genuine + fake < all).then(|| format!("only {} of {all} files have a score", genuine + fake));
    (format!("{genuine} + {fake}"), part)
}

/// Why nothing was measured: the most frequent state.
fn silence(report: &Value) -> String {
    let silent = report.pointer("/detectors/0/overall/silent").and_then(Value::as_object);
    let count = |counts: &Value| {
        let of = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or_default();
        of("genuine") + of("fake")
    };
    silent.and_then(|silent| silent.iter().max_by_key(|(_, counts)| count(counts))).map_or_else(
        || "a class or every score is missing".to_owned(),
        |(reason, counts)| format!("{}, {} files", reason.replace('_', " "), count(counts)),
    )
}

/// `0.812 (0.790–0.833)`.
fn cell(measured: &Value, percent: bool) -> String {
    let get = |name: &str| measured.get(name).and_then(Value::as_f64);
    match (get("value"), get("low"), get("high")) {
        (Some(value), Some(low), Some(high)) => {
            format!("{} ({}–{})", number(value, percent), number(low, percent), number(high, percent))
        }
        (Some(value), ..) => number(value, percent),
        _ => "–".to_owned(),
    }
}

const COLUMNS: &[(&str, &str, bool)] = &[
    ("AUC", "auc", false),
    ("found at 1 % false alarms", "tpr_at_fpr_1_percent", true),
    ("EER", "eer", true),
    ("coverage", "coverage", true),
    ("wrongly supports manipulation", "wrongly_supports_manipulation", true),
    ("wrongly supports absence", "wrongly_supports_absence", true),
    ("ECE", "ece", false),
    ("Brier", "brier", false),
    ("AURC", "aurc_llr10", false),
];

fn section(text: &mut String, set: &Set, report: &Value) {
    let count = |pointer: &str| report.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    let _ = writeln!(
        text,
        "## {}\n\n{}. {} genuine files, {} fakes, {} sources.\n",
        set.name,
        set.what,
        count("/set/genuine"),
        count("/set/fake"),
        count("/set/groups")
    );
    let names: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).collect();
    let _ = writeln!(
        text,
        "| | genuine + fake | scored | {} |\n|---|---|---|{}",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for detector in report.get("detectors").and_then(Value::as_array).into_iter().flatten() {
        let id = detector.get("id").and_then(Value::as_str).unwrap_or_default().replace('_', " ");
        row(text, &id, detector.get("overall"));
    }
    let sources = report.pointer("/detectors/0/buckets/source").and_then(Value::as_object);
    for (source, slice) in
        sources.into_iter().flatten().filter(|_| sources.is_some_and(|sources| sources.len() > 1))
    {
        let against = match slice.get("borrowed").and_then(Value::as_str) {
            Some("real") => " against all genuine",
            Some("fake") => " against all fakes",
            _ => "",
        };
        row(text, &format!("combined, {source}{against}"), Some(slice));
    }
    localisation(text, report);
    let silent = report.pointer("/detectors/0/overall/silent").and_then(Value::as_object);
    let silent: Vec<String> = silent
        .into_iter()
        .flatten()
        .map(|(reason, counts)| {
            let of = |name: &str| counts.get(name).and_then(Value::as_u64).unwrap_or_default();
            format!("{} {} + {}", reason.replace('_', " "), of("genuine"), of("fake"))
        })
        .collect();
    if !silent.is_empty() {
        let _ = writeln!(text, "\nNo combined answer (genuine + fake): {}.", silent.join("; "));
    }
    let notes: Vec<&str> = report
        .get("notes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !notes.is_empty() {
        let _ = writeln!(text, "\n{}", notes.join(" "));
    }
    text.push('\n');
}

/// Where heat maps point, beside what pointing without looking gives.
fn localisation(text: &mut String, report: &Value) {
    let methods = report.get("localisation").and_then(Value::as_object);
    for (method, one) in methods.into_iter().flatten() {
        let of = |name: &str| one.get(name).map_or_else(|| "–".to_owned(), |measured| cell(measured, false));
        let _ = writeln!(
            text,
            "\nHeat map of {}, on {} fakes beside their originals: it points at what was changed in {}; the place that is changed most often, whatever the \
             picture, in {}; chance {:.3}. IoU {}; of the region that is usually changed {}.",
            method.replace('_', " "),
            one.get("pairs").and_then(Value::as_u64).unwrap_or_default(),
            of("pointing_game"),
            of("pointing_game_of_usual_cell"),
            one.get("pointing_game_by_chance").and_then(Value::as_f64).unwrap_or_default(),
            of("iou"),
            of("iou_of_usual_region")
        );
    }
}

fn row(text: &mut String, name: &str, slice: Option<&Value>) {
    let Some(slice) = slice else { return };
    let of = |what: &str| {
        let class = |class: &str| slice.pointer(&format!("/{what}/{class}")).and_then(Value::as_u64);
        format!("{} + {}", class("genuine").unwrap_or_default(), class("fake").unwrap_or_default())
    };
    let cells: Vec<String> = COLUMNS
        .iter()
        .map(|(_, field, percent)| {
            slice.get(*field).map_or_else(|| "–".to_owned(), |measured| cell(measured, *percent))
        })
        .collect();
    let _ = writeln!(text, "| {name} | {} | {} | {} |", of("n"), of("scored"), cells.join(" | "));
}

fn versions(text: &mut String, report: &Value) {
    let version = report.pointer("/subject/podlinnik_version").and_then(Value::as_str).unwrap_or_default();
    let _ = writeln!(
        text,
        "## Versions\n\nPodlinnik {version}.\n\n| model | version | SHA-256 of weights | SHA-256 of calibration |\n|---|---|---|---|"
    );
    for model in report.pointer("/subject/models").and_then(Value::as_array).into_iter().flatten() {
        let get = |name: &str| model.get(name).and_then(Value::as_str);
        let digest = |name: &str| get(name).map_or_else(|| "–".to_owned(), |digest| format!("`{digest}`"));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            get("id").unwrap_or_default(),
            get("version").unwrap_or_default(),
            digest("sha256"),
            digest("calibration_sha256")
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::eval::data::SETS;

    fn line<'a>(text: &'a str, start: &str) -> &'a str {
        text.lines().find(|line| line.starts_with(start)).unwrap_or_default()
    }

    #[test]
    fn reached_missed_and_not_measured_are_told_apart() {
        let auc = |value: f64| json!({"value": value, "low": value - 0.02, "high": value + 0.02});
        let wrong = json!({"count": 1, "of": 800, "value": 0.00125, "low": 0.0, "high": 0.007});
        let share = json!({"count": 79, "of": 100, "value": 0.79, "low": 0.7, "high": 0.86});
        let maps = json!({"face_manipulation": {"pairs": 100, "pointing_game": share, "pointing_game_by_chance": 0.2}});
        let faces = json!({"localisation": maps, "detectors": [{"id": "combined", "overall": {
            "n": {"genuine": 800, "fake": 800}, "scored": {"genuine": 800, "fake": 793},
            "auc": auc(0.935), "tpr_at_fpr_1_percent": auc(0.3), "wrongly_supports_manipulation": wrong, "ece": null,
            "coverage": {"count": 0, "of": 0, "value": null, "low": 0.0, "high": 1.0},
            "silent": {"abstained: no_face": {"genuine": 3, "fake": 4}}}}]});
        let speech = json!({"detectors": [{"id": "combined", "overall": {"auc": null,
            "silent": {"not_applicable: no_picture": {"genuine": 13, "fake": 100}}}}]});
        let find = |name: &str| SETS.iter().find(|set| set.name == name).unwrap();
        let reports = [(find("dfdc-faces-val"), faces), (find("speech-val"), speech)];
        let text = summary(&reports, "2026-01-01", Some(5), "abc");
        assert!(
            line(&text, "| DFDC faces (val), AUC")
                .ends_with("must reached, aim missed; the interval holds the limit; only 1593 of 1600 files have a score |"),
            "{text}"
        );
        assert!(line(&text, "| DFDC faces (val), found").contains("on 800 + 793 | **missed**"));
        assert!(line(&text, "| error among answered").contains("0.7 % (1 of 800) | must reached"));
        assert!(line(&text, "| ECE").contains("not measured | abstained: no face, 7 files"));
        assert!(line(&text, "| coverage").contains("not measured"));
        assert!(line(&text, "| cloned").contains("not measured | not applicable: no picture, 113 files"));
        assert!(line(&text, "| clips").contains("the set was not run"));
        assert!(line(&text, "| heat map").contains("0.790 (0.700–0.860) of 100 | **missed**"));
        assert!(text.contains("in 0.790 (0.700–0.860); the place"), "{text}");
        assert!(text.contains("trial, not a result"));
    }
}
