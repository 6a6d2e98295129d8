//! `GET /api/v1/submissions`

use axum::Json;
use axum::extract::State;

use super::SubmissionView;
use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, ValidationFailed);

/// Submissions that you may see, newest first.
#[utoipa::path(get, path = "/api/v1/submissions", tag = "submissions", params(PageQuery),
    responses((status = 200, description = "A page.", body = Listing<SubmissionView>), Problems))]
pub(crate) async fn submission_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<PageQuery>,
) -> Result<Json<Listing<SubmissionView>>, Problem> {
    let (after, limit) = query.parse()?;
    let page = state.service.submissions(&actor, after, limit).await?;
    Ok(Json(Listing::page(page, SubmissionView::from)))
}
