//! The report in Markdown: numbers, ratios, targets.

use std::fmt::Write as _;
use std::process::Command;

use anyhow::Result;

use super::clips::Clip;
use super::measure::Cost;
use crate::command::output;

/// One clip's medians.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) clip: Clip,
    pub(crate) podlinnik: Cost,
    pub(crate) decode: Cost,
    pub(crate) script: Option<Cost>,
}

/// Medians over photographs, models loaded.
#[derive(Debug)]
pub(crate) struct Photographs {
    /// The report's `timing_ms.total` of every file but the first of a process.
    pub(crate) total_ms: f64,
    /// The same of the first file.
    pub(crate) first_ms: f64,
    /// The report's `timing_ms.decode`.
    pub(crate) own_decode_ms: Option<f64>,
    /// OpenCV's `imdecode` (libjpeg-turbo) of the same bytes, in a process that is already running.
    pub(crate) plain_decode_ms: Option<f64>,
}

/// All that was measured.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) rows: Vec<Row>,
    pub(crate) photographs: Option<Photographs>,
    pub(crate) runs: usize,
}

/// A promise and what came of it.
struct Target {
    what: String,
    measured: f64,
    unit: &'static str,
    limit: f64,
    at_most: bool,
}

/// The whole report.
pub(crate) fn report(results: &Results) -> Result<String> {
    let mut text = String::from("# Bench\n\n");
    text += &machine()?;
    write!(
        text,
        "\nMedians of {} interleaved runs. *Full decode* is `ffmpeg -i CLIP -f null -`; *script* is `src/xtask/bench/open_tool.py`: the \
         same models on every frame, OpenCV decoding. Memory is the resident set of the whole process tree.\n\n",
        results.runs
    )?;
    text +=
        "| clip | tool | wall s | processor s | peak MB | wall / full decode |\n|---|---|--:|--:|--:|--:|\n";
    for row in &results.rows {
        let mut line = |tool: &str, cost: Option<Cost>| {
            let name = row.clip.name();
            match cost {
                Some(cost) => writeln!(
                    text,
                    "| {name} | {tool} | {:.2} | {:.2} | {:.0} | {:.2} |",
                    cost.wall_s,
                    cost.cpu_s,
                    cost.peak_mb,
                    cost.wall_s / row.decode.wall_s
                ),
                None => writeln!(text, "| {name} | {tool} | not run | | | |"),
            }
        };
        line("`podlinnik check`", Some(row.podlinnik))?;
        line("full decode", Some(row.decode))?;
        line("script", row.script)?;
    }
    if let Some(photographs) = &results.photographs {
        text += &photographs_table(photographs)?;
    }
    text += "\n| target | measured | limit | |\n|---|--:|--:|---|\n";
    let targets = targets(results);
    for target in &targets {
        let met =
            if target.at_most { target.measured <= target.limit } else { target.measured >= target.limit };
        writeln!(
            text,
            "| {} | {:.2}{} | {} {}{} | {} |",
            target.what,
            target.measured,
            target.unit,
            if target.at_most { "≤" } else { "≥" },
            target.limit,
            target.unit,
            if met { "met" } else { "**missed**" }
        )?;
    }
    if targets.is_empty() {
        text += "| none of the targets is about what was measured here | | | |\n";
    }
    Ok(text.trim_end().to_owned())
}

fn photographs_table(photographs: &Photographs) -> Result<String> {
    let mut text = String::from("\n| photograph of 12 megapixels, models loaded | ms |\n|---|--:|\n");
    writeln!(
        text,
        "| whole examination (`timing_ms.total`, second file of a process on) | {:.0} |",
        photographs.total_ms
    )?;
    writeln!(text, "| the same for the first file | {:.0} |", photographs.first_ms)?;
    if let Some(decode) = photographs.own_decode_ms {
        writeln!(
            text,
            "| our own decode stage, sandboxed child included; the search for faces runs beside it (`timing_ms.decode`) | {decode:.0} |"
        )?;
    }
    if let Some(decode) = photographs.plain_decode_ms {
        writeln!(
            text,
            "| plain decode of the same bytes (OpenCV, libjpeg-turbo, in a running process) | {decode:.0} |"
        )?;
    }
    Ok(text)
}

fn targets(results: &Results) -> Vec<Target> {
    let mut targets = Vec::new();
    let mut add = |what: &str, measured: f64, unit: &'static str, limit: f64, at_most: bool| {
        targets.push(Target { what: what.to_owned(), measured, unit, limit, at_most });
    };
    let row = |seconds: u32, height: u32| {
        results.rows.iter().find(|row| (row.clip.seconds, row.clip.height) == (seconds, height))
    };
    if let Some(minute) = row(60, 1080) {
        let wall = minute.podlinnik.wall_s;
        add("60 s at 1080p, against its full decode", wall / minute.decode.wall_s, " ×", 1.5, true);
        if let Some(script) = minute.script {
            add("60 s at 1080p, faster than the script", script.wall_s / wall, " ×", 4.0, false);
        }
        add("60 s at 1080p, peak memory", minute.podlinnik.peak_mb, " MB", 700.0, true);
    }
    for height in [480, 1080] {
        if let (Some(minute), Some(long)) = (row(60, height), row(600, height)) {
            let ratio = long.podlinnik.wall_s / minute.podlinnik.wall_s;
            add(&format!("600 s against 60 s, {height}p"), ratio, " ×", 4.0, true);
        }
    }
    if let Some(photographs) = &results.photographs
        && let Some(plain) = photographs.plain_decode_ms
    {
        add("photograph against its plain decode", photographs.total_ms / plain, " ×", 4.0, true);
    }
    targets
}

/// Date, processor, what else the machine was doing, versions.
fn machine() -> Result<String> {
    let date = output(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]))?;
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("unknown");
    let ffmpeg = output(Command::new("ffmpeg").arg("-version"))?;
    let ffmpeg = ffmpeg.split_whitespace().nth(2).unwrap_or("unknown").to_owned();
    let commit = output(Command::new("git").args(["rev-parse", "--short", "HEAD"])).unwrap_or_default();
    Ok(format!(
        "{}, {cores} cores of {model}, FFmpeg {ffmpeg}, commit {}, load average of the last minute {load} (the bench itself included).\n",
        date.trim(),
        commit.trim()
    ))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Clip, Cost, Results, Row, targets};

    #[test]
    fn targets_say_whether_they_are_met() {
        let cost = |wall_s| Cost { wall_s, cpu_s: wall_s, peak_mb: 800.0 };
        let row = |seconds, ours| Row {
            clip: Clip { seconds, height: 1080, path: PathBuf::new() },
            podlinnik: cost(ours),
            decode: cost(10.0),
            script: Some(cost(50.0)),
        };
        let results = Results { rows: vec![row(60, 5.0), row(600, 25.0)], photographs: None, runs: 1 };
        let ratios: Vec<f64> = targets(&results).iter().map(|target| target.measured).collect();
        assert_eq!(ratios, [0.5, 10.0, 800.0, 5.0]);
    }
}
