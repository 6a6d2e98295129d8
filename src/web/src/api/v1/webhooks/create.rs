//! `POST /api/v1/webhooks`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::WebhookView;
use crate::auth::Caller;
use crate::extract::JsonBody;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A receiver to register.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookRequest {
    /// `https` address that is reachable from the service and does not lead into a private network.
    #[schema(max_length = 2048)]
    url: String,
}

/// A new receiver and its secret.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct NewWebhook {
    #[serde(flatten)]
    webhook: WebhookView,
    /// `whsec_…`, the key of the signatures. Shown this once.
    secret: String,
}

problems!(
    caller,
    BadRequest,
    Conflict,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    WebhookAddressForbidden
);

/// Registers a receiver. It gets `notice.published` with `webhook-id`, `webhook-timestamp` and `webhook-signature` (HMAC-SHA-256); what it
/// misses is tried again. Messages are hints: read the notice for the truth.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = WebhookRequest,
    responses((status = 201, description = "Registered.", body = NewWebhook), Problems))]
pub(crate) async fn webhook_create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    JsonBody(request): JsonBody<WebhookRequest>,
) -> Result<Response, Problem> {
    let (webhook, secret) = state.service.webhook_add(&actor, &request.url).await?;
    Ok((StatusCode::CREATED, Json(NewWebhook { webhook: webhook.into(), secret })).into_response())
}
