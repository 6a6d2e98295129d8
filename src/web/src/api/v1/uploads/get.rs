//! `GET /api/v1/uploads/{id}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::UploadId;

use super::UploadView;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, UploadExpired);

/// How one of your uploads stands. A complete one is remembered until it would have expired.
#[utoipa::path(get, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path, description = "Identifier of the upload.")),
    responses((status = 200, description = "The upload.", body = UploadView), Problems))]
pub(crate) async fn upload_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<UploadId>,
) -> Result<Json<UploadView>, Problem> {
    Ok(Json(state.service.upload_status(&actor, id).await?.into()))
}
