//! The admin port: metrics and health. Not for the outside.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::{Router, routing};

use crate::state::AppState;

/// `/metrics`.
pub(crate) fn router(state: AppState) -> Router {
    Router::new().route("/metrics", routing::get(metrics)).with_state(state)
}

async fn metrics(State(state): State<AppState>) -> impl IntoResponse {
    let ready = state.service.ready().await.is_ok();
    let counts = state.service.job_counts().await.ok();
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(CONTENT_TYPE, kind)], state.metrics.text(counts.as_deref(), ready))
}
