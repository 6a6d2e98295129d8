//! Content-addressed originals and derivatives. A blob's name is the SHA-256 of its bytes; nothing is ever overwritten or deleted here.

use std::path::Path;

use podlinnik_domain::hash::{Blake3, Sha256};

/// What can go wrong with blobs.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// More bytes than allowed.
    #[error("upload exceeds {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The stored bytes do not have the digest that they are named by.
    #[error("blob {0} is damaged")]
    Damaged(Sha256),
    /// The disk or the store failed.
    #[error("blob store failed: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Bytes that are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobInfo {
    /// The name.
    pub sha256: Sha256,
    /// The second digest.
    pub blake3: Blake3,
    /// Length in bytes.
    pub size_bytes: u64,
}

/// A content-addressed store over `object_store` (local folder by default).
#[derive(Debug, Clone)]
pub struct Blobs {}

/// Bytes on their way in: hashed while they are written to a staging file; nothing is visible before [`Upload::finish`].
#[derive(Debug)]
pub struct Upload {}

impl Blobs {
    /// A local folder (`originals`, `derivatives` and `staging` live in it).
    ///
    /// # Errors
    /// [`BlobError::Store`] if the folder cannot be made.
    pub async fn local(folder: &Path) -> Result<Self, BlobError> {
        let _ = folder;
        todo!("owned by the blobs crate")
    }

    /// Starts an upload of at most `limit` bytes.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn upload(&self, limit: u64) -> Result<Upload, BlobError> {
        let _ = limit;
        todo!("owned by the blobs crate")
    }

    /// Stores bytes that are in memory.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn put(&self, bytes: Vec<u8>) -> Result<BlobInfo, BlobError> {
        let _ = bytes;
        todo!("owned by the blobs crate")
    }

    /// Reads a blob and checks its digest; none if there is no such blob.
    ///
    /// # Errors
    /// [`BlobError::Damaged`], [`BlobError::Store`].
    pub async fn get(&self, sha256: Sha256) -> Result<Option<Vec<u8>>, BlobError> {
        let _ = sha256;
        todo!("owned by the blobs crate")
    }

    /// An open file with the blob's bytes (a local copy if the store is remote), digest checked; none if there is no such blob.
    ///
    /// # Errors
    /// [`BlobError::Damaged`], [`BlobError::Store`].
    pub async fn open(&self, sha256: Sha256) -> Result<Option<std::fs::File>, BlobError> {
        let _ = sha256;
        todo!("owned by the blobs crate")
    }
}

impl Upload {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`BlobError::TooLarge`], [`BlobError::Store`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let _ = bytes;
        todo!("owned by the blobs crate")
    }

    /// Makes the bytes durable under their digest. Bytes that are already there are not written again.
    ///
    /// # Errors
    /// [`BlobError::Store`].
    pub async fn finish(self) -> Result<BlobInfo, BlobError> {
        todo!("owned by the blobs crate")
    }
}
