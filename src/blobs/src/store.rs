use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::path::Path as ObjectPath;
use podlinnik_domain::hash::Sha256;
use tempfile::{NamedTempFile, TempDir, TempPath};

use crate::bucket::Bucket;
use crate::folder::Folder;
use crate::partial::FOLDER;
use crate::s3::S3Settings;
use crate::{BlobError, BlobInfo, Upload, digest_reader};

/// Staging files older than this are leftovers of a crash: no upload lasts so long.
const STAGING_LIFETIME: Duration = Duration::from_secs(24 * 3600);
/// Unfinished files older than this have no row any more: their time is two days, and a week after it they are given up.
const PARTIAL_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

pub(crate) const STAGING: &str = "staging";

/// The two kinds of blob. Their folders differ, so that originals can be backed up apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shelf {
    /// As they were handed in.
    Originals,
    /// Made here.
    Derivatives,
}

impl Shelf {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Originals, Self::Derivatives];

    /// The name of its folder.
    pub const fn folder(self) -> &'static str {
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

/// Where the shelves stand.
#[derive(Debug, Clone)]
pub(crate) enum Shelves {
    Folder(Arc<Folder>),
    Bucket(Arc<Bucket>),
}

/// A content-addressed store over `object_store`: a local folder, or an S3-compatible bucket with a local folder for staging and copies.
#[derive(Debug, Clone)]
pub struct Blobs {
    pub(crate) root: PathBuf,
    pub(crate) shelves: Shelves,
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
            let root = prepare(&folder)?;
            let shelves = Shelves::Folder(Arc::new(Folder::open(&root)?));
            Ok(Self { root, shelves })
        })
        .await
    }

    /// A bucket. `folder` is for staging, for files that come piece by piece, and for copies of what is in the bucket; it may be shared by the processes
    /// of one machine.
    ///
    /// # Errors
    /// [`BlobError::Store`] if the folder cannot be made or written to or the settings make no sense, [`BlobError::Unavailable`] if there is no
    /// such bucket or it may not be written to. One that does not answer is no error: it may by and by.
    pub async fn s3(folder: &Path, settings: S3Settings) -> Result<Self, BlobError> {
        let folder = folder.to_owned();
        let root = blocking(move || prepare(&folder)).await?;
        let bucket = Bucket::open(&root, settings).await?;
        Ok(Self { root, shelves: Shelves::Bucket(Arc::new(bucket)) })
    }

    /// Whether the blobs lie elsewhere than in a folder of this machine.
    pub const fn is_remote(&self) -> bool {
        matches!(self.shelves, Shelves::Bucket(_))
    }

    /// Whether the store can be used now: its disk can be written to, and the bucket, if it is one, answers.
    ///
    /// # Errors
    /// [`BlobError::Store`], [`BlobError::Unavailable`] if it cannot.
    pub async fn ready(&self) -> Result<(), BlobError> {
        let staging = self.staging();
        blocking(move || {
            let mut probe = NamedTempFile::new_in(staging)?;
            probe.write_all(b"ready")?;
            Ok(())
        })
        .await?;
        match &self.shelves {
            Shelves::Folder(_) => Ok(()),
            Shelves::Bucket(bucket) => bucket.answers().await,
        }
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
    /// [`BlobError::Store`], [`BlobError::Unavailable`].
    pub async fn put(&self, bytes: Vec<u8>) -> Result<BlobInfo, BlobError> {
        let mut upload = Upload::start(self.clone(), Shelf::Derivatives, bytes.len() as u64).await?;
        upload.write(&bytes).await?;
        upload.finish().await
    }

    /// Reads a blob and checks its digest; none if there is no such blob.
    ///
    /// # Errors
    /// [`BlobError::Damaged`], [`BlobError::Store`], [`BlobError::Unavailable`].
    pub async fn get(&self, sha256: Sha256) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(mut file) = self.open(sha256).await? else { return Ok(None) };
        blocking(move || {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Ok(Some(bytes))
        })
        .await
    }

    /// An open file with the blob's bytes (a local copy if the store is remote), at its beginning, digest checked; none if there is no such
    /// blob.
    ///
    /// # Errors
    /// [`BlobError::Damaged`], [`BlobError::Store`], [`BlobError::Unavailable`].
    pub async fn open(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        match &self.shelves {
            Shelves::Folder(folder) => folder.open_read(sha256).await,
            Shelves::Bucket(bucket) => bucket.open_read(sha256).await,
        }
    }

    /// Like [`Blobs::open`], but the bytes are not read through first: for bytes that we made ourselves and hand out piece by piece, where that would be done for
    /// every piece. Damage goes unnoticed.
    ///
    /// # Errors
    /// [`BlobError::Store`], [`BlobError::Unavailable`].
    pub async fn open_unread(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        match &self.shelves {
            Shelves::Folder(folder) => folder.open_unread(sha256).await,
            Shelves::Bucket(bucket) => bucket.open_unread(sha256).await,
        }
    }

    /// Whether there is a blob of this name. Its bytes are not looked at.
    ///
    /// # Errors
    /// [`BlobError::Store`], [`BlobError::Unavailable`].
    pub async fn contains(&self, sha256: Sha256) -> Result<bool, BlobError> {
        match &self.shelves {
            Shelves::Folder(folder) => Ok(folder.open_unread(sha256).await?.is_some()),
            Shelves::Bucket(bucket) => bucket.contains(sha256).await,
        }
    }

    /// Removes what was made here and can be made anew; an original of the same bytes stays. Repeating it changes nothing.
    ///
    /// # Errors
    /// [`BlobError::Store`], [`BlobError::Unavailable`].
    pub async fn remove_derivative(&self, sha256: Sha256) -> Result<(), BlobError> {
        match &self.shelves {
            Shelves::Folder(folder) => folder.remove_derivative(sha256).await,
            Shelves::Bucket(bucket) => bucket.remove_derivative(sha256).await,
        }
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
    /// [`BlobError::Store`], [`BlobError::Unavailable`].
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
        match &self.shelves {
            Shelves::Folder(folder) => folder.publish(shelf, staged, info).await,
            Shelves::Bucket(bucket) => bucket.publish(shelf, staged, info).await,
        }
    }
}

/// Makes the folders that every store needs and removes what crashes left in them.
fn prepare(folder: &Path) -> Result<PathBuf, BlobError> {
    std::fs::create_dir_all(folder.join(STAGING).join(FOLDER))?;
    let root = std::fs::canonicalize(folder)?;
    File::open(&root)?.sync_all()?;
    let staging = root.join(STAGING);
    let removed = sweep(&staging, STAGING_LIFETIME)? + sweep(&staging.join(FOLDER), PARTIAL_LIFETIME)?;
    if removed > 0 {
        tracing::info!(blobs.swept = removed, "removed {removed} staging files of unfinished uploads");
    }
    Ok(root)
}

/// Removes old files. The age is measured against a file made now, so that only the disk's own clock counts.
fn sweep(folder: &Path, lifetime: Duration) -> Result<u32, BlobError> {
    let now = NamedTempFile::new_in(folder)?.as_file().metadata()?.modified()?;
    let mut removed = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let age = entry.metadata().and_then(|metadata| metadata.modified()).ok();
        let age = age.and_then(|modified| now.duration_since(modified).ok()).unwrap_or_default();
        if age <= lifetime || entry.file_name() == FOLDER {
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
