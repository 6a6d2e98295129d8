use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ndarray::{Array, ArrayD};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::media::MediaKind;
use podlinnik_onnx::FakeEngine;

use super::*;
use crate::face::{CROP_SIDE, CropQuality, Face, Pixels, Square};

/// Answers with a logit that follows the mean of the crop: 128 → 0, 255 → +8 times `gain`.
fn engine(gain: f32) -> Arc<dyn Engine> {
    Arc::new(FakeEngine::new(MODEL, "nowhere", move |inputs| {
        let faces = &inputs[0];
        assert_eq!(&faces.shape()[1..], [3, 224, 224]);
        assert!(faces.iter().all(|value| (0.0..=1.0).contains(value)));
        let count = faces.shape()[0];
        let logits: Vec<f32> = faces
            .outer_iter()
            .map(|face| (face.mean().unwrap_or(0.0) - 128.0 / 255.0) * 16.0 * gain)
            .collect();
        let maps = Array::from_shape_fn((count, 1, 14, 14), |(n, _, y, x)| {
            logits[n] + if y == 3 && x == 4 { 4.0 } else { -2.0 }
        });
        let logits = Array::from_shape_vec((count, 1), logits).unwrap();
        Ok(vec![logits.into_dyn(), maps.into_dyn()])
    }))
}

fn calibration() -> Calibration {
    let text = format!(
        r#"{{ "schema": "podlinnik-calibration/1", "id": "test-2026", "model_sha256": "{}", "expires": "2027-06-01",
             "buckets": [{{ "id": "face64-up", "face_px_min": 64, "quality_min": -6.5, "quality_max": 3.0,
                "map": {{ "kind": "logistic", "slope": 0.5, "intercept": 0.0 }},
                "ceiling": {{ "llr10_max": 1.3, "llr10_min": -0.8 }}, "fpr_upper95": 0.031 }}] }}"#,
        Sha256::of(MODEL.as_bytes())
    );
    Calibration::parse(&text, Sha256::of(MODEL.as_bytes())).unwrap()
}

fn method() -> FaceManipulation {
    FaceManipulation::with(engine(1.0), Some(calibration()))
}

fn face(frame: u32, side: f64, grey: u8) -> Face {
    let rgb: Vec<u8> = (0..CROP_SIDE * CROP_SIDE)
        .flat_map(|i| {
            [grey.saturating_add((i % CROP_SIDE / 32 % 2) as u8 * 4 + ((i % 2) ^ (i / CROP_SIDE % 2)) as u8);
                3]
        })
        .collect();
    let crop = Pixels { width: CROP_SIDE, height: CROP_SIDE, rgb };
    let square = Square { x: 200.0, y: 150.0, side };
    Face::from_crop(frame, frame / 2, f64::from(frame) * 0.5, square, 1.0, crop)
}

fn track(index: u32, side: f64, greys: &[u8]) -> Track {
    Track { index, faces: (0..).zip(greys).map(|(frame, grey)| face(frame, side, *grey)).collect() }
}

fn clip(tracks: Vec<Track>) -> Evidence {
    let (sounds, windows) = (Vec::new(), Vec::new());
    Evidence { kind: MediaKind::Video, frames: 8, tracks, dropped_prominence: 0.0, sounds, windows }
}

fn context() -> Context {
    Context {
        threads: 2,
        deadline: Instant::now() + Duration::from_secs(60),
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        pictures: true,
        made: Vec::new(),
    }
}

fn outcome(method: &FaceManipulation, media: &Evidence) -> Outcome {
    method.examine(media, &mut context()).unwrap().outcome
}

#[test]
fn golden_result_of_a_clip_with_two_faces() {
    let media = clip(vec![track(0, 200.0, &[150; 8]), track(1, 90.0, &[120, 121, 250, 122])]);
    let mut cx = context();
    let result = method().examine(&media, &mut cx).unwrap();
    let pictures: Vec<String> =
        cx.made.iter().map(|it| format!("{} {} {}", it.name, it.kind, it.media_type)).collect();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_debug_snapshot!("two_faces", (result, pictures));
    });
}

#[test]
fn answer_follows_the_logits_and_stays_below_the_ceiling() {
    let llr10 = |grey| match outcome(&method(), &clip(vec![track(0, 200.0, &[grey; 6])])) {
        Outcome::Answered { llr10, .. } => llr10.value(),
        other => panic!("{other:?}"),
    };
    assert!(llr10(126).abs() < 0.1);
    assert!(llr10(150) > 0.5 && llr10(150) < 1.3);
    assert!((llr10(240) - 1.3).abs() < 1e-9);
    assert!((llr10(20) + 0.3).abs() < 1e-9, "never support for genuineness");
}

#[test]
fn abstains_where_it_was_not_validated() {
    let small = clip(vec![track(0, 60.0, &[200; 6])]);
    assert_eq!(outcome(&method(), &small), Outcome::Abstained(Reason::FaceTooSmall));
    let few = clip(vec![track(0, 200.0, &[200; 2])]);
    assert_eq!(outcome(&method(), &few), Outcome::Abstained(Reason::TooFewFrames));
    let mut still = few;
    still.kind = MediaKind::Image;
    assert!(matches!(outcome(&method(), &still), Outcome::Answered { .. }));
    let mut profile = clip(vec![track(0, 200.0, &[200; 6])]);
    for face in &mut profile.tracks[0].faces {
        face.yaw_degrees = 70.0;
    }
    assert_eq!(outcome(&method(), &profile), Outcome::Abstained(Reason::FaceOccludedOrProfile));
    let result = method().examine(&profile, &mut context()).unwrap();
    assert!(result.score.is_some(), "measured, for the technical tab");
    assert_eq!(outcome(&method(), &clip(Vec::new())), Outcome::NotApplicable(Reason::NoFace));
}

#[test]
fn faces_that_were_not_followed_silence_it() {
    let mut crowd = clip(vec![track(0, 200.0, &[200; 6])]);
    crowd.dropped_prominence = 10.0 * crowd.tracks[0].prominence();
    assert_eq!(outcome(&method(), &crowd), Outcome::Abstained(Reason::TooManyFaces));
}

#[test]
fn a_face_that_cannot_be_assessed_weakens_the_answer_both_ways() {
    for grey in [150, 122] {
        let alone = clip(vec![track(0, 200.0, &[grey; 6])]);
        let beside = clip(vec![track(0, 200.0, &[grey; 6]), track(1, 60.0, &[255; 6])]);
        match (outcome(&method(), &alone), outcome(&method(), &beside)) {
            (Outcome::Answered { llr10: alone, .. }, Outcome::Answered { llr10: beside, .. }) => {
                assert!(beside.value().abs() < alone.value().abs(), "{grey}");
                assert!(beside.value() * alone.value() > 0.0, "{grey}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn answer_that_does_not_survive_re_encoding_is_withheld() {
    // A network that sees nothing but the finest detail: it says "manipulated" of noise, and the opposite once a JPEG has smoothed it.
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let touchy: Arc<dyn Engine> = Arc::new(FakeEngine::new(MODEL, "nowhere", move |inputs| {
        counted.fetch_add(1, Ordering::Relaxed);
        let count = inputs[0].shape()[0];
        let logits: Vec<f32> = inputs[0]
            .outer_iter()
            .map(|face| {
                let rough = face
                    .indexed_iter()
                    .filter(|(place, _)| place[2] > 0 && place[2] % 2 == 1)
                    .map(|(place, value)| (value - face[[place[0], place[1], place[2] - 1]]).abs())
                    .sum::<f32>();
                if rough > 5000.0 { 3.0 } else { -3.0 }
            })
            .collect();
        let maps = ArrayD::zeros(vec![count, 1, 14, 14]);
        Ok(vec![Array::from_shape_vec((count, 1), logits).unwrap().into_dyn(), maps])
    }));
    let mut media = clip(vec![track(0, 200.0, &[120; 6])]);
    for face in &mut media.tracks[0].faces {
        for (number, pixel) in face.crop.rgb.chunks_exact_mut(3).enumerate() {
            pixel.fill(if number % 2 == 0 { 70 } else { 190 });
        }
        face.quality = CropQuality::of(&face.crop);
    }
    let method = FaceManipulation::with(touchy, Some(calibration()));
    let result = method.examine(&media, &mut context()).unwrap();
    assert_eq!(result.outcome, Outcome::Abstained(Reason::UnstableUnderReencoding));
    assert!(result.score.is_some_and(|score| score > 0.9), "the score is kept: {:?}", result.score);
    assert!(calls.load(Ordering::Relaxed) > 2);
}

#[test]
fn expired_missing_and_withdrawn_are_silent() {
    let media = clip(vec![track(0, 200.0, &[200; 6])]);
    let mut late = context();
    late.now = "2027-06-01T00:00:00Z".parse().unwrap();
    let expired = method().examine(&media, &mut late).unwrap();
    assert_eq!(expired.outcome, Outcome::Abstained(Reason::CalibrationExpired));
    let none = FaceManipulation::with(engine(1.0), None);
    assert_eq!(outcome(&none, &media), Outcome::Abstained(Reason::CalibrationExpired));
    let fake = FakeEngine::new(MODEL, "nowhere", |_| panic!("a withdrawn model must not run"));
    let withdrawn = FaceManipulation::with(Arc::new(fake.withdrawn()), Some(calibration()));
    assert_eq!(outcome(&withdrawn, &media), Outcome::Abstained(Reason::ModelWithdrawn));
    let mut hurried = context();
    hurried.deadline = Instant::now();
    let late = method().examine(&media, &mut hurried).unwrap();
    assert_eq!(late.outcome, Outcome::Abstained(Reason::TimeBudgetExceeded));
}

#[test]
fn nonsense_from_the_network_is_a_failure() {
    let media = clip(vec![track(0, 200.0, &[200; 6])]);
    for shape in [vec![1, 1], vec![4, 2]] {
        let fake: Arc<dyn Engine> = Arc::new(FakeEngine::new(MODEL, "nowhere", move |_| {
            Ok(vec![ArrayD::zeros(shape.clone()), ArrayD::zeros(vec![4, 1, 14, 14])])
        }));
        let method = FaceManipulation::with(fake, Some(calibration()));
        assert!(matches!(method.examine(&media, &mut context()), Err(DetectorError::Output { .. })));
    }
    let nan: Arc<dyn Engine> = Arc::new(FakeEngine::new(MODEL, "nowhere", |inputs| {
        let count = inputs[0].shape()[0];
        Ok(vec![ArrayD::from_elem(vec![count, 1], f32::NAN), ArrayD::zeros(vec![count, 1, 14, 14])])
    }));
    let method = FaceManipulation::with(nan, Some(calibration()));
    assert!(method.examine(&media, &mut context()).is_err());
}

#[test]
fn same_media_gives_the_same_result_with_any_number_of_threads() {
    let media =
        clip(vec![track(0, 200.0, &[150, 160, 140, 155, 150, 149, 151, 163]), track(1, 90.0, &[90; 7])]);
    let run = |threads| {
        let mut cx = Context { threads, ..context() };
        let result = method().examine(&media, &mut cx).unwrap();
        (result, cx.made)
    };
    let (one, pictures) = run(1);
    for threads in [2, 5] {
        let (other, made) = run(threads);
        assert_eq!(one, other);
        assert_eq!(pictures, made);
    }
}
