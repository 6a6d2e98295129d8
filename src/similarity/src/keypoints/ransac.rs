//! The map that most correspondences agree on (random sample consensus, Fischler & Bolles 1981).

use super::describe::Random;
use super::{Correspondence, Projective, solve};

/// Kind of map to fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Turn, scale, shift: 4 numbers.
    Similarity,
    /// Any linear map and a shift: 6 numbers.
    Affine,
    /// A plane seen from elsewhere: 8 numbers.
    Homography,
}

/// What was agreed on.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// From the first picture to the second.
    pub map: Projective,
    /// Which correspondences fit it.
    pub inliers: Vec<usize>,
    /// Root mean square distance of the inliers in pixels of the second picture.
    pub error_px: f64,
}

/// Finds the similarity that most correspondences agree on to `tolerance` pixels; none with fewer than `least` of them. Always the same answer.
pub fn agree(pairs: &[Correspondence], tolerance: f64, least: usize, rounds: usize) -> Option<Agreement> {
    if pairs.len() < least.max(3) {
        return None;
    }
    let mut random = Random::new(pairs.len() as u64);
    let mut best: Option<(f64, Projective)> = None;
    for _ in 0..rounds {
        let (one, other) = (pairs.get(random.below(pairs.len()))?, pairs.get(random.below(pairs.len()))?);
        let Some(map) = similarity_of_two(one, other) else { continue };
        let score = consent(&map, pairs, tolerance);
        if best.as_ref().is_none_or(|(most, _)| score > *most) {
            best = Some((score, map));
        }
    }
    let (_, mut map) = best?;
    let mut agreed = inliers(&map, pairs, tolerance);
    for _ in 0..4 {
        let chosen: Vec<Correspondence> = agreed.iter().filter_map(|at| pairs.get(*at).copied()).collect();
        let Some(better) = fit(Model::Similarity, &chosen) else { break };
        let now = inliers(&better, pairs, tolerance);
        if now.len() < agreed.len() {
            break;
        }
        map = better;
        agreed = now;
    }
    (agreed.len() >= least).then(|| describe(map, agreed, pairs))
}

impl Agreement {
    /// Fits a richer model to what agrees and keeps it only if it fits clearly better.
    #[must_use]
    pub fn refined(self, model: Model, pairs: &[Correspondence], tolerance: f64) -> Self {
        let mut current = self;
        for _ in 0..3 {
            let chosen: Vec<Correspondence> =
                current.inliers.iter().filter_map(|at| pairs.get(*at).copied()).collect();
            if chosen.len() < 12 {
                break;
            }
            let Some(map) = fit(model, &chosen) else { break };
            let next = describe(map, inliers(&map, pairs, tolerance), pairs);
            let better = next.inliers.len() >= current.inliers.len()
                && (next.inliers.len() > current.inliers.len() || next.error_px < current.error_px * 0.97);
            if !better {
                break;
            }
            current = next;
        }
        current
    }
}

fn describe(map: Projective, agreed: Vec<usize>, pairs: &[Correspondence]) -> Agreement {
    let squares: f64 =
        agreed.iter().filter_map(|at| pairs.get(*at)).map(|pair| error(&map, pair).powi(2)).sum();
    let error_px = (squares / agreed.len().max(1) as f64).sqrt();
    Agreement { map, inliers: agreed, error_px }
}

fn error(map: &Projective, pair: &Correspondence) -> f64 {
    let [x, y] = map.apply(pair.from);
    (x - pair.to[0]).hypot(y - pair.to[1])
}

fn inliers(map: &Projective, pairs: &[Correspondence], tolerance: f64) -> Vec<usize> {
    (0..pairs.len()).filter(|at| pairs.get(*at).is_some_and(|pair| error(map, pair) < tolerance)).collect()
}

/// Sum of what each correspondence grants, 1 for a perfect fit, 0 from the tolerance on.
fn consent(map: &Projective, pairs: &[Correspondence], tolerance: f64) -> f64 {
    pairs.iter().map(|pair| (1.0 - (error(map, pair) / tolerance).powi(2)).max(0.0)).sum()
}

fn similarity_of_two(one: &Correspondence, other: &Correspondence) -> Option<Projective> {
    let from = [other.from[0] - one.from[0], other.from[1] - one.from[1]];
    let to = [other.to[0] - one.to[0], other.to[1] - one.to[1]];
    let square = from[0] * from[0] + from[1] * from[1];
    if square < 100.0 {
        return None;
    }
    let (a, b) = ((from[0] * to[0] + from[1] * to[1]) / square, (from[0] * to[1] - from[1] * to[0]) / square);
    let scale = a.hypot(b);
    let turn = b.atan2(a).abs();
    if !(0.08..12.0).contains(&scale) || turn > 0.6 {
        return None;
    }
    Some(Projective([
        a,
        -b,
        one.to[0] - a * one.from[0] + b * one.from[1],
        b,
        a,
        one.to[1] - b * one.from[0] - a * one.from[1],
        0.0,
        0.0,
        1.0,
    ]))
}

/// Least squares over all given correspondences; none with too few or degenerate ones.
pub fn fit(model: Model, pairs: &[Correspondence]) -> Option<Projective> {
    let centre = |pick: fn(&Correspondence) -> [f64; 2]| -> Option<([f64; 2], f64)> {
        let count = pairs.len() as f64;
        let mean =
            pairs.iter().map(pick).fold([0.0; 2], |sum, [x, y]| [sum[0] + x / count, sum[1] + y / count]);
        let spread =
            pairs.iter().map(pick).map(|[x, y]| (x - mean[0]).hypot(y - mean[1])).sum::<f64>() / count;
        (spread > 1e-6 && spread.is_finite()).then_some((mean, std::f64::consts::SQRT_2 / spread))
    };
    let ((from, from_scale), (to, to_scale)) = (centre(|pair| pair.from)?, centre(|pair| pair.to)?);
    let rows = pairs.iter().map(|pair| {
        let [x, y] = [(pair.from[0] - from[0]) * from_scale, (pair.from[1] - from[1]) * from_scale];
        let [u, v] = [(pair.to[0] - to[0]) * to_scale, (pair.to[1] - to[1]) * to_scale];
        (x, y, u, v)
    });
    let inner = match model {
        Model::Similarity => {
            let [a, b, c, d] = least_squares::<4>(
                rows.flat_map(|(x, y, u, v)| [([x, -y, 1.0, 0.0], u), ([y, x, 0.0, 1.0], v)]),
            )?;
            [a, -b, c, b, a, d, 0.0, 0.0, 1.0]
        }
        Model::Affine => {
            let [a, b, c, d, e, f] = least_squares::<6>(rows.flat_map(|(x, y, u, v)| {
                [([x, y, 1.0, 0.0, 0.0, 0.0], u), ([0.0, 0.0, 0.0, x, y, 1.0], v)]
            }))?;
            [a, b, c, d, e, f, 0.0, 0.0, 1.0]
        }
        Model::Homography => {
            let h = least_squares::<8>(rows.flat_map(|(x, y, u, v)| {
                [
                    ([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u),
                    ([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v),
                ]
            }))?;
            [h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7], 1.0]
        }
    };
    let there = Projective::scaling(from_scale, from_scale, -from[0] * from_scale, -from[1] * from_scale);
    let back = Projective::scaling(1.0 / to_scale, 1.0 / to_scale, to[0], to[1]);
    let map = back.after(&Projective(inner)).after(&there);
    map.0.iter().all(|value| value.is_finite()).then_some(map)
}

fn least_squares<const N: usize>(rows: impl Iterator<Item = ([f64; N], f64)>) -> Option<[f64; N]> {
    let mut matrix = [[0.0; N]; N];
    let mut right = [0.0; N];
    for (row, value) in rows {
        for at in 0..N {
            right[at] += row[at] * value;
            for other in 0..N {
                matrix[at][other] += row[at] * row[other];
            }
        }
    }
    solve(matrix, right)
}
