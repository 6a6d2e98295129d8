//! People sign in; programs have keys. Hashing a password takes time: the stories are few and long.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::people::{Actor, Role, User};
use podlinnik_pipeline::{KeyWish, NewSession, Service, ServiceError, SignIn, UserChange};

use crate::support::{World, code};

const PASSWORD: &str = "верная лошадь скоба";
const AGENT: &str = "Firefox";

async fn user(world: &World, login: &str, roles: &[Role]) -> User {
    world.service.user_add(None, world.tambov, login, login, roles).await.expect(login)
}

/// A user who has set a password, signed in.
async fn person(world: &World, login: &str, roles: &[Role]) -> Actor {
    let user = user(world, login, roles).await;
    let link = world.service.link_make(None, user.id).await.expect("a link");
    let begun = world.service.link_use(&link.secret, PASSWORD, AGENT).await.expect("a session");
    world.service.session(&begun.secret).await.expect("a person").actor
}

async fn enter(service: &Service, login: &str, password: &str, code: Option<&str>) -> NewSession {
    match service.sign_in(login, password, code, AGENT).await {
        Ok(SignIn::Done(session)) => session,
        other => panic!("{other:?}"),
    }
}

async fn refused(service: &Service, login: &str, password: &str, digits: Option<&str>) -> ErrorCode {
    code(&service.sign_in(login, password, digits, AGENT).await).expect("a refusal")
}

/// What an authenticator shows now: RFC 6238 once more, written apart from the service's.
fn shown(world: &World, secret_base32: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use podlinnik_domain::clock::Clock as _;
    let bits: String = secret_base32
        .chars()
        .map(|letter| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter).expect("base32"))
        .map(|five| format!("{five:05b}"))
        .collect();
    let key: Vec<u8> =
        (0..20).map(|byte| u8::from_str_radix(&bits[byte * 8..byte * 8 + 8], 2).expect("bits")).collect();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).expect("a key");
    mac.update(&(world.clock.now().as_second() / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let number =
        digest[offset..offset + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

#[tokio::test]
async fn a_link_works_once_and_a_session_goes_on_until_it_ends() {
    let world = World::new().await;
    let service = &world.service;
    let anna = user(&world, "anna", &[Role::Analyst]).await;
    assert_eq!(refused(service, "anna", PASSWORD, None).await, ErrorCode::Unauthenticated);
    let earlier = service.link_make(None, anna.id).await.unwrap();
    let link = service.link_make(None, anna.id).await.unwrap();
    assert_eq!(link.address("https://x"), format!("https://x/link/{}", link.secret));
    assert!(link.secret.starts_with("pll_") && !format!("{link:?}").contains(&link.secret));
    assert_eq!(code(&service.link_owner(&earlier.secret).await), Some(ErrorCode::NotFound), "withdrawn");
    assert_eq!(service.link_owner(&link.secret).await.unwrap(), anna);
    let weak = service.link_use(&link.secret, "короткий", AGENT).await;
    assert_eq!(code(&weak), Some(ErrorCode::ValidationFailed));
    let first = service.link_use(&link.secret, PASSWORD, "Firefox\n8").await.unwrap();
    assert!(first.secret.starts_with("pls_") && first.secret.len() == 47);
    assert!(!format!("{first:?}").contains(&first.secret), "a secret does not get into logs");
    assert_eq!(code(&service.link_use(&link.secret, PASSWORD, AGENT).await), Some(ErrorCode::NotFound));

    let signed_in = service.session(&first.secret).await.unwrap();
    assert_eq!((signed_in.actor.user.id, signed_in.has_second_factor), (anna.id, false));
    let second = enter(service, " Anna ", PASSWORD, None).await;
    assert_ne!(second.secret, first.secret, "a new secret each time");
    let sessions = service.sessions(&signed_in.actor).await.unwrap();
    assert_eq!(sessions.iter().map(|one| one.id).collect::<Vec<_>>(), [second.session, first.session]);
    assert_eq!(sessions[1].agent, "Firefox 8");
    service.session_end(&signed_in.actor, second.session).await.unwrap();
    assert_eq!(code(&service.session(&second.secret).await), Some(ErrorCode::Unauthenticated));

    // Use keeps a session, twelve hours without it end it.
    world.clock.advance(12 * 3600 - 1);
    service.session(&first.secret).await.unwrap();
    world.clock.advance(12 * 3600 - 1);
    service.session(&first.secret).await.unwrap();
    world.clock.advance(12 * 3600);
    assert_eq!(code(&service.session(&first.secret).await), Some(ErrorCode::Unauthenticated));
    // Seven days end it anyhow.
    let third = enter(service, "anna", PASSWORD, None).await;
    for _ in 0..14 {
        world.clock.advance(12 * 3600 - 60);
        service.session(&third.secret).await.unwrap();
    }
    world.clock.advance(14 * 60);
    assert_eq!(code(&service.session(&third.secret).await), Some(ErrorCode::Unauthenticated));

    let fourth = enter(service, "anna", PASSWORD, None).await;
    service.sign_out(&fourth.secret).await.unwrap();
    service.sign_out("pls_nonsense").await.unwrap();
    assert_eq!(code(&service.session(&fourth.secret).await), Some(ErrorCode::Unauthenticated));
    let late = service.link_make(None, anna.id).await.unwrap();
    world.clock.advance(48 * 3600);
    assert_eq!(code(&service.link_owner(&late.secret).await), Some(ErrorCode::NotFound));
    let key = service.token_issue(None, anna.id, "key", None).await.unwrap().secret;
    for wrong in ["", "pls_", &key, &late.secret] {
        assert_eq!(code(&service.session(wrong).await), Some(ErrorCode::Unauthenticated), "{wrong}");
    }
}

#[tokio::test]
async fn failures_cost_time_and_tell_nothing() {
    let world = World::new().await;
    let service = &world.service;
    person(&world, "anna", &[Role::Analyst]).await;
    for login in ["anna", "nobody"] {
        for _ in 0..5 {
            assert_eq!(refused(service, login, "wrong password", None).await, ErrorCode::Unauthenticated);
        }
        let wait = async || match service.sign_in(login, PASSWORD, None, AGENT).await {
            Err(ServiceError::RateLimited { seconds }) => seconds,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait().await, 30, "{login}: also with the right password");
        world.clock.advance(30);
        assert_eq!(refused(service, login, "wrong password", None).await, ErrorCode::Unauthenticated);
        assert_eq!(wait().await, 60, "{login}");
        world.clock.advance(60);
    }
    enter(service, "anna", PASSWORD, None).await;
    assert_eq!(refused(service, "anna", "wrong password", None).await, ErrorCode::Unauthenticated);
    enter(service, "anna", PASSWORD, None).await;

    // Many at once do not slip through.
    let mut guesses = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let service = service.clone();
        guesses.spawn(async move { service.sign_in("anna", "wrong password", None, AGENT).await });
    }
    let answers = guesses.join_all().await;
    let looked_at = answers.iter().filter(|answer| code(answer) == Some(ErrorCode::Unauthenticated)).count();
    assert!((1..=5).contains(&looked_at), "{looked_at} guesses were looked at");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_works_once() {
    let world = World::new().await;
    let service = &world.service;
    let anna = person(&world, "anna", &[Role::Analyst]).await;
    let wrong = service.second_factor_begin(&anna, "wrong password").await;
    assert_eq!(code(&wrong), Some(ErrorCode::ValidationFailed));
    assert_eq!(code(&service.second_factor_confirm(&anna, "123456").await), Some(ErrorCode::WrongState));
    let setup = service.second_factor_begin(&anna, PASSWORD).await.unwrap();
    assert!(setup.uri.contains(&setup.secret_base32) && setup.qr_svg.starts_with("<svg"));
    assert!(!format!("{setup:?}").contains(&setup.secret_base32));
    // It does not count before it is confirmed.
    enter(service, "anna", PASSWORD, None).await;
    let digits = shown(&world, &setup.secret_base32);
    let other = if digits == "000000" { "000001" } else { "000000" };
    let refusal = service.second_factor_confirm(&anna, other).await;
    assert_eq!(code(&refusal), Some(ErrorCode::ValidationFailed));
    let recovery = service.second_factor_confirm(&anna, &digits).await.unwrap();
    assert_eq!(recovery.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
    assert_eq!(service.recovery_codes_left(&anna).await.unwrap(), 10);
    let again = service.second_factor_begin(&anna, PASSWORD).await;
    assert_eq!(code(&again), Some(ErrorCode::WrongState), "one is in force");

    for none in [None, Some(""), Some("  ")] {
        let answer = service.sign_in("anna", PASSWORD, none, AGENT).await;
        assert!(matches!(answer, Ok(SignIn::CodeNeeded)), "{answer:?}");
    }
    let unauthenticated = ErrorCode::Unauthenticated;
    assert_eq!(refused(service, "anna", "wrong password", None).await, unauthenticated, "not code needed");
    assert_eq!(refused(service, "anna", PASSWORD, Some(&digits)).await, unauthenticated, "it confirmed");
    world.clock.advance(30);
    let digits = shown(&world, &setup.secret_base32);
    let begun = enter(service, "anna", PASSWORD, Some(&digits)).await;
    assert!(service.session(&begun.secret).await.unwrap().has_second_factor);
    assert_eq!(refused(service, "anna", PASSWORD, Some(&digits)).await, unauthenticated, "once");
    enter(service, "anna", PASSWORD, Some(&recovery[3].to_uppercase())).await;
    assert_eq!(refused(service, "anna", PASSWORD, Some(&recovery[3])).await, unauthenticated, "once");
    assert_eq!(service.recovery_codes_left(&anna).await.unwrap(), 9);

    // A link takes the place of the password, not of the second factor.
    let link = service.link_make(None, anna.user.id).await.unwrap();
    let another = "совсем другой пароль";
    let answer = service.link_use(&link.secret, another, AGENT).await;
    assert_eq!(code(&answer), Some(ErrorCode::SecondFactorNeeded));
    assert_eq!(code(&service.session(&begun.secret).await), Some(unauthenticated), "all sessions ended");
    world.clock.advance(30);
    let begun = enter(service, "anna", another, Some(&shown(&world, &setup.secret_base32))).await;
    let anna = service.session(&begun.secret).await.unwrap().actor;
    let wrong = service.second_factor_remove(&anna, PASSWORD).await;
    assert_eq!(code(&wrong), Some(ErrorCode::ValidationFailed));
    service.second_factor_remove(&anna, another).await.unwrap();
    enter(service, "anna", another, None).await;
    assert_eq!(refused(service, "anna", "wrong password", Some(&recovery[0])).await, unauthenticated);

    let events = world.store.event_list(SubjectKind::User, &anna.user.id.to_string()).await.unwrap();
    let kinds: Vec<_> = events.iter().map(|event| event.kind.as_str()).collect();
    let expected = [
        "user_created",
        "sign_in_link_made",
        "sign_in_link_used",
        "password_set",
        "second_factor_on",
        "sign_in_link_made",
        "sign_in_link_used",
        "password_set",
        "second_factor_off",
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let world = World::new().await;
    let service = &world.service;
    let anna = person(&world, "anna", &[Role::Analyst]).await;
    let other = enter(service, "anna", PASSWORD, None).await;
    let new = "новый длинный пароль";
    let change = async |old: &str, new: &str| code(&service.password_change(&anna, old, new).await);
    assert_eq!(change("wrong password", new).await, Some(ErrorCode::ValidationFailed));
    assert_eq!(change(PASSWORD, "anna").await, Some(ErrorCode::ValidationFailed));
    assert_eq!(change(PASSWORD, new).await, None);
    assert_eq!(code(&service.session(&other.secret).await), Some(ErrorCode::Unauthenticated));
    assert_eq!(service.sessions(&anna).await.unwrap().len(), 1, "this one goes on");
    assert_eq!(refused(service, "anna", PASSWORD, None).await, ErrorCode::Unauthenticated);
    enter(service, "anna", new, None).await;
    assert_eq!(service.session_end_others(&anna).await.unwrap(), 1);

    // A key is not a person.
    let key = service.token_issue(None, anna.user.id, "key", None).await.unwrap();
    let by_key = service.authenticate(&key.secret).await.unwrap();
    let forbidden = Some(ErrorCode::Forbidden);
    assert_eq!(code(&service.password_change(&by_key, new, PASSWORD).await), forbidden);
    assert_eq!(code(&service.sessions(&by_key).await), forbidden);
    assert_eq!(code(&service.second_factor_begin(&by_key, new).await), forbidden);

    let closed = UserChange { disabled: Some(true), ..UserChange::default() };
    service.user_change(None, anna.user.id, closed).await.unwrap();
    assert_eq!(refused(service, "anna", new, None).await, ErrorCode::Unauthenticated);
    assert_eq!(code(&service.authenticate(&key.secret).await), Some(ErrorCode::Unauthenticated));
    assert_eq!(code(&service.link_make(None, anna.user.id).await), Some(ErrorCode::WrongState));
}

#[tokio::test]
async fn the_first_administrator_comes_in_by_a_link_that_is_renewed_until_it_is_used() {
    let world = World::new().await;
    let service = &world.service;
    let first = service.first_link().await.unwrap().expect("nobody is there");
    let second = service.first_link().await.unwrap().expect("it was not used");
    assert_eq!(code(&service.link_owner(&first.secret).await), Some(ErrorCode::NotFound));
    let begun = service.link_use(&second.secret, PASSWORD, AGENT).await.unwrap();
    let admin = service.session(&begun.secret).await.unwrap().actor.user;
    assert_eq!((admin.login.as_str(), admin.organisation), ("admin", world.federal));
    assert_eq!(admin.roles, [Role::Submitter, Role::OrgAdmin], "no power over verdicts");
    assert!(service.first_link().await.unwrap().is_none());

    let other = World::new().await;
    user(&other, "anna", &[Role::Analyst]).await;
    assert!(other.service.first_link().await.unwrap().is_none(), "somebody is there");
}

#[tokio::test]
async fn an_administrator_changes_others_within_the_branch() {
    let world = World::new().await;
    let service = &world.service;
    let admin = world.person(world.tambov, "admin", &[Role::OrgAdmin]).await;
    let chief = world.person(world.federal, "chief", &[Role::OrgAdmin]).await;
    let analyst = world.person(world.tambov, "analyst", &[Role::Analyst]).await;
    let stranger = world.person(world.lipetsk, "stranger", &[Role::Analyst]).await;
    let auditor = world.person(world.tambov, "auditor", &[Role::Auditor]).await;
    let change = async |actor: &Actor, of: &Actor, change| {
        code(&service.user_change(Some(actor), of.user.id, change).await)
    };
    let with = |roles: &[Role]| UserChange { roles: Some(roles.to_vec()), ..UserChange::default() };
    let closed = |disabled| UserChange { disabled: Some(disabled), ..UserChange::default() };
    let named = |name: &str| UserChange { display_name: Some(name.to_owned()), ..UserChange::default() };

    assert_eq!(change(&admin, &analyst, with(&[Role::Editor, Role::Analyst, Role::Editor])).await, None);
    let roles = service.user_by_login("analyst").await.unwrap().unwrap().roles;
    assert_eq!(roles, [Role::Analyst, Role::Editor]);
    assert_eq!(change(&admin, &analyst, named("Анна Петрова")).await, None);
    assert_eq!(change(&admin, &analyst, named("\u{7}")).await, Some(ErrorCode::ValidationFailed));
    assert_eq!(change(&admin, &analyst, with(&[])).await, Some(ErrorCode::ValidationFailed));
    assert_eq!(change(&admin, &stranger, named("x")).await, Some(ErrorCode::NotFound));
    assert_eq!(change(&analyst, &admin, named("x")).await, Some(ErrorCode::Forbidden));
    // Nobody raises themself, and nobody closes the own account by mistake.
    assert_eq!(change(&admin, &admin, with(&[Role::Approver])).await, Some(ErrorCode::SamePerson));
    assert_eq!(change(&admin, &admin, closed(true)).await, Some(ErrorCode::SamePerson));
    assert_eq!(change(&admin, &admin, named("Администратор")).await, None);
    // An auditor sees every region: power over one is the centre's.
    let forbidden = Some(ErrorCode::Forbidden);
    assert_eq!(change(&admin, &analyst, with(&[Role::Auditor])).await, forbidden);
    assert_eq!(change(&admin, &auditor, closed(true)).await, forbidden);
    let link = async |actor: &Actor, of: &Actor| code(&service.link_make(Some(actor), of.user.id).await);
    assert_eq!(link(&admin, &auditor).await, forbidden);
    assert_eq!(link(&chief, &auditor).await, None);
    assert_eq!(link(&admin, &analyst).await, None);
    assert_eq!(link(&admin, &stranger).await, Some(ErrorCode::NotFound));
    assert_eq!(link(&admin, &admin).await, Some(ErrorCode::SamePerson));
    assert_eq!(link(&analyst, &admin).await, forbidden);

    assert_eq!(change(&chief, &admin, closed(true)).await, None);
    let deputy = world.person(world.tambov, "deputy", &[Role::OrgAdmin]).await;
    let answer = change(&deputy, &admin, closed(false)).await;
    assert_eq!(answer, None, "two are left in the region");
    assert_eq!(change(&chief, &deputy, closed(true)).await, None);
    assert_eq!(change(&chief, &admin, closed(true)).await, None, "the chief is left");
    service.user_change(None, chief.user.id, closed(true)).await.unwrap();
    assert_eq!(code(&service.user_change(None, admin.user.id, closed(false)).await), None);
    assert_eq!(change(&deputy, &admin, closed(true)).await, Some(ErrorCode::LastAdministrator));
    assert_eq!(change(&deputy, &admin, with(&[Role::Editor])).await, Some(ErrorCode::LastAdministrator));
}

#[tokio::test]
async fn a_key_may_do_less_than_its_owner_and_makes_no_other() {
    let world = World::new().await;
    let service = &world.service;
    let owner = world.person(world.tambov, "owner", &[Role::Analyst, Role::OrgAdmin]).await;
    let issue = async |actor: &Actor, wish| service.key_issue(Some(actor), actor.user.id, wish).await;
    let scoped = |scopes: &[Role]| KeyWish {
        label: "bot".to_owned(),
        scopes: Some(scopes.to_vec()),
        ..KeyWish::default()
    };
    let invalid = Some(ErrorCode::ValidationFailed);
    assert_eq!(code(&issue(&owner, scoped(&[Role::Approver])).await), invalid, "not the owner's");
    assert_eq!(code(&issue(&owner, scoped(&[])).await), invalid);
    for wish in [
        KeyWish { rate_per_minute: Some(0), ..scoped(&[Role::Analyst]) },
        KeyWish { quota_per_day: Some(0), ..scoped(&[Role::Analyst]) },
        KeyWish { quota_per_day: Some(1_000_001), ..scoped(&[Role::Analyst]) },
    ] {
        assert_eq!(code(&issue(&owner, wish).await), invalid);
    }
    let key = issue(&owner, scoped(&[Role::Analyst])).await.unwrap();
    let bot = service.authenticate(&key.secret).await.unwrap();
    assert_eq!(bot.user.roles, [Role::Analyst]);
    let forbidden = Some(ErrorCode::Forbidden);
    assert_eq!(code(&service.users(Some(&bot)).await), forbidden, "its owner may");
    let plain = KeyWish { label: "more".to_owned(), ..KeyWish::default() };
    assert_eq!(code(&issue(&bot, plain.clone()).await), forbidden);
    let limited = KeyWish { rate_per_minute: Some(600), ..plain.clone() };
    let limited = issue(&owner, limited).await.unwrap();
    let limited = service.authenticate(&limited.secret).await.unwrap();
    assert_eq!(code(&issue(&limited, plain).await), forbidden);
    let other = service.token_issue(None, owner.user.id, "other", None).await.unwrap();
    assert_eq!(code(&service.token_revoke(Some(&bot), other.id).await), forbidden);
    assert_eq!(code(&service.key_rotate(Some(&bot), other.id, None).await), forbidden);
    service.token_revoke(Some(&bot), key.id).await.unwrap();
    assert_eq!(code(&service.authenticate(&key.secret).await), Some(ErrorCode::Unauthenticated));

    let keys = service.keys(&owner, None).await.unwrap();
    let used = keys.iter().find(|one| one.id == key.id).unwrap();
    assert!(used.used_at.is_some() && used.revoked_at.is_some() && used.scopes.is_some());
    assert_eq!(service.keys_of_branch(Some(&owner)).await.unwrap(), keys);
    let analyst = world.person(world.michurinsk, "analyst", &[Role::Analyst]).await;
    assert_eq!(code(&service.keys_of_branch(Some(&analyst)).await), forbidden);
    assert_eq!(code(&service.keys(&analyst, Some(owner.user.id)).await), forbidden);
    assert_eq!(service.keys(&owner, Some(analyst.user.id)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn keys_of_others_are_withdrawn_by_whoever_has_power_over_them() {
    let world = World::new().await;
    let service = &world.service;
    let admin = world.person(world.tambov, "admin", &[Role::Analyst, Role::OrgAdmin]).await;
    let key_of = async |login: &str, roles: &[Role]| {
        let owner = user(&world, login, roles).await;
        service.token_issue(None, owner.id, login, None).await.unwrap().id
    };
    let of_colleague = key_of("colleague", &[Role::Submitter]).await;
    // A limited key withdraws itself only, also one with the role.
    let wish = KeyWish { label: "bot".to_owned(), scopes: Some(vec![Role::OrgAdmin]), ..KeyWish::default() };
    let limited = service.key_issue(Some(&admin), admin.user.id, wish).await.unwrap();
    let bot = service.authenticate(&limited.secret).await.unwrap();
    let forbidden = Some(ErrorCode::Forbidden);
    assert_eq!(code(&service.token_revoke(Some(&bot), of_colleague).await), forbidden);
    service.token_revoke(Some(&bot), limited.id).await.unwrap();
    service.token_revoke(Some(&admin), of_colleague).await.unwrap();
    // An auditor sees every branch: power over their keys is for federal administrators.
    let of_auditor = key_of("auditor", &[Role::Auditor]).await;
    assert_eq!(code(&service.token_revoke(Some(&admin), of_auditor).await), forbidden);
    let chief = world.person(world.federal, "chief", &[Role::OrgAdmin]).await;
    service.token_revoke(Some(&chief), of_auditor).await.unwrap();
}

#[tokio::test]
async fn an_administrator_holds_keys_of_programs_only_and_they_grow_no_further() {
    let world = World::new().await;
    let service = &world.service;
    let admin = world.person(world.tambov, "admin", &[Role::OrgAdmin]).await;
    let bot = user(&world, "bot", &[Role::Submitter]).await;
    let issued = service.token_issue(Some(&admin), bot.id, "bot", Some(30)).await.unwrap();
    let both = UserChange { roles: Some(vec![Role::Submitter, Role::Analyst]), ..UserChange::default() };
    service.user_change(Some(&admin), bot.id, both).await.unwrap();
    let actor = service.authenticate(&issued.secret).await.unwrap();
    assert_eq!(actor.user.roles, [Role::Submitter], "the key keeps to what it was issued for");
    let forbidden = Some(ErrorCode::Forbidden);
    assert_eq!(code(&service.token_issue(Some(&admin), bot.id, "x", None).await), forbidden);
    assert_eq!(code(&service.key_rotate(Some(&admin), issued.id, None).await), forbidden);

    // The program renews its own key, for as long as the one before was made for.
    assert_eq!(code(&service.key_rotate(Some(&actor), issued.id, Some(60)).await), forbidden);
    world.clock.advance(3600);
    let next = service.key_rotate(Some(&actor), issued.id, None).await.unwrap();
    let keys = service.keys(&admin, Some(bot.id)).await.unwrap();
    let [new, old] = keys.as_slice() else { panic!("{keys:?}") };
    assert_eq!((new.id, new.line, old.line), (next.id, issued.id, issued.id));
    assert_eq!(new.expires_at.unwrap().duration_since(old.expires_at.unwrap()).as_secs(), 3600);
    assert_eq!((&new.scopes, &new.label), (&old.scopes, &old.label));
    for id in [issued.id, next.id] {
        let third = service.key_rotate(None, id, None).await;
        assert_eq!(code(&third), Some(ErrorCode::WrongState), "two are live");
    }
    service.token_revoke(None, issued.id).await.unwrap();
    assert_eq!(code(&service.key_rotate(None, issued.id, None).await), Some(ErrorCode::WrongState));
    assert_eq!(code(&service.key_rotate(None, next.id, Some(0)).await), Some(ErrorCode::ValidationFailed));
    service.key_rotate(None, next.id, Some(1)).await.unwrap();
    let actor = service.authenticate(&next.secret).await.unwrap();
    assert_eq!(actor.user.roles, [Role::Submitter]);
}

#[tokio::test]
async fn a_key_has_its_rate_and_its_quota() {
    let world = World::new().await;
    let service = &world.service;
    let bot = user(&world, "bot", &[Role::Submitter]).await;
    let wish = KeyWish {
        label: "bot".to_owned(),
        rate_per_minute: Some(6),
        quota_per_day: Some(2),
        ..KeyWish::default()
    };
    let key = service.key_issue(None, bot.id, wish).await.unwrap();
    let wait = |answer: Result<_, ServiceError>| match answer {
        Err(ServiceError::RateLimited { seconds }) => Some(seconds),
        Err(other) => panic!("{other:?}"),
        Ok(()) => None,
    };
    let mut actor = None;
    for _ in 0..6 {
        actor = Some(service.authenticate(&key.secret).await.unwrap());
    }
    assert_eq!(wait(service.authenticate(&key.secret).await.map(|_| ())), Some(10));
    let next = service.key_rotate(None, key.id, None).await.unwrap();
    let followed = service.authenticate(&next.secret).await.map(|_| ());
    assert_eq!(wait(followed), Some(10), "a line has one rate");
    world.clock.advance(10);
    service.authenticate(&key.secret).await.unwrap();

    let actor = actor.unwrap();
    world.submit(&actor, b"one").await;
    world.clock.advance(60);
    world.submit(&actor, b"two").await;
    let refused = service.upload_start(&actor).await.map(|_| ());
    assert_eq!(wait(refused), Some(24 * 3600 - 60), "before any bytes come");
    // Without the key its owner has no quota.
    let free = service.token_issue(None, bot.id, "free", None).await.unwrap();
    let free = service.authenticate(&free.secret).await.unwrap();
    world.submit(&free, b"three").await;
    world.clock.advance(24 * 3600);
    world.submit(&actor, b"four").await;
}

#[tokio::test]
async fn every_region_gets_its_organisation_once() {
    let world = World::new().await;
    let service = &world.service;
    let added = service.organisation_tree().await.unwrap();
    assert_eq!(added.len(), 81, "of 83 regions two were there");
    assert!(added.iter().all(|one| one.parent == Some(world.federal)));
    let tver = added.iter().find(|one| one.code == "RU-TVE").unwrap();
    assert_eq!((tver.name_ru.as_str(), tver.name_en.as_str()), ("Тверская область", "Tver Oblast"));
    assert!(service.organisation_tree().await.unwrap().is_empty());
}
