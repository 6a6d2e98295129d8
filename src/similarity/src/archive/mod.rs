//! Which originals a suspect may come from.

mod candidate;
mod frames;
mod landmarks;
#[cfg(test)]
mod size_tests;
#[cfg(test)]
mod tests;
mod vote;

pub use frames::FrameHit;

pub use candidate::{Candidate, PictureEvidence, SearchOptions, SoundEvidence, Strength};

use std::collections::BTreeMap;

use crate::hamming::HammingIndex;
use crate::signature::{Area, FrameSignature, MediaSignature};
use crate::sound::{self, SoundMatch, SoundPrint};
use landmarks::{Agreed, LandmarkIndex};
use vote::{Hit, Line};

/// Frames with less structure than this (0 to 100) are never looked up nor found: black, flat, title cards with a few letters.
pub const MIN_QUALITY: u8 = 50;

/// Where a stored hash comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    id: u64,
    at_ms: u32,
    area: Area,
}

/// What is known of an original beside its hashes.
#[derive(Debug)]
struct Original {
    rows: std::ops::Range<u32>,
    duration_s: f64,
    sound: Option<SoundPrint>,
}

/// Rows removed from the index at which it is built anew, at least this many and at least as many as are left.
const COMPACT_AT: usize = 20_000;
/// Pairs of hashes that one search compares at most; of a longer suspect it looks at fewer frames, evenly spread.
const MOST_PAIRS: usize = 4_000_000_000;
/// Frames that are looked at in any case.
const LEAST_FRAMES: usize = 240;

/// The signatures of many originals, searchable. The same set of originals gives the same answers, whatever the order of insertions and
/// removals that led to it.
#[derive(Debug, Default)]
pub struct ArchiveIndex {
    hashes: HammingIndex,
    places: Vec<Place>,
    landmarks: LandmarkIndex,
    originals: BTreeMap<u64, Original>,
}

impl ArchiveIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of originals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.originals.len()
    }

    /// Whether there are no originals.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.originals.is_empty()
    }

    /// Number of frames' hashes that can be found.
    #[must_use]
    pub const fn hashes(&self) -> usize {
        self.hashes.len()
    }

    /// Bytes held for hashes and corners.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.hashes.bytes() + self.places.capacity() * size_of::<Place>() + self.landmarks.bytes()
    }

    /// From now on originals are taken in many at a time, which is faster; look-ups are slow until [`ArchiveIndex::settle`].
    pub const fn load(&mut self) {
        self.hashes.load();
        self.landmarks.corners().load();
    }

    /// Ends [`ArchiveIndex::load`].
    pub fn settle(&mut self) {
        self.hashes.settle();
        self.landmarks.corners().settle();
    }

    /// Takes an original in; one with the same id is replaced.
    pub fn insert(&mut self, id: u64, signature: &MediaSignature) {
        self.remove(id);
        let start = self.hashes.rows() as u32;
        for frame in signature.frames().iter().filter(|frame| frame.quality >= MIN_QUALITY) {
            self.hashes.insert(frame.pdq.words());
            self.places.push(Place { id, at_ms: frame.at_ms, area: frame.area });
        }
        self.landmarks.insert(id, signature);
        let rows = start..self.hashes.rows() as u32;
        let sound = signature.sound().filter(|sound| sound.audible() > 0).cloned();
        self.originals.insert(id, Original { rows, duration_s: signature.duration_s(), sound });
    }

    /// Takes an original out; whether it was there.
    pub fn remove(&mut self, id: u64) -> bool {
        let Some(original) = self.originals.remove(&id) else { return false };
        for row in original.rows {
            self.hashes.remove(row);
        }
        self.landmarks.remove(id);
        if self.hashes.rows() - self.hashes.len() >= COMPACT_AT.max(self.hashes.len()) {
            self.compact();
        }
        true
    }

    /// Builds the index anew without the removed rows.
    fn compact(&mut self) {
        let (old, places) = (std::mem::take(&mut self.hashes), std::mem::take(&mut self.places));
        for original in self.originals.values_mut() {
            let start = self.hashes.rows() as u32;
            for row in original.rows.clone() {
                if let (Some(hash), Some(place)) = (old.hash(row), places.get(row as usize)) {
                    self.hashes.insert(*hash);
                    self.places.push(*place);
                }
            }
            original.rows = start..self.hashes.rows() as u32;
        }
    }

    /// Originals that the suspect may come from, the strongest first; several stretches of one original are several candidates.
    #[must_use]
    pub fn candidates(&self, suspect: &MediaSignature) -> Vec<Candidate> {
        self.search(suspect, &SearchOptions::default())
    }

    /// The same with other thresholds.
    #[must_use]
    pub fn search(&self, suspect: &MediaSignature, options: &SearchOptions) -> Vec<Candidate> {
        let heard = self.heard(suspect);
        let mut candidates = self.seen(suspect, &heard, options);
        if candidates.iter().all(|candidate| candidate.strength < Strength::Confirmed) {
            for agreed in by_original(self.landmarks.agreed(suspect)) {
                let known = |candidate: &Candidate| {
                    candidate.id == agreed.id && candidate.mirrored == agreed.mirrored
                };
                if !candidates.iter().any(known) {
                    candidates.push(agreed.candidate(suspect.duration_s(), self.duration_s(agreed.id)));
                }
            }
        }
        for (id, matches) in &heard {
            for heard in matches {
                add_sound(&mut candidates, *id, heard);
            }
        }
        candidates.sort_by(|one, other| {
            rank(other).cmp(&rank(one)).then(one.suspect_span_s[0].total_cmp(&other.suspect_span_s[0]))
        });
        candidates
    }

    fn duration_s(&self, id: u64) -> f64 {
        self.originals.get(&id).map_or(0.0, |original| original.duration_s)
    }

    /// Originals whose sound the suspect has in part.
    fn heard(&self, suspect: &MediaSignature) -> BTreeMap<u64, Vec<SoundMatch>> {
        let Some(sound) = suspect.sound().filter(|sound| sound.audible() > 0) else { return BTreeMap::new() };
        let matches = |original: &Original| {
            original.sound.as_ref().map_or_else(Vec::new, |other| sound::align(sound, other))
        };
        let all = self.originals.iter().map(|(id, original)| (*id, matches(original)));
        all.filter(|(_, matches)| !matches.is_empty()).collect()
    }

    /// Candidates that the picture speaks for.
    fn seen(
        &self,
        suspect: &MediaSignature,
        heard: &BTreeMap<u64, Vec<SoundMatch>>,
        options: &SearchOptions,
    ) -> Vec<Candidate> {
        let usable = || suspect.frames().iter().filter(|frame| frame.quality >= MIN_QUALITY);
        let most = (MOST_PAIRS / 2 / self.hashes.rows().max(1)).max(LEAST_FRAMES);
        let stride = usable().count().div_ceil(most).max(1);
        let frames: Vec<&FrameSignature> = usable().step_by(stride).collect();
        let queries: Vec<[u64; 4]> =
            frames.iter().flat_map(|frame| [frame.pdq.words(), frame.mirrored.words()]).collect();
        let mut hits: BTreeMap<(u64, bool), Vec<Hit>> = BTreeMap::new();
        self.hashes.scan(&queries, options.radius, |near| {
            let (place, frame) = (self.places.get(near.row as usize), frames.get(near.query as usize / 2));
            let Some((place, frame)) = place.zip(frame) else { return };
            hits.entry((place.id, near.query % 2 == 1)).or_default().push(Hit {
                suspect_ms: frame.at_ms,
                original_ms: place.at_ms,
                distance: near.distance,
                suspect_area: frame.area,
                original_area: place.area,
            });
        });
        let mut candidates = Vec::new();
        for ((id, mirrored), hits) in hits {
            let duration_s = self.duration_s(id);
            let line_of = |heard: &SoundMatch| {
                (heard.original_span_s[0] - heard.speed * heard.suspect_span_s[0], heard.speed)
            };
            let told: Vec<(f64, f64)> = heard.get(&id).into_iter().flatten().map(line_of).collect();
            for line in vote::lines(hits, &told) {
                candidates.extend(seen_candidate((id, mirrored), &line, &frames, duration_s, options));
            }
        }
        candidates
    }
}

/// Frames of one original, mirrored or not, that share corners with frames of the suspect.
#[derive(Debug)]
struct Shared {
    id: u64,
    mirrored: bool,
    frames: Vec<Agreed>,
}

fn by_original(agreed: Vec<Agreed>) -> Vec<Shared> {
    let mut groups: BTreeMap<(u64, bool), Vec<Agreed>> = BTreeMap::new();
    for pair in agreed {
        groups.entry((pair.id, pair.mirrored)).or_default().push(pair);
    }
    groups.into_iter().map(|((id, mirrored), frames)| Shared { id, mirrored, frames }).collect()
}

impl Shared {
    /// The pair with most corners gives the offset: it is the one whose instants are nearest to each other.
    fn candidate(&self, suspect_s: f64, original_s: f64) -> Candidate {
        let best = self.frames.iter().max_by_key(|pair| (pair.inliers, std::cmp::Reverse(pair.suspect_ms)));
        let offset_s =
            best.map_or(0.0, |pair| (f64::from(pair.original_ms) - f64::from(pair.suspect_ms)) / 1000.0);
        let strong = self.frames.iter().filter(|pair| pair.is_strong()).count();
        let picture = best.map(|pair| PictureEvidence {
            matched_frames: self.frames.len() as u32,
            landmarks: pair.inliers,
            compared_frames: self.frames.len() as u32,
            median_distance: 256,
            suspect_area: pair.suspect_area,
            original_area: pair.original_area,
        });
        let suspect_span_s =
            [(-offset_s).clamp(0.0, suspect_s), (original_s - offset_s).clamp(0.0, suspect_s)];
        Candidate {
            id: self.id,
            strength: if strong >= 2 { Strength::Confirmed } else { Strength::Suggested },
            suspect_span_s,
            original_span_s: suspect_span_s.map(|at_s| at_s + offset_s),
            speed: 1.0,
            mirrored: self.mirrored,
            picture,
            sound: None,
        }
    }
}

/// Adds what was heard to the candidate of the same original that it goes with, or makes one of its own.
fn add_sound(candidates: &mut Vec<Candidate>, id: u64, heard: &SoundMatch) {
    let evidence = SoundEvidence {
        matched_s: f64::from(heard.items) * sound::ITEM_S,
        bit_error_rate: heard.bit_error_rate,
        suspect_span_s: heard.suspect_span_s,
        original_span_s: heard.original_span_s,
        speed: heard.speed,
    };
    let strength = if heard.is_confirmed() { Strength::Confirmed } else { Strength::Suggested };
    // The picture whose line runs nearest to that of the sound.
    let apart_s = |candidate: &Candidate| {
        let at_s = heard.suspect_span_s[0];
        let seen_s = candidate.original_span_s[0] + (at_s - candidate.suspect_span_s[0]) * candidate.speed;
        (seen_s - heard.original_span_s[0]).abs()
    };
    let of_the_same = candidates
        .iter_mut()
        .filter(|other| other.id == id && other.sound.is_none() && other.picture.is_some());
    match of_the_same.min_by(|one, other| apart_s(one).total_cmp(&apart_s(other))) {
        Some(candidate) => {
            // Sound at the same place as a suggested picture makes up for what either lacks; and it knows the time better than corners do.
            let by_corners = candidate.picture.is_some_and(|picture| picture.landmarks > 0);
            if apart_s(candidate) < if by_corners { 8.0 } else { 1.0 } {
                candidate.strength = candidate.strength.max(strength);
                if by_corners {
                    candidate.suspect_span_s = heard.suspect_span_s;
                    candidate.original_span_s = heard.original_span_s;
                    candidate.speed = heard.speed;
                }
            }
            candidate.sound = Some(evidence);
        }
        None => candidates.push(Candidate {
            id,
            strength,
            suspect_span_s: heard.suspect_span_s,
            original_span_s: heard.original_span_s,
            speed: heard.speed,
            mirrored: false,
            picture: None,
            sound: Some(evidence),
        }),
    }
}

/// Order of candidates: strength, number of frames, closeness, seconds of sound; ids last, so that the order is always the same.
fn rank(candidate: &Candidate) -> (Strength, u32, u32, u64, std::cmp::Reverse<u64>) {
    let (frames, median) = candidate
        .picture
        .map_or((0, 256), |picture| (picture.matched_frames + picture.landmarks, picture.median_distance));
    let heard_ms = candidate.sound.map_or(0, |sound| (sound.matched_s * 1000.0) as u64);
    (candidate.strength, frames, 256 - median.min(256), heard_ms, std::cmp::Reverse(candidate.id))
}

fn seen_candidate(
    (id, mirrored): (u64, bool),
    line: &Line,
    frames: &[&FrameSignature],
    original_s: f64,
    options: &SearchOptions,
) -> Option<Candidate> {
    let (first, last) = line.span_ms;
    let mut times: Vec<u32> =
        frames.iter().map(|frame| frame.at_ms).filter(|at_ms| (first..=last).contains(at_ms)).collect();
    times.dedup();
    let compared = times.len() as u32;
    let long_enough = line.matched >= options.suggest_frames && line.median <= options.suggest_median;
    let all_of_few = line.matched == compared && frames.len() < 6 && line.median <= options.few_median;
    if !long_enough && !all_of_few {
        return None;
    }
    let span_s = f64::from(last - first) / 1000.0;
    let sure = line.matched >= options.confirm_frames
        && line.median <= options.confirm_median
        && span_s >= options.confirm_span_s
        && line.matched * 2 >= compared;
    let suspect_span_s = [f64::from(first) / 1000.0, f64::from(last) / 1000.0];
    let map = |at_s: f64| (line.offset_s + line.speed * at_s).clamp(0.0, original_s);
    Some(Candidate {
        id,
        strength: if sure { Strength::Confirmed } else { Strength::Suggested },
        suspect_span_s,
        original_span_s: suspect_span_s.map(map),
        speed: line.speed,
        mirrored,
        picture: Some(PictureEvidence {
            matched_frames: line.matched,
            landmarks: 0,
            compared_frames: compared,
            median_distance: line.median,
            suspect_area: line.suspect_area,
            original_area: line.original_area,
        }),
        sound: None,
    })
}
