//! What goes into an examination and what comes out.

use std::collections::BTreeMap;

use podlinnik_domain::analysis::{Combined, Derivative, DerivativeKind, FaceTrack};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::finding::Finding;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::media::{Quality, Warning};
use podlinnik_media::{MediaError, Probe};
use podlinnik_onnx::OnnxError;

use crate::face::FaceError;

/// How to examine.
#[derive(Debug, Clone)]
pub struct ExamineOptions {
    /// The image is an already cropped face: no face detection.
    pub face_crop: bool,
    /// Make pictures (frames, crops, heat maps).
    pub pictures: bool,
    /// For the expiry of calibrations.
    pub now: Timestamp,
    /// Wall-clock budget in seconds; methods that would exceed it abstain with `time_budget_exceeded`.
    pub budget_s: f64,
}

/// A picture made on the way, encoded.
#[derive(Clone, PartialEq)]
pub struct Picture {
    /// Unique within the examination, see `podlinnik_domain::analysis::Derivative::name`.
    pub name: String,
    /// What it shows.
    pub kind: DerivativeKind,
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// Moment in seconds.
    pub at_s: Option<f64>,
    /// Face track.
    pub track: Option<u32>,
    /// How it was made.
    pub recipe: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Picture {
    /// What a report says of it.
    #[must_use]
    pub fn describe(&self) -> Derivative {
        Derivative {
            name: self.name.clone(),
            kind: self.kind,
            media_type: self.media_type.to_owned(),
            sha256: Sha256::of(&self.bytes),
            size_bytes: self.bytes.len() as u64,
            at_s: self.at_s,
            track: self.track,
            recipe: self.recipe.clone(),
        }
    }
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Picture")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Everything that was found.
#[derive(Debug, Clone)]
pub struct Examination {
    /// What the file is.
    pub probe: Probe,
    /// What can be said of its quality.
    pub quality: Quality,
    /// Faces, most prominent first.
    pub tracks: Vec<FaceTrack>,
    /// One result per method, in the registry's order.
    pub findings: Vec<Finding>,
    /// All together.
    pub combined: Combined,
    /// What went less than well.
    pub warnings: Vec<Warning>,
    /// Pictures.
    pub pictures: Vec<Picture>,
    /// Milliseconds by stage: `decode` is the wall time until the last frame came, `faces` the working time of the face pipeline summed over its threads
    /// (most of it while frames are still being decoded), then one per method, `pictures`, and `total`, again wall time.
    pub timing_ms: BTreeMap<String, f64>,
}

/// Why there is no examination.
#[derive(Debug, thiserror::Error)]
pub enum ExamineError {
    /// The file is refused or the reader failed.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The models of the face pipeline do not work.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// A frame could not be worked on: our fault.
    #[error("cannot work on a frame: {0}")]
    Frame(String),
    /// The caller asked to stop.
    #[error("examination was cancelled")]
    Cancelled,
}

impl From<FaceError> for ExamineError {
    fn from(error: FaceError) -> Self {
        match error {
            FaceError::Onnx(error) => Self::Onnx(error),
            FaceError::Pixels(error) => Self::Frame(error.to_string()),
        }
    }
}
