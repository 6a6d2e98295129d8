//! `GET /api/v1/receivers`

use axum::Json;
use axum::extract::State;

use super::ReceiverView;
use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// Receivers of your organisation, by time of registration, without their secrets.
#[utoipa::path(get, path = "/api/v1/receivers", tag = "receivers",
    responses((status = 200, description = "The receivers.", body = Listing<ReceiverView>), Problems))]
pub(crate) async fn receiver_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Listing<ReceiverView>>, Problem> {
    let receivers = state.service.receivers(&actor).await?;
    Ok(Json(Listing::whole(receivers.into_iter().map(ReceiverView::from).collect())))
}
