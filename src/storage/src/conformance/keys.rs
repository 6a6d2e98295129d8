//! API keys.

use std::sync::Arc;

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{IdSource as _, TokenId, UserId};
use podlinnik_domain::people::Role;
use uuid::Uuid;

use super::world::{START, World, at};
use crate::record::{KeyRecord, NewSubmission, NewToken};
use crate::{Store, StoreError};

/// A key of the author's for a day, not yet stored.
pub fn token(world: &World, secret: &str) -> NewToken {
    NewToken {
        id: world.ids.next().into(),
        user: world.author,
        secret_sha256: Sha256::of(secret.as_bytes()),
        label: "ноутбук".to_owned(),
        scopes: None,
        rate_per_minute: None,
        quota_per_day: None,
        follows: None,
        actor: None,
        created_at: world.now(),
        expires_at: Some(at(START + 86_400)),
    }
}

pub async fn token_leads_to_its_user(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let token = token(&world, "secret");
    world.store.token_create(&token).await.expect("a token");
    let found = world.store.token_by_secret(token.secret_sha256).await.expect("an answer").expect("it");
    assert_eq!((found.key.id, found.user.id, found.key.line), (token.id, world.author, token.id));
    assert_eq!((found.key.expires_at, found.key.revoked_at), (token.expires_at, None));
    assert_eq!(world.store.token_by_secret(Sha256::of(b"other")).await.expect("an answer"), None);
    let twice = NewToken { id: world.ids.next().into(), ..token.clone() };
    let refused = world.store.token_create(&twice).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "token secret" })), "{refused:?}");
    let nobody = NewToken { id: world.ids.next().into(), user: UserId::from(Uuid::max()), ..token };
    let refused = world.store.token_create(&nobody).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "user" })), "{refused:?}");
}

pub async fn token_revocation_is_repeatable(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let token = token(&world, "secret");
    world.store.token_create(&token).await.expect("a token");
    let first = world.now();
    world.store.token_revoke(token.id, Some(world.author), first).await.expect("a revocation");
    let events = world.store.event_since(0, 1000).await.expect("events").len();
    world.store.token_revoke(token.id, None, world.now()).await.expect("a repetition");
    let found = world.store.token_get(token.id).await.expect("an answer").expect("it");
    assert_eq!(found.revoked_at, Some(first));
    assert_eq!(world.store.event_since(0, 1000).await.expect("events").len(), events);
    let missing = world.store.token_revoke(Uuid::max().into(), None, world.now()).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "token" })), "{missing:?}");
}

pub async fn a_key_keeps_its_scopes_and_limits(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let limited = NewToken {
        scopes: Some(vec![Role::Submitter, Role::Partner]),
        rate_per_minute: Some(60),
        quota_per_day: Some(u32::MAX),
        actor: Some(world.approver),
        expires_at: None,
        ..token(&world, "bot")
    };
    world.store.token_create(&limited).await.expect("a key");
    let expected = KeyRecord {
        id: limited.id,
        user: world.author,
        label: limited.label.clone(),
        scopes: limited.scopes.clone(),
        created_at: limited.created_at,
        expires_at: None,
        revoked_at: None,
        rate_per_minute: Some(60),
        quota_per_day: Some(u32::MAX),
        line: limited.id,
        used_at: None,
    };
    assert_eq!(world.store.token_get(limited.id).await.expect("an answer"), Some(expected.clone()));
    let theirs = NewToken { user: world.second, ..token(&world, "theirs") };
    world.store.token_create(&theirs).await.expect("a key");
    let listed = world.store.token_list(Some(world.author)).await.expect("a list");
    assert_eq!(listed, std::slice::from_ref(&expected));
    let all = world.store.token_list(None).await.expect("a list");
    assert_eq!(all.iter().map(|key| key.id).collect::<Vec<_>>(), [theirs.id, limited.id], "newest first");
    let (later, earlier) = (world.now(), limited.created_at);
    world.store.token_used(limited.id, later).await.expect("noted");
    world.store.token_used(limited.id, earlier).await.expect("noted already");
    let used = world.store.token_get(limited.id).await.expect("an answer").expect("it").used_at;
    assert_eq!(used, Some(later));
    let events = world.store.event_list(SubjectKind::Token, &limited.id.to_string()).await.expect("events");
    assert_eq!((events.len(), events[0].actor), (1, Some(world.approver)));
    assert_eq!(events[0].payload["scopes"][0], "submitter");
    assert_eq!(world.store.token_get(TokenId::from(Uuid::max())).await.expect("an answer"), None);
}

pub async fn two_keys_of_a_line_are_live_at_most(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = token(&world, "first");
    world.store.token_create(&first).await.expect("a key");
    let following = |secret: &str, follows: TokenId| NewToken {
        follows: Some(follows),
        expires_at: None,
        ..token(&world, secret)
    };
    let second = following("second", first.id);
    world.store.token_create(&second).await.expect("the next of the line");
    let found = world.store.token_get(second.id).await.expect("an answer").expect("it");
    assert_eq!(found.line, first.id);
    let third = following("third", second.id);
    let refused = world.store.token_create(&third).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    world.store.token_revoke(first.id, None, world.now()).await.expect("a revocation");
    world.store.token_create(&third).await.expect("one was live");
    // One that has expired is not live either, and lines do not meet.
    let expired = NewToken { expires_at: Some(at(START + 1)), ..token(&world, "short") };
    world.store.token_create(&expired).await.expect("a line of its own");
    world.advance(10);
    for secret in ["a", "b"] {
        world.store.token_create(&following(secret, expired.id)).await.expect(secret);
    }
    let events = world.store.event_list(SubjectKind::Token, &second.id.to_string()).await.expect("events");
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["token_created", "token_rotated"]);
    assert_eq!(events[1].payload["by"], third.id.to_string());
    let stolen = NewToken { user: world.second, ..following("stolen", second.id) };
    let refused = world.store.token_create(&stolen).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "token" })), "{refused:?}");
}

pub async fn a_quota_is_kept_to_the_last_submission(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let limited = |content: &str| NewSubmission { quota_per_day: Some(2), ..world.submission(content) };
    let first = limited("first");
    world.store.submission_create(&first).await.expect("the first");
    // Others do not count, and what has no quota counts all the same.
    let theirs = NewSubmission { submitter: world.second, ..world.submission("theirs") };
    world.store.submission_create(&theirs).await.expect("somebody else's");
    world.submit("first").await;
    let refused = world.store.submission_create(&limited("third")).await;
    let until = at(first.received_at.as_second() + 86_400);
    let Err(StoreError::QuotaUsedUp { until: told }) = refused else { panic!("{refused:?}") };
    assert_eq!(told, until);
    let counted = world.store.submission_count(world.author, at(START)).await.expect("a count");
    assert_eq!(counted, (2, Some(first.received_at)));
    assert_eq!(world.store.submission_count(world.approver, at(0)).await.expect("a count"), (0, None));
    world.advance(86_400);
    world.store.submission_create(&limited("fourth")).await.expect("a day later");
}
