use async_trait::async_trait;
use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, SubjectKind};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{
    AnalysisId, CaseId, IdSource, NoticeId, OrganisationId, SubmissionId, UserId, VerdictId,
};
use podlinnik_domain::notice::{Notice, NoticeText};
use podlinnik_domain::people::{Organisation, User};
use podlinnik_domain::submission::Submission;
use podlinnik_domain::verdict::Verdict;

use crate::accounts::AccountStore;
use crate::administration::AdministrationStore;
use crate::board::BoardStore;
use crate::delivery::DeliveryStore;
use crate::desk::DeskStore;
use crate::error::StoreError;
use crate::fetches::FetchStore;
use crate::log::LogStore;
use crate::notices::NoticeStore;
use crate::originals::OriginalStore;
use crate::public::PublicStore;
use crate::record::{
    AnalysisEnd, AnalysisRecord, ClaimedJob, JobCount, JobKind, JobRecord, Lease, MediaRecord, NewJob,
    NewNotice, NewSubmission, NewVerdict, Page, Position, Publication, Reopening, SecondLook,
    SubmissionOutcome,
};
use crate::retention::RetentionStore;
use crate::transfer::TransferStore;
use crate::uploads::UploadStore;

/// Everything that can be asked of a store. Each method is one transaction and is safe to repeat after a lost answer where its
/// documentation says so. `at` and `now` always come from the caller's clock.
#[async_trait]
pub trait Store:
    OriginalStore
    + DeskStore
    + DeliveryStore
    + AccountStore
    + LogStore
    + BoardStore
    + NoticeStore
    + UploadStore
    + FetchStore
    + PublicStore
    + RetentionStore
    + AdministrationStore
    + TransferStore
    + 'static
{
    /// Whether the database answers and its schema is the one expected.
    async fn ping(&self) -> Result<(), StoreError>;
    /// What the database server's clock shows; none where the database runs on this machine's clock.
    async fn time(&self) -> Result<Option<Timestamp>, StoreError>;

    // --- people -----------------------------------------------------------------------------------------------------------------

    /// Adds an organisation. `Conflict { what: "organisation code" }` if the code is taken.
    async fn organisation_create(&self, organisation: &Organisation, at: Timestamp)
    -> Result<(), StoreError>;
    /// The organisation with this identifier.
    async fn organisation_get(&self, id: OrganisationId) -> Result<Option<Organisation>, StoreError>;
    /// The organisation with this code.
    async fn organisation_by_code(&self, code: &str) -> Result<Option<Organisation>, StoreError>;
    /// All organisations, by code.
    async fn organisation_list(&self) -> Result<Vec<Organisation>, StoreError>;
    /// Adds a user. `Conflict { what: "login" }` if the login is taken, `Missing` if the organisation does not exist.
    async fn user_create(&self, user: &User, actor: Option<UserId>) -> Result<(), StoreError>;
    /// The user with this identifier.
    async fn user_get(&self, id: UserId) -> Result<Option<User>, StoreError>;
    /// The user with this login.
    async fn user_by_login(&self, login: &str) -> Result<Option<User>, StoreError>;
    /// All users, by login.
    async fn user_list(&self) -> Result<Vec<User>, StoreError>;

    // --- submissions and analyses -----------------------------------------------------------------------------------------------

    /// Stores a submission. New bytes: media item, case (`new`), analysis (`queued`) and its job come into being with it, state
    /// `quarantined`. Known bytes: state `duplicate` (or `rejected` with the same code, if the bytes were refused), case and latest analysis
    /// of the earlier one, no job. A replayed idempotency key with the same request answers the first submission with `created: false`.
    /// `QuotaUsedUp` if the submitter has handed in as much within 24 hours as the quota allows.
    async fn submission_create(&self, submission: &NewSubmission) -> Result<SubmissionOutcome, StoreError>;
    /// The submission with this identifier.
    async fn submission_get(&self, id: SubmissionId) -> Result<Option<Submission>, StoreError>;
    /// Submissions of one organisation (all if none), newest first.
    async fn submission_list(
        &self,
        organisation: Option<OrganisationId>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Submission>, StoreError>;
    /// Submissions of these bytes, newest first: those of an organisation and those below it, and of partners; all if none.
    async fn submission_list_by_media(
        &self,
        sha256: Sha256,
        root: Option<OrganisationId>,
        limit: u32,
    ) -> Result<Vec<Submission>, StoreError>;
    /// The media item with this digest.
    async fn media_get(&self, sha256: Sha256) -> Result<Option<MediaRecord>, StoreError>;
    /// The analysis with this identifier.
    async fn analysis_get(&self, id: AnalysisId) -> Result<Option<AnalysisRecord>, StoreError>;
    /// Derivatives of an analysis, by name.
    async fn derivative_list(&self, analysis: AnalysisId) -> Result<Vec<Derivative>, StoreError>;
    /// Adds a derivative to an analysis, whatever state that is in, and answers the one that is recorded under its name: of two that race the
    /// first wins. `Missing` if there is no such analysis.
    async fn derivative_add(
        &self,
        analysis: AnalysisId,
        derivative: &Derivative,
    ) -> Result<Derivative, StoreError>;
    /// Marks an analysis as running and notes progress, if `lease` still holds.
    async fn analysis_progress(
        &self,
        lease: &Lease,
        analysis: AnalysisId,
        permille: u16,
    ) -> Result<(), StoreError>;
    /// Ends an analysis and its job: report and derivatives stored, submissions of these bytes accepted or rejected, case moved from `new` to
    /// `in_analysis`, all in one transaction and only if `lease` still holds (`LeaseLost` otherwise).
    async fn analysis_finish(
        &self,
        lease: &Lease,
        analysis: AnalysisId,
        end: &AnalysisEnd,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Cases whose latest analysis has a finding that rests on this model, newest first. A finding that abstained or failed counts too: the
    /// model was asked.
    async fn case_list_by_model(
        &self,
        model: Sha256,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Case>, StoreError>;
    /// Queues a new analysis of a case's bytes, which becomes the case's latest one; the state of the case, its verdicts and their frozen
    /// evidence stay. `Stale` if the case has changed, `WrongState` if its latest analysis has no report.
    async fn analysis_reopen(&self, reopening: &Reopening) -> Result<Case, StoreError>;

    // --- queue ------------------------------------------------------------------------------------------------------------------

    /// Queues a job.
    async fn job_create(&self, job: &NewJob) -> Result<(), StoreError>;
    /// Claims the most urgent due job of one of `kinds` until `until`: queued, or leased with an expired lease. A job whose attempts are used
    /// up becomes dead instead (with its analysis or delivery) and is skipped.
    async fn job_claim(
        &self,
        kinds: &[JobKind],
        worker: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError>;
    /// Extends a lease. `LeaseLost` if it is no longer held.
    async fn job_heartbeat(&self, lease: &Lease, until: Timestamp) -> Result<Lease, StoreError>;
    /// Gives a job back after a failure: queued again for `run_at`, or dead (with its analysis or delivery) if its attempts are used up.
    /// Answers whether it is dead.
    async fn job_fail(
        &self,
        lease: &Lease,
        error: &str,
        run_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Gives a job back untouched (shutdown): queued again, the attempt does not count.
    async fn job_release(&self, lease: &Lease, now: Timestamp) -> Result<(), StoreError>;
    /// Gives a job back until `run_at`, for what it needs is away: queued again, the attempt does not count.
    async fn job_postpone(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError>;
    /// Numbers of jobs by kind and state, sorted.
    async fn job_counts(&self) -> Result<Vec<JobCount>, StoreError>;
    /// Dead jobs, newest first.
    async fn job_dead(&self, limit: u32) -> Result<Vec<JobRecord>, StoreError>;
    /// Puts a dead job (and its analysis or delivery) back into the queue with fresh attempts.
    async fn job_revive(
        &self,
        job: podlinnik_domain::id::JobId,
        actor: Option<UserId>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    // --- cases and verdicts -----------------------------------------------------------------------------------------------------

    /// The case with this identifier.
    async fn case_get(&self, id: CaseId) -> Result<Option<Case>, StoreError>;
    /// The case on these bytes.
    async fn case_by_media(&self, sha256: Sha256) -> Result<Option<Case>, StoreError>;
    /// Cases of one organisation (all if none), newest first.
    async fn case_list(
        &self,
        organisation: Option<OrganisationId>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Case>, StoreError>;
    /// Stores a proposed verdict as the next revision and moves the case to `second_look`. The case has to be in `in_analysis`, `triaged`,
    /// `disputed` or `approved` (a new revision) with the version given, its analysis final; otherwise `WrongState` or `Stale`. A disputed
    /// revision becomes `superseded`; an approved one stays current until the new one is approved.
    async fn verdict_propose(&self, verdict: &NewVerdict) -> Result<Verdict, StoreError>;
    /// Stores the second analyst's verdict: `agreed` if it is the same, else `disputed`. `SamePerson` if the author looks again.
    async fn verdict_second_look(&self, look: &SecondLook) -> Result<Verdict, StoreError>;
    /// Approves an agreed revision; the approved one before it becomes `superseded`. `SamePerson` for its author or second analyst.
    async fn verdict_approve(
        &self,
        verdict: VerdictId,
        approver: UserId,
        at: Timestamp,
    ) -> Result<Verdict, StoreError>;
    /// The verdict revision with this identifier.
    async fn verdict_get(&self, id: VerdictId) -> Result<Option<Verdict>, StoreError>;
    /// All revisions of a case, oldest first.
    async fn verdict_list(&self, case: CaseId) -> Result<Vec<Verdict>, StoreError>;
    /// The frozen evidence of a revision: canonical JSON whose SHA-256 is `evidence_sha256`.
    async fn evidence_put(
        &self,
        sha256: Sha256,
        evidence: &serde_json::Value,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Frozen evidence by its digest.
    async fn evidence_get(&self, sha256: Sha256) -> Result<Option<serde_json::Value>, StoreError>;

    // --- notices and deliveries -------------------------------------------------------------------------------------------------

    /// Stores a draft pinned to an approved, current verdict revision.
    async fn notice_draft(&self, notice: &NewNotice) -> Result<Notice, StoreError>;
    /// Replaces the text of a draft or of a notice in review (which goes back to draft); `version` is the one the editor saw.
    async fn notice_revise(
        &self,
        id: NoticeId,
        version: u32,
        text: &NoticeText,
        actor: UserId,
        at: Timestamp,
    ) -> Result<Notice, StoreError>;
    /// draft → in_review.
    async fn notice_submit(
        &self,
        id: NoticeId,
        version: u32,
        actor: UserId,
        at: Timestamp,
    ) -> Result<Notice, StoreError>;
    /// in_review → approved. `SamePerson` for anyone who wrote a version of it; `Stale` if the verdict revision is no longer current.
    async fn notice_approve(
        &self,
        id: NoticeId,
        version: u32,
        approver: UserId,
        at: Timestamp,
    ) -> Result<Notice, StoreError>;
    /// approved → published, with one delivery (`notice.published`) and one job per active webhook in the same transaction. `Stale` if the verdict
    /// revision is no longer current. Identifiers for deliveries and jobs come from `ids`.
    async fn notice_publish(
        &self,
        publication: &Publication,
        ids: &dyn IdSource,
    ) -> Result<Notice, StoreError>;
    /// The notice with this identifier.
    async fn notice_get(&self, id: NoticeId) -> Result<Option<Notice>, StoreError>;
    /// All notices of a case, oldest first.
    async fn notice_list(&self, case: CaseId) -> Result<Vec<Notice>, StoreError>;
    /// Published notices, by time of publication, newest first; of one region if given.
    async fn notice_published(
        &self,
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Notice>, StoreError>;

    // --- history ----------------------------------------------------------------------------------------------------------------

    /// Events about one subject, oldest first.
    async fn event_list(&self, subject_kind: SubjectKind, subject_id: &str)
    -> Result<Vec<Event>, StoreError>;
    /// Events after a sequence number, oldest first.
    async fn event_since(&self, sequence: u64, limit: u32) -> Result<Vec<Event>, StoreError>;
}
