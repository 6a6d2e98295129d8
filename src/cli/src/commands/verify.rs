//! `podlinnik verify`: a bundle against the transparency log, offline.

use std::io::Read as _;
use std::path::Path;

use podlinnik_pipeline::provenance::bundle::{self, Against, Checked, LARGEST_FILE, Part, Trust};
use podlinnik_pipeline::provenance::note::VerifierKey;
use podlinnik_pipeline::provenance::timestamp::Roots;
use serde_json::{Value, json};

use crate::arguments::log::Verify;
use crate::exit::{DONE, Exit, Failure, REFUSED};
use crate::input;
use crate::output::{self, printable};

/// Schema of the object that stands for a check.
const SCHEMA: &str = "podlinnik-bundle-verification/1";
/// A ZIP may be as large as all that it may hold, and a little more.
const LARGEST_BUNDLE: u64 = 3 * LARGEST_FILE;
/// Bytes of a file of certificates: a system's whole store is half a megabyte.
const LARGEST_ROOTS: u64 = 4 * 1024 * 1024;
/// Bytes of a key or a checkpoint.
const LARGEST_NOTE: u64 = 64 * 1024;

pub(super) fn run(arguments: &Verify) -> Result<Exit, Failure> {
    let key = arguments.key.as_deref().map(key).transpose()?;
    let since = arguments.since.as_deref().map(note).transpose()?;
    let roots = arguments.time_stamp_roots.as_deref().map(roots).transpose()?;
    let bytes = read(&arguments.bundle, LARGEST_BUNDLE)?;
    let files = match bundle::read(&bytes) {
        Ok(files) => files,
        Err(error) => {
            let problem = printable(&error.to_string());
            if arguments.json {
                let refusal = json!({ "schema": SCHEMA, "holds": false, "refused": problem, "findings": [] });
                output::data(&refusal.to_string())?;
            } else {
                output::data(&format!("WRONG  the bundle cannot be read: {problem}"))?;
            }
            return Ok(REFUSED);
        }
    };
    let checked = bundle::verify(
        &files,
        Against { key: key.as_ref(), earlier: since.as_deref(), roots: roots.as_ref() },
    );
    output::data(&if arguments.json { as_json(&checked).to_string() } else { as_text(&checked) })?;
    if !arguments.json && checked.holds() && checked.trust == Trust::Contained {
        output::talk(
            "hint: this shows that the bundle is whole, not who made it; give the log's key with --key",
        );
    }
    Ok(if checked.holds() { DONE } else { REFUSED })
}

/// A key as it was typed, or the one in a file.
fn key(given: &str) -> Result<VerifierKey, Failure> {
    if let Ok(key) = given.trim().parse() {
        return Ok(key);
    }
    let text = note(Path::new(given))?;
    text.trim().parse().map_err(|error| {
        Failure::usage(format!("`{}`: {error}", printable(given)))
            .hint("`podlinnik log key` prints it, and the service has it at /log/key")
    })
}

/// Certificates in a file.
fn roots(path: &Path) -> Result<Roots, Failure> {
    let bytes = read(path, LARGEST_ROOTS)?;
    let text = String::from_utf8_lossy(&bytes);
    Roots::from_pem(&text).map_err(|error| Failure::usage(format!("`{}`: {error}", path.display())))
}

/// A small text.
pub(super) fn note(path: &Path) -> Result<String, Failure> {
    let bytes = read(path, LARGEST_NOTE)?;
    String::from_utf8(bytes).map_err(|_| Failure::usage(format!("`{}` is not UTF-8", path.display())))
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let shown = printable(&path.to_string_lossy());
    let opened = input::open(path, limit)
        .map_err(|code| Failure::usage(format!("cannot read `{shown}`: {} ({code})", code.text().en)))?;
    let mut bytes = Vec::new();
    opened
        .file
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
    if bytes.len() as u64 > limit {
        return Err(Failure::usage(format!("`{shown}` is over {limit} bytes")));
    }
    Ok(bytes)
}

fn as_json(checked: &Checked) -> Value {
    let findings: Vec<_> = checked
        .findings
        .iter()
        .map(|finding| {
            json!({ "part": finding.part.code(), "file": finding.file, "problem": finding.problem })
        })
        .collect();
    let checkpoint = checked.checkpoint.as_ref().map(
        |checkpoint| json!({ "origin": checkpoint.origin, "size": checkpoint.size, "root_sha256": checkpoint.root }),
    );
    json!({
        "schema": SCHEMA,
        "holds": checked.holds(),
        "key": match checked.trust { Trust::Given => "given", Trust::Contained => "contained" },
        "checkpoint": checkpoint,
        "verdict": checked.verdict,
        "time_stamp": checked.stamped().map(|seen| json!({
            "at": seen.at, "authority": seen.authority, "trusted": seen.is_trusted, "log_size": seen.size,
        })),
        "findings": findings,
    })
}

fn as_text(checked: &Checked) -> String {
    let mut lines: Vec<_> = checked
        .findings
        .iter()
        .filter(|finding| finding.problem.is_some() || finding.part != Part::Manifest)
        .map(|finding| printable(&finding.to_string()))
        .collect();
    let fact = |name: &str| {
        let verdict = checked.verdict.as_ref()?;
        verdict.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    lines.push(String::new());
    for (name, title) in [
        ("verdict_kind", "verdict"),
        ("revision", "revision"),
        ("media_sha256", "media SHA-256"),
        ("at", "at"),
    ] {
        if let Some(fact) = fact(name) {
            lines.push(format!("{title:<14} {}", printable(&fact)));
        }
    }
    if let Some(checkpoint) = &checked.checkpoint {
        lines.push(format!("{:<14} {} of {} entries", "log", printable(&checkpoint.origin), checkpoint.size));
    }
    lines.push(match checked.stamped() {
        Some(seen) => {
            let trust = if seen.is_trusted { "" } else { " (its certificate was not held against roots)" };
            format!("{:<14} {} by {}{trust}", "time stamp", seen.at, printable(&seen.authority))
        }
        None => format!("{:<14} none that covers the verdict", "time stamp"),
    });
    let wrong = checked.findings.iter().filter(|finding| finding.problem.is_some()).count();
    lines.push(match (wrong, checked.trust) {
        (0, Trust::Given) => "ok: the bundle is whole, and what it says is in the log of the key given".to_owned(),
        (0, Trust::Contained) => {
            "ok: the bundle is whole, and what it says is in the log that it names; its key comes from the bundle itself".to_owned()
        }
        (wrong, _) => format!("NOT OK: {wrong} things do not hold"),
    });
    lines.join("\n")
}
