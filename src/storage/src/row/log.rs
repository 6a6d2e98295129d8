//! Rows of the transparency log.

use podlinnik_domain::log::LogEntry;
use uuid::Uuid;

use super::{digest, number, time};
use crate::{LogStamp, StoreError};

/// A row of `log_entries`.
#[derive(Debug)]
pub struct LogEntryRow {
    pub position: i64,
    pub kind: String,
    pub subject_id: Uuid,
    pub entry: String,
    pub leaf_sha256: Vec<u8>,
    pub occurred_at: i64,
}

impl TryFrom<LogEntryRow> for LogEntry {
    type Error = StoreError;

    fn try_from(row: LogEntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            position: number("log position", row.position)?,
            kind: row.kind,
            subject: row.subject_id,
            entry: row.entry,
            leaf: digest("leaf of the log", &row.leaf_sha256)?,
            at: time("time of a log entry", row.occurred_at)?,
        })
    }
}

/// A row of `log_stamps`.
#[derive(Debug)]
pub struct LogStampRow {
    pub size: i64,
    pub authority: String,
    pub token: Vec<u8>,
    pub stamped_at: i64,
    pub received_at: i64,
}

impl TryFrom<LogStampRow> for LogStamp {
    type Error = StoreError;

    fn try_from(row: LogStampRow) -> Result<Self, StoreError> {
        Ok(Self {
            size: number("size of a stamped log", row.size)?,
            authority: row.authority,
            token: row.token,
            stamped_at: time("time of a stamp", row.stamped_at)?,
            received_at: time("time of a stamp's coming", row.received_at)?,
        })
    }
}
