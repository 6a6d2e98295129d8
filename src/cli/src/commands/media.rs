//! What commands on one file have in common.

use std::io::{self, Read};
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;
use serde_json::json;
use sha2::Digest as _;

use crate::input::shown_name;
use crate::output;

/// Schema of the object that stands for a file without an answer.
const REFUSAL_SCHEMA: &str = "podlinnik-refusal/1";

/// Tells why there is no answer to a file.
///
/// # Errors
/// `BrokenPipe` if the reader went away.
pub(super) fn refuse(path: &Path, as_json: bool, language: Language, code: ErrorCode) -> io::Result<()> {
    let sentence = code.text().in_language(language);
    let name = shown_name(path);
    if !as_json {
        return output::data(&podlinnik_report::text::refusal(&name, &format!("{sentence} ({code})")));
    }
    let object = json!({
        "schema": REFUSAL_SCHEMA,
        "file": (path.as_os_str() != "-").then_some(&name),
        "code": code,
        "text": sentence,
    });
    output::data(&object.to_string())
}

/// Hidden by itself where standard error is not a terminal.
pub(super) fn progress_bar(path: &Path) -> ProgressBar {
    let bar = ProgressBar::new(1000);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    let name: String = shown_name(path).chars().filter(|letter| !letter.is_control()).take(40).collect();
    bar.set_message(name);
    bar
}

/// SHA-256 of all that can be read.
pub(super) fn digest(source: &mut impl Read) -> io::Result<Sha256> {
    let mut digest = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            return Ok(Sha256::from_bytes(digest.finalize().into()));
        }
        digest.update(buffer.get(..read).unwrap_or_default());
    }
}
