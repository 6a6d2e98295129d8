use async_trait::async_trait;
use podlinnik_domain::id::{NoticeId, OrganisationId};
use podlinnik_domain::inquiry::{Inquiry, InquiryState};
use podlinnik_domain::notice::NoticeState;
use uuid::Uuid;

use crate::error::StoreError;
use crate::record::{Audience, Delivery, NoticeEntry, NoticeQuestion, NoticeVersion, Page};

/// Notices and questions as the desk lists them; a part of [`Store`](crate::Store).
#[async_trait]
pub trait NoticeStore: std::fmt::Debug + Send + Sync {
    /// Notices in some states, last changed first.
    async fn notice_page(&self, question: &NoticeQuestion) -> Result<Page<NoticeEntry>, StoreError>;
    /// How many notices an organisation and those below it (all if none) have in each state, of one region if given; states without any are left
    /// out.
    async fn notice_counts(
        &self,
        root: Option<OrganisationId>,
        region: Option<&str>,
    ) -> Result<Vec<(NoticeState, u64)>, StoreError>;
    /// All versions of a notice, oldest first.
    async fn notice_version_list(&self, id: NoticeId) -> Result<Vec<NoticeVersion>, StoreError>;
    /// Who would be told if this notice were published now. `Missing` if there is no such notice.
    async fn notice_audience(&self, id: NoticeId) -> Result<Audience, StoreError>;
    /// Messages about one thing (a notice, a question, a verdict) to all receivers, newest first.
    async fn delivery_list_about(&self, subject: Uuid, limit: u32) -> Result<Vec<Delivery>, StoreError>;
    /// Questions about cases of an organisation and those below it (all if none) in one state, the one that is due first first.
    async fn inquiry_list_of(
        &self,
        root: Option<OrganisationId>,
        state: InquiryState,
        limit: u32,
    ) -> Result<Vec<Inquiry>, StoreError>;
}
