//! The API against its own document: a generated client plays a story, schemathesis asks for everything else. See `contract/contract.py`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::command::{run, succeeds};
use crate::{install, paths};

/// Every package that the script needs, with the digests of its files.
const REQUIREMENTS: &str = include_str!("contract/requirements.txt");

/// Seconds after which schemathesis hangs, for each of the people it asks as.
const BUDGET_S: u32 = 1200;

/// Builds the program and holds it against its document.
pub(crate) fn check(onnxruntime: &Path) -> Result<()> {
    let python = environment()?;
    run(Command::new(paths::cargo()).args(["build", "--locked", "--package", "podlinnik"]))?;
    let here = paths::repository()?;
    run(Command::new(python)
        .arg(here.join("src/xtask/src/contract/contract.py"))
        .arg(paths::target()?.join("debug/podlinnik"))
        .arg(here.join("models"))
        .arg(here.join("fixtures/media/astronaut.jpg"))
        .arg(BUDGET_S.to_string())
        .env("PODLINNIK_ONNXRUNTIME", onnxruntime))
}

/// The Python of an environment with exactly these packages, made when there is none.
fn environment() -> Result<PathBuf> {
    let digest = Sha256::digest(REQUIREMENTS.as_bytes());
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let folder = paths::cache()?.join(format!("contract-{short}"));
    let python = folder.join("bin/python");
    if succeeds(Command::new(&python).args(["-c", "import schemathesis, openapi_python_client"])) {
        return Ok(python);
    }
    println!("Making a Python environment for the contract tests in {}", folder.display());
    install::ensure(&[install::WHEELS, &[install::VENV]].concat())?;
    std::fs::create_dir_all(&folder)?;
    let requirements = folder.join("requirements.txt");
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    std::fs::write(&requirements, REQUIREMENTS)?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary=:all:", "--requirement"])
        .arg(&requirements))
    .context("cannot fetch the packages of the contract tests; is a package index within reach of pip?")?;
    Ok(python)
}
