use std::time::{Duration, Instant};

use podlinnik_domain::analysis::{AnalysisState, Report};
use podlinnik_domain::case::CaseState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::AnalysisId;
use podlinnik_domain::people::Role;
use podlinnik_domain::submission::SubmissionState;
use podlinnik_pipeline::canonical::canonical_sha256;
use podlinnik_storage::record::{AnalysisEnd, ClaimedJob, JobKind, JobState};

use crate::support::{Act, LEASE_S, World, code, eventually};

/// Takes the job as a worker on another machine would.
async fn claim_elsewhere(world: &World) -> Option<ClaimedJob> {
    let until = world.now() + jiff::SignedDuration::from_secs(600);
    world.store.job_claim(&[JobKind::Analyse], "elsewhere", world.now(), until).await.expect("a store")
}

async fn ends(world: &World, analysis: AnalysisId) -> Vec<String> {
    let events = world.store.event_list(SubjectKind::Analysis, &analysis.to_string()).await.expect("a store");
    let kinds = events.into_iter().map(|event| event.kind);
    kinds.filter(|kind| !kind.contains("queued") && !kind.contains("requested")).collect()
}

async fn dead(world: &World) -> usize {
    world.service.dead_jobs(None).await.expect("a store").len()
}

#[tokio::test]
async fn a_submission_is_examined_and_its_report_and_pictures_are_kept() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    let mut news = world.service.subscribe();
    let case = world.analysed(&anna, b"clip").await;
    assert_eq!(case.state, CaseState::InAnalysis);
    let analysis = world.service.analysis(&anna, case.analysis).await.unwrap();
    assert_eq!(analysis.state, AnalysisState::Done);
    let stored = analysis.report.unwrap();
    assert_eq!(analysis.report_sha256, Some(canonical_sha256(&stored)));
    let report: Report = serde_json::from_value(stored).unwrap();
    assert_eq!(report.media.sha256, case.media_sha256);
    assert_eq!(world.service.derivatives(&anna, case.analysis).await.unwrap(), report.derivatives);
    let submissions = world.service.submissions(&anna, None, 1).await.unwrap();
    assert_eq!(submissions.items[0].state, SubmissionState::Accepted);
    let mut heard = Vec::new();
    while let Ok(one) = news.try_recv() {
        assert_eq!(one.analysis, case.analysis);
        heard.push(one.permille);
    }
    assert_eq!(heard.last(), Some(&1000));
    assert!(heard.is_sorted(), "{heard:?}");
}

#[tokio::test]
async fn what_could_be_read_in_part_is_partial_and_what_is_refused_is_not_tried_again() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    world.analyser.will(&[Act::PartialReport, Act::Refuse(ErrorCode::MediaDamaged)]);
    let partial = world.analysed(&anna, b"half a clip").await;
    assert_eq!(world.analysis_state(partial.analysis).await, AnalysisState::Partial);
    let refused = world.analysed(&anna, b"no clip").await;
    let analysis = world.service.analysis(&anna, refused.analysis).await.unwrap();
    assert_eq!((analysis.state, analysis.error), (AnalysisState::Refused, Some(ErrorCode::MediaDamaged)));
    let newest = world.service.submissions(&anna, None, 1).await.unwrap();
    assert_eq!(newest.items[0].state, SubmissionState::Rejected);
    assert_eq!(newest.items[0].rejection, Some(ErrorCode::MediaDamaged));
    world.clock.advance(7200);
    assert!(claim_elsewhere(&world).await.is_none());
    assert_eq!(world.analyser.calls(), 2);
}

#[tokio::test]
async fn a_worker_that_is_stopped_gives_its_job_back_and_the_attempt_does_not_count() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    world.analyser.will(&[Act::Hold]);
    let submission = world.submit(&anna, b"clip").await;
    let worker = world.start_worker("first");
    eventually("the analysis runs", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Running
    })
    .await;
    let begin = Instant::now();
    worker.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert_eq!(world.analyser.told_to_stop(), 1);
    // Claimable at once, by anybody, as the first attempt.
    let job = claim_elsewhere(&world).await.expect("the job waits");
    assert_eq!(job.attempt, 1);
    world.store.job_release(&job.lease, world.now()).await.unwrap();
    let second = world.start_worker("second");
    eventually("the analysis is done", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Done
    })
    .await;
    second.stop().await;
    assert_eq!(ends(&world, submission.analysis).await, ["analysis_done"]);
}

#[tokio::test]
async fn a_worker_is_stopped_in_time_even_if_the_examination_does_not_listen() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    world.analyser.will(&[Act::HoldDeaf]);
    let submission = world.submit(&anna, b"clip").await;
    let worker = world.start_worker("first");
    eventually("the analysis runs", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Running
    })
    .await;
    let begin = Instant::now();
    worker.stop().await;
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(claim_elsewhere(&world).await.is_some());
    world.analyser.let_go();
}

#[tokio::test]
async fn a_killed_worker_loses_nothing_and_the_next_one_finishes() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    world.analyser.will(&[Act::Hold]);
    let submission = world.submit(&anna, b"clip").await;
    let worker = world.start_worker("killed");
    eventually("the analysis runs", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Running
    })
    .await;
    worker.kill().await;
    assert!(claim_elsewhere(&world).await.is_none(), "the lease still holds");
    world.clock.advance(i64::from(LEASE_S) + 1);
    let next = world.start_worker("next");
    eventually("the analysis is done", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Done
    })
    .await;
    next.stop().await;
    assert_eq!(ends(&world, submission.analysis).await, ["analysis_done"]);
    assert_eq!(world.analyser.calls(), 2);
}

#[tokio::test]
async fn a_panic_is_a_failure_that_is_tried_again_until_the_job_is_dead_and_can_be_revived() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    world.analyser.will(&[Act::Panic, Act::FailOnOurSide]);
    let submission = world.submit(&anna, b"clip").await;
    let worker = world.start_worker("worker");
    eventually("the first attempt failed", async || {
        let jobs = world.service.job_counts().await.expect("a store");
        world.analyser.calls() == 1 && jobs.iter().any(|job| job.state == JobState::Queued && job.count == 1)
    })
    .await;
    // Not at once: a failing machine is not hammered.
    tokio::time::sleep(Duration::from_millis(1300)).await;
    assert_eq!(world.analyser.calls(), 1);
    world.clock.advance(60);
    eventually("the job is dead", async || dead(&world).await == 1).await;
    let analysis = world.service.analysis(&anna, submission.analysis).await.unwrap();
    assert_eq!((analysis.state, analysis.error), (AnalysisState::Dead, Some(ErrorCode::AnalysisFailed)));
    let job = world.service.dead_jobs(None).await.unwrap().remove(0);
    assert_eq!(job.last_error.as_deref(), Some("media reader failed: no child"));
    world.service.job_revive(None, job.id).await.unwrap();
    eventually("the analysis is done", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Done
    })
    .await;
    worker.stop().await;
    assert_eq!(ends(&world, submission.analysis).await.last().map(String::as_str), Some("analysis_done"));
}

#[tokio::test]
async fn a_worker_whose_lease_is_lost_abandons_its_job() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    world.analyser.will(&[Act::Hold]);
    let submission = world.submit(&anna, b"clip").await;
    let worker = world.start_worker("slow");
    eventually("the analysis runs", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Running
    })
    .await;
    // The machine was asleep: its lease ran out, and another worker was faster than its heartbeat.
    let job = overtake(&world).await;
    eventually("the heartbeat notices", async || world.analyser.told_to_stop() == 1).await;
    finish_elsewhere(&world, &job, submission.analysis).await;
    worker.stop().await;
    assert_eq!(ends(&world, submission.analysis).await, ["analysis_done"]);
    assert_eq!(world.analyser.calls(), 1);
}

#[tokio::test]
async fn a_late_result_has_no_effect() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    world.analyser.will(&[Act::HoldDeaf]);
    let submission = world.submit(&anna, b"clip").await;
    let worker = world.start_worker("slow");
    eventually("the analysis runs", async || {
        world.analysis_state(submission.analysis).await == AnalysisState::Running
    })
    .await;
    let job = overtake(&world).await;
    finish_elsewhere(&world, &job, submission.analysis).await;
    let before = world.store.analysis_get(submission.analysis).await.unwrap();
    world.analyser.let_go();
    worker.stop().await;
    assert_eq!(world.store.analysis_get(submission.analysis).await.unwrap(), before);
    assert_eq!(ends(&world, submission.analysis).await, ["analysis_done"]);
}

/// Claims the running job between two heartbeats.
async fn overtake(world: &World) -> ClaimedJob {
    for _ in 0..100 {
        world.clock.advance(i64::from(LEASE_S) + 1);
        if let Some(job) = claim_elsewhere(world).await {
            return job;
        }
    }
    panic!("the heartbeat was always faster");
}

async fn finish_elsewhere(world: &World, job: &ClaimedJob, analysis: AnalysisId) {
    let report = serde_json::to_value(crate::support::checked(b"clip", false).report).expect("a report");
    let report_sha256 = canonical_sha256(&report);
    let end = AnalysisEnd::Report { report, report_sha256, partial: false, derivatives: Vec::new() };
    world.store.analysis_finish(&job.lease, analysis, &end, world.now()).await.expect("the lease holds");
}

#[tokio::test]
async fn media_that_kills_the_reader_is_refused_only_if_it_does_so_every_time() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    let died = Act::Refuse(ErrorCode::MediaReaderDied);
    world.analyser.will(&[died, Act::Report, died, died]);
    for (bytes, state) in [(b"clip", AnalysisState::Done), (b"bomb", AnalysisState::Refused)] {
        let submission = world.submit(&anna, bytes).await;
        let worker = world.start_worker("worker");
        eventually("the analysis is final", async || {
            world.clock.advance(60);
            world.analysis_state(submission.analysis).await.is_final()
        })
        .await;
        worker.stop().await;
        assert_eq!(world.analysis_state(submission.analysis).await, state);
    }
    assert_eq!(world.analyser.calls(), 4);
}

#[tokio::test]
async fn a_lost_original_ends_as_a_dead_job_and_not_as_a_refusal() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    let submission = world.submit(&anna, b"clip").await;
    std::fs::remove_dir_all(world.folder.path().join("blobs/originals")).unwrap();
    let worker = world.start_worker("worker");
    eventually("the job is dead", async || {
        world.clock.advance(60);
        dead(&world).await == 1
    })
    .await;
    worker.stop().await;
    assert_eq!(world.analysis_state(submission.analysis).await, AnalysisState::Dead);
    assert_eq!(world.analyser.calls(), 0);
}

#[tokio::test]
async fn dead_jobs_are_for_administrators_and_auditors() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    let admin = world.person(world.tambov, "admin", &[Role::OrgAdmin]).await;
    let auditor = world.person(world.federal, "auditor", &[Role::Auditor]).await;
    assert_eq!(code(&world.service.dead_jobs(Some(&anna)).await), Some(ErrorCode::Forbidden));
    assert_eq!(code(&world.service.dead_jobs(Some(&admin)).await), None);
    assert_eq!(code(&world.service.dead_jobs(Some(&auditor)).await), None);
    let job = podlinnik_domain::id::JobId::generate(&podlinnik_domain::id::RandomIds);
    assert_eq!(code(&world.service.job_revive(Some(&auditor), job).await), Some(ErrorCode::Forbidden));
}
