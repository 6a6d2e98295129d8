//! What the program for posts said, as a reason for people; and what the post said.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::PostFacts;
use serde_json::Value;

use super::super::get::Trouble;

/// Bytes of the description that are read.
const INFO_BYTES: u64 = 16 << 20;
/// Characters of a text that are kept.
const TEXT_CHARS: usize = 300;

/// What the program tells about a clip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fetch) struct Facts {
    pub(in crate::fetch) post: PostFacts,
    /// The address of the post as the program came to it.
    pub(in crate::fetch) page: Option<String>,
    /// A name for the file.
    pub(in crate::fetch) file_name: String,
    /// The program and its version.
    pub(in crate::fetch) tool: String,
}

/// The reason behind what the program wrote before it failed: its last error.
pub(in crate::fetch) fn trouble(said: &str) -> Trouble {
    let error = said.lines().rev().find_map(|line| line.split_once("ERROR:").map(|(_, rest)| rest.trim()));
    let last = error
        .filter(|rest| !rest.is_empty())
        .or_else(|| said.lines().rev().find(|line| !line.trim().is_empty()))
        .unwrap_or("no word");
    let detail: String = last.chars().take(TEXT_CHARS).collect();
    let lower = last.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let code = if says(&["cage:"]) {
        ErrorCode::LinkToolFailed
    } else if says(&["max-filesize", "larger than max"]) {
        ErrorCode::LinkTooLarge
    } else if says(&["http error 429", "too many requests", "http error 50", "service unavailable"]) {
        return Trouble::Passing(ErrorCode::LinkBusy, detail, None);
    } else if says(&[
        "in your country",
        "in your region",
        "geo restrict",
        "geo-restrict",
        "your location",
        "http error 451",
    ]) {
        ErrorCode::LinkRegionLocked
    } else if says(&[
        "private",
        "login",
        "log in",
        "sign in",
        "logged-in",
        "cookies",
        "account",
        "authenticat",
        "members-only",
        "members only",
        "subscribers",
        "http error 401",
        "http error 403",
        "age-restricted",
        "confirm your age",
    ]) {
        ErrorCode::LinkNeedsLogin
    } else if says(&[
        "unsupported url",
        "no video",
        "no media",
        "no formats",
        "no clip",
        "unable to extract",
        "not a video",
    ]) {
        ErrorCode::LinkNoClip
    } else if says(&[
        "removed",
        "deleted",
        "not exist",
        "doesn't exist",
        "unavailable",
        "not found",
        "http error 404",
        "http error 410",
    ]) {
        ErrorCode::LinkGone
    } else if says(&["certificate"]) {
        ErrorCode::LinkTlsFailed
    } else if says(&[
        "timed out",
        "connection",
        "unable to connect",
        "proxy",
        "network",
        "name resolution",
        "incomplete",
    ]) {
        return Trouble::Passing(ErrorCode::LinkUnreachable, detail, None);
    } else {
        ErrorCode::LinkToolFailed
    };
    Trouble::Final(code, detail)
}

/// The clip that the program left in its folder: the largest plain file that is no description. No links are followed.
pub(super) fn clip(folder: &Path) -> std::io::Result<Option<PathBuf>> {
    let mut largest: Option<(u64, PathBuf)> = None;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !name.starts_with("clip.")
            || [".json", ".part", ".ytdl", ".temp"].iter().any(|end| name.ends_with(end))
        {
            continue;
        }
        let about = entry.path().symlink_metadata()?;
        if about.is_file() && largest.as_ref().is_none_or(|(size, _)| about.len() > *size) {
            largest = Some((about.len(), entry.path()));
        }
    }
    Ok(largest.map(|(_, path)| path))
}

/// What the description beside the clip says (`--write-info-json`).
pub(super) fn facts(folder: &Path, clip: &Path) -> Facts {
    let extension = clip.extension().map_or_else(|| "bin".into(), |extension| extension.to_string_lossy());
    told(&info(&folder.join("clip.info.json")).unwrap_or(Value::Null), &extension)
}

/// What a description says.
pub(in crate::fetch) fn told(info: &Value, extension: &str) -> Facts {
    let text = |name: &str| {
        let text = info.get(name)?.as_str()?;
        let plain: String = text.chars().filter(|letter| !letter.is_control()).take(TEXT_CHARS).collect();
        (!plain.trim().is_empty()).then(|| plain.trim().to_owned())
    };
    let version = info.pointer("/_version/version").and_then(Value::as_str).unwrap_or("?");
    let version: String = version.chars().filter(|letter| !letter.is_control()).take(40).collect();
    let title = text("title");
    let stem: String =
        title.as_deref().or(text("id").as_deref()).unwrap_or("clip").chars().take(100).collect();
    Facts {
        page: text("webpage_url"),
        file_name: format!("{}.{extension}", stem.replace(['/', '\\'], "_")),
        tool: format!("yt-dlp {version}"),
        post: PostFacts {
            title,
            uploader: text("channel").or_else(|| text("uploader")),
            uploaded_on: text("upload_date").as_deref().and_then(day),
        },
    }
}

/// `20260503` → `2026-05-03`.
fn day(digits: &str) -> Option<String> {
    let whole = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_digit());
    whole.then(|| Some(format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..)?))).flatten()
}

fn info(path: &Path) -> Option<Value> {
    if !path.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    fs::File::open(path).ok()?.take(INFO_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_program_says_becomes_a_reason() {
        let table = [
            ("ERROR: [vk] 1: This video is private", ErrorCode::LinkNeedsLogin),
            ("WARNING: x\nERROR: Unsupported URL: https://ok.ru/x", ErrorCode::LinkNoClip),
            ("ERROR: [Telegram] 1: No video formats found!", ErrorCode::LinkNoClip),
            ("ERROR: [rutube] This video has been removed", ErrorCode::LinkGone),
            ("ERROR: Unable to download webpage: HTTP Error 404: Not Found", ErrorCode::LinkGone),
            ("ERROR: The video is not available in your country", ErrorCode::LinkRegionLocked),
            ("ERROR: [generic] Sign in to watch", ErrorCode::LinkNeedsLogin),
            ("ERROR: cage: landlock: no", ErrorCode::LinkToolFailed),
            ("Traceback (most recent call last):\nKeyError: 'x'", ErrorCode::LinkToolFailed),
            ("", ErrorCode::LinkToolFailed),
        ];
        for (said, expected) in table {
            let found = trouble(said);
            assert!(matches!(found, Trouble::Final(code, _) if code == expected), "{said}: {found:?}");
        }
        let busy = trouble("ERROR: HTTP Error 429: Too Many Requests");
        assert!(matches!(busy, Trouble::Passing(ErrorCode::LinkBusy, _, None)), "{busy:?}");
        let cut = trouble("ERROR: Connection reset by peer");
        assert!(matches!(cut, Trouble::Passing(ErrorCode::LinkUnreachable, _, None)), "{cut:?}");
    }

    #[test]
    fn the_clip_is_a_plain_file_and_the_post_says_no_more_than_it_shows() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        assert_eq!(clip(folder.path()).unwrap(), None);
        std::os::unix::fs::symlink("/etc/passwd", path("clip.webm")).unwrap();
        fs::write(path("clip.mp4.part"), [0; 100]).unwrap();
        assert_eq!(clip(folder.path()).unwrap(), None, "neither links nor pieces");
        fs::write(path("clip.mp4"), [0; 10]).unwrap();
        fs::write(path("clip.info.json"), r#"{"title":"Ролик/1\u0007","channel":"Канал","upload_date":"20260503",
            "webpage_url":"https://rutube.ru/video/1/","_version":{"version":"2026.05.01"},"comments":["x"]}"#).unwrap();
        assert_eq!(clip(folder.path()).unwrap(), Some(path("clip.mp4")));
        let told = facts(folder.path(), &path("clip.mp4"));
        assert_eq!((told.file_name.as_str(), told.tool.as_str()), ("Ролик_1.mp4", "yt-dlp 2026.05.01"));
        assert_eq!(told.post.uploaded_on.as_deref(), Some("2026-05-03"));
        assert_eq!(told.post.uploader.as_deref(), Some("Канал"));
        assert_eq!(day("2026-5"), None);
    }
}
