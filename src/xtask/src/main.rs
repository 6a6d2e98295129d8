//! The project's own commands, as `cargo xtask COMMAND`.
//!
//! - `run`: install what is missing, build, start the service, check one sample through the API
//! - `test`: install what the tests need, run every check, end with the counts
//! - `contract`: hold the API against its own document
//! - `browser`: play the desk's day in Chromium, look at every page, play a bad day
//! - `chaos`: break an installation again and again, count what became of the work
//! - `bench`: time, processor time and memory beside a full decode and beside a plain script
//! - `load`: requests a second with a million cases, on both engines, beside a constant
//! - `eval`: `podlinnik eval` over the labelled validation media, and one summary against the targets
//! - `fuzz`: look for bytes that break what parses them
//! - `package`: a Debian package
//! - `sbom`: what the program is made of
//! - `prepare`: re-create the checked-in `.sqlx` folders
//!
//! This crate compiles where no C library is installed: it is what installs them.
#![expect(clippy::print_stdout, reason = "a command-line program talks on stdout")]

mod arguments;
mod bench;
mod browser;
mod chaos;
mod checks;
mod command;
mod contract;
mod eval;
mod first_user;
mod fuzz;
mod http;
mod install;
mod load;
mod onnxruntime;
mod package;
mod paths;
mod postgres;
mod prepare;
mod python;
mod run;
mod s3;
mod sample;
mod sbom;

use std::process::ExitCode;

use crate::arguments::Arguments;

const USAGE: &str = "\
cargo xtask COMMAND

  run       install what is missing, build in release, start the service under ./data, check one sample
              --listen ADDRESS   default 127.0.0.1:8080
              --once             stop after the sample
  test      install what the tests need, run every check, end with the counts
  contract  play a story with a client generated from the API document, and ask for everything else (part of `test`)
  browser   play the desk's day in Chromium, hold every page against WCAG 2.2 and its limits; then a bad day (part of `test`)
              --pictures FOLDER  also save a picture of every page
              --large            measure a file of 2 GiB over a bad line and a board of 10,000 cases instead (minutes; not part of `test`)
  chaos     kill, stop, starve and mislead an installation of several processes while it works, and count what became of the work (part of `test`)
              --jobs N           submissions on PostgreSQL, default 300
              --sqlite-jobs N    submissions on SQLite, default 100
              --seed N           another order of faults
              --release          the release build
  bench     compare `podlinnik check` with a full decode and with a plain Python script
              --quick            10 s clips only
              --longest SECONDS  no longer clips than this, default 600
              --runs N           repetitions, default 3
              --no-script        leave the Python script out
              --originals        measure taking originals in and looking hashes up instead
              --write FILE       also write the report to FILE
  load      lookups, submissions and the board with a million cases, on both engines, beside a handler that answers a constant
              --cases N,N        sizes of the store, default 10000,1000000
              --seconds N        of each measurement, default 15
              --write FILE       also write the report to FILE
  eval      evaluate the release build on labelled media, write target/eval/EVALUATION.md; goes on where it was stopped
              --data FOLDER      labels.tsv and tar files, default $PODLINNIK_EVAL_DATA or ../shared/data
              --set NAME         only this set; repeat it for several
              --limit N          at most N files of each set
              --jobs N           files at a time, default all processors
              --other NAME=COMMAND  evaluate another detector beside ours
              --contact-sheet    also write mistakes.html (shows people)
              --any-build        keep results of another build with the same models
              --originals        measure instead how well originals are found
              --more FOLDER      … with further genuine clips, half of them outside the archive
              --write FILE       also write the summary to FILE
  fuzz      let libFuzzer look for bytes that a target of tests/fuzz fails on (plain tests replay what is known)
              TARGET…            only these, default all one after the other
              --seconds N        of each target, default 600
              --keep             put the fewest inputs that reach all that was reached into tests/fuzz/corpus
  package   make a Debian package with program, models, ONNX Runtime, systemd units, a Grafana dashboard and alert rules
              --out FOLDER       default .
              --program FILE     a release build that is there already
  sbom      list what the program is made of (CycloneDX)
              --write FILE       default stdout
  prepare   re-create the checked-in .sqlx folders
              --check            only compare, fail on a difference
";

fn main() -> ExitCode {
    match dispatch(Arguments::from_process()) {
        Ok(code) => code,
        Err(error) => {
            println!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command().as_deref() {
        Some("run") => run::run(&run::Options::parse(arguments)?),
        Some("test") => {
            arguments.finish()?;
            checks::run()
        }
        Some("contract") => {
            arguments.finish()?;
            install::ensure(install::BUILD)?;
            contract::check(&onnxruntime::ensure()?)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("browser") => {
            let options = browser::Options::parse(arguments)?;
            install::ensure(install::BUILD)?;
            browser::check(&onnxruntime::ensure()?, &options)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("chaos") => {
            let options = chaos::Options::parse(arguments)?;
            install::ensure(install::BUILD)?;
            chaos::check(&onnxruntime::ensure()?, &options)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("fuzz") => fuzz::run(&fuzz::Options::parse(arguments)?),
        Some("package") => {
            package::make(&package::Options::parse(arguments)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("sbom") => {
            sbom::run(&sbom::Options::parse(arguments)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("load") => {
            let options = load::Options::parse(arguments)?;
            install::ensure(install::BUILD)?;
            load::measure(&onnxruntime::ensure()?, &options)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("prepare") => {
            let check = arguments.flag("--check");
            arguments.finish()?;
            prepare::run(check)?;
            Ok(ExitCode::SUCCESS)
        }
        Some("bench") => bench::run(&bench::Options::parse(arguments)?),
        Some("eval") => eval::run(&eval::Options::parse(arguments)?),
        Some("help" | "--help" | "-h") => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        Some(other) => {
            println!("{USAGE}");
            anyhow::bail!("there is no command `{other}`")
        }
        None => {
            println!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}
