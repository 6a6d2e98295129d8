//! `GET /api/v1/verdicts/released`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::verdict::Verdict;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// Revisions that count by break-glass and still wait for their second look, most urgent first.
#[utoipa::path(get, path = "/api/v1/verdicts/released", tag = "verdicts",
    responses((status = 200, description = "The revisions.", body = Listing<Verdict>), Problems))]
pub(crate) async fn verdicts_released(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Listing<Verdict>>, Problem> {
    Ok(Json(Listing::whole(state.service.verdicts_released(&actor).await?)))
}
