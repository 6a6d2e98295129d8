//! `GET /api/v1/links`

use axum::Json;
use axum::extract::State;

use super::LinkView;
use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, ValidationFailed);

/// Your links, newest first.
#[utoipa::path(get, path = "/api/v1/links", tag = "links", params(PageQuery),
    responses((status = 200, description = "A page.", body = Listing<LinkView>), Problems))]
pub(crate) async fn link_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<PageQuery>,
) -> Result<Json<Listing<LinkView>>, Problem> {
    let (after, limit) = query.parse()?;
    let page = state.service.links(&actor, after, limit).await?;
    Ok(Json(Listing::page(page, LinkView::from)))
}
