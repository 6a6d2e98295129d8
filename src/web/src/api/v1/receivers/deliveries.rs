//! `GET /api/v1/receivers/{id}/deliveries`

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use podlinnik_domain::id::{DeliveryId, ReceiverId};
use podlinnik_pipeline::record::Delivery;
use serde::Serialize;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// One message to one receiver.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct DeliveryView {
    /// Identifier; also the `webhook-id` of the message.
    id: DeliveryId,
    /// Type of the message.
    event_type: String,
    /// `waiting`, `delivered` or `given_up`.
    state: &'static str,
    /// Attempts so far.
    attempts: u32,
    /// HTTP status or error of the last attempt.
    last_result: Option<String>,
    /// When the message came about.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            event_type: delivery.event_type,
            state: delivery.state.code(),
            attempts: delivery.attempts,
            last_result: delivery.last_result,
            created_at: delivery.created_at,
        }
    }
}

problems!(caller, NotFound);

/// The log of deliveries to a receiver, newest first.
#[utoipa::path(get, path = "/api/v1/receivers/{id}/deliveries", tag = "receivers",
    params(("id" = ReceiverId, Path, description = "Identifier of the receiver.")),
    responses((status = 200, description = "The deliveries.", body = Listing<DeliveryView>), Problems))]
pub(crate) async fn receiver_deliveries(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<ReceiverId>,
) -> Result<Json<Listing<DeliveryView>>, Problem> {
    let deliveries = state.service.deliveries(&actor, id).await?;
    Ok(Json(Listing::whole(deliveries.into_iter().map(DeliveryView::from).collect())))
}
