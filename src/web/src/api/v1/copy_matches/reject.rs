//! `POST /api/v1/copy-matches/{id}/rejection`

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

/// Says that it is not so. The pair is left out of every later answer, and the frames that led to the match go into the negative bank: further items that resemble a
/// known one by such frames alone (a studio's backdrop, a lower third, a broadcaster's ident) are suggested at most, never confirmed. A later confirmation takes
/// it back; nothing is deleted. Needs `analyst`.
#[utoipa::path(post, path = "/api/v1/copy-matches/{id}/rejection", tag = "copies",
    params(("id" = CopyMatchId, Path, description = "Identifier of the match."),
           ("If-Match" = String, Header, description = "`ETag` of the match as you saw it.", example = "\"1\"")),
    request_body = CopyDecisionRequest,
    responses((status = 200, description = "Rejected.", body = CopyMatchView,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn copy_match_reject(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CopyMatchId>,
    version: IfMatch,
    JsonBody(request): JsonBody<CopyDecisionRequest>,
) -> Result<Response, Problem> {
    let (version, decision) = (version.version()?, CopyMatchState::Rejected);
    Ok(with_etag(state.service.copy_match_decide(&actor, id, version, decision, &request.reason).await?))
}
