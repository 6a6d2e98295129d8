//! `GET /api/v1/appeals`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::inquiry::{Appeal, AppealState};
use serde::Deserialize;

use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Which objections.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppealQuery {
    /// In this state only.
    state: Option<AppealState>,
    /// `next` of the page before.
    after: Option<String>,
    /// Entries per page, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<u32>,
}

problems!(caller, ValidationFailed);

/// Objections to notices that you may see, newest first.
#[utoipa::path(get, path = "/api/v1/appeals", tag = "appeals", params(AppealQuery),
    responses((status = 200, description = "A page.", body = Listing<Appeal>), Problems))]
pub(crate) async fn appeal_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<AppealQuery>,
) -> Result<Json<Listing<Appeal>>, Problem> {
    let (after, limit) = PageQuery::of(query.after, query.limit).parse()?;
    let page = state.service.appeals(&actor, query.state, after, limit).await?;
    Ok(Json(Listing::page(page, |appeal| appeal)))
}
