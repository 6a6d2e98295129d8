//! Rows of the history.

use podlinnik_domain::event::Event;
use podlinnik_domain::hash::Sha256;
use uuid::Uuid;

use super::{code, digest, json, number, time};
use crate::StoreError;

/// A row of `events`.
#[derive(Debug)]
pub struct EventRow {
    pub sequence: i64,
    pub subject_kind: String,
    pub subject_id: String,
    pub kind: String,
    pub actor_id: Option<Uuid>,
    pub reason: Option<String>,
    pub occurred_at: i64,
    pub payload: String,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: number("event sequence", row.sequence)?,
            subject_kind: code("event subject", &row.subject_kind)?,
            subject_id: row.subject_id,
            kind: row.kind,
            actor: row.actor_id.map(Into::into),
            reason: row.reason,
            at: time("event time", row.occurred_at)?,
            payload: json("event payload", &row.payload)?,
            previous_hash: digest::<Sha256>("event hash", &row.previous_hash)?,
            hash: digest::<Sha256>("event hash", &row.hash)?,
        })
    }
}
