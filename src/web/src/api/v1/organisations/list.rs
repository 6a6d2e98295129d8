//! `GET /api/v1/organisations`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::people::Organisation;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// All organisations, by code.
#[utoipa::path(get, path = "/api/v1/organisations", tag = "people",
    responses((status = 200, description = "The organisations.", body = Listing<Organisation>), Problems))]
pub(crate) async fn organisation_list(
    State(state): State<AppState>,
    _caller: Caller,
) -> Result<Json<Listing<Organisation>>, Problem> {
    Ok(Json(Listing::whole(state.service.organisations().await?)))
}
