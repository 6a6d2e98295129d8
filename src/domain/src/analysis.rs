//! The report of one analysis: a versioned document (`podlinnik-report/1`) with every method's result.
//!
//! `fixtures/reports` holds a golden file for each published version.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::coded_enum;
use crate::finding::{BoundingBox, Finding};
use crate::hash::Sha256;
use crate::language::Text;
use crate::likelihood::{Log10LikelihoodRatio, Word};
use crate::media::{MediaDescription, Warning};
use crate::reason::Reason;
use crate::trace::Trace;

/// The version of the report's form. A field may be added within a version; nothing is renamed or removed.
pub const REPORT_SCHEMA: &str = "podlinnik-report/1";

/// Everything that the machine says of one media item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Report {
    /// [`REPORT_SCHEMA`].
    pub schema: String,
    /// Version of Podlinnik that made the report.
    pub podlinnik_version: String,
    /// The file's name as it was given; never trusted.
    pub file: Option<String>,
    /// What the item is.
    pub media: MediaDescription,
    /// Faces followed through the clip, most prominent first.
    pub tracks: Vec<FaceTrack>,
    /// One result per method and, where a method reports several, per track; methods in the registry's order.
    pub findings: Vec<Finding>,
    /// All methods together.
    pub combined: Combined,
    /// What the item was made from, where the archive of originals was asked; its pictures are among `derivatives`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trace: Option<Trace>,
    /// What went less than well.
    pub warnings: Vec<Warning>,
    /// Pictures made from the media; their bytes are stored beside the report under these names.
    pub derivatives: Vec<Derivative>,
    /// Milliseconds by stage (`hash`, `decode`, `faces`, one per method, `total`).
    pub timing_ms: BTreeMap<String, f64>,
}

coded_enum! {
    /// How the combination ended.
    pub enum CombinedState {
        Finding = "finding",
        Abstained = "abstained",
        NotApplicable = "not_applicable",
        Failed = "failed",
    }
}

/// The combination of all methods (DESIGN §1 rule 6).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Combined {
    /// How it ended.
    pub state: CombinedState,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// Which fusion was used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calibration_id: Option<String>,
    /// Calibrated log10 likelihood ratio, already cut to the ceiling.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10: Option<Log10LikelihoodRatio>,
    /// The most that may be said in the direction of `llr10` (magnitude).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10_ceiling: Option<Log10LikelihoodRatio>,
    /// The word for `llr10`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub word: Option<Word>,
    /// Uncalibrated score in [0, 1] for evaluation only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
}

/// One face followed through a clip (or the one sighting of it in a still).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FaceTrack {
    /// Position in the report, from 0.
    pub index: u32,
    /// First and last sighting in seconds; zeros for stills.
    pub span_s: [f64; 2],
    /// Median side of the face in pixels of the original picture.
    pub face_px: f64,
    /// Where it was seen, in time order.
    pub sightings: Vec<Sighting>,
    /// Name of a derivative that shows the face, if one was made.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub portrait: Option<String>,
}

/// One sighting of a face.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sighting {
    /// Seconds from the start.
    pub at_s: f64,
    /// The face in pixels of the upright original picture.
    pub bounding_box: BoundingBox,
    /// The face detector's confidence in [0, 1].
    pub confidence: f64,
}

coded_enum! {
    /// What a derivative shows.
    pub enum DerivativeKind {
        /// A whole frame, scaled down.
        Frame = "frame",
        /// A face as a detector saw it.
        Crop = "crop",
        /// A crop with the localisation map laid over it.
        HeatMap = "heat_map",
        /// The suspect beside its original, a picture.
        Comparison = "comparison",
        /// The suspect beside its original in sync, a film.
        ComparisonFilm = "comparison_film",
        /// The whole item made ready to be watched or listened to in a browser.
        Preview = "preview",
        /// The self-contained HTML report.
        HtmlReport = "html_report",
        /// The JSON report.
        JsonReport = "json_report",
    }
}

/// A picture or document made from the media, with its recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Derivative {
    /// Unique within the report: lower-case letters, digits, `-`, `_` and `.`, for example `heat-map-0-003.png`.
    pub name: String,
    /// What it shows.
    pub kind: DerivativeKind,
    /// Media type, for example `image/png`.
    pub media_type: String,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Moment in seconds that it shows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_s: Option<f64>,
    /// Face track that it shows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub track: Option<u32>,
    /// How it was made, in one line.
    pub recipe: String,
}

coded_enum! {
    /// Where an analysis run stands (DESIGN §2).
    pub enum AnalysisState {
        Queued = "queued",
        Running = "running",
        Done = "done",
        /// Done, but the media could be read only in part.
        Partial = "partial",
        /// The media cannot be examined; see the error code.
        Refused = "refused",
        /// Tried too often; an operator sees it.
        Dead = "dead",
        Cancelled = "cancelled",
    }
}

impl AnalysisState {
    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Queued => Text { ru: "в очереди", en: "queued" },
            Self::Running => Text { ru: "идёт анализ", en: "running" },
            Self::Done => Text { ru: "готов", en: "done" },
            Self::Partial => Text { ru: "готов частично", en: "done in part" },
            Self::Refused => Text { ru: "файл не прочитан", en: "refused" },
            Self::Dead => Text { ru: "не удался", en: "failed" },
            Self::Cancelled => Text { ru: "отменён", en: "cancelled" },
        }
    }
}

impl AnalysisState {
    /// Whether nothing more will happen by itself.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}
