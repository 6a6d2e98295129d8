//! Uploads that come piece by piece.

use std::sync::Arc;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::submission::Circumstances;

use super::world::{World, at};
use crate::record::NewUpload;
use crate::{Store, StoreError};

/// An upload of a hundred bytes, not yet stored.
pub fn upload(world: &World, expires_at: Timestamp) -> NewUpload {
    NewUpload {
        id: world.ids.next().into(),
        user: world.author,
        organisation: world.organisation,
        length: 100,
        circumstances: Circumstances {
            file_name: Some("клип.mp4".to_owned()), ..Circumstances::default()
        },
        started_at: world.now(),
        expires_at,
    }
}

pub async fn an_upload_grows_and_becomes_one_submission(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let new = upload(&world, at(2_000_000_000));
    let begun = store.upload_create(&new, 20).await.expect("an upload");
    assert_eq!((begun.length, begun.received, &begun.circumstances), (100, 0, &new.circumstances));
    assert_eq!((begun.digests, begun.submission, begun.expires_at), (None, None, new.expires_at));
    store.upload_advance(new.id, 0, 60).await.expect("progress");
    // Of two who add to the same place one is told to look again.
    let late = store.upload_advance(new.id, 0, 40).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    let back = store.upload_advance(new.id, 60, 50).await;
    assert!(matches!(back, Err(StoreError::WrongState { .. })), "what was received stays received: {back:?}");
    assert!(store.upload_advance(new.id, 60, 101).await.is_err(), "more than all");
    let submission = world.submit("clip").await.submission.id;
    assert!(store.upload_finish(new.id, submission).await.is_err(), "not complete");
    store.upload_advance(new.id, 60, 100).await.expect("progress");
    let digests = (Sha256::of(b"clip"), Blake3::from_bytes([7; 32]));
    for _ in 0..2 {
        store.upload_seal(new.id, digests.0, digests.1).await.expect("digests");
    }
    for _ in 0..2 {
        store.upload_finish(new.id, submission).await.expect("an end");
    }
    let ended = store.upload_get(new.id).await.expect("an answer").expect("the upload");
    assert_eq!((ended.received, ended.digests, ended.submission), (100, Some(digests), Some(submission)));
    let other = world.submit("other").await.submission.id;
    let again = store.upload_finish(new.id, other).await;
    assert!(matches!(again, Err(StoreError::WrongState { .. })), "{again:?}");
    assert!(store.upload_remove(new.id).await.expect("an answer"));
    assert!(!store.upload_remove(new.id).await.expect("an answer"));
    assert_eq!(store.upload_get(new.id).await.expect("an answer"), None);
    let gone = store.upload_advance(new.id, 100, 100).await;
    assert!(matches!(gone, Err(StoreError::Missing { .. })), "{gone:?}");
}

pub async fn a_person_has_so_many_unfinished_uploads(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let expired = upload(&world, at(world.now().as_second() + 1));
    store.upload_create(&expired, 2).await.expect("an upload");
    world.advance(10);
    for _ in 0..2 {
        store
            .upload_create(&upload(&world, at(2_000_000_000)), 2)
            .await
            .expect("what has expired does not count");
    }
    let full = store.upload_create(&upload(&world, at(2_000_000_000)), 2).await;
    assert!(matches!(full, Err(StoreError::WrongState { .. })), "{full:?}");
    let others = NewUpload { user: world.second, ..upload(&world, at(2_000_000_000)) };
    store.upload_create(&others, 2).await.expect("another person's");
    let ended = store.upload_list_expired(world.now(), 10).await.expect("a list");
    assert_eq!(ended.iter().map(|upload| upload.id).collect::<Vec<_>>(), [expired.id]);
}
