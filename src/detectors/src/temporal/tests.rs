//! Drawn faces whose motion is known, and what the method makes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ndarray::Array2;
use podlinnik_domain::hash::Sha256;
use podlinnik_onnx::FakeEngine;

use super::geometry::Similarity;
use super::plane::{Plane, SIDE};
use super::region::{EYES, FIRM, LIPS, OUTLINE};
use super::*;
use crate::face::{CROP_SIDE, Face, Glimpse, Motion, Pixels, Square, Track, WINDOW_PX};

/// How a drawn burst moves and what is wrong with it.
#[derive(Debug, Clone, Copy)]
struct Drawn {
    frames: usize,
    fps: f64,
    /// Pixels of the window that the head moves from frame to frame.
    speed: f64,
    /// Grey levels of noise, everywhere.
    noise: f64,
    /// Pixels by which the face is off, at random, in each frame.
    jitter: f64,
    /// Grey levels by which the face is brighter or darker, at random, in each frame.
    flicker: f64,
    /// Pixels by which each point is off, at random, in each frame.
    trembling: f64,
}

const GENUINE: Drawn =
    Drawn { frames: 8, fps: 25.0, speed: 0.7, noise: 1.0, jitter: 0.0, flicker: 0.0, trembling: 0.05 };
const FORGED: Drawn = Drawn { jitter: 0.8, flicker: 3.0, trembling: 0.8, ..GENUINE };

/// Uniform in -1 to 1, from a number.
fn random(seed: u64) -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x1234_5678_9abc_def1);
    for _ in 0..3 {
        state ^= state >> 29;
        state = state.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    (state >> 40) as f64 / f64::from(1_u32 << 23) - 1.0
}

/// Points of a face around the middle of the window, 128 px large.
fn points() -> Vec<[f64; 2]> {
    let around = |number: usize, count: usize, [x, y]: [f64; 2], [wide, high]: [f64; 2]| {
        let angle = number as f64 / count as f64 * std::f64::consts::TAU;
        [x + wide * angle.sin(), y - high * angle.cos()]
    };
    let mut points = vec![[96.0, 96.0]; 468];
    for (number, index) in FIRM.iter().enumerate() {
        points[*index] = around(number, FIRM.len(), [96.0, 84.0], [12.0, 22.0]);
    }
    for (number, index) in OUTLINE.iter().enumerate() {
        points[*index] = around(number, OUTLINE.len(), [96.0, 96.0], [50.0, 64.0]);
    }
    for (number, index) in LIPS.iter().enumerate() {
        points[*index] = around(number, LIPS.len(), [96.0, 128.0], [18.0, 8.0]);
    }
    for (number, index) in EYES.iter().enumerate() {
        let middle = if number < 16 { 116.0 } else { 76.0 };
        points[*index] = around(number, 16, [middle, 80.0], [9.0, 5.0]);
    }
    (points[13], points[14]) = ([96.0, 126.0], [96.0, 130.0]);
    points
}

/// Skin, or what is behind it: waves of several lengths.
fn texture(x: f64, y: f64) -> f64 {
    128.0
        + 30.0 * (x * 0.19).sin() * (y * 0.13).cos()
        + 18.0 * (x * 0.41 + y * 0.29).sin()
        + 14.0 * (y * 0.55 - x * 0.17).cos()
}

fn draw(drawn: Drawn, seed: u64) -> Motion {
    let glimpse = |frame: usize| {
        let draw = |what: u64| random(seed * 1000 + frame as u64 * 10 + what);
        // slows down and speeds up, as heads do
        let along = drawn.speed * (frame as f64 - 3.5) + drawn.speed * (frame as f64 * 0.6).sin();
        let head = [along, 0.4 * along];
        let off = [drawn.jitter * draw(1), drawn.jitter * draw(2)];
        let brighter = drawn.flicker * draw(3);
        let side = WINDOW_PX as usize;
        let rgb = (0..side * side)
            .flat_map(|at| {
                let (x, y) = ((at % side) as f64, (at / side) as f64);
                let inside =
                    ((x - 96.0 - head[0]) / 50.0).powi(2) + ((y - 96.0 - head[1]) / 64.0).powi(2) < 1.0;
                let value = if inside {
                    texture(x - head[0] - off[0] + 300.0, y - head[1] - off[1]) + brighter
                } else {
                    texture(x, y)
                };
                let noise = drawn.noise * 1.7 * random(seed * 77 + (frame * side * side + at) as u64);
                [(value + noise).round().clamp(0.0, 255.0) as u8; 3]
            })
            .collect();
        let points = points().into_iter().zip(0_u64..).map(|([x, y], number)| {
            let tremble =
                |axis: u64| drawn.trembling * random(seed + frame as u64 * 4096 + number * 2 + axis);
            [(x + head[0] + off[0] + tremble(0)) as f32, (y + head[1] + off[1] + tremble(1)) as f32, 0.0]
        });
        Glimpse {
            at_s: 1.0 + frame as f64 / drawn.fps,
            presence: 20.0,
            points: points.collect(),
            view: Pixels { width: WINDOW_PX, height: WINDOW_PX, rgb },
        }
    };
    let window = Square { x: 300.0, y: 200.0, side: 192.0 };
    Motion { window, glimpses: (0..drawn.frames).map(glimpse).collect() }
}

fn measured(drawn: Drawn, seed: u64) -> Burst {
    measure::burst(&draw(drawn, seed), 128.0).unwrap()
}

fn feature(burst: &Burst, name: &str) -> f64 {
    burst.features[FEATURES.iter().position(|it| *it == name).unwrap()]
}

/// A track with long bursts, five seconds apart.
fn track(motions: Vec<Motion>) -> Track {
    let faces = motions.into_iter().zip(0_u32..).map(|(mut motion, number)| {
        for glimpse in &mut motion.glimpses {
            glimpse.at_s += f64::from(number) * 5.0;
        }
        let rgb = (0..CROP_SIDE * CROP_SIDE)
            .flat_map(|i| [texture(f64::from(i % CROP_SIDE), f64::from(i / CROP_SIDE)) as u8; 3])
            .collect();
        let crop = Pixels { width: CROP_SIDE, height: CROP_SIDE, rgb };
        let square = Square { x: 300.0, y: 200.0, side: 128.0 };
        let at_s = motion.glimpses.first().map_or(0.0, |glimpse| glimpse.at_s);
        let mut face = Face::from_crop(number * 10, number, at_s, square, 2.0, crop);
        face.motion = Some(motion);
        face
    });
    Track { index: 0, faces: faces.collect() }
}

/// Says 2 where the points tremble, -2 elsewhere.
fn engine() -> Arc<dyn Engine> {
    Arc::new(FakeEngine::new(MODEL, "nowhere", |inputs| {
        let rows = &inputs[0];
        assert_eq!(rows.shape()[1], FEATURES.len());
        let logits: Vec<f32> = rows.outer_iter().map(|row| if row[0] > -2.6 { 2.0 } else { -2.0 }).collect();
        Ok(vec![Array2::from_shape_vec((logits.len(), 1), logits).unwrap().into_dyn()])
    }))
}

fn calibration(face_px_min: u32) -> Calibration {
    let text = format!(
        r#"{{ "schema": "podlinnik-calibration/1", "id": "test-2026", "model_sha256": "{}", "expires": "2027-06-01",
             "buckets": [{{ "id": "burst-all", "face_px_min": {face_px_min}, "map": {{ "kind": "logistic", "slope": 0.5, "intercept": 0.0 }},
                "support_from_logit": 1.0, "ceiling": {{ "llr10_max": 0.8, "llr10_min": 0.0 }}, "fpr_upper95": 0.04 }}] }}"#,
        Sha256::of(MODEL.as_bytes())
    );
    Calibration::parse(&text, Sha256::of(MODEL.as_bytes())).unwrap()
}

fn examine(method: &Temporal, kind: MediaKind, tracks: Vec<Track>) -> MethodResult {
    let media = Evidence {
        kind,
        frames: 60,
        tracks,
        dropped_prominence: 0.0,
        sounds: Vec::new(),
        windows: Vec::new(),
    };
    let mut context = Context {
        threads: 1,
        deadline: Instant::now() + Duration::from_secs(60),
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        pictures: false,
        made: Vec::new(),
    };
    method.examine(&media, &mut context).unwrap()
}

fn of_clip(motions: Vec<Motion>) -> MethodResult {
    examine(&Temporal::with(engine(), Some(calibration(64))), MediaKind::Video, vec![track(motions)])
}

fn bursts(drawn: Drawn) -> Vec<Motion> {
    (1..5).map(|seed| draw(drawn, seed)).collect()
}

#[test]
fn a_similarity_is_found_again_from_points() {
    let moved = Similarity { a: 1.02, b: 0.1, dx: 3.0, dy: -2.0 };
    let from = points();
    let to: Vec<[f64; 2]> = from.iter().map(|point| moved.apply(*point)).collect();
    let found = Similarity::between(&from, &to).unwrap();
    for (one, other) in [(found.a, 1.02), (found.b, 0.1), (found.dx, 3.0), (found.dy, -2.0)] {
        assert!((one - other).abs() < 1e-9, "{found:?}");
    }
    assert!(Similarity::between(&[[1.0, 1.0]; 4], &[[2.0, 2.0]; 4]).is_none());
}

#[test]
fn a_similarity_is_found_again_from_pixels() {
    let plane = |moved: Similarity| {
        let values = (0..SIDE * SIDE).map(|at| {
            let [x, y] = moved.apply(Plane::place(at));
            texture(2.0 * x, 2.0 * y) as f32
        });
        Plane::from_values(values.collect()).unwrap()
    };
    let reference = plane(Similarity::IDENTITY);
    let moving = plane(Similarity { a: 1.01, b: 0.01, dx: 0.8, dy: -0.5 });
    let mask: Vec<usize> =
        (0..SIDE * SIDE).filter(|at| at % SIDE > 8 && at % SIDE < 88 && at / SIDE > 8).collect();
    let found = Similarity::onto(&reference, &moving, &mask, Similarity::IDENTITY);
    // the inverse: what `moving` shows at the image is what `reference` shows at the place
    assert!((found.dx + 0.8).abs() < 0.06 && (found.dy - 0.5).abs() < 0.06, "{found:?}");
    assert!((found.a - 0.99).abs() < 0.003 && (found.b + 0.01).abs() < 0.003, "{found:?}");
    let flat = Plane::from_values(vec![90.0; SIDE * SIDE]).unwrap();
    assert_eq!(Similarity::onto(&flat, &flat, &mask, Similarity::IDENTITY), Similarity::IDENTITY);
}

#[test]
fn flicker_and_trembling_are_told_from_motion() {
    let (genuine, forged) = (measured(GENUINE, 3), measured(FORGED, 3));
    let rises = |name: &str, by: f64| {
        let (low, high) = (feature(&genuine, name), feature(&forged, name));
        assert!(high > low + by, "{name}: {low} and {high}");
    };
    rises("points_firm", 0.5);
    rises("restless_pose", 0.2);
    rises("residual_inner", 0.05);
    assert!((feature(&genuine, "flicker_ring") - feature(&forged, "flicker_ring")).abs() < 0.05);
}

#[test]
fn flicker_of_the_whole_face_is_flicker_of_blocks() {
    let forged = Drawn { flicker: 4.0, ..GENUINE };
    let (one, other) = (measured(GENUINE, 5), measured(forged, 5));
    assert!(feature(&other, "blocks_inner") > feature(&one, "blocks_inner") + 0.4, "{one:?} {other:?}");
}

#[test]
fn proportions_are_compared_between_bursts() {
    let mut bursts: Vec<Burst> = (1..5).map(|seed| measured(GENUINE, seed)).collect();
    let mut two: Vec<&mut Burst> = bursts.iter_mut().take(2).collect();
    let before = feature(two[0], "proportions_drift");
    measure::compare_proportions(&mut two);
    assert_eq!(feature(two[0], "proportions_drift"), before, "two are too few");
    measure::compare_proportions(&mut bursts.iter_mut().collect::<Vec<_>>());
    assert!(bursts.iter().all(|burst| feature(burst, "proportions_drift") < -2.0));
}

#[test]
fn what_cannot_be_measured_says_why() {
    let why = |motion: &Motion| measure::burst(motion, 128.0).unwrap_err();
    assert_eq!(why(&draw(Drawn { frames: 4, ..GENUINE }, 1)), Obstacle::Few);
    assert_eq!(why(&draw(Drawn { fps: 10.0, ..GENUINE }, 1)), Obstacle::Slow);
    assert_eq!(why(&draw(Drawn { speed: 0.0, noise: 0.0, trembling: 0.0, ..GENUINE }, 1)), Obstacle::Still);
    assert_eq!(why(&draw(Drawn { speed: 9.0, ..GENUINE }, 1)), Obstacle::Moving);
    let mut covered = draw(GENUINE, 1);
    covered.glimpses[3].presence = 2.0;
    assert_eq!(why(&covered), Obstacle::Hidden);
    let mut averted = draw(GENUINE, 1);
    averted.glimpses[3].points[454][2] = 120.0;
    assert_eq!(why(&averted), Obstacle::Hidden);
    let mut cut = draw(GENUINE, 1);
    for glimpse in cut.glimpses.iter_mut().skip(4) {
        glimpse.view.rgb.iter_mut().for_each(|value| *value = 255 - *value);
    }
    assert_eq!(why(&cut), Obstacle::Cut);
    let mut nonsense = draw(GENUINE, 1);
    nonsense.glimpses[2].points = vec![[f32::NAN; 3]; 468];
    assert!(measure::burst(&nonsense, 128.0).is_err());
    nonsense.glimpses[2].points.clear();
    assert!(measure::burst(&nonsense, 128.0).is_err());
    let mut cropped = draw(GENUINE, 1);
    cropped.glimpses[2].view.rgb.pop();
    assert!(measure::burst(&cropped, 128.0).is_err());
}

#[test]
fn a_flickering_face_is_answered_with_its_bursts() {
    let mut motions = bursts(FORGED);
    motions[1] = draw(GENUINE, 9);
    let result = of_clip(motions);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_debug_snapshot!("a_flickering_face", result);
    });
}

#[test]
fn a_calm_face_gets_no_support_in_either_direction() {
    let Outcome::Answered { llr10, ceiling, .. } = of_clip(bursts(GENUINE)).outcome else { panic!() };
    assert_eq!(llr10.value(), 0.0, "one-sided");
    assert_eq!(ceiling.against.value(), 0.0);
}

#[test]
fn it_abstains_where_there_is_nothing_to_compare() {
    let reason = |result: &MethodResult| match result.outcome {
        Outcome::Abstained(reason) | Outcome::NotApplicable(reason) => reason,
        Outcome::Answered { .. } => panic!("{result:?}"),
    };
    let slow = of_clip(bursts(Drawn { fps: 8.0, ..GENUINE }));
    assert_eq!((reason(&slow), slow.score), (Reason::TooFewFrames, None));
    assert_eq!(reason(&of_clip(vec![draw(FORGED, 1)])), Reason::TooFewFrames, "one burst");
    let still = of_clip(bursts(Drawn { speed: 0.0, noise: 0.0, trembling: 0.0, ..GENUINE }));
    assert_eq!(still.outcome, Outcome::NotApplicable(Reason::NoMotion));
    let method = Temporal::with(engine(), Some(calibration(64)));
    for kind in [MediaKind::Image, MediaKind::Animation] {
        let still = examine(&method, kind, vec![track(bursts(FORGED))]);
        assert_eq!(still.outcome, Outcome::NotApplicable(Reason::NoMotion));
    }
    let nobody = examine(&method, MediaKind::Video, Vec::new());
    assert_eq!(nobody.outcome, Outcome::NotApplicable(Reason::NoFace));
    let mut unwatched = track(bursts(FORGED));
    unwatched.faces.iter_mut().for_each(|face| face.motion = None);
    assert_eq!(reason(&examine(&method, MediaKind::Video, vec![unwatched])), Reason::TooFewFrames);
    let large = Temporal::with(engine(), Some(calibration(200)));
    assert_eq!(reason(&examine(&large, MediaKind::Video, vec![track(bursts(FORGED))])), Reason::FaceTooSmall);
    let bare = examine(&Temporal::with(engine(), None), MediaKind::Video, vec![track(bursts(FORGED))]);
    assert_eq!(reason(&bare), Reason::CalibrationExpired);
    assert!(bare.score.is_some() && !bare.locations.is_empty(), "measured all the same");
}

#[test]
fn an_answer_that_a_jpeg_undoes_is_none() {
    // the track is asked about first, then what JPEG left of it
    let asked = Arc::new(AtomicUsize::new(0));
    let fickle = |undone: f32| -> Arc<dyn Engine> {
        let asked = Arc::clone(&asked);
        asked.store(0, Ordering::Relaxed);
        Arc::new(FakeEngine::new(MODEL, "nowhere", move |inputs| {
            let logit = if asked.fetch_add(1, Ordering::Relaxed) == 0 { 2.0 } else { undone };
            Ok(vec![Array2::from_elem((inputs[0].shape()[0], 1), logit).into_dyn()])
        }))
    };
    for (undone, stable) in [(-2.0, false), (1.6, true)] {
        let method = Temporal::with(fickle(undone), Some(calibration(64)));
        let result = examine(&method, MediaKind::Video, vec![track(bursts(GENUINE))]);
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        let unstable = Outcome::Abstained(Reason::UnstableUnderReencoding);
        assert_eq!(result.outcome != unstable, stable, "{result:?}");
    }
}
