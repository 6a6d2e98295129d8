//! The picture of the media: cut to its place, blurred, darkened.

use super::canvas::{Area, Canvas, Colour, mixed};
use crate::ReportError;

/// Most pixels of a frame.
const MOST_PIXELS: usize = 64 << 20;

/// A decoded frame: rows of red, green, blue.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: &'a [u8],
}

impl Frame<'_> {
    fn check(&self) -> Result<(), ReportError> {
        let pixels = (self.width as usize).checked_mul(self.height as usize).filter(|count| *count > 0);
        match pixels {
            Some(pixels) if pixels <= MOST_PIXELS && self.rgb.len() == pixels * 3 => Ok(()),
            _ => Err(ReportError::Card(format!(
                "a frame of {} × {} pixels with {} bytes",
                self.width,
                self.height,
                self.rgb.len()
            ))),
        }
    }

    fn pixel(&self, x: usize, y: usize) -> [f32; 3] {
        let (x, y) = (x.min(self.width as usize - 1), y.min(self.height as usize - 1));
        let at = (y * self.width as usize + x) * 3;
        match self.rgb.get(at..at + 3) {
            Some(&[red, green, blue]) => [f32::from(red), f32::from(green), f32::from(blue)],
            _ => [0.0; 3],
        }
    }
}

/// How much of a frame can still be made out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Veil {
    /// Radius of the blur in pixels.
    pub(crate) blur: usize,
    /// Share of black.
    pub(crate) dark: f32,
}

/// Paints the frame into an area, covering it.
pub(crate) fn paint(
    canvas: &mut Canvas,
    frame: &Frame<'_>,
    area: Area,
    veil: Veil,
) -> Result<(), ReportError> {
    frame.check()?;
    let mut pixels = covering(frame, area.width, area.height);
    for _ in 0..3 {
        pixels = blurred(&pixels, area.width, area.height, veil.blur);
    }
    for y in 0..area.height {
        for x in 0..area.width {
            let colour = pixels.get(y * area.width + x).map_or([0; 3], |pixel| pixel.map(byte));
            let dark: Colour = colour.map(|value| mixed(value, 0, veil.dark));
            canvas.set(area.x + x, area.y + y, dark);
        }
    }
    Ok(())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
fn byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The middle of the frame, scaled so that it covers the area; every pixel is the mean of up to 4 × 4 places of the frame.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "places in a picture of at most 64 million pixels"
)]
fn covering(frame: &Frame<'_>, width: usize, height: usize) -> Vec<[f32; 3]> {
    let scale = (frame.width as f32 / width as f32).min(frame.height as f32 / height as f32);
    let left = (frame.width as f32 - width as f32 * scale) / 2.0;
    // Faces are above the middle more often than below.
    let top = (frame.height as f32 - height as f32 * scale) / 3.0;
    let steps = (scale.ceil() as usize).clamp(1, 4);
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let mut sum = [0.0; 3];
            for down in 0..steps {
                for across in 0..steps {
                    let place =
                        |at: usize, part: usize| (at as f32 + (part as f32 + 0.5) / steps as f32) * scale;
                    let pixel =
                        frame.pixel((left + place(x, across)) as usize, (top + place(y, down)) as usize);
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
                }
            }
            pixels.push(sum.map(|value| value / (steps * steps) as f32));
        }
    }
    pixels
}

/// The mean of a square of `2 * radius + 1` pixels, by running sums.
#[expect(clippy::cast_precision_loss, reason = "sizes of a card")]
fn blurred(pixels: &[[f32; 3]], width: usize, height: usize, radius: usize) -> Vec<[f32; 3]> {
    if radius == 0 {
        return pixels.to_vec();
    }
    let pass = |pixels: &[[f32; 3]], lines: usize, length: usize, step: usize, stride: usize| {
        let mut out = vec![[0.0_f32; 3]; pixels.len()];
        for line in 0..lines {
            let index = |at: usize| line * stride + at.min(length - 1) * step;
            let value = |at: usize| pixels.get(index(at)).copied().unwrap_or_default();
            let mut sum = [0.0_f32; 3];
            let add = |sum: &mut [f32; 3], value: [f32; 3], sign: f32| {
                sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += sign * value);
            };
            for offset in 0..=2 * radius {
                add(&mut sum, value(offset.saturating_sub(radius)), 1.0);
            }
            for at in 0..length {
                if let Some(pixel) = out.get_mut(index(at)) {
                    *pixel = sum.map(|value| value / (2 * radius + 1) as f32);
                }
                add(&mut sum, value(at + radius + 1), 1.0);
                add(&mut sum, value(at.saturating_sub(radius)), -1.0);
            }
        }
        out
    };
    let rows = pass(pixels, height, width, 1, width);
    pass(&rows, width, height, width, 1)
}
