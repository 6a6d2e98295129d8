//! `POST /api/v1/users/{id}/tokens`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::{TokenId, UserId};
use podlinnik_domain::people::Role;
use podlinnik_pipeline::KeyWish;
use podlinnik_pipeline::service::IssuedToken;
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
    #[schema(minimum = 1, maximum = 3650)]
    days: Option<u32>,
    /// Roles of its owner that it may use; all, also later ones, if left out.
    #[schema(min_items = 1)]
    scopes: Option<Vec<Role>>,
    /// Most requests in a minute; any number if left out.
    #[schema(minimum = 1, maximum = 100_000)]
    rate_per_minute: Option<u32>,
    /// Most submissions of its owner in 24 hours; any number if left out.
    #[schema(minimum = 1, maximum = 1_000_000)]
    quota_per_day: Option<u32>,
}

/// A new token. The service keeps only a hash of the secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewToken {
    /// Identifier, for rotating and withdrawing it.
    id: TokenId,
    /// `plk_…`. Shown this once.
    secret: String,
}

impl From<IssuedToken> for NewToken {
    fn from(issued: IssuedToken) -> Self {
        Self { id: issued.id, secret: issued.secret }
    }
}

problems!(caller, BadRequest, NotFound, WrongState, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Issues a token: for yourself, or as `org_admin` for a program's account of your branch (roles `submitter` and `partner` only). Nobody holds a
/// token in another person's name. A token that is limited issues none.
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
    let wish = KeyWish {
        label: request.label,
        days: request.days,
        scopes: request.scopes,
        rate_per_minute: request.rate_per_minute,
        quota_per_day: request.quota_per_day,
    };
    let issued = state.service.key_issue(Some(&actor), id, wish).await?;
    Ok((StatusCode::CREATED, Json(NewToken::from(issued))).into_response())
}
