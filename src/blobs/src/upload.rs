use std::fs::File;
use std::io::Write as _;

use tempfile::{NamedTempFile, TempPath};

use crate::store::{Shelf, blocking};
use crate::{BlobError, BlobInfo, Blobs, Digester};

/// Bytes are handed to the disk in pieces of this size.
const PIECE: usize = 1 << 20;

/// Bytes on their way in: hashed while they are written to a staging file; nothing is visible before [`Upload::finish`]. Dropping an upload
/// removes its staging file.
#[derive(Debug)]
pub struct Upload {
    blobs: Blobs,
    shelf: Shelf,
    limit: u64,
    digester: Digester,
    waiting: Vec<u8>,
    /// None only after a failed write.
    file: Option<File>,
    path: TempPath,
}

impl Upload {
    pub(crate) async fn start(blobs: Blobs, shelf: Shelf, limit: u64) -> Result<Self, BlobError> {
        let staging = blobs.staging();
        let (file, path) = blocking(move || Ok(NamedTempFile::new_in(staging)?.into_parts())).await?;
        Ok(Self {
            blobs,
            shelf,
            limit,
            digester: Digester::default(),
            waiting: Vec::new(),
            file: Some(file),
            path,
        })
    }

    /// Bytes written so far.
    pub const fn size_bytes(&self) -> u64 {
        self.digester.size_bytes()
    }

    /// Adds bytes. Nothing is kept of a call that fails.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`], [`BlobError::Store`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        if self.digester.size_bytes().saturating_add(bytes.len() as u64) > self.limit {
            return Err(BlobError::TooLarge { limit: self.limit });
        }
        self.digester.update(bytes);
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE { self.flush().await } else { Ok(()) }
    }

    /// Makes the bytes durable under their digest. Bytes that are already there are not written again.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn finish(mut self) -> Result<BlobInfo, BlobError> {
        self.flush().await?;
        let file = self.file.take().ok_or_else(broken)?;
        blocking(move || Ok(file.sync_all()?)).await?;
        let info = self.digester.finish();
        self.blobs.publish(self.shelf, &self.path, info).await?;
        Ok(info)
    }

    async fn flush(&mut self) -> Result<(), BlobError> {
        let mut file = self.file.take().ok_or_else(broken)?;
        let bytes = std::mem::take(&mut self.waiting);
        let (file, mut bytes) = blocking(move || {
            file.write_all(&bytes)?;
            Ok((file, bytes))
        })
        .await?;
        bytes.clear();
        self.waiting = bytes;
        self.file = Some(file);
        Ok(())
    }
}

/// An earlier write failed or was given up half-way: what is in the staging file is unknown.
fn broken() -> BlobError {
    BlobError::from(std::io::Error::other("an earlier write to the staging file failed"))
}
