//! Receivers and the inbox beyond the plain webhook: mailboxes, keys, asking again, marks.

use std::time::Duration;

use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::api_publication::published;
use crate::support::app::{TestApp, on_each_engine};
use crate::support::mail::MailServer;

/// The newest message to a receiver, once it has ended.
async fn ended(app: &TestApp, receiver: &str, advance: i64) -> (String, String) {
    for _ in 0..100 {
        let log = app.get(&format!("{receiver}/deliveries")).by(&app.people.admin).expect(200).await;
        if log.json()["items"][0]["state"] != "waiting" {
            return (log.field("/items/0/state"), log.field("/items/0/last_result"));
        }
        app.clock.advance(advance);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the delivery never ends");
}

async fn registered(app: &TestApp, wish: serde_json::Value) -> String {
    let made = app.post("/api/v1/receivers").by(&app.people.admin).json(&wish).expect(201).await;
    format!("/api/v1/receivers/{}", made.field("/id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_waits_for_a_mail_server_that_is_down() {
    on_each_engine(async |app| {
        if std::env::var_os("PODLINNIK_TEST_SMTP").is_none() {
            return;
        }
        let wish = json!({"channel": "email", "address": "desk@tambov.example", "language": "en"});
        let mailbox = registered(app, wish).await;
        published(app, b"delivery-1").await;
        for _ in 0..100 {
            let log = app.get(&format!("{mailbox}/deliveries")).by(&app.people.admin).expect(200).await;
            if log.json()["items"][0]["attempts"] == 1 && log.json()["items"][0]["last_result"].is_string() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mail = MailServer::start(app.mail_port, &[]).unwrap();
        let (state, result) = ended(app, &mailbox, 5).await;
        assert_eq!((state.as_str(), result.as_str()), ("delivered", "250"));
        let letter = mail.wait_for(1).await.remove(0);
        let host = letter["id"].as_str().unwrap();
        assert!(host.starts_with('<') && host.ends_with("@127.0.0.1>"), "{host}");
        assert!(letter["from"].as_str().unwrap().contains("Подлинник"), "{letter}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_is_not_there_is_not_tried_again() {
    on_each_engine(async |app| {
        let Some(mail) = MailServer::start(app.mail_port, &["refuse"]) else { return };
        let wish = json!({"channel": "email", "address": "nobody@tambov.example"});
        let mailbox = registered(app, wish).await;
        published(app, b"delivery-2").await;
        let (state, result) = ended(app, &mailbox, 0).await;
        assert_eq!(state, "given_up");
        assert!(result.contains("no such mailbox here"), "{result}");
        assert!(mail.letters().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_receiver_missed_is_asked_for_again() {
    on_each_engine(async |app| {
        let people = &app.people;
        let server = MockServer::start().await;
        let gone = Mock::given(method("POST"))
            .respond_with(ResponseTemplate::new(410))
            .mount_as_scoped(&server)
            .await;
        let wish = json!({"address": format!("{}/hook", server.uri()), "signature": "ed25519"});
        let made = app.post("/api/v1/receivers").by(&people.admin).json(&wish).expect(201).await;
        assert!(made.field("/public_key").starts_with("whpk_"));
        assert!(made.json()["secret"].is_null(), "there is nothing to keep secret");
        let receiver = format!("/api/v1/receivers/{}", made.field("/id"));
        published(app, b"delivery-3").await;
        assert_eq!(ended(app, &receiver, 0).await.0, "given_up");
        drop(gone);
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        let since = json!({"since": "2020-01-01T00:00:00Z"});
        let replay = format!("{receiver}/replay");
        app.post(&replay).by(&people.admin).json(&since).refused(409, "wrong_state").await;
        app.post(&format!("{receiver}/enable")).by(&people.stranger).refused(404, "not_found").await;
        let enabled = app.post(&format!("{receiver}/enable")).by(&people.admin).expect(200).await;
        assert!(enabled.json()["disabled_at"].is_null());
        assert_eq!(app.post(&replay).by(&people.admin).json(&since).expect(202).await.json()["queued"], 1);
        assert_eq!(ended(app, &receiver, 0).await, ("delivered".into(), "200".into()));
        let log = app.get(&format!("{receiver}/deliveries")).by(&people.admin).expect(200).await;
        let one = format!("{receiver}/deliveries/{}/replay", log.field("/items/0/id"));
        assert_eq!(app.post(&one).by(&people.admin).expect(202).await.json()["queued"], 1);
        assert_eq!(ended(app, &receiver, 0).await.0, "delivered");
        let nothing = format!("{receiver}/deliveries/{}/replay", "01890a5d-ac96-774b-bcce-b302099a8057");
        app.post(&nothing).by(&people.admin).refused(404, "not_found").await;
        app.post(&format!("{receiver}/deliveries/x/replay"))
            .by(&people.admin)
            .refused(404, "not_found")
            .await;
        let tomorrow = json!({"since": "2999-01-01T00:00:00Z"});
        assert_eq!(app.post(&replay).by(&people.admin).json(&tomorrow).expect(202).await.json()["queued"], 0);
        app.post(&replay)
            .by(&people.admin)
            .json(&json!({"since": "gestern"}))
            .refused(422, "validation_failed")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_are_checked_when_they_are_registered() {
    on_each_engine(async |app| {
        let admin = &app.people.admin;
        let wrong = |wish: serde_json::Value| app.post("/api/v1/receivers").by(admin).json(&wish);
        wrong(json!({"channel": "telegram", "address": "@tambov"}))
            .refused(422, "channel_not_configured")
            .await;
        let bad = "receiver_address_forbidden";
        wrong(json!({"channel": "email", "address": "desk\r\nBcc: x@y.example"})).refused(422, bad).await;
        wrong(json!({"channel": "telegram", "address": "t.me/tambov"})).refused(422, bad).await;
        for wish in [
            json!({"channel": "pigeon", "address": "x"}),
            json!({"address": "https://example.org/", "regions": ["RU-XXX"]}),
            json!({"address": "https://example.org/", "signature": "rot13"}),
            json!({}),
        ] {
            wrong(wish).refused(422, "validation_failed").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_belongs_to_an_organisation_and_its_marks_to_people() {
    on_each_engine(async |app| {
        let people = &app.people;
        published(app, b"delivery-4").await;
        published(app, b"delivery-5").await;
        let first = app.get("/api/v1/inbox?limit=1").by(&people.editor).expect(200).await;
        assert_eq!(first.json()["unread"], 2);
        let rest = format!("/api/v1/inbox?limit=1&after={}", first.field("/next"));
        let rest = app.get(&rest).by(&people.editor).expect(200).await;
        assert!(rest.json()["next"].is_null());
        let mark = format!("/api/v1/inbox/{}/read", first.field("/items/0/id"));
        app.post(&mark).by(&people.stranger).refused(404, "not_found").await;
        for _ in 0..2 {
            app.post(&mark).by(&people.editor).expect(204).await;
        }
        let unread = app.get("/api/v1/inbox?unread=true").by(&people.editor).expect(200).await;
        assert_eq!(
            (unread.json()["items"].as_array().unwrap().len(), &unread.json()["unread"]),
            (1, &json!(1))
        );
        let colleague = app.get("/api/v1/inbox?unread=true").by(&people.analyst).expect(200).await;
        assert_eq!(colleague.json()["unread"], 2, "marks are personal");
        let federal = app.get("/api/v1/inbox").by(&people.auditor).expect(200).await;
        assert_eq!(federal.json()["unread"], 2);
        app.get("/api/v1/inbox?unread=maybe").by(&people.editor).refused(422, "validation_failed").await;
    })
    .await;
}
