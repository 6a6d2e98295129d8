//! `GET /hma/m/raw_lookup`

use axum::Json;
use axum::extract::State;
use podlinnik_pipeline::recognition::exchange::BankMatch;
use serde::Serialize;

use super::{ContentMatch, SignalQuery};
use crate::auth::Caller;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Matches of all banks, nearest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RawMatches {
    /// Numbers of content, or with `include_distance` numbers and distances.
    matches: Vec<RawMatch>,
}

/// A match.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum RawMatch {
    /// Its number.
    Number(u64),
    /// Its number and its distance.
    WithDistance(ContentMatch),
}

problems!(caller, BadRequest, ValidationFailed);

/// Judged items that a signal leads to, whatever their bank.
#[utoipa::path(get, path = "/hma/m/raw_lookup", tag = "hma", params(SignalQuery),
    responses((status = 200, description = "Matches.", body = RawMatches), Problems))]
pub(crate) async fn hma_raw_lookup(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<SignalQuery>,
) -> Result<Json<RawMatches>, Problem> {
    let (signal, value) = query.signal()?;
    let found = state.service.bank_matches(&actor, signal, value).await?;
    let view = |one: &BankMatch| match query.wants_distance() {
        true => RawMatch::WithDistance(ContentMatch::from(one)),
        false => RawMatch::Number(one.content),
    };
    Ok(Json(RawMatches { matches: found.iter().map(view).collect() }))
}
