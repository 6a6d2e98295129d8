//! Uploads that come piece by piece, where something is in the way.

use std::path::PathBuf;
use std::time::Duration;

use futures_util::stream;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::UploadId;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::submission::{Circumstances, Submission};
use podlinnik_pipeline::uploads::{UploadPiece, UploadStatus};
use podlinnik_pipeline::{KeyWish, Service, ServiceError};

use crate::support::{World, code};

const TWO_DAYS_S: i64 = 48 * 3600 + 1;

async fn begun(service: &Service, actor: &Actor, bytes: &[u8]) -> UploadId {
    let length = bytes.len() as u64;
    service.upload_begin(actor, length, Circumstances::default()).await.expect("an upload").id
}

async fn sent(
    service: &Service,
    actor: &Actor,
    id: UploadId,
    offset: usize,
    bytes: &[u8],
) -> Result<UploadStatus, ServiceError> {
    let piece = UploadPiece { offset: offset as u64, checksum: None, idle_time: Duration::from_secs(20) };
    let body = stream::iter([Ok::<_, std::io::Error>(bytes.to_vec())]);
    service.upload_receive(actor, id, piece, body).await
}

/// What keeps bytes from their place among the originals.
struct InTheWay(PathBuf);

impl InTheWay {
    fn of(world: &World, bytes: &[u8]) -> Self {
        let digest = Sha256::of(bytes).to_string();
        let path = world.folder.path().join("blobs/originals").join(digest.get(..2).expect("a shard"));
        std::fs::write(&path, b"in the way").expect("a file");
        Self(path)
    }

    fn gone(self) {
        std::fs::remove_file(self.0).expect("the file was there");
    }
}

/// What was handed in, newest first.
async fn submissions(world: &World, actor: &Actor) -> Vec<Submission> {
    world.service.submissions(actor, None, 100).await.expect("a page").items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pieces_that_race_take_nothing_from_each_other() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Submitter]).await;
    for round in 0..24_u8 {
        let bytes = [round.wrapping_add(1); 500];
        let id = begun(&world.service, &anna, &bytes).await;
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let (service, anna) = (world.service.clone(), anna.clone());
            senders.spawn(async move { sent(&service, &anna, id, 0, &bytes[..300]).await });
        }
        let answers = senders.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            let expected = [ErrorCode::UploadLocked, ErrorCode::UploadOffsetMismatch];
            assert!(expected.contains(&refused.code()), "{refused:?}");
        }
        let ended = sent(&world.service, &anna, id, 300, &bytes[300..]).await.expect("the rest");
        let submission = world.service.submission(&anna, ended.submission.expect("one")).await.expect("it");
        assert_eq!(submission.media_sha256, Sha256::of(&bytes));
    }
}

#[tokio::test]
async fn complete_bytes_are_kept_until_they_have_their_place() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Submitter]).await;
    let id = begun(&world.service, &anna, b"the only copy").await;
    let obstacle = InTheWay::of(&world, b"the only copy");
    assert_eq!(code(&sent(&world.service, &anna, id, 0, b"the only copy").await), Some(ErrorCode::Internal));
    assert_eq!(code(&world.service.upload_status(&anna, id).await), Some(ErrorCode::Internal));
    obstacle.gone();
    let ended = world.service.upload_status(&anna, id).await.expect("a status");
    let submission = world.service.submission(&anna, ended.submission.expect("one")).await.expect("it");
    assert_eq!(submission.media_sha256, Sha256::of(b"the only copy"));

    // Bytes that somebody took away are not called a submission.
    let id = begun(&world.service, &anna, b"taken away").await;
    let obstacle = InTheWay::of(&world, b"taken away");
    assert!(sent(&world.service, &anna, id, 0, b"taken away").await.is_err());
    obstacle.gone();
    let staged = world.folder.path().join("blobs/staging/partial").join(id.to_string());
    std::fs::remove_file(staged).expect("the bytes were kept");
    assert_eq!(code(&world.service.upload_status(&anna, id).await), Some(ErrorCode::Internal));
    assert_eq!(submissions(&world, &anna).await.len(), 1);
}

#[tokio::test]
async fn one_upload_that_fails_keeps_no_other_from_its_end() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Submitter]).await;
    let mut ids = Vec::new();
    let mut obstacles = Vec::new();
    for bytes in [&b"one"[..], b"two", b"three"] {
        world.clock.advance(1);
        let id = begun(&world.service, &anna, bytes).await;
        obstacles.push(InTheWay::of(&world, bytes));
        assert!(sent(&world.service, &anna, id, 0, bytes).await.is_err());
        ids.push(id);
    }
    let (lost, late) = (obstacles.remove(0), obstacles.remove(0));
    obstacles.into_iter().for_each(InTheWay::gone);
    world.clock.advance(TWO_DAYS_S);
    world.service.tidy().await.expect("tidy");
    let found = submissions(&world, &anna).await;
    assert_eq!(found.iter().map(|one| one.media_sha256).collect::<Vec<_>>(), [Sha256::of(b"three")]);
    assert!(world.store.upload_get(ids[2]).await.expect("an answer").is_none());
    // The others are tried again, for a week.
    late.gone();
    world.service.tidy().await.expect("tidy");
    assert_eq!(submissions(&world, &anna).await.len(), 2);
    assert!(world.store.upload_get(ids[0]).await.expect("an answer").is_some());
    world.clock.advance(7 * 24 * 3600);
    world.service.tidy().await.expect("tidy");
    assert!(world.store.upload_get(ids[0]).await.expect("an answer").is_none(), "given up");
    lost.gone();
    assert_eq!(submissions(&world, &anna).await.len(), 2);
}

#[tokio::test]
async fn no_client_stands_in_the_way_with_a_key_of_its_own() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Submitter]).await;
    let id = begun(&world.service, &anna, b"the upload").await;
    let key = format!("upload {id}");
    world
        .try_submit(&anna, b"other bytes", Circumstances::default(), Some(&key))
        .await
        .expect("a submission");
    let ended = sent(&world.service, &anna, id, 0, b"the upload").await.expect("a submission");
    let submission = world.service.submission(&anna, ended.submission.expect("one")).await.expect("it");
    assert_eq!(submission.media_sha256, Sha256::of(b"the upload"));
}

#[tokio::test]
async fn whoever_may_not_hand_in_any_more_sends_nothing() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Submitter]).await;
    let mut later = anna.clone();
    later.user.roles = vec![Role::Auditor];
    let id = begun(&world.service, &anna, b"two pieces").await;
    sent(&world.service, &anna, id, 0, b"two ").await.expect("a piece");
    let forbidden = Some(ErrorCode::Forbidden);
    assert_eq!(code(&sent(&world.service, &later, id, 4, b"pieces").await), forbidden);
    assert_eq!(code(&world.service.upload_status(&later, id).await), forbidden);
    let ended = sent(&world.service, &anna, id, 4, b"pieces").await.expect("the rest");
    let told = world.service.upload_status(&later, id).await.expect("what became of it");
    assert_eq!((told.submission, told.submission.is_some()), (ended.submission, true));
}

#[tokio::test]
async fn a_quota_counts_uploads_when_they_become_submissions() {
    let world = World::new().await;
    let service = &world.service;
    let bot = world.person(world.tambov, "bot", &[Role::Submitter]).await;
    let wish = KeyWish { label: "bot".to_owned(), quota_per_day: Some(1), ..KeyWish::default() };
    let key = service.key_issue(None, bot.user.id, wish).await.expect("a key");
    let bot = service.authenticate(&key.secret).await.expect("its owner");
    let first = begun(service, &bot, b"first").await;
    let second = begun(service, &bot, b"second").await;
    let done = sent(service, &bot, first, 0, b"first").await.expect("a submission");
    let limited = sent(service, &bot, second, 0, b"second").await;
    assert!(matches!(limited, Err(ServiceError::RateLimited { .. })), "{limited:?}");
    // What is done stays done, and what has come is kept.
    assert_eq!(service.upload_status(&bot, first).await.expect("a status"), done);
    let kept = service.upload_status(&bot, second).await.expect("a status");
    assert_eq!((kept.offset, kept.submission), (6, None));
    assert_eq!(submissions(&world, &bot).await.len(), 1);
    world.clock.advance(24 * 3600 + 1);
    let late = sent(service, &bot, second, 6, b"").await.expect("a submission");
    assert!(late.submission.is_some());
}
