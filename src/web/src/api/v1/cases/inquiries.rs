//! `GET /api/v1/cases/{id}/inquiries`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::CaseId;
use podlinnik_domain::inquiry::Inquiry;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Questions to agencies about a case, oldest first.
#[utoipa::path(get, path = "/api/v1/cases/{id}/inquiries", tag = "inquiries",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    responses((status = 200, description = "The questions.", body = Listing<Inquiry>), Problems))]
pub(crate) async fn case_inquiries(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
) -> Result<Json<Listing<Inquiry>>, Problem> {
    Ok(Json(Listing::whole(state.service.inquiries(&actor, id).await?)))
}
