//! `GET /hma/c/banks`

use axum::Json;
use podlinnik_domain::verdict::VerdictKind;

use super::Bank;
use crate::auth::Caller;
use crate::openapi::problems;

problems!(caller);

/// All banks: one per kind of verdict.
#[utoipa::path(get, path = "/hma/c/banks", tag = "hma",
    responses((status = 200, description = "The banks.", body = Vec<Bank>), Problems))]
pub(crate) async fn hma_banks(Caller(_actor): Caller) -> Json<Vec<Bank>> {
    Json(VerdictKind::ALL.iter().copied().map(Bank::from).collect())
}
