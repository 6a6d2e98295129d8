//! Operations on originals, matches and series.

use podlinnik_domain::id::{ArchiveItemId, CopyMatchId};
use podlinnik_domain::original::{CopyMatchState, Keeping};
use podlinnik_storage::Store;
use podlinnik_storage::conformance::originals::{KIND, Stamp, original, withdrawal};
use podlinnik_storage::conformance::recognition::{found, lesson, link};
use podlinnik_storage::conformance::world::World;
use podlinnik_storage::record::{ArchiveMove, CopyDecision, NewArchiveItem, NewCopyMatch};
use proptest::prelude::{Strategy, any, prop_oneof};

use super::{person, pick, said, seen};

/// One call; numbers choose among what there is.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Add { content: u8, person: u8 },
    Withdraw { item: u8 },
    Move { item: u8, place: u8 },
    Suggest { suspect: u8, matched: u8 },
    Decide { one: u8, state: u8, version: u8, person: u8 },
    Link { one: u8, other: u8 },
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    use Operation as Op;
    let byte = any::<u8>;
    prop_oneof![
        3 => (0..5_u8, byte()).prop_map(|(content, person)| Op::Add { content, person }),
        1 => byte().prop_map(|item| Op::Withdraw { item }),
        1 => (byte(), byte()).prop_map(|(item, place)| Op::Move { item, place }),
        3 => (0..5_u8, 0..5_u8).prop_map(|(suspect, matched)| Op::Suggest { suspect, matched }),
        2 => (byte(), byte(), 0..8_u8, byte()).prop_map(|(one, state, version, person)| Op::Decide { one, state, version, person }),
        2 => (0..5_u8, 0..5_u8).prop_map(|(one, other)| Op::Link { one, other }),
    ]
}

/// What there is to choose from.
#[derive(Debug, Default)]
pub(super) struct Known {
    items: Vec<ArchiveItemId>,
    matches: Vec<(CopyMatchId, u32)>,
}

impl Known {
    pub(super) async fn refresh(&mut self, store: &dyn Store) {
        let items = store.archive_list(true, 0, 1000).await.expect("a list");
        self.items = items.iter().map(|item| item.id).collect();
        self.matches.clear();
        for state in CopyMatchState::ALL {
            let page = store.copy_match_list(*state, None, 1000).await.expect("a page");
            self.matches.extend(page.items.iter().map(|one| (one.id, one.version)));
        }
    }
}

fn clip(number: u8) -> String {
    format!("clip {number}")
}

/// Two series, so that they can meet.
pub(super) async fn start(world: &World) {
    for number in 1..4 {
        world.submit(&clip(number)).await;
    }
    for pair in [["clip 0", "clip 1"], ["clip 2", "clip 3"]] {
        world.store.series_link(&link(world, pair[0], pair[1])).await.expect("a series");
    }
}

pub(super) async fn apply(world: &World, known: &Known, operation: &Operation) -> Option<String> {
    use Operation as Op;
    let store = world.store.as_ref();
    Some(match *operation {
        Op::Add { content, person: who } => {
            let new = NewArchiveItem { actor: Some(person(world, who)), ..original(world, &clip(content)) };
            said(store.archive_add(&new, &Stamp).await)
        }
        Op::Withdraw { item } => {
            let withdrawal = withdrawal(world, pick(&known.items, item)?);
            said(store.archive_withdraw(&withdrawal, &Stamp).await)
        }
        Op::Move { item, place } => {
            let moved = ArchiveMove {
                id: pick(&known.items, item)?,
                path: format!("/место/{place}"),
                keeping: Keeping::ALL[usize::from(place % 2)],
                modified_at: place.is_multiple_of(3).then(|| world.now()),
            };
            said(store.archive_move(&moved).await)
        }
        Op::Suggest { suspect, matched } => {
            let distance = f64::from(suspect) / 7.0;
            let new = NewCopyMatch { distance, ..found(world, &clip(suspect), &clip(matched)) };
            said(store.copy_match_suggest(&new).await)
        }
        Op::Decide { one, state, version, person: who } => {
            let (id, current) = pick(&known.matches, one)?;
            let decision = CopyDecision {
                id,
                version: seen(current, version),
                state: CopyMatchState::ALL[usize::from(state % 3)],
                actor: Some(person(world, who)),
                reason: (!version.is_multiple_of(4)).then(|| "так".to_owned()),
                lesson: if who.is_multiple_of(2) { lesson(b"studio", &[who]) } else { None },
                at: world.now(),
            };
            said(store.copy_match_decide(&decision).await)
        }
        Op::Link { one, other } => said(store.series_link(&link(world, &clip(one), &clip(other))).await),
    })
}

/// Everything that a store shows of these.
pub(super) async fn lists(store: &dyn Store, limit: u32) -> String {
    let after = u64::from(limit / 2);
    let mut shown = vec![
        said(store.archive_list(true, after, limit).await),
        said(store.archive_list(false, after, limit).await),
        said(store.archive_by_path("/место/7").await),
        said(store.archive_by_sequence(after).await),
        said(store.register_since(after, limit).await),
        said(store.signature_since(KIND, 1, after, limit).await),
        said(store.archive_signatures(KIND, 1, after, limit).await),
        said(store.lesson_since(after, limit).await),
    ];
    for state in CopyMatchState::ALL {
        shown.push(said(store.copy_match_list(*state, None, limit).await));
    }
    for case in store.case_list(None, None, limit).await.expect("a page").items {
        let media = case.media_sha256;
        shown.push(said(store.archive_by_media(media).await));
        shown.push(said(store.copy_match_list_by_media(media).await));
        shown.push(said(store.media_judged_between(media, media, limit).await));
        let series = store.series_by_media(media).await.expect("an answer");
        if let Some(series) = &series {
            shown.push(said(store.series_members(series.id).await));
        }
        shown.push(format!("{series:?}"));
    }
    shown.join("\n")
}
