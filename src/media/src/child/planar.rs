//! Decoded planes to the planes of a film: upright, even sides, one size and one matrix from the first frame to the last.

use ffmpeg_next::color::{Range, Space};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling;

use super::Outcome;
use super::scale::{Geometry, Source, Target, Turn, cannot, fit, prepare};
use crate::playable::Planes;

/// Converts frames; made anew when the frames change.
pub(super) struct Planar {
    geometry: Geometry,
    side: u32,
    /// Before the turn; that of the first frame.
    size: Option<(u32, u32)>,
    prepared: Option<(Source, scaling::Context)>,
}

impl Planar {
    pub(super) const fn new(geometry: Geometry, side: u32) -> Self {
        Self { geometry, side, size: None, prepared: None }
    }

    /// A decoded frame as it is handed out. A last odd row or column is left out.
    pub(super) fn convert(&mut self, decoded: &mut frame::Video, at_s: f64, lasts_s: f64) -> Outcome<Planes> {
        decoded.set_width(cropped(decoded.width()));
        decoded.set_height(cropped(decoded.height()));
        let source = Source::of(decoded);
        let (width, height) = match self.size {
            Some(size) => size,
            None => {
                let (width, height) = self.geometry.square(source.width, source.height);
                let (width, height) = fit(width, height, self.side);
                *self.size.insert((even(width), even(height)))
            }
        };
        if self.prepared.as_ref().is_none_or(|(prepared, _)| *prepared != source) {
            self.prepared = Some((source, prepare(source, Target::Planes, width, height)?));
        }
        let Some((_, context)) = &mut self.prepared else { return Err(cannot("no converter")) };
        let mut converted = frame::Video::empty();
        context.run(decoded, &mut converted).map_err(cannot)?;

        let mut bytes = Vec::with_capacity(usize::try_from(Planes::length(width, height)).unwrap_or(0));
        for (number, (width, height)) in
            [(width, height), (width / 2, height / 2), (width / 2, height / 2)].into_iter().enumerate()
        {
            let lines = converted.data(number).chunks(converted.stride(number)).take(height as usize);
            append(lines, width as usize, height as usize, self.geometry.turn, &mut bytes);
        }
        let (width, height) = self.geometry.turn.size(width, height);
        Ok(Planes { at_s, lasts_s, width, height, bytes })
    }

    /// The same of RGB pixels.
    pub(super) fn convert_rgb(
        &mut self,
        rgb: &[u8],
        (width, height): (u32, u32),
        at_s: f64,
        lasts_s: f64,
    ) -> Outcome<Planes> {
        let mut picture = frame::Video::new(Pixel::RGB24, width, height);
        picture.set_color_space(Space::RGB);
        picture.set_color_range(Range::JPEG);
        let (stride, row) = (picture.stride(0), width as usize * 3);
        for (line, from) in picture.data_mut(0).chunks_mut(stride).zip(rgb.chunks_exact(row)) {
            line.get_mut(..row).ok_or_else(|| cannot("short row"))?.copy_from_slice(from);
        }
        self.convert(&mut picture, at_s, lasts_s)
    }
}

/// Without the last odd row or column.
const fn cropped(length: u32) -> u32 {
    if length > 1 { length & !1 } else { length }
}

/// Even, at least 2.
const fn even(length: u32) -> u32 {
    if length > 2 { length & !1 } else { 2 }
}

/// Appends a plane, mirrored and turned.
fn append<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    width: usize,
    height: usize,
    turn: Turn,
    bytes: &mut Vec<u8>,
) {
    if turn == Turn::default() {
        for line in lines {
            bytes.extend_from_slice(line.get(..width).unwrap_or_default());
        }
        return;
    }
    let begin = bytes.len();
    bytes.resize(begin + width * height, 0);
    let Some(plane) = bytes.get_mut(begin..) else { return };
    let new_width = if turn.degrees % 180 == 90 { height } else { width };
    for (y, line) in lines.enumerate() {
        let line = line.get(..width).unwrap_or_default();
        for (x, value) in line.iter().enumerate() {
            let x = if turn.mirrored { width - 1 - x } else { x };
            let (to_x, to_y) = match turn.degrees {
                90 => (height - 1 - y, x),
                180 => (width - 1 - x, height - 1 - y),
                270 => (y, width - 1 - x),
                _ => (x, y),
            };
            if let Some(pixel) = plane.get_mut(to_y * new_width + to_x) {
                *pixel = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scale::turn;
    use super::*;

    #[test]
    fn planes_turn_like_pixels() {
        let plane = [1, 2, 3, 4, 5, 6];
        let rgb: Vec<u8> = plane.iter().flat_map(|value| [*value; 3]).collect();
        for mirrored in [false, true] {
            for degrees in [0, 90, 180, 270] {
                let how = Turn { mirrored, degrees };
                let (expected, ..) = turn(rgb.clone(), 3, 2, how);
                let expected: Vec<u8> = expected.chunks_exact(3).map(|pixel| pixel[0]).collect();
                let mut turned = vec![9];
                append(plane.chunks(3), 3, 2, how, &mut turned);
                assert_eq!(turned[1..], expected, "{how:?}");
            }
        }
    }

    #[test]
    fn sides_are_even_and_never_vanish() {
        assert_eq!([1, 2, 3, 1279].map(even), [2, 2, 2, 1278]);
        assert_eq!([1, 2, 3, 91].map(cropped), [1, 2, 2, 90]);
    }
}
