//! `OPTIONS /api/v1/uploads`

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::tus::{EXTENSIONS, TUS_CHECKSUM_ALGORITHM, TUS_EXTENSION, TUS_MAX_SIZE, TUS_VERSION, VERSION};
use crate::openapi::problems;
use crate::state::AppState;

problems!();

/// What of the tus protocol is spoken here, and how large an upload may be.
#[utoipa::path(options, path = "/api/v1/uploads", tag = "uploads", security(()),
    responses((status = 204, description = "See the headers.",
               headers(("Tus-Resumable" = String, description = "`1.0.0`."), ("Tus-Version" = String, description = "`1.0.0`."),
                       ("Tus-Extension" = String, description = "Extensions."), ("Tus-Max-Size" = u64, description = "Bytes at most."),
                       ("Tus-Checksum-Algorithm" = String, description = "`sha256`."))), Problems))]
pub(crate) async fn upload_options(State(state): State<AppState>) -> Response {
    let headers = [
        (TUS_VERSION, HeaderValue::from_static(VERSION)),
        (TUS_EXTENSION, HeaderValue::from_static(EXTENSIONS)),
        (TUS_MAX_SIZE, HeaderValue::from(state.service.settings().upload_bytes)),
        (TUS_CHECKSUM_ALGORITHM, HeaderValue::from_static("sha256")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
