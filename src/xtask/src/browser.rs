//! `cargo xtask browser`: Chromium plays the desk's day against the running program and looks at every page, then a bad day. See `browser/day.mjs` and
//! `browser/trouble.mjs`; with `--large` instead what is large, see `browser/large.mjs`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::arguments::Arguments;
use crate::command::run;
use crate::{install, paths};

/// What the scripts need, with the digests of every package.
const MANIFEST: &str = include_str!("browser/package.json");
const LOCK: &str = include_str!("browser/package-lock.json");

/// The command line of `browser`.
#[derive(Debug, Default)]
pub(crate) struct Options {
    /// Where pictures of every page go.
    pictures: Option<PathBuf>,
    /// Measure a large file and a large board instead.
    large: bool,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let pictures = arguments.value("--pictures")?.map(PathBuf::from);
        let options = Self { pictures, large: arguments.flag("--large") };
        arguments.finish()?;
        Ok(options)
    }
}

/// Builds the program and plays.
pub(crate) fn check(onnxruntime: &Path, options: &Options) -> Result<()> {
    let modules = modules()?;
    run(Command::new(paths::cargo()).args(["build", "--locked", "--package", "podlinnik"]))?;
    let program = paths::target()?.join("debug/podlinnik");
    let play = |journey: &str| -> Result<Command> {
        let here = paths::repository()?;
        let mut command = Command::new("node");
        command.arg(here.join("src/xtask/src/browser").join(journey)).arg(&program).arg(&here).arg(&modules);
        command.env("PODLINNIK_ONNXRUNTIME", onnxruntime);
        Ok(command)
    };
    if options.large {
        return run(&mut play("large.mjs")?);
    }
    let mut day = play("day.mjs")?;
    if let Some(pictures) = &options.pictures {
        std::fs::create_dir_all(pictures)?;
        day.env("PODLINNIK_PICTURES", pictures.canonicalize()?);
    }
    run(&mut day)?;
    run(&mut play("trouble.mjs")?)
}

/// A folder with exactly these packages, made when there is none.
fn modules() -> Result<PathBuf> {
    install::ensure(install::BROWSER)?;
    let digest = Sha256::digest([MANIFEST, LOCK].concat());
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let folder = paths::cache()?.join(format!("browser-{short}"));
    let done = folder.join("done");
    if done.is_file() {
        return Ok(folder.join("node_modules"));
    }
    println!("Fetching the packages of the browser tests into {}", folder.display());
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("package.json"), MANIFEST)?;
    std::fs::write(folder.join("package-lock.json"), LOCK)?;
    run(Command::new("npm").args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder))
        .context("cannot fetch the packages of the browser tests; is a package index within reach of npm?")?;
    std::fs::write(done, "")?;
    Ok(folder.join("node_modules"))
}
