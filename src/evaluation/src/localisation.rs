//! Does a heat map point at what was changed? Measured on fakes whose original is known; the difference of the two is the truth.

use std::collections::BTreeMap;

use podlinnik_domain::finding::{BoundingBox, HeatMap};
use serde::{Deserialize, Serialize};

use crate::bootstrap::{Random, Resampler};
use crate::interval::{Estimate, Rate, percentiles};
use crate::record::Record;

/// Differences, in grey levels after blurring, from which a pixel counts as changed.
const CHANGED_LEVELS: f32 = 7.0;
/// Share of a cell that has to be changed.
const CHANGED_SHARE: f64 = 0.5;
/// A fake that differs less in the middle is its original.
const LEAST_DIFFERENCE: f64 = 3.0;
/// Pairs whose border differs more do not lie on each other.
const MOST_AT_BORDER: f64 = 10.0;
/// A region of fewer cells is noise; one that fills more of the area cannot be missed.
const FEWEST_CELLS: usize = 4;
const LARGEST_SHARE: f64 = 0.75;
/// Cells of at least so many hundredths belong to the region that a map shows.
const SHOWN: u8 = 50;

/// A picture: 8-bit RGB, row by row from the top, `width` · `height` · 3 bytes.
#[derive(Debug, Clone, Copy)]
pub struct Picture<'a> {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The pixels.
    pub rgb: &'a [u8],
}

/// One map against the truth, cell by cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointed {
    /// Cells across.
    pub columns: u32,
    /// The highest cell.
    pub peak: usize,
    /// `1` for each cell that was changed, else `0`; row by row.
    pub changed: String,
    /// `1` for each cell that the map shows.
    pub shown: String,
}

/// How well maps point, over all pairs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Localisation {
    /// Pairs that could be measured.
    pub pairs: usize,
    /// The highest cell lies in the changed region.
    pub pointing_game: Rate,
    /// The same for the cell that is changed most often.
    pub pointing_game_of_usual_cell: Rate,
    /// Mean share of changed cells.
    pub pointing_game_by_chance: f64,
    /// Intersection over union of shown and changed cells.
    pub iou: Estimate,
    /// The same for the cells that are changed in more than half of the pairs.
    pub iou_of_usual_region: Estimate,
}

impl Pointed {
    /// Holds a map that covers `area` of the fake against what was changed. None where the pair cannot tell (`SCHEMA.md` says when).
    pub fn new(map: &HeatMap, area: &BoundingBox, fake: Picture<'_>, original: Picture<'_>) -> Option<Self> {
        let (columns, rows) = (map.columns as usize, map.rows as usize);
        if columns == 0 || map.hundredths.len() != columns * rows {
            return None;
        }
        let changed = changed_cells(fake, original, area, columns, rows)?;
        let cells = changed.iter().filter(|changed| **changed).count();
        if cells < FEWEST_CELLS || cells as f64 > LARGEST_SHARE * changed.len() as f64 {
            return None;
        }
        let peak = peak(&map.hundredths, columns)?;
        let bits = |mut cells: Box<dyn Iterator<Item = bool> + '_>| -> String {
            cells.by_ref().map(|cell| if cell { '1' } else { '0' }).collect()
        };
        Some(Self {
            columns: map.columns,
            peak,
            changed: bits(Box::new(changed.iter().copied())),
            shown: bits(Box::new(map.hundredths.iter().map(|value| *value >= SHOWN))),
        })
    }

    fn is_changed(&self, cell: usize) -> bool {
        self.changed.as_bytes().get(cell) == Some(&b'1')
    }

    fn iou(&self, shown: impl Fn(usize) -> bool) -> f64 {
        let (mut both, mut either) = (0_usize, 0_usize);
        for cell in 0..self.changed.len() {
            let (changed, shown) = (self.is_changed(cell), shown(cell));
            both += usize::from(changed && shown);
            either += usize::from(changed || shown);
        }
        both as f64 / either.max(1) as f64
    }
}

/// The highest cell; of equal ones (a map ends at 100 hundredths) the one nearest to their middle, which is where a person looks.
fn peak(hundredths: &[u8], columns: usize) -> Option<usize> {
    let highest = hundredths.iter().max()?;
    let place = |cell: usize| ((cell % columns) as f64, (cell / columns) as f64);
    let equal: Vec<usize> = (0..hundredths.len()).filter(|cell| hundredths[*cell] == *highest).collect();
    let count = equal.len() as f64;
    let middle =
        equal.iter().map(|cell| place(*cell)).fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
    let from_middle = |cell: usize| {
        let (x, y) = place(cell);
        (x - middle.0 / count).powi(2) + (y - middle.1 / count).powi(2)
    };
    equal.into_iter().min_by(|one, other| from_middle(*one).total_cmp(&from_middle(*other)))
}

/// All pairs, by method.
pub(crate) fn measure(records: &[Record], rounds: usize, seed: u64) -> BTreeMap<String, Localisation> {
    let mut methods: BTreeMap<&str, Vec<(&Record, &Pointed)>> = BTreeMap::new();
    for record in records {
        for (method, pointed) in &record.pointed {
            methods.entry(method).or_default().push((record, pointed));
        }
    }
    let of = |(method, pairs): (&str, Vec<(&Record, &Pointed)>)| {
        Some((method.to_owned(), summary(&pairs, rounds, seed)?))
    };
    methods.into_iter().filter_map(of).collect()
}

fn summary(pairs: &[(&Record, &Pointed)], rounds: usize, seed: u64) -> Option<Localisation> {
    let cells = pairs.first()?.1.changed.len();
    let same: Vec<_> = pairs.iter().filter(|(_, pointed)| pointed.changed.len() == cells).collect();
    let often: Vec<usize> =
        (0..cells).map(|cell| same.iter().filter(|(_, pointed)| pointed.is_changed(cell)).count()).collect();
    let usual = (0..cells).rev().max_by_key(|cell| often[*cell])?;
    let hits = |cell: &dyn Fn(&Pointed) -> usize| {
        let hits = same.iter().filter(|(_, pointed)| pointed.is_changed(cell(pointed))).count();
        Rate::new(hits, same.len())
    };
    let changed: usize = often.iter().sum();
    let overlap = |name: &str, iou: &dyn Fn(&Pointed) -> f64| {
        let values: Vec<f64> = same.iter().map(|(_, pointed)| iou(pointed)).collect();
        let groups = same.iter().map(|(record, _)| (record.group.as_deref().unwrap_or(&record.file), true));
        estimate(&values, Resampler::new(groups), rounds, Random::new(seed, name))
    };
    Some(Localisation {
        pairs: same.len(),
        pointing_game: hits(&|pointed| pointed.peak),
        pointing_game_of_usual_cell: hits(&|_| usual),
        pointing_game_by_chance: changed as f64 / (cells * same.len()) as f64,
        iou: overlap("iou", &|pointed| pointed.iou(|cell| pointed.shown.as_bytes().get(cell) == Some(&b'1'))),
        iou_of_usual_region: overlap("iou of usual region", &|pointed| {
            pointed.iou(|cell| often.get(cell).is_some_and(|count| count * 2 > same.len()))
        }),
    })
}

fn estimate(values: &[f64], mut resampler: Resampler, rounds: usize, mut random: Random) -> Estimate {
    let mean = |weight: &dyn Fn(usize) -> f64| {
        let (mut sum, mut total) = (0.0, 0.0);
        for (at, value) in values.iter().enumerate() {
            sum += weight(at) * value;
            total += weight(at);
        }
        sum / total
    };
    let mut means = Vec::new();
    if resampler.enough() {
        for _ in 0..rounds {
            resampler.draw(&mut random);
            means.push(mean(&|at| resampler.weight(at)));
        }
    }
    let bounds = percentiles(means, rounds);
    Estimate {
        value: mean(&|_| 1.0),
        low: bounds.map(|bounds| bounds.0),
        high: bounds.map(|bounds| bounds.1),
    }
}

/// Which cells of the area were changed.
fn changed_cells(
    fake: Picture<'_>,
    original: Picture<'_>,
    area: &BoundingBox,
    columns: usize,
    rows: usize,
) -> Option<Vec<bool>> {
    let (width, height) = (fake.width as usize, fake.height as usize);
    let bytes = width * height * 3;
    if (fake.width, fake.height) != (original.width, original.height)
        || bytes == 0
        || fake.rgb.len() != bytes
        || original.rgb.len() != bytes
    {
        return None;
    }
    let difference: Vec<f32> = fake
        .rgb
        .chunks_exact(3)
        .zip(original.rgb.chunks_exact(3))
        .map(|(one, other)| one.iter().zip(other).map(|(a, b)| f32::from(a.abs_diff(*b))).sum::<f32>() / 3.0)
        .collect();
    // Shares of the area → pixels of the picture; the area may hang over its edge.
    let edge = |start: f64, length: f64, share: f64, most: usize| {
        let at = (start + length * share).round().clamp(0.0, most as f64);
        at as usize
    };
    let column = |share: f64| edge(area.x, area.width, share, width);
    let row = |share: f64| edge(area.y, area.height, share, height);
    let mean = |plane: &[f32], x: [f64; 2], y: [f64; 2]| {
        let (mut sum, mut count) = (0.0, 0_usize);
        for line in row(y[0])..row(y[1]) {
            for value in &plane[line * width + column(x[0])..line * width + column(x[1])] {
                sum += f64::from(*value);
                count += 1;
            }
        }
        (count > 0).then(|| sum / count as f64)
    };
    if mean(&difference, [0.25, 0.75], [0.25, 0.875])? < LEAST_DIFFERENCE {
        return None;
    }
    let blurred = blur(&difference, width, height, area.width.max(area.height) / 56.0);
    let border = [
        mean(&blurred, [0.0, 1.0], [0.0, 0.045]),
        mean(&blurred, [0.0, 0.045], [0.0, 1.0]),
        mean(&blurred, [0.955, 1.0], [0.0, 1.0]),
    ];
    let border: Vec<f64> = border.into_iter().flatten().collect();
    if border.is_empty() || border.iter().sum::<f64>() / border.len() as f64 > MOST_AT_BORDER {
        return None;
    }
    let changed: Vec<f32> =
        blurred.iter().map(|value| if *value > CHANGED_LEVELS { 1.0 } else { 0.0 }).collect();
    let cell = |number: usize| {
        let span = |at: usize, of: usize| [at as f64 / of as f64, (at + 1) as f64 / of as f64];
        let share = mean(&changed, span(number % columns, columns), span(number / columns, rows));
        share.is_some_and(|share| share > CHANGED_SHARE)
    };
    Some((0..columns * rows).map(cell).collect())
}

/// Gaussian blur, edges repeated.
fn blur(plane: &[f32], width: usize, height: usize, sigma: f64) -> Vec<f32> {
    let reach = (sigma * 3.0).ceil().max(1.0) as usize;
    let kernel: Vec<f32> = (0..=2 * reach)
        .map(|at| (-0.5 * ((at as f64 - reach as f64) / sigma.max(1e-6)).powi(2)).exp() as f32)
        .collect();
    let total: f32 = kernel.iter().sum();
    let pass = |plane: &[f32], length: usize, step: usize, other: usize, other_step: usize| {
        let mut out = vec![0.0; plane.len()];
        for line in 0..other {
            for at in 0..length {
                let sum: f32 = kernel
                    .iter()
                    .enumerate()
                    .map(|(tap, weight)| {
                        let from = (at + tap).saturating_sub(reach).min(length - 1);
                        weight * plane[line * other_step + from * step]
                    })
                    .sum();
                out[line * other_step + at * step] = sum / total;
            }
        }
        out
    };
    let across = pass(plane, width, 1, height, width);
    pass(&across, height, width, width, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::{Label, LabelledFile};

    const SIDE: u32 = 112;
    const WHOLE: BoundingBox = BoundingBox { x: 0.0, y: 0.0, width: 112.0, height: 112.0 };

    fn picture(changed: impl Fn(u32, u32) -> bool) -> Vec<u8> {
        (0..SIDE * SIDE).flat_map(|at| [if changed(at % SIDE, at / SIDE) { 160 } else { 100 }; 3]).collect()
    }

    fn of(rgb: &[u8]) -> Picture<'_> {
        Picture { width: SIDE, height: SIDE, rgb }
    }

    /// 14 × 14 cells of 8 pixels; 90 in one of them, 60 in the whole right half.
    fn map(peak: usize) -> HeatMap {
        let mut hundredths: Vec<u8> = (0..196).map(|cell| if cell % 14 >= 7 { 60 } else { 10 }).collect();
        hundredths[peak] = 90;
        HeatMap { columns: 14, rows: 14, hundredths }
    }

    #[test]
    fn a_map_hits_what_was_changed_or_misses_it() {
        let original = picture(|_, _| false);
        let fake = picture(|x, y| (40..72).contains(&x) && (48..88).contains(&y));
        let pointed = |peak| Pointed::new(&map(peak), &WHOLE, of(&fake), of(&original)).unwrap();
        let inside = pointed(8 * 14 + 6);
        assert!(inside.is_changed(inside.peak));
        let outside = pointed(3);
        assert!(!outside.is_changed(outside.peak));
        // 32 × 40 changed pixels are 4 × 5 cells, the blurred rim aside.
        let cells = inside.changed.bytes().filter(|bit| *bit == b'1').count();
        assert!((20..=42).contains(&cells), "{cells}");
        // Half of the picture is shown, and half of the region lies in it.
        let iou = outside.iou(|cell| outside.shown.as_bytes()[cell] == b'1');
        assert!((0.08..0.2).contains(&iou), "{iou}");
    }

    #[test]
    fn of_equal_peaks_the_middle_one_counts() {
        let mut flat = vec![10; 25];
        for cell in [6, 7, 8, 11, 12, 13, 16, 17, 18] {
            flat[cell] = 100;
        }
        assert_eq!(peak(&flat, 5), Some(12));
        flat[0] = 101;
        assert_eq!(peak(&flat, 5), Some(0));
        assert_eq!(peak(&[], 5), None);
    }

    #[test]
    fn pairs_that_cannot_tell_are_left_out() {
        let original = picture(|_, _| false);
        let none = |fake: &[u8]| Pointed::new(&map(0), &WHOLE, of(fake), of(&original)).is_none();
        assert!(none(&original), "the same picture");
        assert!(none(&picture(|_, _| true)), "another picture");
        assert!(none(&picture(|x, y| x > 8 && y > 8 && x < 104)), "nearly everything");
        let small = Picture { width: 56, height: 56, rgb: &original[..56 * 56 * 3] };
        assert!(Pointed::new(&map(0), &WHOLE, of(&original), small).is_none(), "other size");
    }

    #[test]
    fn a_map_is_held_against_pointing_without_looking() {
        let original = picture(|_, _| false);
        let fake = picture(|x, y| (40..72).contains(&x) && (48..88).contains(&y));
        let records: Vec<Record> = (0..10)
            .map(|number| {
                let file = LabelledFile {
                    name: format!("{number}.jpg"),
                    path: "x".into(),
                    label: Label::Fake,
                    group: None,
                    original: None,
                    buckets: BTreeMap::new(),
                };
                let mut record = Record::new(&file, String::new(), String::new(), String::new());
                let peak = if number < 3 { 8 * 14 + 6 } else { 3 };
                let pointed = Pointed::new(&map(peak), &WHOLE, of(&fake), of(&original)).unwrap();
                record.pointed.insert("face_manipulation".to_owned(), pointed);
                record
            })
            .collect();
        let measured = measure(&records, 200, 1);
        let faces = &measured["face_manipulation"];
        assert_eq!((faces.pairs, faces.pointing_game.count), (10, 3));
        assert_eq!(faces.pointing_game_of_usual_cell.count, 10);
        assert!((faces.iou_of_usual_region.value - 1.0).abs() < 1e-9);
        assert!(faces.iou.low.unwrap() <= faces.iou.value && faces.iou.value <= faces.iou.high.unwrap());
        assert!(measure(&[], 200, 1).is_empty());
    }
}
