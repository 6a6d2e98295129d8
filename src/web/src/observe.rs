//! Around every request: identifier, span, panics and bare statuses as problems, strict headers, metrics.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{IdSource as _, RandomIds};
use tracing::Instrument as _;

use crate::content::OwnPage;
use crate::extract::caller_language;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::state::AppState;
use crate::ui::fault;

/// Carries the request's identifier in both directions.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Requests that match no route share one label, so that a scanner cannot fill the metrics.
const NO_ROUTE: &str = "unmatched";

pub(crate) async fn observe(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let request_id = request_id(request.headers());
    let language = caller_language(request.uri().query(), request.headers());
    let with_message = request.uri().path().starts_with(crate::hma::PREFIX);
    let for_a_person = fault::reads_pages(request.uri().path(), request.headers());
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let span = tracing::info_span!("request", %method, route, request_id, user = tracing::field::Empty);

    let mut response = next.run(request).instrument(span.clone()).await;
    let _in_span = span.enter();
    if let Some(problem) = problem_of(&response) {
        let headers = std::mem::take(response.headers_mut());
        let page =
            if for_a_person { fault::page(&problem, language, &request_id, headers.clone()) } else { None };
        response = page.unwrap_or_else(|| problem.write(language, &request_id, with_message, headers));
    }
    protect(response.headers_mut());
    if let Ok(value) = HeaderValue::try_from(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let status = response.status();
    let seconds = began.elapsed().as_secs_f64();
    state.metrics.request(route, method.as_str(), status.as_u16(), seconds);
    tracing::info!(status = status.as_u16(), seconds, "{method} {route} answered {status} in {seconds:.3} s");
    response
}

/// A panic is our failure and nobody else's business.
#[expect(clippy::needless_pass_by_value, reason = "the signature that the catch-panic layer calls")]
pub(crate) fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let message = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("not a text");
    tracing::error!(panic = message, "handler panicked: {message}");
    Problem::new(ErrorCode::Internal).into_response()
}

/// The problem that a handler left, or the one behind an error status without a body of ours.
fn problem_of(response: &Response) -> Option<Problem> {
    if response.extensions().get::<OwnPage>().is_some() {
        return None;
    }
    let left = response.extensions().get::<Problem>();
    let bare = |status: StatusCode| {
        let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        let failed = status.is_client_error() || status.is_server_error();
        (failed && kind != Some(PROBLEM_JSON.as_bytes())).then(|| Problem::from_bare_status(status))
    };
    left.cloned().or_else(|| bare(response.status()))
}

/// The caller's identifier if it is harmless, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let harmless = |text: &&str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_'))
    };
    given.filter(harmless).map_or_else(|| RandomIds.next().to_string(), str::to_owned)
}

/// Headers that every response has unless the handler set its own.
fn protect(headers: &mut HeaderMap) {
    let defaults = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
