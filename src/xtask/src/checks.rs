//! `cargo xtask test`: every check, one after the other, whatever became of the one before, and the counts at the end.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::{run as say_and_run, succeeds, watch};
use crate::postgres::TemporaryServer;
use crate::s3::TemporaryS3;
use crate::{browser, chaos, contract, install, onnxruntime, paths, prepare};

/// How many of something passed, failed, were left out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    const FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// What has run so far.
#[derive(Debug, Default)]
struct Session {
    rows: Vec<(String, Counts, f64)>,
}

impl Session {
    /// Runs one check; its error is printed and counted, not passed on.
    fn check(&mut self, name: &str, check: impl FnOnce() -> Result<Counts>) {
        let start = Instant::now();
        println!("\n== {name}");
        let counts = check().unwrap_or_else(|error| {
            println!("{name}: {error:#}");
            Counts::FAILED
        });
        self.rows.push((name.to_owned(), counts, start.elapsed().as_secs_f64()));
    }

    /// Prints a line a check and the closing line; the closing line has a fixed form that machines read.
    fn close(self) -> ExitCode {
        let mut total = Counts::default();
        println!("\n== summary (a check without tests of its own counts as one)");
        for (name, counts, seconds) in &self.rows {
            let outcome = if counts.failed == 0 { "ok" } else { "FAILED" };
            let Counts { passed, failed, skipped } = counts;
            println!(
                "{name:<28} {outcome:<7} {passed:>5} passed {failed:>3} failed {skipped:>3} skipped {seconds:>7.1} s"
            );
            total.add(*counts);
        }
        println!("\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
        if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Installs, checks, counts.
pub(crate) fn run() -> Result<ExitCode> {
    std::env::set_current_dir(paths::repository()?)?;
    let needs: Vec<install::Need> =
        [install::BUILD, &[install::FFMPEG, install::POSTGRES, install::SMTP, install::TIME_STAMPS]].concat();
    install::ensure(&needs)?;
    let runtime = onnxruntime::ensure()?;
    let nextest = ensure_cargo_tools()?;

    let mut session = Session::default();
    session.check("formatting", || passes(cargo(&["fmt", "--all", "--check"])));
    session.check("clippy", || {
        passes(cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    });
    session.check("checked-in queries", || prepare::run(true).map(|()| Counts::PASSED));

    let mut server = None;
    session.check("temporary Postgres", || {
        server = Some(TemporaryServer::start()?);
        Ok(Counts::PASSED)
    });
    let mut environment: Vec<(&str, OsString)> = vec![
        ("PODLINNIK_ONNXRUNTIME", runtime.clone().into_os_string()),
        ("PODLINNIK_TEST_SMTP", "/usr/bin/python3".into()),
    ];
    if let Some(server) = &server {
        environment.push(("PODLINNIK_TEST_POSTGRES", server.url().into()));
    }
    let mut s3 = None;
    session.check("temporary S3 server", || {
        s3 = Some(TemporaryS3::start()?);
        Ok(Counts::PASSED)
    });
    if let Some(server) = &s3 {
        environment.push(("PODLINNIK_TEST_S3", server.url().into()));
    }
    if nextest {
        session.check("tests", || {
            let mut command = cargo(&["nextest", "run", "--workspace", "--locked", "--no-tests=fail"]);
            command.envs(environment.iter().cloned());
            tests(&mut command)
        });
        session.check("tests in documentation", || {
            let mut command = cargo(&["test", "--workspace", "--doc", "--locked", "--no-fail-fast"]);
            command.envs(environment.iter().cloned());
            tests(&mut command)
        });
    } else {
        session.check("tests", || {
            let mut command = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
            command.envs(environment.iter().cloned());
            tests(&mut command)
        });
    }
    drop(server);
    drop(s3);
    session.check("API against its document", || contract::check(&runtime).map(|()| Counts::PASSED));
    session.check("pages in Chromium", || {
        browser::check(&runtime, &browser::Options::default()).map(|()| Counts::PASSED)
    });
    session.check("a bad day of many processes", || {
        chaos::check(&runtime, &chaos::Options::default()).map(|()| Counts::PASSED)
    });
    Ok(session.close())
}

fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(paths::cargo());
    command.args(words);
    command
}

/// A check that is one thing and passes when its command does.
fn passes(mut command: Command) -> Result<Counts> {
    say_and_run(&mut command).map(|()| Counts::PASSED)
}

/// A check that runs tests and says how many.
fn tests(command: &mut Command) -> Result<Counts> {
    let watched = watch(command)?;
    let mut counts = count(&watched.lines);
    if !watched.success && counts.failed == 0 {
        // It did not compile, or the runner itself gave up.
        counts.failed = 1;
    }
    Ok(counts)
}

/// Reads the summaries of nextest ("Summary … 9 tests run: 8 passed (1 slow), 1 failed, 2 skipped") and of libtest
/// ("test result: ok. 3 passed; 0 failed; 1 ignored; …").
fn count(lines: &[String]) -> Counts {
    let mut counts = Counts::default();
    // What nextest shows of a failed test ends with libtest's own summary of that one test.
    let is_nextest = lines.iter().any(|line| line.trim().starts_with("Summary ["));
    for line in lines {
        let text = line.trim();
        let numbers = if let Some(rest) = text.strip_prefix("test result:") {
            if is_nextest {
                continue;
            }
            rest.split_once(". ").map_or(rest, |(_, numbers)| numbers)
        } else if text.starts_with("Summary [") {
            let Some((_, numbers)) = text.split_once(" run: ") else { continue };
            numbers
        } else {
            continue;
        };
        for part in without_brackets(numbers).split([',', ';']) {
            let Some((number, word)) = part.trim().split_once(' ') else { continue };
            let Ok(number) = number.parse::<u64>() else { continue };
            match word.trim() {
                "passed" => counts.passed += number,
                "failed" | "timed out" | "exec failed" => counts.failed += number,
                "skipped" | "ignored" => counts.skipped += number,
                _ => {}
            }
        }
    }
    counts
}

fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|character| {
            match character {
                '(' => depth += 1,
                ')' => {
                    depth = depth.saturating_sub(1);
                    return false;
                }
                _ => {}
            }
            depth == 0
        })
        .collect()
}

/// rustfmt and clippy are asked for; nextest is installed where it is missing. Gives whether nextest is there.
fn ensure_cargo_tools() -> Result<bool> {
    for (tool, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if succeeds(&mut cargo(&[tool, "--version"])) {
            continue;
        }
        println!("{component} is missing; adding it with rustup");
        if say_and_run(Command::new("rustup").args(["component", "add", component])).is_err() {
            bail!(
                "`cargo {tool}` is missing and rustup could not add it: install the {component} that belongs to this Rust"
            );
        }
    }
    if succeeds(&mut cargo(&["nextest", "--version"])) {
        return Ok(true);
    }
    println!("cargo-nextest, the test runner, is missing; building it takes some minutes, once");
    if let Err(error) = say_and_run(&mut cargo(&["install", "cargo-nextest", "--locked"])) {
        println!("warning: {error:#}; the tests run with `cargo test` instead");
        return Ok(false);
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::{Counts, count};

    fn counts(text: &str) -> Counts {
        count(&text.lines().map(ToOwned::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_nextest() {
        let text = "────────\n     Summary [  12.345s] 12/15 tests run: 8 passed (1 slow, 1 leaky), 3 failed (1 due to x), 1 timed out, 2 skipped\n";
        assert_eq!(counts(text), Counts { passed: 8, failed: 4, skipped: 2 });
        let one = "     Summary [   0.005s] 1 test run: 1 passed, 0 skipped";
        assert_eq!(counts(one), Counts { passed: 1, failed: 0, skipped: 0 });
    }

    #[test]
    fn a_failed_test_counts_once() {
        let text = "        FAIL [   1.2s] a::b\n  stdout ───\n\n    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out\n\n     \
                    Summary [   2.0s] 10 tests run: 9 passed, 1 failed, 0 skipped\n        FAIL [   1.2s] a::b\n    test result: FAILED. 0 passed; 1 failed";
        assert_eq!(counts(text), Counts { passed: 9, failed: 1, skipped: 0 });
    }

    #[test]
    fn adds_up_libtest() {
        let text = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\
                    test result: FAILED. 2 passed; 5 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(counts(text), Counts { passed: 5, failed: 5, skipped: 1 });
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(counts("    PASS [ 0.1s] a::b 5 passed, 3 failed\nnothing"), Counts::default());
    }
}
