//! The API against its own document: a generated client plays a story, schemathesis asks for everything else. See `contract/contract.py`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::run;
use crate::{paths, python};

/// Every package that the script needs, with the digests of its files.
const REQUIREMENTS: &str = include_str!("contract/requirements.txt");

/// Seconds after which schemathesis hangs, for each of the people it asks as.
const BUDGET_S: u32 = 1200;

/// Builds the program and holds it against its document.
pub(crate) fn check(onnxruntime: &Path) -> Result<()> {
    let python = python::environment("contract", REQUIREMENTS, "schemathesis, openapi_python_client")?
        .join("bin/python");
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
