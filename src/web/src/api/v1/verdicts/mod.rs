//! Revisions of verdicts and the steps of people.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod approve;
mod draft_notice;
mod get;
mod second_look;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get::verdict_get))
        .routes(routes!(second_look::verdict_second_look))
        .routes(routes!(approve::verdict_approve))
        .routes(routes!(draft_notice::notice_draft))
}
