//! Points of MediaPipe's face mesh by part of the face, and the areas that they enclose.

use super::plane::{SIDE, within};
pub(super) use crate::face::{LIPS, OVAL as OUTLINE};

/// Both eyes, along the lids.
pub(super) const EYES: [usize; 32] = [
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 33, 7, 163, 144, 145,
    153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
];
/// What does not move against the skull, or little: nose, corners of the eyes, temples, forehead.
pub(super) const FIRM: [usize; 24] = [
    168, 6, 197, 195, 5, 4, 1, 2, 98, 327, 129, 358, 48, 278, 33, 133, 362, 263, 127, 356, 103, 332, 67, 297,
];
/// Middle of the inner edge of the upper and of the lower lip.
pub(super) const MOUTH_MIDDLE: [usize; 2] = [13, 14];
/// Cheeks beside the ears: right, left.
pub(super) const CHEEKS: [usize; 2] = [234, 454];
/// Distances whose ratios describe a face whatever its expression: between outer corners of the eyes, inner corners, length and width of the nose, width of
/// the face, forehead to nose, eyes to nose.
pub(super) const DISTANCES: [(usize, usize); 7] =
    [(33, 263), (133, 362), (168, 2), (98, 327), (234, 454), (10, 2), (33, 4)];

/// Areas of a window, as pixels.
#[derive(Debug)]
pub(super) struct Areas {
    /// The face without its rim and without the mouth.
    pub(super) inner: Vec<usize>,
    /// The mouth and what is right beside it.
    pub(super) mouth: Vec<usize>,
    /// Along the outline, on both sides.
    pub(super) band: Vec<usize>,
    /// Around the face.
    pub(super) ring: Vec<usize>,
}

impl Areas {
    /// From points in coordinates of the plane; none where one of the areas is too small to say anything.
    pub(super) fn of(points: &[[f64; 2]]) -> Option<Self> {
        let polygon = |indices: &[usize]| -> Option<Vec<[f64; 2]>> {
            indices.iter().map(|index| points.get(*index).copied()).collect()
        };
        let outline = polygon(&OUTLINE)?;
        let lips = within(&polygon(&LIPS)?, 1.35);
        let (core, rim, beyond) = (within(&outline, 0.84), within(&outline, 1.1), within(&outline, 1.2));
        let pixels = |is_in: &dyn Fn(usize) -> bool| -> Vec<usize> {
            // the outermost pixels have no neighbours
            let edge = |at: usize| !(2..SIDE - 2).contains(&at);
            (0..SIDE * SIDE).filter(|at| !edge(at % SIDE) && !edge(at / SIDE) && is_in(*at)).collect()
        };
        let areas = Self {
            inner: pixels(&|at| core[at] && !lips[at]),
            mouth: pixels(&|at| lips[at] && rim[at]),
            band: pixels(&|at| rim[at] && !core[at] && !lips[at]),
            ring: pixels(&|at| !beyond[at]),
        };
        let large = areas.inner.len() >= 400
            && areas.mouth.len() >= 60
            && areas.band.len() >= 200
            && areas.ring.len() >= 400;
        large.then_some(areas)
    }
}
