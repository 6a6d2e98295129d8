//! What a program costs: wall time, processor time and peak memory of it and of everything it starts.
//!
//! - wall: from the start to the end, seen every 2 ms
//! - processor time: user and system time of the process and of the children it waited for, read from `/proc` after its end and
//!   before it is reaped, in the kernel's ticks (10 ms)
//! - memory: resident sets of the whole process tree added up, sampled every 20 ms; pages that two processes share count twice, so
//!   this is never too low for a program that splits itself. A peak shorter than a sample is caught for each process alone (`VmHWM`).

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::command::{line, output};

/// The cost of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall_s: f64,
    pub(crate) cpu_s: f64,
    pub(crate) peak_mb: f64,
}

impl Cost {
    /// The median of each number by itself.
    pub(crate) fn median(costs: &[Self]) -> Option<Self> {
        let of = |number: fn(&Self) -> f64| median(&costs.iter().map(number).collect::<Vec<_>>());
        Some(Self { wall_s: of(|c| c.wall_s)?, cpu_s: of(|c| c.cpu_s)?, peak_mb: of(|c| c.peak_mb)? })
    }
}

/// The median; of an even number the mean of the middle two.
pub(crate) fn median(numbers: &[f64]) -> Option<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2).copied()?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = sorted.get(sorted.len() / 2 - 1).copied()?;
    Some(f64::midpoint(lower, upper))
}

/// Runs it with stdout in `stdout`, or nowhere.
pub(crate) fn measure(command: &mut Command, stdout: Option<&Path>) -> Result<Cost> {
    let text = line(command);
    let ticks: f64 =
        output(Command::new("getconf").arg("CLK_TCK"))?.trim().parse().context("getconf CLK_TCK")?;
    let sink = match stdout {
        Some(path) => Stdio::from(File::create(path)?),
        None => Stdio::null(),
    };
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(sink)
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start `{text}`"))?;
    let id = child.id();
    let mut peak_kb = 0_u64;
    let mut next_sample = start;
    let cpu_ticks = loop {
        let stat = Stat::read(id).with_context(|| format!("lost sight of `{text}`"))?;
        if stat.ended {
            break stat.ticks;
        }
        if Instant::now() >= next_sample {
            let (together, alone) = tree_kb(id);
            peak_kb = peak_kb.max(together).max(alone);
            next_sample = Instant::now() + Duration::from_millis(20);
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let wall_s = start.elapsed().as_secs_f64();
    let status = child.wait()?;
    if !status.success() {
        bail!("`{text}` failed: {status}");
    }
    Ok(Cost { wall_s, cpu_s: cpu_ticks as f64 / ticks, peak_mb: peak_kb as f64 * 1024.0 / 1e6 })
}

/// The part of `/proc/PID/stat` that matters here.
struct Stat {
    ended: bool,
    ticks: u64,
}

impl Stat {
    fn read(id: u32) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// Fields after the name in brackets: state is the first, user, system, children's user and children's system time are the
    /// 12th to the 15th (proc_pid_stat(5), numbers 3 and 14 to 17).
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<u64>().unwrap_or(0)).sum();
        Some(Self { ended: matches!(*fields.first()?, "Z" | "X"), ticks })
    }
}

/// Resident memory of the process and all below it added up, and the greatest peak that one of them had by itself.
fn tree_kb(root: u32) -> (u64, u64) {
    let mut open = vec![root];
    let (mut together, mut alone) = (0, 0);
    while let Some(id) = open.pop() {
        if let Ok(status) = std::fs::read_to_string(format!("/proc/{id}/status")) {
            together += field_kb(&status, "VmRSS:");
            alone = alone.max(field_kb(&status, "VmHWM:"));
        }
        for task in std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
            let children = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
            open.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    (together, alone)
}

fn field_kb(status: &str, name: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Stat, measure, median};

    #[test]
    fn the_middle_is_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = "42 (a) b (c)) Z 1 1 1 0 -1 4194304 1 2 3 4 10 20 30 40 20 0 1 0";
        let stat = Stat::parse(text).unwrap();
        assert!(stat.ended);
        assert_eq!(stat.ticks, 100);
    }

    #[test]
    fn sees_the_time_and_the_memory_of_a_grandchild() {
        // `tail` keeps all 60 MB until the reader behind it wakes up.
        let script = "bash -c 'head -c 60000000 /dev/urandom | tail -c 60000000 | (sleep 0.3; wc -c)'; true";
        let cost = measure(Command::new("bash").args(["-c", script]), None).unwrap();
        assert!(cost.peak_mb > 60.0, "{cost:?}");
        assert!(cost.wall_s >= 0.3 && cost.cpu_s > 0.0, "{cost:?}");
    }

    #[test]
    fn a_failing_program_is_an_error() {
        assert!(measure(&mut Command::new("false"), None).is_err());
    }
}
