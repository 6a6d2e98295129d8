//! Receivers: webhooks (Standard Webhooks 1.0.0), mailboxes, Telegram channels.

use jiff::Timestamp;
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::id::{OrganisationId, ReceiverId};
use podlinnik_domain::language::Language;
use podlinnik_pipeline::Service;
use podlinnik_pipeline::record::Receiver;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod create;
mod deliveries;
mod disable;
mod enable;
mod list;
mod replay;
mod replay_one;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::receiver_create, list::receiver_list))
        .routes(routes!(disable::receiver_disable))
        .routes(routes!(enable::receiver_enable))
        .routes(routes!(deliveries::receiver_deliveries))
        .routes(routes!(replay::receiver_replay))
        .routes(routes!(replay_one::delivery_replay))
}

/// A receiver. Its secret is shown once, when it is registered.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ReceiverView {
    /// Identifier.
    id: ReceiverId,
    /// Whose.
    organisation: OrganisationId,
    /// How it is reached.
    channel: Channel,
    /// Where.
    address: String,
    /// How webhook messages are signed.
    signature: SignatureScheme,
    /// `whpk_…`, the key that Ed25519 signatures are checked with.
    public_key: Option<String>,
    /// `ru` or `en`, of letters and posts.
    #[schema(value_type = String)]
    language: Language,
    /// Codes of the regions that it hears of; all if none.
    regions: Option<Vec<String>>,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was switched off.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
}

impl From<Receiver> for ReceiverView {
    fn from(receiver: Receiver) -> Self {
        Self {
            id: receiver.id,
            organisation: receiver.organisation,
            channel: receiver.channel,
            public_key: Service::receiver_public_key(&receiver),
            address: receiver.address,
            signature: receiver.signature,
            language: receiver.language,
            regions: receiver.regions,
            created_at: receiver.created_at,
            disabled_at: receiver.disabled_at,
        }
    }
}
