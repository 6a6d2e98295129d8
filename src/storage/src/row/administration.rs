//! Rows of what those who run the service look at.

use uuid::Uuid;

use super::{code, number, time};
use crate::StoreError;
use crate::record::{OldestJob, ReceiverStanding, Volume};

/// The oldest due job of a kind.
#[derive(Debug)]
pub struct OldestJobRow {
    pub kind: String,
    pub due_since: i64,
}

impl TryFrom<OldestJobRow> for OldestJob {
    type Error = StoreError;

    fn try_from(row: OldestJobRow) -> Result<Self, StoreError> {
        Ok(Self { kind: code("job kind", &row.kind)?, due_since: time("job time", row.due_since)? })
    }
}

/// Number and size.
#[derive(Debug)]
pub struct VolumeRow {
    pub count: i64,
    pub bytes: i64,
}

impl TryFrom<VolumeRow> for Volume {
    type Error = StoreError;

    fn try_from(row: VolumeRow) -> Result<Self, StoreError> {
        Ok(Self { count: number("count", row.count)?, bytes: number("size", row.bytes)? })
    }
}

/// How the messages to a receiver stand.
#[derive(Debug)]
pub struct ReceiverStandingRow {
    pub receiver_id: Uuid,
    pub waiting: i64,
    pub delivered: i64,
    pub given_up: i64,
    pub delivered_at: Option<i64>,
}

impl TryFrom<ReceiverStandingRow> for ReceiverStanding {
    type Error = StoreError;

    fn try_from(row: ReceiverStandingRow) -> Result<Self, StoreError> {
        Ok(Self {
            receiver: row.receiver_id.into(),
            waiting: number("count", row.waiting)?,
            delivered: number("count", row.delivered)?,
            given_up: number("count", row.given_up)?,
            delivered_at: row.delivered_at.map(|at| time("delivery time", at)).transpose()?,
        })
    }
}
