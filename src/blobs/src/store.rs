use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStoreExt as _;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use podlinnik_domain::hash::Sha256;
use tempfile::{NamedTempFile, TempDir, TempPath};

use crate::partial::FOLDER;
use crate::{BlobError, BlobInfo, Upload, digest_reader};

/// Staging files older than this are leftovers of a crash: no upload lasts so long.
const STAGING_LIFETIME: Duration = Duration::from_secs(24 * 3600);

const STAGING: &str = "staging";

/// The two kinds of blob. Their folders differ, so that originals can be backed up apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    Originals,
    Derivatives,
}

impl Shelf {
    const ALL: [Self; 2] = [Self::Originals, Self::Derivatives];

    const fn folder(self) -> &'static str {
        match self {
            Self::Originals => "originals",
            Self::Derivatives => "derivatives",
        }
    }

    /// `originals/ab/cd/<sha256>`.
    pub(crate) fn location(self, sha256: Sha256) -> ObjectPath {
        let name = sha256.to_string();
        let shard = |from: usize| name.get(from..from + 2).unwrap_or_default().to_owned();
        ObjectPath::from_iter([self.folder().to_owned(), shard(0), shard(2), name])
    }
}

/// A content-addressed store over `object_store` (local folder by default).
#[derive(Debug, Clone)]
pub struct Blobs {
    root: PathBuf,
    files: Arc<LocalFileSystem>,
}

impl Blobs {
    /// A local folder (`originals`, `derivatives` and `staging` live in it). Staging files that a crash left behind more than a day ago are
    /// removed.
    ///
    /// # Errors
    /// [`BlobError::Store`] if the folder cannot be made or written to.
    pub async fn local(folder: &Path) -> Result<Self, BlobError> {
        let folder = folder.to_owned();
        blocking(move || {
            for name in [Shelf::Originals.folder(), Shelf::Derivatives.folder(), STAGING] {
                std::fs::create_dir_all(folder.join(name))?;
            }
            std::fs::create_dir_all(folder.join(STAGING).join(FOLDER))?;
            let root = std::fs::canonicalize(&folder)?;
            File::open(&root)?.sync_all()?;
            let removed = sweep(&root.join(STAGING))?;
            if removed > 0 {
                tracing::info!(
                    blobs.swept = removed,
                    "removed {removed} staging files of unfinished uploads"
                );
            }
            let files = Arc::new(LocalFileSystem::new_with_prefix(&root)?.with_fsync(true));
            Ok(Self { root, files })
        })
        .await
    }

    /// Whether the store can be written to now.
    ///
    /// # Errors
    /// [`BlobError::Store`] if it cannot.
    pub async fn ready(&self) -> Result<(), BlobError> {
        let staging = self.staging();
        blocking(move || {
            let mut probe = NamedTempFile::new_in(staging)?;
            probe.write_all(b"ready")?;
            Ok(())
        })
        .await
    }

    /// Starts an upload of at most `limit` bytes.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn upload(&self, limit: u64) -> Result<Upload, BlobError> {
        Upload::start(self.clone(), Shelf::Originals, limit).await
    }

    /// Stores bytes that are in memory (a derivative).
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn put(&self, bytes: Vec<u8>) -> Result<BlobInfo, BlobError> {
        let mut upload = Upload::start(self.clone(), Shelf::Derivatives, bytes.len() as u64).await?;
        upload.write(&bytes).await?;
        upload.finish().await
    }

    /// Reads a blob and checks its digest; none if there is no such blob.
    ///
    /// # Errors
    /// [`BlobError::Damaged`], [`BlobError::Store`].
    pub async fn get(&self, sha256: Sha256) -> Result<Option<Vec<u8>>, BlobError> {
        for shelf in Shelf::ALL {
            let bytes = match self.files.get(&shelf.location(sha256)).await {
                Ok(found) => found.bytes().await?,
                Err(object_store::Error::NotFound { .. }) => continue,
                Err(error) => return Err(error.into()),
            };
            return blocking(move || {
                if Sha256::of(&bytes) == sha256 {
                    Ok(Some(Vec::from(bytes)))
                } else {
                    Err(BlobError::Damaged(sha256))
                }
            })
            .await;
        }
        Ok(None)
    }

    /// An open file with the blob's bytes (a local copy if the store is remote), at its beginning, digest checked; none if there is no such
    /// blob.
    ///
    /// # Errors
    /// [`BlobError::Damaged`], [`BlobError::Store`].
    pub async fn open(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        for shelf in Shelf::ALL {
            let path = self.path(shelf, sha256)?;
            let found = blocking(move || {
                let mut file = match File::open(path) {
                    Ok(file) => file,
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
                    Err(error) => return Err(error.into()),
                };
                if digest_reader(&mut file)?.sha256 != sha256 {
                    return Err(BlobError::Damaged(sha256));
                }
                file.rewind()?;
                Ok(Some(file))
            })
            .await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Like [`Blobs::open`], but the bytes are not read through first: for bytes that we made ourselves and hand out piece by piece, where that would be done for
    /// every piece. Damage goes unnoticed.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn open_unread(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        let paths = [self.path(Shelf::Derivatives, sha256)?, self.path(Shelf::Originals, sha256)?];
        blocking(move || {
            for path in paths {
                match File::open(path) {
                    Ok(file) => return Ok(Some(file)),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(None)
        })
        .await
    }

    /// An empty file to make a large derivative in; gone when dropped.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn scratch(&self) -> Result<TempPath, BlobError> {
        let staging = self.staging();
        blocking(move || Ok(NamedTempFile::new_in(staging)?.into_temp_path())).await
    }

    /// An empty folder to let a program work in, on the same disk; gone when dropped.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn scratch_folder(&self) -> Result<TempDir, BlobError> {
        let staging = self.staging();
        blocking(move || Ok(TempDir::new_in(staging)?)).await
    }

    /// Stores what was made in a [`Blobs::scratch`] file.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn put_scratch(&self, made: TempPath) -> Result<BlobInfo, BlobError> {
        let (made, info) = blocking(move || {
            let mut file = File::open(&made)?;
            let info = digest_reader(&mut file)?;
            file.sync_all()?;
            Ok((made, info))
        })
        .await?;
        self.publish(Shelf::Derivatives, &made, info).await?;
        Ok(info)
    }

    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join(STAGING)
    }

    /// Makes a complete, synced staging file visible under its digest. Bytes that are already there stay as they are, unless they are damaged:
    /// then the good bytes take their place. A staging file whose bytes are not needed is left to the caller.
    pub(crate) async fn publish(&self, shelf: Shelf, staged: &Path, info: BlobInfo) -> Result<(), BlobError> {
        match self.open(info.sha256).await {
            Ok(Some(_)) => return self.sync_folders(info.sha256).await,
            Ok(None) => {}
            Err(BlobError::Damaged(sha256)) => {
                tracing::warn!(blob.sha256 = %sha256, "replacing damaged blob {sha256} by the same bytes uploaded again");
                return self.replace(staged, info.sha256).await;
            }
            Err(error) => return Err(error),
        }
        self.rename(staged, shelf.location(info.sha256)).await
    }

    async fn replace(&self, staged: &Path, sha256: Sha256) -> Result<(), BlobError> {
        for shelf in Shelf::ALL {
            if self.files.head(&shelf.location(sha256)).await.is_ok() {
                return self.rename(staged, shelf.location(sha256)).await;
            }
        }
        Err(BlobError::Damaged(sha256))
    }

    /// Atomic; syncs both folders (`with_fsync`).
    async fn rename(&self, staged: &Path, to: ObjectPath) -> Result<(), BlobError> {
        let below = staged.strip_prefix(&self.root).unwrap_or(staged);
        let parts = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        Ok(self.files.rename(&ObjectPath::from_iter(parts), &to).await?)
    }

    /// Another upload may have renamed the same bytes a moment ago without having synced the folders yet.
    async fn sync_folders(&self, sha256: Sha256) -> Result<(), BlobError> {
        for shelf in Shelf::ALL {
            let path = self.path(shelf, sha256)?;
            blocking(move || {
                if path.exists() {
                    for folder in path.ancestors().skip(1).take(3) {
                        File::open(folder)?.sync_all()?;
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    fn path(&self, shelf: Shelf, sha256: Sha256) -> Result<PathBuf, BlobError> {
        Ok(self.files.path_to_filesystem(&shelf.location(sha256))?)
    }
}

/// Removes old staging files. The age is measured against a file made now, so that only the disk's own clock counts.
fn sweep(staging: &Path) -> Result<u32, BlobError> {
    let now = NamedTempFile::new_in(staging)?.as_file().metadata()?.modified()?;
    let mut removed = 0;
    for entry in std::fs::read_dir(staging)? {
        let entry = entry?;
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let age = age.and_then(|modified| now.duration_since(modified).ok()).unwrap_or_default();
        if age <= STAGING_LIFETIME || entry.file_name() == FOLDER {
            continue;
        }
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let gone = if is_folder {
            std::fs::remove_dir_all(entry.path())
        } else {
            std::fs::remove_file(entry.path())
        };
        if gone.is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

/// Runs disk work where it does not hold up other tasks.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(BlobError::Store(Box::new(error))),
    }
}
