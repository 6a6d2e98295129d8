//! Bodies that are not JSON: pages, pictures, originals.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;

/// Pages carry their style and pictures inside and run no script.
pub(crate) const PAGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Marks an error status whose page was written by its handler: it stays as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnPage;

/// A self-contained HTML page.
pub(crate) fn page(html: String, language: Language) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY)),
        (CONTENT_LANGUAGE, HeaderValue::from_static(language.code())),
        (VARY, HeaderValue::from_static("accept-language, cookie")),
    ];
    (headers, html).into_response()
}

/// May be kept for a minute by anybody.
pub(crate) const fn briefly_public() -> [(HeaderName, HeaderValue); 1] {
    [(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"))]
}

/// May be kept by anybody, but asked after each time: what is corrected must be seen at once.
pub(crate) const fn asked_anew() -> [(HeaderName, HeaderValue); 1] {
    [(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"))]
}

/// May be kept by the caller alone; content-addressed, so it never changes.
pub(crate) const fn private_forever() -> [(HeaderName, HeaderValue); 1] {
    [(CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable"))]
}

/// Bytes that we made ourselves. Only media types that a browser shows without running anything are named.
pub(crate) fn made_by_us(media_type: &str, name: &str, bytes: Vec<u8>) -> Response {
    let shown = ["image/png", "image/jpeg", "image/webp", "application/json"];
    if let Some(safe) = shown.iter().find(|shown| **shown == media_type) {
        return ([(CONTENT_TYPE, HeaderValue::from_static(safe))], bytes).into_response();
    }
    (attachment(name), bytes).into_response()
}

/// Headers for bytes that nobody vouches for: saved, never shown.
pub(crate) fn attachment(name: &str) -> [(HeaderName, HeaderValue); 2] {
    let disposition = format!("attachment; filename=\"{}\"", plain_name(name));
    [
        (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (
            CONTENT_DISPOSITION,
            HeaderValue::try_from(disposition).unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ]
}

/// A ZIP of ours.
pub(crate) fn zip(name: &str, bytes: Vec<u8>) -> Response {
    let [_, disposition] = attachment(name);
    ([(CONTENT_TYPE, HeaderValue::from_static("application/zip")), disposition], bytes).into_response()
}

/// An original: `sha256.bin`, so that neither name nor extension of a hostile file gets onto a disk.
pub(crate) fn original(sha256: Sha256, size: u64, body: Body) -> Response {
    let length = (axum::http::header::CONTENT_LENGTH, HeaderValue::from(size));
    (attachment(&format!("{sha256}.bin")), [length], body).into_response()
}

/// What is left of a name for a header.
pub(crate) fn plain_name(name: &str) -> String {
    let allowed = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
    name.chars().filter(allowed).take(128).collect()
}
