//! Use cases and jobs. Handlers and commands call these and nothing below them.
//!
//! - [`analyser`]: a file → report and pictures, without any database (what `podlinnik check` does)
//! - [`service`]: the service's state: store, blobs, analyser, clock, identifiers
//! - [`error`]: what a use case can answer instead
//! - `intake`, `decisions`, `publication`, `people`: use cases, as methods of [`Service`]
//! - `worker`: claims jobs and does them; `fetch`: the only outbound HTTP

pub mod analyser;
pub mod error;
pub mod service;

pub use analyser::{Analyser, AnalyserSettings, CheckError, CheckOptions, Checked, MediaAnalyser};
pub use error::ServiceError;
pub use service::Service;

// What appears in the signatures above, so that callers need none of the crates below.
pub use podlinnik_blobs::{BlobError, Blobs, Upload};
pub use podlinnik_detectors::{ExamineError, Picture};
pub use podlinnik_media::{MediaError, MediaLimits};
pub use podlinnik_onnx::{ModelInfo, OnnxError};
pub use podlinnik_storage::{Store, StoreError, record};
