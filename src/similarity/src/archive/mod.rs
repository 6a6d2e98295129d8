//! Which originals a suspect may come from.

#[cfg(test)]
mod tests;
mod vote;

use std::collections::BTreeMap;

use crate::hamming;
use crate::pdq::Pdq;
use crate::signature::{Area, MediaSignature, Part};
use vote::{Hit, Line};

/// Frames with less structure than this (0 to 100) are never looked up nor found: black, flat, title cards with a few letters.
pub const MIN_QUALITY: u8 = 50;

/// How much a candidate may be relied on; see EVALUATION.md for the measured error rates of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Worth the look of a person, or of the alignment that follows.
    Suggested,
    /// So close over so many frames that unrelated media were never seen to reach it.
    Confirmed,
}

/// What speaks for a candidate in the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureEvidence {
    /// Frames of the suspect that have a counterpart where it should be.
    pub matched_frames: u32,
    /// Frames of the suspect inside the span that had enough structure to be looked up.
    pub compared_frames: u32,
    /// Median distance of the matched frames, bits of 256.
    pub median_distance: u32,
    /// Part of the suspect's frame that matched: less than the whole when it has bars around the picture.
    pub suspect_area: Area,
    /// Part of the original's frame that matched: less than the whole when the suspect is cropped from it.
    pub original_area: Area,
}

/// What speaks for a candidate in the sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundEvidence {
    /// Seconds of sound that agree.
    pub matched_s: f64,
    /// Share of bits that differ over the span, 0.5 for unrelated sound.
    pub bit_error_rate: f64,
    /// Span in the suspect, seconds.
    pub suspect_span_s: [f64; 2],
    /// Span in the original, seconds.
    pub original_span_s: [f64; 2],
    /// Seconds of the original per second of the suspect.
    pub speed: f64,
}

/// One stretch of one original that a stretch of the suspect may come from.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The original, as it was inserted.
    pub id: u64,
    /// How much this may be relied on.
    pub strength: Strength,
    /// Span in the suspect, seconds.
    pub suspect_span_s: [f64; 2],
    /// Span in the original, seconds.
    pub original_span_s: [f64; 2],
    /// Seconds of the original per second of the suspect: 1.1 when the suspect was made to run 10 % faster.
    pub speed: f64,
    /// Whether the suspect shows the original with left and right exchanged.
    pub mirrored: bool,
    /// Evidence in the picture.
    pub picture: Option<PictureEvidence>,
    /// Evidence in the sound; the offset of the sound may differ from that of the picture.
    pub sound: Option<SoundEvidence>,
}

/// Where a stored hash comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    id: u64,
    at_ms: u32,
    area: Area,
}

/// The signatures of many originals, searchable. The same set of originals gives the same answers, whatever the order of insertions and
/// removals that led to it.
#[derive(Debug, Default)]
pub struct ArchiveIndex {
    rows: Vec<[u64; 4]>,
    places: Vec<Place>,
    clips: BTreeMap<u64, f64>,
}

/// Widest distance at which a stored hash counts for anything.
const RADIUS: u32 = 40;

impl ArchiveIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of originals.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// Whether there are no originals.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clips.is_empty()
    }

    /// Takes an original in; one with the same id is replaced.
    pub fn insert(&mut self, id: u64, signature: &MediaSignature) {
        self.remove(id);
        self.clips.insert(id, signature.duration_s());
        for frame in signature.frames().iter().filter(|frame| frame.quality >= MIN_QUALITY) {
            self.rows.push(frame.pdq.words());
            self.places.push(Place { id, at_ms: frame.at_ms, area: frame.area });
        }
    }

    /// Takes an original out; whether it was there.
    pub fn remove(&mut self, id: u64) -> bool {
        if self.clips.remove(&id).is_none() {
            return false;
        }
        let stays: Vec<bool> = self.places.iter().map(|place| place.id != id).collect();
        let mut stay = stays.iter();
        self.rows.retain(|_| stay.next().copied().unwrap_or(true));
        self.places.retain(|place| place.id != id);
        true
    }

    /// Originals that the suspect may come from, the strongest first.
    #[must_use]
    pub fn candidates(&self, suspect: &MediaSignature) -> Vec<Candidate> {
        let frames: Vec<_> = suspect
            .frames()
            .iter()
            .filter(|frame| frame.quality >= MIN_QUALITY && frame.part != Part::Window)
            .collect();
        let words = |pdq: &Pdq| pdq.words();
        let queries: Vec<[u64; 4]> =
            frames.iter().flat_map(|frame| [words(&frame.pdq), words(&frame.mirrored)]).collect();
        let mut hits: BTreeMap<(u64, bool), Vec<Hit>> = BTreeMap::new();
        hamming::scan(&self.rows, &queries, RADIUS, |near| {
            let (Some(place), Some(frame)) =
                (self.places.get(near.row as usize), frames.get(near.query as usize / 2))
            else {
                return;
            };
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
            let end_s = self.clips.get(&id).copied().unwrap_or_default();
            for line in vote::lines(hits) {
                candidates.extend(candidate(id, mirrored, &line, &frames, suspect.duration_s(), end_s));
            }
        }
        candidates.sort_by(|one, other| rank(other).cmp(&rank(one)));
        candidates
    }
}

/// Order of candidates: strength, number of frames, closeness; ids last, so that the order is always the same.
fn rank(candidate: &Candidate) -> (Strength, u32, u32, std::cmp::Reverse<u64>) {
    let picture =
        candidate.picture.map_or((0, 256), |picture| (picture.matched_frames, picture.median_distance));
    (candidate.strength, picture.0, 256 - picture.1.min(256), std::cmp::Reverse(candidate.id))
}

fn candidate(
    id: u64,
    mirrored: bool,
    line: &Line,
    frames: &[&crate::signature::FrameSignature],
    suspect_s: f64,
    original_s: f64,
) -> Option<Candidate> {
    let (first, last) = line.span_ms;
    let mut times: Vec<u32> =
        frames.iter().map(|frame| frame.at_ms).filter(|at_ms| (first..=last).contains(at_ms)).collect();
    times.dedup();
    let compared = times.len() as u32;
    let few = line.matched < 3;
    if few && (line.matched < compared || line.median > 24) {
        return None;
    }
    let strength =
        if line.matched >= 5 && line.median <= 31 { Strength::Confirmed } else { Strength::Suggested };
    let suspect_span_s = [f64::from(first) / 1000.0, f64::from(last) / 1000.0];
    let original_span_s =
        suspect_span_s.map(|at_s| (line.offset_s + line.speed * at_s).clamp(0.0, original_s.max(suspect_s)));
    let picture = PictureEvidence {
        matched_frames: line.matched,
        compared_frames: compared,
        median_distance: line.median,
        suspect_area: line.suspect_area,
        original_area: line.original_area,
    };
    Some(Candidate {
        id,
        strength,
        suspect_span_s,
        original_span_s,
        speed: line.speed,
        mirrored,
        picture: Some(picture),
        sound: None,
    })
}
