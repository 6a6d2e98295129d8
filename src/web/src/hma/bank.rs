//! `GET /hma/c/bank/{name}`

use axum::Json;
use axum::extract::Path;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_pipeline::recognition::exchange::bank_named;

use super::Bank;
use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;

problems!(caller, NotFound);

/// One bank.
#[utoipa::path(get, path = "/hma/c/bank/{name}", tag = "hma",
    params(("name" = String, Path, description = "Kind of verdict, in capitals.", example = "MANIPULATED_FACE")),
    responses((status = 200, description = "The bank.", body = Bank), Problems))]
pub(crate) async fn hma_bank(
    Caller(_actor): Caller,
    Path(name): Path<String>,
) -> Result<Json<Bank>, Problem> {
    Ok(Json(bank_named(&name).ok_or(ErrorCode::NotFound)?.into()))
}
