//! `POST /api/v1/users/{id}/disable`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::UserId;
use podlinnik_domain::people::User;
use podlinnik_pipeline::UserChange;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, SamePerson, LastAdministrator);

/// Closes an account: its sessions end, its keys and its link stop working. What the person did stays. Needs `org_admin` over their branch.
#[utoipa::path(post, path = "/api/v1/users/{id}/disable", tag = "people",
    params(("id" = UserId, Path, description = "Identifier of the user.")),
    responses((status = 200, description = "Closed.", body = User), Problems))]
pub(crate) async fn user_disable(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
) -> Result<Json<User>, Problem> {
    let change = UserChange { disabled: Some(true), ..UserChange::default() };
    Ok(Json(state.service.user_change(Some(&actor), id, change).await?))
}
