//! `GET /hma/site-map`

use axum::Json;

use crate::auth::Caller;
use crate::openapi::problems;

/// What is spoken, relative to `/hma`; a test holds it against the routes.
pub(crate) const SPOKEN: &[&str] = &[
    "/c/bank/<bank_name>",
    "/c/bank/<bank_name>/content/<content_id>",
    "/c/banks",
    "/c/content_type",
    "/c/signal_type",
    "/h/hash",
    "/m/index/status",
    "/m/lookup",
    "/m/raw_lookup",
    "/site-map",
    "/status",
];

problems!(caller);

/// The paths that are spoken here.
#[utoipa::path(get, path = "/hma/site-map", tag = "hma",
    responses((status = 200, description = "Paths, relative to `/hma`.", body = Vec<String>), Problems))]
pub(crate) async fn hma_site_map(Caller(_actor): Caller) -> Json<&'static [&'static str]> {
    Json(SPOKEN)
}
