//! What the desk says among itself about a case.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod add;
mod list;
mod withdraw;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::note_list, add::note_add))
        .routes(routes!(withdraw::note_withdraw))
}
