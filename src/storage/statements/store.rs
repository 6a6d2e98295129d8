//! The trait, method by method: which statements it runs and in what kind of transaction.

use async_trait::async_trait;
use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, SubjectKind};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{
    AnalysisId, CaseId, IdSource, JobId, NoticeId, OrganisationId, SubmissionId, UserId, VerdictId,
};
use podlinnik_domain::notice::{Notice, NoticeText};
use podlinnik_domain::people::{Organisation, User};
use podlinnik_domain::submission::Submission;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::{
    AnalysisEnd, AnalysisRecord, ClaimedJob, JobCount, JobKind, JobRecord, Lease, MediaRecord, NewJob,
    NewNotice, NewSubmission, NewVerdict, Page, Position, Publication, Reopening, SecondLook,
    SubmissionOutcome,
};
use podlinnik_storage::{Store, StoreError};

use super::{analyses, decisions, events, findings, jobs, notices, people, submissions};
use crate::engine::{self, Handle};

/// How often a transaction is run when others get in its way.
pub(super) const ATTEMPTS: u32 = 5;

/// Runs a block until it does not fail for a passing reason, at most [`ATTEMPTS`] times.
macro_rules! repeat {
    ($block:expr) => {
        repeat!($block, $crate::statements::Failure::is_transient)
    };
    ($block:expr, $again:expr) => {{
        let mut attempt = 1;
        loop {
            let answer: Result<_, $crate::statements::Failure> = async { $block }.await;
            match answer {
                Err(failure) if $again(&failure) && attempt < $crate::statements::store::ATTEMPTS => {
                    tracing::debug!(database.attempt = attempt, "transaction is run again: {failure:?}");
                    attempt += 1;
                }
                Err(failure) => break Err(podlinnik_storage::StoreError::from(failure)),
                Ok(answer) => break Ok(answer),
            }
        }
    }};
}

/// Reads, outside any transaction of our own: one statement, one snapshot. What a connection took with it is asked again over another.
macro_rules! read {
    ($store:expr, $connection:ident => $call:expr) => {
        repeat!(
            {
                let mut held = $store.reader().await?;
                let $connection = &mut *held;
                $call.await
            },
            |failure: &$crate::statements::Failure| failure.is_transient() || failure.is_lost()
        )
    };
}

/// Writes without an event.
macro_rules! update {
    ($store:expr, $connection:ident => $call:expr) => {
        repeat!({
            let mut transaction = $store.begin_update().await?;
            let $connection = &mut *transaction;
            let answer = $call.await?;
            transaction.commit().await?;
            Ok(answer)
        })
    };
}

/// Writes and appends events, under the history's lock.
macro_rules! record {
    ($store:expr, $connection:ident => $call:expr) => {
        repeat!({
            let mut transaction = $store.begin_record().await?;
            let $connection = &mut *transaction;
            let answer = $call.await?;
            transaction.commit().await?;
            $store.recorded.tell();
            Ok(answer)
        })
    };
}

pub(super) use {read, record, repeat, update};

#[async_trait]
impl Store for Handle {
    async fn ping(&self) -> Result<(), StoreError> {
        repeat!(engine::ping(self).await)
    }

    async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        repeat!(engine::time(self).await)
    }

    async fn organisation_create(
        &self,
        organisation: &Organisation,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => people::organisation_create(connection, organisation, at))
    }

    async fn organisation_get(&self, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
        read!(self, connection => people::organisation_get(connection, id))
    }

    async fn organisation_by_code(&self, code: &str) -> Result<Option<Organisation>, StoreError> {
        read!(self, connection => people::organisation_by_code(connection, code))
    }

    async fn organisation_list(&self) -> Result<Vec<Organisation>, StoreError> {
        read!(self, connection => people::organisation_list(connection))
    }

    async fn user_create(&self, user: &User, actor: Option<UserId>) -> Result<(), StoreError> {
        record!(self, connection => people::user_create(connection, user, actor))
    }

    async fn user_get(&self, id: UserId) -> Result<Option<User>, StoreError> {
        read!(self, connection => people::user_get(connection, id))
    }

    async fn user_by_login(&self, login: &str) -> Result<Option<User>, StoreError> {
        read!(self, connection => people::user_by_login(connection, login))
    }

    async fn user_list(&self) -> Result<Vec<User>, StoreError> {
        read!(self, connection => people::user_list(connection))
    }

    async fn submission_create(&self, submission: &NewSubmission) -> Result<SubmissionOutcome, StoreError> {
        record!(self, connection => submissions::submission_create(connection, submission))
    }

    async fn submission_get(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError> {
        read!(self, connection => submissions::submission_get(connection, id))
    }

    async fn submission_list(
        &self,
        organisation: Option<OrganisationId>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Submission>, StoreError> {
        read!(self, connection => submissions::submission_list(connection, organisation, after, limit))
    }

    async fn submission_list_by_media(
        &self,
        sha256: Sha256,
        root: Option<OrganisationId>,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError> {
        read!(self, connection => submissions::submission_list_by_media(connection, sha256, root, limit))
    }

    async fn media_get(&self, sha256: Sha256) -> Result<Option<MediaRecord>, StoreError> {
        read!(self, connection => submissions::media_get(connection, sha256))
    }

    async fn analysis_get(&self, id: AnalysisId) -> Result<Option<AnalysisRecord>, StoreError> {
        read!(self, connection => analyses::analysis_get(connection, id))
    }

    async fn derivative_list(&self, analysis: AnalysisId) -> Result<Vec<Derivative>, StoreError> {
        read!(self, connection => analyses::derivative_list(connection, analysis))
    }

    async fn derivative_add(
        &self,
        analysis: AnalysisId,
        derivative: &Derivative,
    ) -> Result<Derivative, StoreError> {
        update!(self, connection => analyses::derivative_add(connection, analysis, derivative))
    }

    async fn analysis_progress(
        &self,
        lease: &Lease,
        analysis: AnalysisId,
        permille: u16,
    ) -> Result<(), StoreError> {
        update!(self, connection => jobs::analysis_progress(connection, lease, analysis, permille))
    }

    async fn analysis_finish(
        &self,
        lease: &Lease,
        analysis: AnalysisId,
        end: &AnalysisEnd,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => jobs::analysis_finish(connection, lease, analysis, end, at))
    }

    async fn case_list_by_model(
        &self,
        model: Sha256,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Case>, StoreError> {
        read!(self, connection => findings::case_list_by_model(connection, model, after, limit))
    }

    async fn analysis_reopen(&self, reopening: &Reopening) -> Result<Case, StoreError> {
        record!(self, connection => findings::analysis_reopen(connection, reopening))
    }

    async fn job_create(&self, job: &NewJob) -> Result<(), StoreError> {
        update!(self, connection => jobs::job_create(connection, job))
    }

    async fn job_claim(
        &self,
        kinds: &[JobKind],
        worker: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        repeat!(engine::job_claim(self, kinds, worker, now, until).await)
    }

    async fn job_heartbeat(&self, lease: &Lease, until: Timestamp) -> Result<Lease, StoreError> {
        update!(self, connection => jobs::job_heartbeat(connection, lease, until))
    }

    async fn job_fail(
        &self,
        lease: &Lease,
        error: &str,
        run_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        record!(self, connection => jobs::job_fail(connection, lease, error, run_at, now))
    }

    async fn job_release(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError> {
        update!(self, connection => jobs::job_release(connection, lease, now))
    }

    async fn job_postpone(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        update!(self, connection => jobs::job_postpone(connection, lease, run_at))
    }

    async fn job_counts(&self) -> Result<Vec<JobCount>, StoreError> {
        read!(self, connection => jobs::job_counts(connection))
    }

    async fn job_dead(&self, limit: u32) -> Result<Vec<JobRecord>, StoreError> {
        read!(self, connection => jobs::job_dead(connection, limit))
    }

    async fn job_revive(&self, job: JobId, actor: Option<UserId>, now: Timestamp) -> Result<(), StoreError> {
        record!(self, connection => jobs::job_revive(connection, job, actor, now))
    }

    async fn case_get(&self, id: CaseId) -> Result<Option<Case>, StoreError> {
        read!(self, connection => decisions::case_get(connection, id))
    }

    async fn case_by_media(&self, sha256: Sha256) -> Result<Option<Case>, StoreError> {
        read!(self, connection => decisions::case_by_media(connection, sha256))
    }

    async fn case_list(
        &self,
        organisation: Option<OrganisationId>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Case>, StoreError> {
        read!(self, connection => decisions::case_list(connection, organisation, after, limit))
    }

    async fn verdict_propose(&self, verdict: &NewVerdict) -> Result<Verdict, StoreError> {
        record!(self, connection => decisions::verdict_propose(connection, verdict))
    }

    async fn verdict_second_look(&self, look: &SecondLook) -> Result<Verdict, StoreError> {
        record!(self, connection => decisions::verdict_second_look(connection, look))
    }

    async fn verdict_approve(
        &self,
        verdict: VerdictId,
        approver: UserId,
        at: Timestamp,
    ) -> Result<Verdict, StoreError> {
        record!(self, connection => decisions::verdict_approve(connection, verdict, approver, at))
    }

    async fn verdict_get(&self, id: VerdictId) -> Result<Option<Verdict>, StoreError> {
        read!(self, connection => decisions::verdict_get(connection, id))
    }

    async fn verdict_list(&self, case: CaseId) -> Result<Vec<Verdict>, StoreError> {
        read!(self, connection => decisions::verdict_list(connection, case))
    }

    async fn evidence_put(
        &self,
        sha256: Sha256,
        evidence: &serde_json::Value,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        update!(self, connection => events::evidence_put(connection, sha256, evidence, at))
    }

    async fn evidence_get(&self, sha256: Sha256) -> Result<Option<serde_json::Value>, StoreError> {
        read!(self, connection => events::evidence_get(connection, sha256))
    }

    async fn notice_draft(&self, notice: &NewNotice) -> Result<Notice, StoreError> {
        record!(self, connection => notices::notice_draft(connection, notice))
    }

    async fn notice_revise(
        &self,
        id: NoticeId,
        version: u32,
        text: &NoticeText,
        actor: UserId,
        at: Timestamp,
    ) -> Result<Notice, StoreError> {
        record!(self, connection => notices::notice_revise(connection, id, version, text, actor, at))
    }

    async fn notice_submit(
        &self,
        id: NoticeId,
        version: u32,
        actor: UserId,
        at: Timestamp,
    ) -> Result<Notice, StoreError> {
        record!(self, connection => notices::notice_submit(connection, id, version, actor, at))
    }

    async fn notice_approve(
        &self,
        id: NoticeId,
        version: u32,
        approver: UserId,
        at: Timestamp,
    ) -> Result<Notice, StoreError> {
        record!(self, connection => notices::notice_approve(connection, id, version, approver, at))
    }

    async fn notice_publish(
        &self,
        publication: &Publication,
        ids: &dyn IdSource,
    ) -> Result<Notice, StoreError> {
        record!(self, connection => notices::notice_publish(connection, publication, ids))
    }

    async fn notice_get(&self, id: NoticeId) -> Result<Option<Notice>, StoreError> {
        read!(self, connection => notices::notice_get(connection, id))
    }

    async fn notice_list(&self, case: CaseId) -> Result<Vec<Notice>, StoreError> {
        read!(self, connection => notices::notice_list(connection, case))
    }

    async fn notice_published(
        &self,
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Notice>, StoreError> {
        read!(self, connection => notices::notice_published(connection, region, after, limit))
    }

    async fn event_list(
        &self,
        subject_kind: SubjectKind,
        subject_id: &str,
    ) -> Result<Vec<Event>, StoreError> {
        read!(self, connection => events::event_list(connection, subject_kind, subject_id))
    }

    async fn event_since(&self, sequence: u64, limit: u32) -> Result<Vec<Event>, StoreError> {
        read!(self, connection => events::event_since(connection, sequence, limit))
    }
}
