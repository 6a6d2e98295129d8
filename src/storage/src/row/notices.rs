//! Rows of notices, receivers and deliveries.

use podlinnik_domain::notice::{Notice, NoticeState};
use uuid::Uuid;

use super::{code, json, number, time};
use crate::StoreError;
use crate::record::NoticeVersion;

/// A row of `notices` with the number of its verdict revision.
#[derive(Debug)]
pub struct NoticeRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub verdict_id: Uuid,
    pub verdict_revision: i64,
    pub organisation_id: Uuid,
    pub region: Option<String>,
    pub version: i64,
    pub text: String,
    pub state: String,
    pub author_id: Uuid,
    pub approver_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
    pub published_at: Option<i64>,
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;

    fn try_from(row: NoticeRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            verdict: row.verdict_id.into(),
            verdict_revision: number("revision", row.verdict_revision)?,
            organisation: row.organisation_id.into(),
            region: row.region,
            version: number("notice version", row.version)?,
            text: json("notice text", &row.text)?,
            state: code("notice state", &row.state)?,
            author: row.author_id.into(),
            approver: row.approver_id.map(Into::into),
            created_at: time("time of draft", row.created_at)?,
            updated_at: time("time of change", row.updated_at)?,
            published_at: row.published_at.map(|at| time("time of publication", at)).transpose()?,
        })
    }
}

/// A row of `notice_versions`.
#[derive(Debug)]
pub struct NoticeVersionRow {
    pub version: i64,
    pub text: String,
    pub author_id: Uuid,
    pub written_at: i64,
}

impl TryFrom<NoticeVersionRow> for NoticeVersion {
    type Error = StoreError;

    fn try_from(row: NoticeVersionRow) -> Result<Self, StoreError> {
        Ok(Self {
            version: number("notice version", row.version)?,
            text: json("notice text", &row.text)?,
            author: row.author_id.into(),
            written_at: time("time of writing", row.written_at)?,
        })
    }
}

/// How many notices are in a state.
#[derive(Debug)]
pub struct StateCountRow {
    pub state: String,
    pub count: i64,
}

impl TryFrom<StateCountRow> for (NoticeState, u64) {
    type Error = StoreError;

    fn try_from(row: StateCountRow) -> Result<Self, StoreError> {
        Ok((code("notice state", &row.state)?, number("count of notices", row.count)?))
    }
}
