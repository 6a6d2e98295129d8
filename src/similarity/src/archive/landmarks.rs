//! Candidates by corners: frames of originals that share many corners with a frame of the suspect, at places that one similarity
//! (turn, scale, shift) maps onto each other. Slower than hashes of whole frames and blind to fine timing, so it is asked only when those
//! confirm nothing.

use std::collections::BTreeMap;

use crate::hamming::HammingIndex;
use crate::keypoints::{Correspondence, Projective, agree};
use crate::signature::{Area, LandmarkFrame, MediaSignature};

/// Bits up to which two corners may be the same; of those that agree in place nine in ten are nearer.
const RADIUS: u32 = 31;
/// Pairs of corners above which tables are asked instead of scanning …
const MOST_PAIRS: usize = 1_000_000_000;
/// … for nearer corners only, because tables answer these six times as fast; frames that share so many get all their corners compared.
const NEAR_RADIUS: u32 = 23;
const NEAR_PAIRS: usize = 4;
const MOST_NEAR: usize = 64;
/// Frames of the suspect that are looked at (the mirrored ones beside them).
const MOST_FRAMES: usize = 5;
/// A corner that as many corners of originals are like says nothing: a letter, a grid.
const MOST_LIKE: usize = 400;
/// Frames of originals whose places are checked, per frame of the suspect.
const MOST_CHECKED: usize = 10;
/// Pairs that are worth checking places.
const LEAST_PAIRS: usize = 9;
/// Pixels (of 320) that a corner may lie off.
const TOLERANCE_PX: f64 = 5.0;
/// Tries of the sampling.
const ROUNDS: usize = 300;
/// Corners that agree, at least, for a suggestion …
const SUGGEST_INLIERS: u32 = 9;
/// … and in each of two frames to confirm.
const CONFIRM_INLIERS: u32 = 16;

/// A frame of the suspect and a frame of an original that agree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Agreed {
    pub(super) id: u64,
    pub(super) mirrored: bool,
    pub(super) suspect_ms: u32,
    pub(super) original_ms: u32,
    pub(super) inliers: u32,
    pub(super) suspect_area: Area,
    pub(super) original_area: Area,
}

impl Agreed {
    /// Whether two such frames suffice to confirm.
    pub(super) const fn is_strong(&self) -> bool {
        self.inliers >= CONFIRM_INLIERS
    }
}

/// Per corner of the suspect the nearest corner of one frame: distance and row.
type Pairs = BTreeMap<usize, (u32, u32)>;

/// Corners of originals.
#[derive(Debug, Default)]
pub(super) struct LandmarkIndex {
    corners: HammingIndex,
    /// Frame of each corner, and its place in pixels, times eight.
    places: Vec<(u32, [u16; 2])>,
    frames: Vec<OriginalFrame>,
    originals: BTreeMap<u64, std::ops::Range<u32>>,
}

#[derive(Debug, Clone)]
struct OriginalFrame {
    id: u64,
    at_ms: u32,
    size: [u16; 2],
    /// Its corners.
    rows: std::ops::Range<u32>,
}

impl LandmarkIndex {
    /// The index of descriptors.
    pub(super) const fn corners(&mut self) -> &mut HammingIndex {
        &mut self.corners
    }

    pub(super) fn insert(&mut self, id: u64, signature: &MediaSignature) {
        let start = self.corners.rows() as u32;
        for frame in signature.landmarks().iter().filter(|frame| !frame.mirrored) {
            let number = self.frames.len() as u32;
            let first = self.corners.rows() as u32;
            for point in &frame.points {
                self.corners.insert(point.descriptor);
                self.places.push((number, frame.pixel(point).map(|at| (at * 8.0).round() as u16)));
            }
            let rows = first..self.corners.rows() as u32;
            self.frames.push(OriginalFrame { id, at_ms: frame.at_ms, size: frame.size, rows });
        }
        self.originals.insert(id, start..self.corners.rows() as u32);
    }

    pub(super) fn remove(&mut self, id: u64) {
        for row in self.originals.remove(&id).into_iter().flatten() {
            self.corners.remove(row);
        }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.corners.bytes() + self.places.capacity() * size_of::<(u32, [u16; 2])>()
    }

    /// Pairs of frames that agree; per frame of the suspect those of one original with most corners.
    pub(super) fn agreed(&self, suspect: &MediaSignature) -> Vec<Agreed> {
        if self.corners.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for mirrored in [false, true] {
            let frames: Vec<&LandmarkFrame> =
                suspect.landmarks().iter().filter(|frame| frame.mirrored == mirrored).collect();
            let stride = frames.len().div_ceil(MOST_FRAMES).max(1);
            for frame in frames.into_iter().step_by(stride) {
                found.extend(self.agreed_with(frame));
            }
        }
        found
    }

    fn agreed_with(&self, frame: &LandmarkFrame) -> Vec<Agreed> {
        // Per frame of an original and corner of the suspect the nearest corner.
        let mut pairs: BTreeMap<u32, Pairs> = BTreeMap::new();
        for (corner, near) in self.near(frame) {
            if near.len() > MOST_LIKE {
                continue;
            }
            for (row, distance) in near {
                let Some((number, _)) = self.places.get(row as usize) else { continue };
                let best = pairs.entry(*number).or_default().entry(corner).or_insert((distance, row));
                *best = (*best).min((distance, row));
            }
        }
        let mut worth: Vec<(u32, Pairs)> =
            pairs.into_iter().filter(|(_, pairs)| pairs.len() >= LEAST_PAIRS).collect();
        // Rows depend on the order of insertion, so ids and times decide between equals.
        let order = |number: u32| self.frames.get(number as usize).map(|frame| (frame.id, frame.at_ms));
        worth.sort_by_key(|(number, pairs)| (std::cmp::Reverse(pairs.len()), order(*number)));
        worth.truncate(MOST_CHECKED);
        let mut best: BTreeMap<u64, Agreed> = BTreeMap::new();
        for (number, pairs) in worth {
            let Some(agreed) = self.check(frame, number, &pairs) else { continue };
            if best.get(&agreed.id).is_none_or(|other| other.inliers < agreed.inliers) {
                best.insert(agreed.id, agreed);
            }
        }
        best.into_values().collect()
    }

    /// Per corner of the suspect the near corners of originals.
    fn near(&self, frame: &LandmarkFrame) -> Vec<(usize, Vec<(u32, u32)>)> {
        let queries: Vec<[u64; 4]> = frame.points.iter().map(|point| point.descriptor).collect();
        let mut near: Vec<Vec<(u32, u32)>> = vec![Vec::new(); queries.len()];
        if queries.len() * self.corners.rows() <= MOST_PAIRS / (2 * MOST_FRAMES) {
            self.corners.scan(&queries, RADIUS, |hit| {
                if let Some(list) = near.get_mut(hit.query as usize) {
                    list.push((hit.row, hit.distance));
                }
            });
            return near.into_iter().enumerate().collect();
        }
        for number in self.promising(&queries) {
            let Some(original) = self.frames.get(number as usize) else { continue };
            for row in original.rows.clone().filter(|row| !self.corners.is_removed(*row)) {
                let Some(corner) = self.corners.hash(row) else { continue };
                for (query, list) in queries.iter().zip(&mut near) {
                    let distance: u32 =
                        corner.iter().zip(query).map(|(one, other)| (one ^ other).count_ones()).sum();
                    if distance <= RADIUS {
                        list.push((row, distance));
                    }
                }
            }
        }
        near.into_iter().enumerate().collect()
    }

    /// Frames of originals that share several very near corners with the queries, those with most first.
    fn promising(&self, queries: &[[u64; 4]]) -> Vec<u32> {
        let mut shared: BTreeMap<u32, usize> = BTreeMap::new();
        for query in queries {
            let near = self.corners.search(query, NEAR_RADIUS);
            if near.len() > MOST_LIKE {
                continue;
            }
            let mut frames: Vec<u32> =
                near.iter().filter_map(|near| Some(self.places.get(near.row as usize)?.0)).collect();
            frames.dedup();
            for number in frames {
                *shared.entry(number).or_default() += 1;
            }
        }
        let mut frames: Vec<(u32, usize)> =
            shared.into_iter().filter(|(_, count)| *count >= NEAR_PAIRS).collect();
        let order = |number: u32| self.frames.get(number as usize).map(|frame| (frame.id, frame.at_ms));
        frames.sort_by_key(|(number, count)| (std::cmp::Reverse(*count), order(*number)));
        frames.into_iter().take(MOST_NEAR).map(|(number, _)| number).collect()
    }

    /// Whether the pairs' places agree.
    fn check(&self, frame: &LandmarkFrame, number: u32, pairs: &Pairs) -> Option<Agreed> {
        let original = self.frames.get(number as usize)?;
        let correspondences: Vec<Correspondence> = pairs
            .iter()
            .filter_map(|(corner, (_, row))| {
                let (_, place) = self.places.get(*row as usize)?;
                let from = place.map(|at| f64::from(at) / 8.0);
                Some(Correspondence { from, to: frame.pixel(frame.points.get(*corner)?) })
            })
            .collect();
        let agreement = agree(&correspondences, TOLERANCE_PX, SUGGEST_INLIERS as usize, ROUNDS)?;
        let map = agreement.map;
        let scale = map.magnification([f64::from(original.size[0]) / 2.0, f64::from(original.size[1]) / 2.0]);
        // Of areas: a fifth to four times as wide.
        if !(0.04..=16.0).contains(&scale) {
            return None;
        }
        // Corners at one place (several scales of one) count once.
        let mut places: Vec<[i64; 2]> = agreement
            .inliers
            .iter()
            .filter_map(|number| correspondences.get(*number))
            .map(|pair| pair.to.map(|at| (at / 6.0).floor() as i64))
            .collect();
        places.sort_unstable();
        places.dedup();
        let inliers = places.len() as u32;
        (inliers >= SUGGEST_INLIERS).then_some(())?;
        Some(Agreed {
            id: original.id,
            mirrored: frame.mirrored,
            suspect_ms: frame.at_ms,
            original_ms: original.at_ms,
            inliers,
            suspect_area: image(&map, original.size, frame.size)?,
            original_area: image(&map.inverse()?, frame.size, original.size)?,
        })
    }
}

/// The part of a picture of size `to` that the map covers with a picture of size `from`.
fn image(map: &Projective, from: [u16; 2], to: [u16; 2]) -> Option<Area> {
    let [width, height] = from.map(f64::from);
    let corners = [[0.0, 0.0], [width, 0.0], [0.0, height], [width, height]].map(|corner| map.apply(corner));
    let bound = |axis: usize, far: bool| {
        let values = corners.iter().map(|corner| corner[axis]);
        let edge = if far { values.fold(f64::MIN, f64::max) } else { values.fold(f64::MAX, f64::min) };
        (edge / f64::from(to[axis]) * 1000.0).round().clamp(0.0, 1000.0) as u16
    };
    let area = [bound(0, false), bound(1, false), bound(0, true), bound(1, true)];
    (area[0] < area[2] && area[1] < area[3]).then_some(Area(area))
}
