//! Claims, parking, verdicts sent back, break-glass.

use std::sync::Arc;

use podlinnik_domain::case::{Case, CaseState, Claim, Parking, Risk, Topic, Triage};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::UserId;
use podlinnik_domain::notice::NoticeState;
use podlinnik_domain::verdict::{ReleaseGround, Verdict, VerdictKind, VerdictState};

use super::world::{World, at};
use crate::record::{CaseAction, CaseStep, NewRelease, VerdictReturn};
use crate::{Store, StoreError};

const FACE: VerdictKind = VerdictKind::ManipulatedFace;

/// A step with a case as it stands.
pub fn step(world: &World, case: &Case, actor: UserId, action: CaseAction) -> CaseStep {
    CaseStep { case: case.id, version: case.version, action, actor: Some(actor), at: world.now() }
}

async fn taken(world: &World, case: &Case, actor: UserId, action: CaseAction) -> Case {
    world.store.case_step(&step(world, case, actor, action)).await.expect("a step")
}

/// Letting a verdict go `seconds` after its item was first seen.
pub fn release(world: &World, case: &Case, verdict: &Verdict, seconds: i64) -> NewRelease {
    let now = at(case.first_seen_at.as_second() + seconds);
    NewRelease {
        verdict: verdict.id,
        approver: world.approver,
        ground: ReleaseGround::LocatedOriginal,
        reason: "эвакуацию уже начали".to_owned(),
        at: now,
        second_look_due_at: at(now.as_second() + 86_400),
    }
}

pub async fn a_case_is_sorted_claimed_and_given_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let fresh = world.submit("clip").await.submission;
    let new = world.case(fresh.case).await;
    let triage = Triage {
        topic: Some(Topic::Emergency),
        place: Some("Моршанск".to_owned()),
        network: Some("telegram".to_owned()),
        views: Some(12_000),
        risk: Some(Risk::Critical),
        spread_since: Some(at(1_767_000_000)),
    };
    let sorted = taken(&world, &new, world.author, CaseAction::Triage(triage.clone())).await;
    assert_eq!(
        (sorted.state, &sorted.triage, sorted.version),
        (CaseState::Triaged, &triage, new.version + 1)
    );
    let claimed = taken(&world, &sorted, world.author, CaseAction::Claim).await;
    assert_eq!(claimed.claim.map(|claim| claim.by), Some(world.author));
    let again = taken(&world, &claimed, world.author, CaseAction::Claim).await;
    assert_eq!(again.claim, claimed.claim, "since when stays");
    let refused = world.store.case_step(&step(&world, &again, world.second, CaseAction::Claim)).await;
    assert!(matches!(refused, Err(StoreError::Claimed { .. })), "{refused:?}");
    let stale = world.store.case_step(&step(&world, &claimed, world.author, CaseAction::Claim)).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let back = taken(&world, &again, world.author, CaseAction::Unclaim { reason: None }).await;
    assert_eq!((back.claim, back.triage), (None, triage));
    let nobodys = world.case(back.id).await;
    let refused = world
        .store
        .case_step(&step(&world, &nobodys, world.author, CaseAction::Unclaim { reason: None }))
        .await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    // The analysis ends: a sorted case is as open as a new one.
    let job = world.claim().await.expect("the analysis job");
    let end = super::world::report("clip", false);
    world.store.analysis_finish(&job.lease, fresh.analysis, &end, world.now()).await.expect("its end");
    assert_eq!(world.case(fresh.case).await.state, CaseState::InAnalysis);
}

pub async fn only_the_claimant_proposes(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let claimed = taken(&world, &case, world.second, CaseAction::Claim).await;
    let refused = world.store.verdict_propose(&world.proposal_for(&claimed, FACE).await).await;
    assert!(matches!(refused, Err(StoreError::Claimed { .. })), "{refused:?}");
    let free = taken(&world, &claimed, world.second, CaseAction::Unclaim { reason: None }).await;
    let proposed = world.proposed(free.id, FACE).await;
    let waiting = world.case(case.id).await;
    assert_eq!(
        waiting.claim,
        Some(Claim { by: world.author, at: proposed.proposed_at }),
        "the case is theirs"
    );
    world.store.verdict_second_look(&world.look(&proposed, FACE)).await.expect("a second look");
    world.store.verdict_approve(proposed.id, world.approver, world.now()).await.expect("an approval");
    assert_eq!(world.case(case.id).await.claim, None, "what is approved is nobody's work");
}

pub async fn a_parked_case_comes_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let wake_at: Timestamp = at(world.now().as_second() + 3600);
    let reason = "ждём ответа МЧС".to_owned();
    let park = CaseAction::Park { reason: reason.clone(), wake_at };
    let parked = taken(&world, &case, world.author, park.clone()).await;
    assert_eq!((parked.state, &parked.parking), (CaseState::Parked, &Some(Parking { reason, wake_at })));
    let refused = world.store.case_step(&step(&world, &parked, world.author, park)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    let early = world.store.case_list_to_wake(at(wake_at.as_second() - 1), 10).await.expect("a list");
    assert_eq!(early, []);
    let due = world.store.case_list_to_wake(wake_at, 10).await.expect("a list");
    assert_eq!(due, std::slice::from_ref(&parked));
    let by_itself = CaseStep {
        case: parked.id,
        version: parked.version,
        action: CaseAction::Wake,
        actor: None,
        at: wake_at,
    };
    let woken = world.store.case_step(&by_itself).await.expect("a step");
    assert_eq!((woken.state, woken.parking), (CaseState::InAnalysis, None));
    assert_eq!(world.store.case_list_to_wake(wake_at, 10).await.expect("a list"), []);
}

pub async fn an_approver_sends_a_verdict_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let agreed = world.agreed(case.id, FACE).await;
    let back = |approver| VerdictReturn {
        verdict: agreed.id,
        approver,
        reason: "ссылка на оригинал не открывается".to_owned(),
        at: world.now(),
    };
    for involved in [world.author, world.second] {
        let refused = world.store.verdict_return(&back(involved)).await;
        assert!(matches!(refused, Err(StoreError::SamePerson { .. })), "{refused:?}");
    }
    let returned = world.store.verdict_return(&back(world.approver)).await.expect("it goes back");
    assert_eq!(returned.state, VerdictState::Disputed);
    assert_eq!(world.case(case.id).await.state, CaseState::Disputed);
    let refused = world.store.verdict_return(&back(world.approver)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    assert_eq!(world.approved(case.id, FACE).await.revision, 2);
}

pub async fn break_glass_needs_an_hour_a_ground_and_another(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let proposed = world.proposed(case.id, FACE).await;
    assert!(!proposed.is_current());
    let closed = async |release: NewRelease| {
        let refused = world.store.verdict_release(&release).await;
        assert!(matches!(refused, Err(StoreError::BreakGlass)), "{refused:?}");
    };
    closed(release(&world, &case, &proposed, 3 * 3600)).await;
    let in_time = release(&world, &case, &proposed, 3 * 3600 + 1);
    closed(NewRelease { ground: ReleaseGround::KnownCopy, ..in_time.clone() }).await;
    let refused =
        world.store.verdict_release(&NewRelease { approver: world.author, ..in_time.clone() }).await;
    assert!(matches!(refused, Err(StoreError::SamePerson { .. })), "{refused:?}");
    let late_look = NewRelease { second_look_due_at: at(in_time.at.as_second() + 86_401), ..in_time.clone() };
    let refused = world.store.verdict_release(&late_look).await;
    assert!(matches!(refused, Err(StoreError::Engine(_))), "{refused:?}");
    let released = world.store.verdict_release(&in_time).await.expect("a release");
    assert!(released.is_current());
    assert_eq!(released.state, VerdictState::Proposed, "the second look is still wanted");
    let stored = released.release.clone().expect("how it came about");
    assert_eq!((stored.approver, stored.ground), (world.approver, ReleaseGround::LocatedOriginal));
    assert_eq!((stored.released_at, stored.second_look_due_at), (in_time.at, in_time.second_look_due_at));
    let twice = world.store.verdict_release(&in_time).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })), "{twice:?}");
    assert_eq!(world.store.verdict_list_released(10).await.expect("a list"), std::slice::from_ref(&released));
    // Whoever let it go does not look second.
    let mut look = world.look(&released, FACE);
    look.analyst = world.approver;
    let refused = world.store.verdict_second_look(&look).await;
    assert!(matches!(refused, Err(StoreError::SamePerson { .. })), "{refused:?}");
    world.store.verdict_second_look(&world.look(&released, FACE)).await.expect("a second look");
    assert_eq!(world.store.verdict_list_released(10).await.expect("a list"), []);
    let approved = world.store.verdict_approve(released.id, world.approver, world.now()).await;
    assert!(approved.expect("an approval").release.is_some());
}

pub async fn a_released_verdict_carries_a_notice_until_it_is_disputed(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let proposed = world.proposed(case.id, FACE).await;
    let early = world.store.notice_draft(&world.draft(&proposed)).await;
    assert!(matches!(early, Err(StoreError::WrongState { .. })), "{early:?}");
    let release = release(&world, &case, &proposed, 4 * 3600);
    let released = world.store.verdict_release(&release).await.expect("a release");
    let notice = world.notice_approved(&released).await;
    let notice = world.published(&notice).await;
    assert_eq!(notice.state, NoticeState::Published);
    world
        .store
        .verdict_second_look(&world.look(&released, VerdictKind::Satire))
        .await
        .expect("a second look");
    let doubted = world.store.notice_get(notice.id).await.expect("an answer").expect("the notice");
    assert_eq!(doubted.state, NoticeState::CorrectionOpen, "the service doubts it by itself");
    let corrections = world.store.correction_list(notice.id).await.expect("a list");
    assert_eq!(corrections.len(), 1);
    assert!(corrections.iter().all(|one| one.opened_by.is_none() && one.settled.is_none()));
}
