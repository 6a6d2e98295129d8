//! `POST /api/v1/receivers/{id}/replay`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use podlinnik_domain::id::ReceiverId;
use podlinnik_pipeline::record::Replay;
use serde::{Deserialize, Serialize};

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Since when.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// Messages that came about at this time or later are sent again.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// What is sent again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Replayed {
    /// Messages that were queued.
    pub(super) queued: u32,
}

problems!(caller, BadRequest, BodyTooLarge, UnsupportedMediaType, ValidationFailed, NotFound, WrongState);

/// Sends what has ended, delivered or given up, once more: in order, with the same `webhook-id`. What still waits is left alone.
#[utoipa::path(post, path = "/api/v1/receivers/{id}/replay", tag = "receivers", request_body = ReplayRequest,
    params(("id" = ReceiverId, Path, description = "Identifier of the receiver.")),
    responses((status = 202, description = "Queued.", body = Replayed), Problems))]
pub(crate) async fn receiver_replay(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<ReceiverId>,
    JsonBody(request): JsonBody<ReplayRequest>,
) -> Result<Response, Problem> {
    let queued = state.service.delivery_replay(&actor, id, Replay::Since(request.since)).await?;
    Ok((StatusCode::ACCEPTED, Json(Replayed { queued })).into_response())
}
