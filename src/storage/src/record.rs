//! Records that go in and come out, beyond the domain's own types.

use podlinnik_domain::analysis::{AnalysisState, Derivative};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::coded_enum;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{
    AnalysisId, CaseId, JobId, NoticeId, OrganisationId, SubmissionId, UserId, VerdictId,
};
use podlinnik_domain::notice::NoticeText;
use podlinnik_domain::submission::{Circumstances, Submission};
use podlinnik_domain::verdict::{Proposal, VerdictKind};

mod accounts;
mod administration;
mod board;
mod delivery;
mod desk;
mod fetches;
mod notices;
mod originals;
mod public;
mod retention;
mod uploads;

pub use accounts::{
    CredentialsRecord, KeyRecord, LinkRecord, LinkUse, NewLink, NewPassword, NewSessionRecord, NewToken,
    SecondProof, SessionHolder, SessionRecord, TokenRecord, UserUpdate,
};
pub use administration::{EventFilter, OldestJob, ReceiverStanding, Volume, Volumes};
pub use board::{BoardCounts, BoardOrder, BoardQuestion, BoardRecord, ClaimedBy, NewNote, Steps};
pub use delivery::{Delivery, DeliveryState, InboxEntry, Receiver, Replay};
pub use desk::{
    AppealDecision, CaseAction, CaseStep, CorrectionDrafting, CorrectionSettling, InquiryAnswering,
    NewAppeal, NewCorrection, NewInquiry, NewRelease, VerdictReturn,
};
pub use fetches::{FetchEnd, FetchOutcome, FetchRecord, FetchResume, NewFetch, SealedFetch};
pub use notices::{Audience, NoticeEntry, NoticeQuestion, NoticeVersion, OpenCorrection};
pub use originals::{
    ArchiveMove, ArchiveWithdrawal, CopyDecision, Lesson, LessonRecord, NewArchiveItem, NewCopyMatch,
    NewSignature, SeriesGrowth, SeriesLink, SignatureRecord,
};
pub use public::{MediaKnowledge, PublicQuestion};
pub use retention::{NewRemoval, Removable};
pub use uploads::{NewUpload, UploadRecord};

/// A page of a listing. `next` is the position to continue from; none at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Where the next page starts.
    pub next: Option<Position>,
}

/// A place in a listing that is ordered by time and identifier, newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Time of the last entry seen.
    pub at: Timestamp,
    /// Identifier of the last entry seen.
    pub id: uuid::Uuid,
}

/// A media item whose bytes are already in the blob store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaRecord {
    /// SHA-256 of the bytes.
    pub sha256: Sha256,
    /// BLAKE3 of the bytes.
    pub blake3: Blake3,
    /// Length in bytes.
    pub size_bytes: u64,
    /// When it first came.
    pub first_seen_at: Timestamp,
}

/// A submission to store. The identifiers of case, analysis and job are used only if the bytes are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubmission {
    /// Identifier.
    pub id: SubmissionId,
    /// Who hands it in.
    pub submitter: UserId,
    /// For which organisation.
    pub organisation: OrganisationId,
    /// Whose desk a new case goes to.
    pub desk: OrganisationId,
    /// The bytes.
    pub media: MediaRecord,
    /// What is said about it.
    pub circumstances: Circumstances,
    /// Identifier for a new case.
    pub case: CaseId,
    /// Identifier for a new analysis.
    pub analysis: AnalysisId,
    /// Identifier for the analysis job.
    pub job: JobId,
    /// Attempts that the analysis job gets.
    pub max_attempts: u32,
    /// The client's key and the hash of the whole request, if one was given.
    pub idempotency: Option<Idempotency>,
    /// Most submissions of the submitter in 24 hours, this one included; none is as many as they like.
    pub quota_per_day: Option<u32>,
    /// When it came.
    pub received_at: Timestamp,
}

/// An idempotency key (draft-ietf-httpapi-idempotency-key-header) within one user's requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key, 1 to 255 printable ASCII characters.
    pub key: String,
    /// SHA-256 over the request's meaning: fields and media digest.
    pub request_sha256: Sha256,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionOutcome {
    /// The submission as stored; with a replayed idempotency key, the first one.
    pub submission: Submission,
    /// Whether this call stored it.
    pub created: bool,
}

/// An analysis run as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalysisRecord {
    /// Identifier.
    pub id: AnalysisId,
    /// The bytes examined.
    pub media_sha256: Sha256,
    /// Where it stands.
    pub state: AnalysisState,
    /// Progress of the running attempt in thousandths.
    pub progress_permille: u16,
    /// Why it was refused or died.
    pub error: Option<ErrorCode>,
    /// The report (`podlinnik-report/1`) as JSON, once there is one.
    pub report: Option<serde_json::Value>,
    /// SHA-256 of the report's canonical JSON.
    pub report_sha256: Option<Sha256>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// How an analysis ended, to be stored together with the end of its job.
#[derive(Debug, Clone, PartialEq)]
pub enum AnalysisEnd {
    /// With a report; the derivatives' bytes are already in the blob store.
    Report {
        /// The report as JSON.
        report: serde_json::Value,
        /// SHA-256 of its canonical JSON.
        report_sha256: Sha256,
        /// Whether only a part of the media could be read.
        partial: bool,
        /// Pictures and documents made from the media.
        derivatives: Vec<Derivative>,
    },
    /// The media cannot be examined; trying again would not help.
    Refused {
        /// Why.
        code: ErrorCode,
    },
}

coded_enum! {
    /// A kind of background work.
    pub enum JobKind {
        /// Examine a media item; payload `{"analysis": id}`.
        Analyse = "analyse",
        /// Send one webhook message; payload `{"delivery": id}`.
        Deliver = "deliver",
        /// Fetch bytes from an address; payload `{"fetch": id}`.
        Fetch = "fetch",
    }
}

coded_enum! {
    /// Where a job stands (DESIGN §2).
    pub enum JobState {
        Queued = "queued",
        Leased = "leased",
        Done = "done",
        Dead = "dead",
        Cancelled = "cancelled",
    }
}

/// A job to queue.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    /// Identifier.
    pub id: JobId,
    /// What to do.
    pub kind: JobKind,
    /// To what.
    pub payload: serde_json::Value,
    /// Higher first.
    pub priority: i32,
    /// Whose turn it takes among jobs of the same priority; none waits for no turn.
    pub organisation: Option<OrganisationId>,
    /// Not before.
    pub run_at: Timestamp,
    /// After so many attempts it is dead.
    pub max_attempts: u32,
}

/// The right to work on a job until `until`. `fencing` grows with every claim, so that a late worker's writes are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Fencing token.
    pub fencing: u64,
    /// When the job can be claimed by another.
    pub until: Timestamp,
}

/// A job that was claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimedJob {
    /// The right to work on it.
    pub lease: Lease,
    /// What to do.
    pub kind: JobKind,
    /// To what.
    pub payload: serde_json::Value,
    /// This attempt's number, from 1.
    pub attempt: u32,
    /// After so many it is dead.
    pub max_attempts: u32,
}

/// A job as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    /// Identifier.
    pub id: JobId,
    /// What to do.
    pub kind: JobKind,
    /// To what.
    pub payload: serde_json::Value,
    /// Where it stands.
    pub state: JobState,
    /// Attempts so far.
    pub attempts: u32,
    /// Not before.
    pub run_at: Timestamp,
    /// The last failure, technical.
    pub last_error: Option<String>,
}

/// Number of jobs of one kind in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobCount {
    /// Kind.
    pub kind: JobKind,
    /// State.
    pub state: JobState,
    /// How many.
    pub count: u64,
}

/// A verdict to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewVerdict {
    /// Identifier.
    pub id: VerdictId,
    /// The case.
    pub case: CaseId,
    /// Version of the case that the author saw.
    pub case_version: u64,
    /// What is proposed (validated by the caller; the database checks again what it can).
    pub proposal: Proposal,
    /// Who proposes.
    pub author: UserId,
    /// The analysis frozen as evidence.
    pub analysis: AnalysisId,
    /// Hash of the frozen evidence.
    pub evidence_sha256: Sha256,
    /// When.
    pub at: Timestamp,
}

/// A second analyst's own verdict, given without seeing the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondLook {
    /// The case.
    pub case: CaseId,
    /// The revision that is looked at.
    pub verdict: VerdictId,
    /// Who looks.
    pub analyst: UserId,
    /// Their verdict.
    pub kind: VerdictKind,
    /// Their reasoning.
    pub rationale: String,
    /// When.
    pub at: Timestamp,
}

/// A new analysis of bytes whose last one rests on something that has been withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopening {
    /// The case on the bytes.
    pub case: CaseId,
    /// The version of the case that was looked at.
    pub case_version: u64,
    /// The new analysis.
    pub analysis: AnalysisId,
    /// Its job.
    pub job: JobId,
    /// Attempts of the job.
    pub max_attempts: u32,
    /// Who asked for it; none for an operator at the machine.
    pub actor: Option<UserId>,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// A notice to draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// Identifier.
    pub id: NoticeId,
    /// The approved verdict revision that it is pinned to.
    pub verdict: VerdictId,
    /// The publishing organisation.
    pub organisation: OrganisationId,
    /// The words.
    pub text: NoticeText,
    /// Who writes it.
    pub author: UserId,
    /// When.
    pub at: Timestamp,
}

/// What publishing hands to the queue, in the same transaction: one delivery and one job per active webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The notice.
    pub notice: NoticeId,
    /// Version that is published (compare-and-set).
    pub version: u32,
    /// Who publishes.
    pub actor: UserId,
    /// Attempts that each delivery gets.
    pub max_attempts: u32,
    /// When.
    pub at: Timestamp,
}
