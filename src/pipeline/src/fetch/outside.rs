//! Doors for the tests that try any bytes on what reads servers, pages and the program for posts (`tests/fuzz`). Nothing else comes in here.

use jiff::Timestamp;
use podlinnik_domain::hash::Sha256;
use reqwest::header::{
    CONTENT_DISPOSITION, CONTENT_RANGE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
};
use url::{Host, Url};

use super::get::Trouble;
use super::posts::{outcome, proxy};
use super::{answer, get, posts};

fn headers(name: HeaderName, value: &[u8]) -> Option<HeaderMap> {
    Some(HeaderMap::from_iter([(name, HeaderValue::from_bytes(value).ok()?)]))
}

/// The name of a file by its `Content-Disposition`, or by its address without one.
pub fn file_name(disposition: Option<&[u8]>, url: &Url) -> Option<String> {
    let headers = match disposition {
        Some(value) => headers(CONTENT_DISPOSITION, value)?,
        None => HeaderMap::new(),
    };
    answer::file_name(&headers, url)
}

/// First byte and number of bytes in all.
pub fn content_range(value: &[u8]) -> Option<(u64, Option<u64>)> {
    answer::content_range(&headers(CONTENT_RANGE, value)?)
}

/// Seconds.
pub fn retry_after_s(value: &[u8], now: Timestamp) -> Option<f64> {
    answer::retry_after_s(&headers(RETRY_AFTER, value)?, now)
}

/// What text the first bytes are.
pub fn text_at_start(start: &[u8]) -> Option<&'static str> {
    answer::text_at_start(start)
}

/// Whether a content type alone says that this is no media.
pub fn is_declared_other(content_type: &str) -> bool {
    answer::is_declared_other(Some(content_type))
}

/// Where a redirect leads, if it may.
pub fn next_hop(from: &Url, location: &[u8], allow_private: bool) -> Option<Url> {
    get::next_hop(from, &headers(LOCATION, location)?, allow_private).ok()
}

/// Whether an address is that of a post.
pub fn is_post(url: &str) -> bool {
    posts::is_post(url, &[])
}

/// What a request to the proxy asks for.
#[derive(Debug)]
pub struct Asked {
    /// The host as it is written.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What is passed on in place of the head of a plain request.
    pub passed: Option<Vec<u8>>,
    /// Where it leads, if it may.
    pub permitted: Option<Host>,
}

/// Reads and judges the head of a request to the proxy.
pub fn asked(head: &str) -> Option<Asked> {
    let asked = proxy::parse(head)?;
    let permitted = proxy::permitted(&asked, false).ok();
    Some(Asked { host: asked.host, port: asked.port, passed: asked.head, permitted })
}

/// Whether a request to the proxy carries the secret.
pub fn is_authorised(head: &str, secret: Sha256) -> bool {
    proxy::is_authorised(head, secret)
}

/// Why the program for posts failed, by what it said, in technical words.
pub fn reason(said: &str) -> Option<String> {
    match outcome::trouble(said) {
        Trouble::Final(_, detail) | Trouble::Passing(_, detail, _) => Some(detail),
        Trouble::LeaseLost | Trouble::Ours(_) => None,
    }
}

/// What a description of a clip says: the name for its file, and all else.
pub fn described(info: &serde_json::Value, extension: &str) -> (String, Vec<Option<String>>) {
    let facts = outcome::told(info, extension);
    let post = facts.post;
    (facts.file_name, vec![post.title, post.uploader, post.uploaded_on, facts.page, Some(facts.tool)])
}
