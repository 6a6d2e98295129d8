//! `POST /api/v1/verdicts/{id}/notices`

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::notice::{Notice, NoticeText};

use crate::api::v1::notices::with_etag;
use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    BadRequest,
    NotFound,
    WrongState,
    StaleRevision,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Drafts a notice from an approved verdict; it stays pinned to this revision.
#[utoipa::path(post, path = "/api/v1/verdicts/{id}/notices", tag = "notices",
    params(("id" = VerdictId, Path, description = "An approved, current revision.")),
    request_body = NoticeText,
    responses((status = 201, description = "Drafted.", body = Notice,
               headers(("Location" = String, description = "The notice."),
                       ("ETag" = String, description = "What `If-Match` has to carry."))), Problems))]
pub(crate) async fn notice_draft(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<VerdictId>,
    JsonBody(text): JsonBody<NoticeText>,
) -> Result<Response, Problem> {
    let notice = state.service.notice_draft(&actor, id, text).await?;
    let location = format!("/api/v1/notices/{}", notice.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], with_etag(notice)).into_response())
}
