//! Looking verdicts up without sending the media.

use axum::extract::DefaultBodyLimit;
use podlinnik_pipeline::recognition::lookup::SIGNATURE_BYTES;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod get;
mod pdq;
mod signature;

/// A signature in base64, and the JSON around it.
const SIGNATURE_BODY: usize = SIGNATURE_BYTES / 3 * 4 + 1024;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    let signatures = OpenApiRouter::default()
        .routes(routes!(signature::lookup_signature))
        .layer(DefaultBodyLimit::max(SIGNATURE_BODY));
    OpenApiRouter::default()
        .routes(routes!(get::lookup_get))
        .routes(routes!(pdq::lookup_pdq))
        .merge(signatures)
}
