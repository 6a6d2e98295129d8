//! Whether the sound is the original's: in its place, re-cut, or another's. The samples themselves are held against each other around the place that the
//! picture gives; fingerprints know the rest of the original.

use podlinnik_domain::trace::{SoundSpan, SoundState, SoundTrace};
use podlinnik_media::{MediaError, ScanPlan, Sound};
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_similarity::tracing::{
    Samples, SoundComparison, SoundReason, SoundState as Heard, SoundStretch, compare_sound,
};

use super::place::{Placed, Sides};
use super::{prints, thousandths};

/// Longest excerpt whose samples are compared, in seconds; for longer ones fingerprints are enough.
const LISTENED_S: f64 = 240.0;
/// Seconds of the original before and after the excerpt in which re-cut sound is sought by its samples.
const AROUND_S: f64 = 15.0;
/// Samples a second.
const RATE: f64 = podlinnik_media::sound::SOUND_RATE as f64;
/// A hole in a sound that is filled with silence, at most, in seconds.
const LONGEST_HOLE_S: f64 = 60.0;

/// Compares the sound of an excerpt with that of its original. `has_sound`: the suspect has a sound track.
pub(super) fn listen(
    sides: &Sides<'_>,
    placed: &Placed,
    suspect: &MediaSignature,
    original: Option<&MediaSignature>,
    has_sound: bool,
) -> Result<SoundTrace, MediaError> {
    let by_print = prints::compare(suspect, original, placed);
    let [from_s, until_s] = placed.suspect_span_s;
    let Some(alignment) =
        placed.alignment.as_ref().filter(|_| has_sound && !sides.still && until_s - from_s <= LISTENED_S)
    else {
        return Ok(by_print);
    };
    let [original_from_s, original_until_s] = placed.original_span_s();
    let around = [(original_from_s - AROUND_S).max(0.0), original_until_s + AROUND_S];
    let (theirs, start_s) =
        joined(&sides.read_suspect(&ScanPlan::sound_only(vec![[from_s, until_s]]))?.sounds);
    let (ours, original_start_s) = joined(&sides.read_original(&ScanPlan::sound_only(vec![around]))?.sounds);
    let compared = compare_sound(
        &Samples { values: &theirs, start_s },
        &Samples { values: &ours, start_s: original_start_s },
        &alignment.time,
        alignment.time_uncertainty_s,
    );
    Ok(conclude(by_print, &compared))
}

/// One run of samples and when it begins; holes become silence.
fn joined(sounds: &[Sound]) -> (Vec<f32>, f64) {
    let start_s = sounds.first().map_or(0.0, |sound| sound.at_s);
    let mut samples: Vec<f32> = Vec::new();
    for sound in sounds {
        let hole_s = sound.at_s - start_s - samples.len() as f64 / RATE;
        if hole_s > 0.01 {
            samples.resize(samples.len() + (hole_s.min(LONGEST_HOLE_S) * RATE) as usize, 0.0);
        }
        samples.extend_from_slice(&sound.samples);
    }
    (samples, start_s)
}

/// Samples decide about the place, fingerprints about the rest of the original. Where they contradict each other nothing is said.
fn conclude(by_print: SoundTrace, compared: &SoundComparison) -> SoundTrace {
    let told = |state, reason: Option<&str>| SoundTrace {
        state,
        reason: reason.map(str::to_owned),
        spans: compared.stretches.iter().map(span).collect(),
    };
    match (compared.state, by_print.state) {
        (Heard::Same, _) => told(SoundState::Same, None),
        (Heard::Silent, _) => told(SoundState::Silent, None),
        (Heard::Recut, _) => {
            let mut recut = told(SoundState::Recut, None);
            let apart = |span: &SoundSpan| {
                recut.spans.iter().all(|known| {
                    known.suspect_span_s[1] <= span.suspect_span_s[0]
                        || span.suspect_span_s[1] <= known.suspect_span_s[0]
                })
            };
            let more: Vec<SoundSpan> = by_print.spans.iter().filter(|span| apart(span)).copied().collect();
            recut.spans.extend(more);
            recut.spans.sort_by(|one, other| one.suspect_span_s[0].total_cmp(&other.suspect_span_s[0]));
            recut
        }
        (Heard::Other, SoundState::Recut) | (Heard::Undecided, SoundState::Same | SoundState::Recut) => {
            by_print
        }
        (Heard::Other, SoundState::Same) => told(SoundState::Undecided, Some("unclear")),
        (Heard::Other, _) => told(SoundState::Other, None),
        (Heard::Undecided, _) => told(SoundState::Undecided, compared.reason.map(code)),
    }
}

const fn code(reason: SoundReason) -> &'static str {
    match reason {
        SoundReason::TooShort => "too_short",
        SoundReason::OriginalSilent => "original_silent",
        SoundReason::PartlyAlike | SoundReason::Steady => "unclear",
    }
}

fn span(stretch: &SoundStretch) -> SoundSpan {
    SoundSpan {
        suspect_span_s: stretch.suspect_span_s.map(thousandths),
        original_span_s: stretch.original_span_s.map(thousandths),
        in_place: Some(stretch.in_place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(state: Heard, suspect_span_s: [f64; 2]) -> SoundComparison {
        let stretch = SoundStretch {
            suspect_span_s,
            original_span_s: suspect_span_s.map(|at_s| at_s + 10.0),
            in_place: true,
            correlation: 0.9,
        };
        let (audible_s, shares, correlation) = (9.0, [0.5, 0.0], 0.9);
        let reason = (state == Heard::Undecided).then_some(SoundReason::PartlyAlike);
        SoundComparison { state, reason, stretches: vec![stretch], audible_s, shares, correlation }
    }

    fn printed(state: SoundState, suspect_span_s: [f64; 2]) -> SoundTrace {
        let original_span_s = suspect_span_s.map(|at_s| at_s + 500.0);
        SoundTrace {
            state,
            reason: None,
            spans: vec![SoundSpan { suspect_span_s, original_span_s, in_place: Some(false) }],
        }
    }

    #[test]
    fn samples_decide_about_the_place_and_prints_about_the_rest() {
        let said = |heard, printed_state| {
            conclude(printed(printed_state, [6.0, 9.0]), &compared(heard, [0.0, 5.0])).state
        };
        assert_eq!(said(Heard::Same, SoundState::Undecided), SoundState::Same);
        assert_eq!(said(Heard::Other, SoundState::Other), SoundState::Other);
        assert_eq!(said(Heard::Other, SoundState::Recut), SoundState::Recut, "it comes from another place");
        assert_eq!(said(Heard::Other, SoundState::Same), SoundState::Undecided, "they contradict each other");
        assert_eq!(said(Heard::Undecided, SoundState::Same), SoundState::Same);
        assert_eq!(said(Heard::Undecided, SoundState::Other), SoundState::Undecided);
        let recut = conclude(printed(SoundState::Recut, [6.0, 9.0]), &compared(Heard::Recut, [0.0, 5.0]));
        assert_eq!(recut.spans.len(), 2, "both pieces are told");
        let same_piece =
            conclude(printed(SoundState::Recut, [1.0, 4.0]), &compared(Heard::Recut, [0.0, 5.0]));
        assert_eq!(same_piece.spans.len(), 1);
    }

    #[test]
    fn holes_in_a_sound_are_silence() {
        let sound = |at_s: f64| Sound { at_s, samples: vec![0.5; 16_000] };
        let (samples, start_s) = joined(&[sound(3.0), sound(5.0)]);
        assert_eq!((samples.len(), start_s), (48_000, 3.0));
        assert_eq!((samples[20_000], samples[40_000]), (0.0, 0.5));
        assert_eq!(joined(&[]).0.len(), 0);
    }
}
