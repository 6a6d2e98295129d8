//! `GET /robots.txt`: published pages are for everybody, the desk's are not for search engines.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::state::AppState;

const RULES: &str = "User-agent: *\nDisallow: /desk\nDisallow: /api/\nDisallow: /inquiries/\nDisallow: /sign-in\nDisallow: /*/appeal\n";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/robots.txt", get(robots))
}

async fn robots() -> Response {
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=86400")];
    (headers, RULES).into_response()
}
