//! What moves or guards a whole installation.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::settings::StoreFlags;

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// Change nothing: list what the database still waits for, exit code 3 if it waits for anything
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
#[command(after_help = EXPORT)]
pub(crate) struct Export {
    /// New or empty folder to write into; only its owner can read it, for it holds what people sign in with
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print the manifest (podlinnik-export/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

const EXPORT: &str = "\
From SQLite in a data folder to PostgreSQL, with the service stopped:
  podlinnik export --data OLD moving
  podlinnik import --data NEW --database-url postgres://… moving
  podlinnik blobs copy --data NEW --from OLD/blobs --database-url postgres://… --blobs s3://…";

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Folder that `podlinnik export` wrote; the database has to be empty
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Print the manifest (podlinnik-export/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

#[derive(Debug, Args)]
#[command(after_help = BACKUP)]
pub(crate) struct Backup {
    /// Folder to write into: a new one, or that of an earlier backup, whose blobs are kept and whose database is replaced at the end
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Leave the blobs out, for a bucket that is backed up by its own means
    #[arg(long)]
    pub(crate) without_blobs: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

const BACKUP: &str = "\
The service may run. The backup shows the moment at which it began: everything handed in before is in it, with its media. \
Blobs that are in the folder already are not copied again.

Back on another machine, into an empty data folder or an empty database:
  podlinnik restore --data NEW DIR";

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Folder that `podlinnik backup` wrote; the database has to be empty
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

/// Originals and derivatives against the database.
#[derive(Debug, Subcommand)]
pub(crate) enum Blobs {
    /// Read every blob to its end and hold it against its name and the database
    Verify(BlobsVerify),
    /// List what is missing, of a wrong length, or named by nothing, without reading the blobs
    List(BlobsVerify),
    /// Copy blobs from a folder into the store that the settings name; goes on where it was stopped
    Copy(BlobsCopy),
}

#[derive(Debug, Args)]
#[command(after_help = PROBLEMS)]
pub(crate) struct BlobsVerify {
    /// Print one JSON object per problem, one per line, and one for the whole at the end (podlinnik-blobs-verification/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}

const PROBLEMS: &str = "\
Exit code 3 if a blob is missing or damaged. Extra ones were left by something that broke off, or came while this ran; they do no harm.";

#[derive(Debug, Args)]
pub(crate) struct BlobsCopy {
    /// Folder to copy from [default: `blobs` in the data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) from: Option<PathBuf>,
    /// Print one JSON object per problem, one per line, and one for the whole at the end (podlinnik-blobs-copy/1)
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) store: StoreFlags,
}
