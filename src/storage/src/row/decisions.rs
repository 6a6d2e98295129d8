//! Rows of cases and verdicts.

use podlinnik_domain::case::Case;
use podlinnik_domain::verdict::Verdict;
use uuid::Uuid;

use super::{code, digest, json, number, time};
use crate::StoreError;

/// A row of `cases`.
#[derive(Debug)]
pub struct CaseRow {
    pub id: Uuid,
    pub media_sha256: Vec<u8>,
    pub organisation_id: Uuid,
    pub region: Option<String>,
    pub state: String,
    pub analysis_id: Uuid,
    pub first_seen_at: i64,
    pub version: i64,
}

impl TryFrom<CaseRow> for Case {
    type Error = StoreError;

    fn try_from(row: CaseRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            media_sha256: digest("media digest", &row.media_sha256)?,
            organisation: row.organisation_id.into(),
            region: row.region,
            state: code("case state", &row.state)?,
            analysis: row.analysis_id.into(),
            first_seen_at: time("time of first sight", row.first_seen_at)?,
            version: number("case version", row.version)?,
        })
    }
}

/// A row of `verdicts`.
#[derive(Debug)]
pub struct VerdictRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub revision: i64,
    pub proposal: String,
    pub state: String,
    pub author_id: Uuid,
    pub second_analyst_id: Option<Uuid>,
    pub second_kind: Option<String>,
    pub approver_id: Option<Uuid>,
    pub analysis_id: Uuid,
    pub evidence_sha256: Vec<u8>,
    pub proposed_at: i64,
    pub approved_at: Option<i64>,
}

impl TryFrom<VerdictRow> for Verdict {
    type Error = StoreError;

    fn try_from(row: VerdictRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            revision: number("revision", row.revision)?,
            proposal: json("proposal", &row.proposal)?,
            state: code("verdict state", &row.state)?,
            author: row.author_id.into(),
            second_analyst: row.second_analyst_id.map(Into::into),
            second_kind: row.second_kind.as_deref().map(|text| code("verdict kind", text)).transpose()?,
            approver: row.approver_id.map(Into::into),
            analysis: row.analysis_id.into(),
            evidence_sha256: digest("evidence digest", &row.evidence_sha256)?,
            proposed_at: time("time of proposal", row.proposed_at)?,
            approved_at: row.approved_at.map(|at| time("time of approval", at)).transpose()?,
        })
    }
}
