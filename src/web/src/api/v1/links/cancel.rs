//! `DELETE /api/v1/links/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::FetchId;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, WrongState);

/// Takes one of your links back while it is queued or being fetched. One that has ended stays as it ended (`wrong_state`).
#[utoipa::path(delete, path = "/api/v1/links/{id}", tag = "links",
    params(("id" = FetchId, Path, description = "Identifier of the link.")),
    responses((status = 204, description = "Taken back."), Problems))]
pub(crate) async fn link_cancel(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<FetchId>,
) -> Result<StatusCode, Problem> {
    state.service.link_cancel(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
