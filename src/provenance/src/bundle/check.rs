//! Whether a bundle holds: every digest, every place in the log, the signature.

use std::fmt;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::{LOG_ENTRY_SCHEMA, leaf_hash};
use serde_json::Value;

use super::{
    CHECKPOINT, CONSISTENCY, Consistency, Files, KEY, MANIFEST, Manifest, Proof, SCHEMA, Seen, entry_name,
    stamps,
};
use crate::note::{Checkpoint, VerifierKey};
use crate::timestamp::Roots;
use crate::tree::{is_consistent, root_by_inclusion};

/// What was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The list of files, and each file against it.
    Manifest,
    /// The key of the log.
    Key,
    /// The signed checkpoint.
    Checkpoint,
    /// That the log goes on from an earlier checkpoint.
    Consistency,
    /// An entry of the log.
    Entry,
    /// Its path to the root.
    Proof,
    /// The verdict against its entry.
    Verdict,
    /// The words of the verdict against its entry.
    Proposal,
    /// The evidence against the verdict's entry.
    Evidence,
    /// The digests of the media against the verdict's entry.
    Media,
    /// The words of the notice against its entry.
    Notice,
    /// A time stamp of the log.
    Stamp,
}

impl Part {
    /// The part's name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Key => "key",
            Self::Checkpoint => "checkpoint",
            Self::Consistency => "consistency",
            Self::Entry => "entry",
            Self::Proof => "proof",
            Self::Verdict => "verdict",
            Self::Proposal => "proposal",
            Self::Evidence => "evidence",
            Self::Media => "media",
            Self::Notice => "notice",
            Self::Stamp => "stamp",
        }
    }
}

/// What was found about one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which part.
    pub part: Part,
    /// Which file.
    pub file: String,
    /// What is wrong; none if it holds.
    pub problem: Option<String>,
}

/// Where the key came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// From whoever verifies: integrity and origin are shown.
    Given,
    /// From the bundle itself: integrity is shown, origin is not.
    Contained,
}

/// What became of a bundle.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Everything that was looked at.
    pub findings: Vec<Finding>,
    /// Where the key came from.
    pub trust: Trust,
    /// The checkpoint, if it is signed by the key.
    pub checkpoint: Option<Checkpoint>,
    /// What the verdict's entry says.
    pub verdict: Option<Value>,
    /// Position of the verdict's entry, if its proof holds.
    pub position: Option<u64>,
    /// Time stamps that hold, the earliest first.
    pub stamps: Vec<Seen>,
}

/// What a bundle is held against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Against<'a> {
    /// The log's key; without one, the key that the bundle states.
    pub key: Option<&'a VerifierKey>,
    /// The note of an earlier checkpoint that the log has to go on from.
    pub earlier: Option<&'a str>,
    /// Roots that vouch for the authorities of time stamps; without them the stamps' certificates are taken as they are.
    pub roots: Option<&'a Roots>,
}

impl Checked {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.problem.is_none())
    }

    /// The earliest time stamp of a log that had the verdict's entry: the verdict is no younger.
    pub fn stamped(&self) -> Option<&Seen> {
        let position = self.position?;
        self.stamps.iter().find(|seen| seen.size > position)
    }

    pub(super) fn note(&mut self, part: Part, file: &str, outcome: Result<(), String>) {
        self.findings.push(Finding { part, file: file.to_owned(), problem: outcome.err() });
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.problem {
            Some(problem) => write!(formatter, "WRONG  {}: {problem}", self.file),
            None => write!(formatter, "ok     {}", self.file),
        }
    }
}

/// Checks the files of a bundle against each other, and against what is given beside.
pub fn verify(files: &Files, against: Against<'_>) -> Checked {
    let Against { key: given, earlier, roots } = against;
    let trust = if given.is_some() { Trust::Given } else { Trust::Contained };
    let mut checked = Checked {
        findings: Vec::new(),
        trust,
        checkpoint: None,
        verdict: None,
        position: None,
        stamps: Vec::new(),
    };
    check_manifest(files, &mut checked);
    let contained = text(files, KEY)
        .and_then(|text| text.trim_end().parse::<VerifierKey>().map_err(|error| error.to_string()));
    let stated = match (&contained, given) {
        (Ok(stated), Some(given)) if stated != given => {
            Err(format!("states another key than the one given: `{stated}`"))
        }
        (Ok(_), _) => Ok(()),
        (Err(problem), _) => Err(problem.clone()),
    };
    checked.note(Part::Key, KEY, stated);
    let key = given.cloned().or(contained.ok());
    match &key {
        Some(key) => match text(files, CHECKPOINT)
            .and_then(|note| Checkpoint::open(note, key).map_err(|error| error.to_string()))
        {
            Ok(checkpoint) => {
                checked.note(Part::Checkpoint, CHECKPOINT, Ok(()));
                checked.checkpoint = Some(checkpoint);
            }
            Err(problem) => checked.note(Part::Checkpoint, CHECKPOINT, Err(problem)),
        },
        None => {
            checked.note(Part::Checkpoint, CHECKPOINT, Err("there is no key to check it with".to_owned()))
        }
    }
    if let (Some(earlier), Some(key)) = (earlier, &key) {
        let outcome = check_consistency(files, key, earlier, checked.checkpoint.as_ref());
        checked.note(Part::Consistency, CONSISTENCY, outcome);
    }
    let entries = check_entries(files, &mut checked);
    check_contents(files, &entries, &mut checked);
    stamps::check(files, key.as_ref(), roots, &mut checked);
    checked
}

pub(super) fn text<'a>(files: &'a Files, name: &str) -> Result<&'a str, String> {
    let bytes = files.get(name).ok_or("missing")?;
    std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())
}

fn check_manifest(files: &Files, checked: &mut Checked) {
    let manifest = text(files, MANIFEST).and_then(|text| {
        let read: Manifest =
            serde_json::from_str(text).map_err(|error| format!("not a manifest: {error}"))?;
        let known = read.schema == SCHEMA;
        if known { Ok(read) } else { Err("of another form than podlinnik-bundle/1".to_owned()) }
    });
    let manifest = match manifest {
        Ok(manifest) => manifest,
        Err(problem) => return checked.note(Part::Manifest, MANIFEST, Err(problem)),
    };
    checked.note(Part::Manifest, MANIFEST, Ok(()));
    for (name, bytes) in files.iter().filter(|(name, _)| *name != MANIFEST) {
        let mut rows = manifest.files.iter().filter(|listed| listed.name == *name);
        let outcome = match (rows.next(), rows.next()) {
            (None, _) => Err("not in the manifest".to_owned()),
            (_, Some(_)) => Err("twice in the manifest".to_owned()),
            (Some(listed), None) if listed.size != bytes.len() as u64 => {
                Err(format!("{} bytes, the manifest says {}", bytes.len(), listed.size))
            }
            (Some(listed), None) if listed.sha256 != Sha256::of(bytes) => {
                Err("its SHA-256 is not that of the manifest".to_owned())
            }
            _ => Ok(()),
        };
        checked.note(Part::Manifest, name, outcome);
    }
    for listed in manifest.files.iter().filter(|listed| !files.contains_key(&listed.name)) {
        checked.note(Part::Manifest, &listed.name, Err("in the manifest, but missing".to_owned()));
    }
}

fn check_consistency(
    files: &Files,
    key: &VerifierKey,
    earlier: &str,
    checkpoint: Option<&Checkpoint>,
) -> Result<(), String> {
    let earlier =
        Checkpoint::open(earlier, key).map_err(|error| format!("the earlier checkpoint: {error}"))?;
    let Some(checkpoint) = checkpoint else {
        return Err("there is no signed checkpoint to compare with".to_owned());
    };
    let differs = || "the log does not go on from the earlier checkpoint: it was rewritten".to_owned();
    if earlier.size == checkpoint.size {
        return if earlier.root == checkpoint.root { Ok(()) } else { Err(differs()) };
    }
    let proof = text(files, CONSISTENCY).and_then(|text| {
        serde_json::from_str::<Consistency>(text).map_err(|error| format!("not a proof: {error}"))
    });
    let proof = match proof {
        Ok(proof) if proof.older == earlier.size && proof.size == checkpoint.size => proof,
        _ => {
            let size = earlier.size;
            return Err(format!("no proof from {size} entries here; ask for the bundle with ?since={size}"));
        }
    };
    let holds = is_consistent(earlier.size, earlier.root, proof.size, checkpoint.root, &proof.hashes);
    if holds { Ok(()) } else { Err(differs()) }
}

/// Reads every entry and follows its path to the root.
fn check_entries<'a>(files: &'a Files, checked: &mut Checked) -> Vec<(&'a str, Value)> {
    let mut entries = Vec::new();
    for (name, bytes) in files {
        let Some(short) = entry_name(name) else { continue };
        if name.ends_with(".proof.json") {
            if !files.contains_key(&format!("log/{short}.json")) {
                checked.note(Part::Entry, name, Err("a proof without its entry".to_owned()));
            }
            continue;
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(entry) if entry.get("schema").and_then(Value::as_str) == Some(LOG_ENTRY_SCHEMA) => {
                checked.note(Part::Entry, name, Ok(()));
                entries.push((short, entry));
            }
            _ => checked.note(Part::Entry, name, Err("not an entry of the log".to_owned())),
        }
        let path = format!("log/{short}.proof.json");
        let outcome = text(files, &path).and_then(|text| {
            let proof: Proof = serde_json::from_str(text).map_err(|error| format!("not a proof: {error}"))?;
            let Some(checkpoint) = &checked.checkpoint else {
                return Err("there is no signed checkpoint that it could lead to".to_owned());
            };
            if proof.size != checkpoint.size {
                return Err("for another size than that of the checkpoint".to_owned());
            }
            match root_by_inclusion(leaf_hash(bytes), proof.position, proof.size, &proof.hashes) {
                Some(root) if root == checkpoint.root => Ok(proof.position),
                _ => Err(format!("does not lead from `{name}` to the root of the checkpoint")),
            }
        });
        let outcome = outcome.map(|position| {
            if short == "verdict" {
                checked.position = Some(position);
            }
        });
        checked.note(Part::Proof, &path, outcome);
    }
    entries
}

/// Holds every file whose digest stands in an entry against that entry.
fn check_contents(files: &Files, entries: &[(&str, Value)], checked: &mut Checked) {
    let find = |name: &str| entries.iter().find(|(short, _)| *short == name).map(|(_, entry)| entry);
    let Some(entry) = find("verdict") else {
        return checked.note(Part::Entry, "log/verdict.json", Err("missing".to_owned()));
    };
    let is_verdict =
        matches!(entry.get("kind").and_then(Value::as_str), Some("verdict_approved" | "verdict_released"));
    if !is_verdict {
        checked.note(Part::Entry, "log/verdict.json", Err("not the entry of a verdict".to_owned()));
    }
    checked.verdict = Some(entry.clone());
    let verdict = text(files, "verdict.json").and_then(|text| same_facts(text, entry));
    checked.note(Part::Verdict, "verdict.json", verdict);
    let media = text(files, "media.json").and_then(|text| {
        let media: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
        let same = media.get("sha256").is_some() && media.get("sha256") == entry.get("media_sha256");
        if same { Ok(()) } else { Err("its SHA-256 is not that of the verdict's entry".to_owned()) }
    });
    checked.note(Part::Media, "media.json", media);
    let named = [
        (Part::Proposal, "proposal.json", "proposal_sha256"),
        (Part::Evidence, "evidence.json", "evidence_sha256"),
    ];
    for (part, file, field) in named {
        if let Some(bytes) = files.get(file) {
            checked.note(part, file, has_digest(bytes, entry, field));
        }
    }
    check_notice(files, entries, checked);
}

fn check_notice(files: &Files, entries: &[(&str, Value)], checked: &mut Checked) {
    // The words are those of the latest entry about the notice: corrections come after the publication.
    let position =
        |short: &str| short.strip_prefix("correction-").map_or(Some(0), |number| number.parse().ok());
    let latest = entries
        .iter()
        .filter(|(short, _)| *short != "verdict")
        .max_by_key(|(short, _)| position(short).unwrap_or(0_u32));
    let notice = entries.iter().find(|(short, _)| *short == "notice");
    let verdict = entries.iter().find(|(short, _)| *short == "verdict");
    for (short, entry) in entries.iter().filter(|(short, _)| *short != "verdict") {
        let file = format!("log/{short}.json");
        let kind = entry.get("kind").and_then(Value::as_str);
        let right = if *short == "notice" { "notice_published" } else { "correction_settled" };
        let of_one_verdict =
            verdict.is_some_and(|(_, verdict)| verdict.get("verdict") == entry.get("verdict"));
        let of_one_notice = notice.is_some_and(|(_, notice)| notice.get("notice") == entry.get("notice"));
        if kind != Some(right) {
            checked.note(Part::Entry, &file, Err(format!("not an entry of kind {right}")));
        }
        if !of_one_verdict || !of_one_notice {
            checked.note(Part::Entry, &file, Err("about another verdict or notice".to_owned()));
        }
    }
    match (files.get("notice.json"), latest) {
        (Some(bytes), Some((_, entry))) => {
            checked.note(Part::Notice, "notice.json", has_digest(bytes, entry, "text_sha256"));
        }
        (Some(_), None) => {
            checked.note(Part::Notice, "notice.json", Err("there is no entry of a notice".to_owned()));
        }
        (None, Some(_)) => checked.note(Part::Notice, "notice.json", Err("missing".to_owned())),
        (None, None) => {}
    }
}

fn has_digest(bytes: &[u8], entry: &Value, field: &str) -> Result<(), String> {
    let digest = Sha256::of(bytes).to_string();
    if entry.get(field).and_then(Value::as_str) == Some(digest.as_str()) {
        Ok(())
    } else {
        Err(format!("its SHA-256 is not the `{field}` of the entry"))
    }
}

/// Whether a file says what an entry says, field by field, and nothing else.
fn same_facts(text: &str, entry: &Value) -> Result<(), String> {
    let file: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let (Some(file), Some(entry)) = (file.as_object(), entry.as_object()) else {
        return Err("not an object".to_owned());
    };
    let names = file.keys().chain(entry.keys()).filter(|name| *name != "schema");
    match names.into_iter().find(|name| file.get(*name) != entry.get(*name)) {
        Some(name) => Err(format!("`{name}` is not what the entry says")),
        None => Ok(()),
    }
}
