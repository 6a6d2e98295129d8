//! From pairs of like frames to stretches: which straight lines "time in the original = offset + speed × time in the suspect"
//! gather most frames of the suspect.

use std::collections::BTreeMap;

use crate::signature::Area;

/// A frame of the suspect that is like a frame of the original.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hit {
    pub(super) suspect_ms: u32,
    pub(super) original_ms: u32,
    pub(super) distance: u32,
    pub(super) suspect_area: Area,
    pub(super) original_area: Area,
}

/// Frames of the suspect on one line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) offset_s: f64,
    pub(super) speed: f64,
    /// Distinct times of the suspect on it.
    pub(super) matched: u32,
    /// Median over the frames of the original on it, each with the closest frame of the suspect: a suspect that is sampled more densely
    /// has frames in between, and those say how much the picture moves, not whether it is the same.
    pub(super) median: u32,
    /// First and last such time.
    pub(super) span_ms: (u32, u32),
    pub(super) suspect_area: Area,
    pub(super) original_area: Area,
}

/// Speeds tried: 0.90 to 1.10.
const SPEEDS: std::ops::RangeInclusive<i32> = -10..=10;
/// Width of a bin of offsets.
const BIN_S: f64 = 0.3;
/// A hit this near a line lies on it.
const NEAR_S: f64 = 0.35;
/// Most stretches of one original.
const MAX_LINES: usize = 4;
/// Hits of one frame of the suspect that are looked at, the closest ones: static footage gives the square of its frames.
const MOST_HITS: usize = 48;

impl Hit {
    fn suspect_s(&self) -> f64 {
        f64::from(self.suspect_ms) / 1000.0
    }

    fn original_s(&self) -> f64 {
        f64::from(self.original_ms) / 1000.0
    }

    /// 1 for an equal hash, less for a farther one.
    fn weight(&self) -> f64 {
        (1.0 - f64::from(self.distance) / 96.0).max(0.05)
    }
}

/// Share of the strongest line's weight that a line told by the sound needs to be taken in its stead: where the picture hardly moves, many
/// lines are about equal, and the sound knows better.
const AS_GOOD: f64 = 0.8;

/// Stretches, the strongest first. A frame of the suspect lies on one of them at most. `heard` are offsets and speeds that the sound tells.
pub(super) fn lines(mut hits: Vec<Hit>, heard: &[(f64, f64)]) -> Vec<Line> {
    hits.sort_by_key(|hit| {
        (hit.suspect_ms, hit.distance, hit.original_ms, hit.suspect_area, hit.original_area)
    });
    let mut closest = Vec::new();
    for frame in hits.chunk_by(|one, other| one.suspect_ms == other.suspect_ms) {
        closest.extend_from_slice(&frame[..frame.len().min(MOST_HITS)]);
    }
    let mut hits = closest;
    let mut lines = Vec::new();
    while lines.len() < MAX_LINES
        && let Some((offset_s, speed)) = strongest(&hits)
    {
        let (mut offset_s, mut speed) = refined(&hits, offset_s, speed);
        let weight = |offset_s, speed| on_line(&hits, offset_s, speed).values().map(Hit::weight).sum::<f64>();
        let most = weight(offset_s, speed);
        if let Some(told) = heard.iter().find(|(offset_s, speed)| weight(*offset_s, *speed) >= AS_GOOD * most)
        {
            (offset_s, speed) = *told;
        }
        let on = on_line(&hits, offset_s, speed);
        let Some(line) = line(&on, offset_s, speed) else { break };
        hits.retain(|hit| !on.contains_key(&hit.suspect_ms));
        lines.push(line);
    }
    lines
}

/// Offset and speed of the fullest bin; of equals the speed nearest to 1.
fn strongest(hits: &[Hit]) -> Option<(f64, f64)> {
    let mut best: Option<(f64, f64, f64)> = None;
    let mut bins: Vec<(i64, u32, f64)> = Vec::with_capacity(hits.len() * 2);
    for percent in SPEEDS {
        let speed = 1.0 + f64::from(percent) / 100.0;
        bins.clear();
        for hit in hits {
            // Each hit falls into two bins that overlap, so that no pair of near hits is torn apart.
            let bin = ((hit.original_s() - speed * hit.suspect_s()) / BIN_S).floor() as i64;
            bins.extend([(bin, hit.suspect_ms, hit.weight()), (bin + 1, hit.suspect_ms, hit.weight())]);
        }
        // Of one frame of the suspect the heaviest hit counts.
        bins.sort_unstable_by(|one, other| {
            (one.0, one.1).cmp(&(other.0, other.1)).then(other.2.total_cmp(&one.2))
        });
        bins.dedup_by_key(|(bin, suspect_ms, _)| (*bin, *suspect_ms));
        let handicap = 1.0 - 0.004 * f64::from(percent.abs());
        for bin in bins.chunk_by(|one, other| one.0 == other.0) {
            let score = bin.iter().map(|(_, _, weight)| weight).sum::<f64>() * handicap;
            if best.is_none_or(|(_, _, most)| score > most) {
                best = bin.first().map(|(bin, _, _)| (*bin as f64 * BIN_S, speed, score));
            }
        }
    }
    best.map(|(offset_s, speed, _)| (offset_s, speed))
}

/// Per suspect time the hit on the line that is closest in bits, then in time.
fn on_line(hits: &[Hit], offset_s: f64, speed: f64) -> BTreeMap<u32, Hit> {
    let mut on: BTreeMap<u32, Hit> = BTreeMap::new();
    let miss = |hit: &Hit| (hit.original_s() - offset_s - speed * hit.suspect_s()).abs();
    for hit in hits.iter().filter(|hit| miss(hit) <= NEAR_S) {
        let closer = on.get(&hit.suspect_ms).is_none_or(|kept| {
            hit.distance < kept.distance || hit.distance == kept.distance && miss(hit) < miss(kept)
        });
        if closer {
            on.insert(hit.suspect_ms, *hit);
        }
    }
    on
}

/// Fits the line to its hits: closeness in bits weighs, because the nearest frame in time is the nearest in bits.
fn refined(hits: &[Hit], mut offset_s: f64, mut speed: f64) -> (f64, f64) {
    for _ in 0..3 {
        let on = on_line(hits, offset_s, speed);
        let weighed = || on.values().map(|hit| (hit.suspect_s(), hit.original_s(), hit.weight().powi(4)));
        let total: f64 = weighed().map(|(_, _, weight)| weight).sum();
        if total <= 0.0 {
            return (offset_s, speed);
        }
        let mean_suspect = weighed().map(|(suspect, _, weight)| suspect * weight).sum::<f64>() / total;
        let mean_original = weighed().map(|(_, original, weight)| original * weight).sum::<f64>() / total;
        let spread: f64 =
            weighed().map(|(suspect, _, weight)| (suspect - mean_suspect).powi(2) * weight).sum();
        let joint: f64 = weighed()
            .map(|(suspect, original, weight)| (suspect - mean_suspect) * (original - mean_original) * weight)
            .sum();
        // A slope from less than about two seconds says nothing about the speed.
        if on.len() >= 6 && spread / total > 0.5 {
            speed = (joint / spread).clamp(0.88, 1.12);
        }
        offset_s = mean_original - speed * mean_suspect;
    }
    (offset_s, speed)
}

fn line(on: &BTreeMap<u32, Hit>, offset_s: f64, speed: f64) -> Option<Line> {
    let (first, last) = (on.keys().next()?, on.keys().next_back()?);
    let mut closest: BTreeMap<u32, u32> = BTreeMap::new();
    for hit in on.values() {
        let distance = closest.entry(hit.original_ms).or_insert(hit.distance);
        *distance = hit.distance.min(*distance);
    }
    let mut distances: Vec<u32> = closest.into_values().collect();
    distances.sort_unstable();
    let mut areas: BTreeMap<(Area, Area), usize> = BTreeMap::new();
    for hit in on.values() {
        *areas.entry((hit.suspect_area, hit.original_area)).or_default() += 1;
    }
    let ((suspect_area, original_area), _) = areas.into_iter().max_by_key(|(_, count)| *count)?;
    Some(Line {
        offset_s,
        speed,
        matched: on.len() as u32,
        median: *distances.get(distances.len() / 2)?,
        span_ms: (*first, *last),
        suspect_area,
        original_area,
    })
}
