//! `GET /hma/c/bank/{name}/content/{id}`

use axum::Json;
use axum::extract::{Path, State};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_pipeline::recognition::exchange::{bank_named, content_number};
use serde::Serialize;

use super::Bank;
use crate::api::v1::media::KnownMediaView;
use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// An item of a bank.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BankContent {
    /// Its number.
    id: u64,
    /// Always 0: it is never switched off.
    disable_until_ts: i64,
    /// Never filled: the media is given to nobody.
    original_media_uri: Option<String>,
    /// Its bank.
    bank: Bank,
    /// What is known of it; a field of ours.
    known: KnownMediaView,
}

problems!(caller, NotFound);

/// One item of a bank, with the verdict in force.
#[utoipa::path(get, path = "/hma/c/bank/{name}/content/{id}", tag = "hma",
    params(("name" = String, Path, description = "Kind of verdict, in capitals.", example = "MANIPULATED_FACE"),
           ("id" = u64, Path, description = "Its number.", example = 1_836_712_345_678_901_u64)),
    responses((status = 200, description = "The item.", body = BankContent), Problems))]
pub(crate) async fn hma_content(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Path((name, id)): Path<(String, String)>,
) -> Result<Json<BankContent>, Problem> {
    let kind = bank_named(&name).ok_or(ErrorCode::NotFound)?;
    let id: u64 = id.parse().map_err(|_| ErrorCode::NotFound)?;
    let known = state.service.bank_content(&actor, kind, id).await?;
    Ok(Json(BankContent {
        id: content_number(known.case.media_sha256),
        disable_until_ts: 0,
        original_media_uri: None,
        bank: kind.into(),
        known: known.into(),
    }))
}
