//! Cases, verdicts, evidence.

use std::sync::Arc;

use podlinnik_domain::case::CaseState;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CaseId, UserId};
use podlinnik_domain::verdict::{VerdictKind, VerdictState};
use serde_json::json;
use uuid::Uuid;

use super::world::World;
use crate::record::NewVerdict;
use crate::{Store, StoreError};

const FACE: VerdictKind = VerdictKind::ManipulatedFace;

pub async fn verdict_goes_from_proposal_to_approval(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let new = world.proposal_for(&case, FACE).await;
    let proposed = world.store.verdict_propose(&new).await.expect("a proposal");
    assert_eq!((proposed.id, proposed.revision, proposed.state), (new.id, 1, VerdictState::Proposed));
    assert_eq!((&proposed.proposal, proposed.author), (&new.proposal, world.author));
    assert_eq!((proposed.evidence_sha256, proposed.proposed_at), (new.evidence_sha256, new.at));
    let in_second_look = world.case(case.id).await;
    assert_eq!((in_second_look.state, in_second_look.version), (CaseState::SecondLook, case.version + 1));
    let agreed = world.store.verdict_second_look(&world.look(&proposed, FACE)).await.expect("a second look");
    assert_eq!(agreed.state, VerdictState::Agreed);
    assert_eq!((agreed.second_analyst, agreed.second_kind), (Some(world.second), Some(FACE)));
    assert_eq!(world.case(case.id).await.state, CaseState::Agreed);
    let at = world.now();
    let approved = world.store.verdict_approve(agreed.id, world.approver, at).await.expect("an approval");
    assert_eq!((approved.state, approved.approver), (VerdictState::Approved, Some(world.approver)));
    assert_eq!(approved.approved_at, Some(at));
    assert_eq!(world.case(case.id).await.state, CaseState::Approved);
    assert_eq!(world.store.verdict_get(new.id).await.expect("an answer"), Some(approved.clone()));
    assert_eq!(world.store.verdict_list(case.id).await.expect("a list"), [approved]);
}

pub async fn case_version_is_compared_and_set(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let new = world.proposal_for(&case, FACE).await;
    for version in [case.version - 1, case.version + 1] {
        let stale = NewVerdict { case_version: version, ..new.clone() };
        let refused = world.store.verdict_propose(&stale).await;
        assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    }
    assert_eq!(world.case(case.id).await, case);
}

pub async fn case_state_is_checked(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    world.proposed(case.id, FACE).await;
    let waiting = world.case(case.id).await;
    let refused = world.store.verdict_propose(&world.proposal_for(&waiting, FACE).await).await;
    assert!(
        matches!(&refused, Err(StoreError::WrongState { state, .. }) if state == "second_look"),
        "{refused:?}"
    );
    let nowhere = NewVerdict { case: CaseId::from(Uuid::max()), ..world.proposal_for(&waiting, FACE).await };
    let refused = world.store.verdict_propose(&nowhere).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "case" })), "{refused:?}");
    assert_eq!(world.store.verdict_list(case.id).await.expect("a list").len(), 1);
}

pub async fn verdict_needs_a_final_analysis(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = world.analysed("other clip").await;
    let fresh = world.submit("clip").await.submission;
    let case = world.case(fresh.case).await;
    let early = world.proposal_for(&case, FACE).await;
    let refused = world.store.verdict_propose(&early).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    // The analysis of other bytes is no evidence here.
    let mixed = NewVerdict { analysis: case.analysis, ..world.proposal_for(&other, FACE).await };
    let refused = world.store.verdict_propose(&mixed).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "analysis" })), "{refused:?}");
}

pub async fn verdict_needs_frozen_evidence(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let new =
        NewVerdict { evidence_sha256: Sha256::of(b"never frozen"), ..world.proposal_for(&case, FACE).await };
    let refused = world.store.verdict_propose(&new).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "evidence" })), "{refused:?}");
}

pub async fn verdict_needs_its_people(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let nobody = UserId::from(Uuid::max());
    let missing = |what: String| assert!(what.contains("Missing { what: \"user\" }"), "{what}");
    let new = NewVerdict { author: nobody, ..world.proposal_for(&case, FACE).await };
    missing(format!("{:?}", world.store.verdict_propose(&new).await));
    let verdict = world.proposed(case.id, FACE).await;
    let mut look = world.look(&verdict, FACE);
    look.analyst = nobody;
    missing(format!("{:?}", world.store.verdict_second_look(&look).await));
    world.store.verdict_second_look(&world.look(&verdict, FACE)).await.expect("a second look");
    missing(format!("{:?}", world.store.verdict_approve(verdict.id, nobody, world.now()).await));
}

pub async fn second_look_is_anothers(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.proposed(case.id, FACE).await;
    let mut look = world.look(&verdict, FACE);
    look.analyst = world.author;
    let refused = world.store.verdict_second_look(&look).await;
    assert!(matches!(refused, Err(StoreError::SamePerson { .. })), "{refused:?}");
    let other = world.analysed("other clip").await;
    let mut look = world.look(&verdict, FACE);
    look.case = other.id;
    let refused = world.store.verdict_second_look(&look).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "verdict" })), "{refused:?}");
}

pub async fn second_look_happens_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.agreed(case.id, FACE).await;
    let mut look = world.look(&verdict, VerdictKind::Satire);
    look.analyst = world.deputy;
    let refused = world.store.verdict_second_look(&look).await;
    assert!(
        matches!(&refused, Err(StoreError::WrongState { state, .. }) if state == "agreed"),
        "{refused:?}"
    );
}

pub async fn dispute_reopens_the_case(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let first = world.proposed(case.id, FACE).await;
    let disputed = world
        .store
        .verdict_second_look(&world.look(&first, VerdictKind::Satire))
        .await
        .expect("a second look");
    assert_eq!((disputed.state, disputed.second_kind), (VerdictState::Disputed, Some(VerdictKind::Satire)));
    assert_eq!(world.case(case.id).await.state, CaseState::Disputed);
    let refused = world.store.verdict_approve(first.id, world.approver, world.now()).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    let second = world.approved(case.id, VerdictKind::Satire).await;
    let states: Vec<_> = world
        .store
        .verdict_list(case.id)
        .await
        .expect("a list")
        .into_iter()
        .map(|verdict| (verdict.revision, verdict.state))
        .collect();
    assert_eq!(states, [(1, VerdictState::Superseded), (2, VerdictState::Approved)]);
    assert_eq!(second.revision, 2);
}

pub async fn approval_is_a_third_persons(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.agreed(case.id, FACE).await;
    for person in [world.author, world.second] {
        let refused = world.store.verdict_approve(verdict.id, person, world.now()).await;
        assert!(matches!(refused, Err(StoreError::SamePerson { .. })), "{refused:?}");
    }
    let missing = world.store.verdict_approve(Uuid::max().into(), world.approver, world.now()).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "verdict" })), "{missing:?}");
    assert_eq!(world.case(case.id).await.state, CaseState::Agreed);
}

pub async fn approval_needs_agreement(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.proposed(case.id, FACE).await;
    let refused = world.store.verdict_approve(verdict.id, world.approver, world.now()).await;
    assert!(
        matches!(&refused, Err(StoreError::WrongState { state, .. }) if state == "proposed"),
        "{refused:?}"
    );
}

pub async fn later_revision_supersedes_the_approved_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let first = world.approved(case.id, FACE).await;
    let second = world.agreed(case.id, VerdictKind::NoManipulationFound).await;
    let state = async |id| world.store.verdict_get(id).await.expect("an answer").expect("it").state;
    assert_eq!(state(first.id).await, VerdictState::Approved, "current until the new one is approved");
    world.store.verdict_approve(second.id, world.approver, world.now()).await.expect("an approval");
    assert_eq!(state(first.id).await, VerdictState::Superseded);
    assert_eq!(state(second.id).await, VerdictState::Approved);
    assert_eq!(second.revision, 2);
}

pub async fn evidence_is_frozen(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let evidence = json!({ "б": [0.1, 1.0e-300, 0.30000000000000004, 5e-324], "a": { "z": null, "nul": "\u{0}" }, "big": u64::MAX });
    let sha256 = Sha256::of(evidence.to_string().as_bytes());
    for _ in 0..2 {
        world.store.evidence_put(sha256, &evidence, world.now()).await.expect("frozen, and frozen again");
    }
    let frozen = world.store.evidence_get(sha256).await.expect("an answer").expect("it");
    assert_eq!(frozen, evidence);
    assert_eq!(Sha256::of(frozen.to_string().as_bytes()), sha256, "its digest can be recomputed");
}

pub async fn evidence_digest_is_checked(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let refused = world.store.evidence_put(Sha256::of(b"other"), &json!({ "a": 1 }), world.now()).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { what: "evidence", .. })), "{refused:?}");
    assert_eq!(world.store.evidence_get(Sha256::of(b"other")).await.expect("an answer"), None);
}

pub async fn cases_are_paged_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut expected = Vec::new();
    for number in 0..5 {
        expected.push(world.submit(&format!("clip {number}")).await.submission.case);
    }
    expected.reverse();
    let first = world.store.case_list(None, None, 3).await.expect("a page");
    let second = world.store.case_list(Some(world.organisation), first.next, 3).await.expect("a page");
    assert_eq!(second.next, None);
    let seen: Vec<_> = first.items.iter().chain(&second.items).map(|case| case.id).collect();
    assert_eq!(seen, expected);
}

pub async fn basis_is_checked_again(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let mut thin = world.proposal_for(&case, FACE).await;
    thin.proposal.basis.truncate(1);
    let refused = world.store.verdict_propose(&thin).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    let mut doubled = world.proposal_for(&case, FACE).await;
    doubled.proposal.basis[1] = doubled.proposal.basis[0].clone();
    let refused = world.store.verdict_propose(&doubled).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    for silence in [None, Some("  ".to_owned())] {
        let mut mute = world.proposal_for(&case, VerdictKind::Inconclusive).await;
        mute.proposal.would_resolve = silence;
        let refused = world.store.verdict_propose(&mute).await;
        assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    }
    let mut odd = world.proposal_for(&case, VerdictKind::Inconclusive).await;
    odd.proposal.would_resolve = Some("\u{0}the original".to_owned());
    let other = world.analysed("other clip").await;
    (odd.case, odd.case_version, odd.analysis) = (other.id, other.version, other.analysis);
    let stored = world.store.verdict_propose(&odd).await.expect("odd, but an answer");
    assert_eq!(stored.proposal, odd.proposal);
    let mut bare = world.proposal_for(&case, VerdictKind::Satire).await;
    bare.proposal.basis.clear();
    bare.proposal.would_resolve = None;
    bare.proposal.rationale = "a\0b".to_owned();
    world.store.verdict_propose(&bare).await.expect("satire needs no second kind");
}
