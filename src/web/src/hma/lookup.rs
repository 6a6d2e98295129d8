//! `GET /hma/m/lookup`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::error_code::ErrorCode;

use super::{ContentMatch, SignalQuery, by_bank};
use crate::auth::Caller;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, BadRequest, ValidationFailed, NotImplemented);

/// Judged items that a signal leads to, by bank. `url` is refused: the service fetches no address that a caller names.
#[utoipa::path(get, path = "/hma/m/lookup", tag = "hma", params(SignalQuery),
    responses((status = 200, description = "Matches by bank.", body = std::collections::BTreeMap<String, Vec<ContentMatch>>), Problems))]
pub(crate) async fn hma_lookup(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<SignalQuery>,
) -> Result<Json<super::ByBank>, Problem> {
    if query.url.is_some() {
        return Err(ErrorCode::NotImplemented.into());
    }
    let (signal, value) = query.signal()?;
    Ok(Json(by_bank(&state.service.bank_matches(&actor, signal, value).await?)))
}
