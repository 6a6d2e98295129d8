//! People and their tokens.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod change;
mod create;
mod disable;
mod enable;
mod issue_token;
mod link;
mod list;

pub(super) use issue_token::NewToken;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::user_create, list::user_list))
        .routes(routes!(change::user_change))
        .routes(routes!(disable::user_disable))
        .routes(routes!(enable::user_enable))
        .routes(routes!(link::user_link))
        .routes(routes!(issue_token::token_issue))
}
