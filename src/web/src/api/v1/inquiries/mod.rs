//! Questions to agencies.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod answer;
mod get;
mod list;
mod withdraw;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::inquiry_list))
        .routes(routes!(get::inquiry_get))
        .routes(routes!(answer::inquiry_answer))
        .routes(routes!(withdraw::inquiry_withdraw))
}
