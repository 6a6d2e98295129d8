//! What can be typed.

pub(crate) mod archive;
pub(crate) mod log;
pub(crate) mod moving;
pub(crate) mod people;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use podlinnik_domain::language::Language;

use crate::settings::{AnalysisFlags, LinkFlags, ServeFlags, StoreFlags};

/// Checks suspect images and videos for manipulation and serves the verification desk.
///
/// A machine finding is never a verdict: people decide.
#[derive(Debug, Parser)]
#[command(name = "podlinnik", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    everything was done; for `check`: every file was examined
  2    the command line, a setting or a name is wrong
  3    some file was refused, the others were examined; or `archive verify`, `blobs verify`, `log verify` or `verify` found something wrong
  4    an internal failure
  141  the reader of the output went away

Settings come from defaults, then the file given by --config, then PODLINNIK_* variables, then flags; \
`podlinnik config` prints the result.
Data goes to standard output, everything else to standard error.";

/// Flags that every command takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Settings file (TOML)
    #[arg(long, global = true, value_name = "FILE", env = "PODLINNIK_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Language of answers [default: English if the locale is, else Russian]
    #[arg(long, global = true, value_name = "LANGUAGE", env = "PODLINNIK_LANG", value_parser = language())]
    pub(crate) lang: Option<Language>,
    /// List of regions in place of ISO 3166-2:RU: a line each with code, Russian name, English name and hashtag, separated by tabulators
    #[arg(long, global = true, value_name = "FILE", env = "PODLINNIK_REGIONS")]
    pub(crate) regions: Option<PathBuf>,
    /// Form of log lines; RUST_LOG says which ones
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", env = "PODLINNIK_LOG_FORMAT")]
    pub(crate) log_format: LogFormat,
}

/// Form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Examine files and print what was found
    Check(Check),
    /// Look for the original that a file was made from, and tell what differs
    Trace(Trace),
    /// Print what a file is recognised by, for look-ups that do not send the file
    Signature(Signature),
    /// Measure how well the methods do on labelled media
    Eval(Eval),
    /// Measure how well originals are found, on suspects of known origin
    EvalTrace(EvalTrace),
    /// Run the service: API, and by default a worker in the same process
    Serve(Serve),
    /// Run a worker only, beside a service elsewhere
    Worker(Worker),
    /// Manage the archive of originals: genuine official footage
    #[command(subcommand)]
    Archive(archive::Archive),
    /// Look after the transparency log: what was approved, published and corrected
    #[command(subcommand)]
    Log(log::Log),
    /// Check a bundle of a verdict or a notice, offline
    Verify(log::Verify),
    /// Manage people
    #[command(subcommand)]
    User(people::User),
    /// Manage API keys (tokens)
    #[command(subcommand)]
    Token(people::Token),
    /// Manage organisations
    #[command(subcommand)]
    Organisation(people::Organisation),
    /// List the installed models with digests, licences and cards
    Models(Models),
    /// Examine again what a withdrawn model was asked about
    Recall(Recall),
    /// List what the retention rules let go, or remove it: previews of cases that ended long ago, which are made anew when somebody wants them
    Retention(Retention),
    /// Bring the database up to date; `serve` does so by itself unless told not to
    Migrate(moving::Migrate),
    /// Write all that the database holds, and the keys, into a folder
    Export(moving::Export),
    /// Read an export into an empty database and compare
    Import(moving::Import),
    /// Save database, keys and media into a folder while the service runs
    Backup(moving::Backup),
    /// Bring a backup back, into an empty installation
    Restore(moving::Restore),
    /// Look after originals and derivatives
    #[command(subcommand)]
    Blobs(moving::Blobs),
    /// Check that everything the service needs is there
    Doctor(Doctor),
    /// Print the effective settings
    Config(Config),
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Check {
    /// Files to examine; `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON object per file, one per line (podlinnik-report/1 or podlinnik-refusal/1)
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write a self-contained page; with several files, a folder to write pages into
    #[arg(long, value_name = "REPORT.html")]
    pub(crate) html: Option<PathBuf>,
    /// The images are already cropped faces: skip face detection
    #[arg(long)]
    pub(crate) face_crop: bool,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Trace {
    /// File to trace; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Print one JSON object (podlinnik-trace/1 or podlinnik-refusal/1)
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write a film of the suspect beside its original, in sync
    #[arg(long, value_name = "FILM.mp4")]
    pub(crate) film: Option<PathBuf>,
    /// Also write a picture of the most telling moment beside the original
    #[arg(long, value_name = "PICTURE.jpg")]
    pub(crate) picture: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
#[command(after_help = SIGNATURE)]
pub(crate) struct Signature {
    /// File to describe; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Write the signature itself, in binary
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print the signature in base64 and nothing else
    #[arg(long, conflicts_with = "json")]
    pub(crate) base64: bool,
    /// Print one JSON object (podlinnik-signature/1 or podlinnik-refusal/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

const SIGNATURE: &str = "\
A signature holds hashes of frames with their times, corners of some of them and a fingerprint of the sound. The media cannot be made from it.

Ask a service whether people decided on the file, without sending it:
  podlinnik signature CLIP.mp4 --out clip.pdls
  curl -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/octet-stream' \\
       --data-binary @clip.pdls https://HOST/api/v1/lookup/signature";

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// A tab-separated manifest (`file`, `label` real|fake; optional `group`, `source`, `profile`, …) or a folder with `real/` and `fake/`
    #[arg(value_name = "SET")]
    pub(crate) set: PathBuf,
    /// Folder for results.jsonl, report.json and report.html; a run that was stopped goes on where it was
    #[arg(long, value_name = "DIR", default_value = "evaluation")]
    pub(crate) out: PathBuf,
    /// Where the manifest's relative paths start [default: beside the manifest]
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Name of the set in the report [default: name of the manifest or folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The images are already cropped faces: skip face detection
    #[arg(long)]
    pub(crate) face_crop: bool,
    /// Files examined at a time [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// At most this many files, spread evenly over each class
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Another detector: a command that gets the file as its last argument and prints a number, higher = more fake; repeat it for several
    #[arg(long = "other", value_name = "NAME=COMMAND")]
    pub(crate) others: Vec<String>,
    /// What counts once: each file, or all files of a group with the same label
    #[arg(long, value_name = "UNIT", default_value = "file")]
    pub(crate) unit: EvalUnit,
    /// Bootstrap rounds for the intervals
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = rounds())]
    pub(crate) rounds: usize,
    /// Seed of the bootstrap
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Day to write into the report
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<String>,
    /// Also write mistakes.html with pictures of the worst mistakes; it shows people and must not be published
    #[arg(long)]
    pub(crate) contact_sheet: bool,
    /// Examine every file again
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Keep results of another build of the program, if models and calibrations are the same
    #[arg(long)]
    pub(crate) any_build: bool,
    /// Print the report (podlinnik-evaluation/2) instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

#[derive(Debug, Args)]
pub(crate) struct EvalTrace {
    /// A tab-separated manifest: file, change, original, from_s, until_s, mirror, picture, sound; paths are relative to it, originals are in the archive
    #[arg(value_name = "MANIFEST")]
    pub(crate) manifest: PathBuf,
    /// Folder for results.jsonl, report.json and report.md
    #[arg(long, value_name = "DIR", default_value = "evaluation")]
    pub(crate) out: PathBuf,
    /// Files traced at a time [default: 1]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Day to write into the report
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<String>,
    /// Print the report (podlinnik-trace-evaluation/1) instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

/// What counts once in an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalUnit {
    File,
    Group,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) serve: ServeFlags,
    /// Take submissions but leave the analysis to `podlinnik worker`
    #[arg(long)]
    pub(crate) no_worker: bool,
    /// Leave the database's schema as it is; the start fails if it is not the one of this version (see `podlinnik migrate`)
    #[arg(long, env = "PODLINNIK_NO_MIGRATE")]
    pub(crate) no_migrate: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Worker {
    /// Jobs at a time [default: 1]
    #[arg(long, value_name = "N", env = "PODLINNIK_WORKERS")]
    pub(crate) workers: Option<usize>,
    /// Leave the database's schema as it is; the start fails if it is not the one of this version (see `podlinnik migrate`)
    #[arg(long, env = "PODLINNIK_NO_MIGRATE")]
    pub(crate) no_migrate: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Models {
    /// Print one JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the card of one model
    #[arg(long, value_name = "ID", conflicts_with = "json")]
    pub(crate) card: Option<String>,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Recall {
    /// SHA-256 of the weights (`model_sha256` in a report), or the identifier of an installed model
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// Why; it stands in the history of every case
    #[arg(long, required_unless_present = "dry_run")]
    pub(crate) reason: Option<String>,
    /// List the cases and queue nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Print one JSON object per case, one per line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Retention {
    /// Remove what is listed
    #[arg(long)]
    pub(crate) apply: bool,
    /// Days after the end of a case for which previews are kept [default: for ever]
    #[arg(long, value_name = "DAYS", env = "PODLINNIK_DERIVED_DAYS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) derived_days: Option<u32>,
    /// Print one JSON object per file, one per line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) store: StoreFlags,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
    #[command(flatten)]
    pub(crate) links: LinkFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(flatten)]
    pub(crate) serve: ServeFlags,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
    #[command(flatten)]
    pub(crate) analysis: AnalysisFlags,
}

fn language() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.iter().map(|value| value.code()))
        .try_map(|text| text.parse::<Language>())
}

/// Fewer rounds say nothing about a 95 % interval.
fn rounds() -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u32).range(100..=100_000).map(|rounds| rounds as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn arguments_are_put_together_soundly() {
        Arguments::command().debug_assert();
    }
}
