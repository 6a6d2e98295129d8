//! What is kept of a clip, a picture or a recording so that copies of it can be found: hashes of frames with their times and a
//! fingerprint of the sound. Nothing here is about persons: a face leaves no other trace than any other pixels.

mod binary;
mod builder;
pub(crate) mod content;
mod landmark;
pub mod synthetic;
#[cfg(test)]
mod tests;

pub use binary::{MAX_FRAMES, SignatureError};
pub use builder::{BuildOptions, SignatureBuilder};
pub use landmark::{Landmark, LandmarkFrame, MAX_POINTS};

use crate::pdq::Pdq;
use crate::sound::SoundPrint;

/// Which part of the frame a hash is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The frame as it is.
    Whole,
    /// The picture inside the bars (black, one-coloured or blurred) around it.
    Content,
}

/// A part of the frame in thousandths of its sides: left, top, right, bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Area(pub [u16; 4]);

impl Area {
    /// The whole frame.
    pub const WHOLE: Self = Self([0, 0, 1000, 1000]);
}

/// One hash of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameSignature {
    /// Time in milliseconds from the start of the media.
    pub at_ms: u32,
    /// The hash.
    pub pdq: Pdq,
    /// The hash that the mirrored frame would have.
    pub mirrored: Pdq,
    /// Structure, 0 (flat) to 100.
    pub quality: u8,
    /// What was hashed.
    pub part: Part,
    /// Where that lies.
    pub area: Area,
}

/// All that is kept of one medium. Frames are in order of time, and those of one frame follow each other.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MediaSignature {
    pub(crate) duration_ms: u32,
    pub(crate) frames: Vec<FrameSignature>,
    pub(crate) landmarks: Vec<LandmarkFrame>,
    pub(crate) sound: Option<SoundPrint>,
}

impl MediaSignature {
    /// Time of the end of the last frame or sample seen, in seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        f64::from(self.duration_ms) / 1000.0
    }

    /// The hashes.
    #[must_use]
    pub fn frames(&self) -> &[FrameSignature] {
        &self.frames
    }

    /// The hashes of frames as they are, without those of what lies inside their bars.
    pub fn whole_frames(&self) -> impl Iterator<Item = &FrameSignature> {
        self.frames.iter().filter(|frame| frame.part == Part::Whole)
    }

    /// Corners of a few of the frames.
    #[must_use]
    pub fn landmarks(&self) -> &[LandmarkFrame] {
        &self.landmarks
    }

    /// The sound; `None` when there was none or it was shorter than a fingerprint needs (about 3 s).
    #[must_use]
    pub const fn sound(&self) -> Option<&SoundPrint> {
        self.sound.as_ref()
    }

    /// Its pictures outside these spans in seconds, without the sound: to look up what a part that is known already does not explain.
    #[must_use]
    pub fn without(&self, spans_s: &[[f64; 2]]) -> Self {
        let outside = |at_ms: u32| {
            let at_s = f64::from(at_ms) / 1000.0;
            !spans_s.iter().any(|[from_s, until_s]| (*from_s..=*until_s).contains(&at_s))
        };
        Self {
            duration_ms: self.duration_ms,
            frames: self.frames.iter().filter(|frame| outside(frame.at_ms)).copied().collect(),
            landmarks: self.landmarks.iter().filter(|frame| outside(frame.at_ms)).cloned().collect(),
            sound: None,
        }
    }

    /// Whether nothing in it could ever be found again: no frame with structure, no audible sound.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.frames.iter().all(|frame| frame.quality < crate::archive::MIN_QUALITY)
            && self.sound.as_ref().is_none_or(|sound| sound.audible() == 0)
    }
}
