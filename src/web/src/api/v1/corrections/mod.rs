//! Corrections of public notices.

use axum::Json;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::notice::Correction;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::etag::etag;
use crate::state::AppState;

mod draft;
mod get;
mod settle;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get::correction_get))
        .routes(routes!(draft::correction_draft))
        .routes(routes!(settle::correction_settle))
}

/// A correction with its entity tag: the version of the draft.
pub(super) fn with_etag(correction: Correction) -> Response {
    (etag(correction.draft_version), Json(correction)).into_response()
}
