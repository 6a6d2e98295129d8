//! `GET /hma/m/index/status`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use podlinnik_pipeline::recognition::exchange::Signal;
use serde::{Deserialize, Serialize};

use super::signal_named;
use crate::auth::Caller;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Which index.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct IndexQuery {
    /// Only this type; all if left out.
    #[param(example = "pdq")]
    signal_type: Option<String>,
}

/// How an index stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct IndexStatus {
    /// Always true.
    present: bool,
    /// Seconds since 1970 up to which it is complete: now, since it is caught up with before every answer.
    built_to: i64,
    /// Hashes of frames in it; those of `sha256` are asked of the database and not counted.
    size: u64,
}

problems!(caller, BadRequest, ValidationFailed);

/// How the indexes stand.
#[utoipa::path(get, path = "/hma/m/index/status", tag = "hma", params(IndexQuery),
    responses((status = 200, description = "By signal type.", body = BTreeMap<String, IndexStatus>), Problems))]
pub(crate) async fn hma_index_status(
    State(state): State<AppState>,
    Caller(_actor): Caller,
    Parameters(query): Parameters<IndexQuery>,
) -> Result<Json<BTreeMap<String, IndexStatus>>, Problem> {
    let wanted = query.signal_type.as_deref().map(signal_named).transpose()?;
    let hashes = state.service.hashes_indexed().await?;
    let built_to = state.service.clock().now().as_second();
    let status = |signal: Signal| {
        let size = if signal == Signal::Pdq { hashes as u64 } else { 0 };
        (signal.code().to_owned(), IndexStatus { present: true, built_to, size })
    };
    let shown = Signal::ALL.iter().copied().filter(|signal| wanted.is_none_or(|wanted| wanted == *signal));
    Ok(Json(shown.map(status).collect()))
}
