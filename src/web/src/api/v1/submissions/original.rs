//! `GET /api/v1/submissions/{id}/original`

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::SubmissionId;
use tokio_util::io::ReaderStream;

use crate::auth::Caller;
use crate::content;
use crate::etag::IfNoneMatch;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// The bytes as they came, bit for bit. They are hostile until proven otherwise: saved under their SHA-256, never shown.
#[utoipa::path(get, path = "/api/v1/submissions/{id}/original", tag = "submissions",
    params(("id" = SubmissionId, Path, description = "Identifier of the submission.")),
    responses((status = 200, description = "The original as an attachment.", body = Vec<u8>, content_type = "application/octet-stream"),
              (status = 304, description = "You have it already."), Problems))]
pub(crate) async fn submission_original(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<SubmissionId>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let (submission, file) = state.service.original(&actor, id).await?;
    let file = tokio::fs::File::from_std(file);
    let size = file.metadata().await.map_err(|error| {
        tracing::error!(%error, "original of submission {id} cannot be read: {error}");
        Problem::new(ErrorCode::Internal)
    })?;
    let sha256 = submission.media_sha256;
    Ok(known.answer(&sha256.to_string(), || {
        content::original(sha256, size.len(), Body::from_stream(ReaderStream::new(file)))
    }))
}
