//! `GET /api/v1/copy-matches`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::original::CopyMatchState;
use serde::Deserialize;

use super::CopyMatchView;
use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Which matches.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CopyMatchesQuery {
    /// What people think of them; `suggested`, on which nobody has decided, if left out.
    #[param(value_type = Option<CopyMatchState>)]
    state: Option<CopyMatchState>,
    /// `next` of the page before; left out for the first page.
    after: Option<String>,
    /// Entries per page, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<u32>,
}

problems!(caller, ValidationFailed);

/// Matches in one state on items of your organisation and those below it, newest first. Those that are `rejected` are what the negative bank was taught
/// by. A page may hold fewer entries than there are further on: go on while there is a `next`.
#[utoipa::path(get, path = "/api/v1/copy-matches", tag = "copies", params(CopyMatchesQuery),
    responses((status = 200, description = "A page.", body = Listing<CopyMatchView>), Problems))]
pub(crate) async fn copy_match_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<CopyMatchesQuery>,
) -> Result<Json<Listing<CopyMatchView>>, Problem> {
    let CopyMatchesQuery { state: wanted, after, limit } = query;
    let (after, limit) = PageQuery::of(after, limit).parse()?;
    let wanted = wanted.unwrap_or(CopyMatchState::Suggested);
    let page = state.service.copy_matches(&actor, wanted, after, limit).await?;
    Ok(Json(Listing::page(page, CopyMatchView::from)))
}
