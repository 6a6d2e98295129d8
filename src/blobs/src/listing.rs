use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::ObjectMeta;
use podlinnik_domain::hash::Sha256;

use std::io::Read as _;

use crate::store::{Shelf, Shelves, blocking};
use crate::{BlobError, BlobInfo, Blobs, Upload, digest_reader};

/// Bytes are copied in pieces of this size.
const PIECE: usize = 1 << 20;

/// Something that lies on a shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which shelf.
    pub shelf: Shelf,
    /// The name, if it is one of ours.
    pub sha256: Option<Sha256>,
    /// Where it lies within the store.
    pub location: String,
    /// Length in bytes.
    pub size_bytes: u64,
}

/// What a blob is like once its bytes were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Its bytes have the digest that it is named by.
    Whole(BlobInfo),
    /// They have another.
    Damaged(BlobInfo),
    /// It went away meanwhile.
    Gone,
    /// It is named by no digest: not ours.
    Stranger,
}

/// What copying a blob came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// It was sent.
    Sent,
    /// It was there already, of the same length.
    WasThere,
    /// It is damaged here and was not sent.
    Damaged,
}

impl Blobs {
    /// Everything that lies on a shelf, strangers too, in no particular order.
    pub fn list(&self, shelf: Shelf) -> BoxStream<'static, Result<Listed, BlobError>> {
        let found = match &self.shelves {
            Shelves::Folder(folder) => folder.list(shelf),
            Shelves::Bucket(bucket) => bucket.list(shelf),
        };
        found.map_ok(move |meta| listed(shelf, &meta)).boxed()
    }

    /// Reads a listed blob to its end and holds it against its name. Reads the store itself, not a local copy.
    ///
    /// # Errors
    /// [`BlobError::Store`], [`BlobError::Unavailable`].
    pub async fn examine(&self, listed: &Listed) -> Result<Condition, BlobError> {
        let Some(sha256) = listed.sha256 else { return Ok(Condition::Stranger) };
        let location = listed.shelf.location(sha256);
        let info = match &self.shelves {
            Shelves::Folder(folder) => match folder.at(&location).await? {
                Some(mut file) => Some(blocking(move || Ok(digest_reader(&mut file)?)).await?),
                None => None,
            },
            Shelves::Bucket(bucket) => bucket.digest(&bucket.at(&location)).await?,
        };
        Ok(match info {
            Some(info) if info.sha256 == sha256 => Condition::Whole(info),
            Some(info) => Condition::Damaged(info),
            None => Condition::Gone,
        })
    }

    /// Puts a listed blob of this store onto the same shelf of another. One that is there already in full length is not sent again: its bytes were
    /// checked when it came there, and [`Blobs::examine`] checks them once more.
    ///
    /// # Errors
    /// [`BlobError::Store`], [`BlobError::Unavailable`] of either.
    pub async fn copy_to(&self, listed: &Listed, target: &Self) -> Result<Copied, BlobError> {
        let Some(sha256) = listed.sha256 else { return Ok(Copied::WasThere) };
        if target.holds(listed, sha256).await? {
            return Ok(Copied::WasThere);
        }
        let mut file = match self.open(sha256).await {
            Ok(Some(file)) => file,
            Ok(None) | Err(BlobError::Damaged(_)) => return Ok(Copied::Damaged),
            Err(error) => return Err(error),
        };
        let mut upload = Upload::start(target.clone(), listed.shelf, u64::MAX).await?;
        loop {
            let (again, bytes) = blocking(move || {
                let mut bytes = Vec::new();
                file.by_ref().take(PIECE as u64).read_to_end(&mut bytes)?;
                Ok((file, bytes))
            })
            .await?;
            file = again;
            if bytes.is_empty() {
                break;
            }
            upload.write(&bytes).await?;
        }
        let info = upload.finish().await?;
        Ok(if info.sha256 == sha256 { Copied::Sent } else { Copied::Damaged })
    }

    async fn holds(&self, listed: &Listed, sha256: Sha256) -> Result<bool, BlobError> {
        let location = listed.shelf.location(sha256);
        let size = match &self.shelves {
            Shelves::Folder(folder) => {
                folder.at(&location).await?.map(|file| file.metadata()).transpose()?.map(|about| about.len())
            }
            Shelves::Bucket(bucket) => bucket.size(&bucket.at(&location)).await?,
        };
        Ok(size == Some(listed.size_bytes))
    }
}

fn listed(shelf: Shelf, meta: &ObjectMeta) -> Listed {
    let name = meta.location.filename().unwrap_or_default();
    // Only what lies where it belongs is found by its name.
    let sha256 = name.parse().ok().filter(|sha256| shelf.location(*sha256) == meta.location);
    Listed { shelf, sha256, location: meta.location.to_string(), size_bytes: meta.size }
}
