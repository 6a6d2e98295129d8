//! The introduction on the board for somebody's first visit; a cookie remembers that it was seen.

use axum::Router;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;

use super::form::Submitted;
use super::preferences::cookie;
use crate::state::AppState;

/// Remembers that the introduction was put away.
const SEEN: &str = "podlinnik-tour";

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/desk/tour", post(put_away))
}

/// Whether it is to be shown.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    cookie(headers, SEEN).is_none()
}

/// Puts it away for a year, or brings it back.
async fn put_away(State(_): State<AppState>, submitted: Submitted) -> Response {
    let text = if submitted.fields.ticked("show") {
        "podlinnik-tour=; Path=/desk; Max-Age=0; SameSite=Lax"
    } else {
        "podlinnik-tour=seen; Path=/desk; Max-Age=31536000; SameSite=Lax"
    };
    ([(SET_COOKIE, HeaderValue::from_static(text))], Redirect::to("/desk")).into_response()
}
