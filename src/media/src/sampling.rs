//! Which frames are wanted.

use serde::{Deserialize, Serialize};

/// Scene-aware sampling: `moments` moments spread over the clip (every scene gets one before any gets two), each with a burst of
/// `burst_length` consecutive frames. At some of the moments more frames follow at the clip's own frame rate, for methods that look at motion:
/// these are marked ([`crate::Frame::motion_only`]), so that the others see the same frames with and without them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplingPlan {
    /// Moments in a clip. Short clips get fewer.
    pub moments: u32,
    /// Consecutive frames at each moment (1 = single frames).
    pub burst_length: u32,
    /// Moments, spread over the clip, whose bursts are long; fewer where there is no room for them. Animations have none.
    pub long_bursts: u32,
    /// Consecutive frames of a long burst; a moment that falls into it is part of it.
    pub long_burst_length: u32,
}

impl Default for SamplingPlan {
    fn default() -> Self {
        Self { moments: 24, burst_length: 2, long_bursts: 6, long_burst_length: 8 }
    }
}

impl SamplingPlan {
    /// Frames of a long burst beyond those of a usual one.
    pub(crate) const fn frames_beyond(&self) -> u32 {
        self.long_burst_length.saturating_sub(self.burst_length)
    }
}
