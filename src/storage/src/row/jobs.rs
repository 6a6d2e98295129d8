//! Rows of the queue.

use uuid::Uuid;

use super::{code, json, number, time};
use crate::StoreError;
use crate::record::{ClaimedJob, JobCount, JobRecord, Lease};

/// What a claim reads of `jobs`.
#[derive(Debug)]
pub struct ClaimRow {
    pub id: Uuid,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
    pub max_attempts: i64,
    pub fencing: i64,
    pub leased_until: i64,
}

impl TryFrom<ClaimRow> for ClaimedJob {
    type Error = StoreError;

    fn try_from(row: ClaimRow) -> Result<Self, StoreError> {
        Ok(Self {
            lease: Lease {
                job: row.id.into(),
                fencing: number("fencing token", row.fencing)?,
                until: time("lease", row.leased_until)?,
            },
            kind: code("job kind", &row.kind)?,
            payload: json("job payload", &row.payload)?,
            attempt: number("attempts", row.attempts)?,
            max_attempts: number("attempts", row.max_attempts)?,
        })
    }
}

/// What an operator sees of `jobs`.
#[derive(Debug)]
pub struct JobRow {
    pub id: Uuid,
    pub kind: String,
    pub payload: String,
    pub state: String,
    pub attempts: i64,
    pub run_at: i64,
    pub last_error: Option<String>,
}

impl TryFrom<JobRow> for JobRecord {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            kind: code("job kind", &row.kind)?,
            payload: json("job payload", &row.payload)?,
            state: code("job state", &row.state)?,
            attempts: number("attempts", row.attempts)?,
            run_at: time("job time", row.run_at)?,
            last_error: row.last_error,
        })
    }
}

/// A count of `jobs`.
#[derive(Debug)]
pub struct JobCountRow {
    pub kind: String,
    pub state: String,
    pub count: i64,
}

impl TryFrom<JobCountRow> for JobCount {
    type Error = StoreError;

    fn try_from(row: JobCountRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: code("job kind", &row.kind)?,
            state: code("job state", &row.state)?,
            count: number("job count", row.count)?,
        })
    }
}
