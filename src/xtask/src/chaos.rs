//! `cargo xtask chaos`: an installation of several processes is broken again and again while media are handed in, judged and told, and counted
//! afterwards. See `chaos/chaos.py`.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::arguments::Arguments;
use crate::command::run;
use crate::postgres;
use crate::{install, paths};

/// The seed of the run that is part of `cargo xtask test`: every machine is broken in the same order.
const SEED: usize = 20_261_129;

/// The command line of `chaos`.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Submissions to an installation on PostgreSQL; none if 0.
    jobs: usize,
    /// Submissions to an installation on SQLite; none if 0.
    sqlite_jobs: usize,
    /// What decides about order and moments of the faults.
    seed: usize,
    /// The release build instead of the one that tests use.
    release: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { jobs: 300, sqlite_jobs: 100, seed: SEED, release: false }
    }
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let usual = Self::default();
        let options = Self {
            jobs: arguments.number("--jobs", usual.jobs)?,
            sqlite_jobs: arguments.number("--sqlite-jobs", usual.sqlite_jobs)?,
            seed: arguments.number("--seed", usual.seed)?,
            release: arguments.flag("--release"),
        };
        arguments.finish()?;
        Ok(options)
    }
}

/// Builds the program and breaks it.
pub(crate) fn check(onnxruntime: &Path, options: &Options) -> Result<()> {
    install::ensure(install::CHAOS)?;
    let mut build = Command::new(paths::cargo());
    build.args(["build", "--locked", "--package", "podlinnik"]);
    if options.release {
        build.arg("--release");
    }
    run(&mut build)?;
    let program = paths::target()?.join(if options.release { "release" } else { "debug" }).join("podlinnik");
    let here = paths::repository()?;
    let engines =
        [(options.jobs, postgres::programs()?.into_os_string()), (options.sqlite_jobs, "sqlite".into())];
    for (jobs, engine) in engines.into_iter().filter(|(jobs, _)| *jobs > 0) {
        let folder = tempfile::Builder::new().prefix("podlinnik-chaos-").tempdir()?;
        if postgres::is_root() {
            // The database's own user has to get through to its folder.
            run(Command::new("chmod").arg("755").arg(folder.path()))?;
        }
        run(Command::new("python3")
            .arg("-B")
            .arg(here.join("src/xtask/src/chaos/chaos.py"))
            .arg(&program)
            .arg(here.join("models"))
            .arg(here.join("fixtures/media/astronaut.mp4"))
            .args([jobs.to_string(), options.seed.to_string()])
            .arg(folder.path())
            .arg(engine)
            .env("PODLINNIK_ONNXRUNTIME", onnxruntime))?;
    }
    Ok(())
}
