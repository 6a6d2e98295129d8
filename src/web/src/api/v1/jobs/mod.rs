//! Background work that has been given up.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod dead;
mod revive;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(dead::job_dead)).routes(routes!(revive::job_revive))
}
