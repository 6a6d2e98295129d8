use async_trait::async_trait;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;

use crate::error::StoreError;
use crate::record::{MediaKnowledge, Page, Position, PublicQuestion};

/// What everybody may ask; a part of [`Store`](crate::Store).
#[async_trait]
pub trait PublicStore: std::fmt::Debug + Send + Sync {
    /// Public notices that answer a question, with the verdicts that they are pinned to, by time of publication, newest first.
    async fn notice_search(
        &self,
        question: &PublicQuestion,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<(Notice, Verdict)>, StoreError>;
    /// What is known of these bytes, for somebody of this organisation.
    async fn media_known(
        &self,
        sha256: Sha256,
        reader: OrganisationId,
    ) -> Result<Option<MediaKnowledge>, StoreError>;
}
