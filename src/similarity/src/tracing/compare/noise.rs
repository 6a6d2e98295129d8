//! How much innovation recompression alone brings, learned from the surroundings of the regions in the same clip.
//!
//! In each band the logarithm of a block's innovation is a straight function of the logarithms of its texture and of its motion; slopes lean on those
//! that most clips have, so that a flat wall does not have to tell how a face behaves.

use super::blocks::{BANDS, Block};
use crate::keypoints::solve;

/// Slopes of most clips: texture, motion.
const PRIOR: [f64; 2] = [0.5, 0.1];
/// So many blocks are needed to outweigh them.
const WEIGHT: f64 = 50.0;
/// Floors of energies, squared grey levels.
const TEXTURE_FLOOR: f32 = 0.3;
const MOTION_FLOOR: f32 = 1.0;
pub(super) const INNOVATION_FLOOR: f32 = 0.1;

/// What recompression explains in this clip, band by band.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    centre: [[f64; 2]; BANDS],
    level: [f64; BANDS],
    slope: [[f64; 2]; BANDS],
    /// Typical deviation of a block, natural logarithm.
    pub(super) spread: [f64; BANDS],
}

impl Noise {
    /// Learns from blocks outside the regions; none if they are fewer than `least`.
    pub(super) fn learn(blocks: &[Block], least: usize) -> Option<Self> {
        if blocks.len() < least.max(3) {
            return None;
        }
        let mut noise = Self {
            centre: [[0.0; 2]; BANDS],
            level: [0.0; BANDS],
            slope: [PRIOR; BANDS],
            spread: [0.0; BANDS],
        };
        for band in 0..BANDS {
            noise.fit(blocks, band)?;
        }
        Some(noise)
    }

    fn fit(&mut self, blocks: &[Block], band: usize) -> Option<()> {
        let rows: Vec<([f64; 2], f64)> =
            blocks.iter().map(|block| (explain(block, band), answer(block, band))).collect();
        // start from the usual slopes and the median level: what lies over part of the picture must not set it
        let mut levels: Vec<f64> = rows.iter().map(|(x, y)| y - PRIOR[0] * x[0] - PRIOR[1] * x[1]).collect();
        levels.sort_by(f64::total_cmp);
        let start = levels.get(levels.len() / 2).copied()?;
        let mut weights: Vec<f64> = rows
            .iter()
            .map(|(x, y)| 1.0 / (1.0 + (y - PRIOR[0] * x[0] - PRIOR[1] * x[1] - start).powi(2)))
            .collect();
        let mut spread = 0.0;
        for _ in 0..5 {
            let total: f64 = weights.iter().sum();
            let mut centre = [0.0; 2];
            let mut level = 0.0;
            for ((x, y), weight) in rows.iter().zip(&weights) {
                centre[0] += weight * x[0] / total;
                centre[1] += weight * x[1] / total;
                level += weight * y / total;
            }
            let mut matrix = [[WEIGHT, 0.0], [0.0, WEIGHT]];
            let mut right = PRIOR.map(|slope| WEIGHT * slope);
            for ((x, y), weight) in rows.iter().zip(&weights) {
                let off = [x[0] - centre[0], x[1] - centre[1]];
                for one in 0..2 {
                    right[one] += weight * off[one] * (y - level);
                    for other in 0..2 {
                        matrix[one][other] += weight * off[one] * off[other];
                    }
                }
            }
            let slope = solve(matrix, right)?;
            (self.centre[band], self.level[band], self.slope[band]) = (centre, level, slope);
            let mut sizes: Vec<f64> =
                blocks.iter().zip(&rows).map(|(block, (_, y))| (y - self.log(block, band)).abs()).collect();
            sizes.sort_by(f64::total_cmp);
            spread = 1.48 * sizes.get(sizes.len() / 2)? + 0.05;
            for ((block, (_, y)), weight) in blocks.iter().zip(&rows).zip(&mut weights) {
                *weight = 1.0 / (1.0 + ((y - self.log(block, band)) / (2.0 * spread)).powi(2));
            }
        }
        self.spread[band] = spread;
        Some(())
    }

    fn log(&self, block: &Block, band: usize) -> f64 {
        let x = explain(block, band);
        self.level[band]
            + self.slope[band][0] * (x[0] - self.centre[band][0])
            + self.slope[band][1] * (x[1] - self.centre[band][1])
    }

    /// The innovation, floor included, that a block should have.
    pub(super) fn expected(&self, block: &Block, band: usize) -> f64 {
        self.log(block, band).clamp(-12.0, 12.0).exp()
    }

    /// Typical innovation in grey levels (root mean square) in a band.
    pub(super) fn typical(&self, band: usize) -> f64 {
        (self.level[band].exp() - f64::from(INNOVATION_FLOOR)).max(0.0).sqrt()
    }
}

fn explain(block: &Block, band: usize) -> [f64; 2] {
    [block.original[band] + TEXTURE_FLOOR, block.motion + MOTION_FLOOR].map(|value| f64::from(value).ln())
}

fn answer(block: &Block, band: usize) -> f64 {
    f64::from(block.innovation[band] + INNOVATION_FLOOR).ln()
}
