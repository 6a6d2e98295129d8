//! The inbox, questions to agencies and objections of readers, in the browser.

use serde_json::json;

use crate::api_decisions::examined_case;
use crate::api_desk::in_hours;
use crate::api_publication::published;
use crate::support::app::{TestApp, on_each_engine};
use crate::support::browser::Browser;
use crate::ui_notices::led_to;

/// A question about a new case to the partner agency: its page.
async fn asked(app: &TestApp, bytes: &[u8]) -> String {
    let case = examined_case(app, bytes).await;
    let question = json!({
        "organisation": app.people.partner.user.organisation,
        "addressee": "ГУ МЧС",
        "contact": "дежурная часть",
        "question": "Объявлялась ли эвакуация? <script>alert('x')</script>",
        "due_at": in_hours(app, 2),
    });
    let call = app.post(&format!("{case}/inquiries")).by(&app.people.analyst).json(&question);
    format!("/desk/inquiries/{}", call.expect(201).await.field("/inquiry/id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_is_read_once_and_by_one_person() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip for the inbox").await.replace("/api/v1", "/desk");
        let analyst = Browser::of(app, &people.analyst).await;
        let inbox = analyst.read("/desk/inbox").await;
        assert!(inbox.contains("Опубликовано опровержение") && inbox.contains(&notice), "{inbox}");
        assert!(!inbox.contains("<script>alert"), "{inbox}");
        let (_, rest) = inbox.split_once("action=\"/desk/inbox/").unwrap();
        let mark = format!("/desk/inbox/{}", rest.split('"').next().unwrap());
        assert_eq!(analyst.send_bare(&mark, &[]).await.status, 403, "without the token");
        assert_eq!(led_to(&analyst.send(&mark, &[]).await), "/desk/inbox");
        assert!(analyst.read("/desk/inbox").await.contains("Всё прочитано"));
        let editor = Browser::of(app, &people.editor).await;
        assert!(editor.read("/desk/inbox").await.contains(&mark), "the marks are one person's own");
        let stranger = Browser::of(app, &people.stranger).await;
        assert_eq!(stranger.send(&mark, &[]).await.status, 404);
        let submitter = Browser::of(app, &people.submitter).await;
        let page = submitter.read("/desk/inbox").await;
        assert!(
            page.contains(&notice.replace("/desk", "")) && !page.contains(&notice),
            "readers' page: {page}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_answers_on_the_page() {
    on_each_engine(async |app| {
        let people = &app.people;
        let inquiry = asked(app, b"clip of an evacuation").await;
        let desk = Browser::of(app, &people.analyst).await;
        let list = desk.read("/desk/inquiries").await;
        assert!(list.contains("ГУ МЧС") && list.contains("осталось"), "{list}");
        assert!(desk.read(&inquiry).await.contains("дежурная часть"));

        let partner = Browser::of(app, &people.partner).await;
        let list = partner.read("/desk/inquiries").await;
        assert!(list.contains(&inquiry) && !list.contains("<script>alert"), "{list}");
        let page = partner.read(&inquiry).await;
        assert!(!page.contains("дежурная часть"), "how it is reached is the desk's: {page}");
        let fields = [("outcome", "denies"), ("statement", "Не объявлялась."), ("name", "")];
        let nameless = partner.send(&inquiry, &fields).await;
        assert_eq!(nameless.status, 422);
        assert!(nameless.text().contains("Не объявлялась."), "{}", nameless.text());
        let fields = [("outcome", "denies"), ("statement", "Не объявлялась."), ("name", "Дежурный")];
        assert_eq!(partner.send_bare(&inquiry, &fields).await.status, 403);
        let stranger = Browser::of(app, &people.stranger).await;
        assert_eq!(stranger.open(&inquiry).await.status, 404);
        assert_eq!(led_to(&partner.send(&inquiry, &fields).await), inquiry);
        let late = desk.send(&inquiry, &fields).await;
        assert_eq!(late.status, 409, "answered already");
        let told = late.text();
        assert!(told.contains("Вы написали:") && !told.contains("Набранное сохранено ниже"), "{told}");
        let answered = desk.read(&inquiry).await;
        assert!(answered.contains("Не объявлялась.") && answered.contains("SHA-256"), "{answered}");
        assert!(!desk.read("/desk/inquiries").await.contains(&inquiry), "it is open no more");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objection_is_granted_by_somebody_without_a_part_in_it() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip of a person").await.replace("/api/v1", "");
        let objection =
            json!({"name": "И. Иванов", "statement": "Запись подлинная <script>alert('x')</script>"});
        let call = app.post(&format!("{notice}/appeals")).json(&objection);
        assert!(call.send().await.status < 300);
        let editor = Browser::of(app, &people.editor).await;
        let page = editor.read("/desk/appeals").await;
        assert!(page.contains("И. Иванов") && !page.contains("<script>alert"), "{page}");
        assert!(!page.contains("name=\"granted\""), "an editor does not decide");
        let officer = Browser::of(app, &people.corrections_officer).await;
        let page = officer.read("/desk/appeals").await;
        let (_, rest) = page.split_once("action=\"/desk/appeals/").unwrap();
        let decision = format!("/desk/appeals/{}", rest.split('"').next().unwrap());
        assert_eq!(editor.send(&decision, &[("granted", "yes"), ("reason", "Да")]).await.status, 403);
        assert_eq!(officer.send_bare(&decision, &[("granted", "yes"), ("reason", "Да")]).await.status, 403);
        let reasonless = officer.send(&decision, &[("granted", "yes"), ("reason", "")]).await;
        assert_eq!(reasonless.status, 422);
        let unchosen = officer.send(&decision, &[("reason", "Проверим ещё раз.")]).await;
        assert!(unchosen.text().contains("Проверим ещё раз."), "{}", unchosen.text());
        let fields = [("granted", "yes"), ("reason", "Проверим ещё раз.")];
        let granted = led_to(&officer.send(&decision, &fields).await);
        assert!(granted.starts_with("/desk/corrections/"), "{granted}");
        let late = officer.send(&decision, &fields).await;
        assert_eq!(late.status, 409);
        let submitter = Browser::of(app, &people.submitter).await;
        assert_eq!(submitter.open("/desk/appeals").await.status, 403);
    })
    .await;
}
