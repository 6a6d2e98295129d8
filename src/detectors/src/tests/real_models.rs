//! The shipped models on real pixels: the public-domain astronaut portrait, and a photograph without a face.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use podlinnik_domain::finding::FindingState;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::reason::Reason;
use podlinnik_media::encode::resize;
use podlinnik_media::{Frame, MediaEvent, Probe};
use podlinnik_onnx::{Models, runtime_path};

use crate::{Examination, ExamineOptions, Examiner};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shipped models; none, and a visible line, if the runtime is not installed.
fn examiner() -> Option<Examiner> {
    examiner_of_threads(2)
}

#[expect(clippy::print_stderr, reason = "a skip is printed")]
fn examiner_of_threads(threads: usize) -> Option<Examiner> {
    let path = runtime_path(None);
    if !path.is_file() {
        eprintln!("SKIPPED: `{}` is not there (`cargo xtask test` installs it)", path.display());
        return None;
    }
    let models = Models::open(&root().join("models"), None, threads).unwrap();
    Some(Examiner::new(Arc::new(models)).unwrap())
}

/// A fixture as a frame.
fn fixture(name: &str) -> Frame {
    let picture = image::open(root().join("fixtures/media").join(name)).unwrap().to_rgb8();
    let (width, height) = picture.dimensions();
    Frame {
        index: 0,
        burst: 0,
        at_s: 0.0,
        width,
        height,
        scale: 1.0,
        motion_only: false,
        rgb: picture.into_raw(),
    }
}

/// The frame scaled and set into a grey canvas.
fn placed(frame: &Frame, scale: f64, canvas: (u32, u32), at: (u32, u32)) -> Frame {
    let scaled = |length: u32| (f64::from(length) * scale).round() as u32;
    let (width, height) = (scaled(frame.width), scaled(frame.height));
    let small = resize(&frame.rgb, frame.width, frame.height, width, height).unwrap();
    let mut rgb = vec![110; (canvas.0 * canvas.1 * 3) as usize];
    for row in 0..height {
        let from = (row * width * 3) as usize;
        let to = (((at.1 + row) * canvas.0 + at.0) * 3) as usize;
        let bytes = (width * 3) as usize;
        rgb[to..to + bytes].copy_from_slice(&small[from..from + bytes]);
    }
    Frame { width: canvas.0, height: canvas.1, rgb, ..frame.clone() }
}

fn examine(examiner: &Examiner, kind: MediaKind, frames: Vec<Frame>) -> Examination {
    let probe = Probe {
        kind,
        container: "test".into(),
        video_codec: None,
        audio_codec: None,
        width: frames[0].width,
        height: frames[0].height,
        rotation_degrees: 0,
        fps: None,
        frame_count: None,
        duration_s: None,
        bitrate: None,
        metadata: Vec::new(),
    };
    let options = ExamineOptions {
        face_crop: false,
        pictures: false,
        now: "2026-11-23T00:00:00Z".parse().unwrap(),
        budget_s: 120.0,
    };
    let events = std::iter::once(MediaEvent::Probe(probe)).chain(frames.into_iter().map(MediaEvent::Frame));
    let examination = examiner.examine_events(events.map(Ok), None, &options, &mut |_| true).unwrap();
    assert!(examination.findings.iter().all(podlinnik_domain::finding::Finding::is_consistent));
    examination
}

#[test]
fn the_astronaut_has_one_face_where_it_is_and_is_not_called_manipulated() {
    let Some(examiner) = examiner() else { return };
    let examination = examine(&examiner, MediaKind::Image, vec![fixture("astronaut.jpg")]);
    assert_eq!(examination.tracks.len(), 1);
    let place = examination.tracks[0].sightings[0].bounding_box;
    let centre = (place.x + place.width / 2.0, place.y + place.height / 2.0);
    assert!((centre.0 - 224.0).abs() < 20.0 && (centre.1 - 114.0).abs() < 25.0, "{place:?}");
    assert!((80.0..150.0).contains(&place.width), "{place:?}");
    let finding = &examination.findings[0];
    assert!(finding.score.is_some());
    if let Some(llr10) = finding.llr10 {
        assert!(llr10.value() < 1.0, "a genuine portrait is called manipulated: {finding:?}");
    }
}

#[test]
fn a_still_gives_the_same_answer_in_one_thread_and_in_several() {
    let (Some(one), Some(several)) = (examiner_of_threads(1), examiner_of_threads(4)) else { return };
    // A small face beside nothing: the cascade has to find it, whose work is what the threads share.
    let frame = placed(&fixture("astronaut.jpg"), 0.7, (1600, 1200), (900, 600));
    let [one, several] = [one, several].map(|it| examine(&it, MediaKind::Image, vec![frame.clone()]));
    assert_eq!(one.tracks.len(), 1);
    assert_eq!(one.tracks, several.tracks);
    assert_eq!(one.findings, several.findings);
    assert_eq!(one.combined, several.combined);
}

#[test]
fn a_small_face_in_a_wide_frame_is_found_in_the_right_place() {
    let Some(examiner) = examiner() else { return };
    let portrait = fixture("astronaut.jpg");
    // The face is about 110 px of 512: here about 97 px of 1080 rows.
    let frame = placed(&portrait, 0.88, (1920, 1080), (1300, 500));
    let examination = examine(&examiner, MediaKind::Image, vec![frame]);
    let place = examination.tracks.first().expect("the face is found").sightings[0].bounding_box;
    let centre = (place.x + place.width / 2.0, place.y + place.height / 2.0);
    assert!((centre.0 - (1300.0 + 0.88 * 224.0)).abs() < 20.0, "{place:?}");
    assert!((centre.1 - (500.0 + 0.88 * 114.0)).abs() < 22.0, "{place:?}");
}

#[test]
fn a_moving_face_stays_one_track() {
    let Some(examiner) = examiner() else { return };
    let portrait = fixture("astronaut.jpg");
    let frames = (0..8_u32)
        .map(|index| {
            let frame = placed(&portrait, 1.0, (900, 600), (20 + index * 30, 40));
            Frame { index, burst: index / 2, at_s: f64::from(index), ..frame }
        })
        .collect();
    let examination = examine(&examiner, MediaKind::Video, frames);
    assert_eq!(examination.tracks.len(), 1);
    assert_eq!(examination.tracks[0].sightings.len(), 8);
}

#[test]
fn neighbouring_frames_of_a_face_are_compared_and_a_still_has_none() {
    let Some(examiner) = examiner() else { return };
    let portrait = fixture("astronaut.jpg");
    let frames = (0..24_u32)
        .map(|index| {
            let (burst, place) = (index / 8, index % 8);
            // it sways, and so does its size
            let sway = (f64::from(index) * 0.7).sin();
            let at = (60 + burst * 40 + place * 2, (40.0 + 3.0 * sway) as u32);
            let frame = placed(&portrait, 1.0 + 0.004 * sway, (900, 620), at);
            let at_s = f64::from(burst) * 2.0 + f64::from(place) * 0.04;
            Frame { index, burst, at_s, motion_only: place > 1, ..frame }
        })
        .collect();
    let examination = examine(&examiner, MediaKind::Video, frames);
    assert_eq!(examination.tracks.len(), 1);
    assert_eq!(examination.tracks[0].sightings.len(), 6, "frames for motion only are no sightings");
    let of = |examination: &Examination| {
        examination.findings.iter().find(|finding| finding.method.as_str() == "temporal").unwrap().clone()
    };
    let finding = of(&examination);
    assert!(finding.score.is_some(), "{finding:?}");
    assert_eq!(finding.locations.iter().filter(|place| place.bounding_box.is_some()).count(), 3);
    if let Some(llr10) = finding.llr10 {
        assert!(llr10.value() < 1.0, "a genuine face is called manipulated: {finding:?}");
    }
    let still = of(&examine(&examiner, MediaKind::Image, vec![portrait]));
    assert_eq!((still.state, still.reason), (FindingState::NotApplicable, Some(Reason::NoMotion)));
}

#[test]
fn coffee_has_no_face() {
    let Some(examiner) = examiner() else { return };
    let examination = examine(&examiner, MediaKind::Image, vec![fixture("coffee.jpg")]);
    assert_eq!(examination.findings[0].state, FindingState::NotApplicable);
    assert_eq!(examination.findings[0].reason, Some(Reason::NoFace));
}

#[test]
fn fifty_faces_are_bounded_and_said_to_be_too_many() {
    let Some(examiner) = examiner() else { return };
    let examination = examine(&examiner, MediaKind::Image, vec![fixture("fifty-faces.jpg")]);
    assert!(examination.tracks.len() <= 8);
    let warned = |code| examination.warnings.iter().any(|warning| warning.code == code);
    assert!(warned(podlinnik_domain::media::WarningCode::TooManyFaces));
}

#[test]
fn a_drawn_face_is_not_judged() {
    let Some(examiner) = examiner() else { return };
    let examination = examine(&examiner, MediaKind::Image, vec![fixture("cartoon-face.png")]);
    let finding = &examination.findings[0];
    assert_ne!(finding.state, FindingState::Finding, "{finding:?}");
    if !examination.tracks.is_empty() {
        assert_eq!(finding.reason, Some(Reason::NonPhotorealistic));
    }
}

#[test]
fn genuine_photographs_are_looked_at_as_a_whole_and_not_called_generated() {
    let Some(examiner) = examiner() else { return };
    for name in ["astronaut.jpg", "coffee.jpg"] {
        let examination = examine(&examiner, MediaKind::Image, vec![fixture(name)]);
        let finding =
            examination.findings.iter().find(|it| it.method.as_str() == "synthetic_picture").unwrap();
        assert!(finding.score.is_some(), "{name}: {finding:?}");
        assert_eq!(finding.locations.len(), 4, "{name}");
        if let Some(word) = finding.word {
            assert_eq!(word, podlinnik_domain::likelihood::Word::NoSupport, "{name}: {finding:?}");
        }
    }
}
