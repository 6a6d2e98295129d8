//! Single frames: which of them are near a hash that somebody asks about.

use std::collections::BTreeSet;

use super::ArchiveIndex;
use crate::pdq::Pdq;
use crate::signature::{Area, MediaSignature};

/// A frame of a medium near a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHit {
    /// The medium, as it was inserted.
    pub id: u64,
    /// Time of the frame in milliseconds.
    pub at_ms: u32,
    /// Part of the frame that the hash is of.
    pub area: Area,
    /// Bits that differ.
    pub distance: u32,
}

impl ArchiveIndex {
    /// Frames within `radius` bits of a hash, nearest first. Frames with less structure than [`MIN_QUALITY`](super::MIN_QUALITY) are not in the index.
    #[must_use]
    pub fn frames_near(&self, hash: &Pdq, radius: u32) -> Vec<FrameHit> {
        let near = self.hashes.search(&hash.words(), radius).into_iter();
        let mut hits: Vec<FrameHit> = near
            .filter_map(|near| {
                let place = self.places.get(near.row as usize)?;
                Some(FrameHit { id: place.id, at_ms: place.at_ms, area: place.area, distance: near.distance })
            })
            .collect();
        hits.sort_by_key(|hit| (hit.distance, hit.id, hit.at_ms, hit.area));
        hits
    }
}

impl MediaSignature {
    /// Its hashes of these instants, in milliseconds, alone: without corners and sound.
    #[must_use]
    pub fn frames_at(&self, instants_ms: &BTreeSet<u32>) -> Self {
        let frames = self.frames.iter().filter(|frame| instants_ms.contains(&frame.at_ms)).copied().collect();
        Self { duration_ms: self.duration_ms, frames, landmarks: Vec::new(), sound: None }
    }
}
