//! Many at once: exactly one wins, and nothing is lost.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::note::SavedView;
use podlinnik_domain::notice::CorrectionKind;
use podlinnik_domain::original::CopyMatchState;
use podlinnik_domain::verdict::{VerdictKind, VerdictState};
use tokio::task::JoinSet;

use super::accounts;
use super::corrections::{drafted, settling};
use super::desk::step;
use super::history::verified_chain;
use super::originals::{Stamp, added, original, verified_register, withdrawal};
use super::recognition::{decision, found, link};
use super::uploads::upload;
use super::world::{World, at, report};
use crate::record::{CaseAction, Idempotency, JobKind, JobState, NewSubmission, SecondProof};
use crate::{Store, StoreError};

const MANY: usize = 12;

/// Runs `MANY` of them at once and collects their answers.
async fn at_once<F, A, T>(world: &Arc<World>, action: F) -> Vec<T>
where
    F: Fn(Arc<World>, usize) -> A,
    A: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 0..MANY {
        tasks.spawn(action(Arc::clone(world), number));
    }
    tasks.join_all().await
}

fn one_wins<T: std::fmt::Debug>(answers: &[Result<T, StoreError>], lost: fn(&StoreError) -> bool) {
    let won = answers.iter().filter(|answer| answer.is_ok()).count();
    let refused = answers.iter().filter(|answer| answer.as_ref().is_err_and(lost)).count();
    assert_eq!((won, refused), (1, answers.len() - 1), "{answers:?}");
}

pub async fn one_of_many_approvals_wins(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let case = world.analysed("clip").await;
    let verdict = world.agreed(case.id, VerdictKind::ManipulatedFace).await;
    let answers = at_once(&world, |world, number| async move {
        let approver = if number % 2 == 0 { world.approver } else { world.deputy };
        world.store.verdict_approve(verdict.id, approver, world.now()).await
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::WrongState { .. }));
    let winner = answers.iter().find_map(|answer| answer.as_ref().ok()).expect("the winner");
    assert_eq!(world.store.verdict_get(winner.id).await.expect("an answer").as_ref(), Some(winner));
    verified_chain(world.store.as_ref()).await;
}

pub async fn one_of_many_proposals_wins(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let case = world.analysed("clip").await;
    let answers = at_once(&world, move |world, _| {
        let case = case.clone();
        async move {
            let new = world.proposal_for(&case, VerdictKind::Satire).await;
            world.store.verdict_propose(&new).await
        }
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::Stale { .. }));
}

pub async fn one_of_many_publications_wins(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let receiver = world.receiver().await;
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.notice_approved(&verdict).await;
    let answers = at_once(&world, move |world, _| {
        let publication = world.publication(&notice);
        async move { world.store.notice_publish(&publication, &world.ids).await }
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::WrongState { .. }));
    assert_eq!(world.store.delivery_list(receiver.id, 100).await.expect("a list").len(), 1);
}

pub async fn each_job_goes_to_one_worker(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let jobs = 30;
    for number in 0..jobs {
        world.submit(&format!("clip {number}")).await;
    }
    let claimed = at_once(&world, |world, number| async move {
        let mut mine = Vec::new();
        let now = world.now();
        let until = at(now.as_second() + 3600);
        let worker = format!("worker {number}");
        while let Some(job) = world.store.job_claim(JobKind::ALL, &worker, now, until).await.expect("a claim")
        {
            let analysis = job.payload["analysis"].as_str().and_then(|text| text.parse().ok()).expect("it");
            world.store.analysis_progress(&job.lease, analysis, 500).await.expect("progress");
            let end = report(&job.lease.job.to_string(), false);
            world.store.analysis_finish(&job.lease, analysis, &end, now).await.expect("the end");
            mine.push(job.lease.job);
        }
        mine
    })
    .await;
    let claimed: Vec<_> = claimed.into_iter().flatten().collect();
    let distinct: BTreeSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), distinct.len()), (jobs, jobs));
    let counts = world.store.job_counts().await.expect("counts");
    assert_eq!((counts.len(), counts[0].state, counts[0].count), (1, JobState::Done, jobs as u64));
    verified_chain(world.store.as_ref()).await;
}

pub async fn same_bytes_at_once_open_one_case(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let outcomes = at_once(&world, |world, _| async move { world.submit("clip").await.submission }).await;
    let cases: BTreeSet<_> = outcomes.iter().map(|submission| submission.case).collect();
    assert_eq!(cases.len(), 1);
    let jobs = world.store.job_counts().await.expect("counts");
    assert_eq!((jobs.len(), jobs[0].count), (1, 1));
    assert_eq!(world.store.submission_list(None, None, 100).await.expect("a page").items.len(), MANY);
}

pub async fn same_key_at_once_makes_one_submission(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let outcomes = at_once(&world, |world, _| async move {
        let key = Idempotency { key: "key".to_owned(), request_sha256: Sha256::of(b"request") };
        let new = NewSubmission { idempotency: Some(key), ..world.submission("clip") };
        world.store.submission_create(&new).await.expect("an answer")
    })
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.created).count(), 1);
    let stored: BTreeSet<_> = outcomes.iter().map(|outcome| outcome.submission.id).collect();
    assert_eq!(stored.len(), 1);
    assert_eq!(world.store.submission_list(None, None, 100).await.expect("a page").items.len(), 1);
}

pub async fn chain_has_no_gap_after_concurrent_writes(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let before = world.store.event_since(0, 1000).await.expect("events").len();
    at_once(&world, |world, number| async move {
        for round in 0..3 {
            world.submit(&format!("clip {number} {round}")).await;
            // Some transactions are refused in between: they leave no gap.
            world
                .store
                .verdict_approve(uuid::Uuid::max().into(), world.approver, world.now())
                .await
                .expect_err("none");
        }
    })
    .await;
    let events = verified_chain(world.store.as_ref()).await;
    assert_eq!(events.len(), before + MANY * 3 * 3, "case, submission and analysis of each");
}

pub async fn approval_and_publication_race_without_a_stale_notice(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    for round in 0..4 {
        let case = world.analysed(&format!("clip {round}")).await;
        let old = world.approved(case.id, VerdictKind::ManipulatedFace).await;
        let notice = world.notice_approved(&old).await;
        let new = world.agreed(case.id, VerdictKind::NoManipulationFound).await;
        let publication = world.publication(&notice);
        let (publisher, approver) = (Arc::clone(&world), Arc::clone(&world));
        let published =
            tokio::spawn(async move { publisher.store.notice_publish(&publication, &publisher.ids).await });
        let approved = tokio::spawn(async move {
            approver.store.verdict_approve(new.id, approver.approver, approver.now()).await
        });
        let published = published.await.expect("a task");
        approved.await.expect("a task").expect("the approval");
        let superseded = world.store.verdict_get(old.id).await.expect("an answer").expect("it").state;
        assert_eq!(superseded, VerdictState::Superseded);
        if let Err(error) = &published {
            assert!(matches!(error, StoreError::Stale { .. }), "{error:?}");
        }
        // Whoever came first: the order stands in the history.
        let events = verified_chain(world.store.as_ref()).await;
        let find = |kind: &str, subject: String| {
            events
                .iter()
                .find(|event| event.kind == kind && event.subject_id == subject)
                .map(|event| event.sequence)
        };
        let publication = find("notice_published", notice.id.to_string());
        let supersession = find("verdict_superseded", old.id.to_string()).expect("superseded");
        assert_eq!(publication.is_some(), published.is_ok());
        assert!(publication.is_none_or(|publication| publication < supersession));
    }
}

pub async fn the_same_original_at_once_is_added_once(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let answers = at_once(&world, |world, number| async move {
        // Others come in between, so that numbers are fought over too.
        world
            .store
            .archive_add(&original(&world, &format!("other {number}")), &Stamp)
            .await
            .expect("its own");
        world.store.archive_add(&original(&world, "speech"), &Stamp).await
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::Conflict { what: "original" }));
    assert_eq!(verified_register(world.store.as_ref()).await.len(), MANY + 1);
    verified_chain(world.store.as_ref()).await;
}

pub async fn one_of_many_withdrawals_wins(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let item = added(&world, "speech").await.id;
    let answers = at_once(&world, move |world, _| async move {
        world.store.archive_withdraw(&withdrawal(&world, item), &Stamp).await
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::WrongState { .. }));
    assert_eq!(verified_register(world.store.as_ref()).await.len(), 2);
}

pub async fn one_of_many_decisions_on_a_match_wins(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    added(&world, "speech").await;
    let seen = world.store.copy_match_suggest(&found(&world, "fake", "speech")).await.expect("a match");
    let answers = at_once(&world, move |world, number| {
        let state = [CopyMatchState::Confirmed, CopyMatchState::Rejected][number % 2];
        let decision = decision(&world, &seen, state);
        async move { world.store.copy_match_decide(&decision).await }
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::Stale { .. }));
}

pub async fn links_at_once_end_in_one_series(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    for number in 0..=MANY {
        world.submit(&format!("clip {number}")).await;
    }
    at_once(&world, |world, number| async move {
        let chain = link(&world, &format!("clip {number}"), &format!("clip {}", number + 1));
        world.store.series_link(&chain).await.expect("a series")
    })
    .await;
    let last = Sha256::of(b"clip 0");
    let series = world.store.series_by_media(last).await.expect("an answer").expect("a series");
    assert_eq!(world.store.series_members(series.id).await.expect("members").len(), MANY + 1);
    verified_chain(world.store.as_ref()).await;
}

pub async fn one_of_many_claims_wins(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let case = world.analysed("clip").await;
    let answers = at_once(&world, move |world, number| {
        let case = case.clone();
        async move {
            let analyst = if number % 2 == 0 { world.author } else { world.second };
            world.store.case_step(&step(&world, &case, analyst, CaseAction::Claim)).await
        }
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::Stale { .. }));
}

pub async fn one_of_many_settlements_wins(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.published(&world.notice_approved(&verdict).await).await;
    let correction = drafted(&world, &notice, CorrectionKind::Correction).await;
    let answers = at_once(&world, move |world, number| {
        let correction = correction.clone();
        async move {
            let actor = if number % 2 == 0 { world.approver } else { world.deputy };
            world.store.correction_settle(&settling(&world, &correction, actor), &world.ids).await
        }
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::WrongState { .. }));
    let stored = world.store.notice_get(notice.id).await.expect("an answer").expect("the notice");
    assert_eq!(stored.version, 2, "corrected once");
}

pub async fn a_link_is_used_by_one_of_many(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    world.store.link_create(&accounts::link(&world, "link")).await.expect("a link");
    let answers = at_once(&world, |world, number| async move {
        let mut using = accounts::link_use(&world, "link");
        using.session = Some(accounts::session(&world, world.author, &format!("session {number}")));
        world.store.link_use(&using).await
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::Missing { what: "sign-in link" }));
    let sessions = world.store.session_list(world.author, world.now()).await.expect("a list");
    assert_eq!(sessions.len(), 1);
    verified_chain(world.store.as_ref()).await;
}

pub async fn a_code_is_accepted_once(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let password_at = accounts::with_password(&world).await;
    world.store.second_factor_begin(world.author, &[7; 20]).await.expect("a secret");
    let confirmed = world.store.second_factor_confirm(world.author, &[7; 20], 5, &[], world.now()).await;
    confirmed.expect("a second factor");
    let answers = at_once(&world, move |world, number| async move {
        let session = accounts::session(&world, world.author, &format!("session {number}"));
        world.store.session_create(&session, password_at, Some(SecondProof::Step(6))).await
    })
    .await;
    one_wins(&answers, |error| matches!(error, StoreError::Stale { .. }));
    // Guesses at once are counted one by one: none slips through uncounted.
    let counted = at_once(&world, |world, _| async move {
        world.store.credentials_count(world.author, 0, world.now()).await.expect("an answer")
    })
    .await;
    assert_eq!(counted.iter().filter(|counted| **counted).count(), 1, "{counted:?}");
}

pub async fn what_a_person_begins_at_once_keeps_to_the_limit(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let begun = at_once(&world, |world, _| async move {
        world.store.upload_create(&upload(&world, at(2_000_000_000)), 3).await.map(|_| ())
    })
    .await;
    let saved = at_once(&world, |world, number| async move {
        let view = SavedView {
            id: world.ids.next().into(),
            name: format!("Вид {number}"),
            query: String::new(),
            saved_at: world.now(),
        };
        world.store.view_save(world.author, &view, 3).await.map(|_| ())
    })
    .await;
    for answers in [begun, saved] {
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3, "{answers:?}");
        let full = |answer: &&Result<(), _>| matches!(answer, Err(StoreError::WrongState { .. }));
        assert_eq!(answers.iter().filter(full).count(), MANY - 3, "{answers:?}");
    }
    assert_eq!(world.store.view_list(world.author).await.expect("a list").len(), 3);
}
