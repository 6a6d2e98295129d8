//! `cargo xtask bench --originals`: how fast originals are taken in and looked up, beside a scan and beside faiss, in one run.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::clips::Clip;
use super::measure::{Cost, measure};
use super::{Options, Programs};
use crate::command::{output, run as say_and_run, succeeds};
use crate::paths;

/// Hashes that are looked up among.
const HASHES: &str = "10000000";
const QUERIES: &str = "500";
/// Limits of the issue: p99 on one core, memory, speed of taking in.
const LOOKUP_MS: f64 = 20.0;
const LOOKUP_MB: f64 = 600.0;
const TIMES_REAL: f64 = 20.0;
/// Hours of a large archive, and how long a trace in it may take.
const HOURS: &str = "100";
const TRACE_S: f64 = 10.0;
const FAISS: &str = "faiss-cpu==1.15.1";

/// Measures and writes the report.
pub(super) fn run(options: &Options, programs: &Programs, clips: &[Clip], folder: &Path) -> Result<String> {
    for (package, example) in [("podlinnik-similarity", "lookup"), ("podlinnik-pipeline", "fill_archive")] {
        let build = ["build", "--release", "--locked", "--package", package, "--example", example];
        say_and_run(Command::new(paths::cargo()).args(build))?;
    }
    let mut report = head()?;
    report += &taking_in(options, programs, clips, folder)?;
    report += &large(options, programs, clips, folder)?;
    report += &lookup(programs, folder)?;
    Ok(report)
}

fn head() -> Result<String> {
    let say = |command: &mut Command| output(command).map(|text| text.trim().to_owned());
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    Ok(format!(
        "# Bench of originals\n\n{}, {} cores, commit {}, load average of the last minute {} (the bench itself included).\n\n`cargo xtask bench --originals`\n",
        say(Command::new("date").args(["-u", "+%F %R UTC"]))?,
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        say(Command::new("git").args(["rev-parse", "--short", "HEAD"]))?,
        load.split(' ').next().unwrap_or("?")
    ))
}

/// `podlinnik archive add` on clips, and `podlinnik trace` of an excerpt.
fn taking_in(options: &Options, programs: &Programs, clips: &[Clip], folder: &Path) -> Result<String> {
    let mut table = "\n## Taking originals in, tracing an excerpt\n\n| | wall s | processor s | peak MB | times real time | |\n|---|--:|--:|--:|--:|---|\n".to_owned();
    let data = folder.join("originals");
    for clip in clips.iter().filter(|clip| clip.seconds >= 60) {
        let mut costs = Vec::new();
        for _ in 0..options.runs {
            if data.exists() {
                fs::remove_dir_all(&data)?;
            }
            let mut add = Command::new(&programs.podlinnik);
            add.args(["archive", "add", "--vouched-by", "bench", "--data"]).arg(&data).arg(&clip.path);
            costs.push(measure(&mut add, None)?);
        }
        let cost = Cost::median(&costs).context("no run")?;
        let times = f64::from(clip.seconds) / cost.wall_s;
        let told = if clip.height < 1080 || clip.seconds < 600 { "" } else { met(times >= TIMES_REAL) };
        row(&mut table, &format!("`archive add`, {}", clip.name()), cost, Some(times), told);
    }
    let Some(longest) = clips.iter().max_by_key(|clip| (clip.seconds, clip.height)) else { return Ok(table) };
    let suspect = excerpt(longest, folder)?;
    let name = format!("`trace` of 20 s at 480p out of {}, start included", longest.name());
    row(&mut table, &name, trace(options, programs, &suspect, &data)?, None, "");
    Ok(table)
}

/// Twenty seconds of a clip, smaller and coarser.
fn excerpt(clip: &Clip, folder: &Path) -> Result<PathBuf> {
    let suspect = folder.join("suspect.mp4");
    let mut cut = Command::new("ffmpeg");
    cut.args(["-nostdin", "-v", "error", "-y", "-ss", "12", "-t", "20", "-i"]).arg(&clip.path);
    cut.args(["-vf", "scale=-2:480", "-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-c:a", "aac"]);
    output(cut.arg(&suspect))?;
    Ok(suspect)
}

fn trace(options: &Options, programs: &Programs, suspect: &Path, data: &Path) -> Result<Cost> {
    let mut costs = Vec::new();
    for _ in 0..options.runs {
        let mut trace = Command::new(&programs.podlinnik);
        trace.arg("trace").arg(suspect).arg("--json").arg("--data").arg(data);
        trace.env("PODLINNIK_ONNXRUNTIME", &programs.runtime);
        trace.arg("--models").arg(programs.repository.join("models"));
        costs.push(measure(&mut trace, None)?);
    }
    Cost::median(&costs).context("no run")
}

/// The same with a hundred hours beside it, made up: signatures as large as real ones that resemble nothing.
fn large(options: &Options, programs: &Programs, clips: &[Clip], folder: &Path) -> Result<String> {
    let data = folder.join("originals");
    let (Some(longest), true) = (clips.iter().max_by_key(|clip| (clip.seconds, clip.height)), data.exists())
    else {
        return Ok(String::new());
    };
    let example = paths::target()?.join("release/examples/fill_archive");
    let told = output(Command::new(example).arg(&data).arg(HOURS))?;
    let told: Value = serde_json::from_str(told.lines().last().unwrap_or_default()).context("no numbers")?;
    let number = |key: &str| told.get(key).and_then(Value::as_f64).unwrap_or(f64::NAN);
    let mut table = format!(
        "\n## An archive of {HOURS} hours more, made up\n\n{:.0} originals with {:.0} hashes: loaded in {:.1} s, {:.0} MB of index.\n\n| | wall s | processor s | peak MB | times real time | |\n|---|--:|--:|--:|--:|---|\n",
        number("originals"),
        number("hashes"),
        number("load_s"),
        number("index_bytes") / 1e6,
    );
    if let Some(shortest) = clips.iter().min_by_key(|clip| (clip.seconds, clip.height)) {
        let mut add = Command::new(&programs.podlinnik);
        add.args(["archive", "add", "--vouched-by", "bench", "--data"]).arg(&data).arg(&shortest.path);
        let cost = measure(&mut add, None)?;
        let times = f64::from(shortest.seconds) / cost.wall_s;
        row(&mut table, &format!("`archive add`, {}", shortest.name()), cost, Some(times), "");
    }
    let suspect = excerpt(longest, folder)?;
    let cost = trace(options, programs, &suspect, &data)?;
    let name = format!("`trace` of 20 s at 480p out of {}, start included", longest.name());
    row(&mut table, &name, cost, None, met(cost.wall_s <= TRACE_S));
    let cropped = folder.join("cropped.mp4");
    let mut crop = Command::new("ffmpeg");
    crop.args(["-nostdin", "-v", "error", "-y", "-i"]).arg(&suspect);
    crop.args(["-vf", "crop=iw*0.8:ih*0.8", "-c:v", "libx264", "-preset", "veryfast", "-c:a", "copy"]);
    output(crop.arg(&cropped))?;
    let cost = trace(options, programs, &cropped, &data)?;
    row(
        &mut table,
        "the same cropped by a fifth, which only corners find",
        cost,
        None,
        met(cost.wall_s <= TRACE_S),
    );
    Ok(table)
}

const fn met(good: bool) -> &'static str {
    if good { "met" } else { "**missed**" }
}

fn row(table: &mut String, name: &str, cost: Cost, times: Option<f64>, told: &str) {
    let times = times.map_or_else(String::new, |times| format!("{times:.1}"));
    // writing into a string cannot fail
    let _ = writeln!(
        table,
        "| {name} | {:.2} | {:.2} | {:.0} | {times} | {told} |",
        cost.wall_s, cost.cpu_s, cost.peak_mb
    );
}

/// Ten million hashes: our index, our scan, and faiss on the very same hashes and queries.
fn lookup(programs: &Programs, folder: &Path) -> Result<String> {
    let hashes = folder.join("lookup.bin");
    let example = paths::target()?.join("release/examples/lookup");
    let mut ours = Command::new(example);
    ours.args(["--hashes", HASHES, "--queries", QUERIES, "--write"]).arg(&hashes);
    let mut lines = output(&mut ours)?;
    if let Some(python) = &programs.python {
        faiss(python)?;
        let mut theirs = Command::new(python);
        theirs.arg(programs.repository.join("src/similarity/examples/lookup_faiss.py")).arg(&hashes);
        lines += &output(&mut theirs)?;
    }
    for path in [hashes.clone(), PathBuf::from(format!("{}.queries", hashes.display()))] {
        fs::remove_file(path)?;
    }
    let answers: Vec<Value> = lines
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let mut table = format!(
        "\n## Lookup among {HASHES} hashes of 256 bits, distance 31, one thread\n\n| | hashes | p50 ms | p99 ms | p99 ms of processor time | memory MB | p50 against our index |\n|---|--:|--:|--:|--:|--:|--:|\n"
    );
    let number = |answer: &Value, key: &str| answer.get(key).and_then(Value::as_f64);
    let shown = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.1}"));
    let first = answers.first().and_then(|answer| number(answer, "p50_ms"));
    for answer in &answers {
        let p50 = number(answer, "p50_ms");
        let memory = number(answer, "resident_mb").or_else(|| number(answer, "peak_mb"));
        let _ = writeln!(
            table,
            "| {} | {:.0} | {} | {} | {} | {} | {} |",
            answer.get("what").and_then(Value::as_str).unwrap_or("?"),
            number(answer, "hashes").unwrap_or(0.0),
            shown(p50),
            shown(number(answer, "p99_ms")),
            shown(number(answer, "p99_processor_ms")),
            shown(memory),
            p50.zip(first).map_or_else(String::new, |(p50, first)| format!("{:.1} ×", p50 / first)),
        );
    }
    let ours = answers.first().context("our index said nothing")?;
    let differ = answers.iter().find_map(|answer| number(answer, "answers_that_differ"));
    let p99 = number(ours, "p99_ms").context("no p99")?;
    let memory = number(ours, "resident_mb").context("no memory")?;
    let _ = writeln!(
        table,
        "\np99 {p99:.1} ms, limit {LOOKUP_MS} ms: {}. Memory {memory:.0} MB, limit {LOOKUP_MB:.0} MB: {}. Answers that differ from the scan's: {}.",
        met(p99 <= LOOKUP_MS),
        met(memory <= LOOKUP_MB),
        differ.map_or_else(|| "?".to_owned(), |count| format!("{count:.0}"))
    );
    Ok(table)
}

fn faiss(python: &Path) -> Result<()> {
    if succeeds(Command::new(python).args(["-c", "import faiss"])) {
        return Ok(());
    }
    say_and_run(Command::new(python).args(["-m", "pip", "install", "--quiet", FAISS]))
}
