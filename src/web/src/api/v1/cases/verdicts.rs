//! `GET /api/v1/cases/{id}/verdicts`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::CaseId;
use podlinnik_domain::verdict::Verdict;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Verdict revisions of a case, oldest first. Until the second look is done, a proposal is shown to its author alone.
#[utoipa::path(get, path = "/api/v1/cases/{id}/verdicts", tag = "verdicts",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    responses((status = 200, description = "The revisions.", body = Listing<Verdict>), Problems))]
pub(crate) async fn case_verdicts(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
) -> Result<Json<Listing<Verdict>>, Problem> {
    Ok(Json(Listing::whole(state.service.verdicts(&actor, id).await?)))
}
