//! The append-only history: every transition with actor, reason, time and the previous record's hash.

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::hash::Sha256;
use crate::id::UserId;

coded_enum! {
    /// What an event is about.
    pub enum SubjectKind {
        Organisation = "organisation",
        User = "user",
        Token = "token",
        Submission = "submission",
        Analysis = "analysis",
        Case = "case",
        Verdict = "verdict",
        Notice = "notice",
        Receiver = "receiver",
        /// What receivers were called before there were others than webhooks.
        Webhook = "webhook",
        Delivery = "delivery",
        ArchiveItem = "archive_item",
        CopyMatch = "copy_match",
        Series = "series",
        Inquiry = "inquiry",
        Appeal = "appeal",
        Note = "note",
        Fetch = "fetch",
    }
}

/// An event before it is appended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// Identifier of the subject.
    pub subject_id: String,
    /// What happened, for example `verdict_proposed`: lower-case letters and underscores.
    pub kind: String,
    /// Who did it; none for the service itself.
    pub actor: Option<UserId>,
    /// Why, in words, if given.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Facts needed to replay it.
    pub payload: serde_json::Value,
}

/// An event in the log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Event {
    /// 1, 2, … without gaps.
    pub sequence: u64,
    /// What it is about.
    pub subject_kind: SubjectKind,
    /// Identifier of the subject.
    pub subject_id: String,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: Option<UserId>,
    /// Why.
    pub reason: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Facts.
    #[schema(value_type = Object)]
    pub payload: serde_json::Value,
    /// Hash of the previous event; zeros for the first.
    pub previous_hash: Sha256,
    /// Hash of this event.
    pub hash: Sha256,
}

/// The hash that precedes the first event.
pub const GENESIS: Sha256 = Sha256::from_bytes([0; 32]);

/// SHA-256 over the previous hash, the sequence number and the event's canonical JSON (serde_json with sorted keys).
pub fn chain_hash(previous: Sha256, sequence: u64, event: &NewEvent) -> Sha256 {
    let mut hasher = sha2::Sha256::new();
    hasher.update(previous.as_bytes());
    hasher.update(sequence.to_be_bytes());
    // `to_value` sorts keys: serde_json's map is a BTreeMap without the `preserve_order` feature.
    let canonical = serde_json::to_value(event).map(|value| value.to_string()).unwrap_or_default();
    hasher.update(canonical.as_bytes());
    Sha256::from_bytes(hasher.finalize().into())
}

impl Event {
    /// Recomputes the hash of this event.
    pub fn expected_hash(&self) -> Sha256 {
        let event = NewEvent {
            subject_kind: self.subject_kind,
            subject_id: self.subject_id.clone(),
            kind: self.kind.clone(),
            actor: self.actor,
            reason: self.reason.clone(),
            at: self.at,
            payload: self.payload.clone(),
        };
        chain_hash(self.previous_hash, self.sequence, &event)
    }
}
