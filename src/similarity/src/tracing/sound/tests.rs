//! Syllables of filtered noise: nobody speaks.

use super::*;
use crate::tracing::TimeMap;

const RATE: f64 = 16_000.0;

/// A sound of bursts whose pitch and loudness follow a pseudo-random score; different for every seed.
fn syllables(seed: u64, seconds: f64) -> Vec<f32> {
    let random = |at: u64| {
        let mut value = (seed * 7919 + at).wrapping_add(0x9e37_79b9_7f4a_7c15);
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (value >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..(seconds * RATE) as u64)
        .map(|at| {
            let time = at as f64 / RATE;
            let beat = (time / 0.17).floor();
            let key = beat as u64 * 16;
            let place = (time - beat * 0.17) / (0.06 + 0.11 * random(key));
            let swell = if place < 1.0 { (std::f64::consts::PI * place).sin() } else { 0.0 };
            let tone: f64 = (1..5)
                .map(|part| {
                    let hertz = 140.0 + 2400.0 * random(key + part).powi(2);
                    (std::f64::consts::TAU * hertz * time).sin() * random(key + part + 6)
                })
                .sum();
            (0.15 * swell * tone + 0.004 * (random(at + (1 << 40)) - 0.5)) as f32
        })
        .collect()
}

fn samples(values: &[f32], start_s: f64) -> Samples<'_> {
    Samples { values, start_s }
}

fn map(speed: f64, offset_s: f64) -> TimeMap {
    TimeMap { speed, offset_s }
}

fn cut(values: &[f32], from_s: f64, to_s: f64) -> Vec<f32> {
    values[(from_s * RATE) as usize..(to_s * RATE) as usize].to_vec()
}

#[test]
fn an_excerpt_in_its_place_is_the_same() {
    let original = syllables(1, 20.0);
    let mut suspect = cut(&original, 5.0, 12.0);
    // quieter and dulled
    for at in (1..suspect.len()).rev() {
        suspect[at] = 0.2 * (suspect[at] + suspect[at - 1]);
    }
    let comparison = compare_sound(&samples(&suspect, 0.0), &samples(&original, 0.0), &map(1.0, 5.03), 0.02);
    assert_eq!(comparison.state, SoundState::Same, "{comparison:?}");
    let stretch = comparison.stretches[0];
    assert!(stretch.in_place && stretch.suspect_span_s[1] > 6.0);
    assert!((stretch.original_span_s[0] - stretch.suspect_span_s[0] - 5.0).abs() < 0.05);
}

#[test]
fn anothers_sound_is_another() {
    let (original, other) = (syllables(1, 20.0), syllables(2, 7.0));
    let comparison = compare_sound(&samples(&other, 0.0), &samples(&original, 0.0), &map(1.0, 5.0), 0.02);
    assert_eq!(comparison.state, SoundState::Other, "{comparison:?}");
    assert!(comparison.stretches.is_empty());
}

#[test]
fn a_tone_cannot_be_told_from_itself() {
    let tone = |hertz: f64, seconds: f64| -> Vec<f32> {
        let count = (seconds * RATE) as u64;
        (0..count).map(|at| (0.3 * (std::f64::consts::TAU * hertz * at as f64 / RATE).sin()) as f32).collect()
    };
    let original = tone(330.0, 20.0);
    for suspect in [tone(330.0, 7.0), tone(500.0, 7.0)] {
        let compared = compare_sound(&samples(&suspect, 0.0), &samples(&original, 0.0), &map(1.0, 5.0), 0.02);
        assert_eq!((compared.state, compared.reason), (SoundState::Undecided, Some(SoundReason::Steady)));
    }
    let speech = syllables(1, 7.0);
    let compared = compare_sound(&samples(&speech, 0.0), &samples(&original, 0.0), &map(1.0, 5.0), 0.02);
    assert_eq!(compared.state, SoundState::Other, "speech over a tone: {compared:?}");
}

#[test]
fn shifted_or_cut_together_anew_is_recut() {
    let original = syllables(1, 30.0);
    let shifted = cut(&original, 11.0, 18.0);
    let comparison = compare_sound(&samples(&shifted, 0.0), &samples(&original, 0.0), &map(1.0, 5.0), 0.02);
    assert_eq!(comparison.state, SoundState::Recut, "{comparison:?}");
    let stretch = comparison.stretches[0];
    assert!(!stretch.in_place && (stretch.original_span_s[0] - 11.0).abs() < 0.6, "{stretch:?}");
    let mut spliced = cut(&original, 5.0, 9.0);
    spliced.extend(cut(&original, 20.0, 24.0));
    let comparison = compare_sound(&samples(&spliced, 0.0), &samples(&original, 0.0), &map(1.0, 5.0), 0.02);
    assert_eq!(comparison.state, SoundState::Recut, "{comparison:?}");
    assert!(comparison.stretches.iter().any(|stretch| stretch.in_place));
    assert!(
        comparison
            .stretches
            .iter()
            .any(|stretch| !stretch.in_place && (stretch.original_span_s[0] - 20.0).abs() < 1.0)
    );
}

#[test]
fn played_faster_it_is_still_the_same() {
    let original = syllables(1, 20.0);
    let speed = 1.06;
    // resampled: tempo and pitch together
    let suspect: Vec<f32> = (0..(8.0 * RATE) as usize)
        .map(|at| {
            let place = 4.0 * RATE + at as f64 * speed;
            let (low, part) = (place as usize, place.fract() as f32);
            original[low] + part * (original[low + 1] - original[low])
        })
        .collect();
    let comparison = compare_sound(&samples(&suspect, 0.0), &samples(&original, 0.0), &map(speed, 4.0), 0.02);
    assert_eq!(comparison.state, SoundState::Same, "{comparison:?}");
}

#[test]
fn silence_little_sound_and_nonsense() {
    let original = syllables(1, 10.0);
    let silent = vec![0.0; 80_000];
    let state = |values: &[f32], time: TimeMap| {
        let comparison = compare_sound(&samples(values, 0.0), &samples(&original, 0.0), &time, 0.02);
        (comparison.state, comparison.reason)
    };
    assert_eq!(state(&silent, map(1.0, 0.0)), (SoundState::Silent, None));
    assert_eq!(state(&[], map(1.0, 0.0)), (SoundState::Silent, None));
    assert_eq!(
        state(&original[..24_000], map(1.0, 0.0)),
        (SoundState::Undecided, Some(SoundReason::TooShort))
    );
    assert_eq!(state(&original, map(f64::NAN, 0.0)), (SoundState::Undecided, Some(SoundReason::TooShort)));
    assert_eq!(state(&vec![f32::NAN; 80_000], map(1.0, 0.0)).0, SoundState::Silent);
    // a voice where the original has none
    let comparison =
        compare_sound(&samples(&original, 0.0), &samples(&[0.0; 320_000], 0.0), &map(1.0, 2.0), 0.02);
    assert_eq!(comparison.state, SoundState::Other);
    let comparison = compare_sound(&samples(&original, 0.0), &samples(&[], 0.0), &map(1.0, 2.0), 0.02);
    assert_eq!(comparison.reason, Some(SoundReason::OriginalSilent));
}
