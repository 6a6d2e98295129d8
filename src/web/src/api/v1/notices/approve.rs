//! `POST /api/v1/notices/{id}/approval`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::Notice;

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::Id;
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, SamePerson, WrongState);

/// Approves a notice in review. Nobody who wrote a version of it can do it; the verdict revision has to be the current one.
#[utoipa::path(post, path = "/api/v1/notices/{id}/approval", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("If-Match" = String, Header, description = "`ETag` of the notice as you saw it.", example = "\"1.in_review\"")),
    responses((status = 200, description = "Approved.", body = Notice,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn notice_approve(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    version: IfMatch,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.notice_approve(&actor, id, version.version()?).await?))
}
