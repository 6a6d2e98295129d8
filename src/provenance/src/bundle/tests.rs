use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::log::{LogNode, node_hash};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use uuid::Uuid;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::note::{Checkpoint, VerifierKey, signed};
use crate::timestamp::Roots;
use crate::tree::{inclusion_plan, root_plan};

fn pair(seed: u8) -> (Ed25519KeyPair, VerifierKey) {
    let pair = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
    let key = VerifierKey::new("example.org/log", pair.public_key().as_ref().try_into().unwrap()).unwrap();
    (pair, key)
}

fn entry(position: u64, value: &Value) -> LogEntry {
    let entry = value.to_string();
    let leaf = podlinnik_domain::log::leaf_hash(entry.as_bytes());
    LogEntry { position, kind: String::new(), subject: Uuid::nil(), entry, leaf, at: Timestamp::UNIX_EPOCH }
}

/// A bundle of a verdict and a notice in a log of two entries, and the log's key.
fn bundle() -> (Vec<u8>, VerifierKey) {
    let digest = |text: &str| Sha256::of(text.as_bytes());
    // Names in alphabetical order, so that the text is the same whether or not serde_json keeps the order.
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
            "kind": "notice_published", "notice": "n", "schema": "podlinnik-log-entry/1", "text_sha256": digest("words"), "verdict": "v",
        }),
    );
    let leaves = [verdict.leaf, notice.leaf];
    let root = node_hash(leaves[0], leaves[1]);
    assert_eq!(root_plan(2), [LogNode { level: 1, index: 0 }]);
    let (pair, key) = pair(1);
    let checkpoint = Checkpoint { origin: key.name().to_owned(), size: 2, root };
    let note = signed(&checkpoint.text(), &key, |text| pair.sign(text).as_ref().try_into().unwrap());
    let proven = [("verdict", verdict), ("notice", notice)].map(|(name, entry)| {
        let plan = inclusion_plan(entry.position, 2).unwrap();
        let hashes = plan.iter().map(|span| leaves[usize::try_from(span[0].index).unwrap()]).collect();
        let proof = Proof { position: entry.position, size: 2, hashes };
        Proven { name: name.to_owned(), entry, proof }
    });
    let mut draft = Draft::new(&proven, &note, &key.to_string());
    draft.add("evidence.json", b"evidence".to_vec());
    draft.add("proposal.json", b"proposal".to_vec());
    draft.add("notice.json", b"words".to_vec());
    draft.add_json("media.json", &json!({ "sha256": digest("media") }));
    (draft.finish().unwrap(), key)
}

fn problems(files: &Files, key: &VerifierKey) -> Vec<(&'static str, String)> {
    let checked = verify(files, Against { key: Some(key), ..Against::default() });
    let wrong = checked.findings.into_iter().filter(|finding| finding.problem.is_some());
    wrong.map(|finding| (finding.part.code(), finding.file)).collect()
}

/// The manifest made anew, as a forger would.
fn listed_anew(files: &Files) -> Files {
    let mut files = files.clone();
    files.remove(MANIFEST);
    read(&Draft { files }.finish().unwrap()).unwrap()
}

#[test]
fn a_whole_bundle_holds_and_says_what_its_key_proves() {
    let (bytes, key) = bundle();
    assert_eq!(bundle().0, bytes, "equal contents make equal bytes");
    let files = read(&bytes).unwrap();
    assert_eq!(problems(&files, &key), []);
    let given = verify(&files, Against { key: Some(&key), ..Against::default() });
    assert!(given.holds() && given.trust == Trust::Given && given.checkpoint.unwrap().size == 2);
    let contained = verify(&files, Against::default());
    assert!(contained.holds() && contained.trust == Trust::Contained);
}

#[test]
fn a_changed_file_is_named_with_and_without_a_new_manifest() {
    let (bytes, key) = bundle();
    let files = read(&bytes).unwrap();
    for name in files.keys().filter(|name| *name != MANIFEST) {
        let mut changed = files.clone();
        let content = changed.get_mut(name).unwrap();
        let middle = content.len() / 2;
        content[middle] ^= 1;
        let found = problems(&changed, &key);
        assert!(found.contains(&("manifest", name.clone())), "{name}: {found:?}");
        let found = problems(&listed_anew(&changed), &key);
        // The words on how to use a bundle are not covered by the log.
        assert_eq!(found.is_empty(), name == "README.txt", "{name}: {found:?}");
        let named = match name.as_str() {
            "log/verdict.json" | "log/notice.json" => name.replace(".json", ".proof.json"),
            other => other.to_owned(),
        };
        let named_there = found.iter().any(|(_, file)| *file == named || file == name);
        assert!(named_there || name == "README.txt", "{name}: {found:?}");
    }
}

#[test]
fn missing_and_foreign_files_are_named() {
    let (bytes, key) = bundle();
    let files = read(&bytes).unwrap();
    for name in files.keys() {
        let mut fewer = files.clone();
        fewer.remove(name);
        let found = problems(&fewer, &key);
        assert!(found.iter().any(|(_, file)| file == name), "{name}: {found:?}");
    }
    let mut more = files.clone();
    more.insert("report.html".to_owned(), b"x".to_vec());
    assert_eq!(problems(&more, &key), [("manifest", "report.html".to_owned())]);
}

#[test]
fn another_key_is_not_believed() {
    let (bytes, _) = bundle();
    let (_, other) = pair(2);
    let found = problems(&read(&bytes).unwrap(), &other);
    assert!(
        found.contains(&("key", KEY.to_owned())) && found.contains(&("checkpoint", CHECKPOINT.to_owned()))
    );
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        writer.start_file(*name, options).unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn hostile_archives_are_refused() {
    for name in [
        "../README.txt",
        "/README.txt",
        "log/../README.txt",
        "README.txt/",
        "readme.txt",
        "log/correction-.json",
        "a\\b",
        "",
    ] {
        let refused = read(&zip(&[(name, b"x")]));
        assert!(matches!(refused, Err(BundleError::Name(_) | BundleError::Kind(_))), "{name:?}: {refused:?}");
    }
    let bomb = vec![0; usize::try_from(LARGEST_FILE).unwrap() + 1];
    let refused = read(&zip(&[("README.txt", &bomb)]));
    assert!(matches!(refused, Err(BundleError::TooLarge(_))), "{refused:?}");
    // A second file with the name of the first: same length, so that the name can be put over it.
    let twice = zip(&[("media.json", b"1"), ("mediaXjson", b"2")]);
    let twice = replaced(&twice, b"mediaXjson", b"media.json");
    let refused = read(&twice);
    assert_eq!(refused, Err(BundleError::Twice));
    let many: Vec<_> = (0..=MOST_FILES).map(|number| format!("log/correction-{number}.json")).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    assert!(matches!(read(&zip(&many)), Err(BundleError::TooLarge(_))));
    for text in [b"".as_slice(), b"PK", &[0; 100], &bundle().0[..500]] {
        assert!(matches!(read(text), Err(BundleError::Zip(_))), "{}", text.len());
    }
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert_eq!(places.len(), 2, "once before the content, once in the list");
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to);
    }
    bytes
}

/// A bundle with a stamp of the log of one entry; the token is one that OpenSSL made for the checkpoint in the fixtures.
fn stamped_bundle() -> (Files, VerifierKey) {
    let (bytes, key) = bundle();
    let files = read(&bytes).unwrap();
    let leaf = podlinnik_domain::log::leaf_hash(&files["log/notice.json"]);
    let mut draft = Draft { files };
    draft.files.remove(MANIFEST);
    draft.add_stamps(&[Stamped {
        note: include_str!("../timestamp/fixtures/checkpoint").to_owned(),
        token: include_bytes!("../timestamp/fixtures/checkpoint.tst").to_vec(),
        consistency: Some(Consistency { older: 1, size: 2, hashes: vec![leaf] }),
    }]);
    (read(&draft.finish().unwrap()).unwrap(), key)
}

#[test]
fn the_stamped_checkpoint_is_that_of_the_first_entry() {
    let (bytes, key) = bundle();
    let (pair, _) = pair(1);
    let root = podlinnik_domain::log::leaf_hash(&read(&bytes).unwrap()["log/verdict.json"]);
    let checkpoint = Checkpoint { origin: key.name().to_owned(), size: 1, root };
    let note = signed(&checkpoint.text(), &key, |text| pair.sign(text).as_ref().try_into().unwrap());
    assert_eq!(note, include_str!("../timestamp/fixtures/checkpoint"), "`make.sh` stamps this text");
}

#[test]
fn a_stamp_shows_since_when_the_verdict_is_in_the_log() {
    let (files, key) = stamped_bundle();
    let roots = Roots::from_pem(include_str!("../timestamp/fixtures/root.pem")).unwrap();
    let others = Roots::from_pem(include_str!("../timestamp/fixtures/other-root.pem")).unwrap();
    let held = |roots| verify(&files, Against { key: Some(&key), earlier: None, roots });
    let plain = held(None);
    assert!(plain.holds(), "{:?}", plain.findings);
    assert!(plain.stamped().is_some_and(|seen| seen.size == 1 && !seen.is_trusted));
    assert!(
        held(Some(&roots)).stamped().is_some_and(|seen| seen.is_trusted && seen.authority.contains("CN=ec"))
    );
    let doubted = held(Some(&others));
    assert!(!doubted.holds() && doubted.stamped().is_none());
}

#[test]
fn a_stamp_of_another_log_is_found() {
    let (files, key) = stamped_bundle();
    let mut proof: Consistency = serde_json::from_slice(&files["stamps/1.consistency.json"]).unwrap();
    proof.hashes[0] = Sha256::of(b"other");
    let other_proof = serde_json::to_vec(&proof).unwrap();
    let changes: [(&str, Option<Vec<u8>>); 4] = [
        ("stamps/1.consistency.json", Some(other_proof)),
        ("stamps/1.consistency.json", None),
        ("stamps/1.checkpoint", Some(files[CHECKPOINT].clone())),
        ("stamps/1.tst", None),
    ];
    for (name, content) in changes {
        let mut changed = files.clone();
        match content {
            Some(content) => changed.insert(name.to_owned(), content),
            None => changed.remove(name),
        };
        let found = problems(&listed_anew(&changed), &key);
        assert!(found.iter().any(|(part, _)| *part == "stamp"), "{name}: {found:?}");
    }
}

#[test]
fn any_flipped_byte_is_refused_or_found() {
    let (bytes, key) = bundle();
    let whole = read(&bytes).unwrap();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x55;
        if let Ok(files) = read(&changed)
            && verify(&files, Against { key: Some(&key), ..Against::default() }).holds()
        {
            assert_eq!(files, whole, "byte {at} changes what is read");
        }
    }
}

#[test]
fn an_earlier_checkpoint_is_held_against_the_log() {
    let (bytes, key) = bundle();
    let files = read(&bytes).unwrap();
    let (pair, _) = pair(1);
    let note = |size, root| {
        let checkpoint = Checkpoint { origin: key.name().to_owned(), size, root };
        signed(&checkpoint.text(), &key, |text| pair.sign(text).as_ref().try_into().unwrap())
    };
    let outcome = |files: &Files, earlier: &str| {
        let checked = verify(files, Against { key: Some(&key), earlier: Some(earlier), roots: None });
        checked.findings.into_iter().find(|finding| finding.part == Part::Consistency).unwrap().problem
    };
    let same = std::str::from_utf8(&files[CHECKPOINT]).unwrap();
    assert_eq!(outcome(&files, same), None);
    assert!(outcome(&files, &note(2, Sha256::of(b"other"))).unwrap().contains("rewritten"));
    let leaf = |name: &str| podlinnik_domain::log::leaf_hash(&files[name]);
    let first = note(1, leaf("log/verdict.json"));
    assert!(outcome(&files, &first).unwrap().contains("?since=1"));
    let mut proven = files.clone();
    let proof = Consistency { older: 1, size: 2, hashes: vec![leaf("log/notice.json")] };
    proven.insert(CONSISTENCY.to_owned(), serde_json::to_vec(&proof).unwrap());
    assert_eq!(outcome(&proven, &first), None);
    assert!(outcome(&proven, &note(1, Sha256::of(b"other"))).unwrap().contains("rewritten"));
    assert!(outcome(&proven, "nonsense").unwrap().contains("earlier checkpoint"));
}
