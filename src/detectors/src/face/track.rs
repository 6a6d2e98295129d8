//! Which sightings are of the same face.
//!
//! Within a burst the frames are consecutive, so overlap decides. Between bursts seconds may have passed or the scene may have changed: then a face joins
//! a track only if it is near the last place, of like size, and looks alike at 12 × 12 pixels. When in doubt a new track begins: two persons in one
//! track would blur each other's result; one person in two tracks only shortens them.

use super::Face;
use super::pixels::{Pixels, Square};

/// Side of the look-alike picture.
const SIGNATURE_SIDE: u32 = 12;
/// Overlap of squares that makes two sightings of one burst one face.
const SAME_PLACE: f64 = 0.3;
/// Correlation of look-alike pictures from which on two sightings near each other are one face.
const ALIKE: f64 = 0.60;
/// The same for sightings far from each other in the picture.
const ALIKE_ANYWHERE: f64 = 0.90;
/// Farthest shift between bursts that counts as near, in sides of the face.
const NEAR: f64 = 1.0;
/// Largest ratio of sizes.
const LIKE_SIZE: f64 = 1.7;

/// Groups faces into tracks. Faces have to come in order of their frames.
pub(super) fn tracks(faces: Vec<Face>) -> Vec<Vec<Face>> {
    let mut tracks: Vec<Vec<Face>> = Vec::new();
    let mut faces = faces.into_iter().peekable();
    while let Some(first) = faces.next() {
        let frame = first.frame;
        let mut together = vec![first];
        while let Some(next) = faces.next_if(|face| face.frame == frame) {
            together.push(next);
        }
        assign(&mut tracks, together);
    }
    tracks
}

/// Assigns the faces of one frame, the best pairs first; no track gets two.
fn assign(tracks: &mut Vec<Vec<Face>>, faces: Vec<Face>) {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (number, face) in faces.iter().enumerate() {
        for (index, track) in tracks.iter().enumerate() {
            if let Some(likeness) = track.last().and_then(|last| likeness(last, face)) {
                pairs.push((likeness, number, index));
            }
        }
    }
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0).then((one.1, one.2).cmp(&(other.1, other.2))));
    let mut chosen: Vec<Option<usize>> = vec![None; faces.len()];
    for (_, number, index) in pairs {
        if chosen[number].is_none() && !chosen.contains(&Some(index)) {
            chosen[number] = Some(index);
        }
    }
    for (face, choice) in faces.into_iter().zip(chosen) {
        match choice.and_then(|index| tracks.get_mut(index)) {
            Some(track) => track.push(face),
            None => tracks.push(vec![face]),
        }
    }
}

/// How surely two sightings are of one face; none if they are not.
fn likeness(last: &Face, face: &Face) -> Option<f64> {
    let overlap = last.square.overlap(face.square);
    let alike = correlation(&last.signature, &face.signature);
    if last.burst == face.burst {
        return (overlap > SAME_PLACE).then_some(2.0 + overlap);
    }
    let ratio = last.square.side / face.square.side.max(1e-9);
    let like_size = (1.0 / LIKE_SIZE..LIKE_SIZE).contains(&ratio);
    let near = like_size && distance(last.square, face.square) < NEAR * last.square.side;
    (alike > if near { ALIKE } else { ALIKE_ANYWHERE }).then_some(alike + overlap)
}

fn distance(one: Square, other: Square) -> f64 {
    (one.x - other.x).hypot(one.y - other.y)
}

/// A picture of the face so small that only its gross look is left.
pub(super) fn signature(crop: &Pixels) -> Vec<u8> {
    crop.resized(SIGNATURE_SIDE, SIGNATURE_SIDE).map(|small| small.rgb).unwrap_or_default()
}

/// Pearson's correlation of two signatures, -1 to 1; 0 where one is flat or their lengths differ.
fn correlation(one: &[u8], other: &[u8]) -> f64 {
    if one.len() != other.len() || one.is_empty() {
        return 0.0;
    }
    let mean =
        |values: &[u8]| values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
    let (mean_one, mean_other) = (mean(one), mean(other));
    let (mut common, mut square_one, mut square_other) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        let (a, b) = (f64::from(*a) - mean_one, f64::from(*b) - mean_other);
        common += a * b;
        square_one += a * a;
        square_other += b * b;
    }
    let scale = (square_one * square_other).sqrt();
    if scale > 0.0 { common / scale } else { 0.0 }
}
