//! `POST /api/v1/inquiries/{id}/withdrawal`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::InquiryId;
use podlinnik_domain::inquiry::Inquiry;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, WrongState);

/// Takes a question back. Needs `analyst` or `editor`.
#[utoipa::path(post, path = "/api/v1/inquiries/{id}/withdrawal", tag = "inquiries",
    params(("id" = InquiryId, Path, description = "Identifier of the question.")),
    responses((status = 200, description = "Taken back.", body = Inquiry), Problems))]
pub(crate) async fn inquiry_withdraw(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<InquiryId>,
) -> Result<Json<Inquiry>, Problem> {
    Ok(Json(state.service.inquiry_withdraw(&actor, id).await?))
}
