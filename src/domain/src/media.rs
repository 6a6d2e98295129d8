//! What is known of a media item.

use serde::{Deserialize, Serialize};

use crate::coded_enum;
use crate::hash::{Blake3, Sha256};

coded_enum! {
    /// What kind of media an item is.
    pub enum MediaKind {
        Image = "image",
        /// An image file with more than one frame (GIF, animated WebP, APNG).
        Animation = "animation",
        Video = "video",
        Audio = "audio",
    }
}

coded_enum! {
    /// Something that went less than well without stopping the examination.
    pub enum WarningCode {
        PartialDecode = "partial_decode",
        FrameDamaged = "frame_damaged",
        ExtensionMismatch = "extension_mismatch",
        MetadataUnreadable = "metadata_unreadable",
        MetadataTruncated = "metadata_truncated",
        DurationUnknown = "duration_unknown",
        OnlyFirstFramesRead = "only_first_frames_read",
        ScaledBeforeAnalysis = "scaled_before_analysis",
        TooManyFaces = "too_many_faces",
        MethodFailed = "method_failed",
        OriginalUnreadable = "original_unreadable",
        NothingToRecognise = "nothing_to_recognise",
    }
}

/// A warning with a short technical detail (English, for the technical tab).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Warning {
    /// The stable code.
    pub code: WarningCode,
    /// What exactly, for example which frame.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detail: Option<String>,
}

impl Warning {
    /// A warning with a detail.
    pub fn new(code: WarningCode, detail: impl Into<String>) -> Self {
        Self { code, detail: Some(detail.into()) }
    }
}

/// What a media item is, as far as it could be read. Sizes are those of the upright picture, after rotation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MediaDescription {
    /// SHA-256 of the bytes as they came.
    pub sha256: Sha256,
    /// BLAKE3 of the same bytes.
    pub blake3: Blake3,
    /// Length of the file in bytes.
    pub size_bytes: u64,
    /// Image, animation, video or audio.
    pub kind: MediaKind,
    /// Container format in FFmpeg's or the image library's short name (`mov,mp4`, `jpeg`, …).
    pub container: String,
    /// Codec of the picture, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub video_codec: Option<String>,
    /// Codec of the first sound track, if there is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub audio_codec: Option<String>,
    /// Duration in seconds; none for still images and where the file does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_s: Option<f64>,
    /// Width in pixels, upright.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub width: Option<u32>,
    /// Height in pixels, upright.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub height: Option<u32>,
    /// Average frames per second.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fps: Option<f64>,
    /// Clockwise turn in degrees that was applied to make the picture upright: 0, 90, 180 or 270.
    pub rotation_degrees: u16,
    /// What can be said about its quality.
    pub quality: Quality,
    /// Metadata that the file itself carries (EXIF, container tags), sorted by key, bounded in number and length. Not verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metadata: Vec<MetadataEntry>,
}

/// One metadata entry of a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MetadataEntry {
    /// For example `exif.DateTimeOriginal` or `container.encoder`.
    pub key: String,
    /// The value as text.
    pub value: String,
}

/// What decides which calibration applies.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Quality {
    /// The quality bucket of the most prominent face; none if there is no face or no bucket fits.
    pub bucket: Option<String>,
    /// Side of the most prominent face in pixels of the original picture (median over the track).
    pub face_px: Option<f64>,
    /// Sharpness of that face: variance of the Laplacian of the 224 px crop's luma, grey levels squared (median over the track).
    pub sharpness: Option<f64>,
    /// Bits per second of the picture stream, or of the file.
    pub bitrate: Option<u64>,
    /// Bits per pixel and frame: bitrate / (width · height · fps); for stills, file bits per pixel.
    pub bits_per_pixel: Option<f64>,
}
