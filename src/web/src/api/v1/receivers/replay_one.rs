//! `POST /api/v1/receivers/{id}/deliveries/{delivery}/replay`

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{DeliveryId, ReceiverId};
use podlinnik_pipeline::record::Replay;

use super::replay::Replayed;
use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, WrongState);

/// Sends one message that has ended once more, with the same `webhook-id`.
#[utoipa::path(post, path = "/api/v1/receivers/{id}/deliveries/{delivery}/replay", tag = "receivers",
    params(("id" = ReceiverId, Path, description = "Identifier of the receiver."),
           ("delivery" = DeliveryId, Path, description = "Identifier of the message.")),
    responses((status = 202, description = "Queued.", body = Replayed), Problems))]
pub(crate) async fn delivery_replay(
    State(state): State<AppState>,
    Caller(actor): Caller,
    path: Result<Path<(String, String)>, PathRejection>,
) -> Result<Response, Problem> {
    let Path((id, delivery)) = path.map_err(|_| ErrorCode::NotFound)?;
    let id: ReceiverId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let delivery: DeliveryId = delivery.parse().map_err(|_| ErrorCode::NotFound)?;
    let queued = state.service.delivery_replay(&actor, id, Replay::One(delivery)).await?;
    Ok((StatusCode::ACCEPTED, Json(Replayed { queued })).into_response())
}
