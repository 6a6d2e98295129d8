//! Rows of the transparency log.

use podlinnik_domain::log::LogEntry;
use uuid::Uuid;

use super::{digest, number, time};
use crate::StoreError;

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
