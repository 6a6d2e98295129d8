//! The archive at the size that a region has: a hundred hours.

use std::time::Instant;

use super::ArchiveIndex;
use crate::pdq::Pdq;
use crate::signature::synthetic::Dice;
use crate::signature::{FrameSignature, Landmark, LandmarkFrame, MediaSignature};
use crate::sound::SoundPrint;

/// Thirty seconds of it from a second on, every hash with some bits wrong.
fn excerpt(hour: &MediaSignature, from_s: u32, dice: &mut Dice) -> MediaSignature {
    let inside = |at_ms: u32| (from_s * 1000..(from_s + 30) * 1000).contains(&at_ms);
    let mut noisy = |pdq: Pdq| {
        let [one, ..] = pdq.words();
        let mut words = pdq.words();
        words[0] = one ^ (dice.throw() & dice.throw() & dice.throw());
        Pdq::from_words(words)
    };
    let frames = hour.frames.iter().filter(|frame| inside(frame.at_ms));
    MediaSignature {
        duration_ms: 30_000,
        frames: frames
            .map(|frame| FrameSignature {
                at_ms: frame.at_ms - from_s * 1000,
                pdq: noisy(frame.pdq),
                ..*frame
            })
            .collect(),
        landmarks: Vec::new(),
        sound: None,
    }
}

/// A frame of it as a crop shows it: half of its corners, moved and with 16 to 32 bits wrong, among as many others.
fn corners_of(hour: &MediaSignature, at_s: u32, dice: &mut Dice) -> MediaSignature {
    let Some(frame) = hour.landmarks.iter().find(|frame| frame.at_ms == at_s * 1000) else {
        panic!("no corners at {at_s} s");
    };
    let mut points: Vec<Landmark> = dice.corners(0, 80, false).points;
    for (number, point) in frame.points.iter().enumerate().take(40) {
        let mut noise = || {
            let rare = dice.throw() & dice.throw() & dice.throw();
            if number % 2 == 0 { rare } else { rare & dice.throw() }
        };
        let descriptor = point.descriptor.map(|word| word ^ noise());
        points.push(Landmark { place: point.place.map(|at| at / 2 + 9000), descriptor });
    }
    let landmarks = vec![LandmarkFrame { at_ms: 0, mirrored: false, size: [320, 180], points }];
    MediaSignature { duration_ms: 5000, frames: Vec::new(), landmarks, sound: None }
}

#[test]
fn a_hundred_hours_are_searched_within_seconds() {
    let mut dice = Dice::new(7);
    let mut archive = ArchiveIndex::new();
    let mut some = MediaSignature::default();
    archive.load();
    for id in 0..100 {
        let hour = dice.hour();
        archive.insert(id, &hour);
        if id == 57 {
            some = hour;
        }
    }
    archive.settle();
    assert_eq!((archive.len(), archive.hashes()), (100, 720_000));
    let known = excerpt(&some, 1234, &mut dice);
    let begin = Instant::now();
    let found = archive.candidates(&known);
    let known_s = begin.elapsed().as_secs_f64();
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].id, 57);
    assert!((found[0].original_span_s[0] - 1234.0).abs() < 0.5, "{found:?}");

    // of what is not there, corners and sound are asked too: the longest way
    let unknown = MediaSignature {
        duration_ms: 30_000,
        frames: (0..120).map(|at| dice.frame(at * 250)).collect(),
        landmarks: (0..30).map(|at| dice.corners(at / 2 * 2000, 160, at % 2 == 1)).collect(),
        sound: Some(SoundPrint::from_parts(
            0,
            (0..240).map(|_| dice.throw() as u32).collect(),
            vec![true; 240],
        )),
    };
    let begin = Instant::now();
    assert_eq!(archive.candidates(&unknown), []);
    let unknown_s = begin.elapsed().as_secs_f64();
    let crop = corners_of(&some, 1230, &mut dice);
    let found = archive.candidates(&crop);
    let picture = found.first().and_then(|best| best.picture).expect("found by its corners");
    assert_eq!((found.len(), found[0].id), (1, 57), "{found:?}");
    assert!(picture.landmarks >= 20, "{picture:?}");
    assert!(known_s < 5.0 && unknown_s < 20.0, "{known_s:.1} s, {unknown_s:.1} s");
}
