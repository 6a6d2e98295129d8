//! Views of the board that you keep.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod list;
mod remove;
mod save;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::view_list, save::view_save))
        .routes(routes!(remove::view_remove))
}
