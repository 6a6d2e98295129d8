//! Rows of corrections, questions and objections.

use podlinnik_domain::inquiry::{Appeal, Inquiry};
use podlinnik_domain::notice::{Correction, Settlement};
use uuid::Uuid;

use super::{code, digest, json, number, time};
use crate::StoreError;

/// A row of `corrections`.
#[derive(Debug)]
pub struct CorrectionRow {
    pub id: Uuid,
    pub notice_id: Uuid,
    pub version_before: i64,
    pub reason: String,
    pub opened_by: Option<Uuid>,
    pub opened_at: i64,
    pub draft: Option<String>,
    pub draft_version: i64,
    pub drafted_by: Option<Uuid>,
    pub kind: Option<String>,
    pub statement: Option<String>,
    pub statement_en: Option<String>,
    pub version_after: Option<i64>,
    pub settled_by: Option<Uuid>,
    pub settled_at: Option<i64>,
}

impl TryFrom<CorrectionRow> for Correction {
    type Error = StoreError;

    fn try_from(row: CorrectionRow) -> Result<Self, StoreError> {
        let settled = match (row.kind, row.statement, row.version_after, row.settled_by, row.settled_at) {
            (Some(kind), Some(statement), Some(version), Some(by), Some(at)) => Some(Settlement {
                kind: code("kind of correction", &kind)?,
                statement,
                statement_en: row.statement_en,
                version_after: number("version after the correction", version)?,
                settled_by: by.into(),
                settled_at: time("time of the settlement", at)?,
            }),
            _ => None,
        };
        Ok(Self {
            id: row.id.into(),
            notice: row.notice_id.into(),
            version_before: number("version before the correction", row.version_before)?,
            reason: row.reason,
            opened_by: row.opened_by.map(Into::into),
            opened_at: time("time of the doubt", row.opened_at)?,
            draft: row.draft.as_deref().map(|text| json("draft of a correction", text)).transpose()?,
            draft_version: number("version of the draft", row.draft_version)?,
            drafted_by: row.drafted_by.map(Into::into),
            settled,
        })
    }
}

/// A row of `inquiries`.
#[derive(Debug)]
pub struct InquiryRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub organisation_id: Option<Uuid>,
    pub addressee: String,
    pub contact: Option<String>,
    pub question: String,
    pub asked_by: Uuid,
    pub asked_at: i64,
    pub due_at: i64,
    pub reminded_at: Option<i64>,
    pub reminders: i64,
    pub state: String,
    pub answer: Option<String>,
    pub answer_sha256: Option<Vec<u8>>,
    pub answered_by: Option<Uuid>,
    pub answered_at: Option<i64>,
}

impl TryFrom<InquiryRow> for Inquiry {
    type Error = StoreError;

    fn try_from(row: InquiryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            organisation: row.organisation_id.map(Into::into),
            addressee: row.addressee,
            contact: row.contact,
            question: row.question,
            asked_by: row.asked_by.into(),
            asked_at: time("time of the question", row.asked_at)?,
            due_at: time("time of the answer", row.due_at)?,
            reminded_at: row.reminded_at.map(|at| time("time of the reminder", at)).transpose()?,
            reminders: number("number of reminders", row.reminders)?,
            state: code("state of the question", &row.state)?,
            answer: row.answer.as_deref().map(|text| json("answer of an agency", text)).transpose()?,
            answer_sha256: row
                .answer_sha256
                .as_deref()
                .map(|bytes| digest("digest of the answer", bytes))
                .transpose()?,
            answered_by: row.answered_by.map(Into::into),
            answered_at: row.answered_at.map(|at| time("time of the answer", at)).transpose()?,
        })
    }
}

/// A row of `appeals`.
#[derive(Debug)]
pub struct AppealRow {
    pub id: Uuid,
    pub notice_id: Uuid,
    pub name: Option<String>,
    pub contact: Option<String>,
    pub statement: String,
    pub received_at: i64,
    pub state: String,
    pub decision: Option<String>,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<i64>,
}

impl TryFrom<AppealRow> for Appeal {
    type Error = StoreError;

    fn try_from(row: AppealRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            notice: row.notice_id.into(),
            name: row.name,
            contact: row.contact,
            statement: row.statement,
            received_at: time("time of the objection", row.received_at)?,
            state: code("state of the objection", &row.state)?,
            decision: row.decision,
            decided_by: row.decided_by.map(Into::into),
            decided_at: row.decided_at.map(|at| time("time of the decision", at)).transpose()?,
        })
    }
}
