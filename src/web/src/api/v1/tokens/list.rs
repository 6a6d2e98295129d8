//! `GET /api/v1/tokens`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::UserId;
use serde::Deserialize;

use super::TokenView;
use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Whose tokens; your own if nothing is given.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenQuery {
    /// Those of this user. Needs `org_admin` over their branch.
    #[param(value_type = Option<UserId>)]
    user: Option<UserId>,
    /// Those of everybody in your branch. Needs `org_admin`.
    branch: Option<bool>,
}

problems!(caller, NotFound, ValidationFailed);

/// Tokens without their secrets, newest first; withdrawn and expired ones too.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "people", params(TokenQuery),
    responses((status = 200, description = "The tokens.", body = Listing<TokenView>), Problems))]
pub(crate) async fn token_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<TokenQuery>,
) -> Result<Json<Listing<TokenView>>, Problem> {
    let keys = if query.branch.unwrap_or(false) {
        let mut keys = state.service.keys_of_branch(Some(&actor)).await?;
        keys.retain(|key| query.user.is_none_or(|user| key.user == user));
        keys
    } else {
        state.service.keys(&actor, query.user).await?
    };
    Ok(Json(Listing::whole(keys.into_iter().map(TokenView::from).collect())))
}
