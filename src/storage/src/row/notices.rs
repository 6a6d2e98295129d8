//! Rows of notices, receivers and deliveries.

use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::verdict::{Verdict, VerdictState};
use uuid::Uuid;

use super::{VerdictRow, code, json, number, time};
use crate::StoreError;
use crate::record::{NoticeEntry, NoticeVersion, OpenCorrection};

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

/// A row of `notices` as the desk's list shows it.
#[derive(Debug)]
pub struct NoticeEntryRow {
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
    pub verdict_kind: String,
    pub verdict_state: String,
    pub releases: i64,
    pub own_versions: i64,
    pub correction_id: Option<Uuid>,
    pub drafted_by: Option<Uuid>,
}

impl TryFrom<NoticeEntryRow> for NoticeEntry {
    type Error = StoreError;

    fn try_from(row: NoticeEntryRow) -> Result<Self, StoreError> {
        let state: VerdictState = code("verdict state", &row.verdict_state)?;
        let drafted_by = row.drafted_by.map(Into::into);
        Ok(Self {
            verdict: code("verdict kind", &row.verdict_kind)?,
            verdict_holds: state.is_current(row.releases != 0),
            written_by_person: row.own_versions != 0,
            correction: row.correction_id.map(|_| OpenCorrection { drafted_by }),
            notice: NoticeRow {
                id: row.id,
                case_id: row.case_id,
                verdict_id: row.verdict_id,
                verdict_revision: row.verdict_revision,
                organisation_id: row.organisation_id,
                region: row.region,
                version: row.version,
                text: row.text,
                state: row.state,
                author_id: row.author_id,
                approver_id: row.approver_id,
                created_at: row.created_at,
                updated_at: row.updated_at,
                published_at: row.published_at,
            }
            .try_into()?,
        })
    }
}

/// A row of `notices` with the verdict that it is pinned to.
#[derive(Debug)]
pub struct NoticeVerdictRow {
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
    pub proposal: String,
    pub verdict_state: String,
    pub verdict_author_id: Uuid,
    pub second_analyst_id: Option<Uuid>,
    pub second_kind: Option<String>,
    pub verdict_approver_id: Option<Uuid>,
    pub analysis_id: Uuid,
    pub evidence_sha256: Vec<u8>,
    pub proposed_at: i64,
    pub approved_at: Option<i64>,
    pub released_by: Option<Uuid>,
    pub ground: Option<String>,
    pub release_reason: Option<String>,
    pub released_at: Option<i64>,
    pub second_look_due_at: Option<i64>,
}

impl TryFrom<NoticeVerdictRow> for (Notice, Verdict) {
    type Error = StoreError;

    fn try_from(row: NoticeVerdictRow) -> Result<Self, StoreError> {
        let verdict = VerdictRow {
            id: row.verdict_id,
            case_id: row.case_id,
            revision: row.verdict_revision,
            proposal: row.proposal,
            state: row.verdict_state,
            author_id: row.verdict_author_id,
            second_analyst_id: row.second_analyst_id,
            second_kind: row.second_kind,
            approver_id: row.verdict_approver_id,
            analysis_id: row.analysis_id,
            evidence_sha256: row.evidence_sha256,
            proposed_at: row.proposed_at,
            approved_at: row.approved_at,
            released_by: row.released_by,
            ground: row.ground,
            release_reason: row.release_reason,
            released_at: row.released_at,
            second_look_due_at: row.second_look_due_at,
        };
        let notice = NoticeRow {
            id: row.id,
            case_id: row.case_id,
            verdict_id: row.verdict_id,
            verdict_revision: row.verdict_revision,
            organisation_id: row.organisation_id,
            region: row.region,
            version: row.version,
            text: row.text,
            state: row.state,
            author_id: row.author_id,
            approver_id: row.approver_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            published_at: row.published_at,
        };
        Ok((notice.try_into()?, verdict.try_into()?))
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
