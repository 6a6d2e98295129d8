//! `calibration.json`, schema `podlinnik-calibration/1`. Unknown fields are ignored: the file also tells people how it was made.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::likelihood::Ceiling;
use serde::Deserialize;

use super::CalibrationError;

const SCHEMA: &str = "podlinnik-calibration/1";

#[derive(Debug, Deserialize)]
pub(super) struct File {
    schema: String,
    pub(super) id: String,
    pub(super) model_sha256: Sha256,
    /// A date (the calibration ends as the day begins, UTC) or a moment.
    pub(super) expires: String,
    pub(super) buckets: Vec<Bucket>,
}

/// A bucket of face size and quality: lower bounds belong to it, upper bounds do not.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Bucket {
    pub(super) id: String,
    face_px_min: f64,
    #[serde(default)]
    face_px_max: Option<f64>,
    #[serde(default)]
    pub(super) quality_min: Option<f64>,
    #[serde(default)]
    quality_max: Option<f64>,
    pub(super) map: Map,
    ceiling: CeilingEntry,
    pub(super) fpr_upper95: f64,
    /// Lowest logit that may lend support to manipulation; absent: the map alone decides.
    #[serde(default)]
    pub(super) support_from_logit: Option<f64>,
    #[serde(default)]
    pub(super) out_of_distribution: Option<OutOfDistribution>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct CeilingEntry {
    llr10_max: f64,
    llr10_min: f64,
}

/// Lowest and highest value seen in validation (0.2 % and 99.8 % quantiles).
pub(super) type Limits = [f64; 2];

#[derive(Debug, Clone, Deserialize)]
pub(super) struct OutOfDistribution {
    #[serde(default)]
    pub(super) grey_mean: Option<Limits>,
    #[serde(default)]
    pub(super) grey_sd: Option<Limits>,
    #[serde(default)]
    pub(super) logit: Option<Limits>,
}

/// From logit to log10 likelihood ratio; never falls as the logit rises.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Map {
    /// `slope · logit + intercept`.
    Logistic { slope: f64, intercept: f64 },
    /// Straight lines between points, flat outside them.
    Piecewise { x: Vec<f64>, llr10: Vec<f64> },
}

impl Map {
    pub(super) fn llr10(&self, logit: f64) -> f64 {
        match self {
            Self::Logistic { slope, intercept } => slope * logit + intercept,
            Self::Piecewise { x, llr10 } => interpolate(x, llr10, logit),
        }
    }

    fn is_monotone(&self) -> bool {
        match self {
            Self::Logistic { slope, intercept } => {
                slope.is_finite() && *slope >= 0.0 && intercept.is_finite()
            }
            Self::Piecewise { x, llr10 } => {
                !x.is_empty()
                    && x.len() == llr10.len()
                    && x.iter().chain(llr10).all(|value| value.is_finite())
                    && x.windows(2).all(|pair| pair[0] < pair[1])
                    && llr10.windows(2).all(|pair| pair[0] <= pair[1])
            }
        }
    }
}

fn interpolate(x: &[f64], y: &[f64], at: f64) -> f64 {
    if at.is_nan() {
        return f64::NAN;
    }
    let above = x.partition_point(|point| *point <= at);
    let (Some(first), Some(last)) = (y.first(), y.last()) else { return f64::NAN };
    match above.checked_sub(1) {
        None => *first,
        Some(below) => match (x.get(below), x.get(above), y.get(below), y.get(above)) {
            (Some(x0), Some(x1), Some(y0), Some(y1)) => y0 + (y1 - y0) * (at - x0) / (x1 - x0),
            _ => *last,
        },
    }
}

impl Bucket {
    pub(super) fn fits_size(&self, face_px: f64) -> bool {
        face_px >= self.face_px_min && self.face_px_max.is_none_or(|most| face_px < most)
    }

    pub(super) fn fits_quality(&self, quality: f64) -> bool {
        self.quality_min.is_none_or(|least| quality >= least)
            && self.quality_max.is_none_or(|most| quality < most)
    }

    /// The ceiling, if every number of the bucket makes sense.
    pub(super) fn check(&self) -> Result<Ceiling, CalibrationError> {
        let complain = |what: &str| CalibrationError::Malformed(format!("bucket `{}`: {what}", self.id));
        if !self.map.is_monotone() {
            return Err(complain("the map is not finite and monotone"));
        }
        if !(0.0..=1.0).contains(&self.fpr_upper95) {
            return Err(complain("the false-positive rate is not a share"));
        }
        if self.ceiling.llr10_max < 0.0 || self.ceiling.llr10_min > 0.0 {
            return Err(complain("the ceiling has the wrong sign"));
        }
        Ceiling::new(self.ceiling.llr10_max, -self.ceiling.llr10_min)
            .map_err(|error| complain(&error.to_string()))
    }
}

pub(super) fn parse(text: &str) -> Result<File, CalibrationError> {
    let file: File =
        serde_json::from_str(text).map_err(|error| CalibrationError::Malformed(error.to_string()))?;
    if file.schema != SCHEMA {
        return Err(CalibrationError::Malformed(format!("schema `{}` is not `{SCHEMA}`", file.schema)));
    }
    Ok(file)
}

pub(super) fn expiry(text: &str) -> Result<Timestamp, CalibrationError> {
    text.parse::<Timestamp>()
        .or_else(|_| format!("{text}T00:00:00Z").parse())
        .map_err(|_| CalibrationError::Malformed(format!("`{text}` is not a date")))
}
