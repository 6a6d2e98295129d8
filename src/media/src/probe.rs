//! What a file is, before anything is decoded.

use podlinnik_domain::media::{MediaKind, MetadataEntry};
use serde::{Deserialize, Serialize};

/// What the container says, checked against the limits. Sizes are upright.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Image, animation, video or audio.
    pub kind: MediaKind,
    /// Short name of the container or image format.
    pub container: String,
    /// Codec of the picture.
    pub video_codec: Option<String>,
    /// Codec of the first sound track.
    pub audio_codec: Option<String>,
    /// Width in pixels, upright; 0 for audio.
    pub width: u32,
    /// Height in pixels, upright; 0 for audio.
    pub height: u32,
    /// Clockwise turn in degrees that makes the picture upright.
    pub rotation_degrees: u16,
    /// Average frames per second.
    pub fps: Option<f64>,
    /// Number of frames, if the container says.
    pub frame_count: Option<u64>,
    /// Seconds.
    pub duration_s: Option<f64>,
    /// Bits per second of the picture stream, or of the file.
    pub bitrate: Option<u64>,
    /// Metadata, sorted and bounded.
    pub metadata: Vec<MetadataEntry>,
}
