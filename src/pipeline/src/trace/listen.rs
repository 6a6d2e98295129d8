//! Whether the sound is the original's: in its place, re-cut, or another's.

use podlinnik_domain::trace::{SoundSpan, SoundState, SoundTrace};
use podlinnik_similarity::signature::MediaSignature;

use super::place::Placed;

/// The sound lies where the picture says, within so many seconds: messengers shift it by up to two frames, a fingerprint is exact to an eighth.
const IN_PLACE_S: f64 = 0.3;
/// Seconds of audible sound without which nothing can be said.
const LEAST_S: f64 = 5.0;
/// Share of the suspect's audible sound that has to be the original's.
const MOST: f64 = 0.7;

/// Compares fingerprints.
pub(super) fn listen(
    suspect: &MediaSignature,
    original: Option<&MediaSignature>,
    placed: &Placed,
) -> SoundTrace {
    let audible = |signature: &MediaSignature, [from_s, until_s]: [f64; 2]| {
        signature.sound().map_or(0.0, |sound| {
            let mask = sound.audible_mask().iter().enumerate();
            let inside = mask.filter(|(at, audible)| **audible && (from_s..until_s).contains(&sound.at_s(*at)));
            inside.count() as f64 * (sound.at_s(1) - sound.at_s(0))
        })
    };
    let told = |state, reason: Option<&str>, spans| SoundTrace { state, reason: reason.map(str::to_owned), spans };
    let here_s = audible(suspect, placed.suspect_span_s);
    if suspect.sound().is_none_or(|sound| sound.audible() == 0) {
        return told(SoundState::Silent, None, Vec::new());
    }
    if here_s < LEAST_S {
        return told(SoundState::Undecided, Some("too_short"), Vec::new());
    }
    let there_s = original.map_or(0.0, |original| audible(original, placed.original_span_s()));
    let Some(sound) = placed.candidate.sound else {
        return if there_s < LEAST_S {
            told(SoundState::Undecided, Some("original_silent"), Vec::new())
        } else {
            told(SoundState::Other, None, Vec::new())
        };
    };
    let spans = vec![SoundSpan {
        suspect_span_s: sound.suspect_span_s.map(super::thousandths),
        original_span_s: sound.original_span_s.map(super::thousandths),
    }];
    let [from_s, _] = sound.suspect_span_s;
    let expected_s = placed.alignment.as_ref().map(|alignment| alignment.time.original_s(from_s));
    let in_place = expected_s.is_none_or(|expected_s| (expected_s - sound.original_span_s[0]).abs() <= IN_PLACE_S);
    if in_place && sound.matched_s >= MOST * here_s {
        told(SoundState::Same, None, spans)
    } else {
        told(SoundState::Recut, None, spans)
    }
}
