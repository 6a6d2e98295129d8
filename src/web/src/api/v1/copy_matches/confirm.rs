//! `POST /api/v1/copy-matches/{id}/confirmation`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::CopyMatchId;
use podlinnik_domain::original::CopyMatchState;

use super::{CopyDecisionRequest, CopyMatchView, with_etag};
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, BadRequest, NotFound, WrongState, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Says that it is so: both items are the same, whatever the machine thinks of it. The answer to whoever handed the suspect in is sure from now on, the two belong
/// to one series, and what an earlier rejection of this match taught does not count any more. Needs `analyst`.
#[utoipa::path(post, path = "/api/v1/copy-matches/{id}/confirmation", tag = "copies",
    params(("id" = CopyMatchId, Path, description = "Identifier of the match."),
           ("If-Match" = String, Header, description = "`ETag` of the match as you saw it.", example = "\"1\"")),
    request_body = CopyDecisionRequest,
    responses((status = 200, description = "Confirmed.", body = CopyMatchView,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn copy_match_confirm(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CopyMatchId>,
    version: IfMatch,
    JsonBody(request): JsonBody<CopyDecisionRequest>,
) -> Result<Response, Problem> {
    let (version, decision) = (version.version()?, CopyMatchState::Confirmed);
    Ok(with_etag(state.service.copy_match_decide(&actor, id, version, decision, &request.reason).await?))
}
