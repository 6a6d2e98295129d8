//! `POST /api/v1/archive/{id}/withdrawal`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::ArchiveItemId;
use serde::Deserialize;

use super::OriginalView;
use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Why an original does not count any more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WithdrawalRequest {
    /// The reason; it stands in the signed register.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

problems!(caller, BadRequest, NotFound, WrongState, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Withdraws an original: nothing is recognised by it any more, and it stays in the register with the reason. Of two withdrawals at the same time one
/// wins, the other gets `409`. Needs `analyst`, `editor` or `approver`.
#[utoipa::path(post, path = "/api/v1/archive/{id}/withdrawal", tag = "archive",
    params(("id" = ArchiveItemId, Path, description = "Identifier of the original.")),
    request_body = WithdrawalRequest,
    responses((status = 200, description = "Withdrawn.", body = OriginalView), Problems))]
pub(crate) async fn archive_withdraw(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<ArchiveItemId>,
    JsonBody(request): JsonBody<WithdrawalRequest>,
) -> Result<Json<OriginalView>, Problem> {
    Ok(Json(state.service.original_withdraw(&actor, id, &request.reason).await?.into()))
}
