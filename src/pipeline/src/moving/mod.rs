//! An installation on its way: all that the database holds, written into a folder and read from one, by either engine; with the keys and, for a
//! backup, the blobs.
//!
//! - [`export`]: database and keys → folder, as they were at one moment, while the service runs
//! - [`import`]: folder → an empty database; checked afterwards against what was written
//! - [`copy_blobs`]: blobs from one store to another
//! - [`inspect`]: blobs against the database
//!
//! ✅ Constant memory for rows; a folder without `manifest.json` is no export: it is written last.
//! ❌ An export of another schema version: the program that wrote it brings both sides up to date first.

mod blobs;
mod export;
mod import;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use podlinnik_blobs::BlobError;
use podlinnik_storage::StoreError;
use serde::{Deserialize, Serialize};

pub use blobs::{BlobProblem, BlobTally, copy_blobs, inspect};
pub use export::export;
pub use import::import;

/// What a manifest says that it is.
pub const SCHEMA: &str = "podlinnik-export/1";
/// The file that makes a folder an export.
pub const MANIFEST: &str = "manifest.json";
/// Where the tables lie within it.
const TABLES: &str = "tables";
/// Where the keys lie within it.
const KEYS: &str = "keys";

/// What a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// `podlinnik-export/1`.
    pub schema: String,
    /// The program that wrote it.
    pub podlinnik_version: String,
    /// The moment that it shows.
    pub taken_at: String,
    /// The last migration.
    pub database_version: i64,
    /// Tables by name.
    pub tables: BTreeMap<String, TableManifest>,
    /// Files of keys, with their SHA-256.
    pub keys: BTreeMap<String, String>,
}

/// What a table holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableManifest {
    /// Names of the columns, sorted.
    pub columns: Vec<String>,
    /// Number of rows.
    pub rows: u64,
    /// Sum of the SHA-256 of the rows modulo 2^256, in hexadecimal digits.
    pub sha256_sum: String,
}

impl Manifest {
    /// Reads the manifest of a folder.
    ///
    /// # Errors
    /// [`MoveError::Unusable`] if the folder holds none, or one of another kind.
    pub fn read(folder: &Path) -> Result<Self, MoveError> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read_to_string(&path).map_err(|error| {
            MoveError::Unusable(format!("`{}` is no complete export: {error}", folder.display()))
        })?;
        let manifest: Self = serde_json::from_str(&text)
            .map_err(|error| MoveError::Unusable(format!("`{}`: {error}", path.display())))?;
        if manifest.schema == SCHEMA {
            Ok(manifest)
        } else {
            Err(MoveError::Unusable(format!("`{}` is of another kind: {}", path.display(), manifest.schema)))
        }
    }

    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|table| table.rows).sum()
    }
}

/// Why something did not move. Nothing is half there: an import that fails changes nothing.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The database to write into holds something already.
    #[error("the database is not empty")]
    NotEmpty,
    /// The folder to write into holds something already, or the one to read from holds nothing of use.
    #[error("{0}")]
    Unusable(String),
    /// What was written is not what was read.
    #[error("{0}")]
    Differs(String),
    /// The disk.
    #[error("{what}: {error}")]
    Disk {
        /// What was done.
        what: String,
        /// What the disk said.
        error: std::io::Error,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

fn disk(what: &str, path: &Path) -> impl FnOnce(std::io::Error) -> MoveError {
    let what = format!("cannot {what} `{}`", path.display());
    move |error| MoveError::Disk { what, error }
}

/// Keys that an installation signs with, in its data folder.
fn key_files(data: &Path) -> Result<Vec<PathBuf>, MoveError> {
    let mut found = Vec::new();
    if data.is_dir() {
        for entry in std::fs::read_dir(data).map_err(disk("read", data))? {
            let path = entry.map_err(disk("read", data))?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-key.pem")) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
