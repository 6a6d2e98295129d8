//! Which frames are wanted.

use serde::{Deserialize, Serialize};

/// Scene-aware sampling: `moments` moments spread over the clip (every scene gets one before any gets two), each with a burst of
/// `burst_length` consecutive frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplingPlan {
    /// Moments in a clip. Short clips get fewer.
    pub moments: u32,
    /// Consecutive frames at each moment (1 = single frames).
    pub burst_length: u32,
}

impl Default for SamplingPlan {
    fn default() -> Self {
        Self { moments: 24, burst_length: 2 }
    }
}
