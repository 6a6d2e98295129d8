//! `GET /api/v1/analyses/{id}/report.html`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::analysis::{Derivative, Report};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::AnalysisId;
use podlinnik_domain::language::Language;
use podlinnik_domain::people::Actor;
use podlinnik_pipeline::record::AnalysisRecord;
use podlinnik_report::{EmbeddedPicture, html};
use serde::Deserialize as _;

use super::without_report;
use crate::auth::Caller;
use crate::content::page;
use crate::extract::{CallerLanguage, Id};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Pictures in one page, in bytes; what would go beyond is left out.
const PICTURE_BYTES: u64 = 32 * 1024 * 1024;

problems!(caller, NotFound, WrongState, AnalysisFailed, MediaUnsupported, MediaTooLarge);

/// The report as one self-contained page: pictures, face tracks, words, technical part.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/report.html", tag = "analyses",
    params(("id" = AnalysisId, Path, description = "Identifier of the analysis."),
           ("lang" = Option<String>, Query, description = "`ru` or `en`; else `Accept-Language` decides.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn analysis_report(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<AnalysisId>,
    CallerLanguage(language): CallerLanguage,
) -> Result<Response, Problem> {
    let record = state.service.analysis(&actor, id).await?;
    let html = report_page(&state, &actor, &record, PICTURE_BYTES, language).await?;
    Ok(page(html.ok_or_else(|| without_report(&record))?, language))
}

/// The report of an analysis, if there is one.
pub(crate) fn report_of(record: &AnalysisRecord) -> Result<Option<Report>, Problem> {
    let read = record.report.as_ref().map(Report::deserialize).transpose();
    read.map_err(|error| {
        let id = record.id;
        tracing::error!(%error, "report of analysis {id} cannot be read: {error}");
        Problem::new(ErrorCode::Internal)
    })
}

/// The page of an analysis, with so many bytes of pictures in it; none if there is no report.
pub(crate) async fn report_page(
    state: &AppState,
    actor: &Actor,
    record: &AnalysisRecord,
    mut room: u64,
    language: Language,
) -> Result<Option<String>, Problem> {
    let Some(report) = report_of(record)? else { return Ok(None) };
    let id = record.id;
    let mut pictures = Vec::new();
    for derivative in report.derivatives.iter().filter(|derivative| is_picture(derivative)) {
        let Some(left) = room.checked_sub(derivative.size_bytes) else { continue };
        room = left;
        pictures.push(state.service.derivative(actor, id, &derivative.name).await?);
    }
    let embedded: Vec<_> = pictures
        .iter()
        .map(|(derivative, bytes)| EmbeddedPicture {
            name: &derivative.name,
            media_type: &derivative.media_type,
            bytes,
        })
        .collect();
    Ok(Some(html::render(&report, &embedded, language)?))
}

fn is_picture(derivative: &Derivative) -> bool {
    matches!(derivative.media_type.as_str(), "image/png" | "image/jpeg")
}
