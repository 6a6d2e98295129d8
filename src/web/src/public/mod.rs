//! What needs no token: published notices, their feed, health, what the codes mean.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod feed;
mod health;
mod index;
mod notice;
mod problem_page;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(index::index))
        .routes(routes!(notice::public_notice))
        .routes(routes!(feed::notices_feed))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(problem_page::problem_page))
}
