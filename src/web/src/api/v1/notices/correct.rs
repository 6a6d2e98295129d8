//! `POST /api/v1/notices/{id}/corrections`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::Correction;
use serde::Deserialize;

use crate::api::v1::corrections::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

/// A doubt about a notice.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DoubtRequest {
    /// What may be wrong with it; for the desk.
    #[schema(min_length = 1, max_length = 2000)]
    reason: String,
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

/// Doubts a public notice: it is marked as under review until the doubt is settled. Needs `editor` or `corrections_officer`.
#[utoipa::path(post, path = "/api/v1/notices/{id}/corrections", tag = "corrections",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("If-Match" = String, Header, description = "`ETag` of the notice as you saw it.", example = "\"1.published\"")),
    request_body = DoubtRequest,
    responses((status = 200, description = "Opened.", body = Correction,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn correction_open(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    version: IfMatch,
    JsonBody(request): JsonBody<DoubtRequest>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.correction_open(&actor, id, version.version()?, &request.reason).await?))
}
