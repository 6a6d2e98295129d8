//! The picture inside bars: letterbox, pillarbox, a border, or a blurred copy filling the sides. Decided for a group of frames
//! together, because a dark scene looks like a bar for a while and a bar stays a bar.

use crate::picture::{Picture, Rectangle};

/// Longest side of the planes that are looked at.
const LONGEST: usize = 512;
/// How far (of 255) a pixel of a bar may be from the bar's colour, and which share of a row or column has to be that near; the rest may be a
/// caption or a logo in the bar. A strict reading keeps dark scenes apart from black bars, a loose one sees noisy and written-on bars.
const READINGS: [(u8, f64); 2] = [(5, 0.93), (14, 0.7)];
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

/// Rectangles that may be the picture inside bars, the likeliest first; none when there are no bars. All planes have one size. More than
/// one because a wrong one costs a hash that finds nothing, and a missed one costs the match.
pub(crate) fn find(planes: &[Plane]) -> Vec<Rectangle> {
    let Some(first) = planes.first() else { return Vec::new() };
    if planes.iter().any(|plane| (plane.width, plane.height) != (first.width, first.height)) {
        return Vec::new();
    }
    let rectangle = |(left, right): (usize, usize), (top, bottom): (usize, usize)| Rectangle {
        left,
        top,
        width: first.width - left - right,
        height: first.height - top - bottom,
    };
    let mut found = Vec::new();
    for reading in READINGS {
        let columns = plain(planes, true, (0, first.height), reading);
        let rows = plain(planes, false, (columns.0, first.width - columns.1), reading);
        found.push(rectangle(columns, rows));
        if columns == (0, 0) {
            // A letterboxed clip between blurred sides.
            found.push(rectangle(blurred(planes, true, (rows.0, first.height - rows.1)), rows));
        }
    }
    found.push(rectangle(blurred(planes, true, (0, first.height)), (0, 0)));
    found.push(rectangle((0, 0), blurred(planes, false, (0, first.width))));
    let whole = rectangle((0, 0), (0, 0));
    let mut kept: Vec<Rectangle> = Vec::new();
    for rectangle in found {
        if rectangle != whole && !kept.contains(&rectangle) {
            kept.push(rectangle);
        }
    }
    kept
}

/// Widths of one-coloured bars before and after, looking at columns (`upright`) or rows, within `span` of the other side.
fn plain(planes: &[Plane], upright: bool, span: (usize, usize), reading: (u8, f64)) -> (usize, usize) {
    let Some(first) = planes.first() else { return (0, 0) };
    let side = if upright { first.width } else { first.height };
    let count = |lines: &mut dyn Iterator<Item = usize>| {
        let colours: Vec<Option<u8>> = match lines.next() {
            Some(edge) => planes.iter().map(|plane| colour(plane, upright, edge, span, reading)).collect(),
            None => return 0,
        };
        if colours.iter().any(Option::is_none) {
            return 0;
        }
        1 + lines
            .take_while(|line| {
                let pairs = planes.iter().zip(&colours);
                pairs.clone().all(|(plane, colour)| {
                    colour.is_some_and(|colour| coloured(plane, upright, *line, span, colour, reading))
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
fn colour(plane: &Plane, upright: bool, line: usize, span: (usize, usize), reading: (u8, f64)) -> Option<u8> {
    let mut values: Vec<u8> = (span.0..span.1).map(|along| plane.line(upright, line, along)).collect();
    if values.is_empty() {
        return None;
    }
    let middle = values.len() / 2;
    let (_, median, _) = values.select_nth_unstable(middle);
    let median = *median;
    coloured(plane, upright, line, span, median, reading).then_some(median)
}

fn coloured(
    plane: &Plane,
    upright: bool,
    line: usize,
    span: (usize, usize),
    colour: u8,
    reading: (u8, f64),
) -> bool {
    let same = (span.0..span.1)
        .filter(|along| plane.line(upright, line, *along).abs_diff(colour) <= reading.0)
        .count();
    same as f64 >= reading.1 * (span.1 - span.0) as f64
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
