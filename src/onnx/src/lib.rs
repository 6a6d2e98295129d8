//! ONNX Runtime in one place: manifest check, sessions, thread caps.
//!
//! - [`Engine`]: runs a model; the detectors know nothing else of inference
//! - [`Models`]: opens `models/manifest.toml`, checks every file's SHA-256, gives out engines
//! - [`FakeEngine`]: a closure as an engine, for tests
//! - [`runtime_path`]: where `libonnxruntime.so` is looked for
//! - [`OnnxError`]: what can go wrong

mod engine;
mod error;
mod fake;
mod manifest;
mod models;
mod pool;
mod runtime;

pub use engine::{Engine, ModelInfo};
pub use error::OnnxError;
pub use fake::FakeEngine;
pub use models::Models;
pub use runtime::{RUNTIME_VARIABLE, RUNTIME_VERSION, TELEMETRY_OFF, TELEMETRY_VARIABLE, runtime_path};
