//! The archive of originals, its register, signatures.

use std::sync::Arc;

use podlinnik_domain::event::{GENESIS, SubjectKind};
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{ArchiveItemId, IdSource as _};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::{
    ArchiveItem, Attribution, Keeping, RegisterAction, RegisterEntry, RegisterRecord, RegisterSigner,
};
use podlinnik_domain::verdict::VerdictKind;

use super::world::World;
use crate::record::{ArchiveMove, ArchiveWithdrawal, NewArchiveItem, NewSignature};
use crate::{Store, StoreError};

/// What signatures in these cases are called.
pub const KIND: &str = "media-signature";

/// A signer whose signatures are digests: the store does not look into them.
#[derive(Debug)]
pub struct Stamp;

impl RegisterSigner for Stamp {
    fn public_key(&self) -> [u8; 32] {
        [7; 32]
    }

    fn sign(&self, record: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(Sha256::of(record).as_bytes());
        signature
    }
}

/// A signature, not yet stored.
pub fn signature(content: &str, version: u32) -> NewSignature {
    NewSignature { kind: KIND.to_owned(), version, bytes: content.as_bytes().to_vec() }
}

/// An original, not yet stored.
pub fn original(world: &World, content: &str) -> NewArchiveItem {
    NewArchiveItem {
        id: world.ids.next().into(),
        sha256: Sha256::of(content.as_bytes()),
        blake3: Blake3::from_bytes([3; 32]),
        size_bytes: 1_234_567_890_123,
        path: format!("/footage/{content}.mp4"),
        keeping: Keeping::InPlace,
        modified_at: Some(world.now()),
        kind: MediaKind::Video,
        duration_s: Some(30.04),
        width: Some(1920),
        height: Some(1080),
        fps: Some(29.97),
        attribution: Attribution {
            title: Some("Выступление губернатора".to_owned()),
            source: Some("Пресс-служба области".to_owned()),
            recorded: Some("2024-05-03T14:02+03:00".parse().expect("a date")),
            link: Some("https://example.org/speech".to_owned()),
            vouched_by: "Мария Иванова".to_owned(),
        },
        signature: signature(content, 1),
        actor: Some(world.author),
        at: world.now(),
    }
}

/// Adds an original.
pub async fn added(world: &World, content: &str) -> ArchiveItem {
    world.store.archive_add(&original(world, content), &Stamp).await.expect("an original")
}

/// A withdrawal, not yet stored.
pub fn withdrawal(world: &World, id: ArchiveItemId) -> ArchiveWithdrawal {
    ArchiveWithdrawal { id, reason: "the wrong day".to_owned(), actor: Some(world.author), at: world.now() }
}

/// Checks the whole register and answers it.
pub async fn verified_register(store: &dyn Store) -> Vec<RegisterEntry> {
    let entries = store.register_since(0, u32::MAX).await.expect("entries");
    let mut previous = GENESIS;
    for (entry, sequence) in entries.iter().zip(1..) {
        let record: RegisterRecord = serde_json::from_str(&entry.record).expect("a record");
        assert_eq!((entry.sequence, record.sequence), (sequence, sequence), "no gap");
        assert_eq!((entry.previous_hash, record.previous), (previous, previous));
        assert_eq!((entry.action, entry.item), (record.action, record.item));
        assert_eq!(entry.hash, Sha256::of(entry.record.as_bytes()));
        assert_eq!(entry.signature, Stamp.sign(entry.record.as_bytes()));
        assert_eq!(record.text(), entry.record, "canonical");
        previous = entry.hash;
    }
    entries
}

pub async fn an_original_is_kept_as_it_was_given(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let new = original(&world, "speech");
    let item = world.store.archive_add(&new, &Stamp).await.expect("an original");
    let expected = ArchiveItem {
        id: new.id,
        sequence: 1,
        sha256: new.sha256,
        blake3: new.blake3,
        size_bytes: new.size_bytes,
        path: new.path.clone(),
        keeping: new.keeping,
        modified_at: new.modified_at,
        kind: new.kind,
        duration_s: new.duration_s,
        width: new.width,
        height: new.height,
        fps: new.fps,
        attribution: new.attribution.clone(),
        added_by: new.actor,
        added_at: new.at,
        withdrawal: None,
    };
    assert_eq!(item, expected);
    let store = &world.store;
    assert_eq!(store.archive_get(new.id).await.expect("an answer"), Some(expected.clone()));
    assert_eq!(store.archive_by_sequence(1).await.expect("an answer"), Some(expected.clone()));
    assert_eq!(store.archive_by_media(new.sha256).await.expect("an answer"), Some(expected.clone()));
    assert_eq!(store.archive_by_path(&new.path).await.expect("an answer"), Some(expected));
    let stored = store.signature_get(new.sha256, KIND, 1).await.expect("an answer");
    assert_eq!(stored.as_deref(), Some("speech".as_bytes()));
    assert_eq!(store.archive_get(world.ids.next().into()).await.expect("an answer"), None);
    assert_eq!(store.archive_by_sequence(u64::MAX).await.expect("an answer"), None);
    assert_eq!(store.archive_by_path("/elsewhere").await.expect("an answer"), None);
}

pub async fn little_is_needed_of_an_original(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let bare = NewArchiveItem {
        modified_at: None,
        kind: MediaKind::Audio,
        duration_s: None,
        width: None,
        height: None,
        fps: None,
        attribution: Attribution {
            vouched_by: "Пресс-служба".to_owned(), ..Attribution::default()
        },
        actor: None,
        ..original(&world, "sound")
    };
    let item = world.store.archive_add(&bare, &Stamp).await.expect("an original");
    assert_eq!((item.width, item.added_by, &item.attribution), (None, None, &bare.attribution));
    let nobody = Attribution { vouched_by: " ".to_owned(), ..Attribution::default() };
    let refused = NewArchiveItem { attribution: nobody, ..original(&world, "rumour") };
    let refused = world.store.archive_add(&refused, &Stamp).await;
    assert!(refused.is_err(), "somebody has to vouch");
    assert_eq!(verified_register(world.store.as_ref()).await.len(), 1, "nothing is left of it");
    let unknown =
        NewArchiveItem { actor: Some(world.ids.next().into()), ..original(&world, "of a stranger") };
    let unknown = world.store.archive_add(&unknown, &Stamp).await;
    assert!(matches!(unknown, Err(StoreError::Missing { what: "user" })), "{unknown:?}");
}

pub async fn the_same_bytes_are_added_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = added(&world, "speech").await;
    let again = NewArchiveItem { path: "/elsewhere.mp4".to_owned(), ..original(&world, "speech") };
    let refused = world.store.archive_add(&again, &Stamp).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "original" })), "{refused:?}");
    let same_id = NewArchiveItem { id: first.id, ..original(&world, "another") };
    let refused = world.store.archive_add(&same_id, &Stamp).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    assert_eq!(verified_register(world.store.as_ref()).await.len(), 1);

    world.store.archive_withdraw(&withdrawal(&world, first.id), &Stamp).await.expect("a withdrawal");
    let second = world.store.archive_add(&again, &Stamp).await.expect("it may come back");
    assert_eq!(second.sequence, 3);
    let found = world.store.archive_by_media(first.sha256).await.expect("an answer");
    assert_eq!(found, Some(second), "the one that counts");
}

pub async fn a_withdrawal_is_signed_and_final(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let item = added(&world, "speech").await;
    let given = withdrawal(&world, item.id);
    let gone = world.store.archive_withdraw(&given, &Stamp).await.expect("a withdrawal");
    let why = gone.withdrawal.clone().expect("a withdrawal");
    assert_eq!((why.reason, why.by, why.at, why.sequence), (given.reason.clone(), given.actor, given.at, 2));
    assert_eq!(world.store.archive_by_media(item.sha256).await.expect("an answer"), Some(gone));
    let twice = world.store.archive_withdraw(&withdrawal(&world, item.id), &Stamp).await;
    assert!(matches!(twice, Err(StoreError::WrongState { .. })), "{twice:?}");
    let none = world.store.archive_withdraw(&withdrawal(&world, world.ids.next().into()), &Stamp).await;
    assert!(matches!(none, Err(StoreError::Missing { what: "original" })), "{none:?}");

    let entries = verified_register(world.store.as_ref()).await;
    let actions: Vec<_> = entries.iter().map(|entry| entry.action).collect();
    assert_eq!(actions, [RegisterAction::Added, RegisterAction::Withdrawn]);
    let record: RegisterRecord = serde_json::from_str(&entries[1].record).expect("a record");
    assert_eq!((record.reason, record.at, record.sha256), (Some(given.reason), given.at, item.sha256));
    assert_eq!(record.attribution, item.attribution);
    let events = world.store.event_list(SubjectKind::ArchiveItem, &item.id.to_string()).await;
    let kinds: Vec<_> = events.expect("events").into_iter().map(|event| event.kind).collect();
    assert_eq!(kinds, ["archive_item_added", "archive_item_withdrawn"]);
}

pub async fn an_original_may_lie_elsewhere(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let item = added(&world, "speech").await;
    let moved = ArchiveMove {
        id: item.id,
        path: "/moved/речь.mp4".to_owned(),
        keeping: Keeping::Copied,
        modified_at: Some(world.now()),
    };
    let there = world.store.archive_move(&moved).await.expect("a move");
    let expected = ArchiveItem {
        path: moved.path.clone(),
        keeping: moved.keeping,
        modified_at: moved.modified_at,
        ..item.clone()
    };
    assert_eq!(there, expected);
    assert_eq!(world.store.archive_by_path(&item.path).await.expect("an answer"), None);
    assert_eq!(verified_register(world.store.as_ref()).await.len(), 1, "places are not signed");
    world.store.archive_withdraw(&withdrawal(&world, item.id), &Stamp).await.expect("a withdrawal");
    let late = world.store.archive_move(&moved).await;
    assert!(matches!(late, Err(StoreError::WrongState { .. })), "{late:?}");
    let none = world.store.archive_move(&ArchiveMove { id: world.ids.next().into(), ..moved }).await;
    assert!(matches!(none, Err(StoreError::Missing { what: "original" })), "{none:?}");
}

pub async fn originals_are_listed_by_number(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut items = Vec::new();
    for content in ["a", "b", "c", "d"] {
        items.push(added(&world, content).await);
    }
    let gone = world.store.archive_withdraw(&withdrawal(&world, items[1].id), &Stamp).await;
    let gone = gone.expect("a withdrawal");
    let list = async |withdrawn_too, after, limit| {
        let items = world.store.archive_list(withdrawn_too, after, limit).await.expect("a list");
        items.into_iter().map(|item| item.sequence).collect::<Vec<_>>()
    };
    assert_eq!(list(false, 0, 2).await, [1, 3]);
    assert_eq!(list(false, 3, 2).await, [4]);
    assert_eq!(list(true, 0, 9).await, [1, 2, 3, 4]);
    assert!(list(true, u64::MAX, 9).await.is_empty());
    assert_eq!(world.store.archive_get(gone.id).await.expect("an answer"), Some(gone));
    let register = world.store.register_since(3, 1).await.expect("entries");
    assert_eq!((register.len(), register[0].sequence, register[0].item), (1, 4, items[3].id));
}

pub async fn what_is_signed_can_be_read_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut odd = original(&world, "odd");
    odd.attribution.title = Some("a\0b \"c\" \u{2028}".to_owned());
    odd.at = podlinnik_domain::clock::Timestamp::from_nanosecond(1_767_225_700_123_456_789).expect("a time");
    let item = world.store.archive_add(&odd, &Stamp).await.expect("an original");
    let entries = verified_register(world.store.as_ref()).await;
    let record: RegisterRecord = serde_json::from_str(&entries[0].record).expect("a record");
    assert_eq!((record.attribution, record.at), (item.attribution, item.added_at));
}

pub async fn signatures_are_followed_by_number(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let put = async |content: &str, version, bytes: &str| {
        let signature = NewSignature { bytes: bytes.as_bytes().to_vec(), ..signature(content, version) };
        let sha256 = Sha256::of(content.as_bytes());
        world.store.signature_put(sha256, &signature, world.now()).await.expect("an answer")
    };
    assert!(put("clip 1", 1, "one").await);
    assert!(put("clip 1", 2, "one, better").await);
    assert!(!put("clip 1", 1, "another").await, "the first one stays");
    let item = added(&world, "speech").await;
    assert!(put("clip 2", 1, "two").await);
    let since = async |version, after, limit| {
        let found = world.store.signature_since(KIND, version, after, limit).await.expect("signatures");
        let text = |bytes| String::from_utf8(bytes).expect("a text");
        found.into_iter().map(|one| (one.sequence, text(one.bytes))).collect::<Vec<_>>()
    };
    let known = |number, text: &str| (number, text.to_owned());
    assert_eq!(since(1, 0, 9).await, [known(1, "one"), known(3, "speech"), known(4, "two")]);
    assert_eq!(since(1, 1, 1).await, [known(3, "speech")]);
    assert_eq!(since(2, 0, 9).await, [known(2, "one, better")]);
    assert!(since(3, 0, 9).await.is_empty());
    assert_eq!(world.store.signature_get(item.sha256, KIND, 2).await.expect("an answer"), None);
    assert_eq!(world.store.signature_get(item.sha256, "other", 1).await.expect("an answer"), None);
}

pub async fn signatures_of_originals_leave_out_what_was_withdrawn(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let clip = Sha256::of(b"clip");
    world.store.signature_put(clip, &signature("clip", 1), world.now()).await.expect("a signature");
    let first = added(&world, "a").await;
    let second = added(&world, "b").await;
    let third = added(&world, "c").await;
    world.store.archive_withdraw(&withdrawal(&world, second.id), &Stamp).await.expect("a withdrawal");
    let list = async |after, limit| {
        let found = world.store.archive_signatures(KIND, 1, after, limit).await.expect("signatures");
        found.into_iter().map(|one| (one.sequence, one.sha256)).collect::<Vec<_>>()
    };
    let (first, third) = ((first.sequence, first.sha256), (third.sequence, third.sha256));
    assert_eq!(list(0, 9).await, [first, third]);
    assert_eq!(list(0, 1).await, [first]);
    assert_eq!(list(first.0, 9).await, [third]);
    // Bytes that were withdrawn and come back have their signature already.
    let back = added(&world, "b").await;
    assert_eq!(list(third.0, 9).await, [(back.sequence, back.sha256)]);
    assert_eq!(world.store.archive_signatures(KIND, 2, 0, 9).await.expect("signatures"), []);
}

pub async fn judged_media_are_found_by_prefix(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let judged = world.analysed("judged").await;
    world.approved(judged.id, VerdictKind::ManipulatedFace).await;
    let other = world.analysed("judged too").await;
    world.approved(other.id, VerdictKind::Satire).await;
    world.analysed("not judged").await;
    let all = (Sha256::from_bytes([0; 32]), Sha256::from_bytes([255; 32]));
    let mut both = [judged.media_sha256, other.media_sha256];
    both.sort_unstable();
    assert_eq!(world.store.media_judged_between(all.0, all.1, 9).await.expect("media"), both);
    assert_eq!(world.store.media_judged_between(all.0, all.1, 1).await.expect("media"), both[..1]);
    let prefix = |fill: u8| {
        let mut bytes = [fill; 32];
        bytes[..4].copy_from_slice(&judged.media_sha256.as_bytes()[..4]);
        Sha256::from_bytes(bytes)
    };
    let found = world.store.media_judged_between(prefix(0), prefix(255), 9).await.expect("media");
    assert_eq!(found, [judged.media_sha256]);
}
