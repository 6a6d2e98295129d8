//! Doors for the tests that try any bytes on what reads requests (`tests/fuzz`). Nothing else comes in here.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;
use podlinnik_domain::submission::Circumstances;

use crate::api::v1::submissions::idempotency_key as read_idempotency_key;
use crate::api::v1::uploads::tus;
use crate::{auth, content, cursor, etag, extract, public, range, ui};

/// The headers that HTTP lets through.
fn headers(name: &str, value: &[u8]) -> HeaderMap {
    let name = HeaderName::from_bytes(name.as_bytes());
    let value = HeaderValue::from_bytes(value);
    HeaderMap::from_iter(name.ok().zip(value.ok()))
}

/// What `Range` asks for of a file: none for the whole, 0 bytes for what the file does not have; first byte and number.
pub fn part(range: &str, size: u64) -> Option<(u64, u64)> {
    range::first_and_length(range, size)
}

/// A cursor as we write what it says.
pub fn cursor(text: &str) -> Option<String> {
    cursor::read(text).map(cursor::write)
}

/// The version that `If-Match` names.
pub fn if_match(value: &[u8]) -> Option<u64> {
    etag::IfMatch::parse(&headers("if-match", value)).ok().map(|known| known.0)
}

/// Whether `If-None-Match` names `tag`.
pub fn is_known(value: &str, tag: &str) -> bool {
    etag::names(value, tag)
}

/// A form's names and values.
pub fn fields(body: &[u8]) -> Option<Vec<(String, String)>> {
    ui::form::Fields::parse(body).ok().map(ui::form::Fields::into_pairs)
}

/// What is said about an upload, and how we write it.
pub fn upload_metadata(value: &[u8]) -> Option<(Circumstances, Option<String>)> {
    let said = tus::metadata(&headers("upload-metadata", value)).ok()?;
    let written = tus::write_metadata(&said);
    Some((said, written))
}

/// The digest of a piece.
pub fn upload_checksum(value: &[u8]) -> Option<Sha256> {
    tus::checksum(&headers("upload-checksum", value)).ok()?
}

/// The number of bytes in all.
pub fn upload_length(value: &[u8]) -> Option<u64> {
    tus::length(&headers("upload-length", value)).ok()
}

/// A key that a request may be repeated by.
pub fn idempotency_key(value: &[u8]) -> Option<String> {
    read_idempotency_key(&headers("idempotency-key", value)).ok()?.map(str::to_owned)
}

/// The value of a cookie.
pub fn cookie(value: &[u8], name: &str) -> Option<String> {
    ui::preferences::cookie(&headers("cookie", value), name).map(str::to_owned)
}

/// Whether a browser says that the request comes from our own page.
pub fn is_same_origin(origin: &[u8], host: &str) -> bool {
    let mut both = headers("origin", origin);
    both.extend(headers("host", host.as_bytes()));
    both.contains_key("origin") && ui::visitor::is_same_origin(&both)
}

/// The secret of `Authorization`.
pub fn bearer(header: &str) -> Option<&str> {
    auth::bearer(header)
}

/// The caller's language.
pub fn language(query: &str, accepted: &[u8]) -> Language {
    extract::caller_language(Some(query), &headers("accept-language", accepted))
}

/// The first day of a quarter and the first day after it, in seconds.
pub fn quarter(text: &str) -> Option<(i64, i64)> {
    public::quarter(text).map(|(from, until)| (from.as_second(), until.as_second()))
}

/// Where a browser goes on to after signing in.
pub fn next(asked: &str) -> &str {
    ui::visitor::next(Some(asked))
}

/// What is left of a name for a header.
pub fn plain_name(name: &str) -> String {
    content::plain_name(name)
}
