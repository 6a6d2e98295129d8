//! Uploads that can be resumed (tus 1.0.0).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podlinnik_domain::hash::Sha256;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::app::{TestApp, UPLOAD_BYTES, on_each_engine, on_each_engine_with};
use crate::support::call::{Call, Reply};
use crate::support::people::Person;

const PIECE: &str = "application/offset+octet-stream";

fn tus(app: &TestApp, method: &str, path: &str, person: &Person) -> Call {
    app.call(method.parse().unwrap(), path).by(person).header("tus-resumable", "1.0.0")
}

fn metadata() -> String {
    let pairs = [
        ("filename", "../Клип.mp4"),
        ("region", "RU-TAM"),
        ("network", "telegram"),
        ("note", "Прислали в чат"),
    ];
    pairs.map(|(name, value)| format!("{name} {}", STANDARD.encode(value))).join(",")
}

/// Begins an upload; answers its path.
async fn begin(app: &TestApp, length: usize) -> String {
    let call = tus(app, "POST", "/api/v1/uploads", &app.people.submitter);
    let call = call.header("upload-length", &length.to_string()).header("upload-metadata", &metadata());
    let begun = call.expect(201).await;
    assert_eq!((begun.header("upload-offset"), begun.header("tus-resumable")), ("0", "1.0.0"));
    assert!(begun.header("upload-expires").ends_with(" GMT"), "{}", begun.header("upload-expires"));
    begun.header("location").to_owned()
}

fn patch(app: &TestApp, path: &str, offset: usize, bytes: &[u8]) -> Call {
    let call = tus(app, "PATCH", path, &app.people.submitter).header("upload-offset", &offset.to_string());
    call.body(PIECE, bytes.to_vec())
}

async fn head(app: &TestApp, path: &str) -> Reply {
    tus(app, "HEAD", path, &app.people.submitter).expect(200).await
}

/// A submission that an upload became, once its analysis has ended.
async fn submission(app: &TestApp, last: &Reply, bytes: &[u8]) -> Value {
    let path = last.header("location").to_owned();
    assert_eq!(path, format!("/api/v1/submissions/{}", last.header("podlinnik-submission")));
    let submission = app.get(&path).by(&app.people.submitter).expect(200).await;
    app.analysed(&app.people.submitter, &submission).await;
    let original = app.get(&format!("{path}/original")).by(&app.people.analyst).expect(200).await;
    assert_eq!(Sha256::of(&original.body), Sha256::of(bytes));
    submission.json()
}

/// Sends the beginning of a piece and leaves the rest out; the connection stays open.
async fn half_a_piece(app: &TestApp, path: &str, offset: usize, announced: usize, bytes: &[u8]) -> TcpStream {
    let address = app.base().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n\
         Content-Type: {PIECE}\r\nContent-Length: {announced}\r\n\r\n",
        app.people.submitter.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.flush().await.unwrap();
    stream
}

/// Waits until so many bytes are kept.
async fn kept(app: &TestApp, path: &str, bytes: usize) -> Reply {
    for _ in 0..200 {
        let reply = head(app, path).await;
        if reply.header("upload-offset") == bytes.to_string() {
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{bytes} bytes are never kept: {}", head(app, path).await.header("upload-offset"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_comes_in_pieces_and_becomes_one_submission() {
    on_each_engine(async |app| {
        let bytes = vec![b'p'; 1000];
        let options = app.call(Method::OPTIONS, "/api/v1/uploads").expect(204).await;
        assert_eq!(options.header("tus-version"), "1.0.0");
        assert_eq!(options.header("tus-max-size"), UPLOAD_BYTES.to_string());
        for extension in ["creation", "creation-with-upload", "expiration", "termination", "checksum"] {
            assert!(options.header("tus-extension").split(',').any(|one| one == extension), "{extension}");
        }
        let path = begin(app, bytes.len()).await;
        let first = patch(app, &path, 0, &bytes[..400]).expect(204).await;
        assert_eq!((first.header("upload-offset"), first.header("podlinnik-submission")), ("400", ""));
        let asked = head(app, &path).await;
        assert_eq!((asked.header("upload-offset"), asked.header("upload-length")), ("400", "1000"));
        assert!(
            asked.header("upload-metadata").contains(&format!("filename {}", STANDARD.encode("Клип.mp4")))
        );
        assert_eq!(asked.header("cache-control"), "no-store");
        let wrong = patch(app, &path, 300, &bytes[300..]).refused(409, "upload_offset_mismatch").await;
        assert_eq!((wrong.header("upload-offset"), wrong.header("tus-resumable")), ("400", "1.0.0"));

        let last = patch(app, &path, 400, &bytes[400..]).expect(204).await;
        assert_eq!(last.header("upload-offset"), "1000");
        let stored = submission(app, &last, &bytes).await;
        assert_eq!(stored["circumstances"]["file_name"], "Клип.mp4");
        assert_eq!(
            (&stored["circumstances"]["region"], &stored["circumstances"]["note"]),
            (&"RU-TAM".into(), &"Прислали в чат".into())
        );
        // The answer got lost: the same once more, however often.
        for _ in 0..2 {
            let again = patch(app, &path, 1000, b"").expect(204).await;
            assert_eq!(again.header("podlinnik-submission"), last.header("podlinnik-submission"));
        }
        assert_eq!(
            head(app, &path).await.header("podlinnik-submission"),
            last.header("podlinnik-submission")
        );
        let view = app.get(&path).by(&app.people.submitter).expect(200).await.json();
        assert_eq!((&view["length"], &view["offset"]), (&1000.into(), &1000.into()));
        assert_eq!(view["submission"], last.header("podlinnik-submission"));
        let listed = app.get("/api/v1/submissions").by(&app.people.submitter).expect(200).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        tus(app, "DELETE", &path, &app.people.submitter).refused(409, "wrong_state").await;

        // All at once with the creation, the same bytes: a duplicate.
        let call = tus(app, "POST", "/api/v1/uploads", &app.people.submitter).header("upload-length", "1000");
        let whole = call.body(PIECE, bytes.clone()).expect(201).await;
        assert_eq!(whole.header("upload-offset"), "1000");
        assert_ne!(whole.header("podlinnik-submission"), last.header("podlinnik-submission"));
        assert_eq!(submission(app, &whole, &bytes).await["state"], "duplicate");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_came_before_a_break_is_kept() {
    let impatient = podlinnik_web::WebSettings {
        upload_idle_time: Duration::from_millis(1500),
        ..podlinnik_web::WebSettings::default()
    };
    on_each_engine_with(impatient, async |app| {
        let bytes: Vec<u8> = (0..200_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
        let path = begin(app, bytes.len()).await;
        // The connection breaks.
        drop(half_a_piece(app, &path, 0, bytes.len(), &bytes[..70_001]).await);
        kept(app, &path, 70_001).await;
        // It stays open and says nothing: meanwhile nobody else may send.
        let mut silent = half_a_piece(app, &path, 70_001, 130_000 - 1, &bytes[70_001..100_000]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let locked = patch(app, &path, 70_001, &bytes[70_001..]).refused(423, "upload_locked").await;
        assert_eq!(locked.header("upload-offset"), "70001");
        tus(app, "DELETE", &path, &app.people.submitter).refused(423, "upload_locked").await;
        let mut answer = vec![0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(20), silent.read(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer[..read.expect("in time").unwrap()]).into_owned();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        kept(app, &path, 100_000).await;
        let last = patch(app, &path, 100_000, &bytes[100_000..]).expect(204).await;
        submission(app, &last, &bytes).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_piece_with_a_checksum_is_kept_whole_or_not_at_all() {
    on_each_engine(async |app| {
        let bytes = vec![b'c'; 5000];
        let path = begin(app, bytes.len()).await;
        let sum = |bytes: &[u8]| format!("sha256 {}", STANDARD.encode(Sha256::of(bytes).as_bytes()));
        let wrong = patch(app, &path, 0, &bytes[..2000]).header("upload-checksum", &sum(b"other"));
        let wrong = wrong.refused(460, "upload_checksum_mismatch").await;
        assert_eq!(wrong.header("upload-offset"), "0");
        let right = patch(app, &path, 0, &bytes[..2000]).header("upload-checksum", &sum(&bytes[..2000]));
        assert_eq!(right.expect(204).await.header("upload-offset"), "2000");
        let unknown = patch(app, &path, 2000, &bytes[2000..]).header("upload-checksum", "md5 AAAA");
        unknown.refused(400, "bad_request").await;
        let last = patch(app, &path, 2000, &bytes[2000..]).header("upload-checksum", &sum(&bytes[2000..]));
        submission(app, &last.expect(204).await, &bytes).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_have_limits() {
    on_each_engine(async |app| {
        let people = &app.people;
        let create = |length: &str| {
            tus(app, "POST", "/api/v1/uploads", &people.submitter).header("upload-length", length)
        };
        create(&(UPLOAD_BYTES + 1).to_string()).refused(413, "media_too_large").await;
        create("0").refused(422, "media_empty").await;
        create("many").refused(422, "validation_failed").await;
        create("10").header("upload-metadata", "region !").refused(422, "validation_failed").await;
        let nowhere = format!("region {}", STANDARD.encode("тамбов"));
        create("10").header("upload-metadata", &nowhere).refused(422, "validation_failed").await;
        create("10").body("text/plain", b"0123456789".to_vec()).refused(415, "unsupported_media_type").await;
        let old = app.post("/api/v1/uploads").by(&people.submitter).header("tus-resumable", "0.2.0");
        let old = old.header("upload-length", "10").refused(412, "upload_version_unsupported").await;
        assert_eq!(old.header("tus-version"), "1.0.0");
        let auditor = tus(app, "POST", "/api/v1/uploads", &people.auditor).header("upload-length", "10");
        auditor.refused(403, "forbidden").await;

        let path = begin(app, 10).await;
        tus(app, "HEAD", &path, &people.analyst).expect(404).await;
        tus(app, "DELETE", &path, &people.analyst).refused(404, "not_found").await;
        app.get(&path).by(&people.admin).refused(404, "not_found").await;
        patch(app, &path, 0, b"0123456789+").refused(413, "body_too_large").await;
        assert_eq!(head(app, &path).await.header("upload-offset"), "0", "more than announced is none of it");
        let text = tus(app, "PATCH", &path, &people.submitter).header("upload-offset", "0");
        text.body("text/plain", b"0".to_vec()).refused(415, "unsupported_media_type").await;
        let bare = tus(app, "PATCH", &path, &people.submitter).body(PIECE, b"0".to_vec());
        bare.refused(422, "validation_failed").await;
        tus(app, "DELETE", &path, &people.submitter).expect(204).await;
        tus(app, "HEAD", &path, &people.submitter).expect(404).await;

        for _ in 0..20 {
            begin(app, 10).await;
        }
        create("10").refused(429, "too_many_uploads").await;
        // After two days they are gone, and swept.
        let path = {
            let other = tus(app, "POST", "/api/v1/uploads", &people.analyst).header("upload-length", "10");
            other.expect(201).await.header("location").to_owned()
        };
        app.clock.advance(48 * 3600 + 1);
        tus(app, "HEAD", &path, &people.analyst).expect(410).await;
        app.service.tidy().await.unwrap();
        tus(app, "HEAD", &path, &people.analyst).expect(404).await;
        create("10").expect(201).await;
    })
    .await;
}
