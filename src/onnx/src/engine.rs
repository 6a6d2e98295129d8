use std::fmt;
use std::path::PathBuf;

use ndarray::ArrayD;
use podlinnik_domain::hash::Sha256;

use crate::OnnxError;

/// What the manifest says of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelInfo {
    /// Folder name under `models/`.
    pub id: String,
    /// Version, for example `2026-11-22`.
    pub version: String,
    /// SHA-256 of the weights, checked when the model was opened.
    pub sha256: Sha256,
    /// SPDX expression.
    pub license: String,
    /// Where it came from, in one line.
    pub origin: String,
    /// Folder with card, calibration and evaluation.
    pub folder: PathBuf,
    /// Withdrawn models are not run; their findings abstain with `model_withdrawn`.
    pub withdrawn: bool,
}

/// Runs one model. Safe to share; a call blocks.
pub trait Engine: fmt::Debug + Send + Sync {
    /// What model it is.
    fn model(&self) -> &ModelInfo;

    /// Runs the model. Inputs in the graph's order, outputs in the graph's order, all float32.
    ///
    /// # Errors
    /// [`OnnxError::Run`] if the runtime refuses the shapes or fails.
    fn run(&self, inputs: Vec<ArrayD<f32>>) -> Result<Vec<ArrayD<f32>>, OnnxError>;
}
