//! The Python script's surroundings: a virtual environment with pinned packages in the cache folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::command::{run, succeeds};
use crate::install;

const PACKAGES: &[&str] = &["onnxruntime==1.32.0", "opencv-python-headless==4.10.0.84", "numpy==1.26.4"];

/// Gives the environment's Python; makes the environment when it is missing.
pub(crate) fn ensure(folder: &Path) -> Result<PathBuf> {
    let environment = folder.join("venv-1");
    let python = environment.join("bin/python");
    if succeeds(Command::new(&python).args(["-c", "import cv2, numpy, onnxruntime"])) {
        return Ok(python);
    }
    println!(
        "Making a Python environment for the script in {}: {}",
        environment.display(),
        PACKAGES.join(" ")
    );
    install::ensure(&[install::WHEELS, &[install::VENV]].concat())?;
    std::fs::create_dir_all(folder)?;
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(PACKAGES))?;
    Ok(python)
}
