//! Refutation notices from draft to publication.

use axum::Json;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::notice::Notice;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::etag::etag;
use crate::state::AppState;

mod approve;
mod card;
mod correct;
mod corrections;
mod difference;
mod get;
mod outlets;
mod publish;
mod revise;
mod submit;
mod version;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get::notice_get, revise::notice_revise))
        .routes(routes!(submit::notice_submit))
        .routes(routes!(approve::notice_approve))
        .routes(routes!(publish::notice_publish))
        .routes(routes!(version::notice_version))
        .routes(routes!(difference::notice_difference))
        .routes(routes!(outlets::notice_outlets))
        .routes(routes!(card::notice_card))
        .routes(routes!(corrections::notice_corrections, correct::correction_open))
}

/// A notice with its entity tag: the version of the text, a dot and the state. `If-Match` is held against the version; the state is guarded where
/// the step is taken (`409`).
pub(super) fn with_etag(notice: Notice) -> Response {
    let tag = format!("{}.{}", notice.version, notice.state);
    (etag(tag), Json(notice)).into_response()
}
