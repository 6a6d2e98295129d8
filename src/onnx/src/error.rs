use std::path::PathBuf;

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

impl OnnxError {
    pub(crate) fn model(id: &str, detail: impl ToString) -> Self {
        Self::Model { id: id.to_owned(), detail: detail.to_string() }
    }

    pub(crate) fn run(id: &str, detail: impl ToString) -> Self {
        Self::Run { id: id.to_owned(), detail: detail.to_string() }
    }
}
