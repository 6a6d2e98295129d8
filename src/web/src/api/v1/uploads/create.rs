//! `POST /api/v1/uploads`

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use podlinnik_domain::error_code::ErrorCode;

use super::patch::{receive, with_offset};
use super::tus::{Tus, address, checksum, is_piece, length, metadata, progress};
use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    BadRequest,
    RequestTimeout,
    UploadVersionUnsupported,
    UploadLocked,
    UploadChecksumMismatch,
    TooManyUploads,
    RateLimited,
    MediaEmpty,
    MediaTooLarge,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    NotFound,
    UploadOffsetMismatch,
    UploadExpired
);

/// Begins an upload that can be resumed (tus 1.0.0). A body of type `application/offset+octet-stream` is its first piece.
///
/// An upload that is not complete within 48 hours ends; you can have 20 unfinished ones. With the last byte it becomes a submission.
#[utoipa::path(post, path = "/api/v1/uploads", tag = "uploads",
    params(("Tus-Resumable" = String, Header, description = "Version of the protocol.", example = "1.0.0"),
           ("Upload-Length" = u64, Header, description = "Bytes in all.", example = 1_048_576),
           ("Upload-Metadata" = Option<String>, Header,
            description = "`filename`, `network`, `region`, `source_url`, `note`, each with its value in Base64, separated by commas.",
            example = "filename Y2xpcC5tcDQ=,region UlUtVEFN"),
           ("Upload-Checksum" = Option<String>, Header, description = "SHA-256 of the body: `sha256` and the digest in Base64.",
            example = "sha256 n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=")),
    request_body(content = Option<Vec<u8>>, content_type = "application/offset+octet-stream", description = "The first piece, if any."),
    responses((status = 201, description = "Begun.",
               headers(("Location" = String, description = "The upload, or the submission once it is complete."),
                       ("Upload-Offset" = u64, description = "Bytes that have come."),
                       ("Upload-Expires" = Option<String>, description = "When it ends."),
                       ("Podlinnik-Submission" = Option<String>, description = "The submission, if this was all."))), Problems))]
pub(crate) async fn upload_create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    _tus: Tus,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Response> {
    let begin = async {
        let piece = is_piece(&headers);
        let announced = headers.get(CONTENT_LENGTH).map(HeaderValue::as_bytes);
        if !piece && announced.is_some_and(|length| length != b"0") {
            return Err(Problem::new(ErrorCode::UnsupportedMediaType));
        }
        let checksum = checksum(&headers)?;
        let begun = state.service.upload_begin(&actor, length(&headers)?, metadata(&headers)?).await?;
        Ok((begun, checksum, piece && announced != Some(b"0")))
    };
    let (begun, checksum, piece) = begin.await.map_err(IntoResponse::into_response)?;
    let location = [(LOCATION, address(begun.id))];
    if !piece {
        return Ok((StatusCode::CREATED, progress(&begun), location).into_response());
    }
    match receive(&state, &actor, begun.id, 0, checksum, request).await {
        // The submission is what it has become; until then its own address leads on.
        Ok(status) if status.submission.is_some() => {
            Ok((StatusCode::CREATED, progress(&status)).into_response())
        }
        Ok(status) => Ok((StatusCode::CREATED, progress(&status), location).into_response()),
        Err(problem) => Err((location, with_offset(&state, &actor, begun.id, problem).await).into_response()),
    }
}
