//! `cargo xtask load`: lookups, submissions and the board with a million cases stored, on both engines and beside a handler that answers a constant. See
//! `load/load.py`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::arguments::Arguments;
use crate::command::{output, run};
use crate::{install, paths, postgres};

/// The command line of `load`.
#[derive(Debug)]
pub(crate) struct Options {
    /// Sizes of the store, with commas between.
    cases: String,
    /// Of each measurement.
    seconds: usize,
    /// Where the report goes besides stdout.
    write: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let options = Self {
            cases: arguments.value("--cases")?.unwrap_or_else(|| "10000,1000000".to_owned()),
            seconds: arguments.number("--seconds", 15)?,
            write: arguments.value("--write")?.map(PathBuf::from),
        };
        arguments.finish()?;
        Ok(options)
    }
}

/// Builds, measures, reports.
pub(crate) fn measure(onnxruntime: &Path, options: &Options) -> Result<()> {
    install::ensure(install::LOAD)?;
    // In one go: alone, the floor would have most of the libraries built again with fewer features.
    let packages = ["--package", "podlinnik", "--package", "podlinnik-web"];
    let programs = ["--bin", "podlinnik", "--example", "floor"];
    run(Command::new(paths::cargo()).args(["build", "--release", "--locked"]).args(packages).args(programs))?;
    let (here, release) = (paths::repository()?, paths::target()?.join("release"));
    let folder = tempfile::Builder::new().prefix("podlinnik-load-").tempdir()?;
    if postgres::is_root() {
        run(Command::new("chmod").arg("755").arg(folder.path()))?;
    }
    let say = |command: &mut Command| output(command).map(|text| text.trim().to_owned());
    let mut report = format!(
        "# Load\n\n{}, {} cores, commit {}. `cargo xtask load --cases {} --seconds {}`\n\n",
        say(Command::new("date").args(["-u", "+%F %R UTC"]))?,
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        say(Command::new("git").args(["rev-parse", "--short", "HEAD"]))?,
        options.cases,
        options.seconds,
    );
    report += "Everything shares the machine: what asks (wrk, one thread, eight connections unless said), what answers, and PostgreSQL. *The floor* is the same framework with a handler that \
               answers a constant, measured before and after each line. A lookup is that of a partner by digest, each time another item out of all; a first lookup also notes \
               that the partner has read the verdict and will be told when it holds no more. Copies of cases were made inside the database (the newest twentieth waits, what came before has a published notice) and carry no history.\n\n";
    let table = output(
        Command::new("python3")
            .arg("-B")
            .arg(here.join("src/xtask/src/load/load.py"))
            .arg(release.join("podlinnik"))
            .arg(here.join("models"))
            .arg(here.join("fixtures/media/astronaut.jpg"))
            .arg(release.join("examples/floor"))
            .arg(folder.path())
            .arg(postgres::programs()?)
            .args([options.cases.clone(), options.seconds.to_string()])
            .env("PODLINNIK_ONNXRUNTIME", onnxruntime),
    )?;
    let _ = writeln!(report, "{}", table.trim_end());
    println!("{report}");
    if let Some(file) = &options.write {
        fs::write(file, report).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
