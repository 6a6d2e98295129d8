//! `POST /api/v1/cases/{id}/inquiries`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{CaseId, OrganisationId};
use podlinnik_domain::inquiry::Inquiry;
use podlinnik_pipeline::Question;
use serde::{Deserialize, Serialize};

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A question to an agency.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InquiryRequest {
    /// The agency, where it takes part in the service.
    #[serde(default)]
    organisation: Option<OrganisationId>,
    /// Who is asked.
    #[schema(min_length = 1, max_length = 300, example = "Пресс-служба ГУ МЧС по Тамбовской области")]
    addressee: String,
    /// How they are reached; for the desk only.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300)]
    contact: Option<String>,
    /// The question.
    #[schema(min_length = 1, max_length = 5000)]
    question: String,
    /// By when an answer is needed; at most 30 days from now.
    #[schema(value_type = String, format = DateTime)]
    due_at: Timestamp,
}

/// A question that was asked.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AskedView {
    /// The question.
    inquiry: Inquiry,
    /// Where it can be answered without an account. Shown once.
    link: String,
}

problems!(caller, BadRequest, NotFound, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Asks an agency for confirmation. Its receivers are told (`inquiry.asked`), and the link in the answer can be sent to it by any way. Needs `analyst` or `editor`.
#[utoipa::path(post, path = "/api/v1/cases/{id}/inquiries", tag = "inquiries",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    request_body = InquiryRequest,
    responses((status = 201, description = "Asked.", body = AskedView,
               headers(("Location" = String, description = "The question."))), Problems))]
pub(crate) async fn inquiry_ask(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    JsonBody(request): JsonBody<InquiryRequest>,
) -> Result<Response, Problem> {
    let question = Question {
        organisation: request.organisation,
        addressee: request.addressee,
        contact: request.contact,
        question: request.question,
        due_at: request.due_at,
    };
    let asked = state.service.inquiry_ask(&actor, id, question).await?;
    let location = format!("/api/v1/inquiries/{}", asked.inquiry.id);
    let view = AskedView { inquiry: asked.inquiry, link: asked.link };
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(view)).into_response())
}
