//! Views of a frame: squares with repeated border, scaled.

use podlinnik_media::Frame;
use podlinnik_media::encode::{EncodeError, resize, resize_crop};

/// 8-bit RGB, row by row from the top, without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width · height · 3` bytes.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for Pixels {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Pixels({} × {})", self.width, self.height)
    }
}

impl Pixels {
    /// The same picture in another size.
    ///
    /// # Errors
    /// [`EncodeError`] if a side is 0.
    pub fn resized(&self, width: u32, height: u32) -> Result<Self, EncodeError> {
        let rgb = resize(&self.rgb, self.width, self.height, width, height)?;
        Ok(Self { width, height, rgb })
    }
}

/// An axis-aligned square in pixels of a frame; may reach beyond it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Square {
    /// Centre, x.
    pub x: f64,
    /// Centre, y.
    pub y: f64,
    /// Side.
    pub side: f64,
}

impl Square {
    /// The same centre, another side.
    pub fn scaled(self, factor: f64) -> Self {
        Self { side: self.side * factor, ..self }
    }

    /// Left, top, right, bottom.
    pub fn edges(self) -> [f64; 4] {
        let half = self.side / 2.0;
        [self.x - half, self.y - half, self.x + half, self.y + half]
    }

    /// Area of the common part over the area of both together.
    pub fn overlap(self, other: Self) -> f64 {
        let common = self.common(other);
        common / (self.side * self.side + other.side * other.side - common).max(1e-9)
    }

    /// Area of the common part over the area of the smaller square.
    pub fn containment(self, other: Self) -> f64 {
        let smaller = self.side.min(other.side);
        self.common(other) / (smaller * smaller).max(1e-9)
    }

    fn common(self, other: Self) -> f64 {
        let (one, two) = (self.edges(), other.edges());
        let width = one[2].min(two[2]) - one[0].max(two[0]);
        let height = one[3].min(two[3]) - one[1].max(two[1]);
        width.max(0.0) * height.max(0.0)
    }

    /// The share of the square that lies inside a picture of this size.
    pub fn inside(self, width: u32, height: u32) -> f64 {
        let [left, top, right, bottom] = self.edges();
        let wide = right.min(f64::from(width)) - left.max(0.0);
        let high = bottom.min(f64::from(height)) - top.max(0.0);
        wide.max(0.0) * high.max(0.0) / (self.side * self.side).max(1e-9)
    }
}

/// Cuts a square out of a frame and scales it to `side` × `side` pixels: anti-aliased bilinear; outside the frame the border is repeated.
///
/// # Errors
/// [`EncodeError`] if the frame's length does not fit its size or a side is 0.
pub(super) fn cut(frame: &Frame, square: Square, side: u32) -> Result<Pixels, EncodeError> {
    if !(SMALLEST_WINDOW..=LARGEST_WINDOW).contains(&square.side) {
        return Err(EncodeError::Resizer(format!("cannot cut a square of {} px", square.side)));
    }
    let [left, top, right, bottom] = square.edges();
    let (width, height) = (f64::from(frame.width), f64::from(frame.height));
    if left >= 0.0 && top >= 0.0 && right <= width && bottom <= height {
        let area = (left, top, square.side, square.side);
        let rgb = resize_crop(&frame.rgb, frame.width, frame.height, area, side, side)?;
        return Ok(Pixels { width: side, height: side, rgb });
    }
    let window = repeat_border(frame, left.floor(), top.floor(), right.ceil(), bottom.ceil())?;
    let area = (left - left.floor(), top - top.floor(), square.side, square.side);
    let rgb = resize_crop(&window.rgb, window.width, window.height, area, side, side)?;
    Ok(Pixels { width: side, height: side, rgb })
}

/// A view darker than this on average (grey levels) is brightened before a network looks for faces in it.
const DARK: u32 = 80;
/// To which average.
const EXPOSED: u32 = 110;

/// Brightens a dark view, for finding faces only: in dark rooms, and dark faces in them, detectors miss what they find in the brightened picture (measured:
/// `models/face-detection/CARD.md`). What is analysed is never brightened.
pub(super) fn expose(rgb: &mut [u8]) {
    let sum: u64 = rgb.iter().map(|value| u64::from(*value)).sum();
    let mean = u32::try_from(sum / (rgb.len() as u64).max(1)).unwrap_or(255);
    if mean >= DARK {
        return;
    }
    // Below a mean of 4 there is nothing but noise to raise.
    let gain = |value: u32| (value * EXPOSED / mean.max(4)).min(255);
    let table: Vec<u8> = (0..256).map(|value| u8::try_from(gain(value)).unwrap_or(u8::MAX)).collect();
    for value in rgb {
        *value = table.get(usize::from(*value)).copied().unwrap_or(*value);
    }
}

/// Sides of a square that can be cut, in pixels: bounds the memory that a nonsensical one can cost.
const SMALLEST_WINDOW: f64 = 1.0;
const LARGEST_WINDOW: f64 = 8192.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "coordinates are whole, clamped to the frame or bounded by the window"
)]
fn repeat_border(frame: &Frame, left: f64, top: f64, right: f64, bottom: f64) -> Result<Pixels, EncodeError> {
    let wrong = EncodeError::WrongLength { bytes: frame.rgb.len(), width: frame.width, height: frame.height };
    let (wide, high) = (right - left, bottom - top);
    let bounded =
        |length: f64| length.is_finite() && (SMALLEST_WINDOW..=LARGEST_WINDOW + 2.0).contains(&length);
    let (row_bytes, rows) = (frame.width as usize * 3, frame.height as usize);
    if !bounded(wide) || !bounded(high) || rows == 0 || frame.rgb.len() != row_bytes * rows {
        return Err(wrong);
    }
    let (wide, high) = (wide as usize, high as usize);
    let last_column = f64::from(frame.width.saturating_sub(1));
    let last_row = f64::from(frame.height.saturating_sub(1));
    let columns: Vec<usize> =
        (0..wide).map(|column| (left + column as f64).clamp(0.0, last_column) as usize * 3).collect();
    let mut rgb = Vec::with_capacity(wide * high * 3);
    for row in 0..high {
        let start = (top + row as f64).clamp(0.0, last_row) as usize * row_bytes;
        let line = frame.rgb.get(start..start + row_bytes).unwrap_or_default();
        for column in &columns {
            rgb.extend_from_slice(line.get(*column..column + 3).unwrap_or(&[0; 3]));
        }
    }
    Ok(Pixels { width: wide as u32, height: high as u32, rgb })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(width: u32, height: u32) -> Frame {
        let rgb = (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| [(x * 2) as u8, (y * 2) as u8, 7]))
            .collect();
        Frame { index: 0, burst: 0, at_s: 0.0, width, height, scale: 1.0, motion_only: false, rgb }
    }

    #[test]
    fn cut_inside_is_the_same_pixels() {
        let view = cut(&frame(100, 80), Square { x: 30.0, y: 40.0, side: 20.0 }, 20).unwrap();
        assert_eq!(&view.rgb[..3], &[40, 60, 7]);
        assert_eq!(&view.rgb[view.rgb.len() - 3..], &[78, 98, 7]);
    }

    #[test]
    fn cut_outside_repeats_the_border() {
        let view = cut(&frame(100, 80), Square { x: 0.0, y: 0.0, side: 40.0 }, 40).unwrap();
        assert_eq!(&view.rgb[..3], &[0, 0, 7]);
        let last = view.rgb.len() - 3;
        assert_eq!(&view.rgb[last..], &[38, 38, 7]);
        let far = cut(&frame(100, 80), Square { x: 500.0, y: 500.0, side: 40.0 }, 8).unwrap();
        assert!(far.rgb.chunks_exact(3).all(|pixel| pixel == [198, 158, 7]));
    }

    #[test]
    fn only_dark_views_are_brightened() {
        let mut dark = vec![10, 30, 40, 0];
        expose(&mut dark);
        assert_eq!(dark, [55, 165, 220, 0]);
        let mut black = vec![0; 12];
        expose(&mut black);
        assert_eq!(black, [0; 12]);
        let mut bright = vec![90; 12];
        expose(&mut bright);
        assert_eq!(bright, [90; 12]);
        expose(&mut []);
    }

    #[test]
    fn nonsense_is_refused() {
        for side in [f64::NAN, f64::INFINITY, 1e12, -4.0, 0.0] {
            assert!(cut(&frame(100, 80), Square { x: 0.0, y: 0.0, side }, 8).is_err(), "{side}");
        }
        let mut short = frame(100, 80);
        short.rgb.pop();
        assert!(cut(&short, Square { x: 0.0, y: 0.0, side: 40.0 }, 8).is_err());
    }

    #[test]
    fn overlaps() {
        let one = Square { x: 10.0, y: 10.0, side: 20.0 };
        assert!((one.overlap(one) - 1.0).abs() < 1e-9);
        assert!((one.overlap(one.scaled(0.5)) - 0.25).abs() < 1e-9);
        assert!((one.containment(one.scaled(0.5)) - 1.0).abs() < 1e-9);
        assert!((one.inside(15, 100) - 0.75).abs() < 1e-9);
    }
}
