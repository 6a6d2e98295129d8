//! `DELETE /api/v1/receivers/{id}`

use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::ReceiverId;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Switches a receiver off. It stays in the list, as does its log of deliveries; what still waits for it is given up.
#[utoipa::path(delete, path = "/api/v1/receivers/{id}", tag = "receivers",
    params(("id" = ReceiverId, Path, description = "Identifier of the receiver.")),
    responses((status = 204, description = "Switched off."), Problems))]
pub(crate) async fn receiver_disable(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<ReceiverId>,
) -> Result<StatusCode, Problem> {
    state.service.receiver_disable(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
