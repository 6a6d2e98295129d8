//! `POST /api/v1/cases/{id}/claim`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::id::CaseId;

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::Id;
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, WrongState, ClaimedByAnother);

/// Takes a case on. Exactly one analyst has it: of two at the same time one gets `412` or `409`. Needs `analyst`.
#[utoipa::path(post, path = "/api/v1/cases/{id}/claim", tag = "cases",
    params(("id" = CaseId, Path, description = "Identifier of the case."),
           ("If-Match" = String, Header, description = "`ETag` of the case as you saw it.", example = "\"2\"")),
    responses((status = 200, description = "Yours.", body = Case,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn case_claim(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    version: IfMatch,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.case_claim(&actor, id, version.0).await?))
}
