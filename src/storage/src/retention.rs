use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::AnalysisId;

use crate::error::StoreError;
use crate::record::{NewRemoval, Removable};

/// Retention rules; a part of [`Store`](crate::Store).
#[async_trait]
pub trait RetentionStore: std::fmt::Debug + Send + Sync {
    /// Previews of cases that ended before a moment, by analysis and name, after one of them. A case has ended when its verdict is approved, nothing has
    /// happened with it since, and no draft, doubt, question or objection is open.
    async fn removable_list(
        &self,
        before: Timestamp,
        after: Option<(AnalysisId, &str)>,
        limit: u32,
    ) -> Result<Vec<Removable>, StoreError>;
    /// Forgets a preview and records that; answers whether it was there and the rule still asked for it.
    async fn preview_remove(&self, removal: &NewRemoval) -> Result<bool, StoreError>;
    /// Digests of removed files whose bytes have not been dealt with, oldest first.
    async fn removal_unsettled(&self, limit: u32) -> Result<Vec<Sha256>, StoreError>;
    /// Whether any record still rests on these bytes.
    async fn blob_is_named(&self, sha256: Sha256) -> Result<bool, StoreError>;
    /// Notes that the bytes of removed files have been dealt with.
    async fn removal_settle(&self, sha256: Sha256, at: Timestamp) -> Result<(), StoreError>;
}
