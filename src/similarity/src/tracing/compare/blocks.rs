//! A pair of planes, block by block: what the suspect shows that the original does not.
//!
//! Recompression takes texture away and adds little; a changed mouth adds what was not there. So per band of spatial frequency and block, the suspect is
//! split into the part that the original explains (with a gain of at most 1.1) and the rest, the *innovation*.

use crate::keypoints::Plane;

/// Side of a block in working pixels.
pub(super) const BLOCK: usize = 8;
/// Bands: differences of Gaussians of σ 1–2, 2–4 and 4–8 working pixels.
pub(super) const BANDS: usize = 3;
/// Energies, in squared grey levels, under which the gain and the logarithm level off.
const FLOOR: f32 = 0.05;

/// Measurements of one block of one pair.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    /// Energy of the original by band.
    pub(super) original: [f32; BANDS],
    /// Energy of the innovation by band.
    pub(super) innovation: [f32; BANDS],
    /// Mean squared difference of the original from its neighbouring frame.
    pub(super) motion: f32,
    /// Whether the whole block and its surroundings are in both pictures.
    pub(super) valid: bool,
}

/// Measures a pair of equally large planes, sides a multiple of [`BLOCK`]. `neighbour` is the original a frame earlier or later.
pub(super) fn measure(
    suspect: &Plane,
    original: &Plane,
    neighbour: Option<&Plane>,
    known: &[bool],
) -> Vec<Block> {
    let (columns, rows) = (suspect.width / BLOCK, suspect.height / BLOCK);
    let mut blocks = vec![Block::default(); columns * rows];
    let (theirs, ours) = (bands(suspect), bands(original));
    for (index, (one, other)) in ours.iter().zip(&theirs).enumerate() {
        let side = BLOCK >> index;
        let count = (side * side) as f32;
        for (at, block) in blocks.iter_mut().enumerate() {
            let (left, top) = (at % columns * side, at / columns * side);
            let (mut ab, mut aa, mut bb) = (0.0_f32, 0.0_f32, 0.0_f32);
            for y in top..top + side {
                let row = y * one.width;
                for place in row + left..row + left + side {
                    let (a, b) = (one.values[place], other.values[place]);
                    ab += a * b;
                    aa += a * a;
                    bb += b * b;
                }
            }
            let (ab, aa, bb) = (ab / count, aa / count, bb / count);
            let gain = (ab / (aa + FLOOR)).clamp(0.0, 1.1);
            block.original[index] = aa;
            block.innovation[index] = (bb - 2.0 * gain * ab + gain * gain * aa).max(0.0);
        }
    }
    let width = suspect.width;
    let inside = |column: usize, row: usize| {
        (row * BLOCK..(row + 1) * BLOCK)
            .all(|y| known[y * width + column * BLOCK..y * width + (column + 1) * BLOCK].iter().all(|k| *k))
    };
    let whole: Vec<bool> = (0..columns * rows).map(|at| inside(at % columns, at / columns)).collect();
    for (at, block) in blocks.iter_mut().enumerate() {
        let (column, row) = (at % columns, at / columns);
        let within = column > 0 && row > 0 && column + 1 < columns && row + 1 < rows;
        block.valid = within
            && (row - 1..=row + 1).all(|y| (column - 1..=column + 1).all(|x| whole[y * columns + x]))
            && block.innovation.iter().all(|value| value.is_finite());
        if let Some(neighbour) = neighbour {
            let mut sum = 0.0;
            for y in row * BLOCK..(row + 1) * BLOCK {
                for place in y * width + column * BLOCK..y * width + (column + 1) * BLOCK {
                    sum += (original.values[place] - neighbour.values[place]).powi(2);
                }
            }
            block.motion = sum / (BLOCK * BLOCK) as f32;
        }
    }
    blocks
}

/// Each band at half the resolution of the one before.
fn bands(plane: &Plane) -> [Plane; BANDS] {
    let halved = |plane: &Plane| plane.resized((plane.width / 2).max(1), (plane.height / 2).max(1));
    let less = |one: &Plane, other: &Plane| {
        let values = one.values.iter().zip(&other.values).map(|(a, b)| a - b).collect();
        Plane { width: one.width, height: one.height, values }
    };
    // σ² adds up: 1 → 2 takes √3; on half the pixels 2 → 4 takes √12 / 2; on a quarter 4 → 8 takes √48 / 4
    let root = 3.0_f64.sqrt();
    let first = plane.blurred(1.0);
    let second = first.blurred(root);
    let half = halved(&second);
    let third = half.blurred(root);
    let quarter = halved(&third);
    let fourth = quarter.blurred(root);
    [less(&first, &second), less(&half, &third), less(&quarter, &fourth)]
}
