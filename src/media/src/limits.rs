//! Every limit on media, in one place.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Limits that hold before and while a file is decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaLimits {
    /// Length of the file in bytes.
    pub file_bytes: u64,
    /// Width × height of one frame.
    pub frame_pixels: u64,
    /// Duration in seconds of a clip.
    pub duration_s: u64,
    /// Streams in a container.
    pub streams: u32,
    /// Frames that are handed out.
    pub frames: u32,
    /// Longest side of a frame that is handed out; larger frames are scaled down.
    pub frame_side: u32,
    /// Frames that may be decoded to get at them.
    pub decoded_frames: u64,
    /// Seconds of sound that are handed out, in stretches spread over the clip; 0: none.
    pub sound_s: u32,
    /// Address space of the child in bytes.
    pub address_space_bytes: u64,
    /// Processor time of the child.
    pub cpu: Duration,
    /// Time that the parent waits for the child in all; while the parent is busy, the child waits and nothing counts.
    pub wall: Duration,
    /// Entries of metadata, and characters in each.
    pub metadata_entries: u32,
    /// Characters of one metadata value.
    pub metadata_chars: u32,
}

impl Default for MediaLimits {
    fn default() -> Self {
        Self {
            file_bytes: 2 << 30,
            frame_pixels: 100_000_000,
            duration_s: 6 * 3600,
            streams: 32,
            frames: 256,
            frame_side: 1920,
            decoded_frames: 20_000,
            sound_s: 72,
            address_space_bytes: 3 << 30,
            cpu: Duration::from_secs(240),
            wall: Duration::from_secs(180),
            metadata_entries: 64,
            metadata_chars: 400,
        }
    }
}

impl MediaLimits {
    /// For footage that an administrator vouches for: hours of video in files of many gigabytes.
    pub fn archive() -> Self {
        Self {
            file_bytes: 64 << 30,
            duration_s: 24 * 3600,
            cpu: Duration::from_secs(4 * 3600),
            wall: Duration::from_secs(4 * 3600),
            ..Self::default()
        }
    }
}
