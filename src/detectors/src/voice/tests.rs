use std::sync::Arc;
use std::time::{Duration, Instant};

use ndarray::Array2;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::media::MediaKind;
use podlinnik_media::Sound;
use podlinnik_onnx::FakeEngine;

use super::*;

/// Answers with a logit that follows the mean of the window's squares: what is louder sounds more synthetic.
fn engine() -> Arc<dyn Engine> {
    Arc::new(FakeEngine::new(MODEL, "nowhere", |inputs| {
        let samples = &inputs[0];
        assert_eq!(samples.shape()[1], 64_000);
        let logits: Vec<f32> = samples
            .outer_iter()
            .map(|window| window.iter().map(|sample| sample * sample).sum::<f32>() / 64_000.0 * 100.0)
            .collect();
        Ok(vec![Array2::from_shape_vec((logits.len(), 1), logits).unwrap().into_dyn()])
    }))
}

fn text(support_from: f64) -> String {
    format!(
        r#"{{ "schema": "podlinnik-voice-calibration/1", "id": "voice-test", "model_sha256": "{}", "expires": "2027-06-01", "least_speech_s": 1.5,
             "buckets": [{{ "id": "voice-all", "high_db_min": -90.0, "high_db_max": 0.0, "spread_db": [10.0, 90.0], "logit": [-9.0, 9.0],
                "slope": 0.5, "intercept": 0.0, "support_from_logit": {support_from}, "llr10_max": 1.1, "fpr_upper95": 0.04 }}] }}"#,
        Sha256::of(MODEL.as_bytes())
    )
}

fn method(support_from: f64) -> Voice {
    let calibration = VoiceCalibration::parse(&text(support_from), Sha256::of(MODEL.as_bytes())).unwrap();
    Voice::with(engine(), Some(calibration))
}

/// Syllables: a buzz of 150 Hz with harmonics, four times a second, silent in between.
fn speech(seconds: f64, loudness: f32) -> Vec<f32> {
    (0..(seconds * 16_000.0) as usize)
        .map(|at| {
            let time = at as f32 / 16_000.0;
            let buzz: f32 =
                (1..12).map(|n| (time * 150.0 * n as f32 * std::f32::consts::TAU).sin() / n as f32).sum();
            let on = if (time * 4.0).fract() < 0.6 { 1.0 } else { 0.003 };
            buzz * on * loudness * 0.3
        })
        .collect()
}

fn media(sounds: Vec<Sound>) -> Evidence {
    let (tracks, windows) = (Vec::new(), Vec::new());
    Evidence { kind: MediaKind::Audio, frames: 0, tracks, dropped_prominence: 0.0, sounds, windows }
}

fn context() -> Context {
    Context {
        threads: 1,
        deadline: Instant::now() + Duration::from_secs(60),
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        pictures: false,
        made: Vec::new(),
    }
}

fn examine(method: &Voice, samples: Vec<f32>) -> MethodResult {
    method.examine(&media(vec![Sound { at_s: 3.0, samples }]), &mut context()).unwrap()
}

#[test]
fn a_suspicious_voice_is_answered_with_its_windows() {
    let mut samples = speech(8.0, 1.0);
    samples.extend(speech(4.0, 0.5));
    let result = examine(&method(0.2), samples);
    assert_eq!(result.locations.len(), 3);
    assert_eq!(result.locations[2].span_s, Some([11.0, 15.0]), "the quiet window comes last");
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_debug_snapshot!("a_voice", result);
    });
}

#[test]
fn below_the_support_threshold_no_word_of_support_comes() {
    let Outcome::Answered { llr10, .. } = examine(&method(8.0), speech(8.0, 1.0)).outcome else { panic!() };
    assert!(llr10.value() <= 0.3 && llr10.value() > 0.0, "{llr10:?}");
}

#[test]
fn what_is_no_speech_is_not_judged() {
    let method = method(0.2);
    let silence = vec![0.0; 64_000];
    let hum: Vec<f32> = (0..64_000).map(|at| (at as f32 * 0.05).sin() * 0.3).collect();
    let mut state = 1_u32;
    let noise: Vec<f32> = (0..64_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 / 65_536.0 - 0.5
        })
        .collect();
    for samples in [silence, hum, noise, Vec::new(), speech(0.4, 1.0)] {
        let result = examine(&method, samples);
        assert_eq!(result.outcome, Outcome::NotApplicable(Reason::NoSpeech));
        assert!(result.locations.is_empty() && result.score.is_none());
    }
    let none = method.examine(&media(Vec::new()), &mut context()).unwrap();
    assert_eq!(none.outcome, Outcome::NotApplicable(Reason::NoSound), "no sound track is something else");
}

#[test]
fn it_abstains_where_it_was_not_validated() {
    assert_eq!(examine(&method(0.2), speech(2.0, 1.0)).outcome, Outcome::Abstained(Reason::ClipTooShort));
    let outside = text(0.2).replace("[-9.0, 9.0]", "[-9.0, -8.0]");
    let outside = VoiceCalibration::parse(&outside, Sha256::of(MODEL.as_bytes())).unwrap();
    let outside = examine(&Voice::with(engine(), Some(outside)), speech(8.0, 1.0));
    assert_eq!(outside.outcome, Outcome::Abstained(Reason::OutOfDistribution));
    assert!(outside.score.is_some(), "measured all the same");
    let narrow = text(0.2).replace("\"high_db_min\": -90.0", "\"high_db_min\": -1.0");
    let narrow = VoiceCalibration::parse(&narrow, Sha256::of(MODEL.as_bytes())).unwrap();
    let narrow = examine(&Voice::with(engine(), Some(narrow)), speech(8.0, 1.0));
    assert_eq!(narrow.outcome, Outcome::Abstained(Reason::RecompressedBeyondValidation));
    let bare = examine(&Voice::with(engine(), None), speech(8.0, 1.0));
    assert_eq!(bare.outcome, Outcome::Abstained(Reason::CalibrationExpired));
    let mut late = context();
    late.deadline = Instant::now();
    let late =
        method(0.2).examine(&media(vec![Sound { at_s: 0.0, samples: speech(8.0, 1.0) }]), &mut late).unwrap();
    assert_eq!(late.outcome, Outcome::Abstained(Reason::TimeBudgetExceeded));
}

#[test]
fn a_calibration_of_other_weights_or_without_sense_is_refused() {
    assert!(VoiceCalibration::parse(&text(0.2), Sha256::of(b"other")).is_err());
    for (from, to) in [
        ("\"slope\": 0.5", "\"slope\": -0.5"),
        ("0.04", "1.4"),
        ("\"llr10_max\": 1.1", "\"llr10_max\": -1.0"),
    ] {
        assert!(
            VoiceCalibration::parse(&text(0.2).replace(from, to), Sha256::of(MODEL.as_bytes())).is_err(),
            "{to}"
        );
    }
}

#[test]
fn windows_cover_a_stretch() {
    assert_eq!(listen::windows(0), [(0, 0)]);
    assert_eq!(listen::windows(20_000), [(0, 20_000)]);
    assert_eq!(listen::windows(192_000), [(0, WINDOW), (64_000, WINDOW), (128_000, WINDOW)]);
    assert_eq!(listen::windows(64_000 + 31_999), [(0, WINDOW)]);
    assert_eq!(listen::windows(64_000 + 32_000), [(0, WINDOW), (32_000, WINDOW)]);
    assert_eq!(listen::filled(&[1.0, 2.0]).len(), WINDOW);
}

#[test]
fn bandwidth_is_told_from_the_power_above_four_kilohertz() {
    let bright: Vec<f32> = speech(4.0, 1.0)
        .iter()
        .zip(0..)
        .map(|(sample, at)| sample + if at % 2 == 0 { 0.1 } else { -0.1 } * sample.abs())
        .collect();
    let dull = listen::measure(&speech(4.0, 1.0)).unwrap();
    let bright = listen::measure(&bright).unwrap();
    assert!(dull.high_db < -40.0 && bright.high_db > dull.high_db + 15.0, "{dull:?} {bright:?}");
    assert!((2.0..3.0).contains(&dull.speech_s), "{dull:?}");
}
