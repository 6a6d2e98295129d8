//! `GET /api/v1/verdicts/{id}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::verdict::Verdict;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One revision of a verdict; past ones stay addressable. Until the second look is done, only the author finds it.
#[utoipa::path(get, path = "/api/v1/verdicts/{id}", tag = "verdicts",
    params(("id" = VerdictId, Path, description = "Identifier of the revision.")),
    responses((status = 200, description = "The revision.", body = Verdict), Problems))]
pub(crate) async fn verdict_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<VerdictId>,
) -> Result<Json<Verdict>, Problem> {
    Ok(Json(state.service.verdict(&actor, id).await?))
}
