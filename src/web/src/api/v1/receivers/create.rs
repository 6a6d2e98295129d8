//! `POST /api/v1/receivers`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::language::Language;
use podlinnik_pipeline::ReceiverWish;
use serde::{Deserialize, Serialize};

use super::ReceiverView;
use crate::auth::Caller;
use crate::extract::JsonBody;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A receiver to register.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiverRequest {
    /// How it is reached; `webhook` if left out.
    channel: Option<Channel>,
    /// A webhook's `https` address, reachable from the service and not in a private network; a mailbox; a Telegram channel (`@name`) or the number
    /// of a chat.
    #[schema(max_length = 2048)]
    address: String,
    /// How webhook messages are signed; `hmac` if left out.
    signature: Option<SignatureScheme>,
    /// `ru` or `en`, of letters and posts; `ru` if left out.
    #[schema(value_type = Option<String>)]
    language: Option<Language>,
    /// Codes of the regions that it wants to hear of; all if left out.
    #[schema(max_items = 200)]
    regions: Option<Vec<String>>,
}

/// A new receiver and its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewReceiver {
    #[serde(flatten)]
    receiver: ReceiverView,
    /// `whsec_…`, the key of `hmac` signatures. Shown this once.
    secret: Option<String>,
}

problems!(
    caller,
    BadRequest,
    Conflict,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    ReceiverAddressForbidden,
    ChannelNotConfigured
);

/// Registers a receiver. It is told of notices published and corrected in its regions, of verdicts that your organisation has read and that hold
/// no more, and of questions to your organisation. What it misses is tried again for more than two days; messages about one thing come in order.
/// A webhook gets `webhook-id`, `webhook-timestamp` and `webhook-signature` (Standard Webhooks 1.0.0). Messages are hints: read the notice for the
/// truth.
#[utoipa::path(post, path = "/api/v1/receivers", tag = "receivers", request_body = ReceiverRequest,
    responses((status = 201, description = "Registered.", body = NewReceiver), Problems))]
pub(crate) async fn receiver_create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    JsonBody(request): JsonBody<ReceiverRequest>,
) -> Result<Response, Problem> {
    let wish = ReceiverWish {
        channel: request.channel.unwrap_or(Channel::Webhook),
        address: request.address,
        signature: request.signature.unwrap_or(SignatureScheme::Hmac),
        language: request.language.unwrap_or(Language::Russian),
        regions: request.regions,
    };
    let (receiver, secret) = state.service.receiver_add(&actor, wish).await?;
    Ok((StatusCode::CREATED, Json(NewReceiver { receiver: receiver.into(), secret })).into_response())
}
