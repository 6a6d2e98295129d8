//! `POST /api/v1/cases/{id}/verdicts`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::CaseId;
use podlinnik_domain::verdict::{Proposal, Verdict};

use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    BadRequest,
    NotFound,
    WrongState,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    BasisInsufficient,
    ReasonRequired
);

/// Proposes a verdict. The evidence is frozen and hashed; the case then waits for a second analyst, who does not see the proposal.
#[utoipa::path(post, path = "/api/v1/cases/{id}/verdicts", tag = "verdicts",
    params(("id" = CaseId, Path, description = "Identifier of the case."),
           ("If-Match" = String, Header, description = "`ETag` of the case as you saw it.", example = "\"2\"")),
    request_body = Proposal,
    responses((status = 201, description = "Proposed.", body = Verdict,
               headers(("Location" = String, description = "The revision."))), Conditional, Problems))]
pub(crate) async fn verdict_propose(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    version: IfMatch,
    JsonBody(proposal): JsonBody<Proposal>,
) -> Result<Response, Problem> {
    let verdict = state.service.verdict_propose(&actor, id, version.0, proposal).await?;
    let location = format!("/api/v1/verdicts/{}", verdict.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(verdict)).into_response())
}
