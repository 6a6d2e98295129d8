//! Bytes that the service fetches from an address itself.

use std::sync::Arc;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::fetch::{FetchEvidence, FetchHop, FetchState, PostFacts};
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::submission::Circumstances;

use super::world::{World, at};
use crate::record::{
    ClaimedJob, FetchEnd, FetchRecord, FetchResume, Idempotency, JobKind, NewFetch, SealedFetch,
};
use crate::{Store, StoreError};

/// A fetch, not yet stored.
pub fn fetch(world: &World) -> NewFetch {
    NewFetch {
        id: world.ids.next().into(),
        user: world.author,
        organisation: world.organisation,
        url: "https://example.org/clip.mp4".to_owned(),
        circumstances: Circumstances {
            source_url: Some("https://example.org/clip.mp4".to_owned()),
            ..Circumstances::default()
        },
        job: world.ids.next().into(),
        max_attempts: 2,
        idempotency: None,
        quota_per_day: Some(7),
        requested_at: world.now(),
    }
}

/// What was seen while bytes were fetched.
pub fn evidence(world: &World, content: &str) -> FetchEvidence {
    FetchEvidence {
        hops: vec![FetchHop {
            url: "https://example.org/clip.mp4".to_owned(),
            status: 200,
            ip: Some([192, 0, 2, 1].into()),
        }],
        final_url: "https://example.org/clip.mp4".to_owned(),
        content_type: Some("video/mp4".to_owned()),
        content_length: Some(100),
        last_modified: None,
        etag: Some("\"1\"".to_owned()),
        file_name: Some("clip.mp4".to_owned()),
        sha256: Sha256::of(content.as_bytes()),
        size_bytes: 100,
        resumed: 1,
        fetched_at: world.now(),
        tool: "direct".to_owned(),
        post: Some(PostFacts { title: Some("Ролик".to_owned()), ..PostFacts::default() }),
    }
}

async fn stored(world: &World, fetch: &NewFetch) -> FetchRecord {
    world.store.fetch_get(fetch.id).await.expect("an answer").expect("the fetch")
}

async fn claimed(world: &World) -> ClaimedJob {
    let job = world.claim().await.expect("the job");
    assert_eq!(job.kind, JobKind::Fetch);
    job
}

pub async fn a_fetch_goes_from_the_queue_to_a_submission(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let submission = world.analysed("clip").await;
    let new = fetch(&world);
    let asked = store.fetch_create(&new, 20).await.expect("a fetch");
    assert!(asked.created);
    assert_eq!((asked.fetch.state, asked.fetch.received, asked.fetch.attempts), (FetchState::Queued, 0, 0));
    assert_eq!((&asked.fetch.url, &asked.fetch.circumstances), (&new.url, &new.circumstances));
    assert_eq!((asked.fetch.quota_per_day, asked.fetch.requested_at), (Some(7), new.requested_at));

    let job = claimed(&world).await;
    let resume = FetchResume {
        url: new.url.clone(),
        validator: "\"1\"".to_owned(),
        expected: Some(100),
        resumed: 1,
        sealed: Some(Box::new(SealedFetch {
            evidence: evidence(&world, "clip"),
            blake3: Blake3::from_bytes([7; 32]),
        })),
    };
    let began = world.now();
    store.fetch_progress(&job.lease, new.id, 60, Some(100), Some(&resume), began).await.expect("progress");
    let under_way = stored(&world, &new).await;
    assert_eq!(
        (under_way.state, under_way.received, under_way.expected),
        (FetchState::Fetching, 60, Some(100))
    );
    assert_eq!((under_way.resume, under_way.attempts, under_way.started_at), (Some(resume), 1, Some(began)));

    let submissions = store.submission_list(None, None, 10).await.expect("a page").items;
    let brought = submissions.first().expect("a submission").id;
    let evidence = evidence(&world, "clip");
    let end = FetchEnd::Done { evidence: Box::new(evidence.clone()), submission: brought };
    store.fetch_end(&job.lease, new.id, &end, world.now()).await.expect("an end");
    let done = stored(&world, &new).await;
    assert_eq!((done.state, done.received, done.submission), (FetchState::Done, 100, Some(brought)));
    assert_eq!(done.evidence, Some(evidence));
    assert!(done.finished_at.is_some() && done.resume.is_none());
    assert_eq!(world.claim().await, None, "the job ended with it");
    let of_media = store.fetch_list_by_media(submission.media_sha256, 10).await.expect("a list");
    assert_eq!(of_media.iter().map(|one| one.id).collect::<Vec<_>>(), [new.id]);
    let again = store.fetch_end(&job.lease, new.id, &end, world.now()).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
    let late = store.fetch_cancel(new.id, world.author, world.now()).await;
    assert!(matches!(late, Err(StoreError::WrongState { .. })), "{late:?}");
    let told = store.event_list(SubjectKind::Fetch, &new.id.to_string()).await.expect("events");
    assert_eq!(
        told.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(),
        ["fetch_asked", "fetch_done"]
    );
}

pub async fn a_fetch_fails_with_a_reason(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let new = fetch(&world);
    store.fetch_create(&new, 20).await.expect("a fetch");
    let job = claimed(&world).await;
    let (busy, wait) = (ErrorCode::LinkBusy, at(world.now().as_second() + 30));
    store.fetch_put_back(&job.lease, new.id, busy, "503", wait).await.expect("another attempt");
    let waiting = stored(&world, &new).await;
    assert_eq!(
        (waiting.state, waiting.error, waiting.detail.as_deref()),
        (FetchState::Queued, Some(busy), Some("503"))
    );
    assert_eq!(world.claim().await, None, "not before its time");
    world.advance(60);
    let job = claimed(&world).await;
    let end = FetchEnd::Failed { code: ErrorCode::LinkGone, detail: Some("404".to_owned()) };
    store.fetch_end(&job.lease, new.id, &end, world.now()).await.expect("an end");
    let failed = stored(&world, &new).await;
    assert_eq!(
        (failed.state, failed.error, failed.detail.as_deref()),
        (FetchState::Failed, Some(ErrorCode::LinkGone), Some("404"))
    );
    assert_eq!((failed.attempts, failed.submission, failed.evidence), (2, None, None));
}

pub async fn a_fetch_is_taken_back_from_under_a_worker(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let new = fetch(&world);
    store.fetch_create(&new, 20).await.expect("a fetch");
    let job = claimed(&world).await;
    let cancelled = store.fetch_cancel(new.id, world.author, world.now()).await.expect("a fetch");
    assert_eq!(cancelled.state, FetchState::Cancelled);
    let late = store.fetch_progress(&job.lease, new.id, 1, None, None, world.now()).await;
    assert!(matches!(late, Err(StoreError::LeaseLost)), "{late:?}");
    assert!(store.job_heartbeat(&job.lease, at(2_000_000_000)).await.is_err());
    world.advance(3600);
    assert_eq!(world.claim().await, None);
    let unknown = store.fetch_cancel(world.ids.next().into(), world.author, world.now()).await;
    assert!(matches!(unknown, Err(StoreError::Missing { .. })), "{unknown:?}");
}

pub async fn a_fetch_that_kills_its_workers_is_given_up_and_told(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let new = fetch(&world);
    store.fetch_create(&new, 20).await.expect("a fetch");
    let late = claimed(&world).await;
    store.fetch_progress(&late.lease, new.id, 50, None, None, world.now()).await.expect("progress");
    world.advance(3600);
    let taken = claimed(&world).await;
    let lost = store.fetch_progress(&late.lease, new.id, 60, None, None, world.now()).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    assert_eq!(stored(&world, &new).await.received, 50, "what has come is kept");
    assert_eq!(taken.attempt, 2);
    world.advance(3600);
    assert_eq!(world.claim().await, None);
    let given_up = stored(&world, &new).await;
    assert_eq!((given_up.state, given_up.error), (FetchState::Failed, Some(ErrorCode::LinkGivenUp)));
    store.job_revive(new.job, None, world.now()).await.expect("a job");
    assert_eq!(stored(&world, &new).await.state, FetchState::Queued);
    let job = claimed(&world).await;
    store.job_release(&job.lease, world.now()).await.expect("given back");
    assert_eq!(stored(&world, &new).await.attempts, 2);
    let job = claimed(&world).await;
    assert!(!store.job_fail(&job.lease, "disk", world.now(), world.now()).await.expect("put back"));
    assert_eq!(stored(&world, &new).await.state, FetchState::Queued);
}

pub async fn a_replayed_key_answers_the_first_fetch(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let idempotency = |request: &str| {
        Some(Idempotency { key: "key".to_owned(), request_sha256: Sha256::of(request.as_bytes()) })
    };
    let first = NewFetch { idempotency: idempotency("a"), ..fetch(&world) };
    store.fetch_create(&first, 2).await.expect("a fetch");
    let replay = NewFetch { idempotency: idempotency("a"), ..fetch(&world) };
    let replayed = store.fetch_create(&replay, 2).await.expect("the first");
    assert_eq!((replayed.fetch.id, replayed.created), (first.id, false));
    let other = NewFetch { idempotency: idempotency("b"), ..fetch(&world) };
    let refused = store.fetch_create(&other, 2).await;
    assert!(matches!(refused, Err(StoreError::IdempotencyKeyReused)), "{refused:?}");
    store.fetch_create(&fetch(&world), 2).await.expect("a fetch");
    let full = store.fetch_create(&fetch(&world), 2).await;
    assert!(matches!(full, Err(StoreError::WrongState { .. })), "{full:?}");
    let others = NewFetch { user: world.second, ..fetch(&world) };
    store.fetch_create(&others, 2).await.expect("another person's");
    let page = store.fetch_list(world.author, None, 1).await.expect("a page");
    let rest = store.fetch_list(world.author, page.next, 10).await.expect("a page");
    assert_eq!((page.items.len(), rest.items.len(), rest.next), (1, 1, None));
    assert_eq!(rest.items.first().map(|one| one.id), Some(first.id), "newest first");
}
