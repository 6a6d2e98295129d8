//! `GET /assets/{version}/{name}`: style sheets, scripts, the icon. The version is a digest of all of them, so that they may be kept for ever.

use std::sync::OnceLock;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use podlinnik_domain::error_code::ErrorCode;
use sha2::{Digest as _, Sha256};

use crate::problem::Problem;
use crate::state::AppState;

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A file that goes with the program.
#[derive(Debug)]
struct Asset {
    name: &'static str,
    media_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $media_type:expr),* $(,)?) => {
        &[$(Asset { name: $name, media_type: $media_type, bytes: include_bytes!(concat!("../../assets/", $name)) }),*]
    };
}

/// All of them.
const ASSETS: &[Asset] = assets! {
    "admin.css": CSS,
    "base.css": CSS,
    "case.css": CSS,
    "desk.css": CSS,
    "desk.js": JAVASCRIPT,
    "notices.css": CSS,
    "notices.js": JAVASCRIPT,
    "player.css": CSS,
    "player/beside.js": JAVASCRIPT,
    "player/clock.js": JAVASCRIPT,
    "player/elements.js": JAVASCRIPT,
    "player/keys.js": JAVASCRIPT,
    "player/magnifier.js": JAVASCRIPT,
    "player/model.js": JAVASCRIPT,
    "player/overlay.js": JAVASCRIPT,
    "player/player.js": JAVASCRIPT,
    "player/preview.js": JAVASCRIPT,
    "player/still.js": JAVASCRIPT,
    "player/timeline.js": JAVASCRIPT,
    "player/wellness.js": JAVASCRIPT,
    "player/words.js": JAVASCRIPT,
    "public.css": CSS,
    "renew.js": JAVASCRIPT,
    "upload.js": JAVASCRIPT,
    "verified.js": JAVASCRIPT,
    "icon.svg": "image/svg+xml",
    "vendor/htmx.min.js": JAVASCRIPT,
};

/// First 12 hexadecimal digits of a digest over everything.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let mut digest = Sha256::new();
        for asset in ASSETS {
            digest.update(asset.name);
            digest.update(asset.bytes);
        }
        digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    })
}

/// Where an asset is found.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{}/{name}", version())
}

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/assets/{version}/{*name}", get(asset)).route("/favicon.ico", get(icon))
}

async fn asset(Path((asked, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|asset| asset.name == name).ok_or(ErrorCode::NotFound)?;
    // An old page that asks for an old version gets what there is, but does not keep it.
    let keep = if asked == version() { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(answer(found, keep))
}

async fn icon() -> Result<Response, Problem> {
    let found = ASSETS.iter().find(|asset| asset.name == "icon.svg").ok_or(ErrorCode::NotFound)?;
    Ok(answer(found, "public, max-age=86400"))
}

fn answer(asset: &Asset, keep: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (CACHE_CONTROL, HeaderValue::from_static(keep)),
    ];
    (headers, asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_the_version_is_short() {
        let mut names: Vec<_> = ASSETS.iter().map(|asset| asset.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ASSETS.len());
        assert_eq!(version().len(), 12);
        assert!(ASSETS.iter().all(|asset| !asset.bytes.is_empty()));
    }
}
