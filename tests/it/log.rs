//! The transparency log from outside: bundles by HTTP, `podlinnik verify` offline, tiles for auditors, and what forgers try.

use std::path::{Path, PathBuf};

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::leaf_hash;
use podlinnik_pipeline::provenance::bundle::{Files, MOST_FILES, read, write};
use podlinnik_pipeline::provenance::tree::{fold, root_plan};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::api_corrections::{doubted, draft, settle};
use crate::api_decisions::{agreed_verdict, examined_case};
use crate::api_publication::{published, published_on, words};
use crate::check_program::{Ran, podlinnik, run};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::Reply;

/// Bundles and keys on a disk, and the program that checks them.
pub(crate) struct Desk(TempDir);

impl Desk {
    pub(crate) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn files(&self, files: &Files) -> PathBuf {
        self.put("changed.zip", &write(files).unwrap())
    }
}

/// `podlinnik verify BUNDLE … --json`: exit code and answer.
pub(crate) fn verify(bundle: &Path, more: &[&str]) -> (i32, Value) {
    let ran: Ran = podlinnik().arg("verify").arg(bundle).args(more).arg("--json").output().unwrap().into();
    assert!(!ran.out.is_empty(), "{}", ran.err);
    (ran.code, ran.objects().remove(0))
}

/// Part and file of everything that is wrong.
pub(crate) fn wrong(answer: &Value) -> Vec<(String, String)> {
    let findings = answer["findings"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    findings
        .filter(|finding| !finding["problem"].is_null())
        .map(|finding| (text(&finding["part"]), text(&finding["file"])))
        .collect()
}

/// The verdict that a notice stands on.
pub(crate) async fn verdict_of(app: &TestApp, notice: &str) -> String {
    let notice = app.get(notice).by(&app.people.editor).expect(200).await;
    format!("/api/v1/verdicts/{}", notice.field("/verdict"))
}

pub(crate) async fn key(app: &TestApp) -> String {
    app.get("/log/key").expect(200).await.text().trim().to_owned()
}

fn zip_of(reply: &Reply) -> Files {
    assert_eq!(reply.header("content-type"), "application/zip");
    assert!(reply.header("content-disposition").starts_with("attachment; filename=\"podlinnik-"));
    read(&reply.body).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_is_checked_offline_and_goes_on_from_an_older_log() {
    on_each_engine(async |app| {
        let desk = Desk::new();
        let notice = published(app, b"log-1").await;
        let early = app.get("/log/checkpoint").expect(200).await;
        let early = desk.put("early", &early.body);
        let key = key(app).await;

        let bundle = app.get(&format!("{}/bundle", verdict_of(app, &notice).await));
        let bundle = bundle.by(&app.people.editor).expect(200).await;
        let files = zip_of(&bundle);
        for name in
            ["report.html", "report.pdf", "notice.html", "notice.pdf", "proposal.json", "evidence.json"]
        {
            assert!(files.contains_key(name), "{name} is missing: {:?}", files.keys());
        }
        let path = desk.put("verdict.zip", &bundle.body);
        let (code, answer) = verify(&path, &["--key", &key]);
        assert_eq!((code, answer["holds"].as_bool(), &answer["key"]), (0, Some(true), &json!("given")));
        assert_eq!(answer["checkpoint"]["size"], 2, "an approval and a publication");
        assert_eq!(answer["verdict"]["verdict_kind"], "manipulated_face");
        let (code, answer) = verify(&path, &[]);
        assert_eq!((code, &answer["key"]), (0, &json!("contained")), "whole, but by whom?");
        let told = run(["verify", path.to_str().unwrap()]);
        assert!(told.out.contains("its key comes from the bundle itself"), "{}", told.out);
        let key_file = desk.put("key", key.as_bytes());
        assert_eq!(verify(&path, &["--key", key_file.to_str().unwrap()]).0, 0);

        // The log grows; the old checkpoint is still part of it, and a bundle can prove that.
        let second = published(app, b"log-2").await;
        let page = second.replace("/api/v1", "");
        let plain = app.get(&format!("{page}/bundle")).expect(200).await;
        let plain = desk.put("plain.zip", &plain.body);
        let since = ["--key", key.as_str(), "--since", early.to_str().unwrap()];
        let (code, answer) = verify(&plain, &since);
        assert_eq!((code, wrong(&answer).len()), (3, 1), "{answer}");
        assert_eq!(wrong(&answer)[0].0, "consistency");
        let proving = app.get(&format!("{page}/bundle?since=2")).expect(200).await;
        let proving = desk.put("proving.zip", &proving.body);
        assert_eq!(verify(&proving, &since).0, 0);
        app.get(&format!("{page}/bundle?since=99")).refused(422, "validation_failed").await;
        app.get(&format!("{page}/bundle?since=0")).refused(422, "validation_failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_not_see_it_gets_no_bundle_and_the_public_gets_no_names() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"log-3").await;
        let verdict = agreed_verdict(app, &case).await;
        let bundle = format!("{verdict}/bundle");
        app.get(&bundle).by(&people.analyst).refused(409, "wrong_state").await;
        app.post(&format!("{verdict}/approval")).by(&people.approver).expect(200).await;
        app.get(&bundle).refused(401, "unauthenticated").await;
        app.get(&bundle).by(&people.stranger).refused(404, "not_found").await;
        let own = app.get(&bundle).by(&people.auditor).expect(200).await;
        assert!(String::from_utf8_lossy(&zip_of(&own)["proposal.json"]).contains("SENTINEL-RATIONALE"));

        let notice = published_on(app, &verdict).await;
        let page = notice.replace("/api/v1", "");
        let html = app.get(&page).expect(200).await.text();
        assert!(html.contains(&format!("{page}/bundle\"")), "the page leads to the bundle");
        let open = app.get(&format!("{page}/bundle?lang=en")).expect(200).await;
        let files = zip_of(&open);
        for hidden in ["proposal.json", "evidence.json", "report.html", "report.pdf"] {
            assert!(!files.contains_key(hidden), "{hidden}");
        }
        let all: String = files.values().map(|bytes| String::from_utf8_lossy(bytes)).collect();
        for person in [&people.analyst, &people.second_analyst, &people.approver, &people.editor] {
            assert!(!all.contains(&person.user.id.to_string()), "no names: {}", person.user.login);
        }
        assert!(!all.contains("SENTINEL-RATIONALE"));
        assert!(all.contains("<html lang=\"en\""));

        // A correction is in the next bundle, with the words that hold now.
        let correction = doubted(app, &notice).await;
        let mut text = words();
        text["truth"] = json!("Исходный ролик снят в 2018 году.");
        let proposal = json!({"kind": "correction", "statement": "Уточнена дата.", "text": text});
        assert_eq!(draft(app, &people.editor, &correction, &proposal).await.status, 200);
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);
        let corrected = zip_of(&app.get(&format!("{page}/bundle")).expect(200).await);
        let desk = Desk::new();
        let (code, answer) = verify(&desk.files(&corrected), &["--key", &key(app).await]);
        assert_eq!((code, wrong(&answer)), (0, vec![]), "{answer}");
        assert!(corrected.contains_key("log/correction-1.json"), "{:?}", corrected.keys());
        assert!(String::from_utf8_lossy(&corrected["notice.json"]).contains("снят в 2018 году"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_tampered_with_is_named() {
    on_each_engine(async |app| {
        let desk = Desk::new();
        let notice = published(app, b"log-4").await;
        let bundle = app.get(&format!("{}/bundle", verdict_of(app, &notice).await));
        let bundle = bundle.by(&app.people.editor).expect(200).await;
        let (files, key) = (zip_of(&bundle), key(app).await);
        let with_key = ["--key", key.as_str()];

        for name in files.keys() {
            let mut changed = files.clone();
            let bytes = changed.get_mut(name).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            let (code, answer) = verify(&desk.files(&changed), &with_key);
            assert_eq!(code, 3, "{name}");
            // A changed digest in the manifest looks like a change of the file that it is of.
            let named = |file: &str| file == name || name == "manifest.json";
            assert!(wrong(&answer).iter().any(|(_, file)| named(file)), "{name}: {answer}");

            let mut fewer = files.clone();
            fewer.remove(name);
            let (code, answer) = verify(&desk.files(&fewer), &with_key);
            assert_eq!(code, 3, "without {name}");
            assert!(wrong(&answer).iter().any(|(_, file)| file == name), "{name}: {answer}");
        }

        // A forger who writes the manifest anew is told by the log.
        for (name, from, to, part) in [
            ("verdict.json", "manipulated_face", "satire_no_matter", "verdict"),
            ("proposal.json", "SENTINEL", "REPLACED", "proposal"),
            ("evidence.json", "manipulated_face", "satire_no_matter", "evidence"),
            ("notice.json", "эвакуацию", "что-то иное", "notice"),
            ("log/verdict.json", "manipulated_face", "satire_no_matter", "proof"),
            ("log/verdict.proof.json", "\"position\": 0", "\"position\": 1", "proof"),
            ("log/checkpoint", "\n2\n", "\n3\n", "checkpoint"),
        ] {
            let mut changed = files.clone();
            let text = String::from_utf8(changed[name].clone()).unwrap();
            assert!(text.contains(from), "{name}: {text}");
            changed.insert(name.to_owned(), text.replace(from, to).into_bytes());
            list_anew(&mut changed);
            let (code, answer) = verify(&desk.files(&changed), &with_key);
            let wrong = wrong(&answer);
            assert_eq!(code, 3, "{name}");
            assert!(wrong.iter().any(|(found, _)| found == part), "{name}: {wrong:?}");
            assert!(wrong.iter().all(|(found, _)| found != "manifest"), "{name}: {wrong:?}");
        }

        // Another log's key, given or put into the bundle.
        let other = TempDir::new().unwrap();
        let other: Ran =
            podlinnik().args(["log", "key", "--data"]).arg(other.path()).output().unwrap().into();
        let path = desk.put("whole.zip", &bundle.body);
        let (code, answer) = verify(&path, &["--key", other.out.trim()]);
        let parts: Vec<_> = wrong(&answer).into_iter().map(|(part, _)| part).collect();
        assert_eq!((code, &parts[..2]), (3, ["key".to_owned(), "checkpoint".to_owned()].as_slice()));
        let mut changed = files.clone();
        changed.insert("log/key".to_owned(), other.out.into_bytes());
        list_anew(&mut changed);
        let (code, answer) = verify(&desk.files(&changed), &[]);
        assert_eq!((code, wrong(&answer)[0].0.as_str()), (3, "checkpoint"));
    })
    .await;
}

/// The manifest made to fit the files again.
fn list_anew(files: &mut Files) {
    let listed: Vec<_> = files
        .iter()
        .filter(|(name, _)| *name != "manifest.json")
        .map(|(name, bytes)| json!({"name": name, "size": bytes.len(), "sha256": Sha256::of(bytes)}))
        .collect();
    let manifest = json!({"schema": "podlinnik-bundle/1", "files": listed});
    files.insert("manifest.json".to_owned(), manifest.to_string().into_bytes());
}

#[test]
fn what_is_no_bundle_is_refused() {
    let desk = Desk::new();
    let named = |name: &str| write(&Files::from([(name.to_owned(), b"x".to_vec())])).unwrap();
    // The same name twice: written with another of the same length, which is then put over.
    let pair = [("media.json", b"1".to_vec()), ("mediaXjson", b"2".to_vec())];
    let twice = write(&pair.map(|(name, bytes)| (name.to_owned(), bytes)).into()).unwrap();
    let many = (0..=MOST_FILES).map(|number| (format!("log/correction-{number}.json"), Vec::new()));
    for (what, bytes) in [
        ("escape", named("../../etc/passwd")),
        ("absolute", named("/etc/passwd")),
        ("foreign", named("run.sh")),
        ("twice", replaced(&twice, b"mediaXjson", b"media.json")),
        ("text", b"no zip".to_vec()),
        ("empty", Vec::new()),
        ("half", named("README.txt")[..40].to_vec()),
        ("bomb", bomb()),
        ("many", replaced_count(many.collect())),
    ] {
        let (code, answer) = verify(&desk.put("hostile.zip", &bytes), &[]);
        assert_eq!((code, answer["holds"].as_bool()), (3, Some(false)), "{what}: {answer}");
        assert!(answer["refused"].as_str().is_some_and(|why| !why.is_empty()), "{what}: {answer}");
    }
    let path = desk.put("empty.zip", &write(&Files::new()).unwrap());
    let (code, answer) = verify(&path, &[]);
    assert_eq!((code, answer["holds"].as_bool()), (3, Some(false)), "nothing in it proves nothing: {answer}");

    let none = run(["verify", "/does/not/exist.zip"]);
    assert_eq!(none.code, 2, "{}", none.err);
    let key = run(["verify", path.to_str().unwrap(), "--key", "nonsense"]);
    assert_eq!(key.code, 2, "{}", key.err);
    assert!(!desk.0.path().join("passwd").exists());
}

/// 40 MB of zeros under a name that bundles have, with headers that say one byte.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    encoder.start_file("report.html", zip::write::SimpleFileOptions::default()).unwrap();
    for _ in 0..40 {
        encoder.write_all(&vec![0; 1_000_000]).unwrap();
    }
    let bytes = encoder.finish().unwrap().into_inner();
    replaced(&bytes, &40_000_000_u32.to_le_bytes(), &1_u32.to_le_bytes())
}

fn replaced_count(files: Files) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in files.keys() {
        encoder.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        encoder.write_all(b"x").unwrap();
    }
    encoder.finish().unwrap().into_inner()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places: Vec<_> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + to.len()].copy_from_slice(to);
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auditor_rebuilds_the_tree_from_tiles() {
    on_each_engine(async |app| {
        assert!(app.get("/log/checkpoint").expect(200).await.text().contains("\n0\n"), "an empty log");
        app.get("/log/tile/0/000.p/1").refused(404, "not_found").await;
        published(app, b"log-5").await;
        published(app, b"log-6").await;
        let note = app.get("/log/checkpoint").expect(200).await;
        assert_eq!(note.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(note.header("cache-control"), "no-cache");
        let text = note.text();
        let mut lines = text.lines();
        assert!(lines.next().unwrap().starts_with("podlinnik.log/"));
        assert_eq!(lines.next(), Some("4"));
        let root = lines.next().unwrap();

        let tile = app.get("/log/tile/0/000.p/4").expect(200).await;
        assert_eq!(tile.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(tile.body.len(), 4 * 32);
        let entries = app.get("/log/tile/entries/000.p/4").expect(200).await.body;
        let mut rest = entries.as_slice();
        let mut leaves = Vec::new();
        while let [high, low, more @ ..] = rest {
            let (entry, after) = more.split_at(usize::from(u16::from_be_bytes([*high, *low])));
            let entry_json: Value = serde_json::from_slice(entry).unwrap();
            assert_eq!(entry_json["schema"], "podlinnik-log-entry/1");
            leaves.push(leaf_hash(entry));
            rest = after;
        }
        let hashes: Vec<_> = leaves.iter().flat_map(|leaf| *leaf.as_bytes()).collect();
        assert_eq!(hashes, tile.body, "the tile has the hashes of the entries");
        assert_eq!(root_plan(4).len(), 1);
        let pair = |at: usize| fold_pair(leaves[at], leaves[at + 1]);
        let computed = fold_pair(pair(0), pair(2));
        let said = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, root).unwrap();
        assert_eq!(computed.as_bytes().as_slice(), said, "the signed root is that of the entries");

        for none in [
            "0/000",
            "0/000.p/5",
            "0/001.p/1",
            "1/000.p/1",
            "0/000.p/0",
            "0/0",
            "x",
            "-1/000.p/1",
            "0/x000/000.p/4",
        ] {
            app.get(&format!("/log/tile/{none}")).refused(404, "not_found").await;
        }
        let again = app.get("/log/checkpoint").expect(200).await;
        assert_eq!(again.text(), text, "the same log has the same checkpoint");
    })
    .await;
}

fn fold_pair(left: Sha256, right: Sha256) -> Sha256 {
    fold(&[left, right]).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_looks_through_the_log_and_finds_what_was_changed() {
    on_each_engine(async |app| {
        published(app, b"log-7").await;
        let audit = app.service.log().unwrap().audit(None).await.unwrap();
        assert_eq!((audit.size, audit.problems), (2, vec![]));
        // The rest needs the database as a file.
        let Some(data) = app.copy_of_data() else { return };
        let log = |verb: &str, more: &[&str]| -> Ran {
            podlinnik().args(["log", verb]).args(more).arg("--data").arg(data.path()).output().unwrap().into()
        };
        assert_eq!(log("key", &[]).out.trim(), key(app).await);
        let checkpoint = log("checkpoint", &[]);
        assert_eq!(checkpoint.out, app.get("/log/checkpoint").expect(200).await.text());
        let since = data.path().join("since");
        std::fs::write(&since, &checkpoint.out).unwrap();
        let verified = log("verify", &["--json", "--since", since.to_str().unwrap()]);
        assert_eq!((verified.code, &verified.objects()[0]["size"]), (0, &json!(2)), "{}", verified.err);

        // Somebody with the database in hand takes the guards away and writes history anew.
        let path = data.path().join("podlinnik.sqlite");
        let mut database =
            sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
        for statement in [
            "drop trigger log_entries_no_update",
            "update log_entries set entry = replace(entry, 'manipulated_face', 'satire')",
        ] {
            sqlx::query(statement).execute(&mut database).await.unwrap();
        }
        database.close().await.unwrap();
        let verified = log("verify", &["--since", since.to_str().unwrap()]);
        assert_eq!(verified.code, 3, "{}", verified.out);
        for told in ["entry 0 is not what its leaf is the hash of", "does not go on from the checkpoint"] {
            assert!(verified.out.contains(told), "{}", verified.out);
        }
    })
    .await;
}
