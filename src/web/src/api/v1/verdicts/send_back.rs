//! `POST /api/v1/verdicts/{id}/return`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::verdict::Verdict;
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A step with its reason.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReturnRequest {
    /// Why.
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

/// Sends an agreed revision back: it becomes `disputed`, and the case waits for a new proposal. Needs `approver`, other than its two analysts.
#[utoipa::path(post, path = "/api/v1/verdicts/{id}/return", tag = "verdicts",
    params(("id" = VerdictId, Path, description = "Identifier of the revision.")),
    request_body = ReturnRequest,
    responses((status = 200, description = "Sent back.", body = Verdict), Problems))]
pub(crate) async fn verdict_return(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<VerdictId>,
    JsonBody(request): JsonBody<ReturnRequest>,
) -> Result<Json<Verdict>, Problem> {
    Ok(Json(state.service.verdict_return(&actor, id, &request.reason).await?))
}
