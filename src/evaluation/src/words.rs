//! Sentences about numbers, for people who do not read tables.

use crate::interval::{Estimate, Rate};
use crate::report::{DetectorReport, SetFacts, Slice, Subject, Unit};

/// What a reader has to know before believing a number.
pub(crate) fn notes(set: &SetFacts, subject: &Subject, combined: Option<&DetectorReport>) -> Vec<String> {
    let mut notes = Vec::new();
    let scored = combined.map(|combined| combined.overall.scored).unwrap_or_default();
    if scored.genuine > 0 && scored.genuine < 1000 {
        notes.push(format!(
            "With {} genuine files, a false-positive rate of 0.1 % means that not one of them may score higher than the threshold{}.",
            scored.genuine,
            if scored.genuine < 100 { "; the same goes for 1 %" } else { "" }
        ));
    }
    if set.groups < 30 {
        notes.push(format!(
            "The set holds {} groups only: it is a smoke test, and its intervals are wide for that reason.",
            set.groups
        ));
    }
    if set.unit == Unit::File && set.groups < set.files {
        notes.push(format!(
            "Several files come from the same source ({} files, {} groups). Bootstrap intervals draw whole groups; Clopper–Pearson intervals take files for independent and are too narrow by as much as files of a group resemble each other.",
            set.files, set.groups
        ));
    }
    if subject.programs.len() > 1 {
        notes.push(format!(
            "The results were measured by {} different builds of the program.",
            subject.programs.len()
        ));
    }
    if set.genuine == 0 || set.fake == 0 {
        notes.push(
            "The set holds one class only: nothing that compares the classes can be measured.".to_owned(),
        );
    }
    notes
}

/// The heading: what the numbers come down to.
pub(crate) fn headline(slice: &Slice) -> String {
    match &slice.auc {
        Some(Estimate { low: Some(low), high: Some(high), .. }) if *low <= 0.5 && *high >= 0.5 => {
            "On these files, its score cannot be told from guessing".to_owned()
        }
        Some(auc) => {
            format!(
                "Shown one fake and one genuine file, it ranks the fake higher {} times in 100",
                whole(auc.value)
            )
        }
        None if slice.scored.total() == 0 => {
            "Nothing was measured: no method applies to these files".to_owned()
        }
        None => "One class only: nothing to tell apart".to_owned(),
    }
}

/// The sentences below the heading.
pub(crate) fn lead(slice: &Slice) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(Estimate { value, low: Some(low), high: Some(high) }) = slice.auc {
        sentences.push(format!(
            "Of 100 pairs of a fake and a genuine file, it ranks the fake higher in {} (95 % interval {} to {}); guessing gives 50.",
            whole(value),
            whole(low),
            whole(high)
        ));
    }
    if let Some(found) = slice.tpr_at_fpr_1_percent {
        let range = match (found.low, found.high) {
            (Some(low), Some(high)) => format!(" ({} to {})", whole(low), whole(high)),
            _ => String::new(),
        };
        sentences.push(format!(
            "If at most one genuine file in 100 may be suspected wrongly, it finds {} fakes in 100{range}.",
            whole(found.value)
        ));
    }
    if slice.coverage.of > 0 {
        sentences.push(format!(
            "It gave an answer on {}; on the others it said why not.",
            of(&slice.coverage, "files")
        ));
    }
    if slice.wrongly_supports_manipulation.of > 0 {
        sentences.push(format!(
            "It wrongly pointed to manipulation on {}: the 95 % interval ends at {} %.",
            of(&slice.wrongly_supports_manipulation, "answered genuine files"),
            percent(slice.wrongly_supports_manipulation.high)
        ));
    }
    if slice.wrongly_supports_absence.of > 0 {
        sentences.push(format!(
            "It wrongly spoke against manipulation on {}.",
            of(&slice.wrongly_supports_absence, "answered fakes")
        ));
    }
    sentences
}

fn of(rate: &Rate, what: &str) -> String {
    format!("{} of {} {what}", rate.count, rate.of)
}

fn whole(share: f64) -> String {
    format!("{:.0}", share * 100.0)
}

/// A share in per cent, with a digit where it matters.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 10.0 || percent > 99.0 && percent < 100.0 {
        format!("{percent:.1}")
    } else {
        format!("{percent:.0}")
    }
}
