//! `GET /api/v1/cases/{id}/history`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::event::Event;
use podlinnik_domain::id::CaseId;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// What happened to a case and to what belongs to it, oldest first; every entry carries the hash of the one before.
#[utoipa::path(get, path = "/api/v1/cases/{id}/history", tag = "cases",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    responses((status = 200, description = "The events.", body = Listing<Event>), Problems))]
pub(crate) async fn case_history(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
) -> Result<Json<Listing<Event>>, Problem> {
    Ok(Json(Listing::whole(state.service.history(&actor, id).await?)))
}
