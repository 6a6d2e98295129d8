use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::store::{Shelf, blocking};
use crate::{BlobError, BlobInfo, Blobs, Digester, digest_reader};

/// Bytes are handed to the disk in pieces of this size.
const PIECE: usize = 1 << 20;

/// Folder of unfinished files within the staging area; the sweep of crash leftovers passes it over.
pub(crate) const FOLDER: &str = "partial";

/// Bytes that come piece by piece, over several connections and restarts, in a file under a name of their own. The file is locked as long as this
/// is held, also against other processes; the end of a process, however sudden, unlocks it.
///
/// What is durable is what the caller noted after [`Partial::sync`]. [`LockedPartial::at`] cuts off whatever was written beyond that.
#[derive(Debug)]
pub struct Partial {
    blobs: Blobs,
    path: PathBuf,
    /// None only after a failed write.
    file: Option<File>,
    written: u64,
    waiting: Vec<u8>,
    /// Of all bytes from the first; none if this is a continuation of what nobody has hashed.
    digester: Option<Digester>,
}

impl Partial {
    /// Bytes so far, those that wait for the disk included.
    pub const fn size_bytes(&self) -> u64 {
        self.written
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// [`BlobError::Store`]; the file is then to be opened again.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        if let Some(digester) = &mut self.digester {
            digester.update(bytes);
        }
        self.waiting.extend_from_slice(bytes);
        self.written = self.written.saturating_add(bytes.len() as u64);
        if self.waiting.len() >= PIECE { self.flush(false).await } else { Ok(()) }
    }

    /// Makes everything so far durable; answers how much that is.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn sync(&mut self) -> Result<u64, BlobError> {
        self.flush(true).await?;
        Ok(self.written)
    }

    /// Takes back everything beyond the first `length` bytes.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn cut(&mut self, length: u64) -> Result<(), BlobError> {
        self.waiting.clear();
        self.digester = None;
        let mut file = self.file.take().ok_or_else(broken)?;
        let file = blocking(move || {
            file.set_len(length)?;
            file.seek(SeekFrom::Start(length))?;
            Ok(file)
        })
        .await?;
        self.file = Some(file);
        self.written = length;
        Ok(())
    }

    /// The digests of everything: those kept along the way, else the file is read once more.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn digest(&mut self) -> Result<BlobInfo, BlobError> {
        self.flush(true).await?;
        if let Some(digester) = self.digester.take() {
            return Ok(digester.finish());
        }
        let path = self.path.clone();
        blocking(move || Ok(digest_reader(&mut File::open(path)?)?)).await
    }

    /// What was hashed so far, for whoever continues in this process.
    pub fn into_digester(self) -> Option<Digester> {
        self.digester
    }

    /// Gives the file its place among the originals. Bytes that are already there stay, and this file goes. Where it fails or is given up half-way,
    /// the unfinished file stays: there may be no other copy.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn publish(mut self, info: BlobInfo) -> Result<(), BlobError> {
        self.flush(true).await?;
        self.blobs.publish(Shelf::Originals, &self.path, info).await?;
        blocking(move || remove(&self.path)).await
    }

    async fn flush(&mut self, durable: bool) -> Result<(), BlobError> {
        let mut file = self.file.take().ok_or_else(broken)?;
        let bytes = std::mem::take(&mut self.waiting);
        let (file, mut bytes) = blocking(move || {
            file.write_all(&bytes)?;
            if durable {
                file.sync_all()?;
            }
            Ok((file, bytes))
        })
        .await?;
        bytes.clear();
        self.waiting = bytes;
        self.file = Some(file);
        Ok(())
    }
}

/// The unfinished file of a name, as whoever asks for it finds it.
#[derive(Debug)]
pub enum Unfinished {
    /// Nobody else has it, as long as this is held.
    Locked(LockedPartial),
    /// Somebody else has it.
    InUse,
    /// There is none.
    Absent,
}

/// An unfinished file that nobody else has, with its bytes as they are.
#[derive(Debug)]
pub struct LockedPartial {
    blobs: Blobs,
    path: PathBuf,
    file: File,
    size_bytes: u64,
}

impl LockedPartial {
    /// Bytes in the file, whether or not anybody noted them.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Goes on at `received` bytes and cuts off what is beyond. They have to have been read where they are noted while the file was locked: before,
    /// somebody else may have added to it. `digester` has hashed exactly these bytes, where it is known.
    ///
    /// # Errors
    /// [`BlobError::Store`], also if the file has fewer bytes than were received.
    pub async fn at(self, received: u64, digester: Option<Digester>) -> Result<Partial, BlobError> {
        if self.size_bytes < received {
            let error = std::io::Error::other("an unfinished file is shorter than what was received");
            return Err(error.into());
        }
        let mut file = self.file;
        let file = blocking(move || {
            file.set_len(received)?;
            file.seek(SeekFrom::Start(received))?;
            Ok(file)
        })
        .await?;
        let fresh = (received == 0).then(Digester::default);
        let digester = digester.filter(|digester| digester.size_bytes() == received).or(fresh);
        let (blobs, path) = (self.blobs, self.path);
        Ok(Partial { blobs, path, file: Some(file), written: received, waiting: Vec::new(), digester })
    }

    /// Removes the file.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn remove(self) -> Result<(), BlobError> {
        blocking(move || remove(&self.path)).await
    }
}

impl Blobs {
    /// Locks the unfinished file of this name (letters, digits and `-`) without touching its bytes. Where there is none and `make` says so, an empty
    /// one is made.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn partial(&self, name: &str, make: bool) -> Result<Unfinished, BlobError> {
        let path = self.partial_path(name)?;
        let blobs = self.clone();
        blocking(move || {
            let file = match File::options().write(true).create(make).truncate(false).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Unfinished::Absent),
                Err(error) => return Err(error.into()),
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(Unfinished::InUse),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
            let locked = file.metadata()?;
            // Whoever had it before may have moved it among the originals, where it must not be written to.
            match std::fs::metadata(&path) {
                Ok(named) if (named.dev(), named.ino()) == (locked.dev(), locked.ino()) => {}
                Ok(_) => return Ok(Unfinished::InUse),
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Unfinished::Absent),
                Err(error) => return Err(error.into()),
            }
            if locked.len() == 0 {
                // The name itself has to survive a power cut.
                path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())?;
            }
            Ok(Unfinished::Locked(LockedPartial { blobs, path, file, size_bytes: locked.len() }))
        })
        .await
    }

    /// Removes the unfinished file of this name, if there is one.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn partial_remove(&self, name: &str) -> Result<(), BlobError> {
        let path = self.partial_path(name)?;
        blocking(move || remove(&path)).await
    }

    fn partial_path(&self, name: &str) -> Result<PathBuf, BlobError> {
        let plain =
            !name.is_empty() && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-');
        if !plain {
            return Err(std::io::Error::other("the name of an unfinished file is not plain").into());
        }
        Ok(self.staging().join(FOLDER).join(name))
    }
}

fn remove(path: &Path) -> Result<(), BlobError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// An earlier write failed or was given up half-way: the file has to be opened again.
fn broken() -> BlobError {
    BlobError::from(std::io::Error::other("an earlier write to the unfinished file failed"))
}
