//! `POST /api/v1/users/{id}/link`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use podlinnik_domain::id::UserId;
use serde::Serialize;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A link that works once. The service keeps only a hash of its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewLink {
    /// Where its holder sets a password. Shown this once.
    address: String,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

problems!(caller, NotFound, SamePerson, WrongState);

/// Makes a link with which somebody else sets a password, once, within 48 hours; one that was made before stops working. Needs `org_admin` over
/// their branch. A second factor stays in force.
#[utoipa::path(post, path = "/api/v1/users/{id}/link", tag = "people",
    params(("id" = UserId, Path, description = "Identifier of the user.")),
    responses((status = 201, description = "Made.", body = NewLink), Problems))]
pub(crate) async fn user_link(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<UserId>,
) -> Result<Response, Problem> {
    let link = state.service.link_make(Some(&actor), id).await?;
    let address = link.address(&state.service.settings().public_url);
    Ok((StatusCode::CREATED, Json(NewLink { address, expires_at: link.expires_at })).into_response())
}
