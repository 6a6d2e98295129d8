//! `GET /api/v1/notices/{id}/versions/{version}`

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::NoticeText;

use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// The words of a notice in one of its versions; none is ever lost.
#[utoipa::path(get, path = "/api/v1/notices/{id}/versions/{version}", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("version" = u32, Path, description = "Number of the version, from 1.")),
    responses((status = 200, description = "The words.", body = NoticeText), Problems))]
pub(crate) async fn notice_version(
    State(state): State<AppState>,
    Caller(actor): Caller,
    path: Result<Path<(String, u32)>, PathRejection>,
) -> Result<Json<NoticeText>, Problem> {
    let Path((id, version)) = path.map_err(|_| ErrorCode::NotFound)?;
    let id: NoticeId = id.parse().map_err(|_| ErrorCode::NotFound)?;
    Ok(Json(state.service.notice_version(&actor, id, version).await?))
}
