//! `HEAD /api/v1/uploads/{id}`

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use podlinnik_domain::id::UploadId;

use super::tus::{Tus, whole};
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, UploadVersionUnsupported, UploadExpired);

/// Where to go on with an upload.
#[utoipa::path(head, path = "/api/v1/uploads/{id}", tag = "uploads",
    params(("id" = UploadId, Path, description = "Identifier of the upload."),
           ("Tus-Resumable" = String, Header, description = "Version of the protocol.", example = "1.0.0")),
    responses((status = 200, description = "See the headers.",
               headers(("Upload-Offset" = u64, description = "Bytes that have come."),
                       ("Upload-Length" = u64, description = "Bytes in all."),
                       ("Upload-Metadata" = Option<String>, description = "What was said at the beginning."),
                       ("Upload-Expires" = Option<String>, description = "When the upload ends, unless it is complete."),
                       ("Location" = Option<String>, description = "The submission, once it is complete."),
                       ("Podlinnik-Submission" = Option<String>, description = "Its identifier."))), Problems))]
pub(crate) async fn upload_head(
    State(state): State<AppState>,
    Caller(actor): Caller,
    _tus: Tus,
    Id(id): Id<UploadId>,
) -> Result<(StatusCode, HeaderMap), Problem> {
    let status = state.service.upload_status(&actor, id).await?;
    Ok((StatusCode::OK, whole(&status)))
}
