//! Bundles: a ZIP with a verdict, what it rests on, the notice, and their places in the log.
//!
//! What is proven: the entries under `log/` are in the log whose checkpoint lies beside them; `verdict.json` repeats an entry; `proposal.json`,
//! `evidence.json` and `notice.json` have the SHA-256 that an entry names; the tokens under `stamps/` show when the log had already so many entries. What is not: the pages, `README.txt` and what `media.json` says beyond
//! the SHA-256; the manifest only shows that they arrived whole. The media themselves are never in a bundle.

mod archive;
mod check;
mod stamps;
#[cfg(test)]
mod tests;

pub use archive::{BundleError, Files, LARGEST_FILE, MOST_FILES, read, write};
pub use check::{Against, Checked, Finding, Part, Trust, verify};
pub use stamps::{Seen, Stamped};

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::LogEntry;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the manifest says of its form.
pub const SCHEMA: &str = "podlinnik-bundle/1";
/// The manifest; it lists all the others.
pub const MANIFEST: &str = "manifest.json";
/// The checkpoint.
pub const CHECKPOINT: &str = "log/checkpoint";
/// The verifier key of the log, as the log itself states it.
pub const KEY: &str = "log/key";
/// The proof that the log goes on from an earlier size, if one was asked for.
pub const CONSISTENCY: &str = "log/consistency";
/// Everything that may lie in a bundle, but for the log's entries with their proofs and time stamps.
const NAMES: [&str; 14] = [
    "README.txt",
    CHECKPOINT,
    CONSISTENCY,
    "evidence.json",
    KEY,
    MANIFEST,
    "media.json",
    "notice.html",
    "notice.json",
    "notice.pdf",
    "proposal.json",
    "report.html",
    "report.pdf",
    "verdict.json",
];

const README: &str = include_str!("README.txt");

/// The list of files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    schema: String,
    files: Vec<Listed>,
}

/// A file as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    name: String,
    size: u64,
    sha256: Sha256,
}

/// Where an entry stands in the log, and the hashes that lead from it to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Position of the entry.
    pub position: u64,
    /// Size of the tree that the proof is for: that of the checkpoint.
    pub size: u64,
    /// From the leaf up.
    pub hashes: Vec<Sha256>,
}

/// That the log of `size` entries goes on from the one of `older` entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consistency {
    /// The earlier size.
    pub older: u64,
    /// The size of the checkpoint.
    pub size: u64,
    /// The proof (RFC 9162 §2.1.4).
    pub hashes: Vec<Sha256>,
}

/// An entry of the log on its way into a bundle.
#[derive(Debug, Clone)]
pub struct Proven {
    /// `verdict`, `notice`, `correction-1`, …
    pub name: String,
    /// The entry.
    pub entry: LogEntry,
    /// Its proof.
    pub proof: Proof,
}

/// Puts the files of a bundle together, except for pages, which the caller adds.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    files: Files,
}

impl Draft {
    /// A bundle with the log's part: entries with their proofs, the checkpoint that they lead to and the log's key.
    pub fn new(proven: &[Proven], checkpoint: &str, key: &str) -> Self {
        let mut draft = Self::default();
        draft.add("README.txt", README.as_bytes().to_vec());
        draft.add(CHECKPOINT, checkpoint.as_bytes().to_vec());
        draft.add(KEY, format!("{key}\n").into_bytes());
        for Proven { name, entry, proof } in proven {
            draft.add(&format!("log/{name}.json"), entry.entry.clone().into_bytes());
            let proof = serde_json::to_string_pretty(proof).unwrap_or_default();
            draft.add(&format!("log/{name}.proof.json"), proof.into_bytes());
            // The verdict's page in the file of facts: what the log says, under the same names.
            if name == "verdict"
                && let Ok(Value::Object(mut facts)) = serde_json::from_str(&entry.entry)
            {
                facts.insert("schema".to_owned(), json!("podlinnik-bundle-verdict/1"));
                draft.add("verdict.json", pretty(&Value::Object(facts)));
            }
        }
        draft
    }

    /// Adds the proof that the log goes on from an earlier size.
    pub fn add_consistency(&mut self, proof: &Consistency) {
        self.add(CONSISTENCY, serde_json::to_string_pretty(proof).unwrap_or_default().into_bytes());
    }

    /// Adds time stamps of checkpoints that the bundle's one goes on from.
    pub fn add_stamps(&mut self, stamps: &[Stamped]) {
        for (number, stamped) in (1..).zip(stamps) {
            self.files.extend(stamps::files(number, stamped));
        }
    }

    /// Adds a file.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.files.insert(name.to_owned(), bytes);
    }

    /// Adds JSON for people and programs to read.
    pub fn add_json(&mut self, name: &str, value: &Value) {
        self.add(name, pretty(value));
    }

    /// The ZIP, with its manifest.
    ///
    /// # Errors
    /// `TooLarge` for files beyond the limits that [`read`] has.
    pub fn finish(mut self) -> Result<Vec<u8>, BundleError> {
        let files = self
            .files
            .iter()
            .map(|(name, bytes)| Listed {
                name: name.clone(),
                size: bytes.len() as u64,
                sha256: Sha256::of(bytes),
            })
            .collect();
        let manifest = Manifest { schema: SCHEMA.to_owned(), files };
        let text = serde_json::to_string_pretty(&manifest).unwrap_or_default();
        self.add(MANIFEST, text.into_bytes());
        write(&self.files)
    }
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}

/// Whether a file of this name may lie in a bundle.
fn is_known(name: &str) -> bool {
    NAMES.contains(&name) || entry_name(name).is_some() || stamps::is_stamp(name)
}

/// `verdict` of `log/verdict.json` and of `log/verdict.proof.json`.
fn entry_name(name: &str) -> Option<&str> {
    let name = name.strip_prefix("log/")?.strip_suffix(".json")?;
    let name = name.strip_suffix(".proof").unwrap_or(name);
    let numbered = name.strip_prefix("correction-").is_some_and(|number| {
        (1..=3).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    });
    (matches!(name, "verdict" | "notice") || numbered).then_some(name)
}
