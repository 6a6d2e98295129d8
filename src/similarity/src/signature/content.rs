//! The picture inside bars: letterbox, pillarbox, a border, or a blurred copy filling the sides. Decided for a group of frames
//! together, because a dark scene looks like a bar for a while and a bar stays a bar.

use crate::picture::{Picture, Rectangle};

/// Longest side of the planes that are looked at.
const LONGEST: usize = 512;
/// A pixel this far from a bar's colour (of 255) is not part of the bar.
const COLOUR_NOISE: u8 = 14;
/// Share of a row or column that has to be of the bar's colour; the rest may be a caption or a logo in the bar.
const COLOURED: f64 = 0.7;
/// Narrowest bar, share of the side.
const NARROWEST: f64 = 0.015;
/// Least share of each side that the picture inside keeps.
const LEAST_INSIDE: f64 = 0.2;
/// A seam between picture and blurred bar is this many times the steps beside it.
const SEAM: f32 = 2.5;
/// Detail in a blurred bar, at most this share of the detail inside.
const BLURRED: f32 = 0.45;

/// Luma of one frame, scaled down by a whole number.
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    pub(crate) luma: Vec<u8>,
    pub(crate) width: usize,
    pub(crate) height: usize,
}

impl Plane {
    pub(crate) fn new(picture: &Picture<'_>) -> Self {
        let factor = picture.width().max(picture.height()).div_ceil(LONGEST).max(1);
        let (width, height) = ((picture.width() / factor).max(1), (picture.height() / factor).max(1));
        let factor = factor.min(picture.width()).min(picture.height());
        let mut luma = Vec::with_capacity(width * height);
        let mut sums = vec![0_u32; width];
        for row in 0..height {
            sums.fill(0);
            for line in 0..factor {
                let pixels = picture.row(picture.whole(), row * factor + line).as_chunks::<3>().0;
                for (sum, group) in sums.iter_mut().zip(pixels.chunks_exact(factor)) {
                    *sum += group
                        .iter()
                        .map(|[red, green, blue]| {
                            299 * u32::from(*red) + 587 * u32::from(*green) + 114 * u32::from(*blue)
                        })
                        .sum::<u32>();
                }
            }
            let area = (factor * factor * 1000) as u32;
            luma.extend(sums.iter().map(|sum| ((sum + area / 2) / area) as u8));
        }
        Self { luma, width, height }
    }

    fn at(&self, column: usize, row: usize) -> u8 {
        self.luma[row * self.width + column]
    }

    /// Pixel of line `line` (a column, or a row when `upright` is false) at `along`.
    fn line(&self, upright: bool, line: usize, along: usize) -> u8 {
        if upright { self.at(line, along) } else { self.at(along, line) }
    }
}

/// The rectangle inside the bars, when the planes (all of one size) agree on bars; `None` when there are none.
pub(crate) fn find(planes: &[Plane]) -> Option<Rectangle> {
    let first = planes.first()?;
    if planes.iter().any(|plane| (plane.width, plane.height) != (first.width, first.height)) {
        return None;
    }
    let (mut left, mut right) = plain(planes, true, (0, first.height));
    let (mut top, mut bottom) = plain(planes, false, (left, first.width - right));
    if (left, right) == (0, 0) {
        (left, right) = blurred(planes, true, (top, first.height - bottom));
    }
    if (top, bottom) == (0, 0) {
        (top, bottom) = blurred(planes, false, (left, first.width - right));
    }
    let inside =
        Rectangle { left, top, width: first.width - left - right, height: first.height - top - bottom };
    (inside.width < first.width || inside.height < first.height).then_some(inside)
}

/// Widths of one-coloured bars before and after, looking at columns (`upright`) or rows, within `span` of the other side.
fn plain(planes: &[Plane], upright: bool, span: (usize, usize)) -> (usize, usize) {
    let Some(first) = planes.first() else { return (0, 0) };
    let side = if upright { first.width } else { first.height };
    let count = |lines: &mut dyn Iterator<Item = usize>| {
        let colours: Vec<Option<u8>> = match lines.next() {
            Some(edge) => planes.iter().map(|plane| colour(plane, upright, edge, span)).collect(),
            None => return 0,
        };
        if colours.iter().any(Option::is_none) {
            return 0;
        }
        1 + lines
            .take_while(|line| {
                let pairs = planes.iter().zip(&colours);
                pairs.clone().all(|(plane, colour)| {
                    colour.is_some_and(|colour| coloured(plane, upright, *line, span, colour))
                })
            })
            .count()
    };
    let before = count(&mut (0..side));
    let after = count(&mut (0..side).rev());
    kept(before, after, side)
}

/// Bars that are wide enough and leave enough.
fn kept(before: usize, after: usize, side: usize) -> (usize, usize) {
    let wide = |bar: usize| if (bar as f64) < NARROWEST * side as f64 { 0 } else { bar };
    let (before, after) = (wide(before), wide(after));
    if side.saturating_sub(before + after) as f64 >= LEAST_INSIDE * side as f64 {
        (before, after)
    } else {
        (0, 0)
    }
}

/// The colour of a line that has one.
fn colour(plane: &Plane, upright: bool, line: usize, span: (usize, usize)) -> Option<u8> {
    let mut values: Vec<u8> = (span.0..span.1).map(|along| plane.line(upright, line, along)).collect();
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let (_, median, _) = values.select_nth_unstable(middle);
    let median = *median;
    coloured(plane, upright, line, span, median).then_some(median)
}

fn coloured(plane: &Plane, upright: bool, line: usize, span: (usize, usize), colour: u8) -> bool {
    let same = (span.0..span.1)
        .filter(|along| plane.line(upright, line, *along).abs_diff(colour) <= COLOUR_NOISE)
        .count();
    same as f64 >= COLOURED * (span.1 - span.0) as f64
}

/// Widths of blurred bars: a straight seam on both sides, equally far from the edges, with little detail outside.
fn blurred(planes: &[Plane], upright: bool, span: (usize, usize)) -> (usize, usize) {
    let Some(first) = planes.first() else { return (0, 0) };
    let side = if upright { first.width } else { first.height };
    if side < 40 || span.1 < span.0 + 20 {
        return (0, 0);
    }
    // Per line: the mean step to the line before, and the mean detail along the line.
    let mut step = vec![0.0_f32; side];
    let mut detail = vec![0.0_f32; side];
    for plane in planes {
        for line in 1..side {
            let (mut steps, mut details) = (0_u32, 0_u32);
            for along in span.0 + 2..span.1 - 2 {
                let here = plane.line(upright, line, along);
                steps += u32::from(here.abs_diff(plane.line(upright, line - 1, along)));
                let around = i32::from(plane.line(upright, line, along - 2))
                    + i32::from(plane.line(upright, line, along + 2));
                details += (2 * i32::from(here) - around).unsigned_abs();
            }
            step[line] += steps as f32;
            detail[line] += details as f32;
        }
    }
    let beside = |line: usize| {
        let near = [line - 4, line - 3, line - 2, line + 2, line + 3, line + 4];
        near.iter().filter_map(|line| step.get(*line)).sum::<f32>() / near.len() as f32
    };
    let mean = |from: usize, to: usize| detail[from..to].iter().sum::<f32>() / (to - from).max(1) as f32;
    let noise = planes.len() as f32 * (span.1 - span.0) as f32 * 0.5;
    let mut best = (0.0, 0, 0);
    for before in (side * 4 / 100).max(6)..side * 42 / 100 {
        for after in [side - before - 1, side - before, side - before + 1] {
            let seam = |line: usize| step[line] / (beside(line) + noise);
            let strength = seam(before).min(seam(after));
            let outside = mean(1, before - 1).max(mean(after + 1, side));
            if strength > SEAM && strength > best.0 && outside < BLURRED * mean(before, after) {
                best = (strength, before, side - after);
            }
        }
    }
    kept(best.1, best.2, side)
}
