//! `POST /api/v1/cases/{id}/parking`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::CaseId;
use serde::Deserialize;

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

/// Putting a case aside.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ParkRequest {
    /// What is waited for.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
    /// When it comes back.
    #[schema(value_type = String, format = DateTime)]
    wake_at: Timestamp,
}

problems!(
    caller,
    NotFound,
    WrongState,
    ClaimedByAnother,
    ReasonRequired,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Puts a case aside; it comes back by itself at `wake_at`, at most 90 days from now. Needs `analyst`, and that nobody else has the case.
#[utoipa::path(post, path = "/api/v1/cases/{id}/parking", tag = "cases",
    params(("id" = CaseId, Path, description = "Identifier of the case."),
           ("If-Match" = String, Header, description = "`ETag` of the case as you saw it.", example = "\"2\"")),
    request_body = ParkRequest,
    responses((status = 200, description = "Parked.", body = Case,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn case_park(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    version: IfMatch,
    JsonBody(request): JsonBody<ParkRequest>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.case_park(&actor, id, version.0, &request.reason, request.wake_at).await?))
}
