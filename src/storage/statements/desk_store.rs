//! The desk's part of the trait.

use async_trait::async_trait;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::figures::Counts;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{
    AppealId, CaseId, CorrectionId, IdSource, InquiryId, NoticeId, OrganisationId, UserId,
};
use podlinnik_domain::inquiry::{Appeal, AppealState, Inquiry};
use podlinnik_domain::notice::{Correction, NoticeText};
use podlinnik_domain::situation::Group;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::{
    AppealDecision, CaseStep, CorrectionDrafting, CorrectionSettling, InquiryAnswering, NewAppeal,
    NewCorrection, NewInquiry, NewRelease, Page, Position, VerdictReturn,
};
use podlinnik_storage::{DeskStore, StoreError};

use super::store::{read, record, repeat};
use super::{appeals, corrections, desk, events, figures, inquiries, submissions};
use crate::engine::Handle;

#[async_trait]
impl DeskStore for Handle {
    async fn case_step(&self, step: &CaseStep) -> Result<Case, StoreError> {
        record!(self, connection => desk::case_step(connection, step))
    }

    async fn case_list_to_wake(&self, now: Timestamp, limit: u32) -> Result<Vec<Case>, StoreError> {
        read!(self, connection => desk::case_list_to_wake(connection, now, limit))
    }

    async fn verdict_return(&self, returned: &VerdictReturn) -> Result<Verdict, StoreError> {
        record!(self, connection => desk::verdict_return(connection, returned))
    }

    async fn verdict_release(&self, release: &NewRelease) -> Result<Verdict, StoreError> {
        record!(self, connection => desk::verdict_release(connection, release))
    }

    async fn verdict_list_released(&self, limit: u32) -> Result<Vec<Verdict>, StoreError> {
        read!(self, connection => desk::verdict_list_released(connection, limit))
    }

    async fn change_since(&self, sequence: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        read!(self, connection => events::change_since(connection, sequence, limit))
    }

    async fn case_list_by_source(&self, source_url: &str, limit: u32) -> Result<Vec<CaseId>, StoreError> {
        read!(self, connection => submissions::case_list_by_source(connection, source_url, limit))
    }

    async fn figure_counts(
        &self,
        from: Timestamp,
        until: Timestamp,
        region: Option<&str>,
        now: Timestamp,
    ) -> Result<Counts, StoreError> {
        read!(self, connection => figures::figure_counts(connection, from, until, region, now))
    }

    async fn situation(
        &self,
        from: Timestamp,
        until: Timestamp,
        late_before: Timestamp,
    ) -> Result<Vec<Group>, StoreError> {
        read!(self, connection => figures::situation(connection, from, until, late_before))
    }

    async fn correction_open(&self, correction: &NewCorrection) -> Result<Correction, StoreError> {
        record!(self, connection => corrections::correction_open(connection, correction))
    }

    async fn correction_draft(&self, drafting: &CorrectionDrafting) -> Result<Correction, StoreError> {
        record!(self, connection => corrections::correction_draft(connection, drafting))
    }

    async fn correction_settle(
        &self,
        settling: &CorrectionSettling,
        ids: &dyn IdSource,
    ) -> Result<Correction, StoreError> {
        record!(self, connection => corrections::correction_settle(connection, settling, ids))
    }

    async fn correction_get(&self, id: CorrectionId) -> Result<Option<Correction>, StoreError> {
        read!(self, connection => corrections::correction_get(connection, id))
    }

    async fn correction_list(&self, notice: NoticeId) -> Result<Vec<Correction>, StoreError> {
        read!(self, connection => corrections::correction_list(connection, notice))
    }

    async fn correction_published(
        &self,
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Correction>, StoreError> {
        read!(self, connection => corrections::correction_published(connection, region, after, limit))
    }

    async fn notice_version(&self, id: NoticeId, version: u32) -> Result<Option<NoticeText>, StoreError> {
        read!(self, connection => corrections::notice_version(connection, id, version))
    }

    async fn inquiry_create(&self, inquiry: &NewInquiry, ids: &dyn IdSource) -> Result<Inquiry, StoreError> {
        record!(self, connection => inquiries::inquiry_create(connection, inquiry, ids))
    }

    async fn inquiry_get(&self, id: InquiryId) -> Result<Option<Inquiry>, StoreError> {
        read!(self, connection => inquiries::inquiry_get(connection, id))
    }

    async fn inquiry_by_secret(&self, secret_sha256: Sha256) -> Result<Option<Inquiry>, StoreError> {
        read!(self, connection => inquiries::inquiry_by_secret(connection, secret_sha256))
    }

    async fn inquiry_list(&self, case: CaseId) -> Result<Vec<Inquiry>, StoreError> {
        read!(self, connection => inquiries::inquiry_list(connection, case))
    }

    async fn inquiry_list_to(
        &self,
        organisation: OrganisationId,
        limit: u32,
    ) -> Result<Vec<Inquiry>, StoreError> {
        read!(self, connection => inquiries::inquiry_list_to(connection, organisation, limit))
    }

    async fn inquiry_answer(&self, answering: &InquiryAnswering) -> Result<Inquiry, StoreError> {
        record!(self, connection => inquiries::inquiry_answer(connection, answering))
    }

    async fn inquiry_withdraw(
        &self,
        id: InquiryId,
        actor: UserId,
        at: Timestamp,
    ) -> Result<Inquiry, StoreError> {
        record!(self, connection => inquiries::inquiry_withdraw(connection, id, actor, at))
    }

    async fn inquiry_remind(
        &self,
        now: Timestamp,
        before: Timestamp,
        max_attempts: u32,
        ids: &dyn IdSource,
    ) -> Result<Vec<Inquiry>, StoreError> {
        record!(self, connection => inquiries::inquiry_remind(connection, now, before, max_attempts, ids))
    }

    async fn appeal_create(&self, appeal: &NewAppeal) -> Result<Appeal, StoreError> {
        record!(self, connection => appeals::appeal_create(connection, appeal))
    }

    async fn appeal_get(&self, id: AppealId) -> Result<Option<Appeal>, StoreError> {
        read!(self, connection => appeals::appeal_get(connection, id))
    }

    async fn appeal_list(
        &self,
        state: Option<AppealState>,
        root: Option<OrganisationId>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Appeal>, StoreError> {
        read!(self, connection => appeals::appeal_list(connection, state, root, after, limit))
    }

    async fn appeal_decide(&self, decision: &AppealDecision) -> Result<Appeal, StoreError> {
        record!(self, connection => appeals::appeal_decide(connection, decision))
    }
}
