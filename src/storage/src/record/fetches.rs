//! Bytes that the service fetches from an address itself.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::{FetchEvidence, FetchState};
use podlinnik_domain::hash::Blake3;
use podlinnik_domain::id::{FetchId, JobId, OrganisationId, SubmissionId, UserId};
use podlinnik_domain::submission::Circumstances;

use super::Idempotency;

/// A fetch to queue, with its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFetch {
    /// Identifier.
    pub id: FetchId,
    /// Who asks for it.
    pub user: UserId,
    /// For which organisation.
    pub organisation: OrganisationId,
    /// The address.
    pub url: String,
    /// What is said about the item.
    pub circumstances: Circumstances,
    /// Identifier of the job.
    pub job: JobId,
    /// Attempts that the job gets.
    pub max_attempts: u32,
    /// The client's key and the hash of the whole request, if one was given.
    pub idempotency: Option<Idempotency>,
    /// Most submissions of the person in 24 hours, which counts once it becomes one.
    pub quota_per_day: Option<u32>,
    /// When.
    pub requested_at: Timestamp,
}

/// A fetch as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchRecord {
    /// Identifier.
    pub id: FetchId,
    /// Who asked for it.
    pub user: UserId,
    /// For which organisation.
    pub organisation: OrganisationId,
    /// The address.
    pub url: String,
    /// What is said about the item.
    pub circumstances: Circumstances,
    /// Where it stands.
    pub state: FetchState,
    /// Bytes that have come and are durable.
    pub received: u64,
    /// Bytes in all, where the server said so.
    pub expected: Option<u64>,
    /// Attempts so far.
    pub attempts: u32,
    /// What is needed to go on where a connection broke off.
    pub resume: Option<FetchResume>,
    /// Why it failed, or why it waits for another attempt.
    pub error: Option<ErrorCode>,
    /// What exactly: a status, a size, a content type. Technical.
    pub detail: Option<String>,
    /// What was seen on the way.
    pub evidence: Option<FetchEvidence>,
    /// What it became.
    pub submission: Option<SubmissionId>,
    /// Most submissions of the person in 24 hours.
    pub quota_per_day: Option<u32>,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When the first attempt began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What is needed to go on where a connection broke off (RFC 9110 §13.1.5, `If-Range`).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FetchResume {
    /// The address that gave the bytes.
    pub url: String,
    /// Its strong `ETag`, else its `Last-Modified`.
    pub validator: String,
    /// Bytes in all, where the server said so.
    pub expected: Option<u64>,
    /// How many times the connection was taken up again.
    pub resumed: u32,
    /// Once all bytes are there: what they are, before they get their place among the originals.
    #[serde(default)]
    pub sealed: Option<Box<SealedFetch>>,
}

/// Complete bytes that are no submission yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SealedFetch {
    /// What was seen on the way; it has their SHA-256.
    pub evidence: FetchEvidence,
    /// Their second digest.
    pub blake3: Blake3,
}

/// What became of asking for a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchOutcome {
    /// The fetch as stored; with a replayed idempotency key, the first one.
    pub fetch: FetchRecord,
    /// Whether this call stored it.
    pub created: bool,
}

/// How a fetch ended, to be stored together with the end of its job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchEnd {
    /// The bytes are a submission.
    Done {
        /// What was seen on the way.
        evidence: Box<FetchEvidence>,
        /// What they became.
        submission: SubmissionId,
    },
    /// It did not work, and trying again would not help.
    Failed {
        /// Why.
        code: ErrorCode,
        /// What exactly; technical.
        detail: Option<String>,
    },
}
