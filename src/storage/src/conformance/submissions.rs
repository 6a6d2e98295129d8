//! Submissions and the analyses that end with them.

use std::sync::Arc;

use podlinnik_domain::analysis::{AnalysisState, Derivative, DerivativeKind};
use podlinnik_domain::case::CaseState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{IdSource as _, OrganisationId, SubmissionId, UserId};
use podlinnik_domain::people::{Organisation, OrganisationLevel};
use podlinnik_domain::submission::{Circumstances, SubmissionState};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::world::{World, report};
use crate::record::{AnalysisEnd, Idempotency, JobCount, JobKind, JobState, NewSubmission, Position};
use crate::{Store, StoreError};

pub async fn new_bytes_open_a_case_and_queue_one_job(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = world.submission("clip");
    let outcome = world.store.submission_create(&new).await.expect("a submission");
    assert!(outcome.created);
    let submission = outcome.submission;
    assert_eq!((submission.id, submission.state), (new.id, SubmissionState::Quarantined));
    assert_eq!((submission.case, submission.analysis), (new.case, new.analysis));
    assert_eq!(submission.circumstances, new.circumstances);
    assert_eq!(world.store.submission_get(new.id).await.expect("an answer"), Some(submission));
    assert_eq!(world.store.media_get(new.media.sha256).await.expect("an answer"), Some(new.media.clone()));
    let case = world.case(new.case).await;
    assert_eq!((case.state, case.version, case.analysis), (CaseState::New, 1, new.analysis));
    assert_eq!(case.region.as_deref(), Some("RU-TAM"));
    assert_eq!(world.store.case_by_media(new.media.sha256).await.expect("an answer"), Some(case));
    let analysis = world.store.analysis_get(new.analysis).await.expect("an answer").expect("it");
    assert_eq!((analysis.state, analysis.progress_permille), (AnalysisState::Queued, 0));
    let job = world.claim().await.expect("the job");
    assert_eq!((job.lease.job, job.kind, job.attempt, job.max_attempts), (new.job, JobKind::Analyse, 1, 3));
    assert_eq!(job.payload, serde_json::json!({ "analysis": new.analysis }));
    assert_eq!(world.claim().await, None);
}

pub async fn known_bytes_are_a_duplicate_without_a_job(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = world.submit("clip").await.submission;
    let second = world.submit("clip").await;
    assert!(second.created);
    assert_eq!(second.submission.state, SubmissionState::Duplicate);
    assert_eq!((second.submission.case, second.submission.analysis), (first.case, first.analysis));
    let jobs = world.store.job_counts().await.expect("counts");
    assert_eq!(jobs, [JobCount { kind: JobKind::Analyse, state: JobState::Queued, count: 1 }]);
}

async fn refused(world: &World, content: &str) -> NewSubmission {
    let new = world.submission(content);
    world.store.submission_create(&new).await.expect("a submission");
    let job = world.claim().await.expect("the job");
    let end = AnalysisEnd::Refused { code: ErrorCode::MediaDamaged };
    world.store.analysis_finish(&job.lease, new.analysis, &end, world.now()).await.expect("a refusal");
    new
}

pub async fn refused_bytes_are_refused_again(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = refused(&world, "junk").await;
    let first = world.store.submission_get(new.id).await.expect("an answer").expect("it");
    assert_eq!((first.state, first.rejection), (SubmissionState::Rejected, Some(ErrorCode::MediaDamaged)));
    let analysis = world.store.analysis_get(new.analysis).await.expect("an answer").expect("it");
    assert_eq!((analysis.state, analysis.error), (AnalysisState::Refused, Some(ErrorCode::MediaDamaged)));
    assert!(analysis.finished_at.is_some() && analysis.report.is_none());
    let again = world.submit("junk").await;
    assert_eq!(again.submission.state, SubmissionState::Rejected);
    assert_eq!(again.submission.rejection, Some(ErrorCode::MediaDamaged));
    assert_eq!(world.claim().await, None);
}

pub async fn refusal_reaches_duplicates(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = world.submit("junk").await.submission;
    let second = world.submit("junk").await.submission;
    let job = world.claim().await.expect("the job");
    let end = AnalysisEnd::Refused { code: ErrorCode::MediaNoFrames };
    world.store.analysis_finish(&job.lease, first.analysis, &end, world.now()).await.expect("a refusal");
    for id in [first.id, second.id] {
        let stored = world.store.submission_get(id).await.expect("an answer").expect("it");
        assert_eq!(
            (stored.state, stored.rejection),
            (SubmissionState::Rejected, Some(ErrorCode::MediaNoFrames))
        );
    }
}

fn with_key(world: &World, content: &str, key: &str) -> NewSubmission {
    let request_sha256 = Sha256::of(content.as_bytes());
    let idempotency = Some(Idempotency { key: key.to_owned(), request_sha256 });
    NewSubmission { idempotency, ..world.submission(content) }
}

pub async fn replayed_key_answers_the_first_submission(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = with_key(&world, "clip", "key-1");
    let answer = world.store.submission_create(&first).await.expect("a submission");
    let events = world.store.event_since(0, 1000).await.expect("events").len();
    let replay = world.store.submission_create(&with_key(&world, "clip", "key-1")).await.expect("a replay");
    assert!(answer.created && !replay.created);
    assert_eq!(replay.submission, answer.submission);
    assert_eq!(world.store.event_since(0, 1000).await.expect("events").len(), events);
    let other = world.store.submission_create(&with_key(&world, "clip", "key-2")).await.expect("another");
    assert!(other.created);
}

pub async fn key_with_another_request_is_refused(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.store.submission_create(&with_key(&world, "clip", "key")).await.expect("a submission");
    let reused = world.store.submission_create(&with_key(&world, "other clip", "key")).await;
    assert!(matches!(reused, Err(StoreError::IdempotencyKeyReused)), "{reused:?}");
    assert_eq!(world.store.media_get(Sha256::of(b"other clip")).await.expect("an answer"), None);
}

pub async fn same_key_of_another_user_is_free(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.store.submission_create(&with_key(&world, "clip", "key")).await.expect("a submission");
    let theirs = NewSubmission { submitter: world.second, ..with_key(&world, "other clip", "key") };
    assert!(world.store.submission_create(&theirs).await.expect("a submission").created);
}

pub async fn submission_needs_people(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let stranger = NewSubmission { submitter: UserId::from(Uuid::max()), ..world.submission("clip") };
    let refused = world.store.submission_create(&stranger).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "user" })), "{refused:?}");
    let nowhere =
        NewSubmission { organisation: OrganisationId::from(Uuid::max()), ..world.submission("clip") };
    let refused = world.store.submission_create(&nowhere).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "organisation" })), "{refused:?}");
    assert_eq!(world.claim().await, None);
}

pub async fn submission_identifier_is_unique(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = world.submission("clip");
    world.store.submission_create(&first).await.expect("a submission");
    let again = NewSubmission { id: first.id, ..world.submission("other clip") };
    let refused = world.store.submission_create(&again).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "identifier" })), "{refused:?}");
    assert_eq!(world.store.case_get(again.case).await.expect("an answer"), None, "nothing half stored");
}

pub async fn circumstances_survive(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let circumstances = Circumstances {
        file_name: Some("видео 'с' \"губернатором\".mp4".to_owned()),
        source_url: Some("https://example.org/?q=%00&ш".to_owned()),
        network: Some("telegram".to_owned()),
        region: Some("RU-TAM".to_owned()),
        note: Some("строка\nещё строка 🎥 %_\\; drop table submissions; --".to_owned()),
    };
    let new = NewSubmission { circumstances: circumstances.clone(), ..world.submission("clip") };
    world.store.submission_create(&new).await.expect("a submission");
    let stored = world.store.submission_get(new.id).await.expect("an answer").expect("it");
    assert_eq!(stored.circumstances, circumstances);
    assert_eq!(stored.received_at, new.received_at);
}

pub async fn submissions_are_paged_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut expected = Vec::new();
    for number in 0..7 {
        expected.push(world.submit(&format!("clip {}", number % 4)).await.submission.id);
    }
    expected.reverse();
    let mut seen: Vec<SubmissionId> = Vec::new();
    let mut after = None;
    let mut pages = 0;
    loop {
        let page = world.store.submission_list(None, after, 3).await.expect("a page");
        seen.extend(page.items.iter().map(|submission| submission.id));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((seen, pages), (expected, 3));
    let full = world.store.submission_list(None, None, 7).await.expect("a page");
    assert_eq!((full.items.len(), full.next), (7, None), "a page that is exactly full is the last");
}

pub async fn submissions_of_one_moment_are_paged_by_identifier(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let moment = world.now();
    for number in 0..5 {
        let new = NewSubmission { received_at: moment, ..world.submission(&format!("clip {number}")) };
        world.store.submission_create(&new).await.expect("a submission");
    }
    let whole = world.store.submission_list(None, None, 10).await.expect("a page").items;
    let first = world.store.submission_list(None, None, 2).await.expect("a page");
    let second = world.store.submission_list(None, first.next, 10).await.expect("a page");
    let pieces: Vec<_> = first.items.into_iter().chain(second.items).collect();
    assert_eq!(pieces, whole);
    assert!(whole.is_sorted_by(|left, right| left.id.as_uuid() > right.id.as_uuid()));
    let nil = Position { at: moment, id: Uuid::nil() };
    assert!(world.store.submission_list(None, Some(nil), 10).await.expect("a page").items.is_empty());
}

pub async fn listing_of_an_organisation_leaves_out_others(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.found("RU-MOS", world.ids.next().into()).await.id;
    let theirs = NewSubmission { organisation: other, desk: other, ..world.submission("their clip") };
    world.store.submission_create(&theirs).await.expect("a submission");
    let ours = world.submit("our clip").await.submission;
    let list = async |organisation| {
        let page = world.store.submission_list(organisation, None, 10).await.expect("a page");
        page.items.into_iter().map(|submission| submission.id).collect::<Vec<_>>()
    };
    assert_eq!(list(Some(world.organisation)).await, [ours.id]);
    assert_eq!(list(Some(other)).await, [theirs.id]);
    assert_eq!(list(None).await, [ours.id, theirs.id]);
    let again = world.submit("their clip").await.submission;
    let of_media = world.store.submission_list_by_media(again.media_sha256, None, 10).await.expect("a list");
    assert_eq!(
        of_media.iter().map(|one| one.id).collect::<Vec<_>>(),
        [again.id, theirs.id],
        "whoever sent them"
    );
    let newest = world.store.submission_list_by_media(again.media_sha256, None, 1).await.expect("a list");
    assert_eq!(newest, std::slice::from_ref(&again));

    // Of what others sent last nothing takes the place of what is shown; what partners sent is shown to every desk.
    let partner = Organisation {
        id: world.ids.next().into(),
        code: "agency".to_owned(),
        level: OrganisationLevel::Partner,
        name_ru: "Агентство".to_owned(),
        name_en: "Agency".to_owned(),
        parent: None,
    };
    world.store.organisation_create(&partner, world.now()).await.expect("a partner");
    let by = |organisation| NewSubmission { organisation, ..world.submission("their clip") };
    let (of_partner, last) = (by(partner.id), by(other));
    world.store.submission_create(&of_partner).await.expect("a submission");
    world.store.submission_create(&last).await.expect("a submission");
    let seen = async |root, limit| {
        let list = world.store.submission_list_by_media(again.media_sha256, Some(root), limit).await;
        list.expect("a list").into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    assert_eq!(seen(world.organisation, 10).await, [of_partner.id, again.id]);
    assert_eq!(seen(world.organisation, 2).await, [of_partner.id, again.id]);
    assert_eq!(seen(other, 10).await, [last.id, of_partner.id, theirs.id]);
    let cases = world.store.case_list(Some(other), None, 10).await.expect("a page").items;
    assert_eq!(cases.into_iter().map(|case| case.id).collect::<Vec<_>>(), [theirs.case]);
}

pub async fn text_that_no_engine_knows_is_replaced(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let circumstances = Circumstances { note: Some("a\0b".to_owned()), ..Circumstances::default() };
    let new = NewSubmission { circumstances, ..world.submission("clip") };
    let stored = world.store.submission_create(&new).await.expect("a submission").submission;
    assert_eq!(stored.circumstances.note.as_deref(), Some("a\u{fffd}b"));
    assert_eq!(world.store.user_by_login("a\0b").await.expect("an answer"), None);
    assert_eq!(world.store.organisation_by_code("a\0b").await.expect("an answer"), None);
    assert!(world.store.notice_published(Some("a\0b"), None, 10).await.expect("a page").items.is_empty());
}

pub async fn unknown_things_are_none(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let id = Uuid::max();
    assert_eq!(world.store.submission_get(id.into()).await.expect("an answer"), None);
    assert_eq!(world.store.analysis_get(id.into()).await.expect("an answer"), None);
    assert_eq!(world.store.case_get(id.into()).await.expect("an answer"), None);
    assert_eq!(world.store.verdict_get(id.into()).await.expect("an answer"), None);
    assert_eq!(world.store.notice_get(id.into()).await.expect("an answer"), None);
    assert_eq!(world.store.delivery_get(id.into()).await.expect("an answer"), None);
    assert_eq!(world.store.organisation_get(id.into()).await.expect("an answer"), None);
    assert_eq!(world.store.media_get(Sha256::of(b"")).await.expect("an answer"), None);
    assert_eq!(world.store.case_by_media(Sha256::of(b"")).await.expect("an answer"), None);
    assert_eq!(world.store.evidence_get(Sha256::of(b"")).await.expect("an answer"), None);
    assert!(world.store.derivative_list(id.into()).await.expect("an answer").is_empty());
    assert!(world.store.verdict_list(id.into()).await.expect("an answer").is_empty());
    assert!(world.store.notice_list(id.into()).await.expect("an answer").is_empty());
    assert!(world.store.delivery_list(id.into(), 10).await.expect("an answer").is_empty());
    assert!(world.store.submission_list(None, None, 0).await.expect("an answer").items.is_empty());
}

pub async fn analysis_finish_stores_everything_at_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let duplicate = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    let end = report("clip", false);
    let ended = world.now();
    world.store.analysis_finish(&job.lease, submission.analysis, &end, ended).await.expect("the end");
    let AnalysisEnd::Report { report, report_sha256, derivatives, .. } = end else { unreachable!() };
    let stored = world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it");
    assert_eq!((stored.state, stored.progress_permille, stored.error), (AnalysisState::Done, 1000, None));
    assert_eq!((stored.report_sha256, stored.finished_at), (Some(report_sha256), Some(ended)));
    assert_eq!(stored.report, Some(report), "numbers survive to the last bit");
    let mut names = world.store.derivative_list(submission.analysis).await.expect("a list");
    names.reverse();
    assert_eq!(names, derivatives, "by name, bytewise");
    let state = async |id| world.store.submission_get(id).await.expect("an answer").expect("it").state;
    assert_eq!(state(submission.id).await, SubmissionState::Accepted);
    assert_eq!(state(duplicate.id).await, SubmissionState::Duplicate);
    let case = world.case(submission.case).await;
    assert_eq!((case.state, case.version), (CaseState::InAnalysis, 2));
    let jobs = world.store.job_counts().await.expect("counts");
    assert_eq!(jobs, [JobCount { kind: JobKind::Analyse, state: JobState::Done, count: 1 }]);
}

pub async fn derivatives_are_added_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let preview = Derivative {
        name: "preview.mp4".to_owned(),
        kind: DerivativeKind::Preview,
        media_type: "video/mp4".to_owned(),
        sha256: Sha256::of(b"preview"),
        size_bytes: 7,
        at_s: None,
        track: None,
        recipe: "H.264".to_owned(),
    };
    // one before the end of the analysis, which adds its own
    let added = world.store.derivative_add(submission.analysis, &preview).await.expect("added");
    assert_eq!(added, preview);
    let job = world.claim().await.expect("the job");
    let end = report("clip", false);
    world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await.expect("the end");
    let late = Derivative { sha256: Sha256::of(b"late"), recipe: "another".to_owned(), ..preview.clone() };
    let added = world.store.derivative_add(submission.analysis, &late).await.expect("an answer");
    assert_eq!(added, preview, "the first wins");
    let other = Derivative { name: "other.png".to_owned(), at_s: Some(1.5), track: Some(2), ..late };
    assert_eq!(world.store.derivative_add(submission.analysis, &other).await.expect("added"), other);
    let names: Vec<String> = world
        .store
        .derivative_list(submission.analysis)
        .await
        .expect("a list")
        .into_iter()
        .map(|it| it.name)
        .collect();
    assert_eq!(names, ["Frame.png", "crop-0-001.png", "other.png", "preview.mp4"]);
    let missing = world.store.derivative_add(Uuid::max().into(), &preview).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "analysis" })), "{missing:?}");
}

pub async fn derivatives_that_race_are_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let mut racers = JoinSet::new();
    for racer in 0..8_u8 {
        let store = Arc::clone(&world.store);
        let derivative = Derivative {
            name: "preview.mp4".to_owned(),
            kind: DerivativeKind::Preview,
            media_type: "video/mp4".to_owned(),
            sha256: Sha256::of(&[racer]),
            size_bytes: 1,
            at_s: None,
            track: None,
            recipe: String::new(),
        };
        let analysis = submission.analysis;
        racers.spawn(async move { store.derivative_add(analysis, &derivative).await.expect("an answer") });
    }
    let answers = racers.join_all().await;
    let recorded = world.store.derivative_list(submission.analysis).await.expect("a list");
    assert_eq!(recorded.len(), 1);
    assert!(answers.iter().all(|answer| *answer == recorded[0]), "{answers:?}");
}

pub async fn analysis_finish_changes_nothing_when_it_fails(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    let AnalysisEnd::Report { report, report_sha256, partial, mut derivatives } = report("clip", false)
    else {
        unreachable!()
    };
    // The second derivative of the same name breaks the transaction half way.
    derivatives.push(derivatives[0].clone());
    let end = AnalysisEnd::Report { report, report_sha256, partial, derivatives };
    let failed = world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await;
    assert!(failed.is_err());
    let stored = world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it");
    assert_eq!((stored.state, stored.report), (AnalysisState::Queued, None));
    assert!(world.store.derivative_list(submission.analysis).await.expect("a list").is_empty());
    let untouched = world.store.submission_get(submission.id).await.expect("an answer").expect("it");
    assert_eq!(untouched.state, SubmissionState::Quarantined);
    assert_eq!(world.case(submission.case).await.state, CaseState::New);
    world.store.job_heartbeat(&job.lease, world.now()).await.expect("the lease still holds");
}

pub async fn analysis_finish_needs_the_lease_of_that_analysis(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = world.submit("clip 1").await.submission;
    let second = world.submit("clip 2").await.submission;
    let job = world.claim().await.expect("the first job");
    assert_eq!(job.payload["analysis"], serde_json::json!(first.analysis));
    let lost =
        world.store.analysis_finish(&job.lease, second.analysis, &report("clip 2", false), world.now()).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let lost = world.store.analysis_progress(&job.lease, second.analysis, 10).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
}

pub async fn partial_report_is_marked(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    let end = report("clip", true);
    world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await.expect("the end");
    let stored = world.store.analysis_get(submission.analysis).await.expect("an answer").expect("it");
    assert_eq!(stored.state, AnalysisState::Partial);
}

pub async fn report_digest_is_checked(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let submission = world.submit("clip").await.submission;
    let job = world.claim().await.expect("the job");
    let AnalysisEnd::Report { report, partial, derivatives, .. } = report("clip", false) else {
        unreachable!()
    };
    let end = AnalysisEnd::Report { report, report_sha256: Sha256::of(b"other"), partial, derivatives };
    let refused = world.store.analysis_finish(&job.lease, submission.analysis, &end, world.now()).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { what: "report", .. })), "{refused:?}");
}
