//! Whether the sound is the original's by their fingerprints: anywhere in it, however long it is, but to an eighth of a second and from five seconds on.

use podlinnik_domain::trace::{SoundSpan, SoundState, SoundTrace};
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_similarity::sound::{ITEM_S, SoundMatch, SoundPrint, align};

use super::place::Placed;
use super::thousandths;

/// The sound lies where the picture says, within so many seconds: messengers shift it by up to two frames, a fingerprint is exact to an eighth.
const IN_PLACE_S: f64 = 0.3;
/// Seconds of audible sound without which nothing can be said.
const LEAST_S: f64 = 5.0;
/// Share of the suspect's audible sound that has to lie in its place for the sound to be the original's.
const MOST: f64 = 0.7;
/// Share of it that has to be the original's at all to be called re-cut.
const HALF: f64 = 0.5;

/// Compares. Where the picture says nothing of the time, the sound is in its place wherever it lies.
pub(super) fn compare(
    suspect: &MediaSignature,
    original: Option<&MediaSignature>,
    placed: &Placed,
) -> SoundTrace {
    let expected = |at_s: f64| placed.alignment.as_ref().map(|alignment| alignment.time.original_s(at_s));
    judge(
        suspect.sound(),
        original.and_then(MediaSignature::sound),
        placed.suspect_span_s,
        placed.original_span_s(),
        &expected,
    )
}

/// Seconds of audible sound in a span.
fn audible_s(sound: &SoundPrint, [from_s, until_s]: [f64; 2]) -> f64 {
    let inside = |at: usize| (from_s..until_s).contains(&sound.at_s(at));
    let count =
        sound.audible_mask().iter().enumerate().filter(|(at, audible)| **audible && inside(*at)).count();
    count as f64 * ITEM_S
}

fn judge(
    suspect: Option<&SoundPrint>,
    original: Option<&SoundPrint>,
    suspect_span_s: [f64; 2],
    original_span_s: [f64; 2],
    expected: &dyn Fn(f64) -> Option<f64>,
) -> SoundTrace {
    let apart_s = |found: &SoundMatch| {
        expected(found.suspect_span_s[0]).map(|expected_s| (expected_s - found.original_span_s[0]).abs())
    };
    let told = |state, reason: Option<&str>, matches: &[SoundMatch]| SoundTrace {
        state,
        reason: reason.map(str::to_owned),
        spans: matches
            .iter()
            .map(|found| SoundSpan {
                suspect_span_s: found.suspect_span_s.map(thousandths),
                original_span_s: found.original_span_s.map(thousandths),
                in_place: apart_s(found).map(|apart_s| apart_s <= IN_PLACE_S),
            })
            .collect(),
    };
    let Some(suspect) = suspect.filter(|sound| sound.audible() > 0) else {
        return told(SoundState::Silent, None, &[]);
    };
    let here_s = audible_s(suspect, suspect_span_s);
    if here_s < LEAST_S {
        return told(SoundState::Undecided, Some("too_short"), &[]);
    }
    let Some(original) = original.filter(|sound| audible_s(sound, original_span_s) >= LEAST_S) else {
        return told(SoundState::Undecided, Some("original_silent"), &[]);
    };
    let mut matches = align(suspect, original);
    matches.sort_by(|one, other| one.suspect_span_s[0].total_cmp(&other.suspect_span_s[0]));
    let sure: Vec<SoundMatch> = matches.iter().filter(|found| found.is_confirmed()).copied().collect();
    let length_s = |found: &SoundMatch| audible_s(suspect, found.suspect_span_s);
    let in_place = |found: &&SoundMatch| apart_s(found).is_none_or(|apart_s| apart_s <= IN_PLACE_S);
    let in_place_s: f64 = sure.iter().filter(in_place).map(length_s).sum();
    let sure_s: f64 = sure.iter().map(length_s).sum();
    let perhaps_s: f64 = matches.iter().map(length_s).sum();
    if in_place_s >= MOST * here_s {
        told(SoundState::Same, None, &sure)
    } else if sure_s >= HALF * here_s {
        told(SoundState::Recut, None, &sure)
    } else if matches.is_empty() {
        told(SoundState::Other, None, &[])
    } else if sure_s > 0.0 && perhaps_s < HALF * here_s {
        told(SoundState::Other, Some("in_part"), &sure)
    } else {
        // what resembles the original's from afar may be that, badly compressed: it is not called another's
        told(SoundState::Undecided, Some("unclear"), &[])
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_similarity::sound::SoundBuilder;

    use super::*;

    /// Seconds of changing chords; `seed` says which.
    fn sound(seed: u64, from_s: f64, until_s: f64) -> Vec<f32> {
        let samples = (from_s * 16_000.0) as u64..(until_s * 16_000.0) as u64;
        samples
            .map(|sample| {
                let at_s = sample as f64 / 16_000.0;
                let chord = sample / 11_000;
                let tone = |number: u64| {
                    let dice = (chord * 3 + number + seed * 1000).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
                    let hertz = 150.0 + (dice % 1500) as f64;
                    (at_s * hertz * std::f64::consts::TAU).sin() * 0.1
                };
                (0..3).map(tone).sum::<f64>() as f32
            })
            .collect()
    }

    fn print(pieces: &[Vec<f32>]) -> SoundPrint {
        let mut builder = SoundBuilder::new();
        let mut at_s = 0.0;
        for piece in pieces {
            builder.push(piece, at_s);
            at_s += piece.len() as f64 / 16_000.0;
        }
        builder.finish().unwrap()
    }

    #[test]
    fn the_same_recut_and_other_sound_are_told_apart() {
        let original = print(&[sound(1, 0.0, 60.0)]);
        let judged = |pieces: &[Vec<f32>]| {
            let expected = |at_s: f64| Some(at_s + 10.0);
            judge(Some(&print(pieces)), Some(&original), [0.0, 30.0], [10.0, 40.0], &expected)
        };
        let same = judged(&[sound(1, 10.0, 40.0)]);
        assert_eq!(same.state, SoundState::Same, "{same:?}");
        let shifted = judged(&[sound(1, 13.0, 43.0)]);
        assert_eq!(shifted.state, SoundState::Recut, "{shifted:?}");
        let cut = judged(&[sound(1, 10.0, 25.0), sound(1, 45.0, 60.0)]);
        assert_eq!(cut.state, SoundState::Recut, "{cut:?}");
        let other = judged(&[sound(2, 10.0, 40.0)]);
        assert!(matches!(other.state, SoundState::Other | SoundState::Undecided), "{other:?}");
        let hiss: Vec<f32> = (0..480_000_u64)
            .map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / 84e6 - 0.1)
            .collect();
        assert_eq!(judged(&[hiss]).state, SoundState::Other);
        let partly = judged(&[sound(1, 10.0, 19.0), sound(2, 20.0, 41.0)]);
        assert!(!matches!(partly.state, SoundState::Same | SoundState::Recut), "{partly:?}");
        assert_eq!(judged(&[vec![0.0; 480_000]]).state, SoundState::Silent);
        assert_eq!(judged(&[sound(1, 10.0, 13.0)]).state, SoundState::Undecided, "too short");
    }

    #[test]
    fn a_silent_original_decides_nothing() {
        let silent = print(&[vec![0.0; 480_000]]);
        let told =
            judge(Some(&print(&[sound(1, 0.0, 30.0)])), Some(&silent), [0.0, 30.0], [0.0, 30.0], &|_| None);
        assert_eq!((told.state, told.reason.as_deref()), (SoundState::Undecided, Some("original_silent")));
    }
}
