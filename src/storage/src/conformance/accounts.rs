//! Passwords, second factors, sessions, links that work once.

use std::sync::Arc;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{IdSource as _, SessionId, UserId};
use uuid::Uuid;

use super::world::{START, World, at};
use crate::record::{
    CredentialsRecord, LinkUse, NewLink, NewPassword, NewSessionRecord, SecondProof, UserUpdate,
};
use crate::{Store, StoreError};

/// A hash of the right form.
const PHC: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";
const SECRET: &[u8; 20] = b"12345678901234567890";

/// A session of a user's for a week, not yet stored.
pub fn session(world: &World, user: UserId, secret: &str) -> NewSessionRecord {
    NewSessionRecord {
        id: world.ids.next().into(),
        user,
        secret_sha256: Sha256::of(secret.as_bytes()),
        agent: "Firefox".to_owned(),
        created_at: world.now(),
        expires_at: at(START + 7 * 86_400),
    }
}

/// Sets the author's password; answers when.
pub async fn with_password(world: &World) -> Timestamp {
    let password = NewPassword { user: world.author, phc: PHC.to_owned(), keep: None, at: world.now() };
    world.store.password_set(&password).await.expect("a password");
    password.at
}

/// Begins a session of the author's without a second factor.
pub async fn signed_in(world: &World, password_at: Timestamp, secret: &str) -> SessionId {
    let session = session(world, world.author, secret);
    world.store.session_create(&session, password_at, None).await.expect("a session");
    session.id
}

async fn credentials(world: &World) -> CredentialsRecord {
    world.store.credentials_get(world.author).await.expect("an answer").expect("credentials")
}

async fn kinds(world: &World) -> Vec<String> {
    let events = world.store.event_list(SubjectKind::User, &world.author.to_string()).await.expect("events");
    events.into_iter().skip(1).map(|event| event.kind).collect()
}

async fn live(world: &World) -> Vec<SessionId> {
    let sessions = world.store.session_list(world.author, world.now()).await.expect("a list");
    sessions.into_iter().map(|session| session.id).collect()
}

pub async fn a_password_is_set_and_ends_other_sessions(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert_eq!(world.store.credentials_get(world.author).await.expect("an answer"), None);
    let first = with_password(&world).await;
    let expected = CredentialsRecord {
        password_phc: Some(PHC.to_owned()),
        password_at: Some(first),
        ..CredentialsRecord::default()
    };
    assert_eq!(credentials(&world).await, expected);
    signed_in(&world, first, "one").await;
    let kept = signed_in(&world, first, "two").await;
    let changed = NewPassword { user: world.author, phc: PHC.to_owned(), keep: Some(kept), at: world.now() };
    world.store.password_set(&changed).await.expect("another password");
    assert_eq!(live(&world).await, [kept]);
    // Whoever proved the old password meanwhile comes too late.
    let late = world.store.session_create(&session(&world, world.author, "late"), first, None).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    assert_eq!(kinds(&world).await, ["password_set", "password_set"]);
    let nobody = NewPassword { user: UserId::from(Uuid::max()), ..changed };
    let missing = world.store.password_set(&nobody).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "user" })), "{missing:?}");
}

pub async fn failures_are_counted_one_by_one(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let password_at = with_password(&world).await;
    let now = world.now();
    assert!(world.store.credentials_count(world.author, 0, now).await.expect("an answer"));
    assert!(
        !world.store.credentials_count(world.author, 0, now).await.expect("an answer"),
        "counted already"
    );
    let second = world.now();
    assert!(world.store.credentials_count(world.author, 1, second).await.expect("an answer"));
    let counted = credentials(&world).await;
    assert_eq!((counted.failures, counted.failed_at), (2, Some(second)));
    world.store.credentials_uncount(world.author, 0, None).await.expect("others were counted");
    world.store.credentials_uncount(world.author, 1, Some(now)).await.expect("taken back");
    let counted = credentials(&world).await;
    assert_eq!((counted.failures, counted.failed_at), (1, Some(now)));
    signed_in(&world, password_at, "session").await;
    let counted = credentials(&world).await;
    assert_eq!((counted.failures, counted.failed_at), (0, None), "success forgets");
    let unknown = world.store.credentials_count(world.second, 0, now).await.expect("an answer");
    assert!(!unknown, "nothing to count where there is no password");
}

pub async fn a_second_factor_is_confirmed_used_and_taken_away(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let wrong_state = |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::WrongState { .. }));
    assert!(wrong_state(world.store.second_factor_begin(world.author, SECRET).await), "no password yet");
    let password_at = with_password(&world).await;
    world.store.second_factor_begin(world.author, &[7; 20]).await.expect("a secret");
    world.store.second_factor_begin(world.author, SECRET).await.expect("another secret");
    assert_eq!(credentials(&world).await.second_factor(), None, "it does not count yet");
    let codes = [Sha256::of(b"a"), Sha256::of(b"b")];
    let confirm = async |secret: &[u8], step| {
        world.store.second_factor_confirm(world.author, secret, step, &codes, world.now()).await
    };
    assert!(wrong_state(confirm(&[7; 20], 5).await), "that secret is forgotten");
    confirm(SECRET, 5).await.expect("a second factor");
    assert!(wrong_state(confirm(SECRET, 6).await), "once is enough");
    assert!(wrong_state(world.store.second_factor_begin(world.author, &[8; 20]).await), "it is in force");
    assert_eq!(credentials(&world).await.second_factor(), Some(SECRET.as_slice()));

    let enter = async |secret: &str, proof| {
        let session = session(&world, world.author, secret);
        world.store.session_create(&session, password_at, Some(proof)).await
    };
    let stale = |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::Stale { .. }));
    assert!(stale(enter("1", SecondProof::Step(5)).await), "the code that confirmed");
    enter("2", SecondProof::Step(6)).await.expect("the next code");
    assert!(stale(enter("3", SecondProof::Step(6)).await), "a code works once");
    enter("4", SecondProof::RecoveryCode(codes[0])).await.expect("a recovery code");
    let again = enter("5", SecondProof::RecoveryCode(codes[0])).await;
    assert!(matches!(again, Err(StoreError::Missing { what: "recovery code" })), "{again:?}");
    assert_eq!(live(&world).await.len(), 2);
    assert_eq!(world.store.recovery_codes_left(world.author).await.expect("a count"), 1);

    let remove =
        async || world.store.second_factor_remove(world.author, None, world.now()).await.expect("without");
    remove().await;
    remove().await;
    assert_eq!(credentials(&world).await.totp_secret, None);
    assert_eq!(world.store.recovery_codes_left(world.author).await.expect("a count"), 0);
    assert_eq!(kinds(&world).await, ["password_set", "second_factor_on", "second_factor_off"]);
    // The same secret anew begins with any step.
    world.store.second_factor_begin(world.author, SECRET).await.expect("a secret");
    world
        .store
        .second_factor_confirm(world.author, SECRET, 1, &[Sha256::of(b"c")], world.now())
        .await
        .expect("a second factor");
}

pub async fn a_session_leads_to_its_person_until_it_ends(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let password_at = with_password(&world).await;
    let one = signed_in(&world, password_at, "one").await;
    let two = signed_in(&world, password_at, "two").await;
    let held = world.store.session_by_secret(Sha256::of(b"one")).await.expect("an answer").expect("it");
    assert_eq!((held.session.id, held.user.id, held.has_second_factor), (one, world.author, false));
    assert_eq!((held.session.agent.as_str(), held.session.ended_at), ("Firefox", None));
    assert_eq!(held.session.seen_at, held.session.created_at);
    assert_eq!(world.store.session_by_secret(Sha256::of(b"other")).await.expect("an answer"), None);
    let seen = world.now();
    world.store.session_seen(one, seen).await.expect("noted");
    assert_eq!(live(&world).await, [two, one], "newest first");
    let not_theirs = world.store.session_end(world.second, one, world.now()).await;
    assert!(matches!(not_theirs, Err(StoreError::Missing { what: "session" })), "{not_theirs:?}");
    let end = world.now();
    world.store.session_end(world.author, one, end).await.expect("an end");
    world.store.session_end(world.author, one, world.now()).await.expect("a repetition");
    world.store.session_seen(one, world.now()).await.expect("nothing to note");
    let held = world.store.session_by_secret(Sha256::of(b"one")).await.expect("an answer").expect("it");
    assert_eq!((held.session.seen_at, held.session.ended_at), (seen, Some(end)));
    signed_in(&world, password_at, "three").await;
    let ended = world.store.session_end_others(world.author, Some(two), world.now()).await;
    assert_eq!(ended.expect("an end"), 1);
    assert_eq!(live(&world).await, [two]);
    assert_eq!(world.store.session_end_others(world.author, None, world.now()).await.expect("an end"), 1);
    assert_eq!(kinds(&world).await, ["password_set"], "not each sign-in is history");
    let twice = session(&world, world.author, "two");
    let refused = world.store.session_create(&twice, password_at, None).await;
    assert!(matches!(refused, Err(StoreError::Conflict { .. })), "{refused:?}");
    world.advance(7 * 86_400);
    assert!(live(&world).await.is_empty());
}

/// A link of the author's for two days, not yet stored.
pub fn link(world: &World, secret: &str) -> NewLink {
    NewLink {
        secret_sha256: Sha256::of(secret.as_bytes()),
        user: world.author,
        created_by: None,
        created_at: world.now(),
        expires_at: at(START + 2 * 86_400),
    }
}

/// What using a link takes.
pub fn link_use(world: &World, secret: &str) -> LinkUse {
    LinkUse {
        secret_sha256: Sha256::of(secret.as_bytes()),
        phc: PHC.to_owned(),
        session: Some(session(world, world.author, &format!("session by {secret}"))),
        at: world.now(),
    }
}

pub async fn a_link_works_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let gone =
        |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::Missing { what: "sign-in link" }));
    assert!(!world.store.link_is_waiting(world.author).await.expect("an answer"));
    world.store.link_create(&link(&world, "first")).await.expect("a link");
    let by_admin = NewLink { created_by: Some(world.approver), ..link(&world, "second") };
    world.store.link_create(&by_admin).await.expect("another link");
    assert!(!world.store.link_is_waiting(world.author).await.expect("an answer"), "not the operator's");
    let first = world.store.link_by_secret(Sha256::of(b"first")).await.expect("an answer").expect("it");
    assert_eq!((first.withdrawn_at, first.used_at), (Some(by_admin.created_at), None), "one is live");
    assert!(gone(world.store.link_use(&link_use(&world, "first")).await));
    assert!(gone(world.store.link_use(&link_use(&world, "unknown")).await));

    let password_at = with_password(&world).await;
    signed_in(&world, password_at, "before").await;
    assert!(world.store.credentials_count(world.author, 0, world.now()).await.expect("a failure"));
    let used = link_use(&world, "second");
    world.store.link_use(&used).await.expect("a password");
    assert_eq!(live(&world).await, [used.session.as_ref().expect("a session").id], "others have ended");
    let now = credentials(&world).await;
    assert_eq!((now.password_at, now.failures), (Some(used.at), 0));
    let second = world.store.link_by_secret(Sha256::of(b"second")).await.expect("an answer").expect("it");
    assert_eq!((second.user.id, second.used_at), (world.author, Some(used.at)));
    assert!(gone(world.store.link_use(&link_use(&world, "second")).await), "once");
    let expected =
        ["sign_in_link_made", "sign_in_link_made", "password_set", "sign_in_link_used", "password_set"];
    assert_eq!(kinds(&world).await, expected);

    world.store.link_create(&link(&world, "third")).await.expect("a link");
    assert!(world.store.link_is_waiting(world.author).await.expect("an answer"));
    let bare = LinkUse { session: None, ..link_use(&world, "third") };
    world.store.link_use(&bare).await.expect("a password without a session");
    assert!(live(&world).await.is_empty());
    world.store.link_create(&link(&world, "fourth")).await.expect("a link");
    world.advance(2 * 86_400);
    assert!(gone(world.store.link_use(&link_use(&world, "fourth")).await), "too late");
}

pub async fn a_second_factor_confirmed_meanwhile_counts(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let stale = |answer: Result<(), StoreError>| matches!(answer, Err(StoreError::Stale { .. }));
    let password_at = with_password(&world).await;
    world.store.link_create(&link(&world, "link")).await.expect("a link");
    assert!(world.store.credentials_count(world.author, 0, world.now()).await.expect("a failure"));
    // Whoever looked before this has seen no second factor.
    world.store.second_factor_begin(world.author, SECRET).await.expect("a secret");
    let codes = [Sha256::of(b"a")];
    let confirmed = world.store.second_factor_confirm(world.author, SECRET, 5, &codes, world.now()).await;
    confirmed.expect("a second factor");
    let late = session(&world, world.author, "late");
    assert!(stale(world.store.session_create(&late, password_at, None).await), "the password is not enough");
    let using = link_use(&world, "link");
    assert!(stale(world.store.link_use(&using).await), "neither is a link");
    let now = credentials(&world).await;
    assert_eq!((now.failures, now.password_at), (1, Some(password_at)), "nothing has happened");
    assert!(live(&world).await.is_empty());
    let bare = LinkUse { session: None, ..using };
    world.store.link_use(&bare).await.expect("a password without a session");
    assert_eq!(credentials(&world).await.password_at, Some(bare.at));
}

pub async fn whoever_leaves_is_out_at_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let password_at = with_password(&world).await;
    signed_in(&world, password_at, "session").await;
    world.store.link_create(&link(&world, "link")).await.expect("a link");
    let leaving = |disabled| UserUpdate {
        user: world.author,
        display_name: None,
        roles: None,
        disabled: Some(disabled),
        actor: None,
        at: world.now(),
    };
    let closed = world.store.user_update(&leaving(true)).await.expect("a closed account").disabled_at;
    assert!(live(&world).await.is_empty());
    let withdrawn = world.store.link_by_secret(Sha256::of(b"link")).await.expect("an answer").expect("it");
    assert_eq!(withdrawn.withdrawn_at, closed);
    let refused = world.store.link_create(&link(&world, "new")).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    world.store.user_update(&leaving(false)).await.expect("an open account");
    assert!(live(&world).await.is_empty(), "what has ended has ended");
    world.store.link_create(&link(&world, "new")).await.expect("a link");
}
