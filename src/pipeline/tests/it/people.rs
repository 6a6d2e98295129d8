use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::{Actor, Credential, OrganisationLevel, Role};

use crate::support::{World, code};

#[tokio::test]
async fn a_token_opens_the_door_until_it_is_revoked_or_expires() {
    let world = World::new().await;
    let service = &world.service;
    let user = service.user_add(None, world.tambov, "anna", "Анна", &[Role::Analyst]).await.unwrap();
    let token = service.token_issue(None, user.id, "browser", Some(1)).await.unwrap();
    let other = service.token_issue(None, user.id, "script", None).await.unwrap();
    assert!(!format!("{token:?}").contains(&token.secret), "a secret does not get into logs");

    assert_eq!(service.authenticate(&token.secret).await.unwrap().user, user);
    world.clock.advance(24 * 3600 - 1);
    assert!(service.authenticate(&token.secret).await.is_ok());
    world.clock.advance(1);
    assert_eq!(code(&service.authenticate(&token.secret).await), Some(ErrorCode::TokenExpired));

    let anna = service.authenticate(&other.secret).await.unwrap();
    service.token_revoke(Some(&anna), other.id).await.unwrap();
    assert_eq!(code(&service.authenticate(&other.secret).await), Some(ErrorCode::Unauthenticated));

    let forged = format!("plk_{}", "A".repeat(43));
    for secret in ["", "plk_", "Bearer", forged.as_str()] {
        assert_eq!(code(&service.authenticate(secret).await), Some(ErrorCode::Unauthenticated), "{secret}");
    }
}

#[tokio::test]
async fn an_administrator_manages_the_own_branch_and_nothing_else() {
    let world = World::new().await;
    let service = &world.service;
    let admin = world.person(world.tambov, "admin", &[Role::OrgAdmin]).await;
    let federal = world.person(world.federal, "chief", &[Role::OrgAdmin]).await;
    let analyst = world.person(world.tambov, "analyst", &[Role::Analyst]).await;
    let stranger = world.person(world.lipetsk, "stranger", &[Role::Analyst]).await;

    let add = async |actor, organisation, login: &str, roles: &[Role]| {
        code(&service.user_add(Some(actor), organisation, login, "Имя", roles).await)
    };
    assert_eq!(add(&admin, world.tambov, "one", &[Role::Editor]).await, None);
    assert_eq!(add(&admin, world.michurinsk, "two", &[Role::Editor]).await, None);
    assert_eq!(add(&admin, world.lipetsk, "three", &[Role::Editor]).await, Some(ErrorCode::NotFound));
    assert_eq!(add(&admin, world.federal, "four", &[Role::Editor]).await, Some(ErrorCode::NotFound));
    assert_eq!(add(&analyst, world.tambov, "five", &[Role::Editor]).await, Some(ErrorCode::Forbidden));
    assert_eq!(add(&federal, world.lipetsk, "six", &[Role::Editor]).await, None);
    // An auditor sees every region: only the centre makes one.
    assert_eq!(add(&admin, world.tambov, "seven", &[Role::Auditor]).await, Some(ErrorCode::Forbidden));
    assert_eq!(add(&federal, world.tambov, "eight", &[Role::Auditor]).await, None);
    assert_eq!(add(&admin, world.tambov, "one", &[Role::Editor]).await, Some(ErrorCode::Conflict));

    let seen = service.users(Some(&admin)).await.unwrap();
    assert!(seen.iter().all(|user| [world.tambov, world.michurinsk].contains(&user.organisation)));
    assert!(seen.iter().any(|user| user.login == "two"));
    assert_eq!(code(&service.users(Some(&analyst)).await), Some(ErrorCode::Forbidden));

    let issue = async |actor, user| code(&service.token_issue(Some(actor), user, "x", None).await);
    assert_eq!(issue(&analyst, analyst.user.id).await, None);
    assert_eq!(issue(&analyst, admin.user.id).await, Some(ErrorCode::Forbidden));
    assert_eq!(issue(&admin, analyst.user.id).await, Some(ErrorCode::Forbidden), "nobody acts in her name");
    assert_eq!(issue(&admin, stranger.user.id).await, Some(ErrorCode::NotFound));

    let revoke = async |actor, of: &Actor| {
        let Credential::Key(token) = of.credential else { panic!("{of:?} has no key") };
        code(&service.token_revoke(Some(actor), token).await)
    };
    assert_eq!(revoke(&analyst, &stranger).await, Some(ErrorCode::NotFound));
    assert_eq!(revoke(&admin, &stranger).await, Some(ErrorCode::NotFound));
    assert_eq!(revoke(&admin, &analyst).await, None);
    assert_eq!(revoke(&stranger, &stranger).await, None);
}

#[tokio::test]
async fn organisations_form_a_tree_that_only_grows_downwards() {
    let world = World::new().await;
    let service = &world.service;
    let admin = world.person(world.tambov, "admin", &[Role::OrgAdmin]).await;
    let add = async |actor, name: &str, level, parent| {
        code(&service.organisation_add(actor, name, level, "Имя", "Name", parent).await)
    };
    use OrganisationLevel::{Federal, Municipality, Region};
    assert_eq!(add(Some(&admin), "RU-TAM-1", Municipality, Some(world.tambov)).await, None);
    assert_eq!(
        add(Some(&admin), "RU-LIP-1", Municipality, Some(world.lipetsk)).await,
        Some(ErrorCode::NotFound)
    );
    assert_eq!(add(Some(&admin), "RU-TAM-2", Municipality, None).await, Some(ErrorCode::Forbidden));
    assert_eq!(add(None, "RU-X", Region, Some(world.tambov)).await, Some(ErrorCode::ValidationFailed));
    assert_eq!(add(None, "fed2", Federal, Some(world.federal)).await, Some(ErrorCode::ValidationFailed));
    assert_eq!(add(None, "RU-TAM", Region, Some(world.federal)).await, Some(ErrorCode::Conflict));
    assert_eq!(add(None, "", Region, None).await, Some(ErrorCode::ValidationFailed));
    assert_eq!(service.organisations().await.unwrap().len(), 5);
}

#[tokio::test]
async fn names_are_checked_to_the_letter() {
    let world = World::new().await;
    let service = &world.service;
    let add = async |login: &str, name: &str, roles: &[Role]| {
        code(&service.user_add(None, world.tambov, login, name, roles).await)
    };
    let invalid = Some(ErrorCode::ValidationFailed);
    assert_eq!(add("ab", "Имя", &[Role::Editor]).await, None);
    assert_eq!(add(&"a".repeat(64), "Имя", &[Role::Editor]).await, None);
    assert_eq!(add(&"a".repeat(65), "Имя", &[Role::Editor]).await, invalid);
    assert_eq!(add("a", "Имя", &[Role::Editor]).await, invalid);
    assert_eq!(add("Anna", "Имя", &[Role::Editor]).await, invalid);
    assert_eq!(add("анна", "Имя", &[Role::Editor]).await, invalid);
    assert_eq!(add("anna", " ", &[Role::Editor]).await, invalid);
    assert_eq!(add("anna", "Имя\u{7}", &[Role::Editor]).await, invalid);
    assert_eq!(add("anna", "Имя", &[]).await, invalid);
    let user = service
        .user_add(None, world.tambov, "anna", "Имя", &[Role::Editor, Role::Analyst, Role::Editor])
        .await
        .unwrap();
    assert_eq!(user.roles, [Role::Analyst, Role::Editor]);
    for days in [0, 3651] {
        assert_eq!(code(&service.token_issue(None, user.id, "x", Some(days)).await), invalid);
    }
}
