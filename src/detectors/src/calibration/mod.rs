//! From a score to a bounded likelihood ratio, or to a reason for silence.
//!
//! A calibration belongs to one model (by SHA-256) and holds until a date. It has buckets of face size and quality; in each, a monotone map from the
//! model's logit to a log10 likelihood ratio, the ceiling that the validation data allow (DESIGN §1 rule 3), and the measured false-positive rate.
//! Outside its buckets it says nothing.
//!
//! Support for manipulation starts at the bucket's `support_from_logit`, which keeps the share of genuine faces that get any support within a bound (risk control;
//! Angelopoulos et al., "Learn then Test", 2021). Below it the ratio stays under the lowest word, whatever the map says: a genuine clip called fake is the worst
//! that can happen.

mod file;
#[cfg(test)]
mod tests;

use std::path::Path;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::likelihood::{Ceiling, Log10LikelihoodRatio};
use podlinnik_domain::reason::Reason;

use crate::face::CropQuality;
use file::{Bucket, Limits};

/// The most (log10) that a score below `support_from_logit` may say for manipulation: less than any word of support.
const WITHOUT_SUPPORT: f64 = 0.3;

/// Why a calibration file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    /// It is not there or cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Io {
        /// The file.
        path: String,
        /// What is wrong.
        error: std::io::Error,
    },
    /// It is not what the schema says.
    #[error("calibration is malformed: {0}")]
    Malformed(String),
    /// It was measured with other weights.
    #[error("calibration belongs to model {expected}, the installed one is {found}")]
    OtherModel {
        /// What the calibration names.
        expected: Sha256,
        /// What is installed.
        found: Sha256,
    },
}

/// A calibration that fits its model.
#[derive(Debug, Clone)]
pub struct Calibration {
    id: String,
    expires: Timestamp,
    buckets: Vec<CheckedBucket>,
}

#[derive(Debug, Clone)]
struct CheckedBucket {
    bucket: Bucket,
    ceiling: Ceiling,
}

/// What a calibration says of one score.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibrated {
    /// Within the ceiling.
    pub llr10: Log10LikelihoodRatio,
    /// What the validation data allow.
    pub ceiling: Ceiling,
    /// The bucket's name.
    pub bucket: String,
    /// Upper 95 % bound of the false-positive rate measured in the bucket.
    pub false_positive_rate_upper95: f64,
}

impl Calibration {
    /// Reads `calibration.json` in a model's folder.
    ///
    /// # Errors
    /// [`CalibrationError`].
    pub fn load(folder: &Path, model: Sha256) -> Result<Self, CalibrationError> {
        let path = folder.join("calibration.json");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| CalibrationError::Io { path: path.display().to_string(), error })?;
        Self::parse(&text, model)
    }

    /// Parses the text of a `calibration.json`.
    ///
    /// # Errors
    /// [`CalibrationError`].
    pub fn parse(text: &str, model: Sha256) -> Result<Self, CalibrationError> {
        let file = file::parse(text)?;
        if file.model_sha256 != model {
            return Err(CalibrationError::OtherModel { expected: file.model_sha256, found: model });
        }
        let expires = file::expiry(&file.expires)?;
        let buckets = file
            .buckets
            .into_iter()
            .map(|bucket| {
                let ceiling = bucket.check()?;
                Ok(CheckedBucket { bucket, ceiling })
            })
            .collect::<Result<Vec<_>, CalibrationError>>()?;
        Ok(Self { id: file.id, expires, buckets })
    }

    /// Its name, for the report.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it must not be used any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// The name of the bucket for a face, if there is one.
    ///
    /// # Errors
    /// The reason why there is none.
    pub fn bucket(&self, face_px: f64, quality: CropQuality) -> Result<&str, Reason> {
        self.find(face_px, quality).map(|found| found.bucket.id.as_str())
    }

    /// Turns a logit into a likelihood ratio.
    ///
    /// # Errors
    /// The reason why the calibration is silent: no bucket for the size or the quality, or a picture or score unlike any that was validated.
    pub fn calibrate(&self, logit: f64, face_px: f64, quality: CropQuality) -> Result<Calibrated, Reason> {
        let found = self.find(face_px, quality)?;
        if let Some(limits) = &found.bucket.out_of_distribution {
            let outside = |limits: &Option<Limits>, value: f64| {
                limits.is_some_and(|[low, high]| !(low..=high).contains(&value))
            };
            if outside(&limits.grey_mean, quality.grey_mean)
                || outside(&limits.grey_sd, quality.grey_sd)
                || outside(&limits.logit, logit)
            {
                return Err(Reason::OutOfDistribution);
            }
        }
        let mapped = found.bucket.map.llr10(logit);
        let supports = found.bucket.support_from_logit.is_none_or(|least| logit >= least);
        let llr10 = Log10LikelihoodRatio::new(if supports { mapped } else { mapped.min(WITHOUT_SUPPORT) })
            .map_err(|_| Reason::OutOfDistribution)?;
        Ok(Calibrated {
            llr10: llr10.within(found.ceiling),
            ceiling: found.ceiling,
            bucket: found.bucket.id.clone(),
            false_positive_rate_upper95: found.bucket.fpr_upper95,
        })
    }

    fn find(&self, face_px: f64, quality: CropQuality) -> Result<&CheckedBucket, Reason> {
        let of_size: Vec<&CheckedBucket> =
            self.buckets.iter().filter(|candidate| candidate.bucket.fits_size(face_px)).collect();
        if of_size.is_empty() {
            return Err(Reason::FaceTooSmall);
        }
        if let Some(found) = of_size.iter().find(|candidate| candidate.bucket.fits_quality(quality.quality)) {
            return Ok(found);
        }
        let lowest = of_size
            .iter()
            .map(|candidate| candidate.bucket.quality_min.unwrap_or(f64::NEG_INFINITY))
            .fold(f64::INFINITY, f64::min);
        Err(if quality.quality < lowest {
            Reason::RecompressedBeyondValidation
        } else {
            Reason::OutOfDistribution
        })
    }
}
