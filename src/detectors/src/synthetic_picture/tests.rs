use std::sync::Arc;
use std::time::{Duration, Instant};

use ndarray::Array;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::media::MediaKind;
use podlinnik_media::Frame;
use podlinnik_onnx::FakeEngine;

use super::*;

const PLAN: WindowPlan = WindowPlan { side: 64, grid: 2, whole_side: 48, whole_weight: 0.5, clips: false };

/// Answers with a logit that follows the mean of the window: 128 → 0, 255 → +8.
fn engine() -> Arc<dyn Engine> {
    Arc::new(FakeEngine::new(MODEL, "nowhere", |inputs| {
        assert!(inputs[0].iter().all(|value| (0.0..=1.0).contains(value)));
        assert!([[3, 64, 64], [3, 48, 48]].iter().any(|shape| inputs[0].shape()[1..] == shape[..]));
        let mean = inputs[0].outer_iter().map(|window| window.mean().unwrap_or(0.0));
        let logits: Vec<f32> = mean.map(|mean| (mean - 128.0 / 255.0) * 16.0).collect();
        Ok(vec![Array::from_shape_vec((logits.len(), 1), logits).unwrap().into_dyn()])
    }))
}

fn calibration() -> Calibration {
    let text = format!(
        r#"{{ "schema": "podlinnik-calibration/1", "id": "synthetic-test", "model_sha256": "{}", "expires": "2027-06-01",
             "buckets": [{{ "id": "side64-up", "face_px_min": 64, "quality_min": -6.5, "quality_max": 3.0,
                "map": {{ "kind": "logistic", "slope": 0.5, "intercept": 0.0 }}, "support_from_logit": 1.0,
                "ceiling": {{ "llr10_max": 0.9, "llr10_min": 0.0 }}, "fpr_upper95": 0.04 }}] }}"#,
        Sha256::of(MODEL.as_bytes())
    );
    Calibration::parse(&text, Sha256::of(MODEL.as_bytes())).unwrap()
}

fn method() -> SyntheticPicture {
    SyntheticPicture::with(engine(), Some(PLAN), Some(calibration()))
}

/// A rough picture whose right half is `step` grey levels brighter.
fn frame(burst: u32, (width, height): (u32, u32), grey: u8, step: u8) -> Frame {
    let rgb = (0..width * height)
        .flat_map(|i| {
            let right = if i % width >= width / 2 { step } else { 0 };
            [grey.saturating_add(right).saturating_add((i % 7 * 3) as u8 + ((i / width) % 5 * 2) as u8); 3]
        })
        .collect();
    let at_s = f64::from(burst) * 0.5;
    Frame { index: burst, burst, at_s, width, height, scale: 2.0, motion_only: false, rgb }
}

fn media(kind: MediaKind, frames: &[Frame]) -> Evidence {
    let windows = frames.iter().map(|frame| Windows::of(frame, PLAN).unwrap()).collect();
    let (tracks, sounds) = (Vec::new(), Vec::new());
    Evidence { kind, frames: frames.len() as u32, tracks, dropped_prominence: 0.0, sounds, windows }
}

fn still(size: (u32, u32), grey: u8, step: u8) -> Evidence {
    media(MediaKind::Image, &[frame(0, size, grey, step)])
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

fn examine(method: &SyntheticPicture, media: &Evidence) -> MethodResult {
    method.examine(media, &mut context()).unwrap()
}

#[test]
fn a_suspicious_picture_is_answered_with_its_places() {
    let result = examine(&method(), &still((200, 120), 160, 30));
    assert_eq!(result.locations.len(), 4);
    let first = result.locations[0].bounding_box.unwrap();
    assert_eq!(
        (first.width, first.x),
        (128.0, 2.0 * 102.0),
        "in pixels of the original, from the right half"
    );
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_debug_snapshot!("a_picture", result);
    });
}

#[test]
fn the_answer_is_one_sided_and_below_the_ceiling() {
    let llr10 = |grey| match examine(&method(), &still((160, 160), grey, 0)).outcome {
        Outcome::Answered { llr10, .. } => llr10.value(),
        other => panic!("{other:?}"),
    };
    assert!((llr10(220) - 0.9).abs() < 1e-9, "cut at the ceiling");
    assert!((llr10(130) - 0.3).abs() < 0.1, "below the support threshold there is no word of support");
    assert!(llr10(20).abs() < 1e-9, "a low score supports nothing");
}

#[test]
fn it_abstains_where_it_was_not_validated() {
    let outcome = |media: &Evidence| examine(&method(), media).outcome;
    let small = examine(&method(), &still((60, 90), 200, 0));
    assert_eq!(small.outcome, Outcome::Abstained(Reason::ResolutionBelowValidation));
    assert!(small.score.is_some(), "measured all the same");
    let mut drawn = still((160, 160), 200, 0);
    drawn.windows[0].quality.flatness = 0.9;
    assert_eq!(outcome(&drawn), Outcome::Abstained(Reason::NonPhotorealistic));
    let bare = SyntheticPicture::with(engine(), Some(PLAN), None);
    let bare = examine(&bare, &still((160, 160), 200, 0));
    assert_eq!(bare.outcome, Outcome::Abstained(Reason::CalibrationExpired));
    let planless = SyntheticPicture::with(engine(), None, Some(calibration()));
    assert!(planless.windows().is_none());
    let planless = examine(&planless, &still((160, 160), 200, 0));
    assert_eq!(planless.outcome, Outcome::Abstained(Reason::CalibrationExpired));
    let mut late = Context { deadline: Instant::now(), ..context() };
    let late = method().examine(&still((160, 160), 200, 0), &mut late).unwrap();
    assert_eq!(late.outcome, Outcome::Abstained(Reason::TimeBudgetExceeded));
    let mut later = Context { now: "2027-06-01T00:00:00Z".parse().unwrap(), ..context() };
    let later = method().examine(&still((160, 160), 200, 0), &mut later).unwrap();
    assert_eq!(later.outcome, Outcome::Abstained(Reason::CalibrationExpired));
    let fake = FakeEngine::new(MODEL, "nowhere", |_| panic!("a withdrawn model must not run"));
    let withdrawn = SyntheticPicture::with(Arc::new(fake.withdrawn()), Some(PLAN), Some(calibration()));
    assert!(withdrawn.windows().is_none(), "nothing is cut for a model that does not run");
    let withdrawn = examine(&withdrawn, &still((160, 160), 200, 0));
    assert_eq!(withdrawn.outcome, Outcome::Abstained(Reason::ModelWithdrawn));
}

#[test]
fn clips_are_left_alone_unless_the_weights_were_validated_on_them() {
    let frames: Vec<Frame> = (0..20).map(|burst| frame(burst, (160, 90), 40 + burst as u8 * 8, 0)).collect();
    let clip = media(MediaKind::Video, &frames);
    let result = examine(&method(), &clip);
    assert_eq!(result.outcome, Outcome::NotApplicable(Reason::NotAPicture));
    assert!(result.score.is_none() && result.locations.is_empty());
    let plan = WindowPlan { clips: true, ..PLAN };
    let validated = SyntheticPicture::with(engine(), Some(plan), Some(calibration()));
    let result = examine(&validated, &clip);
    assert!(matches!(result.outcome, Outcome::Answered { .. }), "{result:?}");
    assert_eq!(result.locations.len(), FRAMES);
    assert_eq!(result.locations[0].at_s, Some(8.5), "the brightest of those looked at comes first");
}

#[test]
fn a_bare_face_crop_is_no_picture() {
    let mut crop = still((160, 160), 200, 0);
    crop.windows.clear();
    let result = examine(&method(), &crop);
    assert_eq!(result.outcome, Outcome::NotApplicable(Reason::NotAPicture));
}

#[test]
fn answer_that_does_not_survive_re_encoding_is_withheld() {
    // It says "synthetic" of a checkerboard of single pixels, which no resizing survives.
    let touchy = FakeEngine::new(MODEL, "nowhere", |inputs| {
        let logits: Vec<f32> = inputs[0]
            .outer_iter()
            .map(|window| if (window[[0, 20, 20]] - window[[0, 20, 21]]).abs() > 0.3 { 4.0 } else { -4.0 })
            .collect();
        Ok(vec![Array::from_shape_vec((logits.len(), 1), logits).unwrap().into_dyn()])
    });
    let mut picture = frame(0, (64, 64), 0, 0);
    for (number, pixel) in picture.rgb.chunks_exact_mut(3).enumerate() {
        pixel.fill(if (number % 64 + number / 64) % 2 == 0 { 60 } else { 200 });
    }
    let plan = WindowPlan { whole_weight: 0.0, ..PLAN };
    let windows = vec![Windows::of(&picture, plan).unwrap()];
    let media = Evidence { windows, ..still((64, 64), 0, 0) };
    let method = SyntheticPicture::with(Arc::new(touchy), Some(plan), Some(calibration()));
    let result = examine(&method, &media);
    assert_eq!(result.outcome, Outcome::Abstained(Reason::UnstableUnderReencoding));
    assert!(result.score.is_some_and(|score| score > 0.9), "{:?}", result.score);
}

#[test]
fn nonsense_from_the_network_is_a_failure() {
    for logits in [vec![0.0, 1.0], vec![f32::NAN; 4]] {
        let fake = FakeEngine::new(MODEL, "nowhere", move |_| {
            Ok(vec![Array::from_shape_vec((logits.len(), 1), logits.clone()).unwrap().into_dyn()])
        });
        let method = SyntheticPicture::with(Arc::new(fake), Some(PLAN), Some(calibration()));
        let failed = method.examine(&still((160, 160), 200, 0), &mut context());
        assert!(matches!(failed, Err(DetectorError::Output { .. })));
    }
}

#[test]
fn windows_lie_in_the_middle_of_their_share_of_the_room() {
    let windows = Windows::of(&frame(3, (200, 120), 10, 0), PLAN).unwrap();
    let places: Vec<(f64, f64)> =
        windows.native.iter().map(|it| (it.place.x / 2.0, it.place.y / 2.0)).collect();
    // room of 136 and 56 pixels: a quarter and three quarters of each
    assert_eq!(places, [(34.0, 14.0), (102.0, 14.0), (34.0, 42.0), (102.0, 42.0)]);
    let pixel = |x: u32, y: u32| 10 + (((y * 200 + x) % 7) * 3) as u8 + (y % 5 * 2) as u8;
    assert_eq!(windows.native[3].pixels.rgb[0], pixel(102, 42), "unscaled");
    assert_eq!(windows.native[3].pixels.rgb[63 * 3], pixel(165, 42));
    assert_eq!((windows.whole.width, windows.shorter_px, windows.burst), (48, 120.0, 3));
    let tiny = Windows::of(&frame(0, (63, 300), 10, 0), PLAN).unwrap();
    assert!(tiny.native.is_empty() && tiny.whole.width == 48);
    let mut broken = frame(0, (200, 120), 10, 0);
    broken.rgb.pop();
    assert!(Windows::of(&broken, PLAN).is_err());
}

#[test]
fn windows_of_the_shipped_model_can_be_read_and_nonsense_is_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/synthetic-picture");
    let shipped = WindowPlan::load(folder.as_ref()).unwrap();
    assert!(shipped.side >= 96 && shipped.grid >= 1);
    let text = r#"{ "schema": "podlinnik-windows/1", "side": 128, "grid": 2, "whole_side": 128, "whole_weight": 0.5 }"#;
    assert!(WindowPlan::parse(text).is_ok());
    for (from, to) in
        [("windows/1", "windows/2"), ("128,", "9999,"), ("\"grid\": 2", "\"grid\": 0"), ("0.5", "1.5")]
    {
        assert!(WindowPlan::parse(&text.replacen(from, to, 1)).is_err(), "{to}");
    }
    assert!(WindowPlan::load("nowhere".as_ref()).is_err());
}
