//! `POST /api/v1/verdicts/{id}/approval`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::verdict::Verdict;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, SamePerson, WrongState);

/// Approves an agreed revision; it becomes the case's current verdict. Neither its author nor the second analyst can do it. Of two approvals at
/// the same time one wins, the other gets `409`.
#[utoipa::path(post, path = "/api/v1/verdicts/{id}/approval", tag = "verdicts",
    params(("id" = VerdictId, Path, description = "Identifier of the revision.")),
    responses((status = 200, description = "Approved.", body = Verdict), Problems))]
pub(crate) async fn verdict_approve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<VerdictId>,
) -> Result<Json<Verdict>, Problem> {
    Ok(Json(state.service.verdict_approve(&actor, id).await?))
}
