//! A process that is killed while it sends.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use podlinnik_blobs::{Blobs, S3Settings};
use podlinnik_domain::hash::Sha256;

use crate::place::{Place, files_below, listed, noise, try_upload};
use crate::server::{Line, Mood, send};

const BUCKET: &str = "PODLINNIK_TEST_CRASH_BUCKET";
const ENDPOINT: &str = "PODLINNIK_TEST_CRASH_ENDPOINT";
const FOLDER: &str = "PODLINNIK_TEST_CRASH_FOLDER";

fn bytes() -> Vec<u8> {
    noise(16 << 20, 9)
}

/// What the process that is killed does; started by itself it sends to the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_sends_a_large_file() {
    let variable = |name: &str| std::env::var(name).ok();
    let (place, blobs) = match (variable(BUCKET), variable(ENDPOINT), variable(FOLDER)) {
        (Some(bucket), Some(endpoint), Some(folder)) => {
            let settings = S3Settings {
                endpoint: Some(endpoint),
                allow_http: true,
                part_bytes: 5 << 20,
                prefix: "region-68".to_owned(),
                ..S3Settings::new(bucket, "key".to_owned(), "secret".to_owned())
            };
            (None, Blobs::s3(folder.as_ref(), settings).await.unwrap())
        }
        _ => {
            let Some(place) = Place::bucket("sends").await else { return };
            let blobs = place.open().await;
            (Some(place), blobs)
        }
    };
    let info = try_upload(&blobs, &bytes()).await.unwrap();
    assert_eq!(info.sha256, Sha256::of(&bytes()));
    assert_eq!(listed(&blobs).await.len(), 1);
    drop(place);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_minus_9_in_the_middle_leaves_no_half_blob() {
    let Some(place) = Place::bucket("killed").await else { return };
    let settings = place.settings.clone().unwrap();
    let endpoint = settings.endpoint.clone().unwrap();
    let line = Line::to(&endpoint).await;
    line.be(Mood::HoldPartsAfter(2));
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "bucket_crash::a_process_sends_a_large_file", "--nocapture"])
        .env(BUCKET, &settings.bucket)
        .env(ENDPOINT, &line.address)
        .env(FOLDER, place.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let uploads = format!("/{}?uploads", settings.bucket);
    let started = Instant::now();
    while !send(&endpoint, "GET", &uploads, b"").await.1.contains("<UploadId>") {
        assert!(started.elapsed() < Duration::from_secs(30), "it never began");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    // While it runs nobody takes its upload away.
    drop(place.open().await);
    assert!(send(&endpoint, "GET", &uploads, b"").await.1.contains("<UploadId>"));
    child.kill().unwrap();
    child.wait().unwrap();
    let notes = place.folder.path().join("sending");
    assert_eq!(files_below(&notes).len(), 1, "what it left behind is noted");

    let blobs = place.open().await;
    assert!(listed(&blobs).await.is_empty(), "half a blob is seen");
    assert!(
        !send(&endpoint, "GET", &uploads, b"").await.1.contains("<UploadId>"),
        "and its parts are given up"
    );
    assert!(files_below(&notes).is_empty());
    // The same bytes come again.
    let info = try_upload(&blobs, &bytes()).await.unwrap();
    assert_eq!(blobs.get(info.sha256).await.unwrap().unwrap(), bytes());
}
