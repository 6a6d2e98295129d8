//! `GET /log/…`: the transparency log as C2SP tlog-tiles, for auditors and mirrors.

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_pipeline::provenance::tile::Tile;

use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

const TEXT: (HeaderName, HeaderValue) = (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
const BYTES: (HeaderName, HeaderValue) = (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));

problems!(NotFound);

/// The transparency log as it is now: its name, its size and the root of its tree, signed (C2SP tlog-checkpoint). Keep one; it shows later that
/// nothing was taken back.
#[utoipa::path(get, path = "/log/checkpoint", tag = "log", security(()),
    responses((status = 200, description = "A signed note.", body = String, content_type = "text/plain"), Problems))]
pub(crate) async fn log_checkpoint(State(state): State<AppState>) -> Result<Response, Problem> {
    let signed = state.service.log()?.checkpoint().await?;
    let fresh = (CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(([TEXT, fresh], signed.note).into_response())
}

/// The verifier key of the log, `name+hash+base64` (C2SP signed-note). Compare it with the one that the service makes known elsewhere.
#[utoipa::path(get, path = "/log/key", tag = "log", security(()),
    responses((status = 200, description = "One line.", body = String, content_type = "text/plain"), Problems))]
pub(crate) async fn log_key(State(state): State<AppState>) -> Result<Response, Problem> {
    let key = format!("{}\n", state.service.log()?.verifier());
    let briefly = (CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    Ok(([TEXT, briefly], key).into_response())
}

/// A tile of hashes or a bundle of entries (C2SP tlog-tiles). It never changes; a partial one is followed by a wider one.
#[utoipa::path(get, path = "/log/tile/{*path}", tag = "log", security(()),
    params(("path" = String, Path, example = "0/000",
            description = "`LEVEL/INDEX` or `entries/INDEX`, for a partial tile with `.p/WIDTH` behind it: `0/000`, `0/x001/234.p/17`, `entries/000.p/3`. The slashes stand for themselves.")),
    responses((status = 200, description = "32 bytes per hash; per entry its length in two bytes (big-endian) and its canonical JSON.",
               body = Vec<u8>, content_type = "application/octet-stream"), Problems))]
pub(crate) async fn log_tile(State(state): State<AppState>, Id(tile): Id<Tile>) -> Result<Response, Problem> {
    let bytes = state.service.log()?.tile(tile).await?.ok_or(ErrorCode::NotFound)?;
    let forever = (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(([BYTES, forever], bytes).into_response())
}
