//! Rows of fetches.

use uuid::Uuid;

use super::{code, json, number, time};
use crate::StoreError;
use crate::record::FetchRecord;

/// A row of `fetches`.
#[derive(Debug)]
pub struct FetchRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub organisation_id: Uuid,
    pub url: String,
    pub circumstances: String,
    pub state: String,
    pub received: i64,
    pub expected: Option<i64>,
    pub attempts: i64,
    pub resume: Option<String>,
    pub error: Option<String>,
    pub detail: Option<String>,
    pub evidence: Option<String>,
    pub submission_id: Option<Uuid>,
    pub quota_per_day: Option<i64>,
    pub requested_at: i64,
    pub started_at: Option<i64>,
    pub finished_at: Option<i64>,
}

impl TryFrom<FetchRow> for FetchRecord {
    type Error = StoreError;

    fn try_from(row: FetchRow) -> Result<Self, StoreError> {
        let moment = |what, at: Option<i64>| at.map(|at| time(what, at)).transpose();
        Ok(Self {
            id: row.id.into(),
            user: row.user_id.into(),
            organisation: row.organisation_id.into(),
            url: row.url,
            circumstances: json("circumstances", &row.circumstances)?,
            state: code("state of a fetch", &row.state)?,
            received: number("bytes received", row.received)?,
            expected: row.expected.map(|bytes| number("bytes expected", bytes)).transpose()?,
            attempts: number("attempts", row.attempts)?,
            resume: row.resume.as_deref().map(|text| json("resume", text)).transpose()?,
            error: row.error.as_deref().map(|text| code("error of a fetch", text)).transpose()?,
            detail: row.detail,
            evidence: row.evidence.as_deref().map(|text| json("evidence of a fetch", text)).transpose()?,
            submission: row.submission_id.map(Into::into),
            quota_per_day: row.quota_per_day.map(|quota| number("quota", quota)).transpose()?,
            requested_at: time("time of a fetch", row.requested_at)?,
            started_at: moment("begin of a fetch", row.started_at)?,
            finished_at: moment("end of a fetch", row.finished_at)?,
        })
    }
}
