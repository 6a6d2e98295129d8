//! The service's state. Use cases are methods of [`Service`], one file per group.

use std::sync::Arc;

use podlinnik_blobs::{Blobs, Upload};
use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Clock;
use podlinnik_domain::event::Event;
use podlinnik_domain::id::{
    AnalysisId, CaseId, IdSource, NoticeId, OrganisationId, SubmissionId, TokenId, UserId, VerdictId,
    WebhookId,
};
use podlinnik_domain::notice::{Notice, NoticeText};
use podlinnik_domain::people::{Actor, Organisation, OrganisationLevel, Role, User};
use podlinnik_domain::submission::{Circumstances, Submission};
use podlinnik_domain::verdict::{Proposal, Verdict, VerdictKind};
use podlinnik_storage::Store;
use podlinnik_storage::record::{
    AnalysisRecord, Delivery, JobCount, JobRecord, Page, Position, SubmissionOutcome, Webhook,
};
use tokio::sync::broadcast;

use crate::analyser::MediaAnalyser;
use crate::error::ServiceError;

type Answer<T> = Result<T, ServiceError>;

/// Settings of the use cases.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Where people and receivers reach the service, without a trailing slash; for links in feeds and webhooks.
    pub public_url: String,
    /// Largest upload in bytes.
    pub upload_bytes: u64,
    /// Seconds that a job's lease lasts between heartbeats.
    pub lease_s: u32,
    /// Attempts per analysis and per delivery.
    pub max_attempts: u32,
    /// Allow webhooks to loopback and private addresses (tests, closed networks). Off by default.
    pub allow_private_webhooks: bool,
}

/// News about an analysis, for SSE. A hint: the truth is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressNews {
    /// Which analysis.
    pub analysis: AnalysisId,
    /// Thousandths; 1000 when it has ended.
    pub permille: u16,
}

/// Everything that handlers and workers share.
#[derive(Debug, Clone)]
pub struct Service {
    /// What is remembered.
    pub(crate) store: Arc<dyn Store>,
    /// Originals and derivatives.
    pub(crate) blobs: Blobs,
    /// Present where this process examines media itself.
    pub(crate) analyser: Option<Arc<dyn MediaAnalyser>>,
    /// Time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Identifiers.
    pub(crate) ids: Arc<dyn IdSource>,
    /// Settings.
    pub(crate) settings: Arc<ServiceSettings>,
    /// News of progress within this process.
    pub(crate) news: broadcast::Sender<ProgressNews>,
}

/// A new secret and what it belongs to. The secret is shown once and stored only as a hash.
#[derive(Debug, Clone)]
pub struct IssuedToken {
    /// Identifier.
    pub id: TokenId,
    /// `plk_` and 43 characters of base64url (256 bits).
    pub secret: String,
}

/// What a partner or the public sees of a media item that is looked up by its digest.
#[derive(Debug, Clone)]
pub struct KnownMedia {
    /// The case.
    pub case: Case,
    /// The current approved verdict, if there is one.
    pub verdict: Option<Verdict>,
    /// Published notices about it.
    pub notices: Vec<Notice>,
}

impl Service {
    /// Puts a service together.
    pub fn new(
        store: Arc<dyn Store>,
        blobs: Blobs,
        analyser: Option<Arc<dyn MediaAnalyser>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        settings: ServiceSettings,
    ) -> Self {
        let (news, _) = broadcast::channel(1024);
        Self { store, blobs, analyser, clock, ids, settings: Arc::new(settings), news }
    }

    /// The settings in force.
    pub fn settings(&self) -> &ServiceSettings {
        &self.settings
    }

    /// The clock in use.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// News of progress, from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<ProgressNews> {
        self.news.subscribe()
    }
}

// The signatures below are the contract with `web` and `cli`. Their owner moves each group into its own file.

/// People (`people.rs`). Roles: managing needs `org_admin`; `actor: None` is the operator at the command line.
impl Service {
    /// Whether store and blobs answer (for `/readyz`).
    pub async fn ready(&self) -> Answer<()> {
        todo!("people.rs")
    }
    /// Adds an organisation.
    pub async fn organisation_add(
        &self,
        actor: Option<&Actor>,
        code: &str,
        level: OrganisationLevel,
        name_ru: &str,
        name_en: &str,
        parent: Option<OrganisationId>,
    ) -> Answer<Organisation> {
        let _ = (actor, code, level, name_ru, name_en, parent);
        todo!("people.rs")
    }
    /// All organisations.
    pub async fn organisations(&self) -> Answer<Vec<Organisation>> {
        todo!("people.rs")
    }
    /// Adds a user.
    pub async fn user_add(
        &self,
        actor: Option<&Actor>,
        organisation: OrganisationId,
        login: &str,
        display_name: &str,
        roles: &[Role],
    ) -> Answer<User> {
        let _ = (actor, organisation, login, display_name, roles);
        todo!("people.rs")
    }
    /// All users (org_admin or operator).
    pub async fn users(&self, actor: Option<&Actor>) -> Answer<Vec<User>> {
        let _ = actor;
        todo!("people.rs")
    }
    /// The user with this login.
    pub async fn user_by_login(&self, login: &str) -> Answer<Option<User>> {
        let _ = login;
        todo!("people.rs")
    }
    /// Issues a token for a user: one's own, or any for an org_admin of the same organisation or the operator. `days`: none = no expiry.
    pub async fn token_issue(
        &self,
        actor: Option<&Actor>,
        user: UserId,
        label: &str,
        days: Option<u32>,
    ) -> Answer<IssuedToken> {
        let _ = (actor, user, label, days);
        todo!("people.rs")
    }
    /// Withdraws a token.
    pub async fn token_revoke(&self, actor: Option<&Actor>, token: TokenId) -> Answer<()> {
        let _ = (actor, token);
        todo!("people.rs")
    }
    /// Who a secret belongs to. `unauthenticated` for unknown, revoked or disabled, `token_expired` for expired.
    pub async fn authenticate(&self, secret: &str) -> Answer<Actor> {
        let _ = secret;
        todo!("people.rs")
    }
}

/// Intake and reading (`intake.rs`). Submitting needs `submitter`, `analyst`, `editor` or `partner`; reading any role of the same organisation, of one above it,
/// or `auditor`; a record of another region is `not_found`.
impl Service {
    /// Starts an upload; the caller writes chunks and hands it to [`Service::submit`].
    pub async fn upload_start(&self, actor: &Actor) -> Answer<Upload> {
        let _ = actor;
        todo!("intake.rs")
    }
    /// Finishes an upload and records the submission (bytes first, then row and job in one transaction). An empty upload is `media_empty`.
    pub async fn submit(
        &self,
        actor: &Actor,
        upload: Upload,
        circumstances: Circumstances,
        idempotency_key: Option<&str>,
    ) -> Answer<SubmissionOutcome> {
        let _ = (actor, upload, circumstances, idempotency_key);
        todo!("intake.rs")
    }
    /// One submission.
    pub async fn submission(&self, actor: &Actor, id: SubmissionId) -> Answer<Submission> {
        let _ = (actor, id);
        todo!("intake.rs")
    }
    /// Submissions that the actor may see, newest first; `limit` 1 to 100.
    pub async fn submissions(
        &self,
        actor: &Actor,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<Submission>> {
        let _ = (actor, after, limit);
        todo!("intake.rs")
    }
    /// One analysis.
    pub async fn analysis(&self, actor: &Actor, id: AnalysisId) -> Answer<AnalysisRecord> {
        let _ = (actor, id);
        todo!("intake.rs")
    }
    /// Derivatives of an analysis.
    pub async fn derivatives(&self, actor: &Actor, id: AnalysisId) -> Answer<Vec<Derivative>> {
        let _ = (actor, id);
        todo!("intake.rs")
    }
    /// A derivative's bytes.
    pub async fn derivative(
        &self,
        actor: &Actor,
        id: AnalysisId,
        name: &str,
    ) -> Answer<(Derivative, Vec<u8>)> {
        let _ = (actor, id, name);
        todo!("intake.rs")
    }
    /// The original, bit for bit (analyst, editor, approver, auditor).
    pub async fn original(&self, actor: &Actor, id: SubmissionId) -> Answer<(Submission, std::fs::File)> {
        let _ = (actor, id);
        todo!("intake.rs")
    }
    /// What is known of these bytes: approved verdict and published notices only; open to every authenticated actor.
    pub async fn known_media(
        &self,
        actor: &Actor,
        sha256: podlinnik_domain::hash::Sha256,
    ) -> Answer<Option<KnownMedia>> {
        let _ = (actor, sha256);
        todo!("intake.rs")
    }
}

/// Decisions (`decisions.rs`): propose and second look need `analyst`, approval `approver`.
impl Service {
    /// One case.
    pub async fn case(&self, actor: &Actor, id: CaseId) -> Answer<Case> {
        let _ = (actor, id);
        todo!("decisions.rs")
    }
    /// Cases that the actor may see, newest first.
    pub async fn cases(&self, actor: &Actor, after: Option<Position>, limit: u32) -> Answer<Page<Case>> {
        let _ = (actor, after, limit);
        todo!("decisions.rs")
    }
    /// Verdict revisions of a case, oldest first. Until the second look is done only the author sees the proposal; for others it is left out (blind).
    pub async fn verdicts(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Verdict>> {
        let _ = (actor, case);
        todo!("decisions.rs")
    }
    /// One revision, under the same rule.
    pub async fn verdict(&self, actor: &Actor, id: VerdictId) -> Answer<Verdict> {
        let _ = (actor, id);
        todo!("decisions.rs")
    }
    /// Proposes a verdict; freezes and hashes the evidence.
    pub async fn verdict_propose(
        &self,
        actor: &Actor,
        case: CaseId,
        case_version: u64,
        proposal: Proposal,
    ) -> Answer<Verdict> {
        let _ = (actor, case, case_version, proposal);
        todo!("decisions.rs")
    }
    /// Whether a case waits for a second look, and of which revision, without what it says.
    pub async fn second_look_wanted(&self, actor: &Actor, case: CaseId) -> Answer<Option<VerdictId>> {
        let _ = (actor, case);
        todo!("decisions.rs")
    }
    /// Gives the second analyst's own verdict.
    pub async fn verdict_second_look(
        &self,
        actor: &Actor,
        verdict: VerdictId,
        kind: VerdictKind,
        rationale: &str,
    ) -> Answer<Verdict> {
        let _ = (actor, verdict, kind, rationale);
        todo!("decisions.rs")
    }
    /// Approves an agreed verdict.
    pub async fn verdict_approve(&self, actor: &Actor, verdict: VerdictId) -> Answer<Verdict> {
        let _ = (actor, verdict);
        todo!("decisions.rs")
    }
    /// History of a case and of what belongs to it, oldest first.
    pub async fn history(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Event>> {
        let _ = (actor, case);
        todo!("decisions.rs")
    }
}

/// Publication (`publication.rs`): drafting, revising and submitting need `editor`, approving `approver`, publishing `editor` or `approver`, webhooks `org_admin`.
impl Service {
    /// Drafts a notice from an approved verdict.
    pub async fn notice_draft(&self, actor: &Actor, verdict: VerdictId, text: NoticeText) -> Answer<Notice> {
        let _ = (actor, verdict, text);
        todo!("publication.rs")
    }
    /// Replaces the text.
    pub async fn notice_revise(
        &self,
        actor: &Actor,
        id: NoticeId,
        version: u32,
        text: NoticeText,
    ) -> Answer<Notice> {
        let _ = (actor, id, version, text);
        todo!("publication.rs")
    }
    /// Hands it to review.
    pub async fn notice_submit(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<Notice> {
        let _ = (actor, id, version);
        todo!("publication.rs")
    }
    /// Approves it.
    pub async fn notice_approve(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<Notice> {
        let _ = (actor, id, version);
        todo!("publication.rs")
    }
    /// Publishes it: feed and webhooks.
    pub async fn notice_publish(&self, actor: &Actor, id: NoticeId, version: u32) -> Answer<Notice> {
        let _ = (actor, id, version);
        todo!("publication.rs")
    }
    /// One notice, whatever its state.
    pub async fn notice(&self, actor: &Actor, id: NoticeId) -> Answer<Notice> {
        let _ = (actor, id);
        todo!("publication.rs")
    }
    /// Notices of a case.
    pub async fn notices(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Notice>> {
        let _ = (actor, case);
        todo!("publication.rs")
    }
    /// A published notice with its verdict, for the public.
    pub async fn published_notice(&self, id: NoticeId) -> Answer<Option<(Notice, Verdict)>> {
        let _ = id;
        todo!("publication.rs")
    }
    /// Published notices with their verdicts, newest first, for the public.
    pub async fn published_notices(
        &self,
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<(Notice, Verdict)>> {
        let _ = (region, after, limit);
        todo!("publication.rs")
    }
    /// Registers a receiver; its address is checked against private ranges. Answers the receiver with its secret (`whsec_…`, shown once).
    pub async fn webhook_add(&self, actor: &Actor, url: &str) -> Answer<(Webhook, String)> {
        let _ = (actor, url);
        todo!("publication.rs")
    }
    /// Receivers of the actor's organisation.
    pub async fn webhooks(&self, actor: &Actor) -> Answer<Vec<Webhook>> {
        let _ = actor;
        todo!("publication.rs")
    }
    /// Switches a receiver off.
    pub async fn webhook_disable(&self, actor: &Actor, id: WebhookId) -> Answer<()> {
        let _ = (actor, id);
        todo!("publication.rs")
    }
    /// The delivery log of a receiver.
    pub async fn deliveries(&self, actor: &Actor, id: WebhookId) -> Answer<Vec<Delivery>> {
        let _ = (actor, id);
        todo!("publication.rs")
    }
}

/// Operations (`worker.rs`).
impl Service {
    /// Numbers of jobs (for metrics).
    pub async fn job_counts(&self) -> Answer<Vec<JobCount>> {
        todo!("worker.rs")
    }
    /// Dead jobs (org_admin, auditor or operator).
    pub async fn dead_jobs(&self, actor: Option<&Actor>) -> Answer<Vec<JobRecord>> {
        let _ = actor;
        todo!("worker.rs")
    }
    /// Puts a dead job back.
    pub async fn job_revive(&self, actor: Option<&Actor>, job: podlinnik_domain::id::JobId) -> Answer<()> {
        let _ = (actor, job);
        todo!("worker.rs")
    }
    /// Claims and does jobs until `stop` is cancelled; a running job is given back or finished within 10 seconds. `concurrency` jobs at a time.
    pub async fn run_worker(
        &self,
        name: &str,
        concurrency: usize,
        stop: tokio_util::sync::CancellationToken,
    ) {
        let _ = (name, concurrency, stop);
        todo!("worker.rs")
    }
}
