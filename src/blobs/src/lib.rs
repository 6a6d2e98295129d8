//! Content-addressed originals and derivatives. A blob's name is the SHA-256 of its bytes; nothing is ever overwritten or deleted here.
//!
//! - [`Blobs`]: the store: `originals/ab/cd/<sha256>` and `derivatives/ab/cd/<sha256>` through `object_store`, in one folder or in an S3-compatible
//!   bucket; `folder` and `bucket` are the two
//! - [`S3Settings`]: where a bucket is and how it is reached
//! - [`Upload`]: bytes on their way in, in `staging` until they are complete, synced and known by their digest
//! - [`Partial`]: bytes that come piece by piece, in `staging/partial` until they are complete
//! - [`Listed`]: what lies in the store, for whoever goes through all of it: [`Blobs::list`], [`Blobs::examine`], [`Blobs::copy_to`]
//! - `cache`: local copies of what lies in a bucket, for decoding; `sending`: multi-part uploads that a crash left behind
//! - [`Room`]: what is left on the disk
//! - [`Digester`]: SHA-256 and BLAKE3 in one pass
//!
//! ✅ Several processes on several disks share a bucket: a blob is visible when it is complete, and not before. A bucket that is away is
//! [`BlobError::Unavailable`], never "there is no such blob".
//! ❌ Unfinished files ([`Partial`]) stay on the disk of the process that receives them.

mod bucket;
mod cache;
mod digest;
mod folder;
mod listing;
mod partial;
mod room;
mod s3;
mod sending;
mod store;
mod upload;

use std::io::ErrorKind;

use podlinnik_domain::hash::{Blake3, Sha256};

pub use digest::{Digester, digest_reader};
pub use listing::{Condition, Copied, Listed};
pub use partial::{LockedPartial, Partial, Unfinished};
pub use room::Room;
pub use s3::S3Settings;
pub use store::{Blobs, Shelf};
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
    /// The store does not answer, or not as it should. Nothing is said about what is in it; it may answer again by and by.
    #[error("blob store unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The disk failed.
    #[error("blob store failed: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl BlobError {
    /// Whether the same may succeed by and by: the store is away, or its disk is full.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unavailable(_) => true,
            Self::Store(error) => error.downcast_ref::<std::io::Error>().is_some_and(|error| {
                matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
            }),
            Self::TooLarge { .. } | Self::Damaged(_) => false,
        }
    }

    pub(crate) fn unavailable(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
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
