//! Multi-part uploads on their way, noted on the disk: what a crash leaves behind is given up by whoever comes next, so that the store does not keep
//! parts that nobody will complete. Each note is locked as long as its upload runs; the end of a process, however sudden, unlocks it.
//!
//! ❌ An upload whose note was lost with its disk, or that began in the instant before it was noted: a rule of the bucket for unfinished uploads is
//! for those.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use object_store::aws::AmazonS3;
use object_store::multipart::MultipartStore as _;
use object_store::path::Path as ObjectPath;
use tempfile::NamedTempFile;

use crate::BlobError;
use crate::store::blocking;

/// Name of the folder of notes.
const FOLDER: &str = "sending";

#[derive(Debug)]
pub(crate) struct Sending {
    folder: PathBuf,
}

/// The note of an upload that runs. Dropped without [`Note::forget`] it stays, unlocked.
#[derive(Debug)]
pub(crate) struct Note {
    path: PathBuf,
    _locked: File,
}

impl Note {
    /// The upload is complete, or given up in the store too.
    pub(crate) async fn forget(self) -> Result<(), BlobError> {
        blocking(move || remove(&self.path)).await
    }
}

impl Sending {
    /// Makes the folder. Blocks.
    pub(crate) fn open(root: &Path) -> Result<Self, BlobError> {
        let folder = root.join(FOLDER);
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Notes that an upload has begun.
    pub(crate) async fn note(&self, location: &ObjectPath, id: &str) -> Result<Note, BlobError> {
        let (folder, text) = (self.folder.clone(), format!("{location}\n{id}"));
        blocking(move || {
            // Written and locked before it has its name: nobody sees half a note, or one that is not locked.
            let mut file = NamedTempFile::with_prefix_in(".", &folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.as_file().lock()?;
            let name = file.path().file_name().unwrap_or_default().to_string_lossy().replace('.', "upload-");
            let path = folder.join(name);
            let locked = file.persist(&path).map_err(|error| error.error)?;
            Ok(Note { path, _locked: locked })
        })
        .await
    }

    /// Gives up in the store what nobody sends any more. What cannot be given up now is tried again next time.
    pub(crate) async fn sweep(&self, client: &AmazonS3) {
        let folder = self.folder.clone();
        let left = match blocking(move || left_behind(&folder)).await {
            Ok(left) => left,
            Err(error) => {
                tracing::warn!("abandoned uploads cannot be looked for: {error}");
                return;
            }
        };
        for (note, location, id) in left {
            match client.abort_multipart(&location, &id).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {
                    tracing::info!("gave up an unfinished upload of {location}");
                    if let Err(error) = note.forget().await {
                        tracing::warn!("the note of an abandoned upload stays: {error}");
                    }
                }
                Err(error) => {
                    tracing::warn!("an unfinished upload of {location} stays in the store: {error}")
                }
            }
        }
    }
}

/// Notes that nobody holds, locked now.
fn left_behind(folder: &Path) -> Result<Vec<(Note, ObjectPath, String)>, BlobError> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("upload-")) {
            continue;
        }
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => continue,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        match text.split_once('\n') {
            Some((location, id)) => {
                let location = ObjectPath::from(location);
                left.push((Note { path, _locked: file }, location, id.to_owned()));
            }
            None => remove(&path)?,
        }
    }
    Ok(left)
}

fn remove(path: &Path) -> Result<(), BlobError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
