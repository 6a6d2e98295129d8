//! `GET /api/v1/analyses/{id}/derivatives`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::id::AnalysisId;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Pictures and documents made from the media, by name, each with its recipe. Empty while the analysis is under way.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/derivatives", tag = "analyses",
    params(("id" = AnalysisId, Path, description = "Identifier of the analysis.")),
    responses((status = 200, description = "All of them.", body = Listing<Derivative>), Problems))]
pub(crate) async fn analysis_derivatives(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<AnalysisId>,
) -> Result<Json<Listing<Derivative>>, Problem> {
    Ok(Json(Listing::whole(state.service.derivatives(&actor, id).await?)))
}
