//! From frames to numbers: ratios of innovation found to innovation explained, by region, band and frame.

use serde::{Deserialize, Serialize};

use crate::keypoints::Plane;
use crate::tracing::align::Alignment;
use crate::tracing::tone::line;
use crate::tracing::view::{View, bring, resizing, spread, usable};

use super::Reason;
use super::blocks::{BANDS, BLOCK, Block, measure as measure_blocks};
use super::noise::{INNOVATION_FLOOR, Noise};
use super::overlay::under_captions;
use super::pairing::{Pair, frame_s, pair};
use super::region::{Region, RegionKind, bounds, coverage};

/// Most frames of the suspect that are compared.
const FRAMES: usize = 60;
/// Working pixels along the longer side of the largest face, at most.
const FACE: f64 = 96.0;
/// Working pixels along the longer side of the frame, at most; the same where there is no face.
const LONGEST: f64 = 640.0;
const LONGEST_WITHOUT_FACE: f64 = 320.0;
/// Blocks of a region in a frame, at least.
const LEAST_BLOCKS: usize = 3;
/// Blocks outside the regions over all frames, at least.
const LEAST_SURROUNDINGS: usize = 200;

/// A region in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RegionFrame {
    /// log10 of innovation found over innovation that recompression explains, fine to coarse band.
    pub ratios: [f64; BANDS],
    /// log10 of the original's energy over the innovation that recompression explains, mean of the two coarser bands: how large a ratio a wholly changed
    /// region could reach. Near 0, compression hides everything.
    pub headroom: f64,
    /// Energy of the original in the two coarser bands, squared grey levels: little means nothing to compare.
    pub texture: f64,
    /// Box of what was measured: x, y, width, height in pixels of the suspect's views.
    pub bbox: [f64; 4],
}

/// One compared frame.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredFrame {
    /// Time in the suspect, in seconds.
    pub at_s: f64,
    /// Time in the original of what it shows.
    pub original_s: f64,
    /// By region, in the caller's order; none where the region is outside or too small.
    pub regions: Vec<Option<RegionFrame>>,
}

/// What was measured of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    /// In the order of time.
    pub frames: Vec<MeasuredFrame>,
    /// Blocks across and down.
    pub grid: [usize; 2],
    /// Width and height of a block in pixels of the suspect's views.
    pub block_px: [f64; 2],
    /// Per block, row by row: mean over time of log10 of innovation found over explained, in the two coarser bands; `NAN` outside the original's picture.
    pub heat: Vec<f32>,
    /// Blocks that a region covers in some frame.
    pub covered: Vec<bool>,
    /// Typical innovation in the surroundings by band, grey levels: how hard the clip was compressed.
    pub noise_levels: [f64; BANDS],
    /// Share of the surroundings' coarse energy that is innovation: near 1 the pictures do not match at all.
    pub mismatch: f64,
}

struct Measured {
    pair: Pair,
    blocks: Vec<Block>,
    /// Per region: the share of each block, and the box.
    shares: Vec<Option<(Vec<f32>, [f64; 4])>>,
    clear: Vec<bool>,
}

/// Measures; fails with the reason why nothing can be said.
///
/// # Errors
/// The [`Reason`].
pub fn measure(
    suspect: &[View<'_>],
    original: &[View<'_>],
    alignment: &Alignment,
    regions: &[Region],
) -> Result<Measurement, Reason> {
    let (suspect, original) = (usable(suspect), usable(original));
    let (Some(first), Some(other)) = (suspect.first(), original.first()) else {
        return Err(Reason::TooFewFrames);
    };
    let size = first.size().map(f64::from);
    let back = alignment.map_for(other.size(), first.size()).inverse().ok_or(Reason::AlignmentTooPoor)?;
    let factor = working_factor(size, regions);
    let side = |length: f64| ((length * factor / BLOCK as f64).round().max(3.0) as usize) * BLOCK;
    let (width, height) = (side(size[0]), side(size[1]));
    let grid = [width / BLOCK, height / BLOCK];
    let to_full = resizing([width as f64, height as f64], size);
    let to_working = resizing(size, [width as f64, height as f64]);
    let frame_s = frame_s(&original);
    let one = |index: usize| -> Option<Measured> {
        let pair = pair(suspect.get(index)?, &original, alignment, &back, frame_s)?;
        let working = pair.suspect.resized(width, height);
        let map = back.after(&to_full);
        let mut shown = bring(&pair.original, &map, width, height);
        let mut known: Vec<bool> = shown.values.iter().map(|value| value.is_finite()).collect();
        outside_box(&mut known, width, &alignment.picture_box, alignment, &to_working, first.size());
        let neighbour = pair.neighbour.as_ref().map(|plane| {
            let mut plane = bring(plane, &map, width, height);
            tone(&mut plane, &working, alignment);
            plane
        });
        tone(&mut shown, &working, alignment);
        let [gain, offset] = frame_tone(&shown, &working, &known);
        for value in &mut shown.values {
            *value = gain * *value + offset;
        }
        let blocks = measure_blocks(&working, &shown, neighbour.as_ref(), &known);
        let mut clear = vec![true; blocks.len()];
        let shares = regions
            .iter()
            .map(|region| {
                let [inner, outer] = region.outlines(pair.at_s)?;
                let place = |polygon: &[[f64; 2]]| -> Vec<[f64; 2]> {
                    polygon.iter().map(|point| to_working.apply(*point)).collect()
                };
                let kept = coverage(&place(&outer), BLOCK as f64, grid[0], grid[1]);
                clear.iter_mut().zip(&kept).for_each(|(free, share)| *free &= *share < 0.05);
                Some((coverage(&place(&inner), BLOCK as f64, grid[0], grid[1]), bounds(&inner)))
            })
            .collect();
        Some(Measured { pair, blocks, shares, clear })
    };
    // frames know nothing of each other
    let indexes: Vec<usize> = spread(suspect.len(), FRAMES).into_iter().collect();
    let (early, late) = indexes.split_at(indexes.len() / 2);
    let measured: Vec<Measured> = std::thread::scope(|scope| {
        let late = scope.spawn(|| late.iter().filter_map(|index| one(*index)).collect::<Vec<_>>());
        let mut measured: Vec<_> = early.iter().filter_map(|index| one(*index)).collect();
        measured.extend(late.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        measured
    });
    if measured.is_empty() {
        return Err(Reason::TooFewFrames);
    }
    summarise(&measured, regions, grid, [size[0] / grid[0] as f64, size[1] / grid[1] as f64])
}

fn working_factor(size: [f64; 2], regions: &[Region]) -> f64 {
    let longest = size[0].max(size[1]);
    let face = regions.iter().filter(|region| region.kind == RegionKind::Face).filter_map(Region::side);
    let mouth = regions.iter().filter(|region| region.kind == RegionKind::Mouth).filter_map(Region::side);
    let largest = face.chain(mouth.map(|side| side * 2.8)).fold(0.0_f64, f64::max);
    if largest > 0.0 {
        (FACE / largest).min(LONGEST / longest).min(1.0)
    } else {
        (LONGEST_WITHOUT_FACE / longest).min(1.0)
    }
}

/// Nothing outside the box in which the original was found is known.
fn outside_box(
    known: &mut [bool],
    width: usize,
    bounds: &[f64; 4],
    alignment: &Alignment,
    to_working: &crate::keypoints::Projective,
    size: [u32; 2],
) {
    let scale = resizing(alignment.suspect_size.map(f64::from), size.map(f64::from));
    let [x, y, across, down] = *bounds;
    let place = |point: [f64; 2]| to_working.apply(scale.apply(point));
    let (low, high) = (place([x, y]), place([x + across, y + down]));
    for (at, inside) in known.iter_mut().enumerate() {
        let (column, row) = ((at % width) as f64, (at / width) as f64);
        *inside &=
            column >= low[0] - 0.5 && column <= high[0] + 0.5 && row >= low[1] - 0.5 && row <= high[1] + 0.5;
    }
}

/// The original's levels become the suspect's; where there is no original, the suspect itself.
fn tone(plane: &mut Plane, suspect: &Plane, alignment: &Alignment) {
    for (value, other) in plane.values.iter_mut().zip(&suspect.values) {
        *value = if value.is_finite() { alignment.tone.luma(*value) } else { *other };
    }
}

/// What brightness and contrast of this one frame still lack.
fn frame_tone(shown: &Plane, suspect: &Plane, known: &[bool]) -> [f32; 2] {
    let samples = shown
        .values
        .iter()
        .zip(&suspect.values)
        .zip(known)
        .step_by((known.len() / 3000).max(1) | 1)
        .filter(|(_, known)| **known)
        .map(|((a, b), _)| [f64::from(*a), f64::from(*b)]);
    line(samples).map(|value| value as f32)
}

fn summarise(
    measured: &[Measured],
    regions: &[Region],
    grid: [usize; 2],
    block_px: [f64; 2],
) -> Result<Measurement, Reason> {
    let count = grid[0] * grid[1];
    let mut free = vec![true; count];
    let collect = |free: &[bool]| -> Vec<Block> {
        measured
            .iter()
            .flat_map(|frame| frame.blocks.iter().zip(&frame.clear).zip(free))
            .filter(|((block, clear), free)| **clear && **free && block.valid)
            .map(|((block, _), _)| *block)
            .collect()
    };
    let mut surroundings = collect(&free);
    let mut noise = Noise::learn(&surroundings, LEAST_SURROUNDINGS).ok_or(Reason::TooLittleSurroundings)?;
    // a caption or a logo is no recompression: places that stand out in most frames do not count
    for _ in 0..2 {
        free = without_overlays(measured, &noise, count);
        surroundings = collect(&free);
        let Some(next) = Noise::learn(&surroundings, LEAST_SURROUNDINGS) else { break };
        noise = next;
    }
    let (found, there) = surroundings.iter().fold((0.0_f64, 0.0_f64), |(found, there), block| {
        (
            found + f64::from(block.innovation[BANDS - 1].min(4.0 * block.original[BANDS - 1])),
            there + f64::from(block.original[BANDS - 1]),
        )
    });
    let mut sums = vec![[0.0_f32; 2]; count];
    let mut covered = vec![false; count];
    for frame in measured {
        for (at, block) in frame.blocks.iter().enumerate() {
            if block.valid {
                sums[at][0] += (1..BANDS).map(|band| ratio(&noise, &[block], band) as f32).sum::<f32>() / 2.0;
                sums[at][1] += 1.0;
            }
            covered[at] |= !frame.clear[at];
        }
    }
    let heat: Vec<f32> =
        sums.iter().map(|[sum, count]| if *count > 0.0 { sum / count } else { f32::NAN }).collect();
    let caption = under_captions(&heat, &covered, grid);
    let mut frames = Vec::new();
    for frame in measured {
        let of_regions = regions
            .iter()
            .zip(&frame.shares)
            .map(|(region, shares)| {
                let (shares, bbox) = shares.as_ref()?;
                let inside: Vec<&Block> = (0..count)
                    .filter(|at| {
                        let own = shares[*at] > if region.kind == RegionKind::Mouth { 0.3 } else { 0.5 };
                        own && frame.blocks[*at].valid
                            && !caption[*at]
                            && (region.kind != RegionKind::Face || !in_a_mouth(regions, frame, *at))
                    })
                    .filter_map(|at| frame.blocks.get(at))
                    .collect();
                let wanted = shares.iter().filter(|share| **share > 0.5).count();
                if inside.len() < LEAST_BLOCKS || inside.len() * 2 < wanted / 2 {
                    return None;
                }
                let texture =
                    inside.iter().map(|block| f64::from(block.original[1] + block.original[2])).sum::<f64>()
                        / inside.len() as f64;
                let ratios = std::array::from_fn(|band| ratio(&noise, &inside, band));
                let headroom = (1..BANDS).map(|band| headroom(&noise, &inside, band)).sum::<f64>() / 2.0;
                Some(RegionFrame { ratios, headroom, texture, bbox: *bbox })
            })
            .collect();
        frames.push(MeasuredFrame {
            at_s: frame.pair.at_s,
            original_s: frame.pair.original_s,
            regions: of_regions,
        });
    }
    Ok(Measurement {
        frames,
        grid,
        block_px,
        heat,
        covered,
        noise_levels: std::array::from_fn(|band| noise.typical(band)),
        mismatch: if there > 0.0 { (found / there).min(4.0) } else { 0.0 },
    })
}

/// Places whose difference, in the mean over time, is less than five times what is explained.
fn without_overlays(measured: &[Measured], noise: &Noise, count: usize) -> Vec<bool> {
    let mut sums = vec![[0.0_f64; 2]; count];
    for frame in measured {
        for ((block, sum), clear) in frame.blocks.iter().zip(&mut sums).zip(&frame.clear) {
            if block.valid && *clear {
                sum[0] += (1..BANDS).map(|band| ratio(noise, &[block], band)).sum::<f64>() / 2.0;
                sum[1] += 1.0;
            }
        }
    }
    sums.iter().map(|[sum, frames]| *sum < 0.7 * frames.max(1.0)).collect()
}

fn in_a_mouth(regions: &[Region], frame: &Measured, at: usize) -> bool {
    regions.iter().zip(&frame.shares).any(|(region, shares)| {
        region.kind == RegionKind::Mouth && shares.as_ref().is_some_and(|(shares, _)| shares[at] > 0.1)
    })
}

/// log10 of the innovation found in blocks over that explained.
fn ratio(noise: &Noise, blocks: &[&Block], band: usize) -> f64 {
    let (mut found, mut explained) = (0.0_f64, 0.0_f64);
    for block in blocks {
        found += f64::from(block.innovation[band] + INNOVATION_FLOOR);
        explained += noise.expected(block, band);
    }
    (found / explained.max(1e-9)).log10().clamp(-3.0, 4.0)
}

/// log10 of the original's energy in blocks over the innovation explained.
fn headroom(noise: &Noise, blocks: &[&Block], band: usize) -> f64 {
    let (mut there, mut explained) = (0.0_f64, 0.0_f64);
    for block in blocks {
        there += f64::from(block.original[band] + INNOVATION_FLOOR);
        explained += noise.expected(block, band);
    }
    (there / explained.max(1e-9)).log10().clamp(-3.0, 4.0)
}
