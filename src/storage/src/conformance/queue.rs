//! The queue: leases, fencing, attempts.

use std::sync::Arc;

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::people::OrganisationLevel;
use podlinnik_domain::submission::Submission;
use uuid::Uuid;

use super::delivery::organisation;
use super::world::{World, at, report};
use crate::record::{JobCount, JobKind, JobState, NewJob};
use crate::{Store, StoreError};

async fn state(world: &World, submission: &Submission) -> AnalysisState {
    world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it").state
}

fn plus(time: podlinnik_domain::clock::Timestamp, seconds: i64) -> podlinnik_domain::clock::Timestamp {
    at(time.as_second() + seconds)
}

pub async fn claim_takes_the_most_urgent_due_job(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    // Two ordinary analyses end, so that jobs of other priorities can be queued on them.
    let (low, high) = (world.analysed("low").await, world.analysed("high").await);
    let ordinary = world.submit("ordinary").await.submission;
    let later = world.submit("later").await.submission;
    let mut queued = Vec::new();
    for (case, priority) in [(&low, -5), (&high, 5)] {
        let job = NewJob {
            id: world.ids.next().into(),
            kind: JobKind::Analyse,
            payload: serde_json::json!({ "analysis": case.analysis }),
            priority,
            organisation: None,
            run_at: world.now(),
            max_attempts: 1,
        };
        world.store.job_create(&job).await.expect("a job");
        queued.push(job.id);
    }
    let mut order = Vec::new();
    while let Some(job) = world.claim().await {
        order.push(job.payload["analysis"].as_str().expect("an identifier").to_owned());
    }
    let expected = [high.analysis, ordinary.analysis, later.analysis, low.analysis];
    assert_eq!(order, expected.map(|analysis| analysis.to_string()));
}

pub async fn organisations_take_turns(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut cases = Vec::new();
    for name in ["a1", "a2", "a3", "a4", "b1", "b2", "c1", "d1", "d2"] {
        cases.push((name, world.analysed(name).await.analysis));
    }
    let mut organisations = vec![("a", world.organisation)];
    for (letter, code) in [("b", "RU-TVE"), ("c", "RU-KLU"), ("d", "RU-ORL")] {
        organisations.push((letter, organisation(&world, code, OrganisationLevel::Region, None).await));
    }
    let queue = async |names: &[&str]| {
        for name in names {
            let (_, analysis) = cases.iter().find(|(known, _)| known == name).expect("a case");
            let (_, whose) = organisations.iter().find(|(letter, _)| name.starts_with(letter)).expect("one");
            let job = NewJob {
                id: world.ids.next().into(),
                kind: JobKind::Analyse,
                payload: serde_json::json!({ "analysis": analysis }),
                priority: 0,
                organisation: Some(*whose),
                run_at: world.now(),
                max_attempts: 1,
            };
            world.store.job_create(&job).await.expect("a job");
        }
    };
    let claimed = async |count: usize| {
        let mut order = Vec::new();
        for _ in 0..count {
            let job = world.claim().await.expect("a job");
            let analysis = job.payload["analysis"].as_str().expect("an identifier").to_owned();
            order
                .extend(cases.iter().find(|(_, known)| known.to_string() == analysis).map(|(name, _)| *name));
        }
        order
    };
    queue(&["a1", "a2", "a3", "a4", "b1", "b2", "c1"]).await;
    assert_eq!(claimed(3).await, ["a1", "b1", "c1"], "one waits for one of each of the others");
    // Whoever had nothing to do until now has saved up no turns.
    queue(&["d1", "d2"]).await;
    assert_eq!(claimed(6).await, ["a2", "b2", "d1", "a3", "d2", "a4"]);
}

pub async fn claim_respects_kinds(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.submit("clip").await;
    let now = world.now();
    let claim = async |kinds: &[JobKind]| world.store.job_claim(kinds, "w", now, plus(now, 60)).await;
    assert_eq!(claim(&[JobKind::Deliver]).await.expect("an answer"), None);
    assert_eq!(claim(&[]).await.expect("an answer"), None);
    assert!(claim(&[JobKind::Deliver, JobKind::Analyse]).await.expect("an answer").is_some());
}

pub async fn nothing_is_due_before_its_time(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let received = world.submit("clip").await.submission.received_at;
    let early = plus(received, -1);
    let none = world.store.job_claim(JobKind::ALL, "w", early, plus(early, 60)).await.expect("an answer");
    assert_eq!(none, None);
    let due =
        world.store.job_claim(JobKind::ALL, "w", received, plus(received, 60)).await.expect("an answer");
    assert!(due.is_some(), "due at its very time");
}

pub async fn lease_is_not_claimed_twice(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.submit("clip").await;
    let job = world.claim().await.expect("the job");
    let just_before = at(job.lease.until.as_second() - 1);
    let none =
        world.store.job_claim(JobKind::ALL, "w", just_before, job.lease.until).await.expect("an answer");
    assert_eq!(none, None);
}

pub async fn expired_lease_is_reclaimed_and_the_late_worker_refused(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let late = world.claim().await.expect("the job");
    world.store.analysis_progress(&late.lease, submission.analysis, 300).await.expect("progress");
    world.advance(60);
    let taken = world.claim().await.expect("the job again");
    assert_eq!((taken.lease.job, taken.attempt), (late.lease.job, 2));
    assert!(taken.lease.fencing > late.lease.fencing);
    let now = world.now();
    let end = report("clip", false);
    let store = &world.store;
    let lost =
        |answer: Result<(), StoreError>| assert!(matches!(answer, Err(StoreError::LeaseLost)), "{answer:?}");
    lost(store.analysis_progress(&late.lease, submission.analysis, 500).await);
    lost(store.analysis_finish(&late.lease, submission.analysis, &end, now).await);
    lost(store.job_heartbeat(&late.lease, plus(now, 600)).await.map(drop));
    lost(store.job_fail(&late.lease, "late", now, now).await.map(drop));
    lost(store.job_release(&late.lease, now).await);
    store.analysis_finish(&taken.lease, submission.analysis, &end, now).await.expect("the holder's end");
    assert_eq!(state(&world, &submission).await, AnalysisState::Done);
}

pub async fn expired_lease_still_counts_until_it_is_reclaimed(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    world.advance(3600);
    let end = report("clip", false);
    world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await.expect("the end");
}

pub async fn heartbeat_extends_a_lease(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.submit("clip").await;
    let job = world.claim().await.expect("the job");
    let until = plus(job.lease.until, 100);
    let longer = world.store.job_heartbeat(&job.lease, until).await.expect("a longer lease");
    assert_eq!((longer.until, longer.fencing, longer.job), (until, job.lease.fencing, job.lease.job));
    world.advance(100);
    assert_eq!(world.claim().await, None);
    world.advance(100);
    assert!(world.claim().await.is_some());
}

pub async fn heartbeat_never_shortens_a_lease(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.submit("clip").await;
    let job = world.claim().await.expect("the job");
    let lease = world.store.job_heartbeat(&job.lease, plus(job.lease.until, -50)).await.expect("the lease");
    assert_eq!(lease.until, job.lease.until);
}

pub async fn failed_job_waits_for_its_time(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    world.store.analysis_progress(&job.lease, submission.analysis, 700).await.expect("progress");
    let now = world.now();
    let dead =
        world.store.job_fail(&job.lease, "out of memory", plus(now, 500), now).await.expect("an answer");
    assert!(!dead);
    let waiting = world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it");
    assert_eq!((waiting.state, waiting.progress_permille), (AnalysisState::Queued, 0));
    assert_eq!(world.claim().await, None);
    world.advance(500);
    assert_eq!(world.claim().await.expect("the job again").attempt, 2);
}

pub async fn used_up_attempts_kill_job_and_analysis(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    for attempt in 1..=3 {
        let job = world.claim().await.expect("the job");
        assert_eq!(job.attempt, attempt);
        let now = world.now();
        let dead = world.store.job_fail(&job.lease, "it crashed", now, now).await.expect("an answer");
        assert_eq!(dead, attempt == 3);
    }
    assert_eq!(world.claim().await, None);
    let analysis = world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it");
    assert_eq!((analysis.state, analysis.error), (AnalysisState::Dead, Some(ErrorCode::AnalysisFailed)));
    assert!(analysis.finished_at.is_some());
    let dead = world.store.job_dead(10).await.expect("a list");
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].state, dead[0].attempts), (JobState::Dead, 3));
    assert_eq!(dead[0].last_error.as_deref(), Some("it crashed"));
}

pub async fn lease_lost_on_the_last_attempt_kills_the_job(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let poison = world.submit("poison").await.submission;
    for _ in 0..3 {
        world.claim().await.expect("the job");
        world.advance(100);
    }
    let healthy = world.submit("healthy").await.submission;
    let next = world.claim().await.expect("the next job, past the poisonous one");
    assert_eq!(next.payload["analysis"], serde_json::json!(healthy.analysis));
    assert_eq!(state(&world, &poison).await, AnalysisState::Dead);
    assert_eq!(world.store.job_dead(10).await.expect("a list").len(), 1);
    let events = world
        .store
        .event_list(podlinnik_domain::event::SubjectKind::Analysis, &poison.analysis.to_string())
        .await
        .expect("events");
    assert_eq!(events.last().map(|event| event.kind.as_str()), Some("analysis_dead"));
}

pub async fn release_does_not_count_as_an_attempt(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    for _ in 0..10 {
        let job = world.claim().await.expect("the job");
        assert_eq!(job.attempt, 1);
        world.store.analysis_progress(&job.lease, submission.analysis, 100).await.expect("progress");
        world.store.job_release(&job.lease, world.now()).await.expect("a release");
        assert_eq!(state(&world, &submission).await, AnalysisState::Queued);
        let lost = world.store.job_release(&job.lease, world.now()).await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    }
}

pub async fn postponed_job_waits_and_loses_no_attempt(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    for _ in 0..10 {
        let job = world.claim().await.expect("the job");
        assert_eq!(job.attempt, 1);
        world.store.job_postpone(&job.lease, plus(world.now(), 15)).await.expect("an answer");
        assert_eq!(state(&world, &submission).await, AnalysisState::Queued);
        let lost = world.store.job_postpone(&job.lease, world.now()).await;
        assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
        assert_eq!(world.claim().await, None, "not before its time");
        world.advance(16);
    }
}

pub async fn revived_job_starts_afresh(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    for _ in 0..3 {
        let job = world.claim().await.expect("the job");
        let now = world.now();
        world.store.job_fail(&job.lease, "it crashed", now, now).await.expect("an answer");
    }
    let dead = world.store.job_dead(10).await.expect("a list")[0].id;
    world.store.job_revive(dead, Some(world.approver), world.now()).await.expect("a revival");
    assert!(world.store.job_dead(10).await.expect("a list").is_empty());
    let analysis = world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it");
    assert_eq!((analysis.state, analysis.error, analysis.finished_at), (AnalysisState::Queued, None, None));
    let job = world.claim().await.expect("the job");
    assert_eq!((job.attempt, job.max_attempts), (1, 3));
    let end = report("clip", false);
    world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await.expect("the end");
}

pub async fn only_a_dead_job_is_revived(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = world.submission("clip");
    world.store.submission_create(&new).await.expect("a submission");
    let refused = world.store.job_revive(new.job, None, world.now()).await;
    assert!(
        matches!(&refused, Err(StoreError::WrongState { state, .. }) if state == "queued"),
        "{refused:?}"
    );
    let refused = world.store.job_revive(Uuid::max().into(), None, world.now()).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "job" })), "{refused:?}");
}

pub async fn clock_set_back_loses_nothing(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let first = world.claim().await.expect("the job");
    // The machine's clock is set back by a day: the lease seems to last longer, and still nobody else gets the job.
    world.advance(-86_400);
    assert_eq!(world.claim().await, None);
    let lease = world.store.job_heartbeat(&first.lease, plus(world.now(), 60)).await.expect("the lease");
    assert_eq!(lease.until, first.lease.until);
    world.store.job_release(&lease, world.now()).await.expect("a release");
    let second = world.claim().await.expect("due at once, although it was queued in the future");
    assert!(second.lease.fencing > first.lease.fencing);
    let end = report("clip", false);
    let ended = world.now();
    world.store.analysis_finish(&second.lease, submission.analysis, &end, ended).await.expect("the end");
    assert!(ended < submission.received_at);
    let page = world.store.event_since(0, 1000).await.expect("events");
    assert!(page.iter().all(|event| event.hash == event.expected_hash()));
    assert!(page.is_sorted_by_key(|event| event.sequence), "in the order of appending, not of the clock");
}

pub async fn counts_and_dead_jobs_are_listed(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert!(world.store.job_counts().await.expect("counts").is_empty());
    let mut killed = Vec::new();
    for number in 0..3 {
        let mut new = world.submission(&format!("poison {number}"));
        new.max_attempts = 1;
        world.store.submission_create(&new).await.expect("a submission");
        let job = world.claim().await.expect("the job");
        let now = world.now();
        assert!(world.store.job_fail(&job.lease, "no", now, now).await.expect("an answer"));
        killed.push(new.job);
    }
    world.submit("clip 1").await;
    world.submit("clip 2").await;
    world.claim().await.expect("a job");
    killed.reverse();
    let dead = async |limit| -> Vec<_> {
        world.store.job_dead(limit).await.expect("a list").into_iter().map(|job| job.id).collect()
    };
    assert_eq!(dead(10).await, killed);
    assert_eq!(dead(2).await, killed[..2]);
    let count = |state, count| JobCount { kind: JobKind::Analyse, state, count };
    assert_eq!(
        world.store.job_counts().await.expect("counts"),
        [count(JobState::Queued, 1), count(JobState::Leased, 1), count(JobState::Dead, 3)]
    );
}

pub async fn job_needs_its_subject(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for payload in [
        serde_json::json!({}),
        serde_json::json!({ "analysis": "no" }),
        serde_json::json!({ "analysis": Uuid::max() }),
    ] {
        let job = NewJob {
            id: world.ids.next().into(),
            kind: JobKind::Analyse,
            payload,
            priority: 0,
            organisation: None,
            run_at: world.now(),
            max_attempts: 3,
        };
        let refused = world.store.job_create(&job).await;
        assert!(matches!(refused, Err(StoreError::Missing { .. })), "{refused:?}");
    }
}

pub async fn analysis_has_one_live_job(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = NewJob {
        id: world.ids.next().into(),
        kind: JobKind::Analyse,
        payload: serde_json::json!({ "analysis": submission.analysis }),
        priority: 0,
        organisation: None,
        run_at: world.now(),
        max_attempts: 3,
    };
    let refused = world.store.job_create(&job).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "job for this record" })), "{refused:?}");
}

pub async fn finished_job_refuses_its_lease(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    let end = report("clip", false);
    world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await.expect("the end");
    let again = world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
    let beat = world.store.job_heartbeat(&job.lease, world.now()).await;
    assert!(matches!(beat, Err(StoreError::LeaseLost)), "{beat:?}");
}

pub async fn progress_marks_the_analysis_as_running(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    for (given, kept) in [(0, 0), (333, 333), (1000, 1000), (u16::MAX, 1000)] {
        world.store.analysis_progress(&job.lease, submission.analysis, given).await.expect("progress");
        let running = world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it");
        assert_eq!((running.state, running.progress_permille), (AnalysisState::Running, kept));
    }
}
