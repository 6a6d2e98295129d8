//! `POST /notices/{id}/appeals`: anybody objects to a published notice.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{AppealId, NoticeId};
use serde::{Deserialize, Serialize};

use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Seconds after which an objection that came at a busy moment can be tried again.
const TRY_AGAIN_S: u32 = 60;

/// An objection.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealRequest {
    /// Who objects, if they want to say.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300)]
    name: Option<String>,
    /// How they are reached, if they want to be told. Seen by the desk only.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300)]
    contact: Option<String>,
    /// What is wrong with the notice.
    #[schema(min_length = 1, max_length = 5000)]
    statement: String,
}

/// An objection that was taken down.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AppealReceived {
    /// Its number.
    id: AppealId,
}

problems!(
    BadRequest,
    NotFound,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    ReasonRequired,
    RateLimited
);

/// Objects to a published notice. A corrections officer who had no part in it decides; how many objections were upheld is public.
#[utoipa::path(post, path = "/notices/{id}/appeals", tag = "public", security(()),
    params(("id" = NoticeId, Path, description = "Identifier of the notice.")),
    request_body = AppealRequest,
    responses((status = 202, description = "Taken down.", body = AppealReceived), Problems))]
pub(crate) async fn notice_appeal(
    State(state): State<AppState>,
    Id(id): Id<NoticeId>,
    JsonBody(request): JsonBody<AppealRequest>,
) -> Result<Response, Problem> {
    if state.appeals.check().is_err() {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(TRY_AGAIN_S));
    }
    let id = state.service.appeal(id, request.name, request.contact, request.statement).await?;
    Ok((StatusCode::ACCEPTED, Json(AppealReceived { id })).into_response())
}
