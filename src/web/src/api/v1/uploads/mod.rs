//! Uploads that can be resumed: tus 1.0.0 (<https://tus.io/protocols/resumable-upload>) with creation, creation-with-upload, expiration, termination and
//! checksum (sha256).
//!
//! ❌ Not handled: a length that is not known at the beginning, several parts at once (concatenation), checksums in trailers, `X-HTTP-Method-Override`.

use axum::http::HeaderValue;
use axum::middleware::map_response;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{SubmissionId, UploadId};
use podlinnik_pipeline::uploads::UploadStatus;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod cancel;
mod create;
mod get;
mod head;
mod options;
mod patch;
pub(crate) mod tus;

/// All of them may take long; the body is counted while it is written.
pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(options::upload_options, create::upload_create))
        .routes(routes!(get::upload_get, head::upload_head, patch::upload_patch, cancel::upload_cancel))
        .layer(map_response(speak_tus))
}

/// Every answer names the version of the protocol; one that refuses the caller's names those that would do.
async fn speak_tus(mut response: Response) -> Response {
    let version = HeaderValue::from_static(tus::VERSION);
    if response.status() == axum::http::StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert(tus::TUS_VERSION, version.clone());
    }
    response.headers_mut().insert(tus::TUS_RESUMABLE, version);
    response
}

/// How an upload stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct UploadView {
    id: UploadId,
    /// Bytes in all.
    length: u64,
    /// Bytes that have come and are durable.
    offset: u64,
    /// When it ends if it is not complete by then.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// The submission that it became, once it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    submission: Option<SubmissionId>,
}

impl From<UploadStatus> for UploadView {
    fn from(status: UploadStatus) -> Self {
        let UploadStatus { id, length, offset, expires_at, submission, .. } = status;
        Self { id, length, offset, expires_at, submission }
    }
}
