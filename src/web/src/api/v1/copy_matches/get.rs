//! `GET /api/v1/copy-matches/{id}`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::CopyMatchId;

use super::{CopyMatchView, with_etag};
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One match between two items. Its `ETag` is what a decision has to carry in `If-Match`. Needs a role that works on verdicts, or `auditor`.
#[utoipa::path(get, path = "/api/v1/copy-matches/{id}", tag = "copies",
    params(("id" = CopyMatchId, Path, description = "Identifier of the match.")),
    responses((status = 200, description = "The match.", body = CopyMatchView,
               headers(("ETag" = String, description = "The match's version."))), Problems))]
pub(crate) async fn copy_match_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CopyMatchId>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.copy_match(&actor, id).await?))
}
