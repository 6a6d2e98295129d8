//! Captions, logos and stickers: blocks outside the regions that differ strongly and lie together.

use serde::{Deserialize, Serialize};

use super::measurement::Measurement;

/// Mean log10 ratio from which on a block is covered by something.
const STRONG: f32 = 1.3;
/// Blocks that have to lie together.
const LEAST: usize = 4;
/// Most overlays that are named.
const MOST: usize = 8;

/// Something over the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Overlay {
    /// x, y, width, height in pixels of the suspect's views.
    pub bbox: [f64; 4],
    /// Mean log10 of the difference found over that explained.
    pub ratio: f64,
    /// Blocks.
    pub blocks: usize,
}

/// Mean log10 ratio from which on a block may belong to a caption whose ends were found.
const TOUCHED: f32 = 0.7;

/// Blocks that a caption covers, also where it runs over a region: a face is not altered by the line under it. Only wide and low things that begin outside
/// all regions count; a sticker on a face is a difference of the face.
pub(super) fn under_captions(heat: &[f32], covered: &[bool], [columns, rows]: [usize; 2]) -> Vec<bool> {
    let strong: Vec<bool> =
        heat.iter().zip(covered).map(|(ratio, covered)| *ratio >= 1.0 && !covered).collect();
    let mut under = vec![false; heat.len()];
    let mut seen = vec![false; heat.len()];
    for start in 0..heat.len() {
        if !strong[start] || seen[start] {
            continue;
        }
        let found = flood(start, [columns, rows], &mut seen, &|at| strong[at]);
        let [top, bottom] = range(&found, &|at| at / columns);
        if found.len() < 3 || bottom - top + 1 > (rows / 4).max(2) {
            continue;
        }
        // on into the regions, within the lines of the caption
        let lines = top.saturating_sub(1)..=bottom + 1;
        let mut reached = vec![false; heat.len()];
        let whole = flood(start, [columns, rows], &mut reached, &|at| {
            lines.contains(&(at / columns)) && (heat[at] >= TOUCHED || strong[at])
        });
        let [left, right] = range(&whole, &|at| at % columns);
        if (right - left + 1) * 2 < (bottom - top + 1) * 5 {
            continue;
        }
        // what differs bleeds one block far
        for at in whole {
            let (column, row) = (at % columns, at / columns);
            for y in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
                for x in column.saturating_sub(1)..=(column + 1).min(columns - 1) {
                    under[y * columns + x] = true;
                }
            }
        }
    }
    under
}

fn range(members: &[usize], place: &dyn Fn(usize) -> usize) -> [usize; 2] {
    let places = || members.iter().map(|at| place(*at));
    [places().min().unwrap_or(0), places().max().unwrap_or(0)]
}

/// Blocks connected with a first one; a gap of one block across does not part letters of a line.
fn flood(
    start: usize,
    [columns, rows]: [usize; 2],
    seen: &mut [bool],
    belongs: &dyn Fn(usize) -> bool,
) -> Vec<usize> {
    let mut waiting = vec![start];
    let mut members = Vec::new();
    seen[start] = true;
    while let Some(at) = waiting.pop() {
        members.push(at);
        let (column, row) = (at % columns, at / columns);
        for y in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
            for x in column.saturating_sub(2)..=(column + 2).min(columns - 1) {
                let next = y * columns + x;
                if belongs(next) && !seen[next] {
                    seen[next] = true;
                    waiting.push(next);
                }
            }
        }
    }
    members
}

/// The largest first.
pub(super) fn overlays(measurement: &Measurement) -> Vec<Overlay> {
    let [columns, rows] = measurement.grid;
    let strong: Vec<bool> = measurement
        .heat
        .iter()
        .zip(&measurement.covered)
        .map(|(ratio, covered)| *ratio >= STRONG && !covered)
        .collect();
    let mut seen = vec![false; strong.len()];
    let mut found = Vec::new();
    for start in 0..strong.len() {
        if !strong[start] || seen[start] {
            continue;
        }
        let members = flood(start, [columns, rows], &mut seen, &|at| strong[at]);
        if members.len() < LEAST {
            continue;
        }
        let extent = |place: &dyn Fn(usize) -> usize| {
            let [low, high] = range(&members, place);
            (low as f64, (high + 1 - low) as f64)
        };
        let ((x, width), (y, height)) = (extent(&|at| at % columns), extent(&|at| at / columns));
        let [across, down] = measurement.block_px;
        let sum: f32 = members.iter().filter_map(|at| measurement.heat.get(*at)).sum();
        found.push(Overlay {
            bbox: [x * across, y * down, width * across, height * down],
            ratio: f64::from(sum) / members.len() as f64,
            blocks: members.len(),
        });
    }
    found.sort_by(|one, other| other.blocks.cmp(&one.blocks).then(one.bbox[1].total_cmp(&other.bbox[1])));
    found.truncate(MOST);
    found
}
