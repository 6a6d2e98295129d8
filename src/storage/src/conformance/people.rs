//! Organisations, users, tokens.

use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{IdSource as _, OrganisationId, UserId};
use podlinnik_domain::people::Organisation;
use uuid::Uuid;

use super::world::World;
use crate::record::NewToken;
use crate::{Store, StoreError};

pub async fn organisation_is_found_by_identifier_and_code(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let region = world.found("RU-MOS", world.ids.next().into()).await;
    let town = Organisation {
        id: world.ids.next().into(),
        code: "46-701".to_owned(),
        parent: Some(region.id),
        ..region.clone()
    };
    world.store.organisation_create(&town, world.now()).await.expect("a town");
    assert_eq!(world.store.organisation_get(town.id).await.expect("an answer"), Some(town.clone()));
    assert_eq!(world.store.organisation_by_code("46-701").await.expect("an answer"), Some(town));
    assert_eq!(world.store.organisation_by_code("RU-XXX").await.expect("an answer"), None);
}

pub async fn organisation_code_is_unique(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = world.store.organisation_get(world.organisation).await.expect("an answer").expect("it");
    let second = Organisation { id: world.ids.next().into(), ..first };
    let refused = world.store.organisation_create(&second, world.now()).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "organisation code" })), "{refused:?}");
}

pub async fn organisation_needs_its_parent(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = world.store.organisation_get(world.organisation).await.expect("an answer").expect("it");
    let orphan = Organisation {
        id: world.ids.next().into(),
        code: "orphan".to_owned(),
        parent: Some(OrganisationId::from(Uuid::max())),
        ..first
    };
    let refused = world.store.organisation_create(&orphan, world.now()).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "organisation" })), "{refused:?}");
}

pub async fn organisations_and_users_are_listed_in_order(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for code in ["b", "RU-AD", "federal", "_x"] {
        world.found(code, world.ids.next().into()).await;
    }
    let codes: Vec<String> =
        world.store.organisation_list().await.expect("a list").into_iter().map(|found| found.code).collect();
    assert_eq!(codes, ["RU-AD", "RU-TAM", "_x", "b", "federal"], "by bytes, whatever the locale");
    for login in ["z.z", "a-b", "a_b", "ab"] {
        world.store.user_create(&world.user(world.ids.next().into(), login), None).await.expect("a user");
    }
    let logins: Vec<String> =
        world.store.user_list().await.expect("a list").into_iter().map(|user| user.login).collect();
    assert_eq!(logins, ["a-b", "a_b", "ab", "approver", "author", "deputy", "second", "z.z"]);
}

pub async fn user_is_found_by_identifier_and_login(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut user = world.user(world.ids.next().into(), "closed");
    user.disabled_at = Some(world.now());
    world.store.user_create(&user, Some(world.author)).await.expect("a user");
    assert_eq!(world.store.user_get(user.id).await.expect("an answer"), Some(user.clone()));
    assert_eq!(world.store.user_by_login("closed").await.expect("an answer"), Some(user));
    assert_eq!(world.store.user_by_login("nobody").await.expect("an answer"), None);
    assert_eq!(world.store.user_get(UserId::from(Uuid::max())).await.expect("an answer"), None);
}

pub async fn user_login_is_unique(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let refused = world.store.user_create(&world.user(world.ids.next().into(), "author"), None).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "login" })), "{refused:?}");
    let refused = world.store.user_create(&world.user(world.author, "other"), None).await;
    assert!(matches!(refused, Err(StoreError::Conflict { what: "identifier" })), "{refused:?}");
}

pub async fn user_needs_an_organisation(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut user = world.user(world.ids.next().into(), "homeless");
    user.organisation = OrganisationId::from(Uuid::max());
    let refused = world.store.user_create(&user, None).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "organisation" })), "{refused:?}");
}

fn token(world: &World, secret: &str) -> NewToken {
    NewToken {
        id: world.ids.next().into(),
        user: world.author,
        secret_sha256: Sha256::of(secret.as_bytes()),
        label: "ноутбук".to_owned(),
        created_at: world.now(),
        expires_at: Some(super::world::at(super::world::START + 86_400)),
    }
}

pub async fn token_leads_to_its_user(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let token = token(&world, "secret");
    world.store.token_create(&token).await.expect("a token");
    let found = world.store.token_by_secret(token.secret_sha256).await.expect("an answer").expect("it");
    assert_eq!((found.id, found.user.id), (token.id, world.author));
    assert_eq!((found.expires_at, found.revoked_at), (token.expires_at, None));
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
    let found = world.store.token_by_secret(token.secret_sha256).await.expect("an answer").expect("it");
    assert_eq!(found.revoked_at, Some(first));
    assert_eq!(world.store.event_since(0, 1000).await.expect("events").len(), events);
    let missing = world.store.token_revoke(Uuid::max().into(), None, world.now()).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "token" })), "{missing:?}");
}

pub async fn whoever_acts_exists(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let nobody = UserId::from(Uuid::max());
    let refused = world.store.user_create(&world.user(world.ids.next().into(), "new"), Some(nobody)).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "user" })), "{refused:?}");
    assert_eq!(world.store.user_by_login("new").await.expect("an answer"), None);
    let receiver = world.receiver().await;
    let refused = world.store.receiver_disable(receiver.id, Some(nobody), world.now()).await;
    assert!(matches!(refused, Err(StoreError::Missing { what: "user" })), "{refused:?}");
    assert_eq!(world.store.receiver_list(None).await.expect("a list"), [receiver]);
}
