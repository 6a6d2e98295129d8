//! `POST /api/v1/inquiries/{id}/answer`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::InquiryId;
use podlinnik_domain::inquiry::{Inquiry, InquiryAnswer};

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    NotFound,
    WrongState,
    ReasonRequired,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Answers a question: as a partner of the agency that is asked, or, for the desk, an answer that came another way. The answer is frozen as evidence; its digest is
/// what a verdict's basis names.
#[utoipa::path(post, path = "/api/v1/inquiries/{id}/answer", tag = "inquiries",
    params(("id" = InquiryId, Path, description = "Identifier of the question.")),
    request_body = InquiryAnswer,
    responses((status = 200, description = "Answered.", body = Inquiry), Problems))]
pub(crate) async fn inquiry_answer(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<InquiryId>,
    JsonBody(answer): JsonBody<InquiryAnswer>,
) -> Result<Json<Inquiry>, Problem> {
    Ok(Json(state.service.inquiry_answer(&actor, id, answer).await?))
}
