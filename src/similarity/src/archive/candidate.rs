//! What the search answers, and what it is asked to hold for near.

use crate::signature::Area;

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
    /// Corners that agree in the best pair of frames, when hashes of whole frames did not find the original but corners did; 0 otherwise.
    /// Spans are then known only to a few seconds, and `median_distance` is 256.
    pub landmarks: u32,
    /// Frames of the suspect inside the span that had enough structure to be looked up.
    pub compared_frames: u32,
    /// Median distance of the original's frames to their closest frame of the suspect, bits of 256.
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

/// What counts as near; the numbers behind the defaults are in EVALUATION.md.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchOptions {
    /// Widest distance of two frames that counts for anything.
    pub radius: u32,
    /// Median distance up to which a line of frames is suggested …
    pub suggest_median: u32,
    /// … and this many frames of the suspect at least; with fewer (a photograph) all have to be within [`SearchOptions::few_median`].
    pub suggest_frames: u32,
    /// Median distance for suspects of one or two frames.
    pub few_median: u32,
    /// Median distance up to which a line is confirmed …
    pub confirm_median: u32,
    /// … with this many frames of the suspect …
    pub confirm_frames: u32,
    /// … over at least this many seconds of it.
    pub confirm_span_s: f64,
}

impl Default for SearchOptions {
    fn default() -> Self {
        Self {
            radius: 60,
            suggest_median: 44,
            suggest_frames: 3,
            few_median: 24,
            confirm_median: 31,
            confirm_frames: 5,
            confirm_span_s: 1.5,
        }
    }
}

impl Candidate {
    /// How wrong the times of the original may be, in seconds: a search for the exact time has to reach that far. Corners are kept of a frame
    /// every six seconds, hashes of two a second.
    #[must_use]
    pub fn slack_s(&self) -> f64 {
        let by_corners = self.picture.is_some_and(|picture| picture.landmarks > 0);
        if by_corners && self.sound.is_none() { 6.5 } else { 0.6 }
    }
}
