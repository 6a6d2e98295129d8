//! `POST /api/v1/verdicts/{id}/break-glass`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::verdict::{ReleaseGround, Verdict};
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Letting a verdict count before its second look.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BreakGlassRequest {
    /// What it rests on; the proposal has to name that kind of evidence, and the service has to have found it.
    ground: ReleaseGround,
    /// Why it cannot wait.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
}

problems!(
    caller,
    NotFound,
    SamePerson,
    WrongState,
    Conflict,
    BreakGlassClosed,
    ReasonRequired,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Break-glass: a proposed revision counts before its second look, which has to follow within a day. Only on a located original or a known copy that the service
/// itself has found, and only with less than an hour left to the four-hour mark. Counted in public. Needs `approver`, other than the author.
#[utoipa::path(post, path = "/api/v1/verdicts/{id}/break-glass", tag = "verdicts",
    params(("id" = VerdictId, Path, description = "Identifier of the revision.")),
    request_body = BreakGlassRequest,
    responses((status = 200, description = "It counts.", body = Verdict), Problems))]
pub(crate) async fn verdict_release(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<VerdictId>,
    JsonBody(request): JsonBody<BreakGlassRequest>,
) -> Result<Json<Verdict>, Problem> {
    Ok(Json(state.service.verdict_release(&actor, id, request.ground, &request.reason).await?))
}
