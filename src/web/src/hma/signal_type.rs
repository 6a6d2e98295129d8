//! `GET /hma/c/signal_type`

use axum::Json;
use podlinnik_pipeline::recognition::exchange::Signal;
use serde::Serialize;

use crate::auth::Caller;
use crate::openapi::problems;

/// What content is found by, or what it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TypeEntry {
    /// Its name.
    #[schema(example = "pdq")]
    pub(super) name: String,
    /// Always 1: nothing is left to chance.
    pub(super) enabled_ratio: f64,
}

problems!(caller);

/// The signal types: `pdq` and `sha256`.
#[utoipa::path(get, path = "/hma/c/signal_type", tag = "hma",
    responses((status = 200, description = "The types.", body = Vec<TypeEntry>), Problems))]
pub(crate) async fn hma_signal_types(Caller(_actor): Caller) -> Json<Vec<TypeEntry>> {
    let entry = |signal: &Signal| TypeEntry { name: signal.code().to_owned(), enabled_ratio: 1.0 };
    Json(Signal::ALL.iter().map(entry).collect())
}
