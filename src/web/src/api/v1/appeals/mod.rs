//! Objections from outside.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod decide;
mod list;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list::appeal_list)).routes(routes!(decide::appeal_decide))
}
