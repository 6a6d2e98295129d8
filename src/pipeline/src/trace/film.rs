//! The suspect beside its original, in sync, as a film; and the same as a still.

use podlinnik_domain::finding::BoundingBox;
use podlinnik_media::Frame;
use podlinnik_media::encode::{EncodeError, resize};
use podlinnik_media::film::{Film, FilmError};
use podlinnik_similarity::keypoints::Projective;
use podlinnik_similarity::tracing::Alignment;

use super::read;

/// Longest side of one half in pixels.
pub(super) const HALF: u32 = 480;
/// Frames of a film that are made before they are encoded.
const AT_A_TIME: usize = 24;
/// Pixels between the halves.
const GAP: u32 = 8;
/// Pixels of a frame around what differs.
const LINE: u32 = 2;
const RED: [u8; 3] = [220, 38, 38];
const WHITE: [u8; 3] = [255, 255, 255];

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
pub(super) enum SheetError {
    #[error(transparent)]
    Film(#[from] FilmError),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error("no frames")]
    Empty,
}

/// What is marked: a box in fractions of the suspect's frame, from and until in seconds of the suspect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mark {
    pub(super) span_s: [f64; 2],
    pub(super) area: BoundingBox,
}

/// RGB pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rgb: Vec<u8>,
}

/// The suspect on the left, what the original shows there on the right; marks on both.
pub(super) fn sheet(
    suspect: &Frame,
    original: &Frame,
    alignment: &Alignment,
    marks: &[Mark],
) -> Result<Sheet, EncodeError> {
    let (width, height) = fit(suspect.width, suspect.height);
    let left = resize(&suspect.rgb, suspect.width, suspect.height, width, height)?;
    let map = alignment.map_for([original.width, original.height], [width, height]);
    let right = brought(original, &map, width, height);
    let mut sheet = Sheet::filled(width * 2 + GAP, height);
    sheet.paste(&left, width, 0);
    sheet.paste(&right, width, width + GAP);
    for mark in marks.iter().filter(|mark| mark.covers(suspect.at_s)) {
        for shift in [0, width + GAP] {
            sheet.frame(&mark.area, (width, height), shift);
        }
    }
    Ok(sheet)
}

/// A film of pairs, one after another at a steady rate.
pub(super) fn side_by_side<'a>(
    pairs: impl IntoIterator<Item = (&'a Frame, &'a Frame)>,
    alignment: &Alignment,
    marks: &[Mark],
    fps: f64,
) -> Result<Vec<u8>, SheetError> {
    let mut film: Option<Film> = None;
    let pairs: Vec<(&Frame, &Frame)> = pairs.into_iter().collect();
    let sheets = |pairs: &[(&Frame, &Frame)]| -> Vec<Result<Sheet, EncodeError>> {
        pairs.iter().map(|(suspect, original)| sheet(suspect, original, alignment, marks)).collect()
    };
    for pairs in pairs.chunks(AT_A_TIME) {
        let (early, late) = pairs.split_at(pairs.len() / 2);
        let (early, late) = read::side_by_side(|| sheets(early), || sheets(late));
        for sheet in early.into_iter().chain(late) {
            let sheet = sheet?;
            let film = match &mut film {
                Some(film) => film,
                slot => slot.insert(Film::new(sheet.width, sheet.height, fps)?),
            };
            film.push(&sheet.rgb)?;
        }
    }
    Ok(film.ok_or(SheetError::Empty)?.finish()?)
}

/// An even size within [`HALF`].
fn fit(width: u32, height: u32) -> (u32, u32) {
    let factor = (f64::from(HALF) / f64::from(width.max(height).max(1))).min(1.0);
    let side = |length: u32| (((f64::from(length) * factor) as u32) & !1).max(2);
    (side(width), side(height))
}

/// The original as it lies in the suspect's frame; black where it does not reach.
fn brought(original: &Frame, map: &Projective, width: u32, height: u32) -> Vec<u8> {
    let mut rgb = vec![0; width as usize * height as usize * 3];
    let Some(back) = map.inverse() else { return rgb };
    let (across, down) = (f64::from(original.width), f64::from(original.height));
    let stride = original.width as usize;
    let pixel = |x: f64, y: f64, channel: usize| -> f64 {
        let x = x.clamp(0.0, across - 1.0) as usize;
        let y = y.clamp(0.0, down - 1.0) as usize;
        original.rgb.get((y * stride + x) * 3 + channel).map_or(0.0, |value| f64::from(*value))
    };
    for (at, target) in rgb.chunks_exact_mut(3).enumerate() {
        let [x, y] = back.apply([(at % width as usize) as f64, (at / width as usize) as f64]);
        if !(x > -0.5 && y > -0.5 && x < across - 0.5 && y < down - 0.5) {
            continue;
        }
        let (left, top) = (x.floor(), y.floor());
        let (right, low) = (x - left, y - top);
        for (channel, value) in target.iter_mut().enumerate() {
            let above = pixel(left, top, channel) * (1.0 - right) + pixel(left + 1.0, top, channel) * right;
            let below = pixel(left, top + 1.0, channel) * (1.0 - right)
                + pixel(left + 1.0, top + 1.0, channel) * right;
            *value = (above * (1.0 - low) + below * low).round().clamp(0.0, 255.0) as u8;
        }
    }
    rgb
}

impl Mark {
    fn covers(&self, at_s: f64) -> bool {
        let [from_s, until_s] = self.span_s;
        (from_s..=until_s).contains(&at_s)
    }
}

impl Sheet {
    fn filled(width: u32, height: u32) -> Self {
        Self { width, height, rgb: WHITE.repeat(width as usize * height as usize) }
    }

    /// Puts pixels of `width` and the sheet's height at a column.
    fn paste(&mut self, pixels: &[u8], width: u32, column: u32) {
        let (row, own, shift) = (width as usize * 3, self.width as usize * 3, column as usize * 3);
        for (line, from) in self.rgb.chunks_exact_mut(own).zip(pixels.chunks_exact(row)) {
            if let Some(line) = line.get_mut(shift..shift + row) {
                line.copy_from_slice(from);
            }
        }
    }

    /// Draws a frame around an area, given in fractions of a half, into the half that begins at column `shift`.
    fn frame(&mut self, area: &BoundingBox, (width, height): (u32, u32), shift: u32) {
        let place = |fraction: f64, length: u32| {
            (fraction * f64::from(length)).round().clamp(0.0, f64::from(length - 1)) as u32
        };
        let (left, right) = (place(area.x, width), place(area.x + area.width, width));
        let (top, bottom) = (place(area.y, height), place(area.y + area.height, height));
        for y in top..=bottom {
            for x in left..=right {
                let edge = x < left + LINE || x + LINE > right || y < top + LINE || y + LINE > bottom;
                let at = (y as usize * self.width as usize + (x + shift) as usize) * 3;
                if edge && let Some(pixel) = self.rgb.get_mut(at..at + 3) {
                    pixel.copy_from_slice(&RED);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_even_and_never_larger() {
        assert_eq!(fit(1920, 1080), (480, 270));
        assert_eq!(fit(101, 51), (100, 50));
        assert_eq!(fit(1, 4000), (2, 480));
    }

    #[test]
    fn frames_are_drawn_within_their_half() {
        let mut sheet = Sheet::filled(48, 20);
        let area = BoundingBox { x: 0.5, y: 0.5, width: 2.0, height: 2.0 };
        sheet.frame(&area, (20, 20), 28);
        let red = |x: usize, y: usize| sheet.rgb[(y * 48 + x) * 3..][..3] == RED;
        assert!(red(38, 10) && red(47, 19) && red(47, 10), "corners of the right half");
        assert!(!red(43, 15) && !red(10, 10) && !red(0, 11), "neither inside nor in the other half");
    }
}
