//! Matches between items, what people think of them, and series.

use std::sync::Arc;

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::original::{CopyMatch, CopyMatchKind, CopyMatchState, Series, SeriesReason};
use serde_json::json;

use super::originals::added;
use super::world::World;
use crate::record::{CopyDecision, Lesson, NewCopyMatch, NewSignature, SeriesLink};
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
        lesson: None,
        at: world.now(),
    }
}

/// What a rejection teaches.
pub fn lesson(suspect: &[u8], matched: &[u8]) -> Option<Lesson> {
    Some(Lesson { suspect: suspect.to_vec(), matched: matched.to_vec() })
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

pub async fn a_rejection_teaches_and_a_confirmation_takes_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for content in ["speech", "other"] {
        added(&world, content).await;
    }
    let mute = found(&world, "fake", "other");
    let mute = world.store.copy_match_suggest(&mute).await.expect("a match");
    let mute = world.store.copy_match_decide(&decision(&world, &mute, CopyMatchState::Rejected)).await;
    assert!(
        mute.is_ok() && world.store.lesson_since(0, 9).await.expect("a list").is_empty(),
        "nothing was taught"
    );

    let new = found(&world, "fake", "speech");
    let seen = world.store.copy_match_suggest(&new).await.expect("a match");
    let taught = lesson(b"studio", b"desk");
    let no = CopyDecision { lesson: taught.clone(), ..decision(&world, &seen, CopyMatchState::Rejected) };
    let rejected = world.store.copy_match_decide(&no).await.expect("a decision");
    let stale = world.store.copy_match_decide(&no).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let yes = decision(&world, &rejected, CopyMatchState::Confirmed);
    let confirmed = world.store.copy_match_decide(&yes).await.expect("a mistake is mended");
    let no = CopyDecision {
        lesson: lesson(b"again", b"desk"),
        ..decision(&world, &confirmed, CopyMatchState::Rejected)
    };
    world.store.copy_match_decide(&no).await.expect("back again");

    let all = world.store.lesson_since(0, 9).await.expect("a list");
    assert_eq!(all.iter().map(|one| one.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(all.iter().all(|one| one.found == new.id && one.pair == [new.suspect, new.matched]));
    assert_eq!((&all[0].lesson, &all[1].lesson), (&taught, &None));
    assert_eq!(all[2].lesson, lesson(b"again", b"desk"));
    assert_eq!(world.store.lesson_since(1, 1).await.expect("a list"), [all[1].clone()]);
    assert!(world.store.lesson_since(3, 9).await.expect("a list").is_empty());
}

pub async fn a_signature_is_known_or_not(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let clip = Sha256::of(b"clip");
    let known = async |kind: &str, version| {
        world.store.signature_known(clip, kind, version).await.expect("an answer")
    };
    assert!(!known("pdq", 1).await);
    let signature = NewSignature { kind: "pdq".to_owned(), version: 1, bytes: vec![7] };
    world.store.signature_put(clip, &signature, world.now()).await.expect("stored");
    assert_eq!((known("pdq", 1).await, known("pdq", 2).await, known("sound", 1).await), (true, false, false));
}

pub async fn series_are_listed_by_growth(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for content in ["a", "b", "c", "d", "e", "f", "g"] {
        world.submit(content).await;
    }
    let first = world.store.series_link(&link(&world, "a", "b")).await.expect("a series");
    let second = world.store.series_link(&link(&world, "c", "d")).await.expect("a series");
    let third = world.store.series_link(&link(&world, "e", "f")).await.expect("a series");
    let grown = link(&world, "a", "g");
    world.store.series_link(&grown).await.expect("it grows");
    world.store.series_link(&link(&world, "e", "f")).await.expect("nothing new");
    let list = async |after| {
        let page = world.store.series_list(after, 2).await.expect("a page");
        (page.items.iter().map(|one| (one.series.id, one.members)).collect::<Vec<_>>(), page.next)
    };
    let (newest, next) = list(None).await;
    assert_eq!(newest, [(first.id, 3), (third.id, 2)], "the one that grew last comes first");
    assert_eq!(list(next).await, (vec![(second.id, 2)], None));
    let page = world.store.series_list(None, 1).await.expect("a page");
    assert_eq!((page.items[0].grown_at, page.items[0].series.clone()), (grown.at, first.clone()));

    world.store.series_link(&link(&world, "c", "e")).await.expect("one of two");
    let (left, _) = list(None).await;
    assert!(!left.contains(&(third.id, 2)), "the younger one was taken over");
    assert!(left.contains(&(second.id, 4)) && left.contains(&(first.id, 3)));
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
