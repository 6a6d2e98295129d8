//! `GET /api/v1/links/{id}`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::id::FetchId;
use serde::Deserialize;
use tokio::time::Instant;

use super::LinkView;
use crate::auth::Caller;
use crate::extract::{Id, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Long enough to save requests, short enough for proxies.
const LONGEST_WAIT_S: u64 = 30;
/// How often the store is asked meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaitQuery {
    /// Seconds to wait for the end, at most 30; the answer comes as soon as it has ended.
    #[param(maximum = 30, example = 20)]
    wait: Option<u64>,
}

problems!(caller, NotFound, ValidationFailed);

/// Where one of your links stands: bytes so far, the reason if it failed, what was seen on the way, the submission that it became. With `wait`, holds the answer
/// back until it has ended or the time is over.
#[utoipa::path(get, path = "/api/v1/links/{id}", tag = "links",
    params(("id" = FetchId, Path, description = "Identifier of the link."), WaitQuery),
    responses((status = 200, description = "The link.", body = LinkView), Problems))]
pub(crate) async fn link_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<FetchId>,
    Parameters(query): Parameters<WaitQuery>,
) -> Result<Response, Problem> {
    let seconds = query.wait.unwrap_or_default();
    if seconds > LONGEST_WAIT_S {
        return Err(Problem::field("wait", "0 to 30"));
    }
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut record = state.service.link(&actor, id).await?;
    while !record.state.is_final() && Instant::now() < until && !state.stop.is_cancelled() {
        tokio::select! {
            () = state.stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        record = state.service.link(&actor, id).await?;
    }
    let no_cache = [(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok((no_cache, Json(LinkView::from(record))).into_response())
}
