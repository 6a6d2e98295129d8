//! What must not get out or in by the side: secrets in the log, lines forged in it, headers forged by names, sessions that somebody else has chosen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::serve_process::Desk;
use crate::support::app::on_each_engine;
use crate::support::browser::Browser;
use crate::support::call::Form;

const PASSWORD: &str = "четыре случайных слова";
const FORM: &str = "application/x-www-form-urlencoded";

fn encoded(fields: &[(&str, &str)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_somebody_else_chose_is_never_taken_up() {
    on_each_engine(async |app| {
        // The first password; its session is of no use here.
        Browser::of(app, &app.people.analyst).await;
        let chosen = format!("__Host-podlinnik=pls_{}", "A".repeat(43));
        let sign_in = || {
            let body = encoded(&[("login", "analyst"), ("password", PASSWORD)]);
            app.post("/sign-in").body(FORM, body)
        };
        let begun = sign_in().header("cookie", &chosen).page().await;
        assert_eq!(begun.status, 303, "{}", begun.text());
        let cookie = begun.header("set-cookie").to_owned();
        assert!(cookie.starts_with("__Host-podlinnik=pls_") && !cookie.contains("AAAAAAAA"), "{cookie}");
        for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(cookie.contains(part), "`{part}` is missing in {cookie}");
        }
        let own = cookie.split(';').next().expect("a cookie").to_owned();
        assert_eq!(app.get("/desk").header("cookie", &chosen).page().await.status, 303, "still nobody's");
        assert_eq!(app.get("/desk").header("cookie", &own).page().await.status, 200);
        // Whoever signs in over another session gets one of their own.
        let again = sign_in().header("cookie", &own).page().await;
        assert_ne!(again.header("set-cookie").split(';').next(), Some(own.as_str()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_addresses_forge_no_headers() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        for name in ["a\r\nX-Forged: yes.mp4", "a\nb.mp4", "a\u{0}b.mp4"] {
            let metadata = format!("filename {}", STANDARD.encode(name));
            let call = app.post("/api/v1/uploads").by(analyst).header("tus-resumable", "1.0.0");
            let refused = call.header("upload-length", "4").header("upload-metadata", &metadata).send().await;
            assert_eq!(refused.status, 422, "{name:?}: {}", refused.text());
        }
        let odd = "a%0D%0AX-Forged%3A yes; filename=b.html \u{202e}клип'.mp4";
        let handed_in = app.submit(analyst, Form::new().with_file(odd, b"an odd name")).expect(202).await;
        app.analysed(analyst, &handed_in).await;
        let original = app.get(&handed_in.field("/links/original")).by(analyst).expect(200).await;
        assert!(!original.headers.contains_key("x-forged"), "{:?}", original.headers);
        let disposition = original.header("content-disposition");
        assert!(disposition.starts_with("attachment") && disposition.is_ascii(), "{disposition}");
        assert_eq!(disposition.matches('"').count() % 2, 0, "{disposition}");

        Browser::of(app, analyst).await;
        for next in ["/\r\nX-Forged: yes", "//evil.example", "/\\evil.example", "https://evil.example/"] {
            let body = encoded(&[("login", "analyst"), ("password", PASSWORD), ("next", next)]);
            let entered = app.post("/sign-in").body(FORM, body).page().await;
            assert_eq!((entered.status, entered.header("location")), (303, "/desk"), "{next:?}");
            assert!(!entered.headers.contains_key("x-forged"), "{next:?}");
        }
    })
    .await;
}

#[test]
fn the_log_holds_no_secrets_and_no_line_that_a_caller_wrote() {
    let desk = Desk::new();
    std::fs::create_dir_all(desk.data()).expect("the data folder");
    let key = desk.user("anna", "analyst");
    let server = desk.serve(&["--no-worker"]);
    let wrong_key = format!("plk_{}", "Z".repeat(43));
    let session = format!("pls_{}", "Y".repeat(43));
    let link = format!("pll_{}", "X".repeat(43));
    let password = "СЕКРЕТ-пароль-четыре-слова";
    assert_eq!(server.get(&key, "/api/v1/me").status, 200);
    assert_eq!(server.get(&wrong_key, "/api/v1/me").status, 401);
    let cookie = format!("__Host-podlinnik={session}");
    server.call("GET", "/desk", "", &[("Cookie", &cookie)], &[]);
    assert_eq!(server.get("", &format!("/link/{link}")).status, 404);
    assert_eq!(server.get("", &format!("/inquiries/{wrong_key}")).status, 404);
    for login in ["anna", "anna\nforged: line", "anna\u{1b}[2Jforged"] {
        let body = encoded(&[("login", login), ("password", password)]);
        server.call("POST", "/sign-in", "", &[("Content-Type", FORM)], &body);
    }
    let agent = [("User-Agent", "x\u{1b}[31mforged"), ("X-Request-Id", "forged-request-id\u{1b}[2J")];
    server.call("GET", "/forged%0aforged:%20line?key=secret-in-a-query", &key, &agent, &[]);
    let (status, _) = server.terminate();
    assert_eq!(status.code(), Some(0));
    let log = desk.log();
    assert!(log.lines().count() >= 5, "requests are told of: {log}");
    for secret in [key.as_str(), &wrong_key, &session, &link, password, "secret-in-a-query"] {
        assert!(!log.contains(secret), "`{secret}` stands in {log}");
    }
    assert!(log.lines().all(|line| !line.starts_with("forged")), "{log}");
    assert!(!log.contains("\u{1b}[2J") && !log.contains("\u{1b}[31mforged"), "{log}");
}
