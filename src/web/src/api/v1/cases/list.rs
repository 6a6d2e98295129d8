//! `GET /api/v1/cases`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::case::Case;

use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, ValidationFailed);

/// Cases that you may see, newest first.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(PageQuery),
    responses((status = 200, description = "A page.", body = Listing<Case>), Problems))]
pub(crate) async fn case_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<PageQuery>,
) -> Result<Json<Listing<Case>>, Problem> {
    let (after, limit) = query.parse()?;
    let page = state.service.cases(&actor, after, limit).await?;
    Ok(Json(Listing::page(page, |case| case)))
}
