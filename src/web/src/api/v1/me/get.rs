//! `GET /api/v1/me`

use axum::Json;
use podlinnik_domain::people::User;

use crate::auth::Caller;
use crate::openapi::problems;

problems!(caller);

/// Who you are and what you may do with this token.
#[utoipa::path(get, path = "/api/v1/me", tag = "people",
    responses((status = 200, description = "You.", body = User), Problems))]
pub(crate) async fn me_get(Caller(actor): Caller) -> Json<User> {
    Json(actor.user)
}
