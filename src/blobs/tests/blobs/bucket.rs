//! What is particular about a bucket: parts, copies, a server that fails.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use podlinnik_blobs::{BlobError, Blobs, S3Settings};
use podlinnik_domain::hash::Sha256;

use crate::place::{Place, listed, noise, try_upload, upload};
use crate::server::{Line, Mood, send};

/// A place whose server is behind a line that can be made bad.
async fn behind_a_line(case: &str) -> Option<(Place, Line)> {
    let mut place = Place::bucket(case).await?;
    let settings = place.settings.as_mut().expect("a bucket");
    let line = Line::to(settings.endpoint.as_deref().expect("an address")).await;
    settings.endpoint = Some(line.address.clone());
    Some((place, line))
}

/// The part of a place that lies past the line.
fn direct(place: &Place) -> (String, S3Settings) {
    let endpoint = crate::server::endpoint().expect("an address");
    let settings = place.settings.clone().expect("a bucket");
    (endpoint, settings)
}

async fn unfinished(place: &Place) -> usize {
    let (endpoint, settings) = direct(place);
    let (status, text) = send(&endpoint, "GET", &format!("/{}?uploads", settings.bucket), b"").await;
    assert_eq!(status, 200, "{text}");
    text.matches("<UploadId>").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_goes_in_parts_and_is_seen_when_it_is_whole() {
    let Some((mut place, line)) = behind_a_line("parts").await else { return };
    if let Some(settings) = &mut place.settings {
        // Sooner than the line that is held gives up: the library does not try again.
        settings.retry_for = Duration::from_secs(20);
        settings.answer_within = Duration::from_secs(1);
    }
    let blobs = place.open().await;
    let bytes = noise((17 << 20) + 1, 3);
    line.be(Mood::HoldPartsAfter(2));
    let sending = {
        let (blobs, bytes) = (blobs.clone(), bytes.clone());
        tokio::spawn(async move { try_upload(&blobs, &bytes).await })
    };
    let started = Instant::now();
    while unfinished(&place).await == 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "it never began");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(listed(&blobs).await.is_empty(), "half a blob is seen");
    assert!(!blobs.contains(Sha256::of(&bytes)).await.unwrap());
    // The parts that the line holds are sent again once they have taken too long; now they pass.
    line.be(Mood::Fine);
    let info = sending.await.unwrap().expect("sent after all");
    assert_eq!(info.sha256, Sha256::of(&bytes));
    assert_eq!((unfinished(&place).await, listed(&blobs).await.len()), (0, 1));
    let (endpoint, settings) = direct(&place);
    let path = format!("/{}/{}/{}", settings.bucket, settings.prefix, listed(&blobs).await[0].location);
    let (_, head) = send(&endpoint, "HEAD", &path, b"").await;
    assert!(head.to_lowercase().contains("-4\""), "an ETag of four parts: {head}");
    assert_eq!(place.elsewhere().open().await.get(info.sha256).await.unwrap().unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_fetched_once() {
    let Some((place, line)) = behind_a_line("copies").await else { return };
    let bytes = noise(2_000_000, 4);
    let sender = place.open().await;
    let info = upload(&sender, &bytes).await;
    let other = place.elsewhere();
    let blobs = other.open().await;
    let before = line.gets.load(Ordering::SeqCst);
    for _ in 0..3 {
        assert!(blobs.open(info.sha256).await.unwrap().is_some());
        assert!(blobs.open_unread(info.sha256).await.unwrap().is_some());
    }
    assert_eq!(line.gets.load(Ordering::SeqCst) - before, 1);
    // Whoever sent it has it already, and a copy is used while the server is away.
    line.be(Mood::Refuse(503));
    assert_eq!(sender.get(info.sha256).await.unwrap().unwrap(), bytes);
    // A damaged copy is not used.
    line.be(Mood::Fine);
    for copy in crate::place::files_below(&other.folder.path().join("cache")) {
        std::fs::write(copy, b"else").unwrap();
    }
    assert!(blobs.open(info.sha256).await.unwrap().is_some());
    assert_eq!(blobs.get(info.sha256).await.unwrap().unwrap(), bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_for_a_moment_is_tried_again() {
    let Some((place, line)) = behind_a_line("a-moment").await else { return };
    let blobs = place.open().await;
    for (number, mood) in [Mood::Refuse(500), Mood::Refuse(503), Mood::Refuse(429), Mood::Mute, Mood::Cut(0)]
        .into_iter()
        .enumerate()
    {
        let bytes = noise(6 << 20, 10 + u32::try_from(number).unwrap());
        line.be_for(mood, 2);
        let info = try_upload(&blobs, &bytes).await.unwrap_or_else(|error| panic!("{mood:?}: {error}"));
        line.be(Mood::Fine);
        let other = place.elsewhere();
        let other = other.open().await;
        line.be_for(mood, 2);
        let read = other.get(info.sha256).await.unwrap_or_else(|error| panic!("{mood:?}: {error}"));
        assert_eq!(read.expect("it is there"), bytes, "{mood:?}");
    }
    // An answer that breaks off in the middle is gone on with from there.
    let bytes = noise(6 << 20, 20);
    let info = upload(&blobs, &bytes).await;
    let other = place.elsewhere();
    let other = other.open().await;
    line.be_for(Mood::Cut(2_000_000), 1);
    assert_eq!(other.get(info.sha256).await.unwrap().unwrap(), bytes);
    assert_eq!(unfinished(&place).await, 0);
}

async fn all_say_unavailable(blobs: &Blobs, known: Sha256, what: &str) {
    let started = Instant::now();
    let mut failures = vec![
        ("ready", blobs.ready().await.err()),
        ("contains", blobs.contains(known).await.err()),
        ("open", blobs.open(known).await.err()),
        ("open_unread", blobs.open_unread(known).await.err()),
        ("get", blobs.get(known).await.err()),
        ("put", blobs.put(b"new".to_vec()).await.err()),
        ("unknown", blobs.open(Sha256::of(b"nothing")).await.err()),
    ];
    failures.push(("upload", try_upload(blobs, &noise(6 << 20, 5)).await.err()));
    for (call, failure) in failures {
        assert!(matches!(failure, Some(BlobError::Unavailable(_))), "{what}, {call}: {failure:?}");
        assert!(failure.is_some_and(|error| error.is_passing()));
    }
    assert!(started.elapsed() < Duration::from_secs(120), "{what}: {:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_not_an_empty_one() {
    let Some((mut place, line)) = behind_a_line("away").await else { return };
    if let Some(settings) = &mut place.settings {
        settings.retry_for = Duration::from_millis(300);
        settings.answer_within = Duration::from_secs(1);
    }
    let known = upload(&place.open().await, &noise(1_000_000, 6)).await.sha256;
    let elsewhere = place.elsewhere();
    let blobs = elsewhere.open().await;
    for mood in
        [Mood::Refuse(500), Mood::Refuse(403), Mood::Cut(20), Mood::Mute, Mood::Slow(Duration::from_secs(3))]
    {
        line.be(mood);
        all_say_unavailable(&blobs, known, &format!("{mood:?}")).await;
        line.be(Mood::Fine);
        blobs.ready().await.unwrap();
        assert!(blobs.contains(known).await.unwrap());
    }
    // Whatever came through meanwhile is whole.
    for one in listed(&blobs).await {
        assert!(
            matches!(blobs.examine(&one).await.unwrap(), podlinnik_blobs::Condition::Whole(_)),
            "{one:?}"
        );
    }
    // A download that breaks off every time is no damage.
    line.be(Mood::Cut(20_000));
    let failure = blobs.open(known).await.err();
    assert!(matches!(failure, Some(BlobError::Unavailable(_))), "{failure:?}");
    line.be(Mood::Fine);
    assert!(blobs.open(known).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_gone_is_not_an_empty_one() {
    let Some(place) = Place::bucket("gone").await else { return };
    let blobs = place.open().await;
    let (endpoint, settings) = direct(&place);
    let gone = S3Settings { bucket: "no-such-bucket".to_owned(), ..settings.clone() };
    let opened = Blobs::s3(place.folder.path(), gone).await;
    assert!(matches!(opened, Err(BlobError::Unavailable(_))), "{opened:?}");
    let probe = format!("/{}/{}/podlinnik-was-here", settings.bucket, settings.prefix);
    assert_eq!(send(&endpoint, "DELETE", &probe, b"").await.0, 204);
    assert_eq!(send(&endpoint, "DELETE", &format!("/{}", settings.bucket), b"").await.0, 204);
    all_say_unavailable(&blobs, Sha256::of(b"nothing"), "a bucket that is gone").await;
}
