//! `GET /api/v1/series/{id}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::SeriesId;

use super::SeriesView;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One series: its items with their regions, why each was taken in and when, also those of other regions. A series that another took over says which.
#[utoipa::path(get, path = "/api/v1/series/{id}", tag = "copies",
    params(("id" = SeriesId, Path, description = "Identifier of the series.")),
    responses((status = 200, description = "The series.", body = SeriesView), Problems))]
pub(crate) async fn series_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<SeriesId>,
) -> Result<Json<SeriesView>, Problem> {
    Ok(Json(state.service.series(&actor, id).await?.into()))
}
