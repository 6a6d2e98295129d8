//! Which corners of two pictures are the same.

use super::Keypoint;

/// More bits than that differ only by chance.
const FARTHEST: u32 = 72;
/// The second-best has to be that much farther.
const RATIO: f64 = 0.86;
/// Corners that near in the picture, in pixels, are one corner at two scales.
const SAME_PLACE: f32 = 10.0;

/// A point of one picture and where it is in another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correspondence {
    /// In the first picture.
    pub from: [f64; 2],
    /// In the second.
    pub to: [f64; 2],
}

/// Corners that are each other's nearest and clearly nearer than any corner elsewhere.
pub fn matches(from: &[Keypoint], to: &[Keypoint]) -> Vec<Correspondence> {
    let forward: Vec<Option<usize>> = from.iter().map(|keypoint| nearest(keypoint, to)).collect();
    let mut pairs = Vec::new();
    for (index, (one, target)) in from.iter().zip(&forward).enumerate() {
        let Some(other) = target.and_then(|at| to.get(at)) else { continue };
        let back = from
            .iter()
            .enumerate()
            .min_by_key(|(at, keypoint)| (keypoint.descriptor.distance(&other.descriptor), *at));
        let same = back.is_some_and(|(at, keypoint)| {
            at == index
                || ((keypoint.x - one.x).abs() < SAME_PLACE / 4.0
                    && (keypoint.y - one.y).abs() < SAME_PLACE / 4.0)
        });
        if same {
            let point = |keypoint: &Keypoint| [f64::from(keypoint.x), f64::from(keypoint.y)];
            pairs.push(Correspondence { from: point(one), to: point(other) });
        }
    }
    pairs
}

fn nearest(keypoint: &Keypoint, among: &[Keypoint]) -> Option<usize> {
    let distances: Vec<u32> =
        among.iter().map(|other| keypoint.descriptor.distance(&other.descriptor)).collect();
    let (best, distance) = distances.iter().enumerate().min_by_key(|(at, distance)| (**distance, *at))?;
    let place = among.get(best)?;
    let second = distances
        .iter()
        .zip(among)
        .filter(|(_, other)| (other.x - place.x).abs() > SAME_PLACE || (other.y - place.y).abs() > SAME_PLACE)
        .map(|(distance, _)| *distance)
        .min()
        .unwrap_or(256);
    (*distance <= FARTHEST && f64::from(*distance) < RATIO * f64::from(second)).then_some(best)
}
