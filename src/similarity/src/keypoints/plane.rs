//! A picture of one channel.

use super::Projective;

/// Grey levels 0 to 255 as `f32`, row by row; the centre of the first pixel is at (0, 0).
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// `width · height` values.
    pub values: Vec<f32>,
}

impl Plane {
    /// All of one value.
    pub fn filled(width: usize, height: usize, value: f32) -> Self {
        Self { width, height, values: vec![value; width * height] }
    }

    /// The luma (BT.601) of RGB bytes; none where the length does not fit or a side is zero.
    pub fn luma(rgb: &[u8], width: usize, height: usize) -> Option<Self> {
        let right = width > 0 && height > 0 && width.checked_mul(height)?.checked_mul(3)? == rgb.len();
        right.then(|| Self {
            width,
            height,
            values: rgb
                .chunks_exact(3)
                .map(|p| 0.299 * f32::from(p[0]) + 0.587 * f32::from(p[1]) + 0.114 * f32::from(p[2]))
                .collect(),
        })
    }

    /// The value at a pixel, that of the nearest edge pixel outside.
    #[expect(clippy::cast_sign_loss, reason = "clamped to the picture")]
    pub fn near(&self, x: isize, y: isize) -> f32 {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.values[y * self.width + x]
    }

    /// Bilinear value; none outside the centres of the border pixels.
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "checked to lie inside")]
    pub fn between(&self, x: f64, y: f64) -> Option<f32> {
        let (right, bottom) = ((self.width - 1) as f64, (self.height - 1) as f64);
        let inside = x >= 0.0 && y >= 0.0 && x <= right && y <= bottom;
        if !inside {
            return None;
        }
        let (left, top) = (x as usize, y as usize);
        let (fx, fy) = ((x - left as f64) as f32, (y - top as f64) as f32);
        let next = usize::from(left + 1 < self.width);
        let below = if top + 1 < self.height { self.width } else { 0 };
        let at = top * self.width + left;
        let v = &self.values;
        let upper = v[at] + fx * (v[at + next] - v[at]);
        let lower = v[at + below] + fx * (v[at + below + next] - v[at + below]);
        Some(upper + fy * (lower - upper))
    }

    /// Scaled by averaging areas (also right for enlarging: then nearest values with their shares). Sides of at least 1.
    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "shares of the side, clamped"
    )]
    pub fn resized(&self, width: usize, height: usize) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        if (width, height) == (self.width, self.height) {
            return self.clone();
        }
        let shares = |from: usize, to: usize| -> Vec<Vec<(usize, f32)>> {
            let step = from as f64 / to as f64;
            (0..to)
                .map(|at| {
                    let (start, end) = (at as f64 * step, (at + 1) as f64 * step);
                    if step < 1.0 {
                        // enlarging: linear between centres
                        let centre = ((at as f64 + 0.5) * step - 0.5).clamp(0.0, (from - 1) as f64);
                        let low = centre as usize;
                        let part = (centre - low as f64) as f32;
                        return vec![(low, 1.0 - part), ((low + 1).min(from - 1), part)];
                    }
                    let last = (end.ceil() as usize).min(from);
                    (start as usize..last)
                        .map(|pixel| {
                            let covered = end.min((pixel + 1) as f64) - start.max(pixel as f64);
                            (pixel, (covered.max(0.0) / step) as f32)
                        })
                        .collect()
                })
                .collect()
        };
        let (across, down) = (shares(self.width, width), shares(self.height, height));
        let mut narrow = Vec::with_capacity(width * self.height);
        for row in self.values.chunks_exact(self.width) {
            narrow.extend(
                across.iter().map(|parts| parts.iter().map(|(at, share)| row[*at] * share).sum::<f32>()),
            );
        }
        let mut values = vec![0.0; width * height];
        for (target, parts) in values.chunks_exact_mut(width).zip(&down) {
            for (row, share) in parts {
                let source = &narrow[row * width..(row + 1) * width];
                for (value, add) in target.iter_mut().zip(source) {
                    *value += add * share;
                }
            }
        }
        Self { width, height, values }
    }

    /// Scaled so that the longer side is at most `longest`, and by which factor.
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a side of a picture")]
    pub fn within(&self, longest: usize) -> (Self, f64) {
        let side = self.width.max(self.height);
        if side <= longest {
            return (self.clone(), 1.0);
        }
        let factor = longest as f64 / side as f64;
        let scaled = |value: usize| ((value as f64 * factor).round() as usize).max(1);
        (self.resized(scaled(self.width), scaled(self.height)), factor)
    }

    /// Smoothed by a Gaussian of this standard deviation in pixels; edges repeat.
    #[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a small radius")]
    pub fn blurred(&self, sigma: f64) -> Self {
        let radius = (sigma * 3.0).ceil().max(1.0) as usize;
        let mut kernel: Vec<f32> =
            (0..=radius).map(|at| (-0.5 * (at as f64 / sigma).powi(2)).exp() as f32).collect();
        let sum = kernel[0] + 2.0 * kernel[1..].iter().sum::<f32>();
        kernel.iter_mut().for_each(|weight| *weight /= sum);
        let (width, height) = (self.width, self.height);
        let mut across = Vec::with_capacity(self.values.len());
        let mut padded = vec![0.0; width + 2 * radius];
        for row in self.values.chunks_exact(width) {
            padded[..radius].fill(row[0]);
            padded[radius..radius + width].copy_from_slice(row);
            padded[radius + width..].fill(row[width - 1]);
            let start = across.len();
            across.extend(padded[radius..radius + width].iter().map(|value| value * kernel[0]));
            for (at, weight) in kernel.iter().enumerate().skip(1) {
                let (left, right) = (&padded[radius - at..], &padded[radius + at..]);
                for ((value, a), b) in across[start..].iter_mut().zip(left).zip(right) {
                    *value += weight * (a + b);
                }
            }
        }
        let mut values = vec![0.0; width * height];
        for (y, target) in values.chunks_exact_mut(width).enumerate() {
            for (at, weight) in kernel.iter().enumerate() {
                let above = y.saturating_sub(at) * width;
                let below = (y + at).min(height - 1) * width;
                let (a, b) = (&across[above..above + width], &across[below..below + width]);
                let weight = if at == 0 { weight * 0.5 } else { *weight };
                for ((value, a), b) in target.iter_mut().zip(a).zip(b) {
                    *value += weight * (a + b);
                }
            }
        }
        Self { width, height, values }
    }

    /// What a picture of this size shows where `back` takes its pixels from this one; `NAN` where they come from outside.
    pub fn warped(&self, back: &Projective, width: usize, height: usize) -> Self {
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            for x in 0..width {
                let [u, v] = back.apply([x as f64, y as f64]);
                values.push(self.between(u, v).unwrap_or(f32::NAN));
            }
        }
        Self { width, height, values }
    }

    /// Left and right exchanged.
    pub fn mirrored(&self) -> Self {
        let values = self.values.chunks_exact(self.width).flat_map(|row| row.iter().rev().copied()).collect();
        Self { width: self.width, height: self.height, values }
    }
}
