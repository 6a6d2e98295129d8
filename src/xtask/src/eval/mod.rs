//! `cargo xtask eval`: `podlinnik eval` over the labelled validation media, and one summary against the targets.

mod data;
mod degrade;
mod originals;
mod summary;
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::arguments::Arguments;
use crate::command::{output, run as say_and_run};
use crate::eval::data::{Data, SETS, Set};
use crate::{install, onnxruntime, paths};

/// The command line of `eval`.
#[derive(Debug)]
pub(crate) struct Options {
    data: Option<PathBuf>,
    sets: Vec<String>,
    limit: Option<usize>,
    jobs: usize,
    write: Option<PathBuf>,
    contact_sheet: bool,
    any_build: bool,
    others: Vec<String>,
    /// Originals are to be found, instead of manipulations.
    originals: bool,
    /// Further genuine clips for that.
    more: Option<PathBuf>,
    /// The same clips with other lips, by name (`models/train/tracing/lips.py`).
    edited: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let limit = arguments.number("--limit", 0)?;
        let options = Self {
            data: arguments.value("--data")?.map(PathBuf::from),
            sets: repeated(&mut arguments, "--set")?,
            limit: (limit > 0).then_some(limit),
            jobs: arguments.number("--jobs", processors)?.max(1),
            write: arguments.value("--write")?.map(PathBuf::from),
            contact_sheet: arguments.flag("--contact-sheet"),
            any_build: arguments.flag("--any-build"),
            others: repeated(&mut arguments, "--other")?,
            originals: arguments.flag("--originals"),
            more: arguments.value("--more")?.map(PathBuf::from),
            edited: arguments.value("--edited")?.map(PathBuf::from),
        };
        arguments.finish()?;
        Ok(options)
    }

    /// The sets that were asked for; all of them if none was.
    fn chosen(&self) -> Result<Vec<&'static Set>> {
        if let Some(unknown) = self.sets.iter().find(|name| SETS.iter().all(|set| set.name != name.as_str()))
        {
            let names: Vec<_> = SETS.iter().map(|set| set.name).collect();
            bail!("there is no set `{unknown}`; there are {}", names.join(", "));
        }
        let chosen = |set: &&Set| self.sets.is_empty() || self.sets.iter().any(|name| name == set.name);
        Ok(SETS.iter().filter(chosen).collect())
    }
}

fn repeated(arguments: &mut Arguments, name: &str) -> Result<Vec<String>> {
    std::iter::from_fn(|| arguments.value(name).transpose()).collect()
}

/// Unpacks, builds, evaluates each set, summarises. What is there already is not done again.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let here = std::env::current_dir()?;
    let repository = paths::repository()?;
    let sets = options.chosen()?;
    let folder = options.data.as_ref().map(|folder| here.join(folder));
    let data = Data::open(folder, &repository)?;
    let write = options.write.as_ref().map(|path| here.join(path));
    std::env::set_current_dir(&repository)?;
    install::ensure(&[install::BUILD, &[install::FFMPEG]].concat())?;
    let runtime = onnxruntime::ensure()?;
    let cache = paths::cache()?.join("eval");
    let build = ["build", "--release", "--locked", "--package", "podlinnik"];
    say_and_run(Command::new(paths::cargo()).args(build))?;
    let evaluator = Evaluator {
        program: paths::target()?.join("release/podlinnik"),
        models: repository.join("models"),
        runtime,
        out: paths::target()?.join("eval"),
        today: output(Command::new("date").args(["-u", "+%F"]))?.trim().to_owned(),
        options,
    };
    if options.originals {
        let text = originals::run(&evaluator, &data, &cache, options)?;
        if let Some(path) = &write {
            fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut reports = Vec::new();
    for set in sets {
        println!("\n== {}: {}", set.name, set.what);
        let manifest = data.manifest(set, &cache)?;
        reports.push((set, evaluator.evaluate(set, &manifest)?));
    }
    let text = summary::summary(&reports, &evaluator.today, options.limit, &data.digest()?);
    let place = evaluator.out.join("EVALUATION.md");
    for path in std::iter::once(place).chain(write) {
        fs::write(&path, &text).with_context(|| format!("cannot write {}", path.display()))?;
        println!("\nWritten to {}", path.display());
    }
    println!("\n{text}");
    Ok(ExitCode::SUCCESS)
}

/// The release build and how it is started.
#[derive(Debug)]
struct Evaluator<'a> {
    program: PathBuf,
    models: PathBuf,
    runtime: PathBuf,
    out: PathBuf,
    today: String,
    options: &'a Options,
}

impl Evaluator<'_> {
    fn evaluate(&self, set: &Set, manifest: &Path) -> Result<Value> {
        let out = self.out.join(set.name);
        let mut command = Command::new(&self.program);
        command.arg("eval").arg(manifest).arg("--out").arg(&out).args(["--name", set.name]);
        command.args(["--date", &self.today, "--jobs", &self.options.jobs.to_string()]);
        command.arg("--models").arg(&self.models).arg("--onnxruntime").arg(&self.runtime);
        command.args(set.face_crop.then_some("--face-crop"));
        command.args(self.options.contact_sheet.then_some("--contact-sheet"));
        command.args(self.options.any_build.then_some("--any-build"));
        if let Some(limit) = self.options.limit {
            command.args(["--limit", &limit.to_string()]);
        }
        for other in &self.options.others {
            command.args(["--other", other]);
        }
        say_and_run(&mut command)?;
        let report = out.join("report.json");
        let text =
            fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
        serde_json::from_str(&text).with_context(|| format!("cannot understand {}", report.display()))
    }
}
