//! Shows the short-range detector the whole frame and square tiles of its shorter side. Faces that vanish at 128 pixels are left to the cascade.

use podlinnik_media::Frame;
use podlinnik_media::encode::{EncodeError, resize, resize_crop};

use super::FaceError;
use super::pixels::Square;
use super::short_range::{Candidate, ShortRange, VIEW};

/// Confidence that a face has to have in the whole frame.
const THRESHOLD: f64 = 0.5;
/// Confidence that a face has to have in a tile: many tiles are looked at.
const TILE_THRESHOLD: f64 = 0.6;
/// A face that is cut by the edge of its tile counts only from here on: the neighbouring tile sees it whole.
const CUT_THRESHOLD: f64 = 0.8;
/// Shift of neighbouring tiles, relative to their side.
const STEP: f64 = 0.6;

/// Candidates of the short-range detector in a frame, in its pixels, without doubles. Not all are faces: the landmark network has the last word.
pub(super) fn near(detector: &ShortRange, frame: &Frame) -> Result<Vec<Candidate>, FaceError> {
    let mut found = whole(detector, frame)?;
    if frame.width != frame.height {
        tiles(detector, frame, &mut found)?;
    }
    Ok(found)
}

/// Adds a candidate unless one in the same place is surer. One that merely lies within another stays: the larger may be no face.
fn add(found: &mut Vec<Candidate>, face: Candidate) {
    let same = |other: &Candidate| other.square.overlap(face.square) > 0.3;
    if !found.iter().any(|other| same(other) && other.confidence >= face.confidence) {
        found.retain(|other| !same(other));
        found.push(face);
    }
}

/// The whole frame, letterboxed.
fn whole(detector: &ShortRange, frame: &Frame) -> Result<Vec<Candidate>, FaceError> {
    let longer = frame.width.max(frame.height);
    let scale = f64::from(VIEW) / f64::from(longer.max(1));
    let width = scaled(frame.width, scale);
    let height = scaled(frame.height, scale);
    let small = resize(&frame.rgb, frame.width, frame.height, width, height)?;
    let (left, top) = ((VIEW - width) / 2, (VIEW - height) / 2);
    let mut view = vec![0; (VIEW * VIEW * 3) as usize];
    let row_bytes = (width * 3) as usize;
    for (row, line) in (top..).zip(small.chunks_exact(row_bytes)) {
        let start = ((row * VIEW + left) * 3) as usize;
        if let Some(target) = view.get_mut(start..start + row_bytes) {
            target.copy_from_slice(line);
        }
    }
    let candidates = detector.detect(view, THRESHOLD)?;
    let unscaled = |value: f64, margin: u32| (value * f64::from(VIEW) - f64::from(margin)) / scale;
    Ok(candidates
        .into_iter()
        .map(|face| Candidate {
            square: Square {
                x: unscaled(face.square.x, left),
                y: unscaled(face.square.y, top),
                side: unscaled(face.square.side, 0),
            },
            ..face
        })
        .collect())
}

/// Square tiles whose side is the frame's shorter side. The frame is scaled down once; tiles are cut from that.
fn tiles(detector: &ShortRange, frame: &Frame, found: &mut Vec<Candidate>) -> Result<(), FaceError> {
    let shorter = frame.width.min(frame.height);
    let scale = f64::from(VIEW) / f64::from(shorter.max(1));
    // Enlarging a small frame further than this shows the detector nothing new.
    if scale > 2.0 {
        return Ok(());
    }
    let (width, height) = (scaled(frame.width, scale), scaled(frame.height, scale));
    let small = resize(&frame.rgb, frame.width, frame.height, width, height)?;
    for top in starts(height) {
        for left in starts(width) {
            let view = tile(&small, width, height, left, top)?;
            for face in detector.detect(view, TILE_THRESHOLD)? {
                if face.confidence < CUT_THRESHOLD && is_cut(face.square, (left, top), (width, height)) {
                    continue;
                }
                let back = |value: f64, start: u32| (value * f64::from(VIEW) + f64::from(start)) / scale;
                let square = Square {
                    x: back(face.square.x, left),
                    y: back(face.square.y, top),
                    side: back(face.square.side, 0),
                };
                add(found, Candidate { square, ..face });
            }
        }
    }
    Ok(())
}

fn tile(rgb: &[u8], width: u32, height: u32, left: u32, top: u32) -> Result<Vec<u8>, EncodeError> {
    let area = (f64::from(left), f64::from(top), f64::from(VIEW), f64::from(VIEW));
    resize_crop(rgb, width, height, area, VIEW, VIEW)
}

/// Whether a face touches an edge of its tile that is not an edge of the picture.
fn is_cut(square: Square, (left, top): (u32, u32), (width, height): (u32, u32)) -> bool {
    let margin = 0.02;
    let [x0, y0, x1, y1] = square.edges();
    (x0 < margin && left > 0)
        || (y0 < margin && top > 0)
        || (x1 > 1.0 - margin && left + VIEW < width)
        || (y1 > 1.0 - margin && top + VIEW < height)
}

/// Where tiles of [`VIEW`] pixels start along `length` pixels (at least one tile long).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the length")]
fn starts(length: u32) -> Vec<u32> {
    let free = length.saturating_sub(VIEW);
    let steps = (f64::from(free) / (f64::from(VIEW) * STEP)).ceil().max(0.0) as u32;
    (0..=steps).map(|step| (u64::from(free) * u64::from(step) / u64::from(steps.max(1))) as u32).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and at most the frame's size times two"
)]
fn scaled(length: u32, scale: f64) -> u32 {
    ((f64::from(length) * scale).round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_length_with_overlap() {
        assert_eq!(starts(128), [0]);
        assert_eq!(starts(100), [0]);
        let starts = starts(455);
        assert_eq!(starts.first(), Some(&0));
        assert_eq!(starts.last(), Some(&(455 - 128)));
        assert!(starts.windows(2).all(|pair| pair[1] - pair[0] <= 77));
    }
}
