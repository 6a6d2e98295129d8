//! `cargo xtask fuzz`: lets libFuzzer look for bytes that a target of `tests/fuzz` fails on, guided by coverage. Stable Rust: coverage is a matter of
//! LLVM's. Starts from the inputs that plain tests replay; what it finds beyond them stays in the target folder, with `--keep` the few that reach
//! something new come into the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::arguments::Arguments;
use crate::command::{output, run as say_and_run};
use crate::{install, paths};

/// Counters at every edge, and what is compared with what.
const COVERAGE: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Where the inputs lie that tests replay: a folder a target, each input in Base64, so that no tool trips over it.
const CORPUS: &str = "tests/fuzz/corpus";
/// Ending of an input in the repository.
const ENCODED: &str = ".b64";
/// Inputs that something was found by begin so, and are kept whatever else reaches the same.
const FOUND: &str = "found-";
/// Bytes of an input at most, and of one that is kept.
const LONGEST: usize = 8192;
const LONGEST_KEPT: usize = 2048;
/// Inputs of a target that are kept; of more, the longest, because they reach most.
const MOST_KEPT: usize = 120;
/// Seconds for one input, and MiB of the process.
const TIMEOUT_S: u32 = 10;
const MEMORY_MIB: u32 = 2048;

/// The command line of `fuzz`.
#[derive(Debug)]
pub(crate) struct Options {
    seconds: usize,
    keep: bool,
    targets: Vec<String>,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let (seconds, keep) = (arguments.number("--seconds", 600)?, arguments.flag("--keep"));
        Ok(Self { seconds, keep, targets: arguments.words()? })
    }
}

/// What became of one target.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    executions: u64,
    edges: u64,
    failed: bool,
}

/// Builds with coverage, runs one target after the other, fails if one of them failed.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let repository = paths::repository()?;
    std::env::set_current_dir(&repository)?;
    let known = folders(Path::new(CORPUS))?;
    if let Some(stranger) = options.targets.iter().find(|target| !known.contains(target)) {
        bail!("there is no target `{stranger}`; there are {}", known.join(", "));
    }
    let targets = if options.targets.is_empty() { &known } else { &options.targets };
    install::ensure(install::BUILD)?;
    let work = paths::target()?.join("fuzz");
    let program = build(&work)?;
    let mut rows = Vec::new();
    for target in targets {
        let outcome = fuzz(&program, &work, target, options.seconds)?;
        if options.keep {
            keep(&program, &work, target)?;
        }
        rows.push((target, outcome));
    }
    println!("\n{:<12} {:>12} {:>8}", "target", "executions", "edges");
    for (target, Outcome { executions, edges, failed }) in &rows {
        let word = if *failed { "FAILED" } else { "" };
        println!("{target:<12} {executions:>12} {edges:>8} {word}");
    }
    let failed = rows.iter().any(|(_, outcome)| outcome.failed);
    if failed {
        println!(
            "\nwhat they failed on lies in {}: mend it, then put it into {CORPUS}/TARGET in Base64 as `{FOUND}WHAT{ENCODED}`",
            work.join("found").display()
        );
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Names of the folders in a folder, sorted.
fn folders(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read `{}`", folder.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// The program, with coverage in everything but what runs while building: that is what `--target` is for.
fn build(work: &Path) -> Result<PathBuf> {
    let compiler = output(Command::new("rustc").arg("-vV"))?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc does not say for which machine it builds")?;
    let folder = work.join("build");
    println!("RUSTFLAGS=\"{COVERAGE}\"");
    say_and_run(
        Command::new(paths::cargo())
            .args([
                "build",
                "--profile",
                "fuzz",
                "--locked",
                "--package",
                "podlinnik-fuzz",
                "--features",
                "guided",
            ])
            .args(["--target", host])
            .env("RUSTFLAGS", COVERAGE)
            .env("CARGO_TARGET_DIR", &folder),
    )?;
    Ok(folder.join(host).join("fuzz/podlinnik-fuzz"))
}

/// The program on a target.
fn command(program: &Path, target: &str) -> Command {
    let mut command = Command::new(program);
    command.env("PODLINNIK_FUZZ_TARGET", target).args([
        format!("-timeout={TIMEOUT_S}"),
        format!("-rss_limit_mb={MEMORY_MIB}"),
        format!("-max_len={LONGEST}"),
        "-print_final_stats=1".to_owned(),
    ]);
    command
}

fn fuzz(program: &Path, work: &Path, target: &str, seconds: usize) -> Result<Outcome> {
    let (corpus, seeds, found) =
        (work.join("corpus").join(target), work.join("seeds").join(target), work.join("found"));
    for folder in [&corpus, &seeds, &found] {
        fs::create_dir_all(folder)?;
    }
    unpack(&Path::new(CORPUS).join(target), &seeds)?;
    let log_path = work.join(format!("{target}.log"));
    let log = fs::File::create(&log_path)?;
    println!("{target}: {seconds} s, {}", log_path.display());
    let status = command(program, target)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-artifact_prefix={}/{target}-", found.display()))
        .args([&corpus, &seeds])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .status()
        .context("cannot start the fuzzer")?;
    let said = String::from_utf8_lossy(&fs::read(&log_path)?).into_owned();
    let (executions, edges) = counted(&said);
    Ok(Outcome { executions, edges, failed: !status.success() })
}

/// Executions and edges, out of what libFuzzer says.
fn counted(said: &str) -> (u64, u64) {
    let number = |text: &str| text.split_whitespace().next().and_then(|word| word.parse().ok());
    let last = |name: &str| {
        said.lines().rev().find_map(|line| line.split_once(name).and_then(|(_, rest)| number(rest)))
    };
    let pulse = said.lines().rev().find_map(|line| {
        let (count, _) = line.strip_prefix('#')?.split_once(char::is_whitespace)?;
        count.parse().ok()
    });
    (last("stat::number_of_executed_units:").or(pulse).unwrap_or(0), last(" cov: ").unwrap_or(0))
}

/// Decodes the inputs of the repository.
fn unpack(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read `{}`", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(name) = name.strip_suffix(ENCODED) else { continue };
        let text: String = fs::read_to_string(&path)?.split_whitespace().collect();
        let bytes = STANDARD.decode(text).with_context(|| format!("`{}` is no Base64", path.display()))?;
        fs::write(to.join(name), bytes)?;
    }
    Ok(())
}

/// Puts the fewest inputs that reach all edges that were reached into the repository, in place of those there; at most [`MOST_KEPT`].
fn keep(program: &Path, work: &Path, target: &str) -> Result<()> {
    let (corpus, seeds) = (work.join("corpus").join(target), work.join("seeds").join(target));
    let fewest = work.join("fewest").join(target);
    drop(fs::remove_dir_all(&fewest));
    fs::create_dir_all(&fewest)?;
    let mut merge = command(program, target);
    merge.args(["-set_cover_merge=1", "-use_counters=0", "-use_cmp=0"]).args([&fewest, &seeds, &corpus]);
    let status = merge.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::null()).status()?;
    if !status.success() {
        bail!("the inputs of {target} cannot be put together: {status}");
    }
    let folder = Path::new(CORPUS).join(target);
    for entry in fs::read_dir(&folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with(FOUND) {
            fs::remove_file(entry.path())?;
        }
    }
    let mut inputs = Vec::new();
    for entry in fs::read_dir(&fewest)? {
        inputs.push(fs::read(entry?.path())?);
    }
    inputs.retain(|input| input.len() <= LONGEST_KEPT);
    inputs.sort_by_key(|input| std::cmp::Reverse(input.len()));
    inputs.truncate(MOST_KEPT);
    let size: usize = inputs.iter().map(Vec::len).sum();
    for input in &inputs {
        let digest = Sha256::digest(input);
        let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        fs::write(folder.join(format!("{name}{ENCODED}")), format!("{}\n", STANDARD.encode(input)))?;
    }
    println!("{target}: kept {} inputs, {size} bytes", inputs.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_counted() {
        let whole = "#10\tINITED cov: 456 ft: 731 corp: 9/801b exec/s: 0 rss: 58Mb\n\
            #128042\tDONE   cov: 661 ft: 1395 corp: 334/26Kb lim: 277 exec/s: 25608 rss: 59Mb\n\
            Done 128042 runs in 5 second(s)\nstat::number_of_executed_units: 128043\nstat::peak_rss_mb: 59\n";
        assert_eq!(counted(whole), (128_043, 661));
        let cut = "#10\tINITED cov: 456 ft: 731\n#64\tpulse  cov: 460 ft: 1\nthread panicked\n";
        assert_eq!(counted(cut), (64, 460));
        assert_eq!(counted(""), (0, 0));
    }

    #[test]
    fn inputs_come_out_as_they_went_in() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        [&from, &to].into_iter().for_each(|path| fs::create_dir(path).unwrap());
        fs::write(from.join("found-x.b64"), "AAEC\n/w==\n").unwrap();
        fs::write(from.join("README"), "not an input").unwrap();
        unpack(&from, &to).unwrap();
        assert_eq!(fs::read(to.join("found-x")).unwrap(), [0, 1, 2, 255]);
        assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
        fs::write(from.join("bad.b64"), "!").unwrap();
        assert!(unpack(&from, &to).is_err());
    }
}
