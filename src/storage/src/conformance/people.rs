//! Organisations and users.

use std::sync::Arc;

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{IdSource as _, OrganisationId, UserId};
use podlinnik_domain::people::{Organisation, Role};
use uuid::Uuid;

use super::world::World;
use crate::record::UserUpdate;
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

fn update(world: &World, user: UserId) -> UserUpdate {
    let actor = Some(world.author);
    UserUpdate { user, display_name: None, roles: None, disabled: None, actor, at: world.now() }
}

async fn kinds(world: &World, user: UserId) -> Vec<String> {
    let events = world.store.event_list(SubjectKind::User, &user.to_string()).await.expect("events");
    events.into_iter().map(|event| event.kind).collect()
}

pub async fn a_user_is_changed_step_by_step(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let before = world.store.user_get(world.second).await.expect("an answer").expect("it");
    let renamed = UserUpdate { display_name: Some("Вера".to_owned()), ..update(&world, world.second) };
    let user = world.store.user_update(&renamed).await.expect("a change");
    assert_eq!((user.display_name.as_str(), &user.roles), ("Вера", &before.roles));
    let roles = vec![Role::Editor, Role::OrgAdmin];
    let promoted = UserUpdate { roles: Some(roles.clone()), ..update(&world, world.second) };
    assert_eq!(world.store.user_update(&promoted).await.expect("a change").roles, roles);
    let closed = UserUpdate { disabled: Some(true), actor: None, ..update(&world, world.second) };
    let user = world.store.user_update(&closed).await.expect("a change");
    assert_eq!(user.disabled_at, Some(closed.at));
    let again = UserUpdate { at: world.now(), ..closed };
    assert_eq!(world.store.user_update(&again).await.expect("no change").disabled_at, user.disabled_at);
    let open = UserUpdate { disabled: Some(false), ..update(&world, world.second) };
    let user = world.store.user_update(&open).await.expect("a change");
    assert_eq!(world.store.user_get(world.second).await.expect("an answer"), Some(user.clone()));
    assert_eq!((user.disabled_at, user.created_at), (None, before.created_at));
    let expected = ["user_created", "user_renamed", "roles_changed", "user_disabled", "user_enabled"];
    assert_eq!(kinds(&world, world.second).await, expected, "repetitions and nothing else leave no trace");
    let events = world.store.event_since(0, 1000).await.expect("events");
    assert!(
        !events.iter().any(|event| event.payload.to_string().contains("Вера")),
        "no names in the history"
    );
    let nobody = update(&world, UserId::from(Uuid::max()));
    let missing = world.store.user_update(&nobody).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "user" })), "{missing:?}");
}

pub async fn the_last_administrator_stays(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let with = |user, roles: &[Role]| UserUpdate { roles: Some(roles.to_vec()), ..update(&world, user) };
    let admin = [Role::OrgAdmin];
    world.store.user_update(&with(world.second, &admin)).await.expect("a first administrator");
    world.store.user_update(&with(world.deputy, &admin)).await.expect("a second one");
    let close = |user, actor| UserUpdate { disabled: Some(true), actor, ..update(&world, user) };
    world.store.user_update(&close(world.deputy, Some(world.second))).await.expect("one is left");
    let last = |answer: Result<_, StoreError>| matches!(answer, Err(StoreError::LastAdministrator));
    assert!(last(world.store.user_update(&close(world.second, Some(world.author))).await));
    assert!(last(world.store.user_update(&with(world.second, &[Role::Editor])).await));
    let both = UserUpdate { roles: Some(vec![Role::Editor, Role::OrgAdmin]), ..update(&world, world.second) };
    world.store.user_update(&both).await.expect("still an administrator");
    world.store.user_update(&close(world.second, None)).await.expect("the operator may");
}
