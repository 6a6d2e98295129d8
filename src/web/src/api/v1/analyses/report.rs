//! `GET /api/v1/analyses/{id}/report.html`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::analysis::{Derivative, Report};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::AnalysisId;
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
    let Some(report) = &record.report else { return Err(without_report(&record)) };
    let report = Report::deserialize(report).map_err(|error| {
        tracing::error!(%error, "report of analysis {id} cannot be read: {error}");
        Problem::new(ErrorCode::Internal)
    })?;
    let mut pictures = Vec::new();
    let mut room = PICTURE_BYTES;
    for derivative in report.derivatives.iter().filter(|derivative| is_picture(derivative)) {
        let Some(left) = room.checked_sub(derivative.size_bytes) else { continue };
        room = left;
        pictures.push(state.service.derivative(&actor, id, &derivative.name).await?);
    }
    let embedded: Vec<_> = pictures
        .iter()
        .map(|(derivative, bytes)| EmbeddedPicture {
            name: &derivative.name,
            media_type: &derivative.media_type,
            bytes,
        })
        .collect();
    Ok(page(html::render(&report, &embedded, language)?, language))
}

fn is_picture(derivative: &Derivative) -> bool {
    matches!(derivative.media_type.as_str(), "image/png" | "image/jpeg")
}
