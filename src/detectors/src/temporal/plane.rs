//! Single-channel pictures of the window, and areas of it. Coordinates are pixels from the middle of the plane.

use crate::face::{Pixels, WINDOW_PX};

/// Side of a plane in pixels: faces of 64 px fill it as they are, so that larger ones are seen no better than those.
pub(super) const SIDE: usize = 96;
const MIDDLE: f64 = (SIDE as f64 - 1.0) / 2.0;

/// [`SIDE`]² values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane(Vec<f32>);

impl Plane {
    #[cfg(test)]
    pub(super) fn from_values(values: Vec<f32>) -> Option<Self> {
        (values.len() == SIDE * SIDE).then_some(Self(values))
    }

    /// Where a pixel is.
    pub(super) const fn place(pixel: usize) -> [f64; 2] {
        [(pixel % SIDE) as f64 - MIDDLE, (pixel / SIDE) as f64 - MIDDLE]
    }

    pub(super) fn value(&self, pixel: usize) -> f64 {
        self.0.get(pixel).map_or(0.0, |value| f64::from(*value))
    }

    /// Bilinear; beyond the border the border is repeated.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the plane")]
    pub(super) fn sample(&self, [x, y]: [f64; 2]) -> f64 {
        let within = |at: f64| (at + MIDDLE).clamp(0.0, SIDE as f64 - 1.001);
        let (x, y) = (within(x), within(y));
        let (column, row) = (x as usize, y as usize);
        let (right, down) = (x - x.floor(), y - y.floor());
        let at = row * SIDE + column;
        let above = self.value(at) * (1.0 - right) + self.value(at + 1) * right;
        let below = self.value(at + SIDE) * (1.0 - right) + self.value(at + SIDE + 1) * right;
        above * (1.0 - down) + below * down
    }

    /// Smoothed with a binomial of three pixels each way, so that shifts by parts of a pixel change little but the place.
    pub(super) fn smoothed(&self) -> Self {
        let pass = |values: &[f32], step: usize| -> Vec<f32> {
            (0..values.len())
                .map(|at| {
                    let along = if step == 1 { at % SIDE } else { at / SIDE };
                    let before = if along == 0 { at } else { at - step };
                    let after = if along == SIDE - 1 { at } else { at + step };
                    let value = |at: usize| values.get(at).copied().unwrap_or(0.0);
                    0.25 * value(before) + 0.5 * value(at) + 0.25 * value(after)
                })
                .collect()
        };
        Self(pass(&pass(&self.0, 1), SIDE))
    }

    /// The plane as `transform` shows it: each place holds what lies at its image.
    #[expect(clippy::cast_possible_truncation, reason = "planes are single precision")]
    pub(super) fn seen_through(&self, transform: super::geometry::Similarity) -> Self {
        Self((0..SIDE * SIDE).map(|at| self.sample(transform.apply(Self::place(at))) as f32).collect())
    }

    /// Mean squared gradient within an area.
    pub(super) fn structure(&self, area: &[usize]) -> f64 {
        let squares = area.iter().map(|&at| {
            let [x, y] = Self::place(at);
            let across = self.sample([x + 1.0, y]) - self.sample([x - 1.0, y]);
            let down = self.sample([x, y + 1.0]) - self.sample([x, y - 1.0]);
            (across * across + down * down) / 4.0
        });
        squares.sum::<f64>() / area.len().max(1) as f64
    }

    /// Mean absolute difference from another plane.
    pub(super) fn distance(&self, other: &Self) -> f64 {
        let sum: f64 = self.0.iter().zip(&other.0).map(|(one, other)| f64::from((one - other).abs())).sum();
        sum / (SIDE * SIDE) as f64
    }
}

/// Luma and the two colour differences (BT.601) of a window; none if it has another size.
pub(super) fn planes(view: &Pixels) -> Option<[Plane; 3]> {
    let side = WINDOW_PX as usize;
    if view.rgb.len() != side * side * 3 || side != 2 * SIDE {
        return None;
    }
    let mut planes = [const { Vec::new() }; 3];
    for plane in &mut planes {
        plane.reserve(SIDE * SIDE);
    }
    for row in 0..SIDE {
        for column in 0..SIDE {
            let mut sums = [0.0_f32; 3];
            for (down, right) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let at = ((2 * row + down) * side + 2 * column + right) * 3;
                for (sum, value) in sums.iter_mut().zip(view.rgb.get(at..at + 3)?) {
                    *sum += f32::from(*value) / 4.0;
                }
            }
            let [red, green, blue] = sums;
            let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
            planes[0].push(luma);
            planes[1].push(0.564 * (blue - luma));
            planes[2].push(0.713 * (red - luma));
        }
    }
    let [luma, blue, red] = planes;
    Some([Plane(luma), Plane(blue), Plane(red)])
}

/// Pixels within a polygon, grown by `factor` about its middle.
pub(super) fn within(polygon: &[[f64; 2]], factor: f64) -> Vec<bool> {
    let count = polygon.len().max(1) as f64;
    let middle = [0, 1].map(|axis| polygon.iter().map(|point| point[axis]).sum::<f64>() / count);
    let corners: Vec<[f64; 2]> = polygon
        .iter()
        .map(|point| [0, 1].map(|axis| middle[axis] + factor * (point[axis] - middle[axis])))
        .collect();
    (0..SIDE * SIDE).map(|at| contains(&corners, Plane::place(at))).collect()
}

fn contains(corners: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let mut inside = false;
    let Some(mut before) = corners.last() else { return false };
    for corner in corners {
        let [x0, y0] = *before;
        let [x1, y1] = *corner;
        if (y0 > y) != (y1 > y) && x < (x1 - x0) * (y - y0) / (y1 - y0) + x0 {
            inside = !inside;
        }
        before = corner;
    }
    inside
}
