//! `GET /api/v1/users`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::people::User;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// All users, by login. Needs `org_admin`.
#[utoipa::path(get, path = "/api/v1/users", tag = "people",
    responses((status = 200, description = "The users.", body = Listing<User>), Problems))]
pub(crate) async fn user_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Listing<User>>, Problem> {
    Ok(Json(Listing::whole(state.service.users(Some(&actor)).await?)))
}
