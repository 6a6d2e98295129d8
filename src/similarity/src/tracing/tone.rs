//! How grey levels and colours of the original became those of the suspect.

use crate::keypoints::Projective;

use super::view::View;

/// Points of the curve: grey levels 0, 16, … 255.
const KNOTS: usize = 17;

/// From the original's levels to the suspect's.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ToneMap {
    /// Gain and offset (grey levels) of red, green and blue.
    pub channels: [[f64; 2]; 3],
    /// Luma of the suspect at the original's luma 0, 16, … 256; never falls.
    pub curve: Vec<f64>,
}

impl ToneMap {
    /// No change.
    pub fn identity() -> Self {
        Self { channels: [[1.0, 0.0]; 3], curve: (0..KNOTS).map(|at| at as f64 * 16.0).collect() }
    }

    /// The suspect's luma for one of the original's.
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "clamped to the curve")]
    pub(super) fn luma(&self, value: f32) -> f32 {
        let at = (f64::from(value) / 16.0).clamp(0.0, (KNOTS - 1) as f64 - 1e-9);
        let below = at as usize;
        match (self.curve.get(below), self.curve.get(below + 1)) {
            (Some(low), Some(high)) => (low + (at - below as f64) * (high - low)) as f32,
            _ => value,
        }
    }

    /// Fitted to pairs of frames on a coarse raster; `back` leads from the suspect's pixels to the original's.
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "checked to lie inside")]
    pub(super) fn fit(pairs: &[(View<'_>, View<'_>)], back: &Projective) -> Self {
        let mut samples: Vec<[[f64; 3]; 2]> = Vec::new();
        for (suspect, original) in pairs {
            let [width, height] = suspect.size().map(|side| side as usize);
            let step = (width.max(height) / 64).max(1);
            for y in (step / 2..height).step_by(step) {
                for x in (step / 2..width).step_by(step) {
                    let [u, v] = back.apply([x as f64, y as f64]);
                    let (right, bottom) = (f64::from(original.width) - 2.0, f64::from(original.height) - 2.0);
                    let inside = u >= 1.0 && v >= 1.0 && u <= right && v <= bottom;
                    if inside
                        && let (Some(one), Some(other)) =
                            (mean(original, u.round() as usize, v.round() as usize), mean(suspect, x, y))
                    {
                        samples.push([one, other]);
                    }
                }
            }
        }
        if samples.len() < 100 {
            return Self::identity();
        }
        let channels = std::array::from_fn(|channel| {
            line(samples.iter().map(|[one, other]| [one[channel], other[channel]]))
        });
        let luma = |c: &[f64; 3]| 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
        let grey: Vec<[f64; 2]> = samples.iter().map(|[one, other]| [luma(one), luma(other)]).collect();
        Self { channels, curve: curve(&grey) }
    }
}

/// Mean colour of 3 × 3 pixels.
fn mean(view: &View<'_>, x: usize, y: usize) -> Option<[f64; 3]> {
    let (width, height) = (view.width as usize, view.height as usize);
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for row in y.saturating_sub(1)..(y + 2).min(height) {
        for column in x.saturating_sub(1)..(x + 2).min(width) {
            let pixel = view.rgb.get(3 * (row * width + column)..)?.first_chunk::<3>()?;
            sum.iter_mut().zip(pixel).for_each(|(total, value)| *total += f64::from(*value));
            count += 1.0;
        }
    }
    Some(sum.map(|total| total / count))
}

/// Robust straight line: gain and offset.
pub(super) fn line(samples: impl Iterator<Item = [f64; 2]> + Clone) -> [f64; 2] {
    let mut scale = 25.0_f64;
    let mut answer = [1.0, 0.0];
    let mut start = true;
    for _ in 0..8 {
        let (mut w, mut x, mut y, mut xx, mut xy) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let (mut spread, mut count) = (0.0, 0.0);
        for [a, b] in samples.clone() {
            let off = if start { 0.0 } else { b - answer[0] * a - answer[1] };
            let weight = 1.0 / (1.0 + (off / scale).powi(2));
            w += weight;
            x += weight * a;
            y += weight * b;
            xx += weight * a * a;
            xy += weight * a * b;
            spread += off.abs().min(40.0);
            count += 1.0;
        }
        let variance = xx / w - (x / w).powi(2);
        if count < 3.0 || variance < 1.0 || !variance.is_finite() {
            return [1.0, if w > 0.0 { (y - x) / w } else { 0.0 }];
        }
        if !start {
            scale = (1.5 * spread / count).clamp(2.0, 25.0);
        }
        let gain = ((xy / w - x * y / (w * w)) / variance).clamp(0.2, 5.0);
        answer = [gain, y / w - gain * x / w];
        start = false;
    }
    answer
}

/// Medians by bins of the original's level, made monotone (pool adjacent violators), straight lines where a bin is empty.
#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "grey levels")]
fn curve(samples: &[[f64; 2]]) -> Vec<f64> {
    let [gain, offset] = line(samples.iter().copied());
    let mut bins: Vec<Vec<f64>> = vec![Vec::new(); KNOTS];
    for [one, other] in samples {
        let knot = ((one / 16.0).round().clamp(0.0, (KNOTS - 1) as f64)) as usize;
        if let Some(bin) = bins.get_mut(knot) {
            // what is left after the slope, so that the place within the bin does not matter
            bin.push(other - gain * (one - knot as f64 * 16.0));
        }
    }
    let prior = 12.0;
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (knot, mut bin) in bins.into_iter().enumerate() {
        let straight = gain * knot as f64 * 16.0 + offset;
        bin.sort_by(f64::total_cmp);
        let count = bin.len() as f64;
        let median = bin.get(bin.len() / 2).copied().unwrap_or(straight);
        let level = (count * median + prior * straight) / (count + prior);
        pools.push((level, count + prior, 1));
        while let [.., before, last] = pools.as_slice() {
            if before.0 <= last.0 {
                break;
            }
            let weight = before.1 + last.1;
            let merged = ((before.0 * before.1 + last.0 * last.1) / weight, weight, before.2 + last.2);
            pools.truncate(pools.len() - 2);
            pools.push(merged);
        }
    }
    pools.into_iter().flat_map(|(level, _, count)| std::iter::repeat_n(level, count)).collect()
}
