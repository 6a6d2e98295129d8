//! The account's page: password, second factor, sessions, keys.

use podlinnik_domain::people::Role;

use crate::support::app::{TestApp, on_each_engine};
use crate::support::browser::Browser;

/// What every story's person has as a password.
const PASSWORD: &str = "четыре случайных слова";
/// Markup that has to stay text.
const SCRIPT: &str = "<script>alert(1)</script>";

/// Where an answer sends the browser.
fn goes_to(reply: &crate::support::call::Reply) -> String {
    assert_eq!(reply.status, 303, "{}: {}", reply.what, reply.text());
    reply.header("location").to_owned()
}

/// What stands between two marks of a page.
fn between<'a>(page: &'a str, from: &str, until: &str) -> &'a str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("`{from}` is not in {page}"));
    rest.split(until).next().unwrap()
}

/// The code of a time step, as an authenticator shows it (RFC 6238), for the story's clock.
fn code(app: &TestApp, key: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let letters: String = key.chars().filter(|letter| !letter.is_whitespace()).collect();
    let (mut bits, mut held, mut secret) = (0_u64, 0, Vec::new());
    for letter in letters.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits = (bits << 5) | value as u64;
        held += 5;
        if held >= 8 {
            held -= 8;
            secret.push((bits >> held) as u8);
        }
    }
    let step = app.service.clock().now().as_second() / 30;
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&secret).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let word = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_is_changed_and_other_sessions_end() {
    on_each_engine(async |app| {
        let analyst = Browser::of(app, &app.people.analyst).await;
        let page = analyst.read("/desk/account").await;
        for words in ["Учётная запись", "аналитик", "читает находки", "этот сеанс", "выключен"]
        {
            assert!(page.contains(words), "`{words}` is missing");
        }
        let other = app
            .service
            .sign_in("analyst", PASSWORD, None, "Mozilla/5.0 (X11; Linux) Firefox/131.0")
            .await
            .unwrap();
        assert!(matches!(other, podlinnik_pipeline::SignIn::Done(_)));
        let page = analyst.read("/desk/account").await;
        assert!(page.contains("Firefox, Linux") && page.contains("Закончить все, кроме этого"));
        let change = |old: &'static str, new: &'static str, repeated: &'static str| {
            [("old_password", old), ("new_password", new), ("repeated", repeated)]
        };
        let path = "/desk/account/password";
        let differ =
            analyst.send(path, &change(PASSWORD, "ещё четыре слова тут", "другое слово и ещё")).await;
        assert_eq!(differ.status, 422);
        assert!(differ.text().contains("различаются"));
        let wrong = analyst
            .send(path, &change("не тот пароль вовсе", "ещё четыре слова тут", "ещё четыре слова тут"))
            .await;
        assert_eq!(wrong.status, 422, "{}", wrong.text());
        assert!(!wrong.text().contains("не тот пароль"), "passwords are not sent back");
        let short = analyst.send(path, &change(PASSWORD, "короткий", "короткий")).await;
        assert_eq!(short.status, 422);
        let done =
            analyst.send(path, &change(PASSWORD, "ещё четыре слова тут", "ещё четыре слова тут")).await;
        assert_eq!(goes_to(&done), "/desk/account?done=password");
        let page = analyst.read("/desk/account?done=password").await;
        assert!(page.contains("Пароль сохранён.") && !page.contains("Firefox, Linux"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_factor_is_set_up_and_taken_away() {
    on_each_engine(async |app| {
        let analyst = Browser::of(app, &app.people.analyst).await;
        let begin = "/desk/account/second-factor";
        assert_eq!(analyst.send(begin, &[("password", "не тот пароль вовсе")]).await.status, 422);
        let page = analyst.send(begin, &[("password", PASSWORD)]).await;
        assert_eq!(page.status, 200);
        assert_eq!(page.header("cache-control"), "no-store");
        let page = page.text();
        assert!(page.contains("data:image/svg+xml;base64,"));
        let key = between(&page, "id=\"key\">", "</code>").to_owned();
        let confirm = "/desk/account/second-factor/confirm";
        let wrong = analyst.send(confirm, &[("code", "000 000x"), ("key", &key)]).await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains(&key) && wrong.text().contains("Код не подошёл"));
        let done = analyst.send(confirm, &[("code", &code(app, &key)), ("key", &key)]).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let page = done.text();
        let codes = between(&page, "id=\"codes\">", "</pre>");
        assert_eq!(codes.split_whitespace().count(), 10, "{codes}");
        let page = analyst.read("/desk/account").await;
        assert!(
            page.contains("10 запасных кодов") && !page.contains(codes.split_whitespace().next().unwrap())
        );
        let remove = "/desk/account/second-factor/remove";
        assert_eq!(analyst.send(remove, &[("password", "не тот пароль вовсе")]).await.status, 422);
        let gone = analyst.send(remove, &[("password", PASSWORD)]).await;
        assert_eq!(goes_to(&gone), "/desk/account?done=second_factor_off");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_shown_once_rotated_and_revoked() {
    on_each_engine(async |app| {
        let everything = Browser::of(app, &app.people.everything).await;
        let path = "/desk/account/keys";
        let none = everything.send(path, &[("label", SCRIPT), ("days", "30")]).await;
        assert_eq!(none.status, 422);
        let page = none.text();
        assert!(page.contains("Роли ключа") && page.contains("value=\"30\"") && !page.contains(SCRIPT));
        assert!(
            page.contains("&#60;script&#62;") || page.contains("&lt;script&gt;"),
            "what was typed is kept as text"
        );
        let foreign = everything.send(path, &[("label", "бот"), ("scopes", Role::Auditor.code())]).await;
        assert_eq!(foreign.status, 422, "no role that the owner does not have: {}", foreign.text());
        let made = everything
            .send(
                path,
                &[
                    ("label", SCRIPT),
                    ("days", "30"),
                    ("scopes", "submitter"),
                    ("rate_per_minute", "60"),
                    ("quota_per_day", "5"),
                ],
            )
            .await;
        assert_eq!(made.status, 200, "{}", made.text());
        assert_eq!(made.header("cache-control"), "no-store");
        let page = made.text();
        let secret = between(&page, "data-focus>", "</textarea>").to_owned();
        let by_key = app.service.authenticate(&secret).await.unwrap();
        assert_eq!(by_key.user.roles, [Role::Submitter]);
        let page = everything.read("/desk/account").await;
        assert!(!page.contains(&secret) && !page.contains(SCRIPT), "the secret is shown once, markup never");
        assert!(page.contains("60 запросов в минуту") && page.contains("5 материалов в сутки"));
        let id =
            between(page.split("60 запросов").nth(1).unwrap(), "/desk/account/keys/", "/rotate").to_owned();
        let rotated = everything.send(&format!("{path}/{id}/rotate"), &[("days", "30")]).await;
        assert_eq!(rotated.status, 200);
        let third = everything.send(&format!("{path}/{id}/rotate"), &[("days", "30")]).await;
        assert_eq!(third.status, 409, "two live keys of a line, no third");
        let revoked = everything.send(&format!("{path}/{id}/revoke"), &[]).await;
        assert_eq!(goes_to(&revoked), "/desk/account?done=key_revoked#keys");
        app.service.authenticate(&secret).await.unwrap_err();
        let stranger = Browser::of(app, &app.people.stranger).await;
        assert_eq!(stranger.send(&format!("{path}/{id}/revoke"), &[]).await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_of_others_are_refused() {
    on_each_engine(async |app| {
        let analyst = Browser::of(app, &app.people.analyst).await;
        let paths = [
            "/desk/account/password",
            "/desk/account/second-factor",
            "/desk/account/second-factor/confirm",
            "/desk/account/second-factor/remove",
            "/desk/account/sessions/end-others",
            "/desk/account/keys",
        ];
        for path in paths {
            assert_eq!(analyst.send_bare(path, &[]).await.status, 403, "{path}");
            assert_eq!(analyst.send_bare(path, &[("_token", "x")]).await.status, 403, "{path}");
            assert_eq!(Browser::nobody(app).send_bare(path, &[]).await.status, 401, "{path}");
        }
        let page = Browser::nobody(app).open("/desk/account").await;
        assert_eq!(goes_to(&page), "/sign-in?next=%2Fdesk%2Faccount");
    })
    .await;
}
