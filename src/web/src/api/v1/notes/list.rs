//! `GET /api/v1/cases/{id}/notes`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::CaseId;
use podlinnik_domain::note::CaseNote;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Notes on a case, oldest first. What its author took back stands there without its words. Needs `analyst`, `editor`, `approver`,
/// `corrections_officer` or `auditor`.
#[utoipa::path(get, path = "/api/v1/cases/{id}/notes", tag = "notes",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    responses((status = 200, description = "All notes.", body = Listing<CaseNote>), Problems))]
pub(crate) async fn note_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
) -> Result<Json<Listing<CaseNote>>, Problem> {
    Ok(Json(Listing::whole(state.service.notes(&actor, id).await?)))
}
