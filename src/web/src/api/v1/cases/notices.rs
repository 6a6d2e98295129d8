//! `GET /api/v1/cases/{id}/notices`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::CaseId;
use podlinnik_domain::notice::Notice;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Notices of a case, whatever their state, oldest first.
#[utoipa::path(get, path = "/api/v1/cases/{id}/notices", tag = "notices",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    responses((status = 200, description = "The notices.", body = Listing<Notice>), Problems))]
pub(crate) async fn case_notices(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
) -> Result<Json<Listing<Notice>>, Problem> {
    Ok(Json(Listing::whole(state.service.notices(&actor, id).await?)))
}
