//! `GET /api/v1/inquiries/{id}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::InquiryId;
use podlinnik_domain::inquiry::Inquiry;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One question, for the desk that asked and for the agency that is asked.
#[utoipa::path(get, path = "/api/v1/inquiries/{id}", tag = "inquiries",
    params(("id" = InquiryId, Path, description = "Identifier of the question.")),
    responses((status = 200, description = "The question.", body = Inquiry), Problems))]
pub(crate) async fn inquiry_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<InquiryId>,
) -> Result<Json<Inquiry>, Problem> {
    Ok(Json(state.service.inquiry(&actor, id).await?))
}
