//! People and their tokens.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod create;
mod issue_token;
mod list;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::user_create, list::user_list))
        .routes(routes!(issue_token::token_issue))
}
