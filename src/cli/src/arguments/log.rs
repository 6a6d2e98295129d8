//! What can be typed after `podlinnik log` and `podlinnik verify`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::settings::{StampingFlags, StoreFlags};

#[derive(Debug, Subcommand)]
pub(crate) enum Log {
    /// Print the verifier key that others check bundles and checkpoints with
    Key(LogKey),
    /// Sign the log as it is now and print the checkpoint
    Checkpoint(LogCheckpoint),
    /// Ask the time stamp authorities for stamps of the log as it is now
    Stamp(LogStamp),
    /// Compute the whole log anew from its entries
    Verify(LogVerify),
}

#[derive(Debug, Args)]
pub(crate) struct LogKey {
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct LogCheckpoint {
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct LogStamp {
    #[command(flatten)]
    pub(crate) stamping: StampingFlags,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct LogVerify {
    /// An earlier checkpoint of this log: the log has to go on from it
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) since: Option<PathBuf>,
    /// Print one JSON object (podlinnik-log-verification/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
#[command(after_help = VERIFY)]
pub(crate) struct Verify {
    /// The bundle (ZIP); `-` reads standard input
    #[arg(value_name = "BUNDLE")]
    pub(crate) bundle: PathBuf,
    /// The log's verifier key, or a file with it: `podlinnik log key` or /log/key of the service
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// An earlier checkpoint of the same log: the log has to go on from it
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) since: Option<PathBuf>,
    /// Certificates (PEM) that vouch for the authorities of time stamps; the stamps have to come from them
    #[arg(long, value_name = "FILE")]
    pub(crate) time_stamp_roots: Option<PathBuf>,
    /// Print one JSON object (podlinnik-bundle-verification/1)
    #[arg(long)]
    pub(crate) json: bool,
}

const VERIFY: &str = "\
Needs no network and no data folder. Without --key, the key in the bundle itself is used: that shows that the bundle is whole, but not who made it.
Time stamps are checked as they are; with --time-stamp-roots, also whether their authorities are those that you trust.

Exit codes:
  0    everything holds
  2    the command line is wrong, or a file cannot be read
  3    something does not hold, or the file is no bundle
  4    an internal failure";
