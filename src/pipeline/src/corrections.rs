//! What follows publication: a doubt is opened, somebody drafts how to settle it, somebody else settles it; objections come from outside. Opening and
//! drafting need `editor` or `corrections_officer`, settling `approver` or `corrections_officer`, deciding on objections `corrections_officer`.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{AppealId, CorrectionId, NoticeId};
use podlinnik_domain::inquiry::{Appeal, AppealState, validate_appeal};
use podlinnik_domain::notice::{Correction, CorrectionDraft, NoticeText};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_storage::record::{
    AppealDecision, CorrectionDrafting, CorrectionSettling, NewAppeal, NewCorrection, Page, Position,
};

use crate::access::{not_found, require};
use crate::desk::reason;
use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

impl Service {
    /// Doubts a public notice.
    pub async fn correction_open(
        &self,
        actor: &Actor,
        notice: NoticeId,
        version: u32,
        why: &str,
    ) -> Answer<Correction> {
        require(actor, &[Role::Editor, Role::CorrectionsOfficer])?;
        self.notice_to_change(actor, notice, version).await?;
        let correction = NewCorrection {
            id: CorrectionId::generate(self.ids.as_ref()),
            notice,
            version,
            reason: reason(why)?,
            actor: actor.user.id,
            at: self.clock.now(),
        };
        let opened = self.store.correction_open(&correction).await?;
        tracing::info!(notice.id = %notice, "correction of notice {notice} opened");
        Ok(opened)
    }

    /// Drafts how a doubt shall be settled.
    pub async fn correction_draft(
        &self,
        actor: &Actor,
        id: CorrectionId,
        draft_version: u32,
        draft: CorrectionDraft,
    ) -> Answer<Correction> {
        require(actor, &[Role::Editor, Role::CorrectionsOfficer])?;
        self.correction_to_change(actor, id).await?;
        if let Some(text) = &draft.text {
            complete(text)?;
        }
        draft.validate().map_err(ServiceError::Refused)?;
        let drafting = CorrectionDrafting {
            correction: id,
            draft_version,
            draft,
            actor: actor.user.id,
            at: self.clock.now(),
        };
        Ok(self.store.correction_draft(&drafting).await?)
    }

    /// Settles a doubt as drafted.
    pub async fn correction_settle(
        &self,
        actor: &Actor,
        id: CorrectionId,
        draft_version: u32,
    ) -> Answer<Correction> {
        require(actor, &[Role::Approver, Role::CorrectionsOfficer])?;
        self.correction_to_change(actor, id).await?;
        let settling = CorrectionSettling {
            correction: id,
            draft_version,
            actor: actor.user.id,
            max_attempts: self.settings.delivery_attempts,
            at: self.clock.now(),
        };
        let settled = self.store.correction_settle(&settling, self.ids.as_ref()).await?;
        tracing::info!(notice.id = %settled.notice, "correction of notice {} settled", settled.notice);
        self.work_waits.notify_waiters();
        Ok(settled)
    }

    /// One correction.
    pub async fn correction(&self, actor: &Actor, id: CorrectionId) -> Answer<Correction> {
        let correction = self.store.correction_get(id).await?.ok_or_else(not_found)?;
        self.notice(actor, correction.notice).await?;
        Ok(correction)
    }

    /// Corrections of a notice, oldest first, for the desk.
    pub async fn corrections(&self, actor: &Actor, notice: NoticeId) -> Answer<Vec<Correction>> {
        self.notice(actor, notice).await?;
        Ok(self.store.correction_list(notice).await?)
    }

    /// Settled corrections of a notice, oldest first, for the public.
    pub async fn settled_corrections(&self, notice: NoticeId) -> Answer<Vec<Correction>> {
        let mut corrections = self.store.correction_list(notice).await?;
        corrections.retain(|correction| correction.settled.is_some());
        Ok(corrections)
    }

    /// Settled corrections of all notices, newest first, for the public; of one region if given.
    pub async fn published_corrections(
        &self,
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<Correction>> {
        Ok(self.store.correction_published(region, after, limit.clamp(1, MOST_ENTRIES)).await?)
    }

    /// The words of a notice in one of its versions.
    pub async fn notice_version(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<NoticeText> {
        self.notice(actor, id).await?;
        self.store.notice_version(id, version).await?.ok_or_else(not_found)
    }

    async fn correction_to_change(&self, actor: &Actor, id: CorrectionId) -> Answer<()> {
        let correction = self.store.correction_get(id).await?.ok_or_else(not_found)?;
        let notice = self.store.notice_get(correction.notice).await?.ok_or_else(not_found)?;
        self.require_jurisdiction(actor, notice.organisation).await
    }

    /// Takes down an objection to a public notice, from anybody.
    pub async fn appeal(
        &self,
        notice: NoticeId,
        name: Option<String>,
        contact: Option<String>,
        statement: String,
    ) -> Answer<AppealId> {
        validate_appeal(name.as_deref(), contact.as_deref(), &statement).map_err(ServiceError::Refused)?;
        self.published_notice(notice).await?.ok_or_else(not_found)?;
        let at = self.clock.now();
        let id = AppealId::generate(self.ids.as_ref());
        self.store.appeal_create(&NewAppeal { id, notice, name, contact, statement, at }).await?;
        tracing::info!(appeal.id = %id, notice.id = %notice, "objection to notice {notice}");
        Ok(id)
    }

    /// Objections to notices that the actor may see, newest first.
    pub async fn appeals(
        &self,
        actor: &Actor,
        state: Option<AppealState>,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<Appeal>> {
        require(actor, &[Role::CorrectionsOfficer, Role::Editor, Role::Approver, Role::Auditor])?;
        let root = self.root(actor).await?;
        Ok(self.store.appeal_list(state, root, after, limit.clamp(1, MOST_ENTRIES)).await?)
    }

    /// Decides on an objection; granting it opens a correction.
    pub async fn appeal_decide(
        &self,
        actor: &Actor,
        id: AppealId,
        granted: bool,
        why: &str,
    ) -> Answer<Appeal> {
        require(actor, &[Role::CorrectionsOfficer])?;
        let appeal = self.store.appeal_get(id).await?.ok_or_else(not_found)?;
        let notice = self.store.notice_get(appeal.notice).await?.ok_or_else(not_found)?;
        self.require_jurisdiction(actor, notice.organisation).await?;
        let decision = AppealDecision {
            appeal: id,
            granted,
            decision: reason(why)?,
            correction: CorrectionId::generate(self.ids.as_ref()),
            actor: actor.user.id,
            at: self.clock.now(),
        };
        Ok(self.store.appeal_decide(&decision).await?)
    }
}

/// Refuses with what the checklist still wants.
pub(crate) fn complete(text: &NoticeText) -> Answer<()> {
    text.validate().map_err(ServiceError::Refused)?;
    let missing = text.missing();
    if missing.is_empty() { Ok(()) } else { Err(ServiceError::Incomplete(missing)) }
}

/// Words that are a secret's hash or nothing.
pub(crate) const fn unknown_secret() -> ServiceError {
    ServiceError::Refused(ErrorCode::NotFound)
}
