//! A Python environment with exactly the packages of a list, kept between runs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::command::{run, succeeds};
use crate::{install, paths};

/// The folder of an environment that has what `requirements` lists, digests included; made when `imports` cannot be imported there.
pub(crate) fn environment(name: &str, requirements: &str, imports: &str) -> Result<PathBuf> {
    let digest = Sha256::digest(requirements.as_bytes());
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let folder = paths::cache()?.join(format!("{name}-{short}"));
    let python = folder.join("bin/python");
    if succeeds(Command::new(&python).args(["-c", &format!("import {imports}")])) {
        return Ok(folder);
    }
    println!("Making a Python environment in {}", folder.display());
    install::ensure(&[install::WHEELS, &[install::VENV]].concat())?;
    std::fs::create_dir_all(&folder)?;
    let list = folder.join("requirements.txt");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    std::fs::write(&list, requirements)?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:", "--requirement"])
        .arg(&list))
    .with_context(|| {
        format!("cannot fetch the packages of `{name}`; is a package index within reach of pip?")
    })?;
    Ok(folder)
}
