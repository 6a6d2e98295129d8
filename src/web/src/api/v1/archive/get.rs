//! `GET /api/v1/archive/{id}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::ArchiveItemId;

use super::OriginalView;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One original, withdrawn or not.
#[utoipa::path(get, path = "/api/v1/archive/{id}", tag = "archive",
    params(("id" = ArchiveItemId, Path, description = "Identifier of the original.")),
    responses((status = 200, description = "The original.", body = OriginalView), Problems))]
pub(crate) async fn archive_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<ArchiveItemId>,
) -> Result<Json<OriginalView>, Problem> {
    Ok(Json(state.service.original_item(&actor, id).await?.into()))
}
