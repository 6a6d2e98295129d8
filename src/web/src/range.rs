//! Parts of a file (RFC 9110 §14): what a player asks for when it seeks. One range; of several the whole is sent, as a server may.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, IF_RANGE, RANGE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use podlinnik_domain::error_code::ErrorCode;
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use crate::content::plain_name;
use crate::problem::Problem;
use crate::state::AppState;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 16;

/// Media types of ours that a browser plays or shows without running anything.
const PLAYED: [&str; 5] = ["video/mp4", "audio/mp4", "image/png", "image/jpeg", "image/webp"];

/// Whether a browser plays or shows this type of ours: the name for the header.
pub(crate) fn played(media_type: &str) -> Option<&'static str> {
    PLAYED.into_iter().find(|played| *played == media_type)
}

/// Adds a header for caches; a problem is not kept.
pub(crate) fn kept(cache: [(HeaderName, HeaderValue); 1], response: Response) -> Response {
    if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED {
        (cache, response).into_response()
    } else {
        response
    }
}

/// What `Range` and `If-Range` ask for.
#[derive(Debug)]
pub(crate) struct WantedRange {
    range: Option<String>,
    if_range: Option<String>,
}

/// The part of a file that answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    /// First byte and number of bytes, at least one.
    Bytes(u64, u64),
    /// The file is shorter than that.
    Unsatisfiable,
}

impl WantedRange {
    /// The file or a part of it, as what it is. `tag`: the file's entity tag without quotes.
    pub(crate) fn answer(
        &self,
        mut file: File,
        tag: &str,
        media_type: &'static str,
        name: &str,
    ) -> Result<Response, Problem> {
        let unreadable = |error: std::io::Error| {
            tracing::error!(%error, "{name} cannot be read: {error}");
            Problem::new(ErrorCode::Internal)
        };
        let size = file.metadata().map_err(unreadable)?.len();
        let (status, first, length) = match self.part(tag, size) {
            Part::Whole => (StatusCode::OK, 0, size),
            Part::Bytes(first, length) => (StatusCode::PARTIAL_CONTENT, first, length),
            Part::Unsatisfiable => {
                let whole = HeaderValue::try_from(format!("bytes */{size}"));
                let header = [(CONTENT_RANGE, whole.unwrap_or(HeaderValue::from_static("bytes */0")))];
                let problem = Problem::from_bare_status(StatusCode::RANGE_NOT_SATISFIABLE);
                return Ok((header, problem.with_field("Range", "bytes that the file has")).into_response());
            }
        };
        file.seek(SeekFrom::Start(first)).map_err(unreadable)?;
        let body = ReaderStream::with_capacity(tokio::fs::File::from_std(file).take(length), PIECE);
        let mut headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
            (CONTENT_LENGTH, HeaderValue::from(length)),
        ]);
        let mut insert = |name, text: String| {
            if let Ok(value) = HeaderValue::try_from(text) {
                headers.insert(name, value);
            }
        };
        insert(CONTENT_DISPOSITION, format!("inline; filename=\"{}\"", plain_name(name)));
        if status == StatusCode::PARTIAL_CONTENT {
            insert(CONTENT_RANGE, format!("bytes {first}-{}/{size}", first + length - 1));
        }
        Ok((status, headers, Body::from_stream(body)).into_response())
    }

    fn part(&self, tag: &str, size: u64) -> Part {
        let same = self.if_range.as_deref().is_none_or(|known| known.trim() == format!("\"{tag}\""));
        let range = self.range.as_deref().filter(|_| same);
        range.and_then(|range| parse(range, size)).unwrap_or(Part::Whole)
    }
}

/// First byte and number of bytes, none of them for a range that the file does not have; none for the whole.
pub(crate) fn first_and_length(range: &str, size: u64) -> Option<(u64, u64)> {
    match parse(range, size)? {
        Part::Whole => None,
        Part::Bytes(first, length) => Some((first, length)),
        Part::Unsatisfiable => Some((size, 0)),
    }
}

/// None for what is no single range of bytes: such a header is to be ignored.
fn parse(range: &str, size: u64) -> Option<Part> {
    let (first, last) = range.trim().strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        // a number too large for us is larger than any file
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() {
        let length = number(last)?.min(size);
        return Some(if length == 0 { Part::Unsatisfiable } else { Part::Bytes(size - length, length) });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    let last = last.min(size.saturating_sub(1));
    Some(if first >= size { Part::Unsatisfiable } else { Part::Bytes(first, last - first + 1) })
}

impl FromRequestParts<AppState> for WantedRange {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Self::Rejection> {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Self { range: text(RANGE), if_range: text(IF_RANGE) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_the_standard() {
        for (range, part) in [
            ("bytes=0-0", Some(Part::Bytes(0, 1))),
            ("bytes=0-", Some(Part::Bytes(0, 100))),
            ("bytes=90-200", Some(Part::Bytes(90, 10))),
            ("bytes=99-99", Some(Part::Bytes(99, 1))),
            ("bytes=-10", Some(Part::Bytes(90, 10))),
            ("bytes=-1000", Some(Part::Bytes(0, 100))),
            ("bytes=100-", Some(Part::Unsatisfiable)),
            ("bytes=99999999999999999999999-", Some(Part::Unsatisfiable)),
            ("bytes=-0", Some(Part::Unsatisfiable)),
            ("bytes=5-4", None),
            ("bytes=0-1, 5-6", None),
            ("bytes=-", None),
            ("bytes=+1-2", None),
            ("pages=1-2", None),
            ("", None),
        ] {
            assert_eq!(parse(range, 100), part, "{range}");
        }
        assert_eq!(parse("bytes=0-", 0), Some(Part::Unsatisfiable));
        assert_eq!(parse("bytes=-5", 0), Some(Part::Unsatisfiable));
    }

    #[test]
    fn a_range_of_an_older_file_gives_the_whole() {
        let wanted = |if_range: Option<&str>| WantedRange {
            range: Some("bytes=1-2".to_owned()),
            if_range: if_range.map(str::to_owned),
        };
        assert_eq!(wanted(None).part("abc", 100), Part::Bytes(1, 2));
        assert_eq!(wanted(Some("\"abc\"")).part("abc", 100), Part::Bytes(1, 2));
        for other in ["\"abd\"", "W/\"abc\"", "Sat, 28 Nov 2026 00:00:00 GMT"] {
            assert_eq!(wanted(Some(other)).part("abc", 100), Part::Whole, "{other}");
        }
    }
}
