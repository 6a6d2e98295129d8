//! `GET /api/v1/analyses/{id}/derivatives/{name}`

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::AnalysisId;

use crate::auth::Caller;
use crate::content::{made_by_us, private_forever};
use crate::etag::IfNoneMatch;
use crate::openapi::{Ranged, problems};
use crate::problem::Problem;
use crate::range::{WantedRange, kept, played};
use crate::state::AppState;

problems!(caller, NotFound);

/// The bytes of a derivative. A film is played in the page, and may be asked for by ranges.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/derivatives/{name}", tag = "analyses",
    params(("id" = AnalysisId, Path, description = "Identifier of the analysis."),
           ("name" = String, Path, description = "Name of the derivative.")),
    responses((status = 200, description = "The bytes.", content((Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg"), (Vec<u8> = "video/mp4"), (Vec<u8> = "audio/mp4"), (Vec<u8> = "application/octet-stream")),
               headers(("ETag" = String, description = "SHA-256 of the bytes."))),
              (status = 206, description = "A range of a film.", content((Vec<u8> = "video/mp4"), (Vec<u8> = "audio/mp4")),
               headers(("Content-Range" = String, description = "First and last byte, and the number of all."))),
              (status = 304, description = "You have it already."), Ranged, Problems))]
pub(crate) async fn analysis_derivative(
    State(state): State<AppState>,
    Caller(actor): Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    known: IfNoneMatch,
    range: WantedRange,
) -> Result<Response, Problem> {
    let Path((id, name)) = path.map_err(|_| ErrorCode::NotFound)?;
    let id: AnalysisId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let (derivative, file) = state.service.derivative_file(&actor, id, &name).await?;
    let film = ["video/", "audio/"].iter().any(|kind| derivative.media_type.starts_with(kind));
    if let Some(media_type) = played(&derivative.media_type).filter(|_| film) {
        let tag = derivative.sha256.to_string();
        let response = known.answer(&tag, || range.answer(file, &tag, media_type, &derivative.name));
        return Ok(kept(private_forever(), response));
    }
    let (derivative, bytes) = state.service.derivative(&actor, id, &name).await?;
    let response = known.answer(&derivative.sha256.to_string(), || {
        made_by_us(&derivative.media_type, &derivative.name, bytes)
    });
    Ok((private_forever(), response).into_response())
}
