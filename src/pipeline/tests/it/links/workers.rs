//! Links whose worker dies, stops or is told to stop half-way.

use std::time::Duration;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchState;
use podlinnik_pipeline::FetchSettings;
use podlinnik_pipeline::record::{FetchResume, JobKind, SealedFetch};

use super::{LEASE_S, ask, breaking, ended, leftovers, now, settings, submitter, world_with};
use crate::site::{Act, Site, answer, clip, head};
use crate::support::{code, eventually};

/// Half of the file, then nothing for long where it is asked for the whole; the rest by range.
async fn slow_site(body: &[u8]) -> Site {
    let body = body.to_vec();
    Site::start(move |asked| {
        let mut acts = breaking(asked, &body, 500);
        if asked.from().is_none() {
            acts.push(Act::Pause(Duration::from_secs(1)));
            acts.push(Act::Send(vec![0x80]));
            acts.push(Act::Pause(Duration::from_secs(60)));
        }
        acts
    })
    .await
}

#[tokio::test]
async fn another_worker_finishes_what_a_dead_one_began() {
    let body = clip(900);
    let site = slow_site(&body).await;
    let world = world_with(FetchSettings {
        idle: Duration::from_secs(30),
        whole: Duration::from_secs(60),
        ..settings()
    })
    .await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/clip.mp4")).await.expect("a link");
    let dead = world.start_worker("dead");
    eventually("half of it is there", async || now(&world, asked.id).await.received >= 500).await;
    dead.kill().await;
    let begun = now(&world, asked.id).await;
    assert_eq!((begun.state, begun.expected), (FetchState::Fetching, Some(900)));
    world.clock.advance(2 * i64::from(LEASE_S));
    let done = ended(&world, asked.id).await;
    assert_eq!((done.state, done.attempts), (FetchState::Done, 2));
    let evidence = done.evidence.expect("evidence");
    assert_eq!(evidence.size_bytes, 900);
    assert!(
        site.asked().last().expect("a request").from().is_some_and(|from| from >= 500),
        "not from the start"
    );
}

#[tokio::test]
async fn a_worker_that_stops_gives_the_fetch_back_and_a_person_takes_it_back() {
    // More than half of it, and then nothing for long.
    let site = Site::start(|asked| {
        let body = clip(900);
        let mut acts = match asked.from() {
            Some(from) => {
                let range = format!("bytes {from}-899/900");
                let headers = [("ETag", "\"v1\""), ("Content-Range", range.as_str())];
                vec![Act::Send(head("206 Partial Content", &headers, 900 - from))]
            }
            None => breaking(asked, &body, 500),
        };
        acts.push(Act::Pause(Duration::from_secs(60)));
        acts
    })
    .await;
    let world = world_with(FetchSettings {
        idle: Duration::from_secs(30),
        whole: Duration::from_secs(60),
        ..settings()
    })
    .await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/clip.mp4")).await.expect("a link");
    let worker = world.start_worker("fetcher");
    eventually("half of it is there", async || now(&world, asked.id).await.received >= 500).await;
    worker.stop().await;
    let back = now(&world, asked.id).await;
    assert_eq!((back.state, back.attempts), (FetchState::Queued, 0));
    let worker = world.start_worker("fetcher");
    eventually("it goes on", async || now(&world, asked.id).await.state == FetchState::Fetching).await;
    let cancelled = world.service.link_cancel(&actor, asked.id).await.expect("taken back");
    assert_eq!(cancelled.state, FetchState::Cancelled);
    assert_eq!(leftovers(&world), 0);
    let again = world.service.link_cancel(&actor, asked.id).await;
    assert_eq!(code(&again), Some(ErrorCode::WrongState));
    worker.stop().await;
}

#[tokio::test]
async fn what_a_dead_worker_had_sealed_is_handed_in_without_asking_again() {
    let site = Site::start(|_| answer("200 OK", &[("ETag", "\"v1\"")], &clip(400))).await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let first = ask(&world, &actor, &site.url("/clip.mp4")).await.expect("a link");
    let done = ended(&world, first.id).await;
    let (evidence, submission) = (done.evidence.expect("evidence"), done.submission.expect("a submission"));
    let media = world.service.submission(&actor, submission).await.expect("it").media_sha256;
    let blake3 = world.store.media_get(media).await.expect("a store").expect("the item").blake3;
    // A second link to the same bytes, whose worker died when they had got their place.
    let url = site.url("/again.mp4");
    drop(site);
    let second = ask(&world, &actor, &url).await.expect("a link");
    let now_at = world.now();
    let until = now_at.checked_add(Duration::from_secs(1)).expect("a time");
    let job = world
        .store
        .job_claim(&[JobKind::Fetch], "dead", now_at, until)
        .await
        .expect("a store")
        .expect("the job");
    let resume = FetchResume {
        url: url.clone(),
        validator: String::new(),
        expected: Some(400),
        resumed: 0,
        sealed: Some(Box::new(SealedFetch { evidence: evidence.clone(), blake3 })),
    };
    let noted =
        world.store.fetch_progress(&job.lease, second.id, 400, Some(400), Some(&resume), now_at).await;
    noted.expect("noted");
    let done = ended(&world, second.id).await;
    assert_eq!((done.state, done.evidence), (FetchState::Done, Some(evidence)), "{:?}", done.detail);
    assert_ne!(done.submission, Some(submission), "a submission of its own");
}
