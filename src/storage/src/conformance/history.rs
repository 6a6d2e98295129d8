//! The hash chain.

use std::sync::Arc;

use podlinnik_domain::case::{Case, Risk, Triage};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, GENESIS, SubjectKind};
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::notice::CorrectionKind;
use podlinnik_domain::replay::Replay;
use podlinnik_domain::verdict::VerdictKind;

use super::corrections::{drafted, settling};
use super::desk::{release, step};
use super::world::{World, at, words};
use crate::record::CaseAction;
use crate::{Store, StoreError};

/// Checks the whole chain and answers it.
pub async fn verified_chain(store: &dyn Store) -> Vec<Event> {
    let events = store.event_since(0, u32::MAX).await.expect("events");
    let mut previous = GENESIS;
    for (event, sequence) in events.iter().zip(1..) {
        assert_eq!(event.sequence, sequence, "no gap");
        assert_eq!(event.previous_hash, previous);
        assert_eq!(event.hash, event.expected_hash(), "{event:?}");
        previous = event.hash;
    }
    events
}

pub async fn chain_verifies_over_everything(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.receiver().await;
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.notice_approved(&verdict).await;
    world.published(&notice).await;
    world.approved(case.id, VerdictKind::Satire).await;
    let events = verified_chain(world.store.as_ref()).await;
    let mut kinds: Vec<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let expected = [
        "analysis_done",
        "analysis_queued",
        "case_moved",
        "case_opened",
        "correction_opened",
        "delivery_queued",
        "notice_approved",
        "notice_drafted",
        "notice_published",
        "notice_submitted",
        "organisation_created",
        "receiver_created",
        "submission_accepted",
        "submission_received",
        "user_created",
        "verdict_agreed",
        "verdict_approved",
        "verdict_proposed",
        "verdict_superseded",
    ];
    assert_eq!(kinds, expected);
}

pub async fn events_of_a_subject_are_listed(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.proposed(case.id, VerdictKind::Satire).await;
    let events = world.store.event_list(SubjectKind::Verdict, &verdict.id.to_string()).await.expect("events");
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].kind.as_str(), events[0].actor), ("verdict_proposed", Some(world.author)));
    assert_eq!(events[0].reason.as_deref(), Some(verdict.proposal.rationale.as_str()));
    assert_eq!(events[0].at, verdict.proposed_at);
    let moves = world.store.event_list(SubjectKind::Case, &case.id.to_string()).await.expect("events");
    let states: Vec<_> = moves.iter().filter_map(|event| event.payload["state"].as_str()).collect();
    assert_eq!(states, ["in_analysis", "second_look"]);
    assert!(world.store.event_list(SubjectKind::User, "a\0b").await.expect("events").is_empty());
}

pub async fn events_are_read_in_portions(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    world.analysed("clip").await;
    let whole = world.store.event_since(0, 1000).await.expect("events");
    let mut pieces = Vec::new();
    while let portion = world.store.event_since(pieces.len() as u64, 4).await.expect("events")
        && !portion.is_empty()
    {
        pieces.extend(portion);
    }
    assert_eq!(pieces, whole);
    assert!(world.store.event_since(u64::MAX, 4).await.expect("events").is_empty());
}

pub async fn a_refused_transition_leaves_no_event(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.agreed(case.id, VerdictKind::Satire).await;
    let before = world.store.event_since(0, 1000).await.expect("events").len();
    world.store.verdict_approve(verdict.id, world.author, world.now()).await.expect_err("same person");
    world.store.user_create(&world.user(world.ids.next().into(), "author"), None).await.expect_err("taken");
    assert_eq!(verified_chain(world.store.as_ref()).await.len(), before);
}

pub async fn payload_and_time_survive_exactly(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    // Finer than the databases keep: what is hashed has to be what can be read back.
    let fine = Timestamp::from_nanosecond(1_767_225_600_123_456_789).expect("a time");
    let mut user = world.user(world.ids.next().into(), "fine");
    user.created_at = fine;
    world.store.user_create(&user, None).await.expect("a user");
    let events = world.store.event_list(SubjectKind::User, &user.id.to_string()).await.expect("events");
    assert_eq!(events[0].at.as_microsecond(), fine.as_microsecond());
    assert_eq!(events[0].hash, events[0].expected_hash());
    // Before the epoch, and far from it.
    for seconds in [-62_135_596_800, 4_102_444_800] {
        let mut user = world.user(world.ids.next().into(), &format!("at{seconds}"));
        user.created_at = super::world::at(seconds);
        world.store.user_create(&user, None).await.expect("a user");
        assert_eq!(world.store.user_get(user.id).await.expect("an answer"), Some(user));
    }
    verified_chain(world.store.as_ref()).await;
}

pub async fn ping_answers(store: Arc<dyn Store>) {
    let answer: Result<(), StoreError> = store.ping().await;
    answer.expect("the schema is the one expected");
}

/// The server's clock moves on; a database without one says so.
pub async fn the_database_tells_its_time_or_has_none(store: Arc<dyn Store>) {
    let Some(first) = store.time().await.expect("an answer") else { return };
    let second = store.time().await.expect("an answer").expect("a clock that was there");
    assert!(second >= first, "{second} before {first}");
    assert!(first.as_second() > 1_700_000_000, "{first} is in microseconds since 1970");
}

/// A long day, then its events replayed from nothing: cases, verdicts and notices come out as they are stored.
pub async fn the_events_alone_rebuild_the_state(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let face = VerdictKind::ManipulatedFace;
    let case = world.analysed("long day").await;
    let triage = Triage { risk: Some(Risk::High), ..Triage::default() };
    let take = async |case: Case, action| {
        world.store.case_step(&step(&world, &case, world.author, action)).await.expect("a step")
    };
    let case = take(case, CaseAction::Triage(triage)).await;
    let case = take(case, CaseAction::Claim).await;
    let case = take(case, CaseAction::Park { reason: "ждём".to_owned(), wake_at: at(2_000_000_000) }).await;
    let case = take(case, CaseAction::Wake).await;
    let disputed = world.proposed(case.id, face).await;
    world.store.verdict_second_look(&world.look(&disputed, VerdictKind::Staged)).await.expect("a dispute");
    let proposed = world.proposed(case.id, face).await;
    let letting_go = release(&world, &world.case(case.id).await, &proposed, 4 * 3600);
    let released = world.store.verdict_release(&letting_go).await.expect("a release");
    let notice = world.published(&world.notice_approved(&released).await).await;
    world.store.verdict_second_look(&world.look(&released, face)).await.expect("a second look");
    world.store.verdict_approve(released.id, world.approver, world.now()).await.expect("an approval");
    let correction = drafted(&world, &notice, CorrectionKind::Correction).await;
    let settle = settling(&world, &correction, world.deputy);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    let later = world.approved(case.id, VerdictKind::Satire).await;
    let revised = world.drafted(&later).await;
    let words = words("Шутка, а не новость");
    let revised = world.store.notice_revise(revised.id, 1, &words, world.second, world.now()).await;
    let revised = revised.expect("a revision");
    world.store.notice_submit(revised.id, 2, world.second, world.now()).await.expect("a submission");
    let approved =
        world.store.notice_approve(revised.id, 2, world.deputy, world.now()).await.expect("approved");
    world.published(&approved).await;
    world.submit("still waiting").await;

    let mut replay = Replay::default();
    for event in world.store.event_since(0, 10_000).await.expect("events") {
        replay.apply(&event).expect("a history that can be replayed");
    }
    assert_eq!((replay.cases.len(), replay.verdicts.len(), replay.notices.len()), (2, 3, 2));
    for (id, rebuilt) in &replay.cases {
        assert_eq!(Some(rebuilt), world.store.case_get(*id).await.expect("an answer").as_ref());
    }
    for (id, rebuilt) in &replay.verdicts {
        assert_eq!(Some(rebuilt), world.store.verdict_get(*id).await.expect("an answer").as_ref());
    }
    for (id, rebuilt) in &replay.notices {
        assert_eq!(Some(rebuilt), world.store.notice_get(*id).await.expect("an answer").as_ref());
    }
}
