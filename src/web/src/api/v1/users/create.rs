//! `POST /api/v1/users`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::people::{Role, User};
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::JsonBody;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A user to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserRequest {
    /// The one organisation that the person belongs to.
    organisation: OrganisationId,
    /// 2 to 64 lower-case letters, digits, `.`, `_`, `-`.
    login: String,
    /// Name as shown.
    display_name: String,
    /// What the person may do.
    roles: Vec<Role>,
}

problems!(caller, BadRequest, NotFound, Conflict, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Adds a user. Needs `org_admin`.
#[utoipa::path(post, path = "/api/v1/users", tag = "people", request_body = UserRequest,
    responses((status = 201, description = "Added.", body = User), Problems))]
pub(crate) async fn user_create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    JsonBody(request): JsonBody<UserRequest>,
) -> Result<Response, Problem> {
    let user = state
        .service
        .user_add(Some(&actor), request.organisation, &request.login, &request.display_name, &request.roles)
        .await?;
    Ok((StatusCode::CREATED, Json(user)).into_response())
}
