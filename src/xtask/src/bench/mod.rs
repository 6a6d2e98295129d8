//! `cargo xtask bench`: `podlinnik check` beside a full decode and beside a plain Python script, in one run on the same clips.

mod clips;
mod measure;
mod originals;
mod script;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::arguments::Arguments;
use crate::bench::clips::Clip;
use crate::bench::measure::{Cost, measure, median};
use crate::bench::table::{Photographs, Results, Row};
use crate::command::run as say_and_run;
use crate::{install, onnxruntime, paths};

/// Longest clip that the script is run on: on every frame of ten minutes it takes too long to repeat.
const SCRIPT_UP_TO_S: u32 = 60;

/// The command line of `bench`.
#[derive(Debug)]
pub(crate) struct Options {
    quick: bool,
    longest: u32,
    runs: usize,
    script: bool,
    /// Taking originals in and looking them up, instead of `check`.
    originals: bool,
    write: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let options = Self {
            quick: arguments.flag("--quick"),
            longest: u32::try_from(arguments.number("--longest", 600)?).unwrap_or(u32::MAX),
            script: !arguments.flag("--no-script"),
            originals: arguments.flag("--originals"),
            runs: arguments.number("--runs", 3)?.max(1),
            write: arguments.value("--write")?.map(PathBuf::from),
        };
        arguments.finish()?;
        Ok(options)
    }
}

/// Makes what is missing, measures, prints.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let repository = paths::repository()?;
    let write =
        options.write.as_ref().map(|path| std::env::current_dir().map(|here| here.join(path))).transpose()?;
    std::env::set_current_dir(&repository)?;
    install::ensure(&[install::BUILD, &[install::FFMPEG]].concat())?;
    let runtime = onnxruntime::ensure()?;
    let folder = paths::cache()?.join("bench");
    let python = if options.script { Some(script::ensure(&folder)?) } else { None };

    let portrait = repository.join("fixtures/media/astronaut.jpg");
    let longest = if options.quick { 10 } else { options.longest };
    let lengths: Vec<u32> = [10, 60, 600].into_iter().filter(|seconds| *seconds <= longest).collect();
    let clips = clips::clips(&portrait, &folder, &lengths)?;
    let photographs =
        if options.quick || options.originals { Vec::new() } else { clips::photographs(&portrait, &folder)? };
    say_and_run(Command::new(paths::cargo()).args([
        "build",
        "--release",
        "--locked",
        "--package",
        "podlinnik",
    ]))?;
    let programs =
        Programs { podlinnik: paths::target()?.join("release/podlinnik"), runtime, python, repository };

    if options.originals {
        let report = originals::run(options, &programs, &clips, &folder)?;
        return tell(&report, write.as_deref());
    }
    let mut results =
        Results { rows: clip_rows(options, &programs, &clips)?, photographs: None, runs: options.runs };
    if !photographs.is_empty() {
        results.photographs = Some(programs.photographs(&photographs, options.runs, &folder)?);
    }
    tell(&table::report(&results)?, write.as_deref())
}

fn tell(report: &str, write: Option<&Path>) -> Result<ExitCode> {
    println!("\n{report}");
    if let Some(path) = write {
        std::fs::write(path, format!("{}\n", report.trim_end()))
            .with_context(|| format!("cannot write {}", path.display()))?;
        println!("Written to {}", path.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// Every tool on every clip, in turns, so that whatever else the machine does hits all of them alike.
fn clip_rows(options: &Options, programs: &Programs, clips: &[Clip]) -> Result<Vec<Row>> {
    let mut costs: BTreeMap<(usize, Tool), Vec<Cost>> = BTreeMap::new();
    for round in 1..=options.runs {
        for (index, clip) in clips.iter().enumerate() {
            for tool in [Tool::Podlinnik, Tool::Decode, Tool::Script] {
                let Some(mut command) = programs.command(tool, clip) else { continue };
                // Ten minutes once is enough for the floor: it varies by a percent.
                if clip.seconds > SCRIPT_UP_TO_S && tool == Tool::Decode && round > 1 {
                    continue;
                }
                let cost = measure(&mut command, None)?;
                println!(
                    "round {round}/{}, {:<12} {:<12} {:>7.2} s wall {:>7.2} s processor {:>6.0} MB",
                    options.runs,
                    clip.name(),
                    tool.name(),
                    cost.wall_s,
                    cost.cpu_s,
                    cost.peak_mb
                );
                costs.entry((index, tool)).or_default().push(cost);
            }
        }
    }
    let of = |index: usize, tool: Tool| costs.get(&(index, tool)).and_then(|list| Cost::median(list));
    let rows = clips.iter().enumerate().filter_map(|(index, clip)| {
        Some(Row {
            clip: clip.clone(),
            podlinnik: of(index, Tool::Podlinnik)?,
            decode: of(index, Tool::Decode)?,
            script: of(index, Tool::Script),
        })
    });
    Ok(rows.collect())
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tool {
    Podlinnik,
    Decode,
    Script,
}

impl Tool {
    const fn name(self) -> &'static str {
        match self {
            Self::Podlinnik => "podlinnik",
            Self::Decode => "full decode",
            Self::Script => "script",
        }
    }
}

/// Where the programs are.
#[derive(Debug)]
struct Programs {
    podlinnik: PathBuf,
    runtime: PathBuf,
    python: Option<PathBuf>,
    repository: PathBuf,
}

impl Programs {
    fn podlinnik(&self) -> Command {
        let mut command = Command::new(&self.podlinnik);
        command.args(["check", "--json"]).env("PODLINNIK_ONNXRUNTIME", &self.runtime);
        command
    }

    fn script(&self) -> Option<Command> {
        let mut command = Command::new(self.python.as_ref()?);
        command.arg(self.repository.join("src/xtask/bench/open_tool.py")).arg(self.repository.join("models"));
        Some(command)
    }

    fn command(&self, tool: Tool, clip: &Clip) -> Option<Command> {
        Some(match tool {
            Tool::Podlinnik => {
                let mut command = self.podlinnik();
                command.arg(&clip.path);
                command
            }
            Tool::Decode => {
                let mut command = Command::new("ffmpeg");
                command.args(["-nostdin", "-hide_banner", "-i"]).arg(&clip.path).args(["-f", "null", "-"]);
                command
            }
            Tool::Script if clip.seconds > SCRIPT_UP_TO_S => return None,
            Tool::Script => {
                let mut command = self.script()?;
                command.arg("clip").arg(&clip.path);
                command
            }
        })
    }

    /// Photographs in one process: the first pays for loading the models, so it does not count.
    fn photographs(&self, paths: &[PathBuf], runs: usize, folder: &Path) -> Result<Photographs> {
        let (mut total, mut own_decode, mut plain, mut first) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let answers = folder.join("photographs.json");
        for _ in 0..runs {
            measure(self.podlinnik().args(paths), Some(&answers))?;
            for (index, line) in std::fs::read_to_string(&answers)?.lines().enumerate() {
                let report: Value = serde_json::from_str(line).context("podlinnik's answer is not JSON")?;
                let timing =
                    |key: &str| report.pointer("/timing_ms").and_then(|timings| timings.get(key)?.as_f64());
                let whole = timing("total").context("the report has no timing_ms.total")?;
                if index == 0 {
                    first.push(whole);
                    continue;
                }
                total.push(whole);
                own_decode.extend(timing("decode"));
            }
            if let Some(mut command) = self.script() {
                measure(command.arg("photographs").args(paths), Some(&answers))?;
                let decodes: Vec<f64> = serde_json::from_slice(&std::fs::read(&answers)?)?;
                plain.extend(decodes);
            }
        }
        Ok(Photographs {
            total_ms: median(&total).context("podlinnik examined no photograph")?,
            first_ms: median(&first).unwrap_or(f64::NAN),
            own_decode_ms: median(&own_decode),
            plain_decode_ms: median(&plain),
        })
    }
}
