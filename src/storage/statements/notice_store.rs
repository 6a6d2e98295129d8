//! The part of the trait that lists notices and questions.

use async_trait::async_trait;
use podlinnik_domain::id::{NoticeId, OrganisationId};
use podlinnik_domain::inquiry::{Inquiry, InquiryState};
use podlinnik_domain::notice::NoticeState;
use podlinnik_storage::record::{Audience, Delivery, NoticeEntry, NoticeQuestion, NoticeVersion, Page};
use podlinnik_storage::{NoticeStore, StoreError};
use uuid::Uuid;

use super::store::{read, repeat};
use super::{announcements, deliveries, inquiries, notice_lists};
use crate::engine::Handle;

#[async_trait]
impl NoticeStore for Handle {
    async fn notice_page(&self, question: &NoticeQuestion) -> Result<Page<NoticeEntry>, StoreError> {
        read!(self, connection => notice_lists::notice_page(connection, question))
    }

    async fn notice_counts(
        &self,
        root: Option<OrganisationId>,
        region: Option<&str>,
    ) -> Result<Vec<(NoticeState, u64)>, StoreError> {
        read!(self, connection => notice_lists::notice_counts(connection, root, region))
    }

    async fn notice_version_list(&self, id: NoticeId) -> Result<Vec<NoticeVersion>, StoreError> {
        read!(self, connection => notice_lists::notice_version_list(connection, id))
    }

    async fn notice_audience(&self, id: NoticeId) -> Result<Audience, StoreError> {
        read!(self, connection => announcements::audience_of(connection, id))
    }

    async fn delivery_list_about(&self, subject: Uuid, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        read!(self, connection => deliveries::delivery_list_about(connection, subject, limit))
    }

    async fn inquiry_list_of(
        &self,
        root: Option<OrganisationId>,
        state: InquiryState,
        limit: u32,
    ) -> Result<Vec<Inquiry>, StoreError> {
        read!(self, connection => inquiries::inquiry_list_of(connection, root, state, limit))
    }
}
