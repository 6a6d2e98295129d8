//! What one method says of one media item: a finding, never a verdict.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::hash::Sha256;
use crate::likelihood::{Log10LikelihoodRatio, Word};
use crate::reason::Reason;

/// The stable name of a method, for example `face_manipulation`: lower-case letters, digits and underscores.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(value_type = String)]
#[serde(transparent)]
pub struct MethodId(Cow<'static, str>);

impl MethodId {
    /// Names a method in code.
    pub const fn from_static(name: &'static str) -> Self {
        Self(Cow::Borrowed(name))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MethodId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

coded_enum! {
    /// How a method ended.
    pub enum FindingState {
        Finding = "finding",
        Abstained = "abstained",
        NotApplicable = "not_applicable",
        Failed = "failed",
        Pending = "pending",
    }
}

/// A box in pixels of the upright original picture; `x` and `y` may lie outside it by a little.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BoundingBox {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// How strongly each cell of an area points to manipulation. Uncalibrated: it says where to look, never how sure one may be.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HeatMap {
    /// Cells across the area.
    pub columns: u32,
    /// Cells down the area.
    pub rows: u32,
    /// Hundredths (0–100), row by row from the top; `columns` × `rows` of them.
    #[schema(value_type = Vec<u32>, maximum = 100)]
    pub hundredths: Vec<u8>,
}

impl fmt::Debug for HeatMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let highest = self.hundredths.iter().max().copied().unwrap_or_default();
        let at = self.hundredths.iter().position(|value| *value == highest).unwrap_or_default();
        write!(formatter, "HeatMap({} × {}, highest {highest} in cell {at})", self.columns, self.rows)
    }
}

/// Where in the media a finding rests: a moment or a span, a face track, an area, a picture that shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Location {
    /// Index of the face track in the report, from 0.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub track: Option<u32>,
    /// Moment in seconds from the start; none for stills.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub at_s: Option<f64>,
    /// Start and end in seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub span_s: Option<[f64; 2]>,
    /// The area.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bounding_box: Option<BoundingBox>,
    /// Uncalibrated score of this place in [0, 1], for the technical tab and for evaluation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    /// Names of derivatives that show the place (crop, heat map).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub derivatives: Vec<String>,
    /// What in the area points to manipulation; its cells cover `bounding_box`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heat_map: Option<HeatMap>,
    /// The place tells nothing: it is the calmest one of the same face, to hold the telling ones against.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub comparison: bool,
}

/// The result of one method. Which fields are set follows from `state`; [`Finding::is_consistent`] says how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// The method's stable name.
    pub method: MethodId,
    /// Version of the method's code and model together.
    pub version: String,
    /// SHA-256 of the model's weights; none for methods without a model.
    pub model_sha256: Option<Sha256>,
    /// Which calibration turned the score into a likelihood ratio.
    pub calibration_id: Option<String>,
    /// How the method ended.
    pub state: FindingState,
    /// Why it abstained or does not apply.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<ErrorCode>,
    /// Calibrated log10 likelihood ratio, already cut to the ceiling.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10: Option<Log10LikelihoodRatio>,
    /// The most the validation data allow in the direction of `llr10` (magnitude).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10_ceiling: Option<Log10LikelihoodRatio>,
    /// The word for `llr10`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub word: Option<Word>,
    /// Upper 95 % bound of the measured false-positive rate in this quality bucket.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub false_positive_rate_upper95: Option<f64>,
    /// The quality bucket that the calibration was taken from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality_bucket: Option<String>,
    /// Uncalibrated score in [0, 1], 1 = manipulated or synthetic; for evaluation only, also set where the method abstained after measuring.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    /// Where it rests, most telling first.
    #[serde(rename = "where", skip_serializing_if = "Vec::is_empty", default)]
    pub locations: Vec<Location>,
}

impl Finding {
    /// A result of `method` in `state` with nothing else known.
    pub fn empty(method: MethodId, version: impl Into<String>, state: FindingState) -> Self {
        Self {
            method,
            version: version.into(),
            model_sha256: None,
            calibration_id: None,
            state,
            reason: None,
            error: None,
            llr10: None,
            llr10_ceiling: None,
            word: None,
            false_positive_rate_upper95: None,
            quality_bucket: None,
            score: None,
            locations: Vec::new(),
        }
    }

    /// Whether the fields fit the state: a likelihood ratio with word, ceiling and calibration only for a finding, a reason exactly
    /// where the method abstained or does not apply, an error exactly where it failed.
    pub fn is_consistent(&self) -> bool {
        let measured = self.llr10.is_some()
            && self.word.is_some()
            && self.llr10_ceiling.is_some()
            && self.calibration_id.is_some();
        let silent = self.llr10.is_none() && self.word.is_none();
        match self.state {
            FindingState::Finding => measured && self.reason.is_none() && self.error.is_none(),
            FindingState::Abstained | FindingState::NotApplicable => {
                silent && self.reason.is_some() && self.error.is_none()
            }
            FindingState::Failed => silent && self.reason.is_none() && self.error.is_some(),
            FindingState::Pending => silent && self.reason.is_none() && self.error.is_none(),
        }
    }
}
