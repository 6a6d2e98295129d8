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

pub use analyser::{Analyser, AnalyserSettings, CheckOptions, Checked};
pub use error::ServiceError;
pub use service::Service;
