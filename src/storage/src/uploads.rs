use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{SubmissionId, UploadId};

use crate::error::StoreError;
use crate::record::{NewUpload, UploadRecord};

/// Uploads that come piece by piece; a part of [`Store`](crate::Store).
#[async_trait]
pub trait UploadStore: std::fmt::Debug + Send + Sync {
    /// Begins an upload. `WrongState` if the person has `most` unfinished ones that have not expired.
    async fn upload_create(&self, upload: &NewUpload, most: u32) -> Result<UploadRecord, StoreError>;
    /// The upload with this identifier, expired ones included.
    async fn upload_get(&self, id: UploadId) -> Result<Option<UploadRecord>, StoreError>;
    /// Notes that the bytes up to `to` are durable. Compare-and-set on what was received: `Stale` if it is not `from`.
    async fn upload_advance(&self, id: UploadId, from: u64, to: u64) -> Result<(), StoreError>;
    /// Notes what the complete bytes are, before they get their place among the originals. Repeating it changes nothing.
    async fn upload_seal(&self, id: UploadId, sha256: Sha256, blake3: Blake3) -> Result<(), StoreError>;
    /// Notes which submission the upload became. Repeating it changes nothing; another submission is `WrongState`.
    async fn upload_finish(&self, id: UploadId, submission: SubmissionId) -> Result<(), StoreError>;
    /// Forgets an upload; answers whether it was there.
    async fn upload_remove(&self, id: UploadId) -> Result<bool, StoreError>;
    /// Uploads that have expired by `now`, oldest first.
    async fn upload_list_expired(&self, now: Timestamp, limit: u32) -> Result<Vec<UploadRecord>, StoreError>;
}
