//! `PATCH /api/v1/users/{id}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::UserId;
use podlinnik_domain::people::{Role, User};
use podlinnik_pipeline::UserChange;
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// What is to change; what is left out stays as it is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChangeRequest {
    /// Name as shown.
    display_name: Option<String>,
    /// The whole of what the person may do from now on.
    #[schema(min_items = 1)]
    roles: Option<Vec<Role>>,
}

problems!(
    caller,
    BadRequest,
    NotFound,
    SamePerson,
    LastAdministrator,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Renames a person or gives them other roles. Needs `org_admin` over their branch; nobody changes their own roles, and an installation keeps an
/// administrator.
#[utoipa::path(patch, path = "/api/v1/users/{id}", tag = "people",
    params(("id" = UserId, Path, description = "Identifier of the user.")),
    request_body = UserChangeRequest,
    responses((status = 200, description = "As they are now.", body = User), Problems))]
pub(crate) async fn user_change(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
    JsonBody(request): JsonBody<UserChangeRequest>,
) -> Result<Json<User>, Problem> {
    let change = UserChange { display_name: request.display_name, roles: request.roles, disabled: None };
    Ok(Json(state.service.user_change(Some(&actor), id, change).await?))
}
