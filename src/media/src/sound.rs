//! Sound: 16 kHz, one channel, about ±1.

/// Samples per second of all sound that is handed out.
pub const SOUND_RATE: u32 = 16_000;
/// Longest stretch that is handed out in one piece, in seconds.
pub const STRETCH_S: f64 = 12.0;

/// A stretch of sound without a gap.
#[derive(Clone, PartialEq)]
pub struct Sound {
    /// Seconds from the start of the clip to the first sample.
    pub at_s: f64,
    /// Samples at [`SOUND_RATE`].
    pub samples: Vec<f32>,
}

impl Sound {
    /// The most samples that a stretch may have.
    pub(crate) const LONGEST: usize = STRETCH_S as usize * SOUND_RATE as usize + 16;
}

impl std::fmt::Debug for Sound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sound")
            .field("at_s", &self.at_s)
            .field("samples", &self.samples.len())
            .finish()
    }
}
