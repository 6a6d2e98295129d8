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
        let mut waiting = vec![start];
        let mut members = Vec::new();
        seen[start] = true;
        while let Some(at) = waiting.pop() {
            members.push(at);
            let (column, row) = (at % columns, at / columns);
            // a gap of one block does not part letters of a line
            for y in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
                for x in column.saturating_sub(2)..=(column + 2).min(columns - 1) {
                    let next = y * columns + x;
                    if strong[next] && !seen[next] {
                        seen[next] = true;
                        waiting.push(next);
                    }
                }
            }
        }
        if members.len() < LEAST {
            continue;
        }
        let range = |place: &dyn Fn(usize) -> usize| {
            let low = members.iter().map(|at| place(*at)).min().unwrap_or(0);
            let high = members.iter().map(|at| place(*at)).max().unwrap_or(0);
            (low as f64, (high + 1 - low) as f64)
        };
        let ((x, width), (y, height)) = (range(&|at| at % columns), range(&|at| at / columns));
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
