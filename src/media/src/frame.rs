//! Pixels, upright, 8-bit RGB.

/// One frame. `rgb` holds `width · height · 3` bytes, row by row from the top, without padding.
#[derive(Clone, PartialEq)]
pub struct Frame {
    /// Position among the frames handed out, from 0.
    pub index: u32,
    /// Which sampled moment it belongs to; frames of one burst are consecutive in the clip.
    pub burst: u32,
    /// Seconds from the start; 0 for stills.
    pub at_s: f64,
    /// Width of `rgb` in pixels.
    pub width: u32,
    /// Height of `rgb` in pixels.
    pub height: u32,
    /// Original pixels per pixel of `rgb` (1 unless it was scaled down; larger than 1 then).
    pub scale: f64,
    /// Whether it is there only because the burst is a long one ([`crate::SamplingPlan::long_bursts`]).
    pub motion_only: bool,
    /// The pixels.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Frame")
            .field("index", &self.index)
            .field("burst", &self.burst)
            .field("at_s", &self.at_s)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("scale", &self.scale)
            .field("motion_only", &self.motion_only)
            .finish_non_exhaustive()
    }
}
