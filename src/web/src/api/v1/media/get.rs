//! `GET /api/v1/media/{sha256}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;

use super::KnownMediaView;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// "Has this been verified?" without sending the media: looks an item up by the SHA-256 of its bytes.
#[utoipa::path(get, path = "/api/v1/media/{sha256}", tag = "media",
    params(("sha256" = Sha256, Path, description = "64 hexadecimal digits.")),
    responses((status = 200, description = "What is known.", body = KnownMediaView), Problems))]
pub(crate) async fn media_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(sha256): Id<Sha256>,
) -> Result<Json<KnownMediaView>, Problem> {
    let known = state.service.known_media(&actor, sha256).await?.ok_or(ErrorCode::NotFound)?;
    Ok(Json(known.into()))
}
