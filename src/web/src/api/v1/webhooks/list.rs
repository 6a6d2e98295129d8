//! `GET /api/v1/webhooks`

use axum::Json;
use axum::extract::State;

use super::WebhookView;
use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// Receivers of your organisation, by time of registration, without their secrets.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, description = "The receivers.", body = Listing<WebhookView>), Problems))]
pub(crate) async fn webhook_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Listing<WebhookView>>, Problem> {
    let webhooks = state.service.webhooks(&actor).await?;
    Ok(Json(Listing::whole(webhooks.into_iter().map(WebhookView::from).collect())))
}
