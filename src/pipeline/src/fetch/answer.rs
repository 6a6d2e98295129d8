//! What a server's answer says about the bytes: whether they are media, what the file is called, where they begin, when to come back.

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_RANGE, HeaderMap, HeaderName, RETRY_AFTER};
use url::Url;

/// The longest that a server can put us off, in seconds.
const LONGEST_WAIT_S: f64 = 3600.0;
/// Bytes that are looked at before the rest is taken.
pub(super) const START_BYTES: usize = 512;

/// A header as text, at most 300 characters of it.
pub(super) fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    (!value.is_empty()).then(|| value.chars().take(300).collect())
}

/// The essence of a content type: `text/html; charset=utf-8` → `text/html`.
pub(super) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a content type alone says that this is no media. Absent and general ones say nothing.
pub(super) fn is_declared_other(content_type: Option<&str>) -> bool {
    let Some(kind) = content_type.map(essence) else { return false };
    kind.starts_with("text/")
        || [
            "application/json",
            "application/xml",
            "application/xhtml+xml",
            "application/pdf",
            "multipart/mixed",
        ]
        .contains(&kind.as_str())
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
}

/// Whether the first bytes read as text: no media format begins so. What they are then, if they say so.
pub(super) fn text_at_start(start: &[u8]) -> Option<&'static str> {
    // A letter may be cut in two at the end of what is looked at.
    let readable = match std::str::from_utf8(start) {
        Ok(text) => text,
        Err(error) if start.len() - error.valid_up_to() < 4 && error.error_len().is_none() => {
            std::str::from_utf8(start.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return None,
    };
    let plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t' | '\u{c}');
    if readable.is_empty() || !readable.chars().all(plain) {
        return None;
    }
    let begins = readable.trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    Some(
        if begins.starts_with("<!doctype html") || begins.starts_with("<html") || begins.starts_with("<head")
        {
            "text/html"
        } else if begins.starts_with("<?xml") || begins.starts_with("<svg") {
            "text/xml"
        } else if begins.starts_with('{') || begins.starts_with('[') {
            "application/json"
        } else if begins.starts_with("#extm3u") {
            "application/vnd.apple.mpegurl"
        } else {
            "text/plain"
        },
    )
}

/// The file's name: that of `Content-Disposition` (RFC 6266, `filename*` before `filename`), else the last part of the address.
pub(super) fn file_name(headers: &HeaderMap, url: &Url) -> Option<String> {
    let given = headers.get(CONTENT_DISPOSITION).and_then(|value| disposition(value.as_bytes()));
    let last = || {
        let part = url.path_segments()?.next_back()?;
        Some(percent_decoded(part.as_bytes()))
    };
    given.or_else(last).as_deref().and_then(clean)
}

/// A name without folders and control characters; none if nothing is left.
pub(super) fn clean(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|letter| !letter.is_control()).take(200).collect();
    let clean = clean.trim();
    (!clean.is_empty() && clean != "." && clean != "..").then(|| clean.to_owned())
}

fn disposition(value: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(value);
    let mut plain = None;
    for part in text.split(';').skip(1) {
        let Some((name, value)) = part.split_once('=') else { continue };
        match name.trim().to_ascii_lowercase().as_str() {
            "filename*" => {
                let mut pieces = value.trim().splitn(3, '\'');
                let charset = pieces.next().unwrap_or_default();
                if charset.eq_ignore_ascii_case("utf-8")
                    && let Some(encoded) = pieces.nth(1)
                {
                    return Some(percent_decoded(encoded.as_bytes()));
                }
            }
            "filename" => plain = Some(value.trim().trim_matches('"').to_owned()),
            _ => {}
        }
    }
    plain
}

fn percent_decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        let digit = |at: usize| char::from(*rest.as_slice().get(at)?).to_digit(16);
        match digit(0).zip(digit(1)).and_then(|(high, low)| u8::try_from(high * 16 + low).ok()) {
            Some(decoded) if *byte == b'%' => {
                bytes.push(decoded);
                rest.nth(1);
            }
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where a partial answer begins, and how many bytes there are in all (`bytes 100-199/200`); none for a range that no file can have (RFC 9110 §14.4).
pub(super) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    let (range, whole) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let number = |text: &str| {
        let digits = text.bytes().all(|digit| digit.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let (first, last) = range.split_once('-')?;
    let (first, last) = (number(first.trim())?, number(last.trim())?);
    let whole = match whole.trim() {
        "*" => None,
        digits => Some(number(digits)?),
    };
    (first <= last && whole.is_none_or(|whole| last < whole)).then_some((first, whole))
}

/// Seconds after which a server wants to be asked again: a number or a date (RFC 9110 §10.2.3).
pub(super) fn retry_after_s(headers: &HeaderMap, now: Timestamp) -> Option<f64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u32>() {
        Ok(seconds) => f64::from(seconds),
        Err(_) => jiff::fmt::rfc2822::parse(text).ok()?.timestamp().duration_since(now).as_secs_f64(),
    };
    Some(seconds.clamp(0.0, LONGEST_WAIT_S))
}

/// Whether a status means that another attempt may help.
pub(super) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_bytes(value.as_bytes()).unwrap())])
    }

    #[test]
    fn names_come_from_the_header_else_from_the_address() {
        let url = Url::parse("https://example.org/a/%D0%BA%D0%BB%D0%B8%D0%BF.mp4?x=1").unwrap();
        assert_eq!(file_name(&HeaderMap::new(), &url).as_deref(), Some("клип.mp4"));
        let table = [
            ("attachment; filename=\"clip.mp4\"", "clip.mp4"),
            ("attachment; filename=\"x.mp4\"; filename*=UTF-8''%D0%BA.mp4", "к.mp4"),
            ("inline; filename=../../etc/passwd", "passwd"),
            ("attachment", "клип.mp4"),
        ];
        for (value, name) in table {
            assert_eq!(
                file_name(&headers(CONTENT_DISPOSITION, value), &url).as_deref(),
                Some(name),
                "{value}"
            );
        }
        assert_eq!(clean(".."), None);
        assert_eq!(percent_decoded(b"100%"), "100%");
        assert_eq!(percent_decoded(b"%+5%4b"), "%+5K", "signs are no digits");
    }

    #[test]
    fn text_is_told_from_media_by_its_first_bytes() {
        assert_eq!(text_at_start(b"<!DOCTYPE html><html>"), Some("text/html"));
        assert_eq!(text_at_start("Не найдено".as_bytes()), Some("text/plain"));
        assert_eq!(
            text_at_start("Не найдено".as_bytes().get(..3).unwrap()),
            Some("text/plain"),
            "cut in two"
        );
        assert_eq!(text_at_start(b"#EXTM3U\n#EXT-X-VERSION:3\n"), Some("application/vnd.apple.mpegurl"));
        assert_eq!(text_at_start(b"\x00\x00\x00\x20ftypisom"), None);
        assert_eq!(text_at_start(b"\xff\xd8\xff\xe0\x00\x10JFIF"), None);
        assert_eq!(text_at_start(b""), None);
        assert!(
            is_declared_other(Some("text/html; charset=utf-8")) && is_declared_other(Some("TEXT/HTML;x"))
        );
        assert!(!is_declared_other(Some("video/mp4")) && !is_declared_other(None));
    }

    #[test]
    fn ranges_and_waits_are_read() {
        assert_eq!(content_range(&headers(CONTENT_RANGE, "bytes 5-9/10")), Some((5, Some(10))));
        assert_eq!(content_range(&headers(CONTENT_RANGE, "bytes 5-9/*")), Some((5, None)));
        for none in
            ["bytes */10", "bytes +5-9/10", "bytes 5-/10", "bytes 9-5/10", "bytes 5-10/10", "bytes 5-9/+10"]
        {
            assert_eq!(content_range(&headers(CONTENT_RANGE, none)), None, "{none}");
        }
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        assert_eq!(retry_after_s(&headers(RETRY_AFTER, "7"), now), Some(7.0));
        assert_eq!(retry_after_s(&headers(RETRY_AFTER, "Sun, 22 Nov 2026 09:00:30 GMT"), now), Some(30.0));
        assert_eq!(retry_after_s(&headers(RETRY_AFTER, "999999"), now), Some(LONGEST_WAIT_S));
        assert_eq!(retry_after_s(&headers(RETRY_AFTER, "soon"), now), None);
    }
}
