//! `POST /api/v1/receivers/{id}/enable`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::ReceiverId;

use super::ReceiverView;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Switches a receiver on again, one that answered 410 too. What it missed meanwhile is sent by `…/replay`.
#[utoipa::path(post, path = "/api/v1/receivers/{id}/enable", tag = "receivers",
    params(("id" = ReceiverId, Path, description = "Identifier of the receiver.")),
    responses((status = 200, description = "Switched on.", body = ReceiverView), Problems))]
pub(crate) async fn receiver_enable(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<ReceiverId>,
) -> Result<Json<ReceiverView>, Problem> {
    Ok(Json(state.service.receiver_enable(&actor, id).await?.into()))
}
