//! `GET /api/v1/analyses/{id}/derivatives/{name}`

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::AnalysisId;

use crate::auth::Caller;
use crate::content::{made_by_us, private_forever};
use crate::etag::IfNoneMatch;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// The bytes of a derivative.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/derivatives/{name}", tag = "analyses",
    params(("id" = AnalysisId, Path, description = "Identifier of the analysis."),
           ("name" = String, Path, description = "Name of the derivative.")),
    responses((status = 200, description = "The bytes.", body = Vec<u8>, content_type = "image/png",
               headers(("ETag" = String, description = "SHA-256 of the bytes."))),
              (status = 304, description = "You have it already."), Problems))]
pub(crate) async fn analysis_derivative(
    State(state): State<AppState>,
    Caller(actor): Caller,
    path: Result<Path<(String, String)>, PathRejection>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let Path((id, name)) = path.map_err(|_| ErrorCode::NotFound)?;
    let id: AnalysisId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let (derivative, bytes) = state.service.derivative(&actor, id, &name).await?;
    let response = known.answer(&derivative.sha256.to_string(), || {
        made_by_us(&derivative.media_type, &derivative.name, bytes)
    });
    Ok((private_forever(), response).into_response())
}
