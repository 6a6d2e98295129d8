//! A file → report and pictures, without any database.

use std::fs::File;
use std::path::PathBuf;

use podlinnik_detectors::{ExamineError, Picture};
use podlinnik_domain::analysis::Report;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_media::MediaLimits;
use podlinnik_onnx::{ModelInfo, OnnxError};

/// Where models and runtime are, and the limits.
#[derive(Debug, Clone)]
pub struct AnalyserSettings {
    /// Folder with `manifest.toml`.
    pub models: PathBuf,
    /// `libonnxruntime.so`; none: look where `cargo xtask run` puts it.
    pub onnxruntime: Option<PathBuf>,
    /// The binary that is started as the sandboxed reader, normally the running one.
    pub reader_program: PathBuf,
    /// Threads per model run.
    pub threads: usize,
    /// Limits on media.
    pub limits: MediaLimits,
    /// Wall-clock budget for one file in seconds.
    pub budget_s: f64,
}

/// How to check one file.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// The file's name for the report (never a path).
    pub file_name: Option<String>,
    /// The image is an already cropped face.
    pub face_crop: bool,
    /// Make pictures.
    pub pictures: bool,
}

/// Report and pictures. The report's `derivatives` describe exactly the pictures.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The report.
    pub report: Report,
    /// The pictures' bytes.
    pub pictures: Vec<Picture>,
}

/// Why a file gives no report.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It could not be examined.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// It could not be read for hashing.
    #[error("cannot read the file: {0}")]
    Io(#[from] std::io::Error),
}

impl CheckError {
    /// The code that a user may see, and whether the file is refused for good (`true`) or our side failed (`false`).
    pub const fn code(&self) -> (ErrorCode, bool) {
        match self {
            Self::Examine(ExamineError::Media(error @ podlinnik_media::MediaError::Refused { .. })) => {
                (error.code(), true)
            }
            Self::Examine(_) => (ErrorCode::AnalysisFailed, false),
            Self::Io(_) => (ErrorCode::MediaUnreadable, true),
        }
    }
}

/// What examines files for the service: [`Analyser`], or a stand-in in tests.
pub trait MediaAnalyser: std::fmt::Debug + Send + Sync + 'static {
    /// The installed models.
    fn models(&self) -> Vec<ModelInfo>;

    /// Hashes and examines a file; see [`Analyser::check`]. Blocks.
    ///
    /// # Errors
    /// [`CheckError`].
    fn check(
        &self,
        file: File,
        options: &CheckOptions,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError>;
}

impl MediaAnalyser for Analyser {
    fn models(&self) -> Vec<ModelInfo> {
        Self::models(self)
    }

    fn check(
        &self,
        file: File,
        options: &CheckOptions,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError> {
        Self::check(self, file, options, now, progress)
    }
}

/// Examines files. Safe to share between threads; a call blocks.
#[derive(Debug)]
pub struct Analyser {}

impl Analyser {
    /// Loads runtime and models.
    ///
    /// # Errors
    /// [`OnnxError`].
    pub fn new(settings: AnalyserSettings) -> Result<Self, OnnxError> {
        let _ = settings;
        todo!("owned by the pipeline crate")
    }

    /// The installed models.
    pub fn models(&self) -> Vec<ModelInfo> {
        todo!("owned by the pipeline crate")
    }

    /// Hashes and examines a file. `now` decides whether a calibration has expired; `progress` gets thousandths and answers whether to go on.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn check(
        &self,
        file: File,
        options: &CheckOptions,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError> {
        let _ = (file, options, now, progress);
        todo!("owned by the pipeline crate")
    }
}
