//! `POST /api/v1/notices/{id}/review`

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

problems!(caller, NotFound, WrongState, ChecklistIncomplete);

/// Hands a draft to review.
#[utoipa::path(post, path = "/api/v1/notices/{id}/review", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("If-Match" = String, Header, description = "`ETag` of the notice as you saw it.", example = "\"1.draft\"")),
    responses((status = 200, description = "In review.", body = Notice,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn notice_submit(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    version: IfMatch,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.notice_submit(&actor, id, version.version()?).await?))
}
