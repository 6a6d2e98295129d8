//! `kill -9` at any point loses nothing, and every analysis ends exactly once in effect.

use std::time::Duration;

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_storage::Store as _;
use podlinnik_storage::record::{JobKind, JobState};
use podlinnik_storage_sqlite::SqliteStore;
use serde_json::Value;

use crate::check_program::{can_examine, fixture};
use crate::serve_process::{Desk, Server, signal, wait};

const ENDED: &[&str] = &["done", "partial", "refused", "dead"];

fn accepted(server: &Server, token: &str, key: &str, name: &str) -> Value {
    let answer = server.submit(token, key, &fixture(name));
    assert_eq!(answer.status, 202, "{} {}", answer.head, String::from_utf8_lossy(&answer.body));
    assert!(answer.head.contains("location: "), "{}", answer.head);
    answer.json()
}

/// What the database holds once everything has ended: submissions, done jobs, and how often each analysis was ended.
async fn ended_once(desk: &Desk, analyses: &[String]) {
    let store = SqliteStore::open(&desk.data().join("podlinnik.sqlite")).await.unwrap();
    let counts = store.job_counts().await.unwrap();
    for count in &counts {
        assert_eq!((count.kind, count.state), (JobKind::Analyse, JobState::Done), "{counts:?}");
    }
    let done: u64 = counts.iter().map(|count| count.count).sum();
    assert_eq!(done, analyses.len() as u64, "{counts:?}");
    for id in analyses {
        let events = store.event_list(SubjectKind::Analysis, id).await.unwrap();
        let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
        let ends = kinds.iter().filter(|kind| kind.contains("done") || kind.contains("finish")).count();
        assert_eq!(ends, 1, "analysis {id} ended {ends} times: {kinds:?}");
    }
    // The history is one unbroken chain.
    let events = store.event_since(0, 1000).await.unwrap();
    let mut previous = podlinnik_domain::event::GENESIS;
    for event in &events {
        assert_eq!(event.previous_hash, previous, "event {}", event.sequence);
        assert_eq!(event.hash, event.expected_hash(), "event {}", event.sequence);
        previous = event.hash;
    }
    store.close().await;
}

#[tokio::test]
async fn kill_minus_9_at_any_point_loses_nothing_and_ends_once() {
    if !can_examine() {
        return;
    }
    let desk = Desk::new();
    let token = desk.user("anna", "analyst");

    // Right after 202.
    let server = desk.serve(&[]);
    let first = accepted(&server, &token, "first", "astronaut.mp4");
    server.kill();

    // The client did not get the answer and asks again with the same key: the same submission.
    let server = desk.serve(&[]);
    let again = server.submit(&token, "first", &fixture("astronaut.mp4"));
    assert_eq!(again.json()["id"], first["id"], "{again:?}");

    // In the middle of the analysis, at several depths.
    let analysis = first["analysis"].as_str().unwrap().to_owned();
    let mut server = server;
    for depth in [0, 150, 600] {
        server.wait_for(&token, &analysis, &["running", "done", "partial"]);
        std::thread::sleep(Duration::from_millis(depth));
        server.kill();
        server = desk.serve(&[]);
    }

    // Between two submissions, and during an upload that never ends.
    let second = accepted(&server, &token, "second", "astronaut.jpg");
    let other = second["analysis"].as_str().unwrap().to_owned();
    for id in [&analysis, &other] {
        let record = server.wait_for(&token, id, ENDED);
        assert_eq!(record["state"], "done", "{record}");
    }
    server.kill();
    let server = desk.serve(&[]);

    // Everything is there: both submissions, both originals bit for bit, both reports.
    let listed = server.get(&token, "/api/v1/submissions").json();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{listed}");
    for (submission, name) in [(&first, "astronaut.mp4"), (&second, "astronaut.jpg")] {
        let id = submission["id"].as_str().unwrap();
        let original = server.get(&token, &format!("/api/v1/submissions/{id}/original"));
        assert_eq!(original.status, 200, "{}", original.head);
        assert_eq!(Sha256::of(&original.body), Sha256::of(&std::fs::read(fixture(name)).unwrap()));
        assert_eq!(server.get(&token, &format!("/api/v1/submissions/{id}")).json()["state"], "accepted");
    }
    for id in [&analysis, &other] {
        let record = server.get(&token, &format!("/api/v1/analyses/{id}")).json();
        assert_eq!(record["report_sha256"].as_str().map(str::len), Some(64), "{record}");
        let findings = server.get(&token, &format!("/api/v1/analyses/{id}/findings")).json();
        assert!(findings.to_string().contains("face_manipulation"), "{findings}");
    }
    let (status, _) = server.terminate();
    assert_eq!(status.code(), Some(0));
    ended_once(&desk, &[analysis, other]).await;
    assert!(!desk.log().contains("panicked"), "{}", desk.log());
}

#[tokio::test]
async fn sigterm_in_mid_analysis_ends_in_time_and_the_job_goes_on_after_restart() {
    if !can_examine() {
        return;
    }
    let desk = Desk::new();
    let token = desk.user("boris", "analyst");
    let server = desk.serve(&[]);
    let submission = accepted(&server, &token, "one", "astronaut.mp4");
    let analysis = submission["analysis"].as_str().unwrap().to_owned();
    server.wait_for(&token, &analysis, &["running", "done"]);
    let (status, time) = server.terminate();
    assert_eq!(status.code(), Some(0), "{}", desk.log());
    assert!(time < Duration::from_secs(25), "{time:?}");
    assert!(!desk.data().join("address").exists(), "an orderly end takes the address away");
    let server = desk.serve(&[]);
    assert_eq!(server.wait_for(&token, &analysis, ENDED)["state"], "done");
    assert_eq!(server.terminate().0.code(), Some(0));
    ended_once(&desk, &[analysis]).await;
}

#[tokio::test]
async fn a_worker_beside_a_service_without_one_does_the_work() {
    if !can_examine() {
        return;
    }
    let desk = Desk::new();
    let token = desk.user("vera", "analyst");
    let server = desk.serve(&["--no-worker"]);
    let submission = accepted(&server, &token, "one", "astronaut.jpg");
    let analysis = submission["analysis"].as_str().unwrap().to_owned();
    std::thread::sleep(Duration::from_millis(1500));
    let record = server.get(&token, &format!("/api/v1/analyses/{analysis}")).json();
    assert_eq!(record["state"], "queued", "nobody is there to do it");
    let mut worker = desk.start(&["worker"]);
    assert_eq!(server.wait_for(&token, &analysis, ENDED)["state"], "done");
    signal(&worker, "TERM");
    assert_eq!(wait(&mut worker).code(), Some(0), "{}", desk.log());
    assert_eq!(server.terminate().0.code(), Some(0));
    ended_once(&desk, &[analysis]).await;
}
