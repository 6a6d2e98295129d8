//! `DELETE /api/v1/views/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::ViewId;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Forgets one of your views.
#[utoipa::path(delete, path = "/api/v1/views/{id}", tag = "board",
    params(("id" = ViewId, Path, description = "Identifier of the view.")),
    responses((status = 204, description = "Forgotten."), Problems))]
pub(crate) async fn view_remove(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<ViewId>,
) -> Result<StatusCode, Problem> {
    state.service.view_remove(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
