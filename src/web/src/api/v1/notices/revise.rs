//! `PUT /api/v1/notices/{id}`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::{Notice, NoticeText};

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, BadRequest, NotFound, WrongState, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Replaces the text of a draft, or of a notice in review, which goes back to draft.
#[utoipa::path(put, path = "/api/v1/notices/{id}", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("If-Match" = String, Header, description = "`ETag` of the notice as you saw it.", example = "\"1.draft\"")),
    request_body = NoticeText,
    responses((status = 200, description = "The next version.", body = Notice,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn notice_revise(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    version: IfMatch,
    JsonBody(text): JsonBody<NoticeText>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.notice_revise(&actor, id, version.version()?, text).await?))
}
