//! Operations on accounts: passwords, second factors, sessions, links, keys.

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::UserId;
use podlinnik_domain::people::Role;
use podlinnik_storage::Store;
use podlinnik_storage::conformance::accounts::{link, link_use, session};
use podlinnik_storage::conformance::keys::token;
use podlinnik_storage::conformance::world::{World, at};
use podlinnik_storage::record::{NewLink, NewPassword, NewSessionRecord, NewToken, SecondProof, UserUpdate};
use proptest::prelude::{Strategy, any, prop_oneof};

use super::{person, pick, said};

/// One call; numbers choose among what there is. Secrets are few, so that they meet again.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Change { person: u8, what: u8, operator: bool },
    Password { person: u8, keep: u8 },
    Count { person: u8, seen: u8 },
    Uncount { person: u8, seen: u8 },
    Begin { person: u8 },
    Confirm { person: u8, step: u8 },
    Remove { person: u8 },
    Enter { person: u8, proof: u8 },
    End { person: u8, session: u8 },
    EndOthers { person: u8, session: u8 },
    Link { person: u8, secret: u8 },
    Use { secret: u8 },
    Key { person: u8, follows: Option<u8>, days: u8 },
    Withdraw { key: u8 },
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    use Operation as Op;
    let byte = any::<u8>;
    prop_oneof![
        2 => (byte(), byte(), any::<bool>()).prop_map(|(person, what, operator)| Op::Change { person, what, operator }),
        2 => (byte(), byte()).prop_map(|(person, keep)| Op::Password { person, keep }),
        1 => (byte(), 0..3_u8).prop_map(|(person, seen)| Op::Count { person, seen }),
        1 => (byte(), 0..3_u8).prop_map(|(person, seen)| Op::Uncount { person, seen }),
        2 => byte().prop_map(|person| Op::Begin { person }),
        2 => (byte(), byte()).prop_map(|(person, step)| Op::Confirm { person, step }),
        1 => byte().prop_map(|person| Op::Remove { person }),
        3 => (byte(), byte()).prop_map(|(person, proof)| Op::Enter { person, proof }),
        1 => (byte(), byte()).prop_map(|(person, session)| Op::End { person, session }),
        1 => (byte(), byte()).prop_map(|(person, session)| Op::EndOthers { person, session }),
        2 => (byte(), 0..8_u8).prop_map(|(person, secret)| Op::Link { person, secret }),
        2 => (0..8_u8).prop_map(|secret| Op::Use { secret }),
        2 => (byte(), proptest::option::of(byte()), byte()).prop_map(|(person, follows, days)| Op::Key { person, follows, days }),
        1 => byte().prop_map(|key| Op::Withdraw { key }),
    ]
}

/// What chance hardly ever gets to: a second factor is set up, used by code and recovery code and taken away; a link is used.
pub(super) fn one_persons() -> Vec<Operation> {
    let person = 0;
    vec![
        Operation::Password { person, keep: 0 },
        Operation::Begin { person },
        Operation::Confirm { person, step: 1 },
        Operation::Enter { person, proof: 4 },
        Operation::Enter { person, proof: 4 },
        Operation::Enter { person, proof: 5 },
        Operation::Enter { person, proof: 5 },
        Operation::Remove { person },
        Operation::Link { person, secret: 0 },
        Operation::Use { secret: 0 },
        Operation::Use { secret: 0 },
        Operation::EndOthers { person, session: 0 },
    ]
}

const PHC: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA";

/// Later than any world's clock gets.
const FAR: i64 = 4_000_000_000;

fn factor(user: UserId) -> Vec<u8> {
    Sha256::of(user.to_string().as_bytes()).as_bytes().iter().take(20).copied().collect()
}

pub(super) async fn apply(world: &World, operation: &Operation) -> Option<String> {
    use Operation as Op;
    let store = world.store.as_ref();
    let now = world.now();
    Some(match *operation {
        Op::Change { person: who, what, operator } => {
            let user = person(world, who);
            let actor = (!operator).then_some(world.approver);
            let update = UserUpdate { user, display_name: None, roles: None, disabled: None, actor, at: now };
            let roles = vec![[Role::Editor, Role::OrgAdmin][usize::from(what / 4 % 2)]];
            let update = match what % 4 {
                0 => UserUpdate { display_name: Some(format!("Имя {what}")), ..update },
                1 => UserUpdate { roles: Some(roles), ..update },
                2 => UserUpdate { disabled: Some(true), ..update },
                _ => UserUpdate { disabled: Some(false), ..update },
            };
            said(store.user_update(&update).await)
        }
        Op::Password { person: who, keep } => {
            let user = person(world, who);
            let sessions = store.session_list(user, now).await.expect("a list");
            let keep = pick(&sessions, keep).map(|session| session.id);
            said(store.password_set(&NewPassword { user, phc: PHC.to_owned(), keep, at: now }).await)
        }
        Op::Count { person: who, seen } => {
            said(store.credentials_count(person(world, who), seen.into(), now).await)
        }
        Op::Uncount { person: who, seen } => {
            let failed_at = (seen > 0).then_some(now);
            said(store.credentials_uncount(person(world, who), seen.into(), failed_at).await)
        }
        Op::Begin { person: who } => {
            let user = person(world, who);
            said(store.second_factor_begin(user, &factor(user)).await)
        }
        Op::Confirm { person: who, step } => {
            let user = person(world, who);
            let codes: Vec<_> = (0..2).map(|code| Sha256::of(&[step, code])).collect();
            let confirmed =
                store.second_factor_confirm(user, &factor(user), (step % 8).into(), &codes, now).await;
            said(confirmed)
        }
        Op::Remove { person: who } => {
            said(store.second_factor_remove(person(world, who), Some(world.approver), now).await)
        }
        Op::Enter { person: who, proof } => {
            let user = person(world, who);
            let credentials = store.credentials_get(user).await.expect("an answer")?;
            let proof = match proof % 3 {
                0 => None,
                1 => Some(SecondProof::Step((proof % 16).into())),
                _ => Some(SecondProof::RecoveryCode(Sha256::of(&[proof / 3, 0]))),
            };
            let secret = format!("session at {now}");
            let begun = NewSessionRecord { expires_at: at(FAR), ..session(world, user, &secret) };
            let password_at = credentials.password_at.unwrap_or(at(0));
            let begun = store.session_create(&begun, password_at, proof).await;
            let seen = store.session_by_secret(Sha256::of(secret.as_bytes())).await;
            format!("{} {}", said(begun), said(seen))
        }
        Op::End { person: who, session } => {
            let user = person(world, who);
            let sessions = store.session_list(user, now).await.expect("a list");
            let ended = pick(&sessions, session)?.id;
            let seen = said(store.session_seen(ended, now).await);
            format!("{seen} {}", said(store.session_end(user, ended, now).await))
        }
        Op::EndOthers { person: who, session } => {
            let user = person(world, who);
            let sessions = store.session_list(user, now).await.expect("a list");
            let keep = pick(&sessions, session).map(|session| session.id);
            said(store.session_end_others(user, keep, now).await)
        }
        Op::Link { person: who, secret } => {
            let (user, expires_at) = (person(world, who), at(FAR));
            let link = NewLink { user, expires_at, ..link(world, &format!("link {secret}")) };
            said(store.link_create(&link).await)
        }
        Op::Use { secret } => {
            let mut using = link_use(world, &format!("link {secret}"));
            let found = store.link_by_secret(using.secret_sha256).await;
            if let (Ok(Some(link)), Some(session)) = (&found, &mut using.session) {
                (session.user, session.expires_at) = (link.user.id, at(FAR));
            }
            format!("{} {}", said(found), said(store.link_use(&using).await))
        }
        Op::Key { person: who, follows, days } => {
            let keys = store.token_list(None).await.expect("a list");
            let follows = follows.and_then(|number| pick(&keys, number));
            let user = follows.as_ref().map_or_else(|| person(world, who), |before| before.user);
            let key = NewToken {
                user,
                follows: follows.map(|before| before.id),
                scopes: (days % 2 == 0).then(|| vec![Role::Submitter]),
                quota_per_day: (days % 3 == 0).then_some(days.into()).filter(|quota| *quota > 0),
                ..token(world, &format!("key at {now}"))
            };
            said(store.token_create(&key).await)
        }
        Op::Withdraw { key } => {
            let keys = store.token_list(None).await.expect("a list");
            said(store.token_revoke(pick(&keys, key)?.id, Some(world.approver), now).await)
        }
    })
}

/// Everything that the store tells of accounts.
pub(super) async fn lists(world: &World) -> String {
    let store: &dyn Store = world.store.as_ref();
    let mut shown = vec![said(store.user_list().await), said(store.token_list(None).await)];
    for user in [world.author, world.second, world.approver, world.deputy] {
        shown.push(said(store.credentials_get(user).await));
        shown.push(said(store.session_list(user, at(0)).await));
        shown.push(said(store.recovery_codes_left(user).await));
        shown.push(said(store.link_is_waiting(user).await));
        shown.push(said(store.submission_count(user, at(0)).await));
    }
    shown.join("\n")
}
