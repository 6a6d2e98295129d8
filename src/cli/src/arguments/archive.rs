//! What can be typed after `podlinnik archive`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use podlinnik_domain::id::ArchiveItemId;
use podlinnik_domain::original::PartialDate;

use crate::settings::StoreFlags;

#[derive(Debug, Subcommand)]
pub(crate) enum Archive {
    /// Register genuine official footage; what is there already is passed over
    Add(ArchiveAdd),
    /// List the originals
    List(ArchiveList),
    /// Withdraw an original; it stays in the register with the reason
    Remove(ArchiveRemove),
    /// Check the register's chain and signatures, and the files
    Verify(ArchiveVerify),
    /// Read originals again that were registered by an older version of the program
    Renew(ArchiveRenew),
    /// Print the public key that signs the register
    Key(ArchiveKey),
}

#[derive(Debug, Args)]
#[command(after_help = ADD)]
pub(crate) struct ArchiveAdd {
    /// Files, folders (with all below them) or feeds (CSV, JSON lines)
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The person or organisation that vouches for the footage; a feed can name its own
    #[arg(long, value_name = "NAME")]
    pub(crate) vouched_by: Option<String>,
    /// Who published it
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// What it shows
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// When it was recorded or published: 2024, 2024-05, 2024-05-03 or 2024-05-03T14:02
    #[arg(long, value_name = "DATE")]
    pub(crate) date: Option<PartialDate>,
    /// Where it was published
    #[arg(long, value_name = "URL")]
    pub(crate) link: Option<String>,
    /// Keep a copy in the data folder too
    #[arg(long)]
    pub(crate) copy: bool,
    /// Take in again what was withdrawn
    #[arg(long)]
    pub(crate) again: bool,
    /// Print one JSON object per file, one per line (podlinnik-archive-file/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

const ADD: &str = "\
A feed has the columns or keys path (relative to the feed), title, source, date, link, vouched_by.
A run that was stopped, even with kill -9, goes on where it was: run it again.
Exit code 3: some file was refused; the others were taken in.";

#[derive(Debug, Args)]
pub(crate) struct ArchiveList {
    /// List those that were withdrawn too
    #[arg(long)]
    pub(crate) withdrawn: bool,
    /// Print one JSON object per line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveRemove {
    /// The original's identifier
    #[arg(value_name = "ID")]
    pub(crate) id: ArchiveItemId,
    /// Why; it stands in the register
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
#[command(after_help = "Exit code 3: something is wrong; every problem is printed.")]
pub(crate) struct ArchiveVerify {
    /// Leave out the files and check the register alone
    #[arg(long)]
    pub(crate) register_only: bool,
    /// A further public key to trust, 64 hexadecimal digits; repeat it for several
    #[arg(long = "trust", value_name = "KEY", value_parser = public_key)]
    pub(crate) trusted: Vec<[u8; 32]>,
    /// Print one JSON object (podlinnik-archive-verification/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveRenew {
    /// Print one JSON object per file that was read, one per line (podlinnik-archive-file/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveKey {
    /// Print 64 hexadecimal digits instead of PEM
    #[arg(long)]
    pub(crate) hex: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

/// A key is as long as a digest and written like one.
fn public_key(text: &str) -> Result<[u8; 32], String> {
    let digits = text.parse::<podlinnik_domain::hash::Sha256>();
    digits.map(|key| *key.as_bytes()).map_err(|_| "expected 64 hexadecimal digits".to_owned())
}
