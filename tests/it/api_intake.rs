//! From a file that is handed in to its findings, and back to what is known of it.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::support::analyser::PIXEL_PNG;
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::Form;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_handed_in_examined_and_recognised_again() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let form = Form::new()
            .text("region", "RU-TAM")
            .text("note", " Прислали в чат микрорайона ")
            .with_file("C:\\Users\\a\\ролик.mp4", b"the bytes of a clip")
            .text("network", "telegram")
            .text("source_url", "https://t.me/example/1");
        let submitted = app.submit(analyst, form).expect(202).await;
        assert_eq!(submitted.header("location"), format!("/api/v1/submissions/{}", submitted.field("/id")));
        assert_eq!(submitted.field("/state"), "quarantined");
        assert_eq!(submitted.field("/circumstances/file_name"), "ролик.mp4");
        assert_eq!(submitted.field("/circumstances/note"), "Прислали в чат микрорайона");
        assert_eq!(submitted.header("cache-control"), "no-store");

        let analysis = app.analysed(analyst, &submitted).await;
        assert_eq!(analysis.field("/state"), "done");
        assert_eq!(analysis.json()["progress_permille"], 1000);
        let submission = app.get(submitted.header("location")).by(analyst).expect(200).await;
        assert_eq!(submission.field("/state"), "accepted");
        assert_eq!(submission.field("/warnings/0/code"), "extension_mismatch");
        assert!(submitted.json().get("warnings").is_none(), "nothing is known before the bytes are read");

        let findings = app.get(&submission.field("/links/findings")).by(analyst).expect(200).await;
        assert_eq!(findings.field("/schema"), "podlinnik-report/1");
        assert_eq!(findings.field("/findings/0/reason"), "no_face");
        assert_eq!(findings.etag(), format!("\"{}\"", analysis.field("/report_sha256")));
        let again = app
            .get(&submission.field("/links/findings"))
            .by(analyst)
            .header("if-none-match", findings.etag())
            .expect(304)
            .await;
        assert!(again.body.is_empty());

        the_original_comes_back_bit_for_bit(app, &submission.field("/links/original")).await;
        the_pictures_are_there(app, &submission.field("/links/analysis")).await;
        the_report_is_a_page(app, &submission.field("/links/report")).await;
        the_same_bytes_are_recognised(app, &submission.json()).await;
    })
    .await;
}

async fn the_original_comes_back_bit_for_bit(app: &TestApp, path: &str) {
    let original = app.get(path).by(&app.people.analyst).expect(200).await;
    assert_eq!(original.body, b"the bytes of a clip");
    assert_eq!(original.header("content-type"), "application/octet-stream");
    let disposition = original.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"") && disposition.ends_with(".bin\""),
        "{disposition}"
    );
    assert!(!disposition.contains("mp4"), "{disposition}");
    app.get(path).by(&app.people.submitter).refused(403, "forbidden").await;
}

async fn the_pictures_are_there(app: &TestApp, analysis: &str) {
    let analyst = &app.people.analyst;
    let list = app.get(&format!("{analysis}/derivatives")).by(analyst).expect(200).await;
    assert_eq!(list.field("/items/0/name"), "frame-000.png");
    let path = format!("{analysis}/derivatives/frame-000.png");
    let picture = app.get(&path).by(analyst).expect(200).await;
    assert_eq!(picture.body, PIXEL_PNG);
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(picture.etag(), format!("\"{}\"", list.field("/items/0/sha256")));
    app.get(&path).by(analyst).header("if-none-match", picture.etag()).expect(304).await;
    for unknown in ["nothing.png", "..%2F..%2Fpodlinnik.db", "frame-000.png%00"] {
        app.get(&format!("{analysis}/derivatives/{unknown}")).by(analyst).refused(404, "not_found").await;
    }
}

async fn the_report_is_a_page(app: &TestApp, path: &str) {
    let analyst = &app.people.analyst;
    let page = app.get(path).by(analyst).expect(200).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("content-security-policy").contains("img-src data:"));
    assert!(page.text().contains("<html lang=\"ru\""), "{}", page.text());
    assert!(page.text().contains("data:image/png;base64,"), "the picture is inside");
    let english = app.get(&format!("{path}?lang=en")).by(analyst).expect(200).await;
    assert!(english.text().contains("<html lang=\"en\""));
    assert_eq!(english.header("content-language"), "en");
}

async fn the_same_bytes_are_recognised(app: &TestApp, first: &Value) {
    let duplicate = app.submit(&app.people.submitter, Form::file(b"the bytes of a clip")).expect(200).await;
    assert_eq!(duplicate.field("/state"), "duplicate");
    for same in ["case", "analysis", "media_sha256"] {
        assert_eq!(duplicate.json()[same], first[same]);
    }
    assert_ne!(duplicate.json()["id"], first["id"]);
    assert_eq!(duplicate.json()["known"]["verdict"], Value::Null);
    assert_eq!(duplicate.json()["known"]["notices"], json!([]));

    let media = duplicate.field("/links/media");
    app.get(&media).by(&app.people.analyst).expect(200).await;
    // Nothing has been decided yet, so the partner learns nothing, not even that somebody asks.
    app.get(&media).by(&app.people.partner).refused(404, "not_found").await;
    let unknown = format!("/api/v1/media/{}", "ab".repeat(32));
    app.get(&unknown).by(&app.people.analyst).refused(404, "not_found").await;
    app.get("/api/v1/media/abc").by(&app.people.analyst).refused(404, "not_found").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_told_until_the_end() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        app.analyser.hold();
        let submitted = app.submit(analyst, Form::file(b"slow clip")).expect(202).await;
        let analysis = submitted.field("/links/analysis");

        let waited = app.get(&format!("{analysis}?wait=1")).by(analyst).expect(200).await;
        assert_eq!(waited.json()["is_final"], false, "the wait is over before the analysis");
        app.get(&submitted.field("/links/findings")).by(analyst).refused(409, "wrong_state").await;
        app.get(&submitted.field("/links/report")).by(analyst).refused(409, "wrong_state").await;
        app.get(&format!("{analysis}?wait=31")).by(analyst).refused(422, "validation_failed").await;

        let response = app.get(&submitted.field("/links/events")).by(analyst).stream().await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut chunks = response.bytes_stream();
        let first = String::from_utf8(chunks.next().await.unwrap().unwrap().to_vec()).unwrap();
        assert!(first.starts_with("event: progress\ndata: {"), "{first}");
        app.analyser.release();
        let mut text = first;
        let reading = async {
            while let Some(chunk) = chunks.next().await {
                text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(30), reading).await.expect("the stream ends by itself");
        let events: Vec<_> = text.split("\n\n").filter(|event| event.starts_with("event:")).collect();
        let (last, before) = events.split_last().unwrap();
        assert!(last.starts_with("event: final\n") && last.contains("\"state\":\"done\""), "{text}");
        assert!(before.iter().all(|event| event.starts_with("event: progress\n")), "{text}");

        let late = app.get(&submitted.field("/links/events")).by(analyst).expect(200).await;
        assert!(late.text().starts_with("event: final\n"), "who comes late is told at once: {}", late.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_file_says_why_and_stays() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let submitted = app.submit(analyst, Form::file(b"REFUSE media_damaged")).expect(202).await;
        let analysis = app.analysed(analyst, &submitted).await;
        assert_eq!(analysis.field("/state"), "refused");
        assert_eq!(analysis.field("/error"), "media_damaged");
        let findings = app.get(&submitted.field("/links/findings")).by(analyst).english();
        let problem = findings.refused(422, "media_damaged").await;
        assert_eq!(problem.field("/detail"), "The file is damaged: nothing could be read.");
        assert!(!problem.text().contains("bytes ask"), "technical details stay inside");
        let submission = app.get(submitted.header("location")).by(analyst).expect(200).await;
        assert_eq!(submission.field("/state"), "rejected");
        assert_eq!(submission.field("/rejection"), "media_damaged");
        app.get(&submission.field("/links/original")).by(analyst).expect(200).await;
        let again = app.submit(analyst, Form::file(b"REFUSE media_damaged")).expect(202).await;
        assert_eq!(again.field("/state"), "rejected");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_request_is_stored_once() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let send = |key: &str, note: &str| {
            let form = Form::file(b"sent twice").text("note", note);
            app.submit(analyst, form).header("idempotency-key", key)
        };
        let first = send("key-1", "one").expect(202).await;
        let second = send("key-1", "one").expect(202).await;
        assert_eq!(second.header("idempotency-replayed"), "true");
        assert_eq!(first.header("idempotency-replayed"), "");
        assert_eq!(first.field("/id"), second.field("/id"));
        assert_eq!(first.header("location"), second.header("location"));

        send("key-1", "two").refused(422, "idempotency_key_reused").await;
        let other_person = Form::file(b"sent twice").text("note", "two");
        let other = app.submit(&app.people.submitter, other_person).header("idempotency-key", "key-1");
        assert_eq!(other.expect(200).await.field("/state"), "duplicate", "keys belong to one person");

        send("", "one").refused(400, "idempotency_key_invalid").await;
        send(&"k".repeat(256), "one").refused(400, "idempotency_key_invalid").await;
        send("ключ", "one").refused(400, "idempotency_key_invalid").await;
        send("key-1", "one").header("idempotency-key", "key-2").refused(400, "idempotency_key_invalid").await;
        app.analysed(analyst, &first).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listings_go_on_where_they_stopped() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let mut handed_in = Vec::new();
        for number in 0..5 {
            let form = Form::file(format!("clip {number}").as_bytes());
            handed_in.push(app.submit(analyst, form).expect(202).await.field("/id"));
        }
        handed_in.reverse();
        let mut seen = Vec::new();
        let mut path = "/api/v1/submissions?limit=2".to_owned();
        for _ in 0..3 {
            let page = app.get(&path).by(analyst).expect(200).await.json();
            let ids =
                page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
            seen.extend(ids);
            match page["next"].as_str() {
                Some(next) => path = format!("/api/v1/submissions?limit=2&after={next}"),
                None => break,
            }
        }
        assert_eq!(seen, handed_in, "newest first, each once");
        let cases = app.get("/api/v1/cases?limit=100").by(analyst).expect(200).await.json();
        assert_eq!(cases["items"].as_array().unwrap().len(), 5);
        for wrong in ["limit=0", "limit=101", "limit=x", "after=x", "limit=1&limit=2", "offset=3"] {
            let call = app.get(&format!("/api/v1/submissions?{wrong}")).by(analyst);
            call.refused(422, "validation_failed").await;
        }
        let elsewhere = app.get("/api/v1/submissions").by(&app.people.stranger).expect(200).await;
        assert_eq!(elsewhere.json()["items"], json!([]), "another region's list is empty");
    })
    .await;
}
