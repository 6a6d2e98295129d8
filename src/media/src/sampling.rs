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

/// Reading a clip from end to end at a steady rate: for signatures and for holding a clip against its original. Stills give their one frame, animations
/// frames spread over them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanPlan {
    /// From and until, in seconds, ascending and not overlapping; none: the whole clip.
    pub spans_s: Vec<[f64; 2]>,
    /// Frames a second that are wanted; 0: every frame. At a rate far below the clip's own, the nearest frame that is cheap to decode is taken (frames that
    /// others refer to, without deblocking); its time is the true one.
    pub frames_per_s: f64,
    /// Longest side of the frames that are handed out.
    pub longest_side: u32,
    /// Whether frames are wanted. A still gives its frame all the same.
    pub picture: bool,
    /// Whether the sound is wanted too; it comes between the frames and after them.
    pub sound: bool,
}

impl ScanPlan {
    /// The whole clip at `frames_per_s`, scaled to at most `longest_side`, with its sound.
    pub const fn whole(frames_per_s: f64, longest_side: u32) -> Self {
        Self { spans_s: Vec::new(), frames_per_s, longest_side, picture: true, sound: true }
    }

    /// Every frame of these spans in seconds, without sound. The command line of the child bounds their number to [`ScanPlan::SPANS`].
    pub const fn every_frame(spans_s: Vec<[f64; 2]>, longest_side: u32) -> Self {
        Self { spans_s, frames_per_s: 0.0, longest_side, picture: true, sound: false }
    }

    /// The sound of these spans in seconds, and no frame.
    pub const fn sound_only(spans_s: Vec<[f64; 2]>) -> Self {
        Self { spans_s, frames_per_s: 0.0, longest_side: 16, picture: false, sound: true }
    }

    /// Spans of one scan; those beyond are not read.
    pub const SPANS: usize = 1024;
}

/// A clip made ready to be played: all frames with their times, and its sound.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilmPlan {
    /// Longest side of the frames in pixels; both sides come out even, and nothing is enlarged.
    pub longest_side: u32,
    /// Frames a second at most, where the clip has more; frames that come sooner are left out.
    pub frames_per_s: f64,
    /// Seconds from the start that are read.
    pub longest_s: f64,
}
