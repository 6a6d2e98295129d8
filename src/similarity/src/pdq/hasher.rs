//! From pixels to 16x16 coefficients. The order of every sum is that of the reference, because a float sum in another
//! order can turn a bit; what is vectorised runs across independent sums.

use super::{Orientation, Pdq};
use crate::picture::{Picture, Rectangle};

/// Side of the picture that is transformed.
const SIDE: usize = 64;
/// Side of the kept corner of the transform (frequencies 1 to 16).
const KEPT: usize = 16;
/// Sides under this give no hash.
const MIN_SIDE: usize = 5;
/// Passes of the box filter in each direction: two make a tent.
const PASSES: usize = 2;

/// A hash and how much structure it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashed {
    /// The hash.
    pub pdq: Pdq,
    /// 0 (flat) to 100; see [`super::REFERENCE_MIN_QUALITY`].
    pub quality: u8,
}

/// The low frequencies of a picture, rows first.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficients(pub(super) [[f32; KEPT]; KEPT]);

impl Coefficients {
    /// One bit per coefficient: whether it lies above the lower median.
    #[must_use]
    pub fn hash(&self) -> Pdq {
        let mut sorted = [0.0; KEPT * KEPT];
        for (into, value) in sorted.iter_mut().zip(self.0.as_flattened()) {
            *into = *value;
        }
        let (_, median, _) = sorted.select_nth_unstable_by(KEPT * KEPT / 2 - 1, f32::total_cmp);
        let median = *median;
        Pdq::from_bits(self.0.as_flattened().iter().map(|value| *value > median))
    }

    /// The hash of the same picture turned or mirrored.
    #[must_use]
    pub fn hash_turned(&self, orientation: Orientation) -> Pdq {
        orientation.apply(self).hash()
    }
}

/// Computes hashes; keeps its buffers from picture to picture.
pub struct PdqHasher {
    /// `cosines[k][i]`: weight of sample `k` in frequency `i + 1`.
    cosines: Box<[[f32; KEPT]; SIDE]>,
    luma: Vec<f32>,
    filtered: Vec<f32>,
}

impl std::fmt::Debug for PdqHasher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PdqHasher").finish_non_exhaustive()
    }
}

impl Default for PdqHasher {
    fn default() -> Self {
        Self::new()
    }
}

impl PdqHasher {
    /// A hasher with empty buffers.
    #[must_use]
    pub fn new() -> Self {
        let mut cosines = Box::new([[0.0; KEPT]; SIDE]);
        let scale = f64::from((2.0_f64 / SIDE as f64).sqrt() as f32);
        for (sample, row) in cosines.iter_mut().enumerate() {
            for (slot, cosine) in row.iter_mut().enumerate() {
                let angle =
                    (std::f64::consts::PI / 2.0 / SIDE as f64) * (slot + 1) as f64 * (2 * sample + 1) as f64;
                *cosine = (scale * angle.cos()) as f32;
            }
        }
        Self { cosines, luma: Vec::new(), filtered: Vec::new() }
    }

    /// Hash of a whole picture; `None` when a side is under five pixels.
    pub fn hash(&mut self, picture: &Picture<'_>) -> Option<Hashed> {
        let (coefficients, quality) = self.coefficients(picture, picture.whole())?;
        Some(Hashed { pdq: coefficients.hash(), quality })
    }

    /// Hash of a part, the hash that the mirrored part would have, and the quality.
    ///
    /// [`Orientation::FlipY`] gives the reference's foretelling of the mirrored hash, but the box filter reaches one pixel further
    /// to one side when its window is even, which moves about 18 bits at 512 pixels. Here the mirrored grid is sampled where the
    /// mirrored picture would have been, which leaves the edges only.
    pub fn hash_both(&mut self, picture: &Picture<'_>, part: Rectangle) -> Option<(Pdq, Pdq, u8)> {
        let (coefficients, quality) = self.coefficients(picture, part)?;
        Some((coefficients.hash(), self.mirrored(part.width, part.height), quality))
    }

    /// The same from luma.
    pub fn hash_both_of_luma(&mut self, luma: &[f32], width: usize, height: usize) -> Option<(Pdq, Pdq, u8)> {
        let (coefficients, quality) = self.coefficients_of_luma(luma, width, height)?;
        Some((coefficients.hash(), self.mirrored(width, height), quality))
    }

    /// Hash of the mirrored picture, from the filtered luma that the last hash left.
    fn mirrored(&self, width: usize, height: usize) -> Pdq {
        let (before, after) = reach(window(width));
        let shift = if (width, height) == (SIDE, SIDE) { 0 } else { 2 * (after - before) };
        let mut small = Box::new([[0.0; SIDE]; SIDE]);
        for (row, values) in small.iter_mut().enumerate() {
            let source = centre(row, height) * width;
            for (column, value) in values.iter_mut().enumerate() {
                let mirrored = width - 1 - centre(column, width);
                *value = self.luma[source + mirrored.saturating_sub(shift)];
            }
        }
        self.transform(&small).hash()
    }

    /// Low frequencies and quality of a part of a picture; `None` when the part does not lie inside or is under five pixels.
    pub fn coefficients(&mut self, picture: &Picture<'_>, part: Rectangle) -> Option<(Coefficients, u8)> {
        if !part.within(picture.width(), picture.height()) || part.width.min(part.height) < MIN_SIDE {
            return None;
        }
        self.luma.clear();
        self.luma.reserve(part.width * part.height);
        for row in 0..part.height {
            let pixels = picture.row(part, row).as_chunks::<3>().0;
            // In doubles, as the `pdqhash` wheel does it: the newest reference weighs in floats, which differs on pictures
            // whose transform is nothing but rounding noise (an even slope), and only there.
            self.luma.extend(pixels.iter().map(|[red, green, blue]| {
                (0.299_f64 * f64::from(*red) + 0.587 * f64::from(*green) + 0.114 * f64::from(*blue)) as f32
            }));
        }
        Some(self.of_filled_luma(part.width, part.height))
    }

    /// The same from luma that the caller has, 0 to 255, rows first; `None` when length and sides do not fit.
    pub fn coefficients_of_luma(
        &mut self,
        luma: &[f32],
        width: usize,
        height: usize,
    ) -> Option<(Coefficients, u8)> {
        if width.checked_mul(height) != Some(luma.len()) || width.min(height) < MIN_SIDE {
            return None;
        }
        self.luma.clear();
        self.luma.extend_from_slice(luma);
        Some(self.of_filled_luma(width, height))
    }

    fn of_filled_luma(&mut self, width: usize, height: usize) -> (Coefficients, u8) {
        let mut small = Box::new([[0.0; SIDE]; SIDE]);
        if (width, height) != (SIDE, SIDE) {
            self.filtered.resize(width * height, 0.0);
            for _ in 0..PASSES {
                blur_rows(&self.luma, &mut self.filtered, width, window(width));
                blur_columns(&self.filtered, &mut self.luma, width, height, window(height));
            }
        }
        for (row, values) in small.iter_mut().enumerate() {
            let source = centre(row, height) * width;
            for (column, value) in values.iter_mut().enumerate() {
                *value = self.luma[source + centre(column, width)];
            }
        }
        (self.transform(&small), quality(&small))
    }

    fn transform(&self, small: &[[f32; SIDE]; SIDE]) -> Coefficients {
        let mut half = [[0.0; SIDE]; KEPT];
        for (cosines, row) in self.cosines.iter().zip(small) {
            for (sums, cosine) in half.iter_mut().zip(cosines) {
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += cosine * value;
                }
            }
        }
        let mut kept = [[0.0; KEPT]; KEPT];
        for (sums, values) in kept.iter_mut().zip(&half) {
            for (value, cosines) in values.iter().zip(self.cosines.iter()) {
                for (sum, cosine) in sums.iter_mut().zip(cosines) {
                    *sum += value * cosine;
                }
            }
        }
        Coefficients(kept)
    }
}

/// Width of one pass of the box filter: half a target pixel, rounded up.
const fn window(side: usize) -> usize {
    side.div_ceil(2 * SIDE)
}

/// The sample nearest to the centre of target pixel `number`.
fn centre(number: usize, side: usize) -> usize {
    (((number as f64 + 0.5) * side as f64) / SIDE as f64) as usize
}

/// How much structure a 64x64 picture has: the sum of differences between neighbours, each cut to whole per cents.
fn quality(small: &[[f32; SIDE]; SIDE]) -> u8 {
    let step = |one: f32, other: f32| (((one - other) * 100.0) / 255.0).trunc().abs() as u32;
    let mut sum = 0;
    for (upper, lower) in small.iter().zip(&small[1..]) {
        sum += upper.iter().zip(lower).map(|(one, other)| step(*one, *other)).sum::<u32>();
    }
    for row in small {
        sum += row.iter().zip(&row[1..]).map(|(one, other)| step(*one, *other)).sum::<u32>();
    }
    u8::try_from(sum / 90).map_or(100, |quality| quality.min(100))
}

/// How far the window reaches before and after the sample it is written to.
const fn reach(window: usize) -> (usize, usize) {
    let half = (window + 2) / 2;
    (window - half, half - 1)
}

/// Running mean along each row. At the edges the window shrinks.
fn blur_rows(input: &[f32], output: &mut [f32], width: usize, window: usize) {
    let (before, after) = reach(window);
    for (input, output) in input.chunks_exact(width).zip(output.chunks_exact_mut(width)) {
        let (mut sum, mut count) = (0.0_f32, 0_usize);
        for value in input.iter().take(after) {
            sum += value;
            count += 1;
        }
        for (at, mean) in output.iter_mut().enumerate() {
            if let Some(entering) = input.get(at + after) {
                sum += entering;
                count += 1;
            }
            if let Some(leaving) = at.checked_sub(before + 1) {
                sum -= input[leaving];
                count -= 1;
            }
            *mean = sum / count as f32;
        }
    }
}

/// Running mean along each column; all columns advance together.
fn blur_columns(input: &[f32], output: &mut [f32], width: usize, height: usize, window: usize) {
    let (before, after) = reach(window);
    let row = |number: usize| &input[number * width..(number + 1) * width];
    let mut sums = vec![0.0_f32; width];
    let mut count = 0_usize;
    for number in 0..after.min(height) {
        sums.iter_mut().zip(row(number)).for_each(|(sum, value)| *sum += value);
        count += 1;
    }
    for (at, means) in output.chunks_exact_mut(width).enumerate() {
        if at + after < height {
            sums.iter_mut().zip(row(at + after)).for_each(|(sum, value)| *sum += value);
            count += 1;
        }
        if let Some(leaving) = at.checked_sub(before + 1) {
            sums.iter_mut().zip(row(leaving)).for_each(|(sum, value)| *sum -= value);
            count -= 1;
        }
        let size = count as f32;
        means.iter_mut().zip(&sums).for_each(|(mean, sum)| *mean = sum / size);
    }
}
