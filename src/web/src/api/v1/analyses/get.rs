//! `GET /api/v1/analyses/{id}`

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::id::AnalysisId;
use podlinnik_pipeline::record::AnalysisRecord;
use serde::Deserialize;

use super::AnalysisView;
use super::waiting::Watch;
use crate::auth::Caller;
use crate::etag::IfNoneMatch;
use crate::extract::{Id, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Long enough to save requests, short enough for proxies.
const LONGEST_WAIT_S: u64 = 30;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WaitQuery {
    /// Seconds to wait for the end of the analysis, at most 30; the answer comes as soon as it has ended.
    #[param(maximum = 30, example = 20)]
    wait: Option<u64>,
}

problems!(caller, NotFound, ValidationFailed);

/// Where an analysis stands. With `wait`, holds the answer back until it has ended or the time is over.
#[utoipa::path(get, path = "/api/v1/analyses/{id}", tag = "analyses",
    params(("id" = AnalysisId, Path, description = "Identifier of the analysis."), WaitQuery),
    responses(
        (status = 200, description = "The analysis.", body = AnalysisView,
         headers(("ETag" = String, description = "Changes with state and progress."))),
        (status = 304, description = "Nothing has changed since the version in `If-None-Match`."), Problems))]
pub(crate) async fn analysis_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<AnalysisId>,
    Parameters(query): Parameters<WaitQuery>,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let seconds = query.wait.unwrap_or_default();
    if seconds > LONGEST_WAIT_S {
        return Err(Problem::field("wait", "0 to 30"));
    }
    let mut watch = Watch::start(&state, actor, id);
    let record = watch.until_end(Duration::from_secs(seconds)).await?;
    let response = known.answer(&tag(&record), || Json(AnalysisView::from(&record)));
    let no_cache = [(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    Ok((no_cache, response).into_response())
}

fn tag(record: &AnalysisRecord) -> String {
    format!("{}.{}", record.progress_permille, record.state)
}
