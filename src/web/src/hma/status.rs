//! `GET /hma/status`

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// Whether look-ups can be answered: `I-AM-ALIVE`.
#[utoipa::path(get, path = "/hma/status", tag = "hma",
    responses((status = 200, description = "They can.", body = String, content_type = "text/plain"), Problems))]
pub(crate) async fn hma_status(
    State(state): State<AppState>,
    Caller(_actor): Caller,
) -> Result<Response, Problem> {
    state.service.hashes_indexed().await?;
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], "I-AM-ALIVE").into_response())
}
