//! Content-addressed originals and derivatives. A blob's name is the SHA-256 of its bytes; nothing is ever overwritten or deleted here.
//!
//! - [`Blobs`]: the store: `originals/ab/cd/<sha256>` and `derivatives/ab/cd/<sha256>` in one folder, through `object_store`
//! - [`Upload`]: bytes on their way in, in `staging` until they are complete, synced and known by their digest
//! - [`Partial`]: bytes that come piece by piece, in `staging/partial` until they are complete
//! - [`Room`]: what is left on the disk
//! - [`Digester`]: SHA-256 and BLAKE3 in one pass
//!
//! Not handled: a remote store. `object_store` has one (S3); [`Upload::finish`] would then send the staged file instead of renaming it, and
//! [`Blobs::open`] would fetch into `staging` first.

mod digest;
mod partial;
mod room;
mod store;
mod upload;

use podlinnik_domain::hash::{Blake3, Sha256};

pub use digest::{Digester, digest_reader};
pub use partial::{LockedPartial, Partial, Unfinished};
pub use room::Room;
pub use store::Blobs;
pub use upload::Upload;

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

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        Self::Store(Box::new(error))
    }
}

impl From<object_store::Error> for BlobError {
    fn from(error: object_store::Error) -> Self {
        Self::Store(Box::new(error))
    }
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
