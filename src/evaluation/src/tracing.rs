//! How well originals are found and differences told, on suspects of known origin: `podlinnik eval-trace`.

mod manifest;
mod page;

use std::collections::BTreeMap;
use std::path::Path;

use podlinnik_domain::trace::{PictureState, SoundState, Trace};
use serde::{Deserialize, Serialize};

use crate::interval::Rate;
pub use manifest::{COLUMNS, ManifestError, read};
pub use page::markdown;

/// The version of the report's form.
pub const TRACING_SCHEMA: &str = "podlinnik-trace-evaluation/1";
/// How far the ends of a span may be off, in seconds.
pub const TOLERANCE_S: f64 = 0.2;
/// Shortest excerpt whose place counts, in seconds.
pub const LEAST_S: f64 = 5.0;

/// What is known of a suspect: a line of the manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suspect {
    /// Path, relative to the manifest.
    pub file: String,
    /// What was done to it, for example `mirror`.
    pub change: String,
    /// Path of its original, relative to the folder of originals; none: its original is not there.
    pub original: Option<String>,
    /// From and until, in seconds of the original.
    pub span_s: Option<[f64; 2]>,
    /// Left and right are exchanged.
    pub mirror: bool,
    /// What has to be said of the picture.
    pub picture: Option<PictureState>,
    /// What has to be said of the sound.
    pub sound: Option<SoundState>,
}

/// What was said of a suspect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The original that was found, as the manifest names it.
    pub original: Option<String>,
    /// From and until, in seconds of the suspect and of the original.
    pub spans_s: Option<[[f64; 2]; 2]>,
    /// Left and right were said to be exchanged.
    pub mirror: bool,
    /// Of the picture.
    pub picture: PictureState,
    /// Why no more.
    pub reason: Option<String>,
    /// Of the sound.
    pub sound: SoundState,
    /// Pieces beyond the first.
    pub further: usize,
    /// Seconds that it took.
    pub took_s: f64,
}

impl Said {
    /// Of a trace. `original`: how the manifest names what was found.
    pub fn new(trace: &Trace, original: Option<String>) -> Self {
        let found = trace.original.as_ref();
        let regions = trace.picture.regions.iter().filter_map(|region| region.reason.clone());
        Self {
            original,
            spans_s: found.map(|found| [found.suspect_span_s, found.original_span_s]),
            mirror: found.is_some_and(|found| found.transform.mirror),
            picture: trace.picture.state,
            reason: trace.picture.reason.clone().or_else(|| regions.into_iter().next()),
            sound: trace.sound.state,
            further: trace.further.len(),
            took_s: trace.timing_ms.get("total").copied().unwrap_or(0.0) / 1000.0,
        }
    }
}

/// A suspect and what was said of it; or why nothing could be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// What is known.
    #[serde(flatten)]
    pub suspect: Suspect,
    /// What was said.
    pub said: Option<Said>,
    /// Why the suspect could not be read.
    pub refused: Option<String>,
}

impl Judged {
    fn has_original(&self) -> bool {
        self.suspect.original.is_some()
    }

    fn right_original(&self) -> bool {
        self.said
            .as_ref()
            .is_some_and(|said| said.original == self.suspect.original && said.mirror == self.suspect.mirror)
    }

    fn counts_for_place(&self) -> bool {
        self.suspect.span_s.is_some_and(|[from_s, until_s]| until_s - from_s >= LEAST_S)
    }

    /// How far the worse end of the span in the original is off.
    fn off_s(&self) -> Option<f64> {
        let ([[_, _], [from_s, until_s]], [known_from_s, known_until_s]) =
            (self.said.as_ref()?.spans_s?, self.suspect.span_s?);
        Some((from_s - known_from_s).abs().max((until_s - known_until_s).abs()))
    }

    fn right_place(&self) -> bool {
        self.right_original() && self.off_s().is_some_and(|off_s| off_s <= TOLERANCE_S)
    }
}

/// How well it went for one change, or for all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The change.
    pub change: String,
    /// Suspects with an original in the archive for which the right one was found.
    pub found: Rate,
    /// Of those of 5 s and more, the right original with both ends of the span within 0.2 s.
    pub placed: Rate,
    /// Altered pictures that were called altered.
    pub altered: Rate,
    /// Faithful pictures that were called unaltered …
    pub unaltered: Rate,
    /// … and altered, the worst mistake.
    pub accused: Rate,
    /// Sounds that were called what they are.
    pub sound: Rate,
    /// Sounds of which the opposite was said: `same` of another's, `other` of the original's.
    pub sound_wrong: Rate,
    /// Suspects without an original for which one was found.
    pub invented: Rate,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracingReport {
    /// [`TRACING_SCHEMA`].
    pub schema: String,
    /// Day of the measurement.
    pub date: Option<String>,
    /// Originals in the archive, and their length together in hours.
    pub originals: u64,
    /// Hours.
    pub hours: f64,
    /// Everything together.
    pub all: Row,
    /// By change.
    pub changes: Vec<Row>,
    /// Median, 95th percentile and longest time for a suspect, in seconds.
    pub took_s: [f64; 3],
    /// Median and 95th percentile of the error of the span's worse end where the original was right, in seconds.
    pub off_s: [f64; 2],
    /// Why pictures stayed undecided.
    pub undecided: BTreeMap<String, usize>,
    /// What went wrong: file and what was said.
    pub mistakes: Vec<String>,
    /// Suspects that could not be read.
    pub refused: usize,
}

fn row(change: &str, judged: &[&Judged]) -> Row {
    let rate = |of: &dyn Fn(&Judged) -> bool, hit: &dyn Fn(&Judged) -> bool| {
        let of: Vec<_> = judged.iter().filter(|judged| of(judged)).collect();
        Rate::new(of.iter().filter(|judged| hit(judged)).count(), of.len())
    };
    let picture = |judged: &Judged| judged.said.as_ref().map(|said| said.picture);
    let sound = |judged: &Judged| judged.said.as_ref().map(|said| said.sound);
    let is = |state: PictureState| move |judged: &Judged| judged.suspect.picture == Some(state);
    Row {
        change: change.to_owned(),
        found: rate(&Judged::has_original, &Judged::right_original),
        placed: rate(&Judged::counts_for_place, &Judged::right_place),
        altered: rate(&is(PictureState::Altered), &|judged| picture(judged) == Some(PictureState::Altered)),
        unaltered: rate(&is(PictureState::Unaltered), &|judged| {
            picture(judged) == Some(PictureState::Unaltered)
        }),
        accused: rate(&is(PictureState::Unaltered), &|judged| picture(judged) == Some(PictureState::Altered)),
        sound: rate(&|judged| judged.suspect.sound.is_some(), &|judged| {
            sound(judged) == judged.suspect.sound
        }),
        sound_wrong: rate(&|judged| judged.suspect.sound.is_some(), &|judged| {
            matches!(
                (judged.suspect.sound, sound(judged)),
                (Some(SoundState::Other), Some(SoundState::Same))
                    | (Some(SoundState::Same), Some(SoundState::Other | SoundState::Recut))
            )
        }),
        invented: rate(&|judged| !judged.has_original(), &|judged| {
            judged.said.as_ref().is_some_and(|said| said.original.is_some())
        }),
    }
}

/// Counts. `archive`: originals and hours.
pub fn summarise(judged: &[Judged], archive: (u64, f64), date: Option<String>) -> TracingReport {
    let all: Vec<&Judged> = judged.iter().collect();
    let mut names: Vec<&str> = Vec::new();
    for one in judged {
        if !names.contains(&one.suspect.change.as_str()) {
            names.push(&one.suspect.change);
        }
    }
    let changes = names.iter().map(|name| {
        let of: Vec<&Judged> = all.iter().filter(|one| one.suspect.change == *name).copied().collect();
        row(name, &of)
    });
    let right = judged.iter().filter(|one| one.right_original() && one.counts_for_place());
    let off = sorted(right.filter_map(Judged::off_s));
    let took = sorted(judged.iter().filter_map(|one| one.said.as_ref().map(|said| said.took_s)));
    let mut undecided = BTreeMap::new();
    for said in judged.iter().filter(|one| one.suspect.picture.is_some()).filter_map(|one| one.said.as_ref())
    {
        if said.picture == PictureState::Undecided {
            *undecided.entry(said.reason.clone().unwrap_or_else(|| "no_face".to_owned())).or_default() += 1;
        }
    }
    TracingReport {
        schema: TRACING_SCHEMA.to_owned(),
        date,
        originals: archive.0,
        hours: archive.1,
        all: row("all", &all),
        changes: changes.collect(),
        took_s: [quantile(&took, 0.5), quantile(&took, 0.95), quantile(&took, 1.0)],
        off_s: [quantile(&off, 0.5), quantile(&off, 0.95)],
        undecided,
        mistakes: judged.iter().filter_map(mistake).collect(),
        refused: judged.iter().filter(|one| one.said.is_none()).count(),
    }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let value = sorted.get((share * last as f64).round() as usize).copied().unwrap_or(0.0);
    (value * 1000.0).round() / 1000.0
}

/// What was said wrongly of a suspect; undecided is no mistake.
fn mistake(judged: &Judged) -> Option<String> {
    let Judged { suspect, said, refused } = judged;
    let name = Path::new(&suspect.file).file_name().unwrap_or_default().to_string_lossy();
    let Some(said) = said else {
        return Some(format!("{name}: not read ({})", refused.as_deref().unwrap_or("?")));
    };
    let mut wrong = Vec::new();
    match (&suspect.original, &said.original) {
        (None, Some(found)) => wrong.push(format!("found {found}, of which it is none")),
        (Some(_), None) => wrong.push("no original found".to_owned()),
        (Some(known), Some(found)) if known != found => {
            let known = Path::new(known).file_name().unwrap_or_default().to_string_lossy();
            wrong.push(format!("found {found}, not {known}"));
        }
        (Some(_), Some(_)) if said.mirror != suspect.mirror => wrong.push("mirroring".to_owned()),
        _ => {}
    }
    if wrong.is_empty() && judged.counts_for_place() && !judged.right_place() {
        wrong.push(format!("off by {:.2} s", judged.off_s().unwrap_or(f64::NAN)));
    }
    match (suspect.picture, said.picture) {
        (Some(PictureState::Altered), PictureState::Unaltered)
        | (Some(PictureState::Unaltered), PictureState::Altered) => {
            wrong.push(format!("picture {}", said.picture));
        }
        _ => {}
    }
    match (suspect.sound, said.sound) {
        (Some(known), sound)
            if known != sound && !matches!(sound, SoundState::Undecided | SoundState::NotCompared) =>
        {
            wrong.push(format!("sound {sound}, not {known}"));
        }
        _ => {}
    }
    (!wrong.is_empty()).then(|| format!("{name}: {}", wrong.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(line: &str, said: Option<Said>) -> Judged {
        Judged { suspect: manifest::suspect(line).unwrap(), said, refused: None }
    }

    fn said(original: Option<&str>, spans_s: Option<[[f64; 2]; 2]>, picture: PictureState) -> Said {
        Said {
            original: original.map(str::to_owned),
            spans_s,
            mirror: false,
            picture,
            reason: None,
            sound: SoundState::Same,
            further: 0,
            took_s: 2.0,
        }
    }

    #[test]
    fn places_mistakes_and_inventions_are_counted() {
        let near = said(Some("o.mp4"), Some([[0.0, 6.0], [1.1, 7.1]]), PictureState::Unaltered);
        let far = said(Some("o.mp4"), Some([[0.0, 6.0], [1.5, 7.0]]), PictureState::Altered);
        let none = said(None, None, PictureState::NotCompared);
        let known = "a.mp4\tcrop\to.mp4\t1\t7\tno\tunaltered\tother";
        let set = [
            judged(known, Some(near.clone())),
            judged(known, Some(far)),
            judged("b.mp4\tcrop\to.mp4\t1\t4\tno\taltered\t-", Some(none.clone())),
            judged("c.mp4\tabsent\t-\t-\t-\tno\t-\t-", Some(none)),
            judged("d.mp4\tabsent\t-\t-\t-\tno\t-\t-", Some(near)),
        ];
        let report = summarise(&set, (1, 0.5), None);
        let count = |rate: Rate| (rate.count, rate.of);
        assert_eq!(count(report.all.found), (2, 3));
        assert_eq!(count(report.all.placed), (1, 2), "an excerpt of three seconds does not count");
        assert_eq!(count(report.all.invented), (1, 2));
        assert_eq!((count(report.all.accused), count(report.all.altered)), ((1, 2), (0, 1)));
        assert_eq!(count(report.all.sound_wrong), (2, 2));
        assert_eq!(report.mistakes.len(), 4, "{:?}", report.mistakes);
        assert_eq!(report.changes.len(), 2);
        let page = markdown(&report);
        assert!(page.contains("| crop | 2/3 | 1/2 |") && page.contains("off by 0.50 s"), "{page}");
    }
}
