//! `DELETE /api/v1/tokens/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::TokenId;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Withdraws a token: your own, or anybody's of your branch as `org_admin`. A token that is limited withdraws itself only.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "people",
    params(("id" = TokenId, Path, description = "Identifier of the token.")),
    responses((status = 204, description = "Withdrawn."), Problems))]
pub(crate) async fn token_revoke(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<TokenId>,
) -> Result<StatusCode, Problem> {
    state.service.token_revoke(Some(&actor), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
