//! Models as people see them: version, licence, card, calibration with its measured error rates.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_onnx::ModelInfo;
use serde::Deserialize;

use crate::access::require;
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// Whoever works with findings may read what they rest on.
const MAY_READ: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::OrgAdmin, Role::Auditor];
/// Cards and calibrations are far shorter, in bytes.
const LONGEST: u64 = 1 << 20;

/// A model with what belongs to it.
#[derive(Debug, Clone)]
pub struct InstalledModel {
    /// What the manifest says.
    pub info: ModelInfo,
    /// Its card, Markdown.
    pub card: Option<String>,
    /// Its calibration, where findings rest on it.
    pub calibration: Option<ModelCalibration>,
}

/// What a calibration says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCalibration {
    /// Its name.
    pub id: String,
    /// When it stops counting.
    pub expires: Option<Timestamp>,
    /// Whether it was measured with the installed weights.
    pub fits: bool,
    /// What one sample is.
    pub unit: Option<String>,
    /// What was measured, by quality.
    pub buckets: Vec<MeasuredBucket>,
}

/// Rates that were measured on validation media of one quality; shares from 0 to 1 with the bounds of their 95 % interval (Clopper–Pearson).
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MeasuredBucket {
    /// Name of the quality.
    pub id: String,
    /// Genuine samples (or groups of them).
    #[serde(alias = "n_real_groups")]
    pub n_real: Option<u64>,
    /// Manipulated samples (or groups of them).
    #[serde(alias = "n_manipulated_groups", alias = "n_synthesised")]
    pub n_fake: Option<u64>,
    /// Share of manipulated samples that get support for it.
    pub tpr: Option<f64>,
    /// Its lower bound.
    pub tpr_lower95: Option<f64>,
    /// Share of genuine samples that get support for being manipulated.
    pub fpr: Option<f64>,
    /// Its upper bound.
    pub fpr_upper95: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct CalibrationFile {
    id: String,
    model_sha256: Sha256,
    expires: String,
    unit: Option<String>,
    #[serde(default)]
    buckets: Vec<MeasuredBucket>,
}

impl Service {
    /// The installed models, by id.
    ///
    /// # Errors
    /// `forbidden`, `not_ready` where this process examines nothing.
    pub async fn installed_models(&self, actor: &Actor) -> Answer<Vec<InstalledModel>> {
        require(actor, MAY_READ)?;
        let analyser = self.analyser.as_ref().ok_or(ServiceError::Refused(ErrorCode::NotReady))?;
        let installed = analyser.models();
        let read = move || installed.into_iter().map(with_papers).collect();
        tokio::task::spawn_blocking(read).await.map_err(|error| ServiceError::Internal(error.to_string()))
    }
}

fn with_papers(info: ModelInfo) -> InstalledModel {
    let card = bounded(&info.folder.join("CARD.md"));
    let text = bounded(&info.folder.join("calibration.json"));
    let calibration = text.and_then(|text| match serde_json::from_str(&text) {
        Ok(file) => Some(calibration(file, info.sha256)),
        Err(error) => {
            tracing::warn!(model = %info.id, "calibration of `{}` cannot be shown: {error}", info.id);
            None
        }
    });
    InstalledModel { info, card, calibration }
}

fn calibration(file: CalibrationFile, model: Sha256) -> ModelCalibration {
    let CalibrationFile { id, model_sha256, expires, unit, buckets } = file;
    // A day ends where it begins: the calibration does not count on the day that it names.
    let expires = format!("{expires}T00:00:00Z").parse().ok();
    ModelCalibration { id, expires, fits: model_sha256 == model, unit, buckets }
}

/// The text of a file that belongs to a model; none if there is none, or one that is far too long.
fn bounded(path: &Path) -> Option<String> {
    let mut text = String::new();
    let read = File::open(path).ok()?.take(LONGEST + 1).read_to_string(&mut text).ok()?;
    (read as u64 <= LONGEST).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every calibration that is shipped can be shown.
    #[test]
    fn shipped_calibrations_are_read() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
        let mut seen = 0;
        for name in ["face-manipulation", "synthetic-picture", "temporal", "voice"] {
            let text = bounded(&models.join(name).join("calibration.json")).unwrap();
            let file: CalibrationFile = serde_json::from_str(&text).unwrap();
            let model = file.model_sha256;
            let read = calibration(file, model);
            assert!(read.fits && read.expires.is_some(), "{name}");
            assert!(!read.buckets.is_empty(), "{name}");
            for bucket in &read.buckets {
                assert!(bucket.fpr_upper95.is_some() && bucket.tpr_lower95.is_some(), "{name} {}", bucket.id);
                assert!(bucket.n_real.is_some() && bucket.n_fake.is_some(), "{name} {}", bucket.id);
                seen += 1;
            }
        }
        assert!(seen > 10);
    }
}
