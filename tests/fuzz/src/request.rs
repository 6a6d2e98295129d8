//! What a request's headers, address and form say.
//!
//! Holds: a part of a file lies within it, and is the one that a second reading of RFC 9110 asks for; one form for one value; a stranger's page is never ours.

use podlinnik_web::outside as web;
use url::{Url, form_urlencoded};

use crate::take::Take;

/// The first byte says what the rest is.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    let which = take.byte() % 11;
    let text = std::str::from_utf8(take.0);
    match (which, text) {
        (0, _) => {
            let size = take.u64() >> (take.byte() % 64);
            if let Ok(text) = std::str::from_utf8(take.0) {
                range(text, size);
            }
        }
        (1, Ok(text)) => {
            if let Some(written) = web::cursor(text) {
                assert_eq!(web::cursor(&written).as_ref(), Some(&written));
                assert!(written.len() <= 128, "our own cursor is too long for us");
            }
        }
        (2, _) => {
            if let Some(version) = web::if_match(take.0) {
                let text = std::str::from_utf8(take.0).expect("only text names a version").trim();
                let tag = text.trim_matches('"');
                assert_eq!(tag.split('.').next(), Some(version.to_string().as_str()), "{text}");
            }
            if let Ok(text) = text {
                let stranger = "0123456789abcdef";
                let named = text.contains(&format!("\"{stranger}\"")) || text.trim() == "*";
                assert!(!web::is_known(text, stranger) || named, "{text}");
            }
        }
        (3, _) => form(take.0),
        (4, _) => {
            if let Some((said, written)) = web::upload_metadata(take.0) {
                let again = written.as_deref().map(|written| web::upload_metadata(written.as_bytes()));
                match again {
                    None => assert_eq!(said, Default::default()),
                    Some(again) => assert_eq!(again, Some((said.clone(), written))),
                }
                assert!(said.file_name.is_none_or(|name| !name.contains(['/', '\\'])));
            }
        }
        (5, _) => {
            let _ = web::upload_checksum(take.0);
            if let Some(length) = web::upload_length(take.0) {
                assert_eq!(
                    std::str::from_utf8(take.0).ok().and_then(|text| text.trim().parse().ok()),
                    Some(length)
                );
            }
            if let Some(key) = web::idempotency_key(take.0) {
                assert!(
                    (1..=255).contains(&key.len())
                        && key.bytes().all(|letter| (0x20..0x7f).contains(&letter))
                );
            }
        }
        (6, _) => {
            if let Some(value) = web::cookie(take.0, "__Host-podlinnik") {
                assert!(!value.contains(';'));
            }
            if web::is_same_origin(take.0, "desk.example:8443") {
                let origin = std::str::from_utf8(take.0).expect("only text is ours").to_ascii_lowercase();
                assert_eq!(origin.split_once("://").map(|(_, host)| host), Some("desk.example:8443"));
            }
        }
        (7, Ok(text)) => {
            if let Some(secret) = web::bearer(text) {
                assert!(!secret.is_empty() && secret.trim() == secret);
            }
            let (query, accepted) = text.split_once('\n').unwrap_or((text, ""));
            let _ = web::language(query, accepted.as_bytes());
        }
        (8, Ok(text)) => {
            if let Some((from, until)) = web::quarter(text) {
                let days = (until - from) / 86_400;
                assert!((90..=92).contains(&days) && (until - from) % 86_400 == 0, "{text}: {days} days");
            }
        }
        (9, Ok(text)) => {
            let desk = Url::parse("https://desk.example/sign-in").expect("an address");
            let there = desk.join(web::next(text)).expect("a path of ours");
            assert_eq!(there.origin(), desk.origin(), "{text:?} leads away");
        }
        (_, Ok(text)) => {
            let name = web::plain_name(text);
            let plain = |letter: u8| letter.is_ascii_alphanumeric() || b".-_".contains(&letter);
            assert!(name.len() <= 128 && name.bytes().all(plain));
        }
        _ => {}
    }
}

fn range(text: &str, size: u64) {
    let part = web::part(text, size);
    if let Some((first, length)) = part {
        assert!(first.checked_add(length).is_some_and(|end| end <= size), "{text} of {size}: {part:?}");
    }
    // RFC 9110, section 14.1.2, without optional spaces
    if !text.bytes().all(|letter| letter.is_ascii_graphic()) {
        return;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let number = |text: &str| text.parse::<u128>().unwrap_or(u128::MAX);
    let whole = u128::from(size);
    let expected =
        text.strip_prefix("bytes=").and_then(|spec| spec.split_once('-')).and_then(|(first, last)| {
            match (digits(first), digits(last)) {
                (false, true) if first.is_empty() => Some((whole.saturating_sub(number(last)), whole)),
                (true, true) if number(last) < number(first) && text.len() < 40 => None,
                (true, true) => Some((number(first), number(last).saturating_add(1).min(whole))),
                (true, false) if last.is_empty() => Some((number(first), whole)),
                _ => None,
            }
        });
    // numbers beyond 64 bits are all the same to us
    if text.len() >= 26 {
        return;
    }
    let wanted = expected.map(|(first, end)| end.saturating_sub(first));
    let got = part.map(|(_, length)| u128::from(length));
    assert_eq!(got, wanted, "{text} of {size}");
    if let (Some((first, length)), Some((start, _))) = (part, expected)
        && length > 0
    {
        assert_eq!(u128::from(first), start, "{text} of {size}");
    }
}

fn form(body: &[u8]) {
    let fields = web::fields(body);
    let count = form_urlencoded::parse(body).count();
    assert_eq!(fields.is_some(), count <= 1000, "{count} fields");
    let Some(fields) = fields else { return };
    assert_eq!(fields.len(), count);
    assert!(fields.iter().all(|(_, value)| value.trim() == value && !value.contains("\r\n")));
    let written = form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    assert_eq!(
        web::fields(written.as_bytes()).as_ref(),
        Some(&fields),
        "another form when it is written again"
    );
}
