//! Rows of the board, of notes and of saved views.

use podlinnik_domain::note::{CaseNote, NoteWithdrawal, SavedView};
use uuid::Uuid;

use super::{CaseRow, code, json, number, time};
use crate::StoreError;
use crate::record::BoardRecord;

/// A row of `cases` with what the board shows beside it.
#[derive(Debug)]
pub struct BoardRow {
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
    pub title: Option<String>,
    pub networks: String,
    pub submissions: i64,
    pub changed_at: i64,
    pub claimant: Option<String>,
    pub series_id: Option<Uuid>,
    pub series_members: i64,
    pub analysis_state: String,
    pub word: Option<String>,
    pub original_found: i64,
    pub known_copies: i64,
    pub verdict: Option<String>,
    pub poster: Option<String>,
}

impl TryFrom<BoardRow> for BoardRecord {
    type Error = StoreError;

    fn try_from(row: BoardRow) -> Result<Self, StoreError> {
        let members = number("members of the series", row.series_members)?;
        Ok(Self {
            title: row.title,
            networks: json("networks", &row.networks)?,
            submissions: number("number of submissions", row.submissions)?,
            changed_at: time("time of change", row.changed_at)?,
            claimed_by: row.claimant,
            series: row.series_id.map(|series| (series.into(), members)),
            analysis: code("analysis state", &row.analysis_state)?,
            word: row.word.as_deref().map(|text| code("word", text)).transpose()?,
            original_found: row.original_found != 0,
            known_copy: row.known_copies != 0,
            verdict: row.verdict.as_deref().map(|text| code("verdict kind", text)).transpose()?,
            poster: row.poster,
            case: CaseRow {
                id: row.id,
                media_sha256: row.media_sha256,
                organisation_id: row.organisation_id,
                region: row.region,
                state: row.state,
                analysis_id: row.analysis_id,
                first_seen_at: row.first_seen_at,
                topic: row.topic,
                place: row.place,
                network: row.network,
                views: row.views,
                risk: row.risk,
                spread_since: row.spread_since,
                claimed_by: row.claimed_by,
                claimed_at: row.claimed_at,
                parked_reason: row.parked_reason,
                wake_at: row.wake_at,
                version: row.version,
            }
            .try_into()?,
        })
    }
}

/// A row of `case_notes` with its author's name.
#[derive(Debug)]
pub struct NoteRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub author_id: Uuid,
    pub author_name: String,
    pub text: String,
    pub written_at: i64,
    pub withdrawn_at: Option<i64>,
    pub withdrawn_reason: Option<String>,
}

impl TryFrom<NoteRow> for CaseNote {
    type Error = StoreError;

    fn try_from(row: NoteRow) -> Result<Self, StoreError> {
        let withdrawal = match (row.withdrawn_reason, row.withdrawn_at) {
            (Some(reason), Some(at)) => {
                Some(NoteWithdrawal { reason, at: time("time of the withdrawal", at)? })
            }
            _ => None,
        };
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            author: row.author_id.into(),
            author_name: row.author_name,
            text: Some(row.text).filter(|_| withdrawal.is_none()),
            written_at: time("time of the note", row.written_at)?,
            withdrawal,
        })
    }
}

/// A row of `saved_views`.
#[derive(Debug)]
pub struct ViewRow {
    pub id: Uuid,
    pub name: String,
    pub query: String,
    pub saved_at: i64,
}

impl TryFrom<ViewRow> for SavedView {
    type Error = StoreError;

    fn try_from(row: ViewRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            query: row.query,
            saved_at: time("time of the view", row.saved_at)?,
        })
    }
}
