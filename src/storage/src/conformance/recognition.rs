//! Matches between items, what people think of them, and series.

use std::sync::Arc;

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::original::{CopyMatch, CopyMatchKind, CopyMatchState, Series, SeriesReason};
use serde_json::json;

use super::originals::added;
use super::world::World;
use crate::record::{CopyDecision, NewCopyMatch, SeriesLink};
use crate::{Store, StoreError};

/// A match of two contents, not yet stored.
pub fn found(world: &World, suspect: &str, matched: &str) -> NewCopyMatch {
    NewCopyMatch {
        id: world.ids.next().into(),
        suspect: Sha256::of(suspect.as_bytes()),
        matched: Sha256::of(matched.as_bytes()),
        kind: CopyMatchKind::Original,
        spans: json!([{ "suspect": [0.0, 20.5], "matched": [62.1, 82.6] }]),
        distance: 0.1 + 0.2,
        evidence: json!({ "measure": "pdq", "frames": 41 }),
        at: world.now(),
    }
}

/// A decision, not yet stored.
pub fn decision(world: &World, one: &CopyMatch, state: CopyMatchState) -> CopyDecision {
    CopyDecision {
        id: one.id,
        version: one.version,
        state,
        actor: Some(world.author),
        reason: Some("the same studio, another day".to_owned()),
        at: world.now(),
    }
}

/// A link between two contents, not yet stored.
pub fn link(world: &World, one: &str, other: &str) -> SeriesLink {
    SeriesLink {
        series: world.ids.next().into(),
        media: [Sha256::of(one.as_bytes()), Sha256::of(other.as_bytes())],
        why: SeriesReason::SharedOriginal,
        actor: None,
        at: world.now(),
    }
}

pub async fn a_match_is_noticed_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    added(&world, "speech").await;
    let new = found(&world, "fake", "speech");
    let suggested = world.store.copy_match_suggest(&new).await.expect("a match");
    let expected = CopyMatch {
        id: new.id,
        suspect: new.suspect,
        matched: new.matched,
        kind: new.kind,
        spans: new.spans.clone(),
        distance: new.distance,
        evidence: new.evidence.clone(),
        state: CopyMatchState::Suggested,
        version: 1,
        found_at: new.at,
        decided_by: None,
        decided_at: None,
        reason: None,
    };
    assert_eq!(suggested, expected);
    let again = NewCopyMatch { distance: 9.0, ..found(&world, "fake", "speech") };
    assert_eq!(world.store.copy_match_suggest(&again).await.expect("the first one"), expected);
    assert_eq!(world.store.copy_match_get(new.id).await.expect("an answer"), Some(expected.clone()));
    assert_eq!(world.store.copy_match_get(again.id).await.expect("an answer"), None);
    let copy = NewCopyMatch { kind: CopyMatchKind::KnownCopy, ..again };
    let copy = world.store.copy_match_suggest(&copy).await.expect("another kind");
    let listed = world.store.copy_match_list_by_media(new.matched).await.expect("a list");
    assert_eq!(listed, [expected.clone(), copy.clone()]);
    let listed = world.store.copy_match_list_by_media(new.suspect).await.expect("a list");
    assert_eq!(listed, [expected, copy]);
    let events = world.store.event_list(SubjectKind::CopyMatch, &new.id.to_string()).await.expect("events");
    assert_eq!(events.len(), 1);
}

pub async fn a_match_needs_something_known(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let unknown = world.store.copy_match_suggest(&found(&world, "fake", "speech")).await;
    assert!(matches!(unknown, Err(StoreError::Missing { what: "matched media" })), "{unknown:?}");
    world.submit("speech").await;
    world.store.copy_match_suggest(&found(&world, "fake", "speech")).await.expect("submitted media count");
    let itself = world.store.copy_match_suggest(&found(&world, "speech", "speech")).await;
    assert!(matches!(itself, Err(StoreError::Conflict { .. })), "{itself:?}");
}

pub async fn a_match_is_decided_as_it_was_seen(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    added(&world, "speech").await;
    let new = found(&world, "fake", "speech");
    let seen = world.store.copy_match_suggest(&new).await.expect("a match");
    let given = decision(&world, &seen, CopyMatchState::Rejected);
    let rejected = world.store.copy_match_decide(&given).await.expect("a decision");
    assert_eq!((rejected.state, rejected.version), (CopyMatchState::Rejected, 2));
    assert_eq!(
        (rejected.decided_by, rejected.decided_at, rejected.reason.clone()),
        (given.actor, Some(given.at), given.reason.clone())
    );
    let stale = world.store.copy_match_decide(&given).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let again = world.store.copy_match_suggest(&found(&world, "fake", "speech")).await;
    assert_eq!(again.expect("a match"), rejected, "the machine does not bring it up again");

    let same = decision(&world, &rejected, CopyMatchState::Rejected);
    let nothing_new = world.store.copy_match_decide(&same).await;
    assert!(matches!(nothing_new, Err(StoreError::WrongState { .. })), "{nothing_new:?}");
    let back = decision(&world, &rejected, CopyMatchState::Suggested);
    let back = world.store.copy_match_decide(&back).await;
    assert!(matches!(back, Err(StoreError::WrongState { .. })), "{back:?}");
    let better = CopyDecision { reason: None, ..decision(&world, &rejected, CopyMatchState::Confirmed) };
    let confirmed = world.store.copy_match_decide(&better).await.expect("a mistake is mended");
    assert_eq!((confirmed.state, confirmed.version), (CopyMatchState::Confirmed, 3));
    let mute = CopyDecision { reason: None, ..decision(&world, &confirmed, CopyMatchState::Rejected) };
    let mute = world.store.copy_match_decide(&mute).await;
    assert!(matches!(mute, Err(StoreError::WrongState { .. })), "a rejection says why: {mute:?}");
    let none = CopyDecision { id: world.ids.next().into(), ..given };
    let none = world.store.copy_match_decide(&none).await;
    assert!(matches!(none, Err(StoreError::Missing { what: "match" })), "{none:?}");

    let events = world.store.event_list(SubjectKind::CopyMatch, &new.id.to_string()).await;
    let kinds: Vec<_> = events.expect("events").into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["copy_match_suggested", "copy_match_rejected", "copy_match_confirmed"]);
}

pub async fn matches_are_paged_by_state(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    added(&world, "speech").await;
    let mut all = Vec::new();
    for number in 0..5 {
        let new = found(&world, &format!("fake {number}"), "speech");
        all.push(world.store.copy_match_suggest(&new).await.expect("a match"));
    }
    for number in [1, 3] {
        let no = decision(&world, &all[number], CopyMatchState::Rejected);
        world.store.copy_match_decide(&no).await.expect("a decision");
    }
    let list = async |state, after| {
        let page = world.store.copy_match_list(state, after, 2).await.expect("a page");
        (page.items.iter().map(|one| one.id).collect::<Vec<_>>(), page.next)
    };
    let (ids, next) = list(CopyMatchState::Suggested, None).await;
    assert_eq!(ids, [all[4].id, all[2].id]);
    assert_eq!(list(CopyMatchState::Suggested, next).await, (vec![all[0].id], None));
    assert_eq!(list(CopyMatchState::Rejected, None).await, (vec![all[3].id, all[1].id], None));
    assert_eq!(list(CopyMatchState::Confirmed, None).await, (Vec::new(), None));
}

async fn members(world: &World, series: &Series) -> Vec<Sha256> {
    let members = world.store.series_members(series.id).await.expect("members");
    members.into_iter().map(|member| member.sha256).collect()
}

fn digests<const COUNT: usize>(contents: [&str; COUNT]) -> [Sha256; COUNT] {
    contents.map(|content| Sha256::of(content.as_bytes()))
}

pub async fn a_series_is_founded_and_grows(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for content in ["a", "b", "c"] {
        world.submit(content).await;
    }
    let first = link(&world, "b", "a");
    let series = world.store.series_link(&first).await.expect("a series");
    assert_eq!(series, Series { id: first.series, founded_at: first.at, merged_into: None, merged_at: None });
    assert_eq!(world.store.series_link(&link(&world, "a", "b")).await.expect("the same"), series);
    let by =
        SeriesLink { actor: Some(world.author), why: SeriesReason::SharedSound, ..link(&world, "c", "a") };
    assert_eq!(world.store.series_link(&by).await.expect("it grows"), series);
    let list = world.store.series_members(series.id).await.expect("members");
    let mut expected = digests(["a", "b"]).to_vec();
    expected.sort_unstable();
    expected.extend(digests(["c"]));
    assert_eq!(list.iter().map(|member| member.sha256).collect::<Vec<_>>(), expected);
    assert_eq!((list[2].why, list[2].added_by), (SeriesReason::SharedSound, Some(world.author)));
    for digest in expected {
        assert_eq!(world.store.series_by_media(digest).await.expect("an answer"), Some(series.clone()));
    }
    assert_eq!(world.store.series_get(by.series).await.expect("an answer"), None);
    let unknown = world.store.series_link(&link(&world, "a", "never submitted")).await;
    assert!(matches!(unknown, Err(StoreError::Missing { what: "media" })), "{unknown:?}");
    let itself = world.store.series_link(&link(&world, "a", "a")).await;
    assert!(matches!(itself, Err(StoreError::Conflict { .. })), "{itself:?}");
}

pub async fn two_series_become_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for content in ["a", "b", "c", "d", "e"] {
        world.submit(content).await;
    }
    let older = world.store.series_link(&link(&world, "a", "b")).await.expect("a series");
    let younger = world.store.series_link(&link(&world, "c", "d")).await.expect("a series");
    let both = link(&world, "d", "a");
    assert_eq!(world.store.series_link(&both).await.expect("one series"), older);
    let before = world.store.series_get(younger.id).await.expect("an answer").expect("it is still there");
    assert_eq!((before.merged_into, before.merged_at), (Some(older.id), Some(both.at)));
    let mut all = digests(["a", "b", "c", "d"]);
    all.sort_unstable();
    let mut now = members(&world, &older).await;
    now.sort_unstable();
    assert_eq!(now, all);
    assert_eq!(members(&world, &younger).await.len(), 2, "its own list stands");
    for digest in all {
        let found = world.store.series_by_media(digest).await.expect("an answer");
        assert_eq!(found.map(|series| series.id), Some(older.id));
    }
    world.store.series_link(&link(&world, "e", "c")).await.expect("it grows on");
    assert_eq!(members(&world, &older).await.len(), 5);
    let events = world.store.event_list(SubjectKind::Series, &younger.id.to_string()).await;
    let kinds: Vec<_> = events.expect("events").into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["series_founded", "series_merged"]);
}
