//! Rows of submissions, media items and analyses.

use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::submission::{Circumstances, Submission};
use uuid::Uuid;

use super::{code, digest, json, number, time};
use crate::StoreError;
use crate::record::{AnalysisRecord, MediaRecord};

/// A row of `media`.
#[derive(Debug)]
pub struct MediaRow {
    pub sha256: Vec<u8>,
    pub blake3: Vec<u8>,
    pub size_bytes: i64,
    pub first_seen_at: i64,
}

impl TryFrom<MediaRow> for MediaRecord {
    type Error = StoreError;

    fn try_from(row: MediaRow) -> Result<Self, StoreError> {
        Ok(Self {
            sha256: digest("media digest", &row.sha256)?,
            blake3: digest("media digest", &row.blake3)?,
            size_bytes: number("media size", row.size_bytes)?,
            first_seen_at: time("time of first sight", row.first_seen_at)?,
        })
    }
}

/// A row of `submissions` with the latest analysis of its case.
#[derive(Debug)]
pub struct SubmissionRow {
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub organisation_id: Uuid,
    pub media_sha256: Vec<u8>,
    pub file_name: Option<String>,
    pub source_url: Option<String>,
    pub network: Option<String>,
    pub region: Option<String>,
    pub note: Option<String>,
    pub state: String,
    pub rejection: Option<String>,
    pub case_id: Uuid,
    pub analysis_id: Uuid,
    pub received_at: i64,
}

impl TryFrom<SubmissionRow> for Submission {
    type Error = StoreError;

    fn try_from(row: SubmissionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            submitter: row.submitter_id.into(),
            organisation: row.organisation_id.into(),
            media_sha256: digest("media digest", &row.media_sha256)?,
            circumstances: Circumstances {
                file_name: row.file_name,
                source_url: row.source_url,
                network: row.network,
                region: row.region,
                note: row.note,
            },
            state: code("submission state", &row.state)?,
            rejection: row.rejection.as_deref().map(|text| code("rejection", text)).transpose()?,
            case: row.case_id.into(),
            analysis: row.analysis_id.into(),
            received_at: time("time of receipt", row.received_at)?,
        })
    }
}

/// A row of `analyses`.
#[derive(Debug)]
pub struct AnalysisRow {
    pub id: Uuid,
    pub media_sha256: Vec<u8>,
    pub state: String,
    pub progress_permille: i64,
    pub error: Option<String>,
    pub report: Option<String>,
    pub report_sha256: Option<Vec<u8>>,
    pub requested_at: i64,
    pub finished_at: Option<i64>,
}

impl TryFrom<AnalysisRow> for AnalysisRecord {
    type Error = StoreError;

    fn try_from(row: AnalysisRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            media_sha256: digest("media digest", &row.media_sha256)?,
            state: code("analysis state", &row.state)?,
            progress_permille: number("progress", row.progress_permille)?,
            error: row.error.as_deref().map(|text| code("analysis error", text)).transpose()?,
            report: row.report.as_deref().map(|text| json("report", text)).transpose()?,
            report_sha256: row
                .report_sha256
                .as_deref()
                .map(|bytes| digest("report digest", bytes))
                .transpose()?,
            requested_at: time("time of request", row.requested_at)?,
            finished_at: row.finished_at.map(|at| time("time of end", at)).transpose()?,
        })
    }
}

/// A row of `derivatives`.
#[derive(Debug)]
pub struct DerivativeRow {
    pub name: String,
    pub kind: String,
    pub media_type: String,
    pub sha256: Vec<u8>,
    pub size_bytes: i64,
    pub at_s: Option<f64>,
    pub track: Option<i64>,
    pub recipe: String,
}

impl TryFrom<DerivativeRow> for Derivative {
    type Error = StoreError;

    fn try_from(row: DerivativeRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: row.name,
            kind: code("derivative kind", &row.kind)?,
            media_type: row.media_type,
            sha256: digest("derivative digest", &row.sha256)?,
            size_bytes: number("derivative size", row.size_bytes)?,
            at_s: row.at_s,
            track: row.track.map(|track| number("face track", track)).transpose()?,
            recipe: row.recipe,
        })
    }
}
