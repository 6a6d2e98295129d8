//! The calibration of the voice network, schema `podlinnik-voice-calibration/1`: buckets by bandwidth, in each a monotone map from the mean logit to a log10 likelihood
//! ratio, what the validation data allow, and the limits of what they hold. One-sided: a ratio
//! never falls below 1.

use std::path::Path;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::likelihood::{Ceiling, Log10LikelihoodRatio};
use podlinnik_domain::reason::Reason;
use serde::Deserialize;

use crate::calibration::{Calibrated, CalibrationError};

const SCHEMA: &str = "podlinnik-voice-calibration/1";
/// The most (log10) that a score below the bucket's `support_from_logit` may say: no word of support.
const WITHOUT_SUPPORT: f64 = 0.3;
/// Nothing is ever said for a genuine voice: the measured corpora differ too much for that.
const AGAINST_MOST: f64 = 0.0;

#[derive(Debug, Deserialize)]
struct File {
    schema: String,
    id: String,
    model_sha256: Sha256,
    expires: String,
    least_speech_s: f64,
    buckets: Vec<Bucket>,
}

#[derive(Debug, Clone, Deserialize)]
struct Bucket {
    id: String,
    high_db_min: f64,
    high_db_max: f64,
    spread_db: [f64; 2],
    logit: [f64; 2],
    slope: f64,
    intercept: f64,
    support_from_logit: f64,
    llr10_max: f64,
    fpr_upper95: f64,
}

/// A calibration that fits its model.
#[derive(Debug, Clone)]
pub struct VoiceCalibration {
    id: String,
    expires: Timestamp,
    least_speech_s: f64,
    buckets: Vec<Bucket>,
}

impl VoiceCalibration {
    /// Reads `calibration.json` in the model's folder.
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
        let complain = |what: String| CalibrationError::Malformed(what);
        let file: File = serde_json::from_str(text).map_err(|error| complain(error.to_string()))?;
        if file.schema != SCHEMA {
            return Err(complain(format!("schema `{}` is not `{SCHEMA}`", file.schema)));
        }
        if file.model_sha256 != model {
            return Err(CalibrationError::OtherModel { expected: file.model_sha256, found: model });
        }
        let expires = format!("{}T00:00:00Z", file.expires)
            .parse()
            .map_err(|_| complain(format!("`{}` is not a date", file.expires)))?;
        for bucket in &file.buckets {
            let numbers =
                [bucket.intercept, bucket.support_from_logit, bucket.high_db_min, bucket.high_db_max];
            let sane = numbers.iter().all(|number| number.is_finite())
                && bucket.slope.is_finite()
                && bucket.slope >= 0.0
                && (0.0..=1.0).contains(&bucket.fpr_upper95)
                && bucket.llr10_max >= 0.0
                && Ceiling::new(bucket.llr10_max, AGAINST_MOST).is_ok();
            if !sane {
                return Err(complain(format!("bucket `{}` makes no sense", bucket.id)));
            }
        }
        Ok(Self { id: file.id, expires, least_speech_s: file.least_speech_s, buckets: file.buckets })
    }

    /// Its name, for the report.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it must not be used any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires
    }

    /// Turns a mean logit into a likelihood ratio.
    pub(super) fn calibrate(
        &self,
        logit: f64,
        speech_s: f64,
        high_db: f64,
        spread_db: f64,
    ) -> Result<Calibrated, Reason> {
        if speech_s < self.least_speech_s {
            return Err(Reason::ClipTooShort);
        }
        let lowest = self.buckets.iter().map(|bucket| bucket.high_db_min).fold(f64::INFINITY, f64::min);
        let bucket = self
            .buckets
            .iter()
            .find(|bucket| (bucket.high_db_min..bucket.high_db_max).contains(&high_db))
            .ok_or(if high_db < lowest {
                Reason::RecompressedBeyondValidation
            } else {
                Reason::OutOfDistribution
            })?;
        let within = |[low, high]: [f64; 2], value: f64| (low..=high).contains(&value);
        if !within(bucket.spread_db, spread_db) || !within(bucket.logit, logit) {
            return Err(Reason::OutOfDistribution);
        }
        let mapped = bucket.slope * logit + bucket.intercept;
        let mapped = if logit >= bucket.support_from_logit { mapped } else { mapped.min(WITHOUT_SUPPORT) };
        let ceiling = Ceiling::new(bucket.llr10_max, AGAINST_MOST).map_err(|_| Reason::OutOfDistribution)?;
        let llr10 = Log10LikelihoodRatio::new(mapped.max(0.0)).map_err(|_| Reason::OutOfDistribution)?;
        Ok(Calibrated {
            llr10: llr10.within(ceiling),
            ceiling,
            bucket: bucket.id.clone(),
            false_positive_rate_upper95: bucket.fpr_upper95,
        })
    }
}
