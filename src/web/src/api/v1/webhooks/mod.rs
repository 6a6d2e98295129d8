//! Receivers of signed webhooks (Standard Webhooks 1.0.0).

use jiff::Timestamp;
use podlinnik_domain::id::{OrganisationId, WebhookId};
use podlinnik_pipeline::record::Webhook;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod create;
mod deliveries;
mod disable;
mod list;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::webhook_create, list::webhook_list))
        .routes(routes!(disable::webhook_disable))
        .routes(routes!(deliveries::webhook_deliveries))
}

/// A receiver. Its secret is shown once, when it is registered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct WebhookView {
    /// Identifier.
    id: WebhookId,
    /// Whose.
    organisation: OrganisationId,
    /// Where to send.
    url: String,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was switched off.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
}

impl From<Webhook> for WebhookView {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id,
            organisation: webhook.organisation,
            url: webhook.url,
            created_at: webhook.created_at,
            disabled_at: webhook.disabled_at,
        }
    }
}
