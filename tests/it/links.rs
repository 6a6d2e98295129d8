//! Links through the front door: the interface for programs, and the page without scripts.

use podlinnik_domain::hash::Sha256;
use reqwest::Method;
use serde_json::json;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::app::{TestApp, on_each_engine};
use crate::support::browser::Browser;
use crate::support::call::Form;
use crate::support::people::Person;

/// Bytes that are no text.
fn clip() -> Vec<u8> {
    (0..2000_u32).map(|place| (place * 31 % 251) as u8 ^ 0x80).collect()
}

async fn site() -> MockServer {
    let site = MockServer::start().await;
    let file = ResponseTemplate::new(200).set_body_raw(clip(), "video/mp4").insert_header("etag", "\"v1\"");
    Mock::given(method("GET")).and(path("/clip.mp4")).respond_with(file).mount(&site).await;
    let page = ResponseTemplate::new(200).set_body_raw("<!doctype html>", "text/html");
    Mock::given(method("GET")).and(path("/page")).respond_with(page).mount(&site).await;
    let slow = ResponseTemplate::new(200).set_body_raw(clip(), "video/mp4");
    let slow = slow.set_delay(std::time::Duration::from_secs(20));
    Mock::given(method("GET")).and(path("/slow.mp4")).respond_with(slow).mount(&site).await;
    site
}

async fn ended(app: &TestApp, person: &Person, link: &str) -> serde_json::Value {
    let link = app.get(&format!("{link}?wait=30")).by(person).expect(200).await.json();
    assert_eq!(link["is_final"], true, "{link}");
    link
}

#[tokio::test]
async fn a_link_becomes_a_submission_or_a_reason() {
    on_each_engine(async |app| {
        let site = site().await;
        let submitter = &app.people.submitter;
        let ask = |body: serde_json::Value| app.post("/api/v1/links").by(submitter).json(&body);
        let url = format!("{}/clip.mp4", site.uri());
        let wish = json!({ "url": url, "region": "RU-TAM", "note": "Прислали в чат" });
        let asked = ask(wish.clone()).header("idempotency-key", "link-1").expect(202).await;
        let address = asked.header("location").to_owned();
        assert_eq!(asked.json()["link"]["links"]["self"], address);
        let done = ended(app, submitter, &address).await;
        assert_eq!((&done["state"], &done["error"]), (&json!("done"), &json!(null)), "{done}");
        assert_eq!(done["evidence"]["sha256"], Sha256::of(&clip()).to_string());
        assert_eq!(done["evidence"]["hops"][0]["status"], 200);
        let submission = done["links"]["submission"].as_str().expect("an address");
        let submission = app.get(submission).by(submitter).expect(200).await;
        app.analysed(submitter, &submission).await;
        assert_eq!(submission.json()["circumstances"]["source_url"], url);
        assert_eq!(submission.json()["circumstances"]["file_name"], "clip.mp4");
        let analyst = &app.people.analyst;
        let known = app.post("/api/v1/links").by(analyst).json(&wish).expect(200).await.json();
        assert_eq!(known["known"][0]["sha256"], Sha256::of(&clip()).to_string());

        let page = ask(json!({ "url": format!("{}/page", site.uri()) })).expect(202).await;
        let failed = ended(app, submitter, page.header("location")).await;
        assert_eq!((&failed["state"], &failed["error"]), (&json!("failed"), &json!("link_not_media")));
        assert!(
            failed["words"]["ru"].as_str().is_some_and(|words| words.contains("ссылка на сам файл")),
            "{failed}"
        );
        assert_eq!(failed["detail"], "text/html");

        let slow = ask(json!({ "url": format!("{}/slow.mp4", site.uri()) })).expect(202).await;
        let slow = slow.header("location").to_owned();
        app.get(&slow).by(analyst).expect(404).await;
        app.call(Method::DELETE, &slow).by(submitter).expect(204).await;
        assert_eq!(app.get(&slow).by(submitter).expect(200).await.json()["state"], "cancelled");
        let again = app.call(Method::DELETE, &slow).by(submitter).expect(409).await;
        assert_eq!(again.json()["code"], "wrong_state");
        let list = app.get("/api/v1/links?limit=2").by(submitter).expect(200).await.json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
        assert!(list["next"].is_string());

        ask(json!({ "url": "nonsense" })).expect(422).await;
        ask(json!({ "url": format!("{}/clip.mp4", site.uri()), "refresh": "yes" })).expect(422).await;
        let forbidden = ask(json!({ "url": "https://user:secret@example.org/" })).expect(422).await;
        assert_eq!(forbidden.json()["code"], "link_forbidden");
        app.post("/api/v1/links").by(&app.people.approver).json(&wish).expect(403).await;
        app.get("/api/v1/links").expect(401).await;
    })
    .await;
}

#[tokio::test]
async fn a_link_alone_is_enough_on_the_page() {
    on_each_engine(async |app| {
        let site = site().await;
        let browser = Browser::of(app, &app.people.analyst).await;
        let form = |url: &str| {
            Form::new()
                .with_file("", b"")
                .text("source_url", url)
                .text("network", "telegram")
                .text("note", "Кто это?")
        };
        let neither = browser.send_file("/desk/submit/form", Form::new().with_file("", b"")).await;
        assert!(neither.text().contains("Нужен файл или ссылка"), "{}", neither.text());

        let url = format!("{}/page", site.uri());
        let sent = browser.send_file("/desk/submit/form", form(&url)).await;
        let place = sent.header("location").to_owned();
        assert!(place.starts_with("/desk/links/"), "{place}");
        ended(app, &app.people.analyst, &place.replace("/desk/links", "/api/v1/links")).await;
        let failed = browser.read(&place).await;
        for words in
            ["не удалось", "По ссылке не видео", "text/html", "Прислать файл", "Попробовать скачать ещё раз"]
        {
            assert!(failed.contains(words), "{words} in {failed}");
        }
        let form_again = browser.read(&place.replace("/desk/links/", "/desk/submit?link=")).await;
        assert!(form_again.contains("Кто это?") && form_again.contains(&url), "what was said is kept");
        assert!(form_again.contains(&place), "and it is in the list");

        let sent = browser.send_file("/desk/submit/form", form(&format!("{}/clip.mp4", site.uri()))).await;
        let place = sent.header("location").to_owned();
        let done = ended(app, &app.people.analyst, &place.replace("/desk/links", "/api/v1/links")).await;
        assert_eq!(done["state"], "done", "{done}");
        let submission = done["links"]["submission"].as_str().expect("an address");
        let submission = app.get(submission).by(&app.people.analyst).expect(200).await;
        app.analysed(&app.people.analyst, &submission).await;
        let leads = browser.open(&place).await;
        let case = leads.header("location").to_owned();
        assert!(case.starts_with("/desk/cases/"), "{case}");
        let case = browser.read(&case).await;
        for words in ["Как скачан файл", "direct", &Sha256::of(&clip()).to_string(), "127.0.0.1", "ETag"]
        {
            assert!(case.contains(words), "{words} in {case}");
        }
        let known = browser.send_file("/desk/submit/form", form(&format!("{}/clip.mp4", site.uri()))).await;
        assert!(known.text().contains("По этой ссылке уже есть материал"), "{}", known.text());
        let again = browser.send("/desk/links", &[("url", &format!("{}/clip.mp4", site.uri()))]).await;
        let again = again.header("location").replace("/desk/links", "/api/v1/links");
        assert_eq!(ended(app, &app.people.analyst, &again).await["state"], "done");

        let slow = browser.send_file("/desk/submit/form", form(&format!("{}/slow.mp4", site.uri()))).await;
        let slow = slow.header("location").to_owned();
        let under_way = browser.read(&slow).await;
        assert!(
            under_way.contains("data-renew-follow") && under_way.contains("Отменить скачивание"),
            "{under_way}"
        );
        browser.send(&format!("{slow}/cancel"), &[]).await;
        assert!(browser.read(&slow).await.contains("отменено"));
    })
    .await;
}
