use std::fmt;
use std::path::PathBuf;

use ndarray::ArrayD;
use podlinnik_domain::hash::Sha256;

use crate::{Engine, ModelInfo, OnnxError};

type Answer = dyn Fn(&[ArrayD<f32>]) -> Result<Vec<ArrayD<f32>>, OnnxError> + Send + Sync;

/// A closure as an engine, for tests: no file, no runtime.
pub struct FakeEngine {
    model: ModelInfo,
    answer: Box<Answer>,
}

impl FakeEngine {
    /// An engine named `id` that answers with `answer`. Its SHA-256 is that of its name; its folder is `folder`.
    pub fn new(
        id: &str,
        folder: impl Into<PathBuf>,
        answer: impl Fn(&[ArrayD<f32>]) -> Result<Vec<ArrayD<f32>>, OnnxError> + Send + Sync + 'static,
    ) -> Self {
        let model = ModelInfo {
            id: id.to_owned(),
            version: "fake".to_owned(),
            sha256: Sha256::of(id.as_bytes()),
            license: "Apache-2.0".to_owned(),
            origin: "a closure in a test".to_owned(),
            folder: folder.into(),
            withdrawn: false,
        };
        Self { model, answer: Box::new(answer) }
    }

    /// The same engine, withdrawn.
    #[must_use]
    pub fn withdrawn(mut self) -> Self {
        self.model.withdrawn = true;
        self
    }
}

impl fmt::Debug for FakeEngine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FakeEngine").field("model", &self.model).finish_non_exhaustive()
    }
}

impl Engine for FakeEngine {
    fn model(&self) -> &ModelInfo {
        &self.model
    }

    fn run(&self, inputs: Vec<ArrayD<f32>>) -> Result<Vec<ArrayD<f32>>, OnnxError> {
        (self.answer)(&inputs)
    }
}
