//! `GET /api/v1/notices/{id}`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::Notice;

use super::with_etag;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One notice, whatever its state.
#[utoipa::path(get, path = "/api/v1/notices/{id}", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice.")),
    responses((status = 200, description = "The notice.", body = Notice,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Problems))]
pub(crate) async fn notice_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.notice(&actor, id).await?))
}
