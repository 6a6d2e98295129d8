//! Handing in and the page of a case, in the browser: where links lead, what is kept of what was typed, what is offered next.

use crate::api_decisions::examined_case;
use crate::support::app::on_each_engine;
use crate::support::browser::Browser;
use crate::support::call::Form;

/// The page of a case.
fn page_of(case: &str) -> String {
    case.replace("/api/v1", "/desk")
}

/// The version that the page's forms carry.
fn version(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_name_fields_in_words_and_promise_only_what_is_kept() {
    on_each_engine(async |app| {
        const KEPT: &str = "Набранное сохранено ниже";
        let people = &app.people;
        let analyst = Browser::of(app, &people.analyst).await;
        let form = Form::file(b"clip with a wrong link").text("source_url", "javascript:alert(1)");
        let sent = analyst.send_file("/desk/submit/form", form).await;
        let page = sent.text();
        assert!(
            sent.status == 422 && page.contains("Ссылка, где это увидели: адрес http или https"),
            "{page}"
        );
        assert!(!page.contains(KEPT) && !page.contains("source_url:"), "{page}");
        let nobody = Browser::nobody(app);
        let wrong = nobody.send("/sign-in", &[("login", "analyst"), ("password", "не тот пароль")]).await;
        assert!(wrong.status == 422 && !wrong.text().contains(KEPT), "{}", wrong.text());

        let case = page_of(&examined_case(app, b"clip with a wrong row").await);
        let seen = version(&analyst.read(&case).await);
        let row = [
            ("version", seen.as_str()),
            ("kind", "staged"),
            ("basis_kind", "circumstances"),
            ("basis_statement", "Та же площадь"),
            ("basis_link", "ftp://example.org"),
            ("basis_sha256", ""),
            ("rationale", "Сцена разыграна"),
        ];
        let refused = analyst.send(&format!("{case}/verdict"), &row).await.text();
        assert!(refused.contains("Доказательство 1, ссылка: адрес http или https."), "{refused}");
        assert!(refused.contains(KEPT) && refused.contains("Сцена разыграна"), "{refused}");
    })
    .await;
}
