//! `POST /api/v1/cases/{id}/unclaim`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::id::CaseId;
use serde::Deserialize;

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

/// Giving a case back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnclaimRequest {
    /// Why; needed to take a case away from somebody else.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000)]
    reason: Option<String>,
}

problems!(
    caller,
    NotFound,
    WrongState,
    ReasonRequired,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Gives a case back. An approver can take it away from whoever has it, with a reason.
#[utoipa::path(post, path = "/api/v1/cases/{id}/unclaim", tag = "cases",
    params(("id" = CaseId, Path, description = "Identifier of the case."),
           ("If-Match" = String, Header, description = "`ETag` of the case as you saw it.", example = "\"2\"")),
    request_body = UnclaimRequest,
    responses((status = 200, description = "Nobody's.", body = Case,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn case_unclaim(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    version: IfMatch,
    JsonBody(request): JsonBody<UnclaimRequest>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.case_unclaim(&actor, id, version.0, request.reason.as_deref()).await?))
}
