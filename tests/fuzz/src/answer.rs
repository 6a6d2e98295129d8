//! What servers say of what they send, and what the program for posts says of what it took.
//!
//! Holds: names have no folders and no control characters; percent signs are read as another library reads them; numbers are numbers; texts are bounded.

use podlinnik_domain::clock::Timestamp;
use podlinnik_pipeline::fetch::outside::{
    content_range, described, file_name, is_declared_other, reason, retry_after_s, text_at_start,
};
use url::Url;

use crate::take::Take;

/// The first byte says what the rest is.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    let which = take.byte() % 7;
    let text = std::str::from_utf8(take.0);
    match (which, text) {
        (0, _) => disposition(take.0),
        (1, Ok(path)) => {
            let Ok(url) = Url::parse("https://example.org/").and_then(|base| base.join(path)) else { return };
            if let Some(name) = file_name(None, &url) {
                plain(&name);
            }
        }
        (2, _) => {
            if let Some((first, whole)) = content_range(take.0) {
                let text = std::str::from_utf8(take.0).expect("headers that are read are text").trim();
                let (range, size) =
                    text.strip_prefix("bytes ").and_then(|text| text.split_once('/')).expect("a range");
                let start = range.split('-').next().unwrap_or_default().trim();
                let digits =
                    |text: &str| !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
                assert!(digits(start) && start.parse() == Ok(first), "{text}: {first}");
                assert!(
                    whole.is_none_or(|whole| digits(size.trim()) && size.trim().parse() == Ok(whole)),
                    "{text}"
                );
                assert!(whole.is_none_or(|whole| first < whole), "{text}: begins behind its end");
            }
        }
        (3, _) => {
            let now = Timestamp::from_second(1_795_000_000).expect("a moment");
            if let Some(wait) = retry_after_s(take.0, now) {
                assert!((0.0..=3600.0).contains(&wait), "{wait}");
            }
        }
        (4, _) => {
            let told = text_at_start(take.0);
            // JPEG, PNG, MP4, Matroska, Ogg, RIFF with a binary size
            let media: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\x1a\x45\xdf\xa3", b"\0\0\0"];
            assert!(!media.iter().any(|start| take.0.starts_with(start)) || told.is_none());
            if let Ok(text) = text {
                is_declared_other(text);
            }
        }
        (5, Ok(said)) => {
            let detail = reason(said).expect("always a reason");
            assert!(!detail.is_empty() && detail.chars().count() <= 300);
        }
        (_, Ok(info)) => {
            let Ok(info) = serde_json::from_str(info) else { return };
            let (name, facts) = described(&info, "mp4");
            assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "{name:?}");
            assert!(name.chars().count() <= 104 && name.ends_with(".mp4"), "{name:?}");
            for fact in facts.into_iter().flatten() {
                assert!(fact.chars().count() <= 300 && !fact.chars().any(char::is_control), "{fact:?}");
            }
        }
        _ => {}
    }
}

fn disposition(value: &[u8]) {
    let url = Url::parse("https://example.org/clip.mp4").expect("an address");
    if let Some(name) = file_name(Some(value), &url) {
        plain(&name);
    }
    // the same value as `filename*`
    let encoded = [b"attachment; filename*=UTF-8''".as_slice(), value].concat();
    if value.len() > 150 || value.iter().any(|byte| b";'\"".contains(byte) || byte.is_ascii_whitespace()) {
        return;
    }
    let ours = file_name(Some(&encoded), &url);
    let text = String::from_utf8_lossy(value).into_owned();
    let theirs = percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned();
    let last = theirs.rsplit(['/', '\\']).next().unwrap_or_default();
    let last: String = last.chars().filter(|letter| !letter.is_control()).take(200).collect();
    if let Some(ours) = ours
        && !last.trim().is_empty()
        && encoded.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte >= 0x80)
    {
        assert_eq!(ours, last.trim(), "{text:?}");
    }
}

fn plain(name: &str) {
    assert!(!name.is_empty() && name.trim() == name && name != "." && name != "..", "{name:?}");
    assert!(!name.contains(['/', '\\']) && !name.chars().any(char::is_control), "{name:?}");
    assert!(name.chars().count() <= 200);
}
