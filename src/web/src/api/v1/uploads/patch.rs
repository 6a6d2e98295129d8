//! `PATCH /api/v1/uploads/{id}`

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::UploadId;
use podlinnik_domain::people::Actor;
use podlinnik_pipeline::uploads::{UploadPiece, UploadStatus};

use super::tus::{Tus, checksum, is_piece, offset, progress};
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    NotFound,
    BadRequest,
    RequestTimeout,
    UploadVersionUnsupported,
    UploadOffsetMismatch,
    UploadLocked,
    UploadElsewhere,
    StorageUnavailable,
    UploadExpired,
    UploadChecksumMismatch,
    RateLimited,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Adds a piece to an upload. What has come is kept even if the piece breaks off: ask with HEAD where to go on.
///
/// With the last byte the upload becomes a submission, once, however often the last piece is sent. A piece with a checksum is kept whole or not at all.
#[utoipa::path(patch, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path, description = "Identifier of the upload."),
           ("Tus-Resumable" = String, Header, description = "Version of the protocol.", example = "1.0.0"),
           ("Upload-Offset" = u64, Header, description = "Bytes before this piece.", example = 0),
           ("Upload-Checksum" = Option<String>, Header, description = "SHA-256 of the piece: `sha256` and the digest in Base64.",
            example = "sha256 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")),
    request_body(content = Option<Vec<u8>>, content_type = "application/offset+octet-stream"),
    responses((status = 204, description = "Kept.",
               headers(("Upload-Offset" = u64, description = "Bytes that have come."),
                       ("Upload-Expires" = Option<String>, description = "When the upload ends, unless it is complete."),
                       ("Location" = Option<String>, description = "The submission, once it is complete."),
                       ("Podlinnik-Submission" = Option<String>, description = "Its identifier."))), Problems))]
pub(crate) async fn upload_patch(
    State(state): State<AppState>,
    Caller(actor): Caller,
    _tus: Tus,
    Id(id): Id<UploadId>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    let read = || {
        if !is_piece(&headers) {
            return Err(Problem::new(ErrorCode::UnsupportedMediaType));
        }
        Ok((offset(&headers)?, checksum(&headers)?))
    };
    let (offset, checksum) = read().map_err(IntoResponse::into_response)?;
    match receive(&state, &actor, id, offset, checksum, request).await {
        Ok(status) => Ok((StatusCode::NO_CONTENT, progress(&status)).into_response()),
        Err(problem) => Err(with_offset(&state, &actor, id, problem).await),
    }
}

/// Takes the body in as a piece.
pub(super) async fn receive(
    state: &AppState,
    actor: &Actor,
    id: UploadId,
    offset: u64,
    checksum: Option<Sha256>,
    request: Request,
) -> Result<UploadStatus, Problem> {
    let Ok(permit) = std::sync::Arc::clone(&state.uploads).try_acquire_owned() else {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(5));
    };
    let piece = UploadPiece { offset, checksum, idle_time: state.settings.upload_idle_time };
    let metrics = std::sync::Arc::clone(&state.metrics);
    // The permit lasts as long as somebody reads, which may be longer than the request.
    let body = request.into_body().into_data_stream().map(move |chunk| {
        let _held = &permit;
        let bytes = chunk.as_ref().map_or(0, |chunk| chunk.len());
        metrics.upload_bytes.inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
        chunk
    });
    let status = state.service.upload_receive(actor, id, piece, body).await?;
    if status.submission.is_some() {
        state.metrics.uploads.inc();
    }
    Ok(status)
}

/// A problem with what the caller needs to go on.
pub(super) async fn with_offset(state: &AppState, actor: &Actor, id: UploadId, problem: Problem) -> Response {
    match state.service.upload_status(actor, id).await {
        Ok(status) => (progress(&status), problem).into_response(),
        Err(_) => problem.into_response(),
    }
}
