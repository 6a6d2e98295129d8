//! `POST /api/v1/notices/{id}/publication`

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

problems!(caller, NotFound, WrongState);

/// Publishes an approved notice: it stands in the feed and goes out to every receiver. Refused once its verdict revision is no longer the current one.
#[utoipa::path(post, path = "/api/v1/notices/{id}/publication", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("If-Match" = String, Header, description = "`ETag` of the notice as you saw it.", example = "\"1.approved\"")),
    responses((status = 200, description = "Published.", body = Notice,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn notice_publish(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    version: IfMatch,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.notice_publish(&actor, id, version.version()?).await?))
}
