//! Revisions of verdicts and the steps of people.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod approve;
mod break_glass;
mod bundle;
mod draft_notice;
mod get;
mod released;
mod second_look;
mod send_back;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get::verdict_get))
        .routes(routes!(second_look::verdict_second_look))
        .routes(routes!(approve::verdict_approve))
        .routes(routes!(draft_notice::notice_draft))
        .routes(routes!(send_back::verdict_return))
        .routes(routes!(break_glass::verdict_release))
        .routes(routes!(released::verdicts_released))
        .routes(routes!(bundle::verdict_bundle))
}
