//! How good a face crop is. The formula is that of `models/train/face_manipulation/scoring.py`, in the calibration file as `quality_measure`.

use super::pixels::Pixels;

/// Numbers about a crop.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CropQuality {
    /// log10(variance of the Laplacian / variance of the grey levels): what the calibration's buckets are made of.
    pub quality: f64,
    /// Variance of the Laplacian, grey levels squared.
    pub sharpness: f64,
    /// Mean grey level, 0 to 255.
    pub grey_mean: f64,
    /// Standard deviation of the grey levels.
    pub grey_sd: f64,
    /// Share of neighbouring pixels that are exactly alike: large in drawings with flat colours.
    pub flatness: f64,
}

impl CropQuality {
    /// Measures a crop of at least 3 × 3 pixels; zeros for a smaller one.
    pub fn of(crop: &Pixels) -> Self {
        let (width, height) = (crop.width as usize, crop.height as usize);
        if width < 3 || height < 3 || crop.rgb.len() != width * height * 3 {
            return Self::default();
        }
        let grey: Vec<f64> = crop
            .rgb
            .chunks_exact(3)
            .map(|pixel| {
                0.299 * f64::from(pixel[0]) + 0.587 * f64::from(pixel[1]) + 0.114 * f64::from(pixel[2])
            })
            .collect();
        let (grey_mean, grey_variance) = mean_and_variance(grey.iter().copied());
        let laplacian = (1..height - 1).flat_map(|row| {
            let at = row * width;
            let grey = &grey;
            (at + 1..at + width - 1).map(move |centre| {
                grey[centre - width] + grey[centre + width] + grey[centre - 1] + grey[centre + 1]
                    - 4.0 * grey[centre]
            })
        });
        let (_, sharpness) = mean_and_variance(laplacian);
        Self {
            quality: (sharpness.max(1e-6) / grey_variance.max(1.0)).log10(),
            sharpness,
            grey_mean,
            grey_sd: grey_variance.sqrt(),
            flatness: flatness(crop),
        }
    }
}

/// Mean over rows and columns of the share of neighbours with the same colour. The crop has at least 3 × 3 pixels.
fn flatness(crop: &Pixels) -> f64 {
    let row_bytes = crop.width as usize * 3;
    let same = |one: &[u8], other: &[u8]| {
        one.chunks_exact(3).zip(other.chunks_exact(3)).filter(|(one, other)| one == other).count()
    };
    let rows = || crop.rgb.chunks_exact(row_bytes);
    let across: usize = rows().map(|row| same(row, row.get(3..).unwrap_or_default())).sum();
    let down: usize = rows().zip(rows().skip(1)).map(|(row, next)| same(row, next)).sum();
    let (width, height) = (f64::from(crop.width), f64::from(crop.height));
    (across as f64 / ((width - 1.0) * height) + down as f64 / (width * (height - 1.0))) / 2.0
}

fn mean_and_variance(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut count, mut sum, mut squares) = (0_u32, 0.0, 0.0);
    for value in values {
        count += 1;
        sum += value;
        squares += value * value;
    }
    let count = f64::from(count.max(1));
    let mean = sum / count;
    (mean, (squares / count - mean * mean).max(0.0))
}

/// The middle value; the mean of the two middle ones of an even number; none of nothing.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    values.get(middle.checked_sub(1)?).map(|lower| (lower + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of the Python formula for the same pixels.
    #[test]
    fn agrees_with_the_training_formula() {
        let rgb = (0..16_u32 * 16)
            .flat_map(|i| {
                let (x, y) = (i % 16, i / 16);
                [(x * 16) as u8, (y * 16) as u8, ((x * y) % 256) as u8]
            })
            .collect();
        let measured = CropQuality::of(&Pixels { width: 16, height: 16, rgb });
        assert!((measured.grey_mean - 112.732_5).abs() < 1e-6, "{measured:?}");
        let flat = CropQuality::of(&Pixels { width: 16, height: 16, rgb: vec![80; 768] });
        assert!((flat.quality - -6.0).abs() < 1e-9 && flat.sharpness < 1e-9);
        assert!((flat.flatness - 1.0).abs() < 1e-12 && measured.flatness < 0.1);
    }

    #[test]
    fn median_of_few() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0]), Some(3.0));
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0]), Some(2.5));
    }
}
