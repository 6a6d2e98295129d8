//! From an approved verdict to a notice that stands in the feed and goes out signed.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Method;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::api_decisions::{approved_verdict, examined_case, proposal};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::people::Person;

const SCRIPT: &str = "<script>alert('x')</script> & \"кавычки\"";

/// The words of a notice whose checklist is complete, with a script in every field.
pub(crate) fn words() -> Value {
    json!({
        "title": format!("Ролик поддельный {SCRIPT}"),
        "claim": format!("Губернатор объявил эвакуацию {SCRIPT}"),
        "rating": "false",
        "body": format!("В сети распространяют ролик.\n\n{SCRIPT}"),
        "spread": format!("С 3 мая, в мессенджерах. {SCRIPT}"),
        "truth": format!("Исходный ролик снят в 2019 году. {SCRIPT}"),
        "sources": [{"title": format!("Полная запись {SCRIPT}"), "url": "https://archive.example/1"}],
        "attested": {"no_clean_reshare": true, "privacy": true}
    })
}

/// A notice that is public: its path.
pub(crate) async fn published(app: &TestApp, bytes: &[u8]) -> String {
    let case = examined_case(app, bytes).await;
    published_on(app, &approved_verdict(app, &case).await).await
}

/// The same on a verdict.
pub(crate) async fn published_on(app: &TestApp, verdict: &str) -> String {
    let people = &app.people;
    let call = app.post(&format!("{verdict}/notices")).by(&people.editor).json(&words());
    let notice = call.expect(201).await.header("location").to_owned();
    for (person, verb) in
        [(&people.editor, "review"), (&people.approver, "approval"), (&people.editor, "publication")]
    {
        assert_eq!(step(app, person, &notice, verb).await.status, 200, "{verb}");
    }
    notice
}

/// Puts a notice through one step with its current tag.
pub(crate) async fn step(
    app: &TestApp,
    person: &Person,
    notice: &str,
    verb: &str,
) -> crate::support::call::Reply {
    let tag = app.get(notice).by(person).expect(200).await.etag().to_owned();
    app.post(&format!("{notice}/{verb}")).by(person).if_match(&tag).send().await
}

/// A drafted notice: its path.
async fn drafted(app: &TestApp, bytes: &[u8]) -> (String, String) {
    let case = examined_case(app, bytes).await;
    let verdict = approved_verdict(app, &case).await;
    let call = app.post(&format!("{verdict}/notices")).by(&app.people.editor).json(&words());
    (case, call.expect(201).await.header("location").to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_published_to_the_feed_and_to_receivers() {
    on_each_engine(async |app| {
        let people = &app.people;
        let receiver = MockServer::start().await;
        // The first attempt fails, to see that it is tried again.
        Mock::given(method("POST"))
            .and(path("/hook"))
            .respond_with(ResponseTemplate::new(503))
            .up_to_n_times(1)
            .mount(&receiver)
            .await;
        Mock::given(method("POST"))
            .and(path("/hook"))
            .respond_with(ResponseTemplate::new(204))
            .mount(&receiver)
            .await;
        let url = json!({"address": format!("{}/hook", receiver.uri())});
        let webhook = app.post("/api/v1/receivers").by(&people.admin).json(&url).expect(201).await;
        let secret = webhook.field("/secret");
        let listed = app.get("/api/v1/receivers").by(&people.admin).expect(200).await;
        assert!(!listed.text().contains("whsec_"), "the secret is shown once");

        let (case, notice) = drafted(app, b"clip for a notice").await;
        let public = notice.replace("/api/v1", "");
        app.get(&public).refused(404, "not_found").await;
        assert_eq!(step(app, &people.editor, &notice, "approval").await.status, 403);
        assert_eq!(step(app, &people.editor, &notice, "publication").await.field("/code"), "wrong_state");
        assert_eq!(step(app, &people.editor, &notice, "review").await.field("/state"), "in_review");
        assert_eq!(step(app, &people.approver, &notice, "approval").await.field("/state"), "approved");
        app.get(&public).refused(404, "not_found").await;
        let published = step(app, &people.editor, &notice, "publication").await;
        assert_eq!(published.field("/state"), "published");
        let again = app.post(&format!("{notice}/publication")).by(&people.editor).if_match(published.etag());
        again.refused(409, "wrong_state").await;

        the_page_is_harmless_and_complete(app, &public).await;
        the_feed_has_it(app, &public).await;
        the_receiver_got_it(app, &receiver, &secret, &webhook.field("/id")).await;

        let all = app.get(&format!("{case}/notices")).by(&people.auditor).expect(200).await;
        assert_eq!(all.field("/items/0/state"), "published");
        let media = app.get(&case).by(&people.editor).expect(200).await.field("/media_sha256");
        let known = app.get(&format!("/api/v1/media/{media}")).by(&people.partner).expect(200).await;
        assert_eq!(known.field("/verdict/kind"), "manipulated_face");
        assert_eq!(known.field("/notices/0/page"), public);
        for hidden in [people.analyst.user.id.to_string(), "SENTINEL-RATIONALE".to_owned()] {
            assert!(!known.text().contains(&hidden), "partners do not see who and why: {}", known.text());
        }
    })
    .await;
}

async fn the_page_is_harmless_and_complete(app: &TestApp, public: &str) {
    let page = app.get(public).expect(200).await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.header("content-security-policy").contains("script"));
    assert!(!page.text().contains("<script>"), "{}", page.text());
    assert!(
        page.text().contains("&#60;script&#62;") || page.text().contains("&lt;script&gt;"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Тамбовская область") && page.text().contains("подменено лицо"));
    assert!(!page.text().contains("SENTINEL-RATIONALE"), "the analysts' reasoning is for the case file");
    let english = app.get(public).english().expect(200).await;
    assert!(english.text().contains("Tambov Oblast") && english.text().contains("face manipulated"));
    let asked = app.get(&format!("{public}?lang=ru")).english().expect(200).await;
    assert!(asked.text().contains("<html lang=\"ru\""));
}

async fn the_feed_has_it(app: &TestApp, public: &str) {
    let feed = app.get("/feeds/notices.atom?region=RU-TAM&lang=ru").expect(200).await;
    assert_eq!(feed.header("content-type"), "application/atom+xml; charset=utf-8");
    let text = feed.text();
    assert!(text.contains(&format!("{}{public}", app.base())), "{text}");
    assert!(!text.contains("<script>"), "{text}");
    // Content is HTML inside XML: what the author wrote is escaped twice.
    assert!(text.contains("&amp;#60;script&amp;#62;") || text.contains("&amp;lt;script&amp;gt;"), "{text}");
    app.get("/feeds/notices.atom?region=RU-TAM&lang=ru")
        .header("if-none-match", feed.etag())
        .expect(304)
        .await;
    let elsewhere = app.get("/feeds/notices.atom?region=RU-TVE").expect(200).await;
    assert!(!elsewhere.text().contains("<entry>"));
    app.get("/feeds/notices.atom?region=%3Cscript%3E").refused(422, "validation_failed").await;
}

async fn the_receiver_got_it(app: &TestApp, receiver: &MockServer, secret: &str, webhook: &str) {
    let deliveries = format!("/api/v1/receivers/{webhook}/deliveries");
    for _ in 0..50 {
        if receiver.received_requests().await.unwrap().len() >= 2 {
            break;
        }
        // The next attempt falls due after some seconds.
        app.clock.advance(5);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let requests = receiver.received_requests().await.unwrap();
    assert_eq!(requests.len(), 2, "once refused, once accepted");
    for request in &requests {
        assert_signed(request, secret);
    }
    assert_eq!(requests[0].headers["webhook-id"], requests[1].headers["webhook-id"], "the same message");
    let body: Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!(body["type"], "notice.published");
    for _ in 0..50 {
        let log = app.get(&deliveries).by(&app.people.admin).expect(200).await;
        if log.field("/items/0/state") == "delivered" {
            assert_eq!(log.json()["items"].as_array().unwrap().len(), 1);
            assert_eq!(log.field("/items/0/last_result"), "204");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the delivery never ends");
}

/// Standard Webhooks 1.0.0: HMAC-SHA-256 over `id.timestamp.body` with the decoded secret.
fn assert_signed(request: &Request, secret: &str) {
    let header = |name: &str| request.headers[name].to_str().unwrap();
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    mac.update(&request.body);
    let signature = STANDARD.decode(header("webhook-signature").strip_prefix("v1,").unwrap()).unwrap();
    mac.verify_slice(&signature).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_changes_only_under_the_eyes_that_saw_it() {
    on_each_engine(async |app| {
        let people = &app.people;
        let (_, notice) = drafted(app, b"clip for a draft").await;
        let put = || app.call(Method::PUT, &notice).by(&people.editor);
        let drafted = app.get(&notice).by(&people.editor).expect(200).await;
        assert_eq!(drafted.etag(), "\"1.draft\"");
        put().json(&words()).refused(428, "precondition_required").await;
        put().if_match("\"7.draft\"").json(&words()).refused(412, "stale_revision").await;
        let mut empty = words();
        empty["title"] = json!("  ");
        put().if_match(drafted.etag()).json(&empty).refused(422, "validation_failed").await;
        let mut long = words();
        long["title"] = json!("ы".repeat(201));
        put().if_match(drafted.etag()).json(&long).refused(422, "validation_failed").await;
        let second = put().if_match(drafted.etag()).json(&words()).expect(200).await;
        assert_eq!(second.etag(), "\"2.draft\"");
        put().if_match(drafted.etag()).json(&words()).refused(412, "stale_revision").await;
        app.post(&format!("{notice}/review")).by(&people.editor).refused(428, "precondition_required").await;

        assert_eq!(step(app, &people.editor, &notice, "review").await.status, 200);
        let path = format!("{notice}/approval");
        let tag = app.get(&notice).by(&people.approver).expect(200).await.etag().to_owned();
        let (one, other) = tokio::join!(
            app.post(&path).by(&people.approver).if_match(&tag).send(),
            app.post(&path).by(&people.second_approver).if_match(&tag).send(),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} / {}", one.text(), other.text());
        app.get(&notice).by(&people.stranger).refused(404, "not_found").await;
        app.post(&path).by(&people.stranger).if_match(&tag).refused(404, "not_found").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_whose_verdict_was_replaced_is_not_published() {
    on_each_engine(async |app| {
        let people = &app.people;
        let (case, notice) = drafted(app, b"clip judged twice").await;
        assert_eq!(step(app, &people.editor, &notice, "review").await.status, 200);
        assert_eq!(step(app, &people.approver, &notice, "approval").await.status, 200);
        // A new revision is approved in between.
        let seen = app.get(&case).by(&people.analyst).expect(200).await;
        let call = app.post(&format!("{case}/verdicts")).by(&people.analyst).if_match(seen.etag());
        let verdict =
            call.json(&proposal("manipulated_lipsync")).expect(201).await.header("location").to_owned();
        let look = json!({"kind": "manipulated_lipsync", "rationale": "Губы не совпадают."});
        app.post(&format!("{verdict}/second-look")).by(&people.second_analyst).json(&look).expect(200).await;
        app.post(&format!("{verdict}/approval")).by(&people.approver).expect(200).await;

        let refused = step(app, &people.editor, &notice, "publication").await;
        assert_eq!((refused.status, refused.field("/code").as_str()), (412, "stale_revision"));
        app.get(&notice.replace("/api/v1", "")).refused(404, "not_found").await;
        let feed = app.get("/feeds/notices.atom").expect(200).await;
        assert!(!feed.text().contains("<entry>"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_are_registered_and_switched_off() {
    on_each_engine(async |app| {
        let admin = &app.people.admin;
        for wrong in
            ["ftp://receiver.example/", "not an address", "", "http://user:password@receiver.example/"]
        {
            let reply = app.post("/api/v1/receivers").by(admin).json(&json!({"address": wrong})).send().await;
            assert_eq!(reply.status, 422, "{wrong}: {}", reply.text());
        }
        let url = json!({"address": "https://203.0.113.5/hook"});
        let made = app.post("/api/v1/receivers").by(admin).json(&url).expect(201).await;
        let path = format!("/api/v1/receivers/{}", made.field("/id"));
        app.call(Method::DELETE, &path).by(&app.people.stranger).refused(404, "not_found").await;
        app.get(&format!("{path}/deliveries")).by(&app.people.stranger).refused(404, "not_found").await;
        app.call(Method::DELETE, &path).by(admin).expect(204).await;
        let listed = app.get("/api/v1/receivers").by(admin).expect(200).await;
        assert!(!listed.json()["items"][0]["disabled_at"].is_null());
    })
    .await;
}
