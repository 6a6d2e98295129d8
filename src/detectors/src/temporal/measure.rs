//! What is measured in one burst of one face: how its points and its pixels move from frame to frame, once the motion of the head is taken out.
//!
//! Nearly all of it is relative: a part of the face against the rest of it, the face against what surrounds it, second differences in time against first ones.
//! Compression and noise trouble all of these alike, a face that was made frame by frame does not.

use super::geometry::Similarity;
use super::plane::{self, Plane, SIDE};
use super::region::{Areas, CHEEKS, DISTANCES, EYES, FIRM, LIPS, MOUTH_MIDDLE, OUTLINE};
use crate::face::{Glimpse, Motion, WINDOW_OVER_FACE};

/// Numbers of one burst, in the order of the network's input.
pub const FEATURES: [&str; 29] = [
    // Points, after registration by a similarity: second differences in time, log10 of the root mean square over the face's side.
    "points_firm",
    "points_eyes_over_firm",
    "points_mouth_over_firm",
    "points_outline_over_firm",
    // Energy of second over that of first differences, log10: 0.5 for noise, near -1 for smooth motion.
    "restless_pose",
    "restless_mouth",
    // Motion of the points against that of the pixels.
    "points_against_pixels",
    // Pixels, after registration: second over first differences, log10.
    "flicker_inner",
    "flicker_ring",
    "flicker_mouth_over_inner",
    "flicker_band_over_inner",
    // First differences over the structure of the picture, log10.
    "residual_inner",
    "residual_ring",
    "residual_mouth_over_inner",
    "residual_band_over_inner",
    // Share of the second differences that whole blocks make together, log10.
    "blocks_inner",
    "blocks_ring",
    // Colour's second differences over those of luma, log10.
    "colour_inner",
    "colour_ring",
    // Sharpness: how it changes, and where.
    "sharpness_changes",
    "sharpness_mouth_over_inner",
    "sharpness_inner_over_ring",
    // Opening of the mouth: second over first differences, log10.
    "restless_opening",
    // How far the proportions of the face in this burst are from those of its other bursts.
    "proportions_drift",
    // Circumstances, so that the rest can be read.
    "face_px",
    "speed",
    "noise",
    "structure",
    "turn",
];
/// Where `proportions_drift` stands: it is filled in once all bursts are known.
const DRIFT: usize = 23;
/// Its value where there are too few bursts to compare.
const DRIFT_UNKNOWN: f64 = -1.7;
/// Bursts that have to be there for it.
const DRIFT_BURSTS: usize = 3;

/// Side of the face in a plane.
const FACE: f64 = SIDE as f64 / WINDOW_OVER_FACE;
/// Frames that are left of a burst, at least.
const LEAST_FRAMES: usize = 5;
/// Seconds between frames: more is no full frame rate.
const LONGEST_GAP_S: f64 = 1.0 / 14.0;
const BROKEN_GAP_S: f64 = 0.15;
/// Below this presence logit the face is covered.
const UNSURE: f64 = 8.0;
const PROFILE_DEGREES: f64 = 40.0;
/// Frames that differ by less (grey levels, mean) are one frame shown twice.
const SAME_FRAME: f64 = 0.02;
/// A face that differs by less from frame to frame (grey levels, root mean square) is a picture, not a face.
const STILL: f64 = 0.25;
/// Motion in sides of the face: in the whole burst, and from frame to frame.
const FARTHEST: f64 = 0.22;
const FASTEST: f64 = 0.10;
/// Largest change of size in a burst.
const GROWTH: f64 = 1.12;
/// Surroundings that change by more (grey levels, root mean square) are another scene.
const CUT: f64 = 25.0;
/// Side of a block in pixels of the plane.
const BLOCK: usize = 8;

/// Why a burst is not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// Fewer frames than wanted, or frames shown twice.
    Few,
    /// Too few frames a second.
    Slow,
    /// Nothing moves: a picture.
    Still,
    /// The head moves too much, or out of the window.
    Moving,
    /// Another scene begins.
    Cut,
    /// The face is covered or turned away.
    Hidden,
}

/// What was measured in one burst.
#[derive(Debug, Clone, PartialEq)]
pub struct Burst {
    /// Seconds of the first and of the last frame.
    pub span_s: [f64; 2],
    /// In the order of [`FEATURES`].
    pub features: [f64; FEATURES.len()],
    /// Logarithms of the face's proportions.
    proportions: [f64; DISTANCES.len()],
}

type Points = Vec<[f64; 2]>;

/// Measures a burst. `face_px`: side of the face in original pixels.
pub(super) fn burst(motion: &Motion, face_px: f64) -> Result<Burst, Obstacle> {
    let glimpses: Vec<&Glimpse> = motion.glimpses.iter().collect();
    check_times(&glimpses)?;
    let turns: Vec<f64> = glimpses.iter().map(|glimpse| turn_degrees(glimpse)).collect();
    if glimpses.iter().any(|glimpse| glimpse.presence < UNSURE)
        || turns.iter().any(|degrees| degrees.abs() > PROFILE_DEGREES)
    {
        return Err(Obstacle::Hidden);
    }
    let mut frames: Vec<(&Glimpse, [Plane; 3])> = Vec::new();
    for glimpse in glimpses {
        let planes = plane::planes(&glimpse.view).ok_or(Obstacle::Few)?;
        if frames.last().is_none_or(|(_, before)| before[0].distance(&planes[0]) >= SAME_FRAME) {
            frames.push((glimpse, planes));
        }
    }
    if frames.len() < LEAST_FRAMES {
        return Err(if frames.len() <= 2 { Obstacle::Still } else { Obstacle::Few });
    }
    let points: Vec<Points> = frames.iter().map(|(glimpse, _)| in_plane(glimpse)).collect();
    let middle = frames.len() / 2;
    let reference = points.get(middle).ok_or(Obstacle::Few)?;
    let firm = |points: &Points| pick(points, &FIRM);
    let poses: Vec<Similarity> = points
        .iter()
        .map(|points| Similarity::between(&firm(reference)?, &firm(points)?))
        .collect::<Option<_>>()
        .ok_or(Obstacle::Hidden)?;
    let centre = mean_point(&firm(reference).ok_or(Obstacle::Hidden)?);
    check_motion(&poses, centre)?;
    let areas = Areas::of(reference).ok_or(Obstacle::Hidden)?;

    let luma: Vec<Plane> = frames.iter().map(|(_, planes)| planes[0].smoothed()).collect();
    let still = luma.get(middle).ok_or(Obstacle::Few)?;
    let face: Vec<Similarity> = luma
        .iter()
        .zip(&poses)
        .map(|(plane, pose)| Similarity::onto(still, plane, &areas.inner, *pose))
        .collect();
    let ground: Vec<Similarity> =
        luma.iter().map(|plane| Similarity::onto(still, plane, &areas.ring, Similarity::IDENTITY)).collect();
    let seen = |planes: &[Plane], through: &[Similarity]| -> Vec<Plane> {
        planes.iter().zip(through).map(|(plane, similarity)| plane.seen_through(*similarity)).collect()
    };
    let on_face = seen(&luma, &face);
    let on_ground = seen(&luma, &ground);
    let ring = Differences::of(&on_ground, &areas.ring);
    let inner = Differences::of(&on_face, &areas.inner);
    if ring.largest > CUT {
        return Err(Obstacle::Cut);
    }
    if inner.first.sqrt() < STILL {
        return Err(Obstacle::Still);
    }
    let mouth = Differences::of(&on_face, &areas.mouth);
    let band = Differences::of(&on_face, &areas.band);
    let colour = |through: &[Similarity], area: &[usize]| -> f64 {
        let channel = |channel: usize| {
            let planes: Vec<Plane> = frames.iter().map(|(_, planes)| planes[channel].smoothed()).collect();
            Differences::of(&seen(&planes, through), area).second
        };
        channel(1) + channel(2)
    };

    let shapes: Vec<Points> = points
        .iter()
        .map(|points| {
            let back = Similarity::between(&firm(points)?, &firm(reference)?)?;
            Some(points.iter().map(|point| back.apply(*point)).collect())
        })
        .collect::<Option<_>>()
        .ok_or(Obstacle::Hidden)?;
    let wander = |indices: &[usize]| -> Option<[f64; 2]> {
        let tracks: Vec<Points> = shapes.iter().map(|shape| pick(shape, indices)).collect::<Option<_>>()?;
        Some([energy(&tracks, 1), energy(&tracks, 2)])
    };
    let [[_, firm_second], [_, eyes_second], [mouth_first, mouth_second], [_, outline_second]] =
        [&FIRM[..], &EYES, &LIPS, &OUTLINE].map(|indices| wander(indices).unwrap_or_default());
    let places: Vec<Points> =
        poses.iter().map(|pose| corners(centre).map(|it| pose.apply(it)).to_vec()).collect();
    let apart: Vec<Points> = poses
        .iter()
        .zip(&face)
        .map(|(pose, face)| {
            corners(centre).map(|it| [0, 1].map(|axis| pose.apply(it)[axis] - face.apply(it)[axis])).to_vec()
        })
        .collect();
    let opening: Vec<Points> = shapes
        .iter()
        .map(|shape| {
            let [upper, lower] = MOUTH_MIDDLE.map(|index| shape.get(index).copied().unwrap_or_default());
            vec![[upper[0] - lower[0], upper[1] - lower[1]]]
        })
        .collect();
    let sharpness: Vec<Points> =
        on_face.iter().map(|plane| vec![[log10(plane.structure(&areas.inner), 0.1), 0.0]]).collect();
    let structure = |area: &[usize]| log10(still.structure(area), 0.1);
    let (structure_inner, structure_ring) = (structure(&areas.inner), structure(&areas.ring));

    let relative = |energy: f64| 0.5 * log10(energy / (FACE * FACE), 1e-9);
    let steady = 1e-4;
    let rough = |first: f64, second: f64| log10(second, steady) - log10(first, steady);
    let speed = 0.5 * log10(energy(&places, 1) / (FACE * FACE), 1e-7);
    let features = [
        relative(firm_second),
        relative(eyes_second) - relative(firm_second),
        relative(mouth_second) - relative(firm_second),
        relative(outline_second) - relative(firm_second),
        rough(energy(&places, 1), energy(&places, 2)),
        rough(mouth_first, mouth_second),
        relative(energy(&apart, 2)),
        inner.flicker(),
        ring.flicker(),
        mouth.flicker() - inner.flicker(),
        band.flicker() - inner.flicker(),
        0.5 * (log10(inner.first, 0.05) - structure_inner),
        0.5 * (log10(ring.first, 0.05) - structure_ring),
        0.5 * (log10(mouth.first, 0.05) - structure(&areas.mouth) - log10(inner.first, 0.05)
            + structure_inner),
        0.5 * (log10(band.first, 0.05) - structure(&areas.band) - log10(inner.first, 0.05) + structure_inner),
        inner.blocks(),
        ring.blocks(),
        log10(colour(&face, &areas.inner), 0.01) - log10(inner.second, 0.01),
        log10(colour(&ground, &areas.ring), 0.01) - log10(ring.second, 0.01),
        0.5 * log10(energy(&sharpness, 2), 1e-6),
        0.5 * (structure(&areas.mouth) - structure_inner),
        0.5 * (structure_inner - structure_ring),
        rough(energy(&opening, 1), energy(&opening, 2)),
        DRIFT_UNKNOWN,
        face_px.max(1.0).log10(),
        speed,
        0.5 * log10(ring.first, 0.01),
        0.5 * structure_inner,
        turns.iter().map(|degrees| degrees.abs()).sum::<f64>() / turns.len().max(1) as f64 / PROFILE_DEGREES,
    ];
    let spans = [frames.first(), frames.last()].map(|frame| frame.map_or(0.0, |(glimpse, _)| glimpse.at_s));
    let proportions = proportions(frames.iter().map(|(glimpse, _)| *glimpse));
    if features.iter().chain(&proportions).any(|value| !value.is_finite()) {
        return Err(Obstacle::Hidden);
    }
    Ok(Burst { span_s: spans, features, proportions })
}

/// Fills in how far each burst's proportions are from the mean of all.
pub(super) fn compare_proportions(bursts: &mut [&mut Burst]) {
    if bursts.len() < DRIFT_BURSTS {
        return;
    }
    let count = bursts.len() as f64;
    let mut mean = [0.0; DISTANCES.len()];
    for burst in bursts.iter() {
        for (sum, value) in mean.iter_mut().zip(burst.proportions) {
            *sum += value / count;
        }
    }
    for burst in bursts {
        let square: f64 =
            burst.proportions.iter().zip(mean).map(|(value, mean)| (value - mean).powi(2)).sum::<f64>();
        burst.features[DRIFT] = 0.5 * log10(square / mean.len() as f64, 1e-6);
    }
}

fn check_times(glimpses: &[&Glimpse]) -> Result<(), Obstacle> {
    if glimpses.len() < LEAST_FRAMES {
        return Err(Obstacle::Few);
    }
    let mut gaps: Vec<f64> = glimpses.windows(2).map(|pair| pair[1].at_s - pair[0].at_s).collect();
    gaps.sort_by(f64::total_cmp);
    let usual = gaps.get(gaps.len() / 2).copied().unwrap_or(f64::INFINITY);
    let longest = gaps.last().copied().unwrap_or(f64::INFINITY);
    if usual <= LONGEST_GAP_S && longest <= BROKEN_GAP_S { Ok(()) } else { Err(Obstacle::Slow) }
}

fn check_motion(poses: &[Similarity], centre: [f64; 2]) -> Result<(), Obstacle> {
    let places: Points = poses.iter().map(|pose| pose.apply(centre)).collect();
    let far = places.iter().any(|place| distance(*place, centre) > FARTHEST * FACE);
    let fast = places.windows(2).any(|pair| distance(pair[0], pair[1]) > FASTEST * FACE);
    let grows = poses.iter().any(|pose| !(1.0 / GROWTH..=GROWTH).contains(&pose.scale()));
    if far || fast || grows { Err(Obstacle::Moving) } else { Ok(()) }
}

/// First and second differences in time of registered planes, within an area: squares, the median over time of the mean over the area.
#[derive(Debug)]
struct Differences {
    first: f64,
    second: f64,
    /// Second differences of the means of blocks.
    of_blocks: f64,
    /// Pixels that a block holds, on average.
    block_px: f64,
    /// Largest root mean square of a first difference.
    largest: f64,
}

impl Differences {
    fn of(planes: &[Plane], area: &[usize]) -> Self {
        let count = area.len().max(1) as f64;
        let block = |at: usize| (at / SIDE / BLOCK) * (SIDE / BLOCK) + at % SIDE / BLOCK;
        let mut sizes = vec![0.0_f64; (SIDE / BLOCK) * (SIDE / BLOCK)];
        for &at in area {
            if let Some(size) = sizes.get_mut(block(at)) {
                *size += 1.0;
            }
        }
        let whole = |size: &&f64| **size >= (BLOCK * BLOCK / 2) as f64;
        let blocks = sizes.iter().filter(whole).count().max(1) as f64;
        let block_px = sizes.iter().filter(whole).sum::<f64>() / blocks;
        let firsts: Vec<f64> = planes
            .windows(2)
            .map(|pair| {
                area.iter().map(|&at| (pair[1].value(at) - pair[0].value(at)).powi(2)).sum::<f64>() / count
            })
            .collect();
        let mut seconds = Vec::new();
        let mut of_blocks = Vec::new();
        for triple in planes.windows(3) {
            let mut sums = vec![0.0; sizes.len()];
            let mut square = 0.0;
            for &at in area {
                let bend = triple[0].value(at) - 2.0 * triple[1].value(at) + triple[2].value(at);
                square += bend * bend;
                if let Some(sum) = sums.get_mut(block(at)) {
                    *sum += bend;
                }
            }
            seconds.push(square / count);
            let means = sums
                .iter()
                .zip(&sizes)
                .filter(|(_, size)| whole(size))
                .map(|(sum, size)| (sum / size).powi(2));
            of_blocks.push(means.sum::<f64>() / blocks);
        }
        let largest = firsts.iter().copied().fold(0.0, f64::max).sqrt();
        let median = |values| crate::face::median(values).unwrap_or(0.0);
        Self {
            first: median(firsts),
            second: median(seconds),
            of_blocks: median(of_blocks),
            block_px,
            largest,
        }
    }

    /// Second over first differences.
    fn flicker(&self) -> f64 {
        log10(self.second, 0.05) - log10(self.first, 0.05)
    }

    /// Second differences of blocks over what independent pixels would give.
    fn blocks(&self) -> f64 {
        log10(self.of_blocks * self.block_px, 0.05) - log10(self.second, 0.05)
    }
}

/// Mean over points and time of the squared differences of the given order.
fn energy(tracks: &[Points], order: usize) -> f64 {
    let mut differences: Vec<Points> = tracks.to_vec();
    for _ in 0..order {
        differences = differences
            .windows(2)
            .map(|pair| {
                pair[1].iter().zip(&pair[0]).map(|(to, from)| [to[0] - from[0], to[1] - from[1]]).collect()
            })
            .collect();
    }
    let squares = differences.iter().flatten().map(|[x, y]| x * x + y * y);
    let count = differences.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    squares.sum::<f64>() / count
}

fn proportions<'media>(glimpses: impl Iterator<Item = &'media Glimpse>) -> [f64; DISTANCES.len()] {
    let mut sums = [0.0; DISTANCES.len()];
    let mut count = 0.0_f64;
    for glimpse in glimpses {
        count += 1.0;
        for (sum, (from, to)) in sums.iter_mut().zip(DISTANCES) {
            let point = |index: usize| glimpse.points.get(index).copied().unwrap_or_default().map(f64::from);
            let (one, other) = (point(from), point(to));
            let square: f64 = one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum();
            *sum += square.sqrt().max(1e-3).ln();
        }
    }
    let mean = sums.iter().sum::<f64>() / sums.len() as f64;
    sums.map(|sum| (sum - mean) / count.max(1.0))
}

fn turn_degrees(glimpse: &Glimpse) -> f64 {
    match CHEEKS.map(|index| glimpse.points.get(index)) {
        [Some(right), Some(left)] => {
            let across = f64::from(left[0] - right[0]).hypot(f64::from(left[1] - right[1]));
            f64::from(left[2] - right[2]).atan2(across).to_degrees()
        }
        _ => f64::INFINITY,
    }
}

/// Points of the view in coordinates of the plane, which has half its side.
fn in_plane(glimpse: &Glimpse) -> Points {
    glimpse
        .points
        .iter()
        .map(|point| [0, 1].map(|axis| f64::from(point[axis]) / 2.0 - SIDE as f64 / 2.0))
        .collect()
}

fn pick(points: &[[f64; 2]], indices: &[usize]) -> Option<Points> {
    indices.iter().map(|index| points.get(*index).copied()).collect()
}

fn mean_point(points: &[[f64; 2]]) -> [f64; 2] {
    let count = points.len().max(1) as f64;
    [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / count)
}

/// Four places around the middle of the face, whose motion is that of the head.
fn corners([x, y]: [f64; 2]) -> [[f64; 2]; 4] {
    let reach = FACE / 3.0;
    [[x - reach, y], [x + reach, y], [x, y - reach], [x, y + reach]]
}

fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

fn log10(value: f64, least: f64) -> f64 {
    (value + least).log10()
}
