//! `GET /api/v1/series`

use axum::Json;
use axum::extract::State;

use super::SeriesEntry;
use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, ValidationFailed);

/// Series of items that belong together. The one that grew last stands first: a new item raises its series. Needs a role that works on verdicts,
/// `org_admin` or `auditor`.
#[utoipa::path(get, path = "/api/v1/series", tag = "copies", params(PageQuery),
    responses((status = 200, description = "A page.", body = Listing<SeriesEntry>), Problems))]
pub(crate) async fn series_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<PageQuery>,
) -> Result<Json<Listing<SeriesEntry>>, Problem> {
    let (after, limit) = query.parse()?;
    let page = state.service.series_list(&actor, after, limit).await?;
    Ok(Json(Listing::page(page, SeriesEntry::from)))
}
