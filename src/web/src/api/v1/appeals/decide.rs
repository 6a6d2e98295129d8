//! `POST /api/v1/appeals/{id}/decision`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::AppealId;
use podlinnik_domain::inquiry::Appeal;
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A decision on an objection.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealDecisionRequest {
    /// Whether a correction is opened.
    granted: bool,
    /// The reasons; the correction carries them.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

problems!(
    caller,
    NotFound,
    SamePerson,
    WrongState,
    ReasonRequired,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Decides on an objection. Granting it opens a correction of the notice. Needs `corrections_officer`, with no part in verdict or notice.
#[utoipa::path(post, path = "/api/v1/appeals/{id}/decision", tag = "appeals",
    params(("id" = AppealId, Path, description = "Identifier of the objection.")),
    request_body = AppealDecisionRequest,
    responses((status = 200, description = "Decided.", body = Appeal), Problems))]
pub(crate) async fn appeal_decide(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<AppealId>,
    JsonBody(request): JsonBody<AppealDecisionRequest>,
) -> Result<Json<Appeal>, Problem> {
    Ok(Json(state.service.appeal_decide(&actor, id, request.granted, &request.reason).await?))
}
