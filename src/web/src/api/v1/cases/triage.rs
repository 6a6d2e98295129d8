//! `PUT /api/v1/cases/{id}/triage`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::{Case, Triage};
use podlinnik_domain::id::CaseId;

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, BadRequest, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Notes what a case is about and how urgent it is; replaces what was noted before. Needs `analyst` or `approver`.
#[utoipa::path(put, path = "/api/v1/cases/{id}/triage", tag = "cases",
    params(("id" = CaseId, Path, description = "Identifier of the case."),
           ("If-Match" = String, Header, description = "`ETag` of the case as you saw it.", example = "\"2\"")),
    request_body = Triage,
    responses((status = 200, description = "Noted.", body = Case,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn case_triage(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    version: IfMatch,
    JsonBody(triage): JsonBody<Triage>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.case_triage(&actor, id, version.0, triage).await?))
}
