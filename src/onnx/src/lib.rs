//! ONNX Runtime in one place: manifest check, sessions, thread caps.
//!
//! - [`Engine`]: runs a model; the detectors know nothing else of inference
//! - [`Models`]: opens `models/manifest.toml`, checks every file's SHA-256, gives out engines
//! - [`FakeEngine`]: a closure as an engine, for tests

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::ArrayD;
use podlinnik_domain::hash::Sha256;

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

/// What can go wrong with models.
#[derive(Debug, thiserror::Error)]
pub enum OnnxError {
    /// `libonnxruntime.so` was found nowhere or does not load.
    #[error(
        "cannot load ONNX Runtime from `{path}`: {detail} (hint: `cargo xtask run` installs it, or set PODLINNIK_ONNXRUNTIME)"
    )]
    Runtime {
        /// Where it was looked for.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The manifest cannot be read.
    #[error("cannot read model manifest `{path}`: {detail}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A model file is missing or is not what the manifest says.
    #[error("cannot open model `{id}`: {detail}")]
    Model {
        /// Which model.
        id: String,
        /// What is wrong.
        detail: String,
    },
    /// Inference failed.
    #[error("model `{id}` failed: {detail}")]
    Run {
        /// Which model.
        id: String,
        /// What is wrong.
        detail: String,
    },
}

/// The installed models.
#[derive(Debug)]
pub struct Models {}

impl Models {
    /// Opens the folder with `manifest.toml`, checks each file's SHA-256 and loads the runtime. `runtime`: path of `libonnxruntime.so`, or none to
    /// look where `cargo xtask run` puts it. `threads`: threads per model run.
    ///
    /// # Errors
    /// Any [`OnnxError`] but `Run`.
    pub fn open(folder: &Path, runtime: Option<&Path>, threads: usize) -> Result<Self, OnnxError> {
        let _ = (folder, runtime, threads);
        todo!("owned by the onnx crate")
    }

    /// What is installed, by id.
    pub fn list(&self) -> Vec<ModelInfo> {
        todo!("owned by the onnx crate")
    }

    /// An engine for a model.
    ///
    /// # Errors
    /// [`OnnxError::Model`] if there is no such model.
    pub fn engine(&self, id: &str) -> Result<Arc<dyn Engine>, OnnxError> {
        let _ = id;
        todo!("owned by the onnx crate")
    }
}
