//! What an analyst watches: made by us, handed out by ranges.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::{Form, Reply};
use crate::support::people::Person;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/media").join(name)).unwrap()
}

/// Asks until it is made.
async fn made(app: &TestApp, person: &Person, path: &str) -> Reply {
    for _ in 0..600 {
        let reply = app.get(path).by(person).send().await;
        if reply.status != 202 {
            return reply;
        }
        assert_eq!(reply.field("/state"), "making");
        assert!(reply.json()["permille"].as_u64().unwrap() < 1000, "{}", reply.text());
        assert_eq!(reply.header("retry-after"), "2");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path} is not made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clip_is_watched_without_its_bytes() {
    on_each_engine(async |app| {
        app.analyser.read_media();
        let analyst = &app.people.analyst;
        let original = fixture("astronaut.webm");
        let submitted = app.submit(analyst, Form::file(&original)).expect(202).await;
        let analysis = app.analysed(analyst, &submitted).await;
        let path = format!("/api/v1/cases/{}/preview", submitted.field("/case"));
        let whole = made(app, analyst, &path).await;
        assert_eq!(whole.status, 200, "{}", whole.text());
        assert_eq!(whole.header("content-type"), "video/mp4");
        assert_eq!(whole.header("accept-ranges"), "bytes");
        assert_eq!(whole.header("cache-control"), "private, no-cache");
        assert_eq!(whole.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(whole.header("content-disposition"), "inline; filename=\"preview.mp4\"");
        assert_eq!(whole.header("content-length"), whole.body.len().to_string());
        assert_eq!(&whole.body[4..8], b"ftyp");

        let size = whole.body.len();
        for (range, first, last) in [
            ("bytes=0-1".to_owned(), 0, 1),
            ("bytes=100-".to_owned(), 100, size - 1),
            ("bytes=-50".to_owned(), size - 50, size - 1),
            (format!("bytes=7-{}", size * 2), 7, size - 1),
        ] {
            let part = app.get(&path).by(analyst).header("range", &range).expect(206).await;
            assert_eq!(part.header("content-range"), format!("bytes {first}-{last}/{size}"), "{range}");
            assert_eq!(part.body, whole.body[first..=last], "{range}");
            assert_eq!(part.etag(), whole.etag());
        }
        let beyond = format!("bytes={size}-");
        let refused = app.get(&path).by(analyst).header("range", &beyond).refused(416, "bad_request").await;
        assert_eq!(refused.header("content-range"), format!("bytes */{size}"));
        let known = app.get(&path).by(analyst).header("if-none-match", whole.etag()).expect(304).await;
        assert!(known.body.is_empty());
        let older = app.get(&path).by(analyst).header("range", "bytes=0-1").header("if-range", "\"older\"");
        assert_eq!(older.expect(200).await.body.len(), size);

        // it is a derivative like others, but no part of the report
        let derivatives = format!("/api/v1/analyses/{}/derivatives", analysis.field("/id"));
        let list = app.get(&derivatives).by(analyst).expect(200).await.json();
        let items = list["items"].as_array().unwrap();
        let recorded: Vec<_> = items.iter().filter(|item| item["kind"] == "preview").collect();
        assert_eq!(recorded.len(), 1, "{items:?}");
        assert_eq!(recorded[0]["name"], "preview.mp4");
        assert_eq!(recorded[0]["size_bytes"], json!(size));
        assert_eq!(format!("{}", recorded[0]["sha256"]), whole.etag());
        let again = app.get(&format!("{derivatives}/preview.mp4")).by(analyst);
        let again = again.header("range", "bytes=4-7").expect(206).await;
        assert_eq!((again.body.as_slice(), again.header("content-type")), (b"ftyp".as_slice(), "video/mp4"));
        let report = format!("/api/v1/analyses/{}/report.html", analysis.field("/id"));
        assert!(!app.get(&report).by(analyst).expect(200).await.text().contains("preview"));

        // nobody else's case
        app.get(&path).by(&app.people.stranger).refused(404, "not_found").await;
        app.get(&path).expect(401).await;
        app.get("/api/v1/cases/0199c7a2-6a34-7cc0-9b0e-3f6d5a1c2b4d/preview")
            .by(analyst)
            .refused(404, "not_found")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stills_and_sound_are_made_ready_and_what_cannot_be_read_says_why() {
    on_each_engine(async |app| {
        app.analyser.read_media();
        let analyst = &app.people.analyst;
        for (name, media_type) in [("coffee.jpg", "image/jpeg"), ("tone.wav", "audio/mp4")] {
            let submitted = app.submit(analyst, Form::file(&fixture(name))).expect(202).await;
            app.analysed(analyst, &submitted).await;
            let path = format!("/api/v1/cases/{}/preview", submitted.field("/case"));
            let whole = made(app, analyst, &path).await;
            assert_eq!((whole.status, whole.header("content-type")), (200, media_type), "{name}");
        }
        let submitted = app.submit(analyst, Form::file(b"neither picture nor sound")).expect(202).await;
        app.analysed(analyst, &submitted).await;
        let path = format!("/api/v1/cases/{}/preview", submitted.field("/case"));
        let refused = made(app, analyst, &path).await;
        assert_eq!((refused.status, refused.field("/code").as_str()), (422, "media_unsupported"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_reads_no_media_says_so() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let submitted = app.submit(analyst, Form::file(&fixture("tone.wav"))).expect(202).await;
        app.analysed(analyst, &submitted).await;
        let path = format!("/api/v1/cases/{}/preview", submitted.field("/case"));
        let refused = app.get(&path).by(analyst).refused(503, "not_ready").await;
        assert_eq!(refused.header("retry-after"), "10");
    })
    .await;
}
