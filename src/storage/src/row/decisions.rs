//! Rows of cases and verdicts.

use podlinnik_domain::case::{Case, Claim, Parking, Triage};
use podlinnik_domain::verdict::{Release, Verdict};
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
    pub topic: Option<String>,
    pub place: Option<String>,
    pub network: Option<String>,
    pub views: Option<i64>,
    pub risk: Option<String>,
    pub spread_since: Option<i64>,
    pub claimed_by: Option<Uuid>,
    pub claimed_at: Option<i64>,
    pub parked_reason: Option<String>,
    pub wake_at: Option<i64>,
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
            triage: Triage {
                topic: row.topic.as_deref().map(|text| code("topic", text)).transpose()?,
                place: row.place,
                network: row.network,
                views: row.views.map(|views| number("views", views)).transpose()?,
                risk: row.risk.as_deref().map(|text| code("risk", text)).transpose()?,
                spread_since: row.spread_since.map(|at| time("beginning of the spread", at)).transpose()?,
            },
            claim: match (row.claimed_by, row.claimed_at) {
                (Some(by), Some(at)) => Some(Claim { by: by.into(), at: time("time of the claim", at)? }),
                _ => None,
            },
            parking: match (row.parked_reason, row.wake_at) {
                (Some(reason), Some(at)) => Some(Parking { reason, wake_at: time("wake time", at)? }),
                _ => None,
            },
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
    pub released_by: Option<Uuid>,
    pub ground: Option<String>,
    pub release_reason: Option<String>,
    pub released_at: Option<i64>,
    pub second_look_due_at: Option<i64>,
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
            release: match (
                row.released_by,
                row.ground,
                row.release_reason,
                row.released_at,
                row.second_look_due_at,
            ) {
                (Some(approver), Some(ground), Some(reason), Some(released_at), Some(due_at)) => {
                    Some(Release {
                        approver: approver.into(),
                        ground: code("ground of the release", &ground)?,
                        reason,
                        released_at: time("time of the release", released_at)?,
                        second_look_due_at: time("time of the second look", due_at)?,
                    })
                }
                _ => None,
            },
        })
    }
}
