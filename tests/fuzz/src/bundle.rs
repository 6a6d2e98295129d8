//! Bundles (`podlinnik verify`): a ZIP from anywhere, or files that a forger laid beside each other with a manifest that fits.
//!
//! Holds: no more than the limits is unpacked; what was read, written and read again is the same; nobody but the owner of the log's key gets a bundle
//! past the check that says anything else than what the log says.

use std::sync::LazyLock;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::{LogEntry, leaf_hash, node_hash};
use podlinnik_provenance::bundle::{
    Against, CONSISTENCY, Draft, Files, LARGEST_FILE, MANIFEST, MOST_FILES, Proof, Proven, SCHEMA, read,
    verify, write,
};
use podlinnik_provenance::note::{Checkpoint, VerifierKey, signed};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::take::Take;

/// Bytes of all files of a bundle.
const LARGEST: usize = 64 << 20;

/// Names that a forger may give files.
const NAMES: [&str; 19] = [
    "README.txt",
    "evidence.json",
    "log/checkpoint",
    "log/consistency",
    "log/correction-1.json",
    "log/correction-1.proof.json",
    "log/key",
    "log/notice.json",
    "log/notice.proof.json",
    "log/verdict.json",
    "log/verdict.proof.json",
    "manifest.json",
    "media.json",
    "notice.json",
    "proposal.json",
    "stamps/1.checkpoint",
    "stamps/1.consistency.json",
    "stamps/1.tst",
    "verdict.json",
];

/// What a bundle may say without the log: pages, words on how to use it, and what `media.json` says beyond the digest.
const UNPROVEN: [&str; 7] =
    ["README.txt", "media.json", "notice.html", "notice.pdf", "report.html", "report.pdf", MANIFEST];

struct Genuine {
    zip: Vec<u8>,
    files: Files,
    key: VerifierKey,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(|| {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).expect("32 bytes are a seed");
    let public = pair.public_key().as_ref().try_into().expect("a key has 32 bytes");
    let key = VerifierKey::new("example.org/log", public).expect("a plain name");
    let digest = |text: &str| Sha256::of(text.as_bytes());
    let entry = |position, value: &Value| {
        let entry = value.to_string();
        let leaf = leaf_hash(entry.as_bytes());
        let (subject, at) = (Uuid::nil(), Timestamp::UNIX_EPOCH);
        LogEntry { position, kind: String::new(), subject, entry, leaf, at }
    };
    let verdict = entry(
        0,
        &json!({
            "evidence_sha256": digest("evidence"), "kind": "verdict_approved", "media_sha256": digest("media"),
            "proposal_sha256": digest("proposal"), "schema": "podlinnik-log-entry/1", "verdict": "v",
        }),
    );
    let notice = entry(
        1,
        &json!({
            "kind": "notice_published", "notice": "n", "schema": "podlinnik-log-entry/1",
            "text_sha256": digest("words"), "verdict": "v",
        }),
    );
    let leaves = [verdict.leaf, notice.leaf];
    let checkpoint =
        Checkpoint { origin: key.name().to_owned(), size: 2, root: node_hash(leaves[0], leaves[1]) };
    let sign = |text: &[u8]| pair.sign(text).as_ref().try_into().expect("a signature has 64 bytes");
    let note = signed(&checkpoint.text(), &key, sign);
    let proven =
        [("verdict", verdict, leaves[1]), ("notice", notice, leaves[0])].map(|(name, entry, other)| {
            let proof = Proof { position: entry.position, size: 2, hashes: vec![other] };
            Proven { name: name.to_owned(), entry, proof }
        });
    let mut draft = Draft::new(&proven, &note, &key.to_string());
    draft.add("evidence.json", b"evidence".to_vec());
    draft.add("proposal.json", b"proposal".to_vec());
    draft.add("notice.json", b"words".to_vec());
    draft.add_json("media.json", &json!({ "sha256": digest("media") }));
    let zip = draft.finish().expect("a small bundle can be written");
    let files = read(&zip).expect("our own bundle can be read");
    Genuine { zip, files, key }
});

/// The first byte says how the rest is taken: as a ZIP, as files over the genuine ones, or as changes to the genuine ZIP.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    match take.byte() % 4 {
        0 => {
            if let Ok(files) = read(take.0) {
                unpacked(&files);
            }
        }
        1 => forged(take, false),
        2 => forged(take, true),
        _ => {
            let mut zip = GENUINE.zip.clone();
            while !take.is_empty() {
                let at = usize::from(u16::from_le_bytes(take.array())) % zip.len();
                zip[at] ^= take.byte();
            }
            if let Ok(files) = read(&zip) {
                unpacked(&files);
            }
        }
    }
}

/// Files over the genuine ones (or beside nothing), with or without a manifest that lists them as they are now.
fn forged(mut take: Take<'_>, listed: bool) {
    let mut files = if take.byte().is_multiple_of(2) { GENUINE.files.clone() } else { Files::new() };
    while !take.is_empty() {
        let name = NAMES[usize::from(take.byte()) % NAMES.len()];
        match take.byte() % 3 {
            0 => drop(files.remove(name)),
            1 => drop(files.insert(name.to_owned(), take.piece().to_vec())),
            _ => {
                // a few bytes in the middle of what is there
                let (at, new) = (usize::from(u16::from_le_bytes(take.array())), take.byte());
                if let Some(byte) = files.get_mut(name).and_then(|content| {
                    let length = content.len().max(1);
                    content.get_mut(at % length)
                }) {
                    *byte = new;
                }
            }
        }
    }
    if listed {
        files.remove(MANIFEST);
        let rows: Vec<Value> = files
            .iter()
            .map(|(name, content)| json!({ "name": name, "size": content.len(), "sha256": Sha256::of(content) }))
            .collect();
        let manifest = json!({ "schema": SCHEMA, "files": rows });
        files.insert(MANIFEST.to_owned(), manifest.to_string().into_bytes());
    }
    check(&files);
}

/// Files out of a ZIP.
fn unpacked(files: &Files) {
    assert!(files.len() <= MOST_FILES, "{} files", files.len());
    let sizes: Vec<usize> = files.values().map(Vec::len).collect();
    assert!(sizes.iter().all(|size| *size as u64 <= LARGEST_FILE) && sizes.iter().sum::<usize>() <= LARGEST);
    let again = write(files).and_then(|zip| read(&zip));
    assert_eq!(again.as_ref(), Ok(files), "what was read, written and read again differs");
    check(files);
}

fn check(files: &Files) {
    let genuine = &*GENUINE;
    let given = verify(files, Against { key: Some(&genuine.key), ..Against::default() });
    let contained = verify(files, Against::default());
    for finding in given.findings.iter().chain(&contained.findings) {
        let _ = finding.to_string();
    }
    if !given.holds() {
        return;
    }
    assert!(contained.holds(), "it holds with the key given, but not with the same key as it states it");
    for (name, content) in files {
        if UNPROVEN.contains(&name.as_str()) || name == CONSISTENCY || name.starts_with("stamps/") {
            continue;
        }
        // JSON may be written in other ways and with other members in the proofs' own order; entries and what they name may not
        let same = genuine.files.get(name) == Some(content);
        let loose = name.ends_with(".proof.json")
            || name == "verdict.json"
            || name == "log/key"
            || name == "log/checkpoint";
        assert!(same || loose, "`{name}` differs from what the log says, and the bundle holds");
    }
    assert_eq!(given.verdict, serde_json::from_slice(&genuine.files["log/verdict.json"]).ok());
    assert_eq!((given.position, given.checkpoint.map(|checkpoint| checkpoint.size)), (Some(0), Some(2)));
    for seen in &given.stamps {
        assert!(!seen.is_trusted, "nobody gave roots");
    }
}
