//! `POST /api/v1/users/{id}/tokens`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::{TokenId, UserId};
use serde::{Deserialize, Serialize};

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A token to issue.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenRequest {
    /// What it is for.
    label: String,
    /// Days until it expires; never if left out.
    #[schema(minimum = 1)]
    days: Option<u32>,
}

/// A new token. The service keeps only a hash of the secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewToken {
    /// Identifier, for withdrawing it.
    id: TokenId,
    /// `plk_…`. Shown this once.
    secret: String,
}

problems!(caller, BadRequest, NotFound, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Issues a token: for yourself, or for anybody in your organisation as `org_admin`.
#[utoipa::path(post, path = "/api/v1/users/{id}/tokens", tag = "people",
    params(("id" = UserId, Path, description = "Identifier of the user.")),
    request_body = TokenRequest,
    responses((status = 201, description = "Issued.", body = NewToken), Problems))]
pub(crate) async fn token_issue(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
    JsonBody(request): JsonBody<TokenRequest>,
) -> Result<Response, Problem> {
    let issued = state.service.token_issue(Some(&actor), id, &request.label, request.days).await?;
    Ok((StatusCode::CREATED, Json(NewToken { id: issued.id, secret: issued.secret })).into_response())
}
