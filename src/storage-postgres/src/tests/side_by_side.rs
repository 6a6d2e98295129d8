//! Both engines under the same random operations give the same answers, word for word, and end with the same history.

mod accounts;
mod desk;
mod originals;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CaseId, DeliveryId, JobId, NoticeId, ReceiverId, UserId, VerdictId};
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_storage::conformance::board::question;
use podlinnik_storage::conformance::history::verified_chain;
use podlinnik_storage::conformance::world::{World, at, report, words};
use podlinnik_storage::record::{
    AnalysisEnd, BoardOrder, BoardQuestion, DeliveryState, Idempotency, JobKind, Lease, NewSubmission,
    Publication, Replay, SecondLook, Steps,
};
use podlinnik_storage::{Store, StoreError};
use podlinnik_storage_sqlite::SqliteStore;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::server::database;
use crate::PostgresStore;

/// One call. Numbers choose among what there is, modulo its count, so that most calls meet something.
#[derive(Debug, Clone)]
enum Operation {
    Submit { content: u8, key: Option<u8>, person: u8 },
    Claim { kind: u8 },
    Progress { lease: u8, permille: u16 },
    Finish { lease: u8, how: u8 },
    Fail { lease: u8, wait: i8 },
    Release { lease: u8 },
    Heartbeat { lease: u8, seconds: i8 },
    Revive { job: u8 },
    Deliver { lease: u8, success: bool },
    Advance { seconds: i16 },
    Propose { case: u8, kind: u8, person: u8, stale: bool },
    Look { verdict: u8, kind: u8, person: u8 },
    Approve { verdict: u8, person: u8 },
    Draft { verdict: u8, person: u8 },
    Revise { notice: u8, version: u8, person: u8 },
    SubmitNotice { notice: u8, version: u8, person: u8 },
    ApproveNotice { notice: u8, version: u8, person: u8 },
    Publish { notice: u8, version: u8, person: u8 },
    Receiver,
    Disable { receiver: u8 },
    Enable { receiver: u8 },
    Replay { receiver: u8 },
    Read { verdict: u8 },
    Originals(originals::Operation),
    Desk(desk::Operation),
    Accounts(accounts::Operation),
    Lists { limit: u8 },
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation as Op;
    let byte = any::<u8>;
    prop_oneof![
        4 => (0..5_u8, proptest::option::of(0..3_u8), byte()).prop_map(|(content, key, person)| Op::Submit { content, key, person }),
        6 => byte().prop_map(|kind| Op::Claim { kind }),
        1 => (byte(), any::<u16>()).prop_map(|(lease, permille)| Op::Progress { lease, permille }),
        6 => (byte(), byte()).prop_map(|(lease, how)| Op::Finish { lease, how }),
        4 => (byte(), any::<i8>()).prop_map(|(lease, wait)| Op::Fail { lease, wait }),
        1 => byte().prop_map(|lease| Op::Release { lease }),
        1 => (byte(), any::<i8>()).prop_map(|(lease, seconds)| Op::Heartbeat { lease, seconds }),
        1 => byte().prop_map(|job| Op::Revive { job }),
        2 => (byte(), any::<bool>()).prop_map(|(lease, success)| Op::Deliver { lease, success }),
        2 => (-100..200_i16).prop_map(|seconds| Op::Advance { seconds }),
        5 => (byte(), byte(), byte(), proptest::bool::weighted(0.1)).prop_map(|(case, kind, person, stale)| Op::Propose { case, kind, person, stale }),
        5 => (byte(), byte(), byte()).prop_map(|(verdict, kind, person)| Op::Look { verdict, kind, person }),
        5 => (byte(), byte()).prop_map(|(verdict, person)| Op::Approve { verdict, person }),
        4 => (byte(), byte()).prop_map(|(verdict, person)| Op::Draft { verdict, person }),
        2 => (byte(), 0..8_u8, byte()).prop_map(|(notice, version, person)| Op::Revise { notice, version, person }),
        4 => (byte(), 0..8_u8, byte()).prop_map(|(notice, version, person)| Op::SubmitNotice { notice, version, person }),
        4 => (byte(), 0..8_u8, byte()).prop_map(|(notice, version, person)| Op::ApproveNotice { notice, version, person }),
        4 => (byte(), 0..8_u8, byte()).prop_map(|(notice, version, person)| Op::Publish { notice, version, person }),
        1 => proptest::strategy::Just(Op::Receiver),
        1 => byte().prop_map(|receiver| Op::Disable { receiver }),
        1 => byte().prop_map(|receiver| Op::Enable { receiver }),
        1 => byte().prop_map(|receiver| Op::Replay { receiver }),
        1 => byte().prop_map(|verdict| Op::Read { verdict }),
        8 => originals::operation().prop_map(Op::Originals),
        12 => desk::operation().prop_map(Op::Desk),
        8 => accounts::operation().prop_map(Op::Accounts),
        1 => (0..6_u8).prop_map(|limit| Op::Lists { limit }),
    ]
}

/// What there is to choose from; the same for both engines.
#[derive(Debug, Default)]
struct Known {
    cases: Vec<CaseId>,
    verdicts: Vec<(VerdictId, CaseId)>,
    notices: Vec<(NoticeId, u32)>,
    receivers: Vec<ReceiverId>,
    dead: Vec<JobId>,
    leases: Vec<(Lease, serde_json::Value)>,
    originals: originals::Known,
    desk: desk::Known,
}

impl Known {
    async fn refresh(&mut self, store: &dyn Store) {
        let cases = store.case_list(None, None, 100).await.expect("a page").items;
        self.cases = cases.iter().map(|case| case.id).collect();
        self.verdicts.clear();
        self.notices.clear();
        for case in &self.cases {
            let verdicts = store.verdict_list(*case).await.expect("a list");
            self.verdicts.extend(verdicts.iter().map(|verdict| (verdict.id, *case)));
            let notices = store.notice_list(*case).await.expect("a list");
            self.notices.extend(notices.iter().map(|notice| (notice.id, notice.version)));
        }
        let receivers = store.receiver_list(None).await.expect("a list");
        self.receivers = receivers.iter().map(|receiver| receiver.id).collect();
        self.originals.refresh(store).await;
        self.desk.refresh(store, &self.cases, &self.notices).await;
        self.dead = store.job_dead(100).await.expect("a list").iter().map(|job| job.id).collect();
    }
}

/// Every second choice is the newest, so that histories get somewhere.
fn pick<T: Clone>(from: &[T], number: u8) -> Option<T> {
    if number.is_multiple_of(2) {
        return from.last().cloned();
    }
    from.get(usize::from(number).checked_rem(from.len())?).cloned()
}

fn person(world: &World, number: u8) -> UserId {
    [world.author, world.second, world.approver, world.deputy][usize::from(number % 4)]
}

fn kind(number: u8) -> VerdictKind {
    [VerdictKind::ManipulatedFace, VerdictKind::Satire][usize::from(number % 2)]
}

/// An answer as text. The engines word their own failures differently; nothing else may differ.
fn said<T: std::fmt::Debug>(answer: Result<T, StoreError>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(StoreError::Engine(error)) => panic!("no operation may end in a failure of the engine: {error}"),
        Err(error) => format!("{error:?}"),
    }
}

async fn apply(
    world: &World,
    known: &Known,
    operation: &Operation,
    leases: &mut Vec<(Lease, serde_json::Value)>,
) -> Option<String> {
    use Operation as Op;
    let store = world.store.as_ref();
    let now = world.now();
    let later = |seconds: i64| at(now.as_second() + seconds);
    Some(match *operation {
        Op::Submit { content, key, person: who } => {
            let idempotency = key
                .map(|key| Idempotency { key: format!("key {key}"), request_sha256: Sha256::of(&[content]) });
            let new = NewSubmission {
                idempotency,
                submitter: person(world, who),
                max_attempts: 2,
                ..world.submission(&format!("clip {content}"))
            };
            said(store.submission_create(&new).await)
        }
        Op::Claim { kind } => {
            let kinds: &[JobKind] =
                [JobKind::ALL, &[JobKind::Deliver], &[JobKind::Analyse]][usize::from(kind % 3)];
            let claimed = store.job_claim(kinds, "worker", now, later(60)).await;
            if let Ok(Some(job)) = &claimed {
                leases.push((job.lease, job.payload.clone()));
            }
            said(claimed)
        }
        Op::Progress { lease, permille } => {
            let (lease, payload) = pick(&known.leases, lease)?;
            let analysis = payload["analysis"].as_str()?.parse().ok()?;
            said(store.analysis_progress(&lease, analysis, permille).await)
        }
        Op::Finish { lease, how } => {
            let (lease, payload) = pick(&known.leases, lease)?;
            let analysis = payload["analysis"].as_str()?.parse().ok()?;
            let end = match how % 4 {
                0 => AnalysisEnd::Refused { code: ErrorCode::MediaDamaged },
                1 => report("clip", true),
                _ => report("clip", false),
            };
            said(store.analysis_finish(&lease, analysis, &end, now).await)
        }
        Op::Fail { lease, wait } => {
            let (lease, _) = pick(&known.leases, lease)?;
            said(store.job_fail(&lease, "it failed", later(wait.into()), now).await)
        }
        Op::Release { lease } => said(store.job_release(&pick(&known.leases, lease)?.0, now).await),
        Op::Heartbeat { lease, seconds } => {
            said(store.job_heartbeat(&pick(&known.leases, lease)?.0, later(seconds.into())).await)
        }
        Op::Revive { job } => said(store.job_revive(pick(&known.dead, job)?, None, now).await),
        Op::Deliver { lease, success } => {
            let (lease, payload) = pick(&known.leases, lease)?;
            let delivery: DeliveryId = payload["delivery"].as_str()?.parse().ok()?;
            let state = if success { DeliveryState::Delivered } else { DeliveryState::GivenUp };
            said(store.delivery_finish(&lease, delivery, state, "204", now).await)
        }
        Op::Advance { seconds } => {
            world.advance(seconds.into());
            String::new()
        }
        Op::Propose { case, kind: which, person: who, stale } => {
            let case = world.case(pick(&known.cases, case)?).await;
            let mut new = world.proposal_for(&case, kind(which)).await;
            new.author = person(world, who);
            new.case_version += u64::from(stale);
            said(store.verdict_propose(&new).await)
        }
        Op::Look { verdict, kind: which, person: who } => {
            let (verdict, case) = pick(&known.verdicts, verdict)?;
            let look = SecondLook {
                case,
                verdict,
                analyst: person(world, who),
                kind: kind(which),
                rationale: "вижу".to_owned(),
                at: now,
            };
            said(store.verdict_second_look(&look).await)
        }
        Op::Approve { verdict, person: who } => {
            said(store.verdict_approve(pick(&known.verdicts, verdict)?.0, person(world, who), now).await)
        }
        Op::Draft { verdict, person: who } => {
            let (verdict, _) = pick(&known.verdicts, verdict)?;
            let verdict = store.verdict_get(verdict).await.expect("an answer")?;
            let mut new = world.draft(&verdict);
            new.author = person(world, who);
            said(store.notice_draft(&new).await)
        }
        Op::Revise { notice, version, person: who } => {
            let (notice, current) = pick(&known.notices, notice)?;
            said(
                store
                    .notice_revise(notice, seen(current, version), &words("новое"), person(world, who), now)
                    .await,
            )
        }
        Op::SubmitNotice { notice, version, person: who } => {
            let (notice, current) = pick(&known.notices, notice)?;
            said(store.notice_submit(notice, seen(current, version), person(world, who), now).await)
        }
        Op::ApproveNotice { notice, version, person: who } => {
            let (notice, current) = pick(&known.notices, notice)?;
            said(store.notice_approve(notice, seen(current, version), person(world, who), now).await)
        }
        Op::Publish { notice, version, person: who } => {
            let (notice, current) = pick(&known.notices, notice)?;
            let publication = Publication {
                notice,
                version: seen(current, version),
                actor: person(world, who),
                max_attempts: 2,
                at: now,
            };
            said(store.notice_publish(&publication, &world.ids).await)
        }
        Op::Receiver => format!("{:?}", world.receiver().await),
        Op::Disable { receiver } => {
            said(store.receiver_disable(pick(&known.receivers, receiver)?, None, now).await)
        }
        Op::Enable { receiver } => {
            said(store.receiver_enable(pick(&known.receivers, receiver)?, world.approver, now).await)
        }
        Op::Replay { receiver } => {
            let (receiver, since) = (pick(&known.receivers, receiver)?, Replay::Since(Timestamp::MIN));
            said(store.delivery_replay(receiver, since, world.approver, 2, now, &world.ids).await)
        }
        Op::Read { verdict } => {
            let (verdict, _) = pick(&known.verdicts, verdict)?;
            said(store.verdict_read(verdict, world.organisation, now).await)
        }
        Op::Originals(ref operation) => originals::apply(world, &known.originals, operation).await?,
        Op::Desk(ref operation) => {
            let Known { cases, verdicts, notices, desk, .. } = known;
            desk::apply(world, desk, cases, verdicts, notices, operation).await?
        }
        Op::Accounts(ref operation) => accounts::apply(world, operation).await?,
        Op::Lists { limit } => lists(store, limit.into()).await,
    })
}

/// The present version, most of the time.
fn seen(current: u32, number: u8) -> u32 {
    if number == 7 { current.saturating_sub(1) } else { current }
}

/// Everything that a store shows.
async fn lists(store: &dyn Store, limit: u32) -> String {
    let mut shown = vec![
        said(store.submission_list(None, None, limit).await),
        said(store.case_list(None, None, limit).await),
        said(store.notice_published(None, None, limit).await),
        said(store.notice_published(Some("RU-TAM"), None, limit).await),
        said(store.receiver_list(None).await),
        said(store.job_counts().await),
        said(store.job_dead(limit).await),
        said(store.event_since(u64::from(limit), limit).await),
    ];
    let people = store.user_list().await.expect("a list");
    for (order, person) in BoardOrder::ALL.iter().zip(&people) {
        let steps = Steps { analyse: true, approve: true, publish: true };
        let asked = BoardQuestion { order: *order, limit, ..question(person.id) };
        shown.push(said(store.board_page(&asked).await));
        let mine = BoardQuestion { wants: Some(steps), root: Some(person.organisation), ..asked.clone() };
        shown.push(said(store.board_page(&mine).await));
        let found = BoardQuestion { search: Some("гУБЕР ру".to_owned()), ..asked.clone() };
        shown.push(said(store.board_page(&found).await));
        for notes in [false, true] {
            let noted = BoardQuestion { search: Some("ЗАМЕТ".to_owned()), notes, ..asked.clone() };
            shown.push(said(store.board_page(&noted).await));
        }
        let late = at(1_767_230_000);
        shown.push(said(store.board_counts(None, Some(person.organisation), person.id, steps, late).await));
    }
    for receiver in store.receiver_list(None).await.expect("a list") {
        shown.push(said(store.delivery_list(receiver.id, limit).await));
    }
    let organisation = store.organisation_list().await.expect("a list").first().map(|one| one.id);
    let nobody = UserId::from(uuid::Uuid::nil());
    if let Some(organisation) = organisation {
        shown.push(said(store.inbox_list(organisation, nobody, false, None, limit).await));
        shown.push(said(store.inbox_unread(organisation, nobody).await));
    }
    for case in store.case_list(None, None, limit).await.expect("a page").items {
        shown.push(said(store.verdict_list(case.id).await));
        shown.push(said(store.notice_list(case.id).await));
        shown.push(said(store.analysis_get(case.analysis).await));
        shown.push(said(store.derivative_list(case.analysis).await));
    }
    shown.push(originals::lists(store, limit).await);
    shown.join("\n")
}

/// Runs the operations on both and answers which kinds of events came about.
async fn compare(operations: &[Operation]) -> BTreeSet<String> {
    let url = database("both_engines_give_the_same_answers").await.expect("a server");
    let sqlite = Arc::new(SqliteStore::in_memory().await.expect("an open store"));
    let postgres = Arc::new(PostgresStore::connect(&url).await.expect("an open store"));
    let left = World::new(sqlite).await;
    let right = World::new(Arc::clone(&postgres) as Arc<dyn Store>).await;
    // A start from which everything is near: a receiver, an approved verdict, a notice in review, two series.
    for world in [&left, &right] {
        world.receiver().await;
        let case = world.analysed("clip 0").await;
        let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
        let notice = world.drafted(&verdict).await;
        world.store.notice_submit(notice.id, 1, world.author, world.now()).await.expect("a submission");
        originals::start(world).await;
    }
    let mut known = Known::default();
    known.refresh(left.store.as_ref()).await;
    for operation in operations {
        let (mut left_leases, mut right_leases) = (Vec::new(), Vec::new());
        let expected = apply(&left, &known, operation, &mut left_leases).await;
        let found = apply(&right, &known, operation, &mut right_leases).await;
        assert_eq!(found, expected, "{operation:?}");
        assert_eq!(right_leases, left_leases);
        known.leases.extend(left_leases);
        known.refresh(left.store.as_ref()).await;
    }
    assert_eq!(lists(right.store.as_ref(), 1000).await, lists(left.store.as_ref(), 1000).await);
    let history = verified_chain(left.store.as_ref()).await;
    assert_eq!(verified_chain(right.store.as_ref()).await, history);
    let shown = async |store| desk::lists(store, &known.cases, &known.notices).await;
    assert_eq!(shown(right.store.as_ref()).await, shown(left.store.as_ref()).await);
    assert_eq!(accounts::lists(&right).await, accounts::lists(&left).await);
    desk::guards_hold(left.store.as_ref(), &history).await;
    desk::guards_hold(right.store.as_ref(), &history).await;
    postgres.close().await;
    history.into_iter().map(|event| event.kind).collect()
}

/// What chance hardly ever gets to: a public notice, an objection that is decided, then a later verdict and a notice on that.
fn a_notice_taken_over() -> Vec<Operation> {
    let (case, kind, verdict, notice, version) = (0, 0, 0, 0, 0);
    let (author, second, approver) = (0, 1, 2);
    let published = [
        Operation::ApproveNotice { notice, version, person: approver },
        Operation::Publish { notice, version, person: approver },
    ];
    let later = [
        Operation::Propose { case, kind, person: author, stale: false },
        Operation::Look { verdict, kind, person: second },
        Operation::Approve { verdict, person: approver },
        Operation::Draft { verdict, person: author },
        Operation::SubmitNotice { notice, version, person: author },
    ];
    let decided = [
        Operation::Desk(desk::Operation::Object { notice }),
        Operation::Desk(desk::Operation::Decide { appeal: 0, granted: false, person: 3 }),
    ];
    [published.as_slice(), &decided, &later, &published].concat()
}

#[test]
fn both_engines_give_the_same_answers() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a run time");
    if runtime.block_on(database("both_engines_give_the_same_answers")).is_none() {
        return;
    }
    let config = Config { cases: 24, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    // The same operations every time, so that it is known how far they get.
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let operations = proptest::collection::vec(operation(), 100..280);
    let reached = Mutex::new(BTreeSet::new());
    runner
        .run(&operations, |operations| {
            let kinds = runtime.block_on(compare(&operations));
            reached.lock().expect("no case has panicked").extend(kinds);
            Ok(())
        })
        .expect("the engines agree");
    let mut reached = reached.into_inner().expect("no case has panicked");
    reached.extend(runtime.block_on(compare(&a_notice_taken_over())));
    let accounts: Vec<_> = accounts::one_persons().into_iter().map(Operation::Accounts).collect();
    reached.extend(runtime.block_on(compare(&accounts)));
    let wanted = [
        "analysis_refused",
        "analysis_dead",
        "verdict_disputed",
        "verdict_superseded",
        "notice_revised",
        "notice_published",
        "delivery_delivered",
        "archive_item_withdrawn",
        "copy_match_rejected",
        "series_merged",
        "case_claimed",
        "case_woken",
        "verdict_returned",
        "verdict_released",
        "correction_settled",
        "notice_superseded",
        "appeal_decided",
        "inquiry_answered",
        "receiver_enabled",
        "delivery_replayed",
        "roles_changed",
        "user_disabled",
        "second_factor_on",
        "second_factor_off",
        "sign_in_link_used",
        "token_rotated",
    ];
    let missing: Vec<_> = wanted.into_iter().filter(|kind| !reached.contains(*kind)).collect();
    assert!(missing.is_empty(), "no random history got as far as {missing:?}: {reached:?}");
}
