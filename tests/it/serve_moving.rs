//! A whole installation is saved while it works, comes back elsewhere, and moves to other engines.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use podlinnik_domain::clock::Clock as _;
use podlinnik_domain::hash::Sha256;
use podlinnik_pipeline::moving;
use podlinnik_storage_sqlite::SqliteStore;
use serde_json::Value;

use crate::api_publication::published;
use crate::serve_process::{Desk, Server};
use crate::support::app::{fresh_database, on_each_engine};

/// A file that nobody has handed in before.
fn file(folder: &Path, number: usize) -> PathBuf {
    let path = folder.join(format!("clip-{number}.bin"));
    std::fs::write(&path, format!("clip {number} ").repeat(500 + number)).unwrap();
    path
}

/// Hands a file in; answers its submission and its digest.
fn handed_in(server: &Server, token: &str, path: &Path) -> (String, Sha256) {
    let key = path.file_name().unwrap().to_str().unwrap();
    let answer = server.submit(token, key, path);
    assert_eq!(answer.status, 202, "{} {}", answer.head, String::from_utf8_lossy(&answer.body));
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    (id, Sha256::of(&std::fs::read(path).unwrap()))
}

fn original(server: &Server, token: &str, id: &str) -> Sha256 {
    let answer = server.get(token, &format!("/api/v1/submissions/{id}/original"));
    assert_eq!(answer.status, 200, "{}", answer.head);
    Sha256::of(&answer.body)
}

fn last_object(out: &str) -> Value {
    serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or(Value::Null)
}

#[tokio::test]
async fn a_backup_of_a_working_service_brings_back_all_that_was_handed_in_before_it() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved");
    let token = desk.user("anna", "analyst");
    let server = desk.serve(&["--no-worker"]);
    let before: BTreeMap<_, _> =
        (0..12).map(|number| handed_in(&server, &token, &file(folder.path(), number))).collect();
    // Others go on handing in while it is saved, twice: the second goes on from the first.
    let stop = AtomicBool::new(false);
    let (during, backups) = std::thread::scope(|scope| {
        let handing_in = scope.spawn(|| {
            let mut during = BTreeMap::new();
            for number in 100.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                during.extend([handed_in(&server, &token, &file(folder.path(), number))]);
            }
            during
        });
        let backups = [0, 1].map(|_| desk.run(&["backup", saved.to_str().unwrap()]));
        stop.store(true, Ordering::Relaxed);
        (handing_in.join().unwrap(), backups)
    });
    for backup in &backups {
        assert_eq!(backup.code, 0, "{backup:?}");
    }
    assert!(!during.is_empty());
    // While one is under way another would take its files away.
    let lock = std::fs::File::open(saved.join("lock")).unwrap();
    lock.lock().unwrap();
    let refused = desk.run(&["backup", saved.to_str().unwrap()]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.err.contains("under way"), "{refused:?}");
    drop(lock);
    let key = std::fs::read(desk.data().join("log-key.pem")).unwrap();
    server.kill();

    // Elsewhere, from nothing but the backup.
    let other = Desk::new();
    let restored = other.run(&["restore", saved.to_str().unwrap()]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert_eq!(std::fs::read(other.data().join("log-key.pem")).unwrap(), key);
    for command in [&["blobs", "verify"][..], &["log", "verify"], &["migrate", "--check"]] {
        let ran = other.run(command);
        assert_eq!(ran.code, 0, "{command:?}: {ran:?}");
    }
    let server = other.serve(&["--no-worker"]);
    for (id, sha256) in &before {
        assert_eq!(original(&server, &token, id), *sha256, "{id}");
    }
    // What came meanwhile is there whole or not at all.
    for (id, sha256) in &during {
        match server.get(&token, &format!("/api/v1/submissions/{id}")).status {
            404 => {}
            200 => assert_eq!(original(&server, &token, id), *sha256, "{id}"),
            status => panic!("{status}"),
        }
    }
    handed_in(&server, &token, &file(folder.path(), 1000));
    drop(server);

    // Not over something that is there.
    let again = other.run(&["restore", saved.to_str().unwrap()]);
    assert_eq!(again.code, 2, "{again:?}");
    assert!(again.err.contains("not empty"), "{again:?}");

    // A blob that is damaged and one that is gone are found.
    let originals = other.files("blobs/originals");
    let (damaged, gone) = (&originals[0], &originals[1]);
    std::fs::write(damaged, b"x".repeat(std::fs::metadata(damaged).unwrap().len() as usize)).unwrap();
    std::fs::remove_file(gone).unwrap();
    std::fs::write(other.data().join("blobs/originals/notes.txt"), b"not ours").unwrap();
    let verified = other.run(&["blobs", "verify", "--json"]);
    assert_eq!(verified.code, 3, "{verified:?}");
    let whole = last_object(&verified.out);
    for (kind, number) in [("damaged", 1), ("missing", 1), ("strangers", 1), ("extra", 0)] {
        assert_eq!(whole[kind], number, "{kind}: {verified:?}");
    }
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    assert!(verified.out.contains(&name(damaged)) && verified.out.contains(&name(gone)), "{verified:?}");
    // The quick look does not read, so that it finds one of them.
    let listed = other.run(&["blobs", "list", "--json"]);
    assert_eq!((listed.code, &last_object(&listed.out)["damaged"]), (3, &Value::from(0)), "{listed:?}");
    // What the backup still has heals what is gone.
    let healed = other.run(&["blobs", "copy", "--from", saved.join("blobs").to_str().unwrap()]);
    assert_eq!(healed.code, 0, "{healed:?}");
    assert!(gone.is_file());
}

/// Without the keys nobody could go on with the log: an export that lacks them would be found out when it is too late.
#[tokio::test]
async fn an_export_without_the_keys_that_were_signed_with_is_refused() {
    on_each_engine(async |app| {
        published(app, b"signed").await;
        let database = app.folder().join("podlinnik.db");
        if !database.exists() {
            // The program says the same of both engines; the store of this one can be opened beside the service.
            return;
        }
        let store = SqliteStore::open(&database).await.unwrap();
        let (elsewhere, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let refused = moving::export(&store, elsewhere.path(), &out.path().join("a"), app.clock.now()).await;
        assert!(refused.unwrap_err().to_string().contains("log-key.pem"));
        let exported =
            moving::export(&store, app.folder(), &out.path().join("b"), app.clock.now()).await.unwrap();
        assert!(exported.keys.contains_key("log-key.pem") && exported.rows() > 10);
        store.close().await;
    })
    .await;
}

#[tokio::test]
async fn an_export_that_was_changed_is_refused_and_changes_nothing() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let moving = folder.path().join("moving");
    let moving = moving.to_str().unwrap();
    desk.user("anna", "analyst");
    assert_eq!(desk.run(&["export", moving]).code, 0);
    assert_eq!(desk.run(&["export", moving]).code, 2, "not over another");
    let users = folder.path().join("moving/tables/users.jsonl");
    let text = std::fs::read_to_string(&users).unwrap();
    std::fs::write(&users, text.replace("analyst", "approver")).unwrap();
    let other = Desk::new();
    let refused = other.run(&["import", moving]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(refused.err.contains("users"), "{refused:?}");
    assert!(!other.data().join("log-key.pem").exists(), "nor is a key left");
    std::fs::write(&users, text).unwrap();
    let taken = other.run(&["import", moving, "--json"]);
    assert_eq!(taken.code, 0, "nothing was left of the first attempt: {taken:?}");
    assert_eq!(last_object(&taken.out)["schema"], "podlinnik-export/1");
    assert_eq!(other.run(&["import", folder.path().to_str().unwrap()]).code, 2, "no export");
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
async fn an_installation_moves_to_postgres_and_a_bucket_and_works_on_two_machines() {
    let (Ok(endpoint), true) =
        (std::env::var("PODLINNIK_TEST_S3"), std::env::var_os("PODLINNIK_TEST_POSTGRES").is_some())
    else {
        eprintln!(
            "skipped: needs PODLINNIK_TEST_S3 and PODLINNIK_TEST_POSTGRES (`cargo xtask test` sets them)"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let old = Desk::new();
    let token = old.user("anna", "analyst");
    let server = old.serve(&["--no-worker"]);
    let before: BTreeMap<_, _> =
        (0..5).map(|number| handed_in(&server, &token, &file(folder.path(), number))).collect();
    assert_eq!(server.terminate().0.code(), Some(0));

    let bucket = format!("moved-{}", std::process::id());
    #[expect(clippy::disallowed_methods, reason = "the story's own client; the ban is for the service")]
    let made = {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        client.put(format!("{endpoint}/{bucket}")).send().await.unwrap()
    };
    assert!(made.status().is_success());
    let key = folder.path().join("s3-key");
    std::fs::write(&key, "key\nsecret\n").unwrap();
    let (database, bucket) = (fresh_database().await, format!("s3://{bucket}/podlinnik"));
    let there = [
        "--database-url",
        &database,
        "--blobs",
        &bucket,
        "--s3-endpoint",
        &endpoint,
        "--s3-key-file",
        key.to_str().unwrap(),
        "--s3-allow-http",
    ];
    let with = |words: &[&'static str]| -> Vec<String> {
        words.iter().copied().chain(there).map(str::to_owned).collect()
    };
    let moving = folder.path().join("moving").to_str().unwrap().to_owned();
    assert_eq!(old.run(&["export", &moving]).code, 0);
    let (first, second) = (Desk::new(), Desk::new());
    let run =
        |desk: &Desk, words: Vec<String>| desk.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
    let mut import = with(&["import"]);
    import.push(moving);
    let imported = run(&first, import);
    assert_eq!(imported.code, 0, "{imported:?}");
    let mut copy = with(&["blobs", "copy", "--json", "--from"]);
    copy.insert(4, old.data().join("blobs").to_str().unwrap().to_owned());
    for copied in [5, 0] {
        let ran = run(&first, copy.clone());
        assert_eq!((ran.code, &last_object(&ran.out)["copied"]), (0, &Value::from(copied)), "{ran:?}");
    }
    let verified = run(&first, with(&["blobs", "verify", "--json"]));
    assert_eq!(verified.code, 0, "{verified:?}");

    // The second machine gets the keys, and both serve the same.
    for name in ["log-key.pem", "register-key.pem"] {
        if first.data().join(name).exists() {
            std::fs::create_dir_all(second.data()).unwrap();
            std::fs::copy(first.data().join(name), second.data().join(name)).unwrap();
        }
    }
    let servers = [&first, &second].map(|desk| desk.serve(&[&["--no-worker"][..], &there].concat()));
    for server in &servers {
        for (id, sha256) in &before {
            assert_eq!(original(server, &token, id), *sha256, "{id}");
        }
    }
    let (id, sha256) = handed_in(&servers[0], &token, &file(folder.path(), 50));
    assert_eq!(original(&servers[1], &token, &id), sha256);
    for desk in [&first, &second] {
        assert!(!desk.log().contains("secret"), "{}", desk.log());
    }
    // Everything that was lost with both machines is in a backup of the database and the bucket.
    let saved = folder.path().join("saved").to_str().unwrap().to_owned();
    let mut backup = with(&["backup"]);
    backup.push(saved.clone());
    assert_eq!(run(&first, backup).code, 0);
    let third = Desk::new();
    assert_eq!(third.run(&["restore", &saved]).code, 0);
    let server = third.serve(&["--no-worker"]);
    assert_eq!(original(&server, &token, &id), sha256);
}
