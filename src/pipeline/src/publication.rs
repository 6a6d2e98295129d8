//! Publication: drafting, revising and submitting need `editor`, approving `approver`, publishing `editor` or `approver`.
//! Whoever wrote a version of a notice does not approve it.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CaseId, NoticeId, VerdictId};
use podlinnik_domain::notice::{Notice, NoticeText};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::{NewNotice, Page, Position, Publication};

use crate::access::{not_found, require};
use crate::corrections::complete;
use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

impl Service {
    /// Drafts a notice from an approved verdict.
    pub async fn notice_draft(&self, actor: &Actor, verdict: VerdictId, text: NoticeText) -> Answer<Notice> {
        require(actor, &[Role::Editor])?;
        text.validate().map_err(ServiceError::Refused)?;
        let verdict = self.verdict(actor, verdict).await?;
        let case = self.store.case_get(verdict.case).await?.ok_or_else(not_found)?;
        self.require_jurisdiction(actor, case.organisation).await?;
        if !verdict.is_current() {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let draft = NewNotice {
            id: NoticeId::generate(self.ids.as_ref()),
            verdict: verdict.id,
            organisation: actor.user.organisation,
            text,
            author: actor.user.id,
            at: self.clock.now(),
        };
        Ok(self.store.notice_draft(&draft).await?)
    }

    /// Replaces the text.
    pub async fn notice_revise(
        &self,
        actor: &Actor,
        id: NoticeId,
        version: u32,
        text: NoticeText,
    ) -> Answer<Notice> {
        require(actor, &[Role::Editor])?;
        text.validate().map_err(ServiceError::Refused)?;
        self.notice_to_change(actor, id, version).await?;
        Ok(self.store.notice_revise(id, version, &text, actor.user.id, self.clock.now()).await?)
    }

    /// Hands it to review.
    pub async fn notice_submit(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<Notice> {
        require(actor, &[Role::Editor])?;
        complete(&self.notice_to_change(actor, id, version).await?.text)?;
        Ok(self.store.notice_submit(id, version, actor.user.id, self.clock.now()).await?)
    }

    /// Approves it.
    pub async fn notice_approve(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<Notice> {
        require(actor, &[Role::Approver])?;
        let notice = self.notice_to_change(actor, id, version).await?;
        if notice.author == actor.user.id {
            return Err(ServiceError::Refused(ErrorCode::SamePerson));
        }
        Ok(self.store.notice_approve(id, version, actor.user.id, self.clock.now()).await?)
    }

    /// Publishes it: feed, receivers, inboxes.
    pub async fn notice_publish(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<Notice> {
        require(actor, &[Role::Editor, Role::Approver])?;
        self.notice_to_change(actor, id, version).await?;
        let publication = Publication {
            notice: id,
            version,
            actor: actor.user.id,
            at: self.clock.now(),
            max_attempts: self.settings.delivery_attempts,
        };
        let notice = self.store.notice_publish(&publication, self.ids.as_ref()).await?;
        tracing::info!(notice.id = %id, notice.version = version, "notice {id} published");
        self.work_waits.notify_waiters();
        Ok(notice)
    }

    /// One notice, whatever its state.
    pub async fn notice(&self, actor: &Actor, id: NoticeId) -> Answer<Notice> {
        let notice = self.store.notice_get(id).await?.ok_or_else(not_found)?;
        self.require_sight(actor, notice.organisation).await?;
        Ok(notice)
    }

    /// Notices of a case.
    pub async fn notices(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Notice>> {
        self.case(actor, case).await?;
        Ok(self.store.notice_list(case).await?)
    }

    /// A published notice with its verdict, for the public.
    pub async fn published_notice(&self, id: NoticeId) -> Answer<Option<(Notice, Verdict)>> {
        match self.store.notice_get(id).await? {
            Some(notice) if notice.published_at.is_some() => Ok(Some(self.with_verdict(notice).await?)),
            _ => Ok(None),
        }
    }

    /// Published notices with their verdicts, newest first, for the public.
    pub async fn published_notices(
        &self,
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<(Notice, Verdict)>> {
        let page = self.store.notice_published(region, after, limit.clamp(1, MOST_ENTRIES)).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for notice in page.items {
            items.push(self.with_verdict(notice).await?);
        }
        Ok(Page { items, next: page.next })
    }

    /// A notice that the actor may act on, in the version that they saw.
    pub(crate) async fn notice_to_change(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<Notice> {
        let notice = self.store.notice_get(id).await?.ok_or_else(not_found)?;
        self.require_jurisdiction(actor, notice.organisation).await?;
        if notice.version == version {
            Ok(notice)
        } else {
            Err(ServiceError::Refused(ErrorCode::StaleRevision))
        }
    }

    pub(crate) async fn with_verdict(&self, notice: Notice) -> Answer<(Notice, Verdict)> {
        let verdict = self.store.verdict_get(notice.verdict).await?.ok_or_else(|| {
            ServiceError::Internal(format!("notice {} has no verdict {}", notice.id, notice.verdict))
        })?;
        Ok((notice, verdict))
    }
}
