//! Similarity transforms in the plane: fitted to points in closed form (Umeyama 1991), to pictures by Gauss-Newton steps (Lucas & Kanade 1981).

use super::plane::{Plane, SIDE};

/// Steps of the fit to pictures.
const STEPS: u32 = 6;
/// A step shorter than this many pixels at the rim ends the fit.
const SMALL_STEP: f64 = 0.005;
/// Pixels that differ by this many times the typical difference count half.
const ROBUST: f64 = 1.5;
/// Unknowns of the fit to pictures: the transform and a common change of brightness.
const UNKNOWNS: usize = 5;

/// (x, y) → (a·x − b·y + dx, b·x + a·y + dy).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Similarity {
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) dx: f64,
    pub(super) dy: f64,
}

impl Similarity {
    pub(super) const IDENTITY: Self = Self { a: 1.0, b: 0.0, dx: 0.0, dy: 0.0 };

    pub(super) fn apply(self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.a * x - self.b * y + self.dx, self.b * x + self.a * y + self.dy]
    }

    pub(super) fn scale(self) -> f64 {
        self.a.hypot(self.b)
    }

    /// The similarity that brings `from` nearest to `to` (least squares); none of points that all lie in one place.
    pub(super) fn between(from: &[[f64; 2]], to: &[[f64; 2]]) -> Option<Self> {
        let count = from.len().min(to.len()) as f64;
        if count < 2.0 {
            return None;
        }
        let mean = |points: &[[f64; 2]], axis: usize| points.iter().map(|it| it[axis]).sum::<f64>() / count;
        let (centre, target) = ([mean(from, 0), mean(from, 1)], [mean(to, 0), mean(to, 1)]);
        let (mut along, mut across, mut square) = (0.0, 0.0, 0.0);
        for (one, other) in from.iter().zip(to) {
            let (x, y) = (one[0] - centre[0], one[1] - centre[1]);
            let (u, v) = (other[0] - target[0], other[1] - target[1]);
            along += x * u + y * v;
            across += x * v - y * u;
            square += x * x + y * y;
        }
        if square.is_nan() || square <= 1e-9 {
            return None;
        }
        let (a, b) = (along / square, across / square);
        Some(Self {
            a,
            b,
            dx: target[0] - a * centre[0] + b * centre[1],
            dy: target[1] - b * centre[0] - a * centre[1],
        })
    }

    /// The similarity under which `moving` looks most like `reference` within `mask`, from `start` on. Where the fit does not make the difference smaller,
    /// it is `start`.
    pub(super) fn onto(reference: &Plane, moving: &Plane, mask: &[usize], start: Self) -> Self {
        let begun = difference(reference, moving, mask, start);
        let (mut best, mut least) = (start, begun);
        let mut now = start;
        for _ in 0..STEPS {
            let Some(step) = step(reference, moving, mask, now, least.sqrt()) else { break };
            now = Self { a: now.a + step[0], b: now.b + step[1], dx: now.dx + step[2], dy: now.dy + step[3] };
            let left = difference(reference, moving, mask, now);
            if left < least {
                (best, least) = (now, left);
            }
            let rim = SIDE as f64 / 3.0;
            if step[2].abs() + step[3].abs() + rim * (step[0].abs() + step[1].abs()) < SMALL_STEP {
                break;
            }
        }
        best
    }
}

/// Variance of the difference within the mask.
fn difference(reference: &Plane, moving: &Plane, mask: &[usize], at: Similarity) -> f64 {
    let (mut sum, mut square) = (0.0, 0.0);
    for &pixel in mask {
        let error = moving.sample(at.apply(Plane::place(pixel))) - reference.value(pixel);
        sum += error;
        square += error * error;
    }
    let count = mask.len().max(1) as f64;
    (square / count - (sum / count).powi(2)).max(0.0)
}

/// One Gauss-Newton step; none where the picture has too little structure.
fn step(
    reference: &Plane,
    moving: &Plane,
    mask: &[usize],
    at: Similarity,
    typical: f64,
) -> Option<[f64; UNKNOWNS]> {
    let mut normal = [[0.0; UNKNOWNS + 1]; UNKNOWNS];
    let bound = (ROBUST * typical).max(1.0);
    for &pixel in mask {
        let [x, y] = Plane::place(pixel);
        let [u, v] = at.apply([x, y]);
        let error = moving.sample([u, v]) - reference.value(pixel);
        let gx = (moving.sample([u + 0.5, v]) - moving.sample([u - 0.5, v])).clamp(-255.0, 255.0);
        let gy = (moving.sample([u, v + 0.5]) - moving.sample([u, v - 0.5])).clamp(-255.0, 255.0);
        let slopes = [gx * x + gy * y, gy * x - gx * y, gx, gy, 1.0];
        let weight = 1.0 / (1.0 + (error / bound).powi(2));
        for (row, slope) in normal.iter_mut().zip(slopes) {
            for (cell, other) in row.iter_mut().zip(slopes) {
                *cell += weight * slope * other;
            }
            row[UNKNOWNS] -= weight * slope * error;
        }
    }
    solve(normal)
}

/// Gaussian elimination with pivots.
fn solve(mut rows: [[f64; UNKNOWNS + 1]; UNKNOWNS]) -> Option<[f64; UNKNOWNS]> {
    for column in 0..UNKNOWNS {
        let pivot = (column..UNKNOWNS)
            .max_by(|one, other| rows[*one][column].abs().total_cmp(&rows[*other][column].abs()))?;
        let size = rows[pivot][column].abs();
        if size.is_nan() || size <= 1e-6 {
            return None;
        }
        rows.swap(column, pivot);
        let lead = rows[column];
        for (number, row) in rows.iter_mut().enumerate() {
            if number != column {
                let factor = row[column] / lead[column];
                for (cell, other) in row.iter_mut().zip(lead) {
                    *cell -= factor * other;
                }
            }
        }
    }
    let mut solution = [0.0; UNKNOWNS];
    for (number, value) in solution.iter_mut().enumerate() {
        *value = rows[number][UNKNOWNS] / rows[number][number];
    }
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}
