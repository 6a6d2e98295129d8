//! `POST /api/v1/tokens/{id}/rotation`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::TokenId;
use serde::Deserialize;

use super::super::users::NewToken;
use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// How long the next token lives.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotationRequest {
    /// Days until it expires; as many as the one before was made for if left out. Not for a token that renews itself.
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<u32>,
}

problems!(caller, BadRequest, NotFound, WrongState, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Makes the next token of a line, with the same label, scopes and limits. The one before goes on until it is withdrawn or expires; a third is
/// refused. For whoever may issue such a token, and for the token itself.
#[utoipa::path(post, path = "/api/v1/tokens/{id}/rotation", tag = "people",
    params(("id" = TokenId, Path, description = "Identifier of the token that is followed.")),
    request_body = RotationRequest,
    responses((status = 201, description = "Issued.", body = NewToken), Problems))]
pub(crate) async fn token_rotate(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<TokenId>,
    JsonBody(request): JsonBody<RotationRequest>,
) -> Result<Response, Problem> {
    let issued = state.service.key_rotate(Some(&actor), id, request.days).await?;
    Ok((StatusCode::CREATED, Json(NewToken::from(issued))).into_response())
}
