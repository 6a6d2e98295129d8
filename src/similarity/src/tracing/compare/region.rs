//! The caller's regions, as shares of blocks.

use serde::{Deserialize, Serialize};

/// Shapes farther away in time than this say nothing about a frame, in seconds.
const REACH_S: f64 = 0.6;

/// What a region holds: each kind is calibrated on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionKind {
    /// Around the lips: the outer edge of the lips is asked for; it is widened by 1.35 here.
    Mouth,
    /// The oval of the face; widened by 1.1 here. Its mouth is judged apart where the caller names it.
    Face,
    /// Anything else that the caller wants to know about; measured, not calibrated.
    Other,
}

impl RegionKind {
    /// By how much the outline is widened: to measure, and to keep clear of when the surroundings are learned.
    const fn widened(self) -> [f64; 2] {
        match self {
            Self::Mouth => [1.35, 1.8],
            Self::Face => [1.1, 1.3],
            Self::Other => [1.0, 1.1],
        }
    }
}

/// A region's outline at one time: points in pixels of the suspect's views.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Time in the suspect, in seconds.
    pub at_s: f64,
    /// At least three points.
    pub polygon: Vec<[f64; 2]>,
}

/// Part of the picture to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// What to call it: `mouth`, `face 2`.
    pub name: String,
    /// What it holds.
    pub kind: RegionKind,
    /// Where it is, by time; between two of equal length the points are interpolated.
    pub shapes: Vec<Shape>,
}

impl Region {
    /// A box that stays: x, y, width, height.
    pub fn fixed(name: &str, kind: RegionKind, [x, y, width, height]: [f64; 4], times: &[f64]) -> Self {
        let polygon = vec![[x, y], [x + width, y], [x + width, y + height], [x, y + height]];
        let shapes = times.iter().map(|at_s| Shape { at_s: *at_s, polygon: polygon.clone() }).collect();
        Self { name: name.to_owned(), kind, shapes }
    }

    /// The outline at a time; none where no shape is near.
    pub(super) fn at(&self, at_s: f64) -> Option<Vec<[f64; 2]>> {
        let sane = |shape: &&Shape| {
            shape.polygon.len() >= 3 && shape.polygon.iter().flatten().all(|value| value.is_finite())
        };
        let near = |shape: &&Shape| (shape.at_s - at_s).abs() <= REACH_S;
        let shapes = || self.shapes.iter().filter(sane).filter(near);
        let before = shapes().filter(|shape| shape.at_s <= at_s).max_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let after = shapes().filter(|shape| shape.at_s >= at_s).min_by(|a, b| a.at_s.total_cmp(&b.at_s));
        match (before, after) {
            (Some(one), Some(other)) if one.polygon.len() == other.polygon.len() && other.at_s > one.at_s => {
                let part = (at_s - one.at_s) / (other.at_s - one.at_s);
                let blend = |(a, b): (&[f64; 2], &[f64; 2])| {
                    [a[0] + part * (b[0] - a[0]), a[1] + part * (b[1] - a[1])]
                };
                Some(one.polygon.iter().zip(&other.polygon).map(blend).collect())
            }
            (Some(one), Some(other)) => {
                let nearer = if at_s - one.at_s <= other.at_s - at_s { one } else { other };
                Some(nearer.polygon.clone())
            }
            (Some(only), None) | (None, Some(only)) => Some(only.polygon.clone()),
            (None, None) => None,
        }
    }

    /// Typical longer side of the outline in pixels.
    pub(super) fn side(&self) -> Option<f64> {
        let mut sides: Vec<f64> = self
            .shapes
            .iter()
            .filter(|shape| shape.polygon.len() >= 3)
            .map(|shape| {
                let [_, _, width, height] = bounds(&shape.polygon);
                width.max(height)
            })
            .filter(|side| side.is_finite() && *side > 0.0)
            .collect();
        sides.sort_by(f64::total_cmp);
        sides.get(sides.len() / 2).copied()
    }

    /// The outline to measure in, and the one to keep clear of.
    pub(super) fn outlines(&self, at_s: f64) -> Option<[Vec<[f64; 2]>; 2]> {
        let polygon = self.at(at_s)?;
        Some(self.kind.widened().map(|factor| widen(&polygon, factor)))
    }
}

/// x, y, width, height of the points' box.
pub(super) fn bounds(polygon: &[[f64; 2]]) -> [f64; 4] {
    let edges = polygon
        .iter()
        .fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |edges, [x, y]| {
            [edges[0].min(*x), edges[1].min(*y), edges[2].max(*x), edges[3].max(*y)]
        });
    [edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]]
}

fn widen(polygon: &[[f64; 2]], factor: f64) -> Vec<[f64; 2]> {
    let count = polygon.len().max(1) as f64;
    let centre = polygon.iter().fold([0.0; 2], |sum, [x, y]| [sum[0] + x / count, sum[1] + y / count]);
    polygon
        .iter()
        .map(|[x, y]| [centre[0] + factor * (x - centre[0]), centre[1] + factor * (y - centre[1])])
        .collect()
}

/// Share of each block (side `block`, `columns` × `rows` of them) that lies within a polygon given in the blocks' pixels: 4 × 4 samples a block.
pub(super) fn coverage(polygon: &[[f64; 2]], block: f64, columns: usize, rows: usize) -> Vec<f32> {
    const FINE: usize = 4;
    let mut shares = vec![0.0; columns * rows];
    let step = block / FINE as f64;
    let mut crossings: Vec<f64> = Vec::new();
    for line in 0..rows * FINE {
        let y = (line as f64 + 0.5) * step - 0.5;
        crossings.clear();
        for (index, [x0, y0]) in polygon.iter().enumerate() {
            let [x1, y1] = polygon[(index + 1) % polygon.len()];
            if (*y0 <= y) != (y1 <= y) {
                crossings.push(x0 + (y - y0) / (y1 - y0) * (x1 - x0));
            }
        }
        crossings.sort_by(f64::total_cmp);
        for span in crossings.chunks_exact(2) {
            for sample in 0..columns * FINE {
                let x = (sample as f64 + 0.5) * step - 0.5;
                if x >= span[0] && x < span[1] {
                    shares[line / FINE * columns + sample / FINE] += 1.0 / (FINE * FINE) as f32;
                }
            }
        }
    }
    shares
}
