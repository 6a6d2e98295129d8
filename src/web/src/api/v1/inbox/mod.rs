//! The inbox of your organisation.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod list;
mod mark;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list::inbox_list)).routes(routes!(mark::inbox_mark))
}
