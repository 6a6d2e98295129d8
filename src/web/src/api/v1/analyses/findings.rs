//! `GET /api/v1/analyses/{id}/findings`

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::analysis::Report;
use podlinnik_domain::id::AnalysisId;

use super::without_report;
use crate::auth::Caller;
use crate::etag::IfNoneMatch;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    NotFound,
    WrongState,
    AnalysisFailed,
    MediaEmpty,
    MediaUnsupported,
    MediaDamaged,
    MediaNoFrames,
    MediaTooLarge,
    MediaTooManyPixels,
    MediaTooLong,
    MediaTooManyStreams,
    MediaTimeLimit,
    MediaMemoryLimit,
    MediaReaderDied,
    MediaUnreadable
);

/// What the methods say: the report `podlinnik-report/1`. `409` while the analysis is under way, the code of the refusal where there is none.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/findings", tag = "analyses",
    params(("id" = AnalysisId, Path, description = "Identifier of the analysis.")),
    responses(
        (status = 200, description = "The report.", body = Report,
         headers(("ETag" = String, description = "SHA-256 of the report's canonical JSON."))),
        (status = 304, description = "You have it already."), Problems))]
pub(crate) async fn analysis_findings(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<AnalysisId>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let mut record = state.service.analysis(&actor, id).await?;
    let Some(report) = record.report.take() else { return Err(without_report(&record)) };
    let tag = record.report_sha256.map_or_else(|| "-".to_owned(), |sha256| sha256.to_string());
    let no_cache = [(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok((no_cache, known.answer(&tag, || Json(report))).into_response())
}
