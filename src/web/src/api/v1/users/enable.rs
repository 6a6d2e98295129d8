//! `POST /api/v1/users/{id}/enable`

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

problems!(caller, NotFound, SamePerson);

/// Opens a closed account again; keys work again, sessions and links do not. Needs `org_admin` over their branch.
#[utoipa::path(post, path = "/api/v1/users/{id}/enable", tag = "people",
    params(("id" = UserId, Path, description = "Identifier of the user.")),
    responses((status = 200, description = "Open.", body = User), Problems))]
pub(crate) async fn user_enable(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
) -> Result<Json<User>, Problem> {
    let change = UserChange { disabled: Some(false), ..UserChange::default() };
    Ok(Json(state.service.user_change(Some(&actor), id, change).await?))
}
