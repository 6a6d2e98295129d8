//! Whether a suspect's sound is that of its original, in the place where the picture has it.
//!
//! Loudness in 20 bands, every 20 ms, is correlated stretch by stretch: first where the picture says that the sound belongs, then anywhere in the
//! original. Tempo changed with or without the pitch is allowed for by the speed that the picture gave. ✅ recompression, filters, moderate noise, ±10 %
//! speed. ❌ another take of the same words, music laid over speech (undecided), stretches under 1.5 s.

mod bands;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::bands::{BANDS, Loudness, STEP_S};
use super::time::TimeMap;

/// Steps of a stretch that is looked for in its place: 1.6 s; anywhere: 2.6 s.
const NEAR: usize = 80;
const FAR: usize = 130;
/// Steps from one stretch to the next: 0.4 s.
const ADVANCE: usize = 20;
/// Correlation from which on a stretch is the original's: in its place, anywhere.
const IN_PLACE: f64 = 0.72;
const ANYWHERE: f64 = 0.80;
/// Correlation up to which a stretch is surely not the original's there.
const ELSE: f64 = 0.55;
/// Deviation of the loudness of a stretch from its mean, in nepers, under which it is a tone or a hum that says nothing of where it comes from.
const STEADY: f64 = 0.25;
/// Stretches that say something, at least: two seconds of sound.
const LEAST_TELLING: usize = 3;
/// How far from its place a stretch may be, in seconds, besides the uncertainty of the time.
const SLACK_S: f64 = 0.16;
/// Shares of the audible stretches.
const MOST: f64 = 0.8;
const FEW: f64 = 0.15;
/// Audible seconds without which nothing is said.
const LEAST_S: f64 = 2.0;
/// Stretches that are sought everywhere, at most, and seconds of the original in which they are.
const SOUGHT: usize = 24;
const SEARCHED_S: f64 = 1800.0;

/// Samples, 16,000 a second, mono, −1 to 1.
#[derive(Debug, Clone, Copy)]
pub struct Samples<'a> {
    /// The samples.
    pub values: &'a [f32],
    /// Time of the first in its file, in seconds.
    pub start_s: f64,
}

/// What can be said of a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundState {
    /// The original's, where the picture has it.
    Same,
    /// Stretches of the original, but not all of them in their place, or with something else between.
    Recut,
    /// Another's.
    Other,
    /// The suspect has no sound to speak of.
    Silent,
    /// Neither can be said.
    Undecided,
}

/// Why nothing can be said of a sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoundReason {
    /// Less than two audible seconds.
    TooShort,
    /// The original has no sound there.
    OriginalSilent,
    /// Partly alike: something may lie over it.
    PartlyAlike,
    /// Both are a steady tone or hum: two of them correlate by chance only.
    Steady,
}

/// A stretch of the suspect that is the original's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SoundStretch {
    /// From, to in seconds of the suspect.
    pub suspect_span_s: [f64; 2],
    /// From, to in seconds of the original.
    pub original_span_s: [f64; 2],
    /// Whether the picture has it there too.
    pub in_place: bool,
    /// Mean correlation, up to 1.
    pub correlation: f64,
}

/// The sound against the original's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundComparison {
    /// The answer.
    pub state: SoundState,
    /// Why undecided.
    pub reason: Option<SoundReason>,
    /// What is the original's, in the order of the suspect.
    pub stretches: Vec<SoundStretch>,
    /// Audible seconds of the suspect.
    pub audible_s: f64,
    /// Share of the audible stretches that are the original's in their place, and elsewhere.
    pub shares: [f64; 2],
    /// Median correlation where the picture has the sound.
    pub correlation: f64,
}

/// A stretch of the suspect and where it is best found.
#[derive(Debug, Clone, Copy)]
struct Found {
    at_s: f64,
    length_s: f64,
    original_s: f64,
    correlation: f64,
    in_place: bool,
    /// Neither side changes enough to be told from another.
    steady: bool,
}

/// Compares the sound of a suspect excerpt with that of its original. `time` is the picture's map, `uncertainty_s` how far it may be off. Give all of the
/// original's sound that a re-cut may draw on, up to half an hour.
pub fn compare_sound(
    suspect: &Samples<'_>,
    original: &Samples<'_>,
    time: &TimeMap,
    uncertainty_s: f64,
) -> SoundComparison {
    let nothing = |state: SoundState, reason: Option<SoundReason>, audible_s: f64| SoundComparison {
        state,
        reason,
        stretches: Vec::new(),
        audible_s,
        shares: [0.0; 2],
        correlation: 0.0,
    };
    let finite = [suspect.start_s, original.start_s, time.speed, time.offset_s, uncertainty_s]
        .iter()
        .all(|number| number.is_finite());
    let theirs = Loudness::of(suspect.values, suspect.start_s, 1.0);
    let audible_s = theirs.audible.iter().filter(|audible| **audible).count() as f64 * STEP_S;
    if audible_s < 0.3 {
        return nothing(SoundState::Silent, None, audible_s);
    }
    if !finite || !(0.2..5.0).contains(&time.speed) || audible_s < LEAST_S {
        return nothing(SoundState::Undecided, Some(SoundReason::TooShort), audible_s);
    }
    let ours = Loudness::of(original.values, original.start_s, 1.0);
    let stretches = stretches(&theirs, NEAR);
    let places: Vec<f64> = stretches.iter().map(|start| time.original_s(theirs.at_s(*start))).collect();
    let heard = places.iter().any(|place| {
        let index = ((place - ours.start_s) / STEP_S).max(0.0) as usize;
        ours.audible.iter().skip(index).take(NEAR).any(|audible| *audible)
    });
    if stretches.is_empty() {
        return nothing(SoundState::Undecided, Some(SoundReason::TooShort), audible_s);
    }
    if !heard {
        // a sound where the original has none is another's, if the original covers the place at all
        let covered = places.iter().filter(|place| ours.between(**place).is_some()).count();
        return if covered * 2 > places.len() {
            nothing(SoundState::Other, None, audible_s)
        } else {
            nothing(SoundState::Undecided, Some(SoundReason::OriginalSilent), audible_s)
        };
    }
    let slack_s = SLACK_S + uncertainty_s.clamp(0.0, 0.5);
    // where the tempo was changed, the pitch may have been changed with it
    let mut versions = vec![ours];
    if (time.speed - 1.0).abs() > 0.008 {
        versions.push(Loudness::of(original.values, original.start_s, 1.0 / time.speed));
    }
    let in_place: Vec<Vec<Found>> = versions
        .iter()
        .map(|ours| stretches.iter().map(|start| near(&theirs, ours, *start, time, slack_s)).collect())
        .collect();
    let level = |found: &Vec<Found>| found.iter().map(|one| one.correlation).sum::<f64>();
    let best =
        (0..versions.len()).max_by(|a, b| level(&in_place[*a]).total_cmp(&level(&in_place[*b]))).unwrap_or(0);
    let (ours, mut found) = (&versions[best], in_place[best].clone());
    anywhere(&theirs, ours, time.speed, &mut found);
    conclude(&found, audible_s)
}

/// First steps of the stretches that are audible for at least two fifths.
fn stretches(theirs: &Loudness, length: usize) -> Vec<usize> {
    (0..theirs.steps.len().saturating_sub(length - 1))
        .step_by(ADVANCE)
        .filter(|start| {
            let heard = theirs.audible[*start..start + length].iter().filter(|audible| **audible).count();
            heard * 5 >= length * 2
        })
        .collect()
}

fn near(theirs: &Loudness, ours: &Loudness, start: usize, time: &TimeMap, slack_s: f64) -> Found {
    let at_s = theirs.at_s(start);
    let expected = time.original_s(at_s);
    let steps = (slack_s / 0.01).ceil() as i32;
    let (correlation, original_s) = (-steps..=steps)
        .map(|lag| expected + f64::from(lag) * 0.01)
        .filter_map(|place| Some((correlation(theirs, ours, start, NEAR, place, time.speed)?, place)))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .unwrap_or((0.0, expected));
    let steady = moments(theirs, ours, start, NEAR, original_s, time.speed)
        .is_some_and(|[_, one, other]| one.max(other) < STEADY * STEADY * (NEAR * BANDS) as f64);
    let in_place = correlation >= IN_PLACE && !steady;
    Found { at_s, length_s: NEAR as f64 * STEP_S, original_s, correlation, in_place, steady }
}

/// Looks everywhere for stretches that are not in their place, and lets those that are found carry their neighbours.
fn anywhere(theirs: &Loudness, ours: &Loudness, speed: f64, found: &mut [Found]) {
    let missing: Vec<usize> =
        (0..found.len()).filter(|at| found[*at].correlation < ELSE && !found[*at].steady).collect();
    let length_s = FAR as f64 * STEP_S * speed;
    let span_s = (ours.steps.len() as f64 * STEP_S).min(SEARCHED_S) - length_s;
    let every = missing.len().div_ceil(SOUGHT).max(1);
    for at in missing.iter().step_by(every) {
        let Some(here) = found.get(*at).copied() else { continue };
        let start = ((here.at_s - theirs.start_s) / STEP_S).round().max(0.0) as usize;
        if start + FAR > theirs.steps.len() || span_s <= 0.0 || here.in_place || here.correlation >= ANYWHERE
        {
            continue;
        }
        let count = (span_s / 0.04) as usize;
        let best = (0..count)
            .map(|lag| ours.start_s + lag as f64 * 0.04)
            .filter_map(|place| Some((correlation(theirs, ours, start, FAR, place, speed)?, place)))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, place)) = best else { continue };
        let fine = (-4..=4)
            .map(|lag| place + f64::from(lag) * 0.01)
            .filter_map(|place| Some((correlation(theirs, ours, start, FAR, place, speed)?, place)))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((level, place)) = fine.filter(|(level, _)| *level >= ANYWHERE) else { continue };
        // the neighbours along the same line
        for other in found.iter_mut().filter(|other| other.correlation < ELSE || other.at_s == here.at_s) {
            let line = place + speed * (other.at_s - here.at_s);
            let from = ((other.at_s - theirs.start_s) / STEP_S).round().max(0.0) as usize;
            let there = (-3..=3)
                .map(|lag| line + f64::from(lag) * 0.01)
                .filter_map(|place| Some((correlation(theirs, ours, from, NEAR, place, speed)?, place)))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            if let Some((near, place)) = there
                && near.max(if other.at_s == here.at_s { level } else { 0.0 }) >= ANYWHERE
            {
                (other.correlation, other.original_s) = (near.max(ANYWHERE), place);
            }
        }
    }
}

/// Correlation of a stretch with the original from a time on, each band less its mean; none outside the original.
fn correlation(
    theirs: &Loudness,
    ours: &Loudness,
    start: usize,
    length: usize,
    original_s: f64,
    speed: f64,
) -> Option<f64> {
    let [common, square, other] = moments(theirs, ours, start, length, original_s, speed)?;
    let scale = (square * other).sqrt();
    Some(if scale > 1e-6 { common / scale } else { 0.0 })
}

/// Of a stretch and of what the original has there, each band less its mean: sum of products, sums of squares.
fn moments(
    theirs: &Loudness,
    ours: &Loudness,
    start: usize,
    length: usize,
    original_s: f64,
    speed: f64,
) -> Option<[f64; 3]> {
    let part = theirs.steps.get(start..start + length)?;
    let mut sums = [[0.0_f32; 5]; BANDS];
    for (step, one) in part.iter().enumerate() {
        let other = ours.between(original_s + speed * step as f64 * STEP_S)?;
        for ((sum, a), b) in sums.iter_mut().zip(one).zip(other) {
            for (total, value) in sum.iter_mut().zip([*a, b, a * b, a * a, b * b]) {
                *total += value;
            }
        }
    }
    let n = length as f32;
    Some(sums.iter().fold([0.0_f64; 3], |totals, [a, b, ab, aa, bb]| {
        let parts = [ab - a * b / n, aa - a * a / n, bb - b * b / n];
        std::array::from_fn(|at| totals[at] + f64::from(parts[at]))
    }))
}

fn conclude(found: &[Found], audible_s: f64) -> SoundComparison {
    let telling: Vec<&Found> = found.iter().filter(|one| !one.steady).collect();
    let count = telling.len().max(1) as f64;
    let share = |test: &dyn Fn(&Found) -> bool| telling.iter().filter(|one| test(one)).count() as f64 / count;
    let (here, elsewhere) =
        (share(&|one| one.in_place), share(&|one| !one.in_place && one.correlation >= ANYWHERE));
    let unlike = share(&|one| one.correlation < ELSE);
    let mut levels: Vec<f64> = found.iter().map(|one| one.correlation).collect();
    levels.sort_by(f64::total_cmp);
    let (state, reason) = if telling.len() < LEAST_TELLING.min(found.len()) {
        (SoundState::Undecided, Some(SoundReason::Steady))
    } else if here >= MOST && unlike < 0.1 {
        (SoundState::Same, None)
    } else if elsewhere >= 0.2 || (here >= 0.2 && unlike >= 0.2) {
        (SoundState::Recut, None)
    } else if here + elsewhere <= FEW && unlike >= 0.6 {
        (SoundState::Other, None)
    } else {
        (SoundState::Undecided, Some(SoundReason::PartlyAlike))
    };
    SoundComparison {
        state,
        reason,
        stretches: joined(found),
        audible_s,
        shares: [here, elsewhere],
        correlation: levels.get(levels.len() / 2).copied().unwrap_or(0.0),
    }
}

/// Neighbouring stretches on one line become one.
fn joined(found: &[Found]) -> Vec<SoundStretch> {
    let mut stretches: Vec<(SoundStretch, f64)> = Vec::new();
    for one in found.iter().filter(|one| !one.steady && (one.in_place || one.correlation >= ANYWHERE)) {
        let to = one.at_s + one.length_s;
        let original = [one.original_s, one.original_s + one.length_s];
        match stretches.last_mut() {
            Some((last, count))
                if last.in_place == one.in_place
                    && one.at_s <= last.suspect_span_s[1] + 0.5
                    && (original[1] - last.original_span_s[1] - (to - last.suspect_span_s[1])).abs()
                        < 0.3 =>
            {
                (last.suspect_span_s[1], last.original_span_s[1]) = (to, original[1]);
                last.correlation = (last.correlation * *count + one.correlation) / (*count + 1.0);
                *count += 1.0;
            }
            _ => stretches.push((
                SoundStretch {
                    suspect_span_s: [one.at_s, to],
                    original_span_s: original,
                    in_place: one.in_place,
                    correlation: one.correlation,
                },
                1.0,
            )),
        }
    }
    stretches.into_iter().map(|(stretch, _)| stretch).collect()
}
