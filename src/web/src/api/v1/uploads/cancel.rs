//! `DELETE /api/v1/uploads/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::UploadId;

use super::tus::Tus;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, WrongState, UploadVersionUnsupported, UploadLocked, UploadExpired);

/// Gives an upload up. One that has become a submission stays (`wrong_state`).
#[utoipa::path(delete, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path, description = "Identifier of the upload."),
           ("Tus-Resumable" = String, Header, description = "Version of the protocol.", example = "1.0.0")),
    responses((status = 204, description = "Given up."), Problems))]
pub(crate) async fn upload_cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    _tus: Tus,
    Id(id): Id<UploadId>,
) -> Result<StatusCode, Problem> {
    state.service.upload_cancel(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
