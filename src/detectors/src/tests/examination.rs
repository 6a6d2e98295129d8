//! Synthetic events through the whole examination with fake engines.

use std::sync::Arc;

use ndarray::{Array, ArrayD};
use podlinnik_domain::analysis::CombinedState;
use podlinnik_domain::finding::FindingState;
use podlinnik_domain::media::{MediaKind, WarningCode};
use podlinnik_domain::reason::Reason;
use podlinnik_media::{Frame, MediaError, MediaEvent, Probe, Sound};
use podlinnik_onnx::{Engine, FakeEngine, Models};

use crate::{Examination, ExamineError, ExamineOptions, Examiner};

/// A detector that sees a face in the middle of every view that is not black there, a landmark network that agrees, and a
/// face-manipulation network without a calibration.
fn models() -> Arc<Models> {
    let detection = FakeEngine::new("face-detection", "nowhere", |inputs| {
        let view = &inputs[0];
        let bright = view[[0, 64, 64, 0]] > 0.0;
        let mut boxes = ArrayD::zeros(vec![1, 896, 16]);
        let mut logits = ArrayD::from_elem(vec![1, 896, 1], -20.0);
        // The anchor of cell (8, 8) at stride 8 lies at (68, 68) of 128.
        let anchor = (8 * 16 + 8) * 2;
        if bright {
            for (place, value) in [-4.0, -4.0, 50.0, 50.0].into_iter().enumerate() {
                boxes[[0, anchor, place]] = value;
            }
            logits[[0, anchor, 0]] = 4.0;
        }
        Ok(vec![boxes, logits])
    });
    let landmarks = FakeEngine::new("face-landmarks", "nowhere", |_| {
        // A box of 132 px around the middle of the 192 px view: with 0.96 the same square comes out again.
        let points = Array::from_shape_fn((1, 1, 1, 1404), |(_, _, _, i)| {
            let corner = [[30.0, 30.0], [162.0, 162.0]][i / 3 % 2];
            if i % 3 < 2 { corner[i % 3] } else { 0.0 }
        });
        Ok(vec![points.into_dyn(), ArrayD::from_elem(vec![1, 1, 1, 1], 20.0)])
    });
    let manipulation = FakeEngine::new("face-manipulation", "nowhere", |inputs| {
        let count = inputs[0].shape()[0];
        Ok(vec![ArrayD::from_elem(vec![count, 1], 1.0), ArrayD::zeros(vec![count, 1, 14, 14])])
    });
    // What is louder sounds more synthetic.
    let voice = FakeEngine::new("voice", "nowhere", |inputs| {
        let logits = inputs[0]
            .outer_iter()
            .map(|window| window.iter().map(|sample| sample * sample).sum::<f32>() / 1000.0);
        let logits: Vec<f32> = logits.collect();
        Ok(vec![Array::from_shape_vec((logits.len(), 1), logits).unwrap().into_dyn()])
    });
    // The cascade sees nothing.
    let cascade = ["face-detection-small-1", "face-detection-small-2", "face-detection-small-3"].map(|id| {
        Arc::new(FakeEngine::new(id, "nowhere", |_| {
            Ok(vec![ArrayD::zeros(vec![1, 4, 1, 1]), ArrayD::zeros(vec![1, 2, 1, 1])])
        })) as Arc<dyn Engine>
    });
    // What is brighter looks more synthetic; windows are those of the shipped model.
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/synthetic-picture");
    let synthetic = FakeEngine::new("synthetic-picture", folder, |inputs| {
        let logits: Vec<f32> =
            inputs[0].outer_iter().map(|window| window.mean().unwrap_or(0.0) * 4.0 - 2.0).collect();
        Ok(vec![Array::from_shape_vec((logits.len(), 1), logits).unwrap().into_dyn()])
    });
    let temporal = FakeEngine::new("temporal", "nowhere", |inputs| {
        Ok(vec![ArrayD::from_elem(vec![inputs[0].shape()[0], 1], 1.0)])
    });
    let engines: [Arc<dyn Engine>; 6] = [
        Arc::new(detection),
        Arc::new(landmarks),
        Arc::new(manipulation),
        Arc::new(synthetic),
        Arc::new(temporal),
        Arc::new(voice),
    ];
    Arc::new(Models::from_engines(engines.into_iter().chain(cascade), 2))
}

fn probe(kind: MediaKind) -> MediaEvent {
    let moving = kind == MediaKind::Video;
    MediaEvent::Probe(Probe {
        kind,
        container: "test".into(),
        video_codec: None,
        audio_codec: None,
        width: 320,
        height: 320,
        rotation_degrees: 0,
        fps: moving.then_some(25.0),
        frame_count: None,
        duration_s: moving.then_some(4.0),
        bitrate: Some(1_000_000),
        metadata: Vec::new(),
    })
}

fn frame(index: u32, grey: u8) -> MediaEvent {
    // A pattern, because a flat picture looks like nothing in particular; black stays black.
    let rgb = (0..320_u32 * 320)
        .flat_map(|i| [grey.saturating_sub((i % 320 / 40 * (i / 320 / 40)) as u8 * 2 + (i % 3) as u8); 3])
        .collect();
    let at_s = f64::from(index) * 0.25;
    MediaEvent::Frame(Frame {
        index,
        burst: index / 2,
        at_s,
        width: 320,
        height: 320,
        scale: 2.0,
        motion_only: false,
        rgb,
    })
}

fn options() -> ExamineOptions {
    ExamineOptions {
        face_crop: false,
        pictures: true,
        now: "2026-12-01T00:00:00Z".parse().unwrap(),
        budget_s: 60.0,
    }
}

fn examine(events: Vec<MediaEvent>, options: &ExamineOptions) -> Examination {
    let examiner = Examiner::new(models()).unwrap();
    let events = events.into_iter().map(Ok);
    let examination = examiner.examine_events(events, Some(40_000), options, &mut |_| true).unwrap();
    assert_eq!(examination.findings.len(), crate::registry::DESCRIPTORS.len());
    for finding in &examination.findings {
        assert!(finding.is_consistent(), "{finding:?}");
    }
    let mut names: Vec<&str> = examination.pictures.iter().map(|picture| picture.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), examination.pictures.len(), "names of pictures are unique");
    examination
}

fn clip(grey: u8) -> Vec<MediaEvent> {
    let mut events = vec![probe(MediaKind::Video)];
    for index in 0..8 {
        events.push(frame(index, grey));
        events.push(MediaEvent::Progress(index as u16 * 125 + 125));
    }
    events
}

#[test]
fn a_face_in_a_clip_becomes_a_track_with_pictures() {
    let examination = examine(clip(200), &options());
    assert_eq!(examination.tracks.len(), 1);
    let track = &examination.tracks[0];
    assert_eq!(track.sightings.len(), 8);
    assert_eq!(track.span_s, [0.0, 1.75]);
    assert!(track.face_px > 200.0, "in original pixels: {}", track.face_px);
    assert_eq!(track.portrait.as_deref(), Some("portrait-0.jpg"));
    let finding = &examination.findings[0];
    assert_eq!(finding.state, FindingState::Abstained);
    assert_eq!(finding.reason, Some(Reason::CalibrationExpired));
    assert!((finding.score.unwrap() - 0.731).abs() < 0.001);
    assert!(finding.locations.iter().any(|location| !location.derivatives.is_empty()));
    assert_eq!(examination.combined.state, CombinedState::Abstained);
    assert!(examination.quality.face_px.is_some() && examination.quality.bits_per_pixel.is_some());
    for stage in ["decode", "faces", "face_manipulation", "pictures", "total"] {
        assert!(examination.timing_ms.contains_key(stage), "{stage}");
    }
}

#[test]
fn without_a_face_the_face_methods_do_not_apply() {
    let examination = examine(clip(0), &options());
    assert!(examination.tracks.is_empty());
    assert_eq!(examination.findings[0].state, FindingState::NotApplicable);
    assert_eq!(examination.findings[0].reason, Some(Reason::NoFace));
    assert_eq!(examination.combined.state, CombinedState::NotApplicable);
}

#[test]
fn sound_has_no_picture() {
    let examination = examine(vec![probe(MediaKind::Audio)], &options());
    assert_eq!(examination.findings[0].reason, Some(Reason::NoPicture));
}

#[test]
fn speech_is_heard_in_a_file_without_a_picture_and_beside_one() {
    let buzz = |at: u32| {
        let time = at as f32 / 16_000.0;
        let tone: f32 =
            (1..8).map(|n| (time * 140.0 * n as f32 * std::f32::consts::TAU).sin() / n as f32).sum();
        if (time * 4.0).fract() < 0.6 { tone * 0.3 } else { 0.0005 * tone }
    };
    let sound = MediaEvent::Sound(Sound { at_s: 0.0, samples: (0..128_000).map(buzz).collect() });
    let voice = |examination: &Examination| {
        examination.findings.iter().find(|finding| finding.method.as_str() == "voice").unwrap().clone()
    };
    let alone = examine(vec![probe(MediaKind::Audio), sound.clone()], &options());
    assert_eq!(voice(&alone).state, FindingState::Abstained);
    assert_eq!(voice(&alone).reason, Some(Reason::CalibrationExpired), "the fake has no calibration");
    assert_eq!(voice(&alone).locations.len(), 2);
    assert_eq!(alone.findings[0].reason, Some(Reason::NoPicture));
    let mut events = clip(200);
    events.push(sound);
    let beside = examine(events, &options());
    assert_eq!(voice(&beside).score, voice(&alone).score);
    assert_eq!(voice(&examine(clip(200), &options())).reason, Some(Reason::NoSound));
}

#[test]
fn face_crop_takes_the_whole_image() {
    let crop = ExamineOptions { face_crop: true, ..options() };
    let examination = examine(vec![probe(MediaKind::Image), frame(0, 0)], &crop);
    assert_eq!(examination.tracks[0].face_px, 640.0);
    assert!(examination.findings[0].score.is_some());
}

#[test]
fn the_answer_does_not_depend_on_scheduling() {
    let first = examine(clip(200), &options());
    for _ in 0..3 {
        let again = examine(clip(200), &options());
        assert_eq!(first.findings, again.findings);
        assert_eq!(first.tracks, again.tracks);
        assert_eq!(first.pictures, again.pictures);
    }
}

#[test]
fn no_time_no_answer() {
    let hurried = ExamineOptions { budget_s: 0.0, ..options() };
    let examination = examine(clip(200), &hurried);
    assert_eq!(examination.findings[0].reason, Some(Reason::TimeBudgetExceeded));
}

#[test]
fn whoever_asks_can_stop_it() {
    let examiner = Examiner::new(models()).unwrap();
    let mut calls = 0;
    let mut stop = |_| {
        calls += 1;
        calls < 4
    };
    let result = examiner.examine_events(clip(200).into_iter().map(Ok), None, &options(), &mut stop);
    assert!(matches!(result, Err(ExamineError::Cancelled)));
}

#[test]
fn progress_never_falls_and_ends_at_one_thousand() {
    let examiner = Examiner::new(models()).unwrap();
    let mut seen = Vec::new();
    let mut note = |permille| {
        seen.push(permille);
        true
    };
    examiner.examine_events(clip(200).into_iter().map(Ok), None, &options(), &mut note).unwrap();
    assert!(seen.windows(2).all(|pair| pair[0] <= pair[1]), "{seen:?}");
    assert_eq!(seen.last(), Some(&1000));
}

#[test]
fn a_refused_file_is_an_error_and_a_failing_method_is_a_finding() {
    let examiner = Examiner::new(models()).unwrap();
    let refused = MediaError::refused(podlinnik_domain::error_code::ErrorCode::MediaDamaged, "test");
    let events = vec![Ok(probe(MediaKind::Video)), Err(refused)];
    let result = examiner.examine_events(events.into_iter(), None, &options(), &mut |_| true);
    assert!(matches!(result, Err(ExamineError::Media(_))));

    let broken: Arc<dyn Engine> =
        Arc::new(FakeEngine::new("face-manipulation", "nowhere", |_| Ok(Vec::new())));
    let whole = models();
    let others = whole.list().into_iter().filter(|info| info.id != "face-manipulation");
    let others = others.map(|info| whole.engine(&info.id).unwrap());
    let models = Models::from_engines(others.chain([broken]), 1);
    let examiner = Examiner::new(Arc::new(models)).unwrap();
    let examination =
        examiner.examine_events(clip(200).into_iter().map(Ok), None, &options(), &mut |_| true).unwrap();
    assert_eq!(examination.findings[0].state, FindingState::Failed);
    assert!(examination.findings[0].is_consistent());
    assert!(examination.warnings.iter().any(|warning| warning.code == WarningCode::MethodFailed));
    let combined = &examination.combined;
    assert_eq!((combined.state, combined.reason), (CombinedState::Abstained, Some(Reason::NoFindings)));
}

#[test]
fn a_malformed_frame_stops_the_examination_and_not_the_process() {
    let examiner = Examiner::new(models()).unwrap();
    let short = Frame {
        index: 0,
        burst: 0,
        at_s: 0.0,
        width: 320,
        height: 320,
        scale: 1.0,
        motion_only: false,
        rgb: vec![0; 7],
    };
    let events = vec![Ok(probe(MediaKind::Video)), Ok(MediaEvent::Frame(short))];
    let result = examiner.examine_events(events.into_iter(), None, &options(), &mut |_| true);
    assert!(matches!(result, Err(ExamineError::Frame(_))));
}

#[test]
fn pictures_of_one_pixel_are_examined() {
    for (width, height) in [(1, 1), (1, 320), (320, 2)] {
        let rgb = vec![90; (width * height * 3) as usize];
        let tiny =
            Frame { index: 0, burst: 0, at_s: 0.0, width, height, scale: 1.0, motion_only: false, rgb };
        for face_crop in [false, true] {
            let options = ExamineOptions { face_crop, ..options() };
            examine(vec![probe(MediaKind::Image), MediaEvent::Frame(tiny.clone())], &options);
        }
    }
}
