//! Bad requests, wrong people, and what they are told.

use std::time::Duration;

use podlinnik_web::WebSettings;
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::app::{TestApp, UPLOAD_BYTES, on_each_engine, on_each_engine_with};
use crate::support::call::Form;
use crate::support::people::Person;

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_writes_without_a_valid_token() {
    on_each_engine(async |app| {
        let path = "/api/v1/submissions";
        let anonymous = app.post(path).form(Form::file(b"clip")).refused(401, "unauthenticated").await;
        assert_eq!(anonymous.header("www-authenticate"), "Bearer realm=\"podlinnik\"");
        for header in [
            "Basic cGxrOng=",
            "Bearer",
            "Bearer nonsense",
            "Bearer plk_AAAA",
            &format!("Bearer {}", "x".repeat(5000)),
        ] {
            app.post(path)
                .header("authorization", header)
                .form(Form::file(b"clip"))
                .refused(401, "unauthenticated")
                .await;
        }

        // A token of one day, two days later.
        let analyst = &app.people.analyst;
        let tokens = format!("/api/v1/users/{}/tokens", analyst.user.id);
        let issued =
            app.post(&tokens).by(analyst).json(&json!({"label": "one day", "days": 1})).expect(201).await;
        let short = Person { user: analyst.user.clone(), token: issued.field("/secret") };
        app.get("/api/v1/me").by(&short).expect(200).await;
        app.clock.advance(2 * 24 * 3600);
        app.get("/api/v1/me").by(&short).refused(401, "token_expired").await;
        app.get("/api/v1/me").by(analyst).expect(200).await;

        // A token that was withdrawn.
        let issued = app.post(&tokens).by(analyst).json(&json!({"label": "lost"})).expect(201).await;
        let lost = Person { user: analyst.user.clone(), token: issued.field("/secret") };
        let withdraw = app.call(Method::DELETE, &format!("/api/v1/tokens/{}", issued.field("/id")));
        withdraw.by(analyst).expect(204).await;
        app.get("/api/v1/me").by(&lost).refused(401, "unauthenticated").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn roles_and_regions_are_kept_apart() {
    on_each_engine(async |app| {
        let people = &app.people;
        for person in [&people.auditor, &people.approver, &people.admin] {
            app.submit(person, Form::file(b"clip")).refused(403, "forbidden").await;
        }
        let submitted = app.submit(&people.analyst, Form::file(b"clip of the region")).expect(202).await;
        app.analysed(&people.analyst, &submitted).await;
        let links = submitted.json()["links"].clone();
        for link in ["self", "original", "analysis", "events", "findings", "report", "case"] {
            let path = links[link].as_str().unwrap();
            app.get(path).by(&people.stranger).refused(404, "not_found").await;
            app.get(path).by(&people.auditor).expect(200).await;
        }
        for tail in ["/verdicts", "/history", "/notices"] {
            let path = format!("{}{tail}", submitted.field("/links/case"));
            app.get(&path).by(&people.stranger).refused(404, "not_found").await;
        }
        for path in ["/api/v1/users", "/api/v1/receivers", "/api/v1/jobs/dead"] {
            app.get(path).by(&people.analyst).refused(403, "forbidden").await;
        }
        let receiver = json!({"address": "https://receiver.example/hook"});
        app.post("/api/v1/receivers").by(&people.approver).json(&receiver).refused(403, "forbidden").await;
        let user = json!({"organisation": people.analyst.user.organisation, "login": "new", "display_name": "N", "roles": ["analyst"]});
        app.post("/api/v1/users").by(&people.editor).json(&user).refused(403, "forbidden").await;
        app.post("/api/v1/users").by(&people.stranger).json(&user).refused(404, "not_found").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_forms_are_refused_with_the_field() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let file = || Form::file(b"clip");
        app.submit(analyst, Form::new()).refused(422, "missing_file").await;
        app.submit(analyst, Form::new().text("note", "no file")).refused(422, "missing_file").await;
        app.submit(analyst, Form::file(b"")).refused(422, "media_empty").await;
        let cases = [
            ("file", file().with_file("second.mp4", b"clip")),
            ("note", file().text("note", "one").text("note", "two")),
            ("verdict", file().text("verdict", "fake")),
            ("source_url", file().text("source_url", "javascript:alert(1)")),
            ("source_url", file().text("source_url", &format!("https://a.example/{}", "x".repeat(2048)))),
            ("network", file().text("network", "a\u{7}b")),
            ("network", file().text("network", &"n".repeat(65))),
            ("region", file().text("region", "Тамбов")),
            ("note", file().text("note", &"ы".repeat(4001))),
            ("note", file().text("note", &"x".repeat(20_000))),
            ("note", file().part("name=\"note\"", b"\xff\xfe")),
            ("file_name", Form::new().with_file(&"n".repeat(256), b"clip")),
        ];
        for (field, form) in cases {
            let problem = app.submit(analyst, form).refused(422, "validation_failed").await;
            assert_eq!(problem.field("/errors/0/field"), field, "{}", problem.text());
        }
        let crowd = (0..9).fold(file(), |form, number| form.text(&format!("part{number}"), "x"));
        app.submit(analyst, crowd).refused(422, "validation_failed").await;

        // The longest that is allowed is allowed.
        let longest = file().text("note", &"ы".repeat(4000)).text("network", &"n".repeat(64));
        let submitted = app.submit(analyst, longest).expect(202).await;
        app.analysed(analyst, &submitted).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_hold_to_the_byte() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let limit = usize::try_from(UPLOAD_BYTES).unwrap();
        let full = app.submit(analyst, Form::file(&vec![b'x'; limit])).expect(202).await;
        app.submit(analyst, Form::file(&vec![b'x'; limit + 1])).refused(413, "media_too_large").await;
        app.submit(analyst, Form::file(&vec![b'x'; 4 * limit])).refused(413, "media_too_large").await;
        let big = json!({"label": "x".repeat(300 * 1024)});
        let tokens = format!("/api/v1/users/{}/tokens", analyst.user.id);
        app.post(&tokens).by(analyst).json(&big).refused(413, "body_too_large").await;
        app.analysed(analyst, &full).await;
        let metrics = app.metrics().await;
        assert!(metrics.contains("podlinnik_uploads_in_progress 0"), "{metrics}");
        assert!(metrics.contains("podlinnik_uploads_total 1"), "{metrics}");
        assert!(metrics.contains("podlinnik_uploads_refused_total"), "{metrics}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn malformed_requests_are_told_apart() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let tokens = format!("/api/v1/users/{}/tokens", analyst.user.id);
        let post = || app.post(&tokens).by(analyst);
        post().body("application/json", b"{\"label\": ".to_vec()).refused(400, "bad_request").await;
        post().body("application/json", b"{\"label\": \"a\"} {}".to_vec()).refused(400, "bad_request").await;
        post().body("application/json", b"\xff".to_vec()).refused(400, "bad_request").await;
        post()
            .body("text/plain", b"{\"label\": \"a\"}".to_vec())
            .refused(415, "unsupported_media_type")
            .await;
        post().refused(415, "unsupported_media_type").await;
        let field = async |body: serde_json::Value| {
            let problem = post().json(&body).refused(422, "validation_failed").await;
            problem.field("/errors/0/field")
        };
        assert_eq!(field(json!({})).await, "label");
        assert_eq!(field(json!({"label": 5})).await, "label");
        assert_eq!(field(json!({"label": "a", "role": "org_admin"})).await, "role");
        assert_eq!(field(json!([])).await, "body");
        assert_eq!(field(json!({"label": "a", "days": -1})).await, "days");
        assert_eq!(field(json!({"label": "a", "days": 0})).await, "days");
        assert_eq!(field(json!({"label": ""})).await, "label");

        let submissions = || app.post("/api/v1/submissions").by(analyst);
        submissions().body("application/json", b"{}".to_vec()).refused(415, "unsupported_media_type").await;
        submissions().body("multipart/form-data", b"x".to_vec()).refused(415, "unsupported_media_type").await;
        submissions()
            .body("multipart/form-data; boundary=b", b"--b\r\ncut".to_vec())
            .refused(400, "bad_request")
            .await;

        for path in
            ["/nothing", "/api/v1/nothing", "/api/v2/submissions", "/api/v1/submissions/", "/.env", "/%ff"]
        {
            app.get(path).by(analyst).refused(404, "not_found").await;
        }
        for noun in ["submissions", "analyses", "cases", "verdicts", "notices"] {
            for id in [NOBODY, "1", "%2e%2e", "%ff", "x%00"] {
                app.get(&format!("/api/v1/{noun}/{id}")).by(analyst).refused(404, "not_found").await;
            }
        }
        let wrong = app
            .call(Method::DELETE, "/api/v1/submissions")
            .by(analyst)
            .refused(405, "method_not_allowed")
            .await;
        assert!(
            wrong.header("allow").contains("GET") && wrong.header("allow").contains("POST"),
            "{}",
            wrong.header("allow")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn problems_speak_the_callers_language_and_carry_its_identifier() {
    on_each_engine(async |app| {
        let russian = app.get("/api/v1/me").refused(401, "unauthenticated").await;
        assert_eq!(russian.field("/detail"), "Нужен действующий токен.");
        assert_eq!(russian.header("content-language"), "ru");
        let english = app
            .get("/api/v1/me")
            .header("accept-language", "de, en;q=0.5")
            .refused(401, "unauthenticated")
            .await;
        assert_eq!(english.field("/detail"), "A valid token is needed.");
        assert_eq!(english.field("/type"), "/problems/unauthenticated");
        let page = app.get(&english.field("/type")).english().expect(200).await;
        assert!(page.text().contains("A valid token is needed."));
        app.get("/problems/no_such_code").refused(404, "not_found").await;

        let mine = app.get("/api/v1/me").header("x-request-id", "story-12345").send().await;
        assert_eq!(mine.field("/request_id"), "story-12345");
        for harmful in ["short", "with space in it", &"x".repeat(65), "<script>alert(1)</script>"] {
            let other = app.get("/api/v1/me").header("x-request-id", harmful).send().await;
            assert_ne!(other.field("/request_id"), harmful);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_stops_coming_is_given_up() {
    let settings = WebSettings {
        upload_idle_time: Duration::from_secs(2),
        concurrent_uploads: 1,
        ..WebSettings::default()
    };
    on_each_engine_with(settings, async |app| {
        let address = app.base().trim_start_matches("http://").to_owned();
        let token = &app.people.analyst.token;
        let head = format!(
            "POST /api/v1/submissions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 1000\r\n\r\n\
             --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf a clip"
        );
        let mut slow = tokio::net::TcpStream::connect(&address).await.unwrap();
        slow.write_all(head.as_bytes()).await.unwrap();
        uploads_in_progress(app, 1).await;
        let busy = app.submit(&app.people.analyst, Form::file(b"clip")).refused(429, "rate_limited").await;
        assert_eq!(busy.header("retry-after"), "5");
        let mut answer = vec![0; 4096];
        let read = tokio::time::timeout(Duration::from_secs(10), slow.read(&mut answer)).await;
        let text = String::from_utf8_lossy(&answer[..read.expect("answered in time").unwrap()]).into_owned();
        assert!(text.starts_with("HTTP/1.1 408") && text.contains("\"request_timeout\""), "{text}");
        drop(slow);

        // A caller who goes away leaves nothing behind either.
        let mut gone = tokio::net::TcpStream::connect(&address).await.unwrap();
        gone.write_all(head.as_bytes()).await.unwrap();
        uploads_in_progress(app, 1).await;
        drop(gone);
        uploads_in_progress(app, 0).await;
        let submitted = app.submit(&app.people.analyst, Form::file(b"clip")).expect(202).await;
        app.analysed(&app.people.analyst, &submitted).await;
    })
    .await;
}

async fn uploads_in_progress(app: &TestApp, number: u32) {
    for _ in 0..200 {
        if app.metrics().await.contains(&format!("podlinnik_uploads_in_progress {number}\n")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there never are {number} uploads in progress");
}
