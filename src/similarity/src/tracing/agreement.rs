//! Where in the suspect's frame the original's picture is.

use crate::keypoints::{Plane, Projective};

use super::view::{bring, resizing, sides};

/// Longer side of the planes that are compared.
const SIZE: usize = 240;
/// Side of a block.
const BLOCK: usize = 10;
/// Root mean square of the band-passed levels from which on a block has texture.
const TEXTURE: f32 = 1.6;
/// Correlation from which on a block agrees.
const ALIKE: f32 = 0.65;

/// What agrees.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture {
    /// Share of the textured blocks inside the original's outline that agree in most frames.
    pub(super) share: f64,
    /// Where the original's picture lies in the suspect's frame: x, y, width, height in its pixels.
    pub(super) bounds: [f64; 4],
}

/// Compares block by block; none where there is too little texture to say anything.
pub(super) fn picture_agreement(pairs: &[(Plane, Plane)], back: &Projective) -> Option<Picture> {
    let full = sides(&pairs.first()?.0);
    let small = pairs.first()?.0.within(SIZE).0;
    let (width, height) = (small.width, small.height);
    let to_full = resizing(sides(&small), full);
    let map = back.after(&to_full);
    let (columns, rows) = (width / BLOCK, height / BLOCK);
    // per block: textured, alike, outside
    let mut counts = vec![[0_u32; 3]; columns * rows];
    for (suspect, original) in pairs {
        let theirs = suspect.resized(width, height);
        let mut ours = bring(original, &map, width, height);
        let known: Vec<bool> = ours.values.iter().map(|value| value.is_finite()).collect();
        for (value, other) in ours.values.iter_mut().zip(&theirs.values) {
            if !value.is_finite() {
                *value = *other;
            }
        }
        let (theirs, ours) = (band(&theirs), band(&ours));
        for (block, count) in counts.iter_mut().enumerate() {
            let (left, top) = (block % columns * BLOCK, block / columns * BLOCK);
            let (mut ab, mut aa, mut bb, mut inside) = (0.0_f32, 0.0_f32, 0.0_f32, 0);
            for y in top..top + BLOCK {
                let row = y * width + left..y * width + left + BLOCK;
                for (a, b) in ours.values[row.clone()].iter().zip(&theirs.values[row.clone()]) {
                    ab += a * b;
                    aa += a * a;
                    bb += b * b;
                }
                inside += known[row].iter().filter(|inside| **inside).count();
            }
            let level = TEXTURE * TEXTURE * (BLOCK * BLOCK) as f32;
            if inside < BLOCK * BLOCK * 9 / 10 {
                count[2] += 1;
            } else if aa.max(bb) > level {
                count[0] += 1;
                count[1] += u32::from(ab > ALIKE * (aa * bb).sqrt() && aa.min(bb) > 0.1 * level);
            }
        }
    }
    let textured = counts.iter().filter(|count| count[0] > 0).count();
    if textured < 12 {
        return None;
    }
    let total: u32 = counts.iter().map(|count| count[0]).sum();
    let alike: u32 = counts.iter().map(|count| count[1]).sum();
    // where the picture ends: the outermost blocks that agree, widened to the outline of the original
    let agreeing: Vec<[usize; 2]> = counts
        .iter()
        .enumerate()
        .filter(|(_, count)| count[1] > 0 && count[1] * 2 >= count[0])
        .map(|(block, _)| [block % columns, block / columns])
        .collect();
    let mut outline = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let forward = back.inverse()?;
    let [ours_width, ours_height] = sides(&pairs.first()?.1);
    for corner in [[0.0, 0.0], [ours_width, 0.0], [0.0, ours_height], [ours_width, ours_height]] {
        let [x, y] = forward.apply(corner);
        outline = [outline[0].min(x), outline[1].min(y), outline[2].max(x), outline[3].max(y)];
    }
    let factor = full[0] / width as f64;
    let edges = agreeing.iter().fold(
        [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
        |edges, [column, row]| {
            let (x, y) = ((column * BLOCK) as f64 * factor, (row * BLOCK) as f64 * factor);
            let side = BLOCK as f64 * factor;
            [edges[0].min(x), edges[1].min(y), edges[2].max(x + side), edges[3].max(y + side)]
        },
    );
    let flat = 3.5 * BLOCK as f64 * factor;
    let low = |axis: usize| {
        let least = outline[axis].max(0.0);
        // flat margins do not show where the picture ends: near the outline, the outline is the end
        if edges[axis] - least < flat { least } else { edges[axis] }
    };
    let high = |axis: usize| {
        let most = outline[axis + 2].min(full[axis]);
        if most - edges[axis + 2] < flat { most } else { edges[axis + 2] }
    };
    let (x, y) = (low(0), low(1));
    let bounds = [x, y, (high(0) - x).max(0.0), (high(1) - y).max(0.0)];
    bounds
        .iter()
        .all(|value| value.is_finite())
        .then_some(Picture { share: f64::from(alike) / f64::from(total.max(1)), bounds })
}

fn band(plane: &Plane) -> Plane {
    let (fine, broad) = (plane.blurred(1.0), plane.blurred(5.0));
    let values = fine.values.iter().zip(&broad.values).map(|(a, b)| a - b).collect();
    Plane { values, ..fine }
}
