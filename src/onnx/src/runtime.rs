//! Finds and loads `libonnxruntime.so`, once a process.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;

use crate::OnnxError;

/// The version of ONNX Runtime that is installed and tested.
pub const RUNTIME_VERSION: &str = "1.32.0";
/// The environment variable that names `libonnxruntime.so`.
pub const RUNTIME_VARIABLE: &str = "PODLINNIK_ONNXRUNTIME";

/// The environment variable that keeps ONNX Runtime from collecting what it sends to its makers. Its builds for Linux do so since 1.3x: they leave a device
/// identifier and a database of events in the home folder and connect to a server of Microsoft's. Switching that off through the API comes too late for
/// the first of them.
pub const TELEMETRY_VARIABLE: &str = "ORT_DISABLE_TELEMETRY";
/// The value that means it.
pub const TELEMETRY_OFF: &str = "1";

/// Where the runtime is looked for: `explicit`, then [`RUNTIME_VARIABLE`], then the cache folder that `cargo xtask run` fills
/// (`$XDG_CACHE_HOME` or `~/.cache`, `podlinnik/onnxruntime-VERSION/libonnxruntime.so`). The file need not exist.
pub fn runtime_path(explicit: Option<&Path>) -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = explicit.map(Path::to_path_buf).or_else(|| variable(RUNTIME_VARIABLE)) {
        return path;
    }
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(|| PathBuf::from(".cache"))
        .join("podlinnik")
        .join(format!("onnxruntime-{RUNTIME_VERSION}"))
        .join("libonnxruntime.so")
}

/// The one environment of the process: ort allows no second one, not even after the first was dropped.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Loads the runtime, or gives the one that is loaded already.
pub(crate) fn environment(explicit: Option<&Path>) -> Result<Environment, OnnxError> {
    let mut slot = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = slot.as_ref() {
        return Ok(environment.clone());
    }
    let path = runtime_path(explicit);
    // ort would look for a relative path beside the executable first.
    let path = std::path::absolute(&path).unwrap_or(path);
    let complain = |detail: String| OnnxError::Runtime { path: path.clone(), detail };
    if !path.is_file() {
        return Err(complain("there is no such file".to_owned()));
    }
    if std::env::var_os(TELEMETRY_VARIABLE).is_none_or(|value| value != TELEMETRY_OFF) {
        return Err(complain(format!(
            "it is not loaded unless {TELEMETRY_VARIABLE}={TELEMETRY_OFF} is set: it would report to its makers"
        )));
    }
    let environment = ort::init_from(&path)
        .map_err(|error| complain(error.to_string()))?
        .with_name("podlinnik")
        .with_telemetry(false)
        .build()
        .map_err(|error| complain(error.to_string()))?;
    environment.set_log_level(ort::logging::LogLevel::Error);
    Ok(slot.insert(environment).clone())
}
