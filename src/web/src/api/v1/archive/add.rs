//! `POST /api/v1/archive`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::id::SubmissionId;
use podlinnik_domain::original::{Attribution, PartialDate};
use serde::Deserialize;

use super::{OriginalView, address};
use crate::auth::Caller;
use crate::extract::JsonBody;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A submitted item that is genuine, and what is said of it.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OriginalRequest {
    /// The submission whose bytes are the original.
    submission: SubmissionId,
    /// What it shows.
    #[schema(max_length = 300)]
    title: Option<String>,
    /// Who published it.
    #[schema(max_length = 300)]
    source: Option<String>,
    /// When it was recorded or published, as exactly as is known: `2024`, `2024-05`, `2024-05-03`, `2024-05-03T14:02`, with `Z` or an offset.
    #[schema(value_type = Option<String>)]
    recorded: Option<PartialDate>,
    /// Where it was published, `http` or `https`.
    #[schema(max_length = 2048)]
    link: Option<String>,
    /// Who vouches for it; you, if left out.
    #[schema(max_length = 300)]
    vouched_by: Option<String>,
}

problems!(
    caller,
    BadRequest,
    NotFound,
    Conflict,
    WrongState,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    MediaUnsupported,
    MediaDamaged,
    MediaNoFrames,
    MediaTooLarge,
    MediaTooManyPixels,
    MediaTooLong,
    MediaTooManyStreams,
    MediaTimeLimit,
    MediaMemoryLimit,
    MediaReaderDied,
    AnalysisFailed
);

/// Takes a submitted item in as an original: somebody vouches that it is genuine official footage. The entry is signed. Needs `analyst`, `editor` or
/// `approver`. Bytes that an approved verdict speaks against are refused. A long clip takes a while: it is read from end to end before the answer.
#[utoipa::path(post, path = "/api/v1/archive", tag = "archive",
    request_body = OriginalRequest,
    responses((status = 201, description = "Added.", body = OriginalView,
        headers(("Location" = String, description = "The original."))), Problems))]
pub(crate) async fn archive_add(
    State(state): State<AppState>,
    Caller(actor): Caller,
    JsonBody(request): JsonBody<OriginalRequest>,
) -> Result<Response, Problem> {
    let OriginalRequest { submission, title, source, recorded, link, vouched_by } = request;
    let vouched_by = vouched_by.unwrap_or_default();
    let attribution = Attribution { title, source, recorded, link, vouched_by };
    let item = state.service.original_add(&actor, submission, attribution).await?;
    let location = [(LOCATION, address(item.id))];
    Ok((StatusCode::CREATED, location, Json(OriginalView::from(item))).into_response())
}
