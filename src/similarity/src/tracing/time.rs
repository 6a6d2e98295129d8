//! Which moment of the original each moment of the suspect shows.
//!
//! Thumbnails of the suspect and of the original, brought into the suspect's frame, each less its mean over time: what stands still (the studio, a
//! logo, a caption, the letterbox) cancels, and what remains is movement. The straight line from suspect time to original time that makes these movements
//! correlate best is the answer, and that correlation tells a copy from another moment of the same broadcast.

use crate::keypoints::{Plane, Projective};

use super::view::{View, bring, nearest, resizing, sides, spread};

/// Longer side of a thumbnail.
const THUMBNAIL: usize = 80;
/// Frames of the original farther apart than this are not blended, in seconds.
const BLEND: f64 = 0.35;
/// Side of a place, in cells of a thumbnail, whose movement is looked at on its own.
const PLACE: usize = 5;
/// Root mean square movement of a place from which on it moves, in grey levels.
const MOVES: f32 = 2.0;
/// Correlation from which on a place moves as the original does.
const ALIKE: f32 = 0.75;
/// Root mean square movement, in grey levels, under which a clip stands still.
const STILL: f64 = 0.7;

/// How far the speed may drift from where the search began.
const SPEED_DRIFT: f64 = 0.06;

/// `original_s = speed · suspect_s + offset_s`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct TimeMap {
    /// Seconds of the original per second of the suspect: 1.1 where the suspect runs fast.
    pub speed: f64,
    /// Original time at suspect time 0, in seconds.
    pub offset_s: f64,
}

impl TimeMap {
    /// The original's time that a time of the suspect shows.
    pub fn original_s(&self, suspect_s: f64) -> f64 {
        self.speed * suspect_s + self.offset_s
    }

    pub(super) fn through(suspect_s: f64, original_s: f64, speed: f64) -> Self {
        Self { speed, offset_s: original_s - speed * suspect_s }
    }
}

/// A time map and how well the movements agree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    pub(super) map: TimeMap,
    /// Correlation of movements at the best map, -1 to 1.
    pub(super) motion: f64,
    /// By how much it exceeds the 90th percentile of other moments, where there were others.
    pub(super) contrast: f64,
    /// Share of the places that move whose movement is the original's.
    pub(super) moving_blocks: f64,
    /// Whether the suspect hardly moves: then the time is only that of the candidate.
    pub(super) still: bool,
    /// How far the offset can move, in seconds, before the correlation falls by 0.02 of its height above others.
    pub(super) uncertainty_s: f64,
}

/// Pictures small enough to keep, with their times: what thumbnails are made of, whatever the map.
#[derive(Debug)]
pub(super) struct Reel {
    suspect: Vec<(f64, Plane)>,
    original: Vec<(f64, Plane)>,
    suspect_size: [f64; 2],
    original_size: [f64; 2],
}

/// Frames of the suspect, and of the original, that thumbnails are made of, at most.
const SUSPECTS: usize = 36;
const ORIGINALS: usize = 900;

impl Reel {
    pub(super) fn new(suspect: &[View<'_>], original: &[View<'_>]) -> Option<Self> {
        let keep = |views: &[View<'_>], most: usize, side: usize| -> Vec<(f64, Plane)> {
            spread(views.len(), most)
                .into_iter()
                .filter_map(|at| views.get(at))
                .filter_map(|view| Some((view.at_s, view.plane()?.within(side).0)))
                .collect()
        };
        Some(Self {
            suspect_size: suspect.first()?.size().map(f64::from),
            original_size: original.first()?.size().map(f64::from),
            suspect: keep(suspect, SUSPECTS, THUMBNAIL),
            original: keep(original, ORIGINALS, 2 * THUMBNAIL),
        })
    }
}

/// Thumbnails with their times; cells without a value in either are left out.
#[derive(Debug)]
pub(super) struct Thumbnails {
    suspect_s: Vec<f64>,
    suspect: Vec<Vec<f32>>,
    original_s: Vec<f64>,
    original: Vec<Vec<f32>>,
    /// The place of each value: its square of [`PLACE`] × [`PLACE`] cells.
    places: Vec<usize>,
}

impl Thumbnails {
    /// `map` leads from the original's pixels to the suspect's.
    pub(super) fn new(reel: &Reel, map: &Projective) -> Option<Self> {
        let (first, small) = (&reel.suspect.first()?.1, &reel.original.first()?.1);
        let back = resizing(reel.original_size, sides(small))
            .after(&map.inverse()?)
            .after(&resizing(sides(first), reel.suspect_size));
        let theirs: Vec<(f64, Plane)> = reel.suspect.clone();
        let ours: Vec<(f64, Plane)> = reel
            .original
            .iter()
            .map(|(at_s, plane)| (*at_s, bring(plane, &back, first.width, first.height)))
            .collect();
        let known: Vec<bool> = ours.first()?.1.values.iter().map(|value| value.is_finite()).collect();
        if known.iter().filter(|inside| **inside).count() < 64 {
            return None;
        }
        let pick = |mut plane: Plane| -> Vec<f32> {
            // outside the original: the mean, so that the smoothing below brings nothing in
            let (sum, count) = plane
                .values
                .iter()
                .zip(&known)
                .filter(|(value, inside)| **inside && value.is_finite())
                .fold((0.0_f32, 0.0_f32), |(sum, count), (value, _)| (sum + value, count + 1.0));
            let mean = sum / count.max(1.0);
            for (value, inside) in plane.values.iter_mut().zip(&known) {
                if !inside || !value.is_finite() {
                    *value = mean;
                }
            }
            let broad = plane.blurred(7.0);
            plane
                .blurred(0.8)
                .values
                .iter()
                .zip(&broad.values)
                .zip(&known)
                .filter_map(|((value, mean), inside)| inside.then_some(value - mean))
                .collect()
        };
        let (suspect_s, suspect) = theirs.into_iter().map(|(at, plane)| (at, pick(plane))).unzip();
        let (original_s, original) = ours.into_iter().map(|(at, plane)| (at, pick(plane))).unzip();
        let across = first.width.div_ceil(PLACE);
        let places = (0..known.len())
            .filter(|at| known[*at])
            .map(|at| at / first.width / PLACE * across + at % first.width / PLACE)
            .collect();
        Some(Self { suspect_s, suspect, original_s, original, places })
    }

    /// The original at any time: blended between neighbours, the nearest where they are far apart; none outside.
    fn at(&self, at_s: f64, into: &mut Vec<f32>) -> bool {
        let Some(index) = nearest(&self.original_s, at_s) else { return false };
        let (Some(time), Some(here)) = (self.original_s.get(index), self.original.get(index)) else {
            return false;
        };
        let beside = if at_s < *time { index.checked_sub(1) } else { Some(index + 1) };
        let other = beside.and_then(|other| Some((*self.original_s.get(other)?, self.original.get(other)?)));
        into.clear();
        match other {
            Some((beside_s, next)) if (beside_s - time).abs() <= BLEND => {
                let part = ((at_s - time) / (beside_s - time)).clamp(0.0, 1.0) as f32;
                into.extend(here.iter().zip(next).map(|(a, b)| a + part * (b - a)));
                true
            }
            _ => {
                into.extend_from_slice(here);
                (at_s - time).abs() <= BLEND
            }
        }
    }

    /// Frames of both that a map lays side by side, each less its mean over them; none where they are fewer than `least`.
    fn movements(&self, map: &TimeMap, least: usize) -> Option<[Vec<Vec<f32>>; 2]> {
        let mut blended = Vec::new();
        let mut ours: Vec<Vec<f32>> = Vec::new();
        let mut theirs: Vec<Vec<f32>> = Vec::new();
        for (at_s, thumbnail) in self.suspect_s.iter().zip(&self.suspect) {
            if self.at(map.original_s(*at_s), &mut blended) {
                ours.push(blended.clone());
                theirs.push(thumbnail.clone());
            }
        }
        if ours.len() < least.max(2) {
            return None;
        }
        for frames in [&mut ours, &mut theirs] {
            let count = frames.len() as f32;
            let mut mean = vec![0.0_f32; frames.first()?.len()];
            for frame in frames.iter() {
                mean.iter_mut().zip(frame).for_each(|(total, value)| *total += value / count);
            }
            for frame in frames.iter_mut() {
                frame.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
            }
        }
        Some([ours, theirs])
    }

    /// Correlation of movements under a map, over the frames that it leads into the original.
    fn correlation(&self, map: &TimeMap, least: usize) -> Option<f64> {
        let [ours, theirs] = self.movements(map, least)?;
        let mut sums = [0.0_f64; 3];
        for (one, other) in ours.iter().zip(&theirs) {
            let mut frame = [0.0_f32; 3];
            for (a, b) in one.iter().zip(other) {
                frame[0] += a * b;
                frame[1] += a * a;
                frame[2] += b * b;
            }
            sums.iter_mut().zip(frame).for_each(|(sum, value)| *sum += f64::from(value));
        }
        let scale = (sums[1] * sums[2]).sqrt();
        Some(if scale > 1e-9 { sums[0] / scale } else { 0.0 })
    }

    /// Of the places that move in either, the share that moves alike in both.
    fn moving_blocks(&self, map: &TimeMap, least: usize) -> f64 {
        let Some([ours, theirs]) = self.movements(map, least) else { return 0.0 };
        let count = self.places.iter().max().map_or(0, |most| most + 1);
        // per place: products, squares, squares, values
        let mut sums = vec![[0.0_f32; 4]; count];
        for (one, other) in ours.iter().zip(&theirs) {
            for ((a, b), place) in one.iter().zip(other).zip(&self.places) {
                if let Some(sum) = sums.get_mut(*place) {
                    for (total, value) in sum.iter_mut().zip([a * b, a * a, b * b, 1.0]) {
                        *total += value;
                    }
                }
            }
        }
        let moving = sums.iter().filter(|[_, aa, bb, n]| aa.max(*bb) > MOVES * MOVES * n && *n > 0.0);
        let alike = moving.clone().filter(|[ab, aa, bb, _]| *ab > ALIKE * (aa * bb).sqrt()).count();
        alike as f64 / moving.count().max(1) as f64
    }

    /// Root mean square of the suspect's movement in grey levels.
    fn movement(&self) -> f64 {
        let Some(cells) = self.suspect.first().map(Vec::len) else { return 0.0 };
        let count = self.suspect.len() as f32;
        let mut total = 0.0_f64;
        for cell in 0..cells {
            let values = self.suspect.iter().filter_map(|frame| frame.get(cell));
            let mean = values.clone().sum::<f32>() / count;
            total += f64::from(values.map(|value| (value - mean).powi(2)).sum::<f32>() / count);
        }
        (total / cells.max(1) as f64).sqrt()
    }

    /// The best map near `start`: offsets within `slack_s` of it at the middle of the suspect, speeds within 6 %: beyond that it is another map, such as that to
    /// the same take in slow motion.
    pub(super) fn fit(&self, start: &TimeMap, slack_s: f64) -> Timing {
        let (first, last) =
            (self.suspect_s.first().copied().unwrap_or(0.0), self.suspect_s.last().copied().unwrap_or(0.0));
        let (middle, half) = (f64::midpoint(first, last), ((last - first) / 2.0).max(0.04));
        let expected = start.original_s(middle);
        let still = Timing {
            map: *start,
            motion: 0.0,
            contrast: 0.0,
            moving_blocks: 0.0,
            still: true,
            uncertainty_s: slack_s,
        };
        let moves = self.movement();
        if self.suspect.len() < 3 || moves < STILL {
            return still;
        }
        let least = (self.suspect.len() * 2).div_ceil(3).max(2);
        let score = |shift: f64, speed: f64| {
            self.correlation(&TimeMap::through(middle, expected + shift, speed), least)
        };
        let (step, speed_step) = (0.05_f64, (0.08 / half).clamp(0.002, 0.01));
        let steps = |range: f64, step: f64| -> Vec<f64> {
            let most = (range / step).ceil().min(200.0) as i32;
            (-most..=most).map(|at| f64::from(at) * step).collect()
        };
        let speeds = steps(if half > 0.75 { 0.04 } else { 0.0 }, speed_step);
        let mut best: Option<(f64, f64, f64)> = None;
        let mut others = Vec::new();
        for shift in steps(slack_s.clamp(0.1, 10.0), step) {
            let mut here = f64::NEG_INFINITY;
            for part in &speeds {
                let speed = start.speed * (1.0 + part);
                let Some(value) = score(shift, speed) else { continue };
                here = here.max(value);
                if best.is_none_or(|(most, _, _)| value > most) {
                    best = Some((value, shift, speed));
                }
            }
            if here.is_finite() {
                others.push((shift, here));
            }
        }
        let Some((mut value, mut shift, mut speed)) = best else { return still };
        let (mut fine, mut fine_speed) = (step / 2.0, speed_step / 2.0);
        while fine > 0.0008 {
            let mut moved = false;
            for (add, part) in [
                (fine, 0.0),
                (-fine, 0.0),
                (0.0, fine_speed),
                (0.0, -fine_speed),
                (fine, fine_speed),
                (-fine, -fine_speed),
            ] {
                let drift = (speed + start.speed * part) / start.speed - 1.0;
                if part != 0.0 && (speeds.len() == 1 || drift.abs() > SPEED_DRIFT) {
                    continue;
                }
                if let Some(next) = score(shift + add, speed + start.speed * part)
                    && next > value + 1e-7
                {
                    (value, shift, speed) = (next, shift + add, speed + start.speed * part);
                    moved = true;
                }
            }
            if !moved {
                fine /= 2.0;
                fine_speed /= 2.0;
            }
        }
        // a speed that cannot be told from 1 is 1
        if (speed - 1.0).abs() < (0.03 / half).min(0.006)
            && let Some((level, moved)) = [-0.02, -0.01, 0.0, 0.01, 0.02]
                .into_iter()
                .filter_map(|add| Some((score(shift + add, 1.0)?, shift + add)))
                .max_by(|a, b| a.0.total_cmp(&b.0))
            && level > value - 0.004
        {
            (value, shift, speed) = (level, moved, 1.0);
        }
        others.retain(|(other, _)| (other - shift).abs() > 0.3);
        let mut levels: Vec<f64> = others.iter().map(|(_, level)| *level).collect();
        levels.sort_by(f64::total_cmp);
        let high = levels.get(levels.len() * 9 / 10).copied().unwrap_or(0.0);
        let fallen = value - 0.02 * (value - high).max(0.05);
        let uncertainty_s = [0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32]
            .into_iter()
            .find(|add| {
                [*add, -add].iter().all(|add| score(shift + add, speed).is_none_or(|level| level < fallen))
            })
            .unwrap_or(slack_s);
        let map = TimeMap::through(middle, expected + shift, speed);
        Timing {
            map,
            motion: value,
            contrast: value - high,
            moving_blocks: self.moving_blocks(&map, least),
            still: false,
            uncertainty_s,
        }
    }
}
