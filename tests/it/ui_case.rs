//! Handing in and the page of a case, in the browser: where links lead, what is kept of what was typed, what is offered next.

use podlinnik_domain::people::Role;
use serde_json::json;

use crate::api_corrections::{doubted, draft, settle};
use crate::api_decisions::{agreed_verdict, approved_verdict, examined_case, propose};
use crate::api_desk::in_hours;
use crate::api_publication::{published, published_on, step, words};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::browser::Browser;
use crate::support::call::Form;
use crate::support::people::Person;
use crate::ui_notices::led_to;

/// The page of a case.
fn page_of(case: &str) -> String {
    case.replace("/api/v1", "/desk")
}

/// The version that the page's forms carry.
fn version(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"version\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Hands in by the form without scripts; answers where that leads.
async fn hand_in(browser: &Browser<'_>, form: Form) -> String {
    let sent = browser.send_file("/desk/submit/form", form).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    sent.header("location").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn handing_in_leads_to_the_case_or_to_a_receipt() {
    on_each_engine(async |app| {
        let people = &app.people;
        let form = || Form::file(b"clip of the agency").text("region", "RU-TAM");
        let partner = Browser::of(app, &people.partner).await;
        let receipt = hand_in(&partner, form()).await;
        assert!(
            receipt.starts_with("/desk/submissions/") && receipt.ends_with("?done=submitted"),
            "{receipt}"
        );
        let page = partner.read(&receipt).await;
        assert!(page.contains("Квитанция") && page.contains("Материал принят"), "{page}");
        assert!(!page.contains("/desk/cases/"), "a link that the partner cannot follow: {page}");
        let id = receipt.split(['/', '?']).nth(3).unwrap().to_owned();
        let submission = app.get(&format!("/api/v1/submissions/{id}")).by(&people.partner).expect(200).await;
        app.analysed(&people.partner, &submission).await;
        let page = partner.read(&receipt).await;
        let report = format!("/api/v1/analyses/{}/report.html?lang=ru", submission.field("/analysis"));
        assert!(page.contains(&report) && page.contains("Вердикта пока нет"), "{page}");
        partner.read(&report).await;

        // The desk works on the case; the partner's original is the partner's.
        let analyst = Browser::of(app, &people.analyst).await;
        assert_eq!(analyst.open(&receipt).await.status, 404, "the receipt is the partner's");
        let case = format!("/desk/cases/{}", submission.field("/case"));
        assert!(!analyst.read(&case).await.contains("/original\""), "a link that ends in 404");
        let own = hand_in(&analyst, form()).await;
        assert_eq!(own, case, "the same bytes");
        let page = analyst.read(&case).await;
        let (_, rest) = page.split_once("<a href=\"/api/v1/submissions/").unwrap();
        let original = format!("/api/v1/submissions/{}", rest.split('"').next().unwrap());
        assert!(original.ends_with("/original"), "{original}");
        assert_eq!(analyst.open(&original).await.status, 200);
        let list = analyst.read("/desk/submit").await;
        let (_, rest) = list.split_once("<a href=\"/desk/submissions/").unwrap();
        let place = format!("/desk/submissions/{}", rest.split('"').next().unwrap());
        assert_eq!(led_to(&analyst.open(&place).await), case);

        // Another region gets its receipt as well.
        let stranger = Browser::of(app, &people.stranger).await;
        let receipt = hand_in(&stranger, form()).await;
        let page = stranger.read(&receipt).await;
        assert!(page.contains("Дело ведёт другая редакция") && !page.contains(&case), "{page}");
    })
    .await;
}

/// An editor of the federal centre.
async fn federal_editor(app: &TestApp) -> Person {
    let federal = app.people.auditor.user.organisation;
    let user = app.service.user_add(None, federal, "federal", "federal", &[Role::Editor]).await.unwrap();
    let token = app.service.token_issue(None, user.id, "story", None).await.unwrap().secret;
    Person { user, token }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_of_a_higher_organisation_is_no_dead_link() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"clip for the centre").await;
        let verdict = approved_verdict(app, &case).await;
        let federal = federal_editor(app).await;
        let call = app.post(&format!("{verdict}/notices")).by(&federal).json(&words());
        let notice = page_of(call.expect(201).await.header("location"));
        for (person, sees) in [(&people.editor, false), (&federal, true)] {
            let browser = Browser::of(app, person).await;
            let page = browser.read(&page_of(&case)).await;
            assert!(page.contains("Ролик поддельный"), "{page}");
            assert_eq!(browser.open(&notice).await.status == 200, sees);
            assert_eq!(page.contains(&format!("href=\"{notice}\"")), sees, "{page}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_typed_outlives_a_refusal() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = page_of(&examined_case(app, b"clip that two sort").await);
        let analyst = Browser::of(app, &people.analyst).await;
        let seen = version(&analyst.read(&case).await);
        let second = Browser::of(app, &people.second_analyst).await;
        led_to(&second.send(&format!("{case}/claim"), &[("version", &seen)]).await);

        let typed = [("topic", "emergency"), ("risk", "high"), ("place", "Моршанск"), ("views", "12000")];
        let fields = [typed.as_slice(), &[("version", &seen)]].concat();
        let stale = analyst.send(&format!("{case}/triage"), &fields).await;
        assert_eq!(stale.status, 412);
        let page = stale.text();
        assert!(page.contains("Пока вы писали, дело изменилось") && page.contains("data-unsaved"), "{page}");
        for kept in [
            "value=\"Моршанск\"",
            "value=\"12000\"",
            "value=\"emergency\" selected",
            "value=\"high\" selected",
        ] {
            assert!(page.contains(kept), "{kept}: {page}");
        }
        assert_eq!(led_to(&analyst.open(&format!("{case}/triage")).await), case, "the form's own address");
        let fresh = version(&page);
        let fields = [typed.as_slice(), &[("version", &fresh), ("spread_since", "yesterday")]].concat();
        let wrong = analyst.send(&format!("{case}/triage"), &fields).await;
        assert!(wrong.status == 422 && wrong.text().contains("Ходит с: дата и время."), "{}", wrong.text());
        let fields = [typed.as_slice(), &[("version", &fresh)]].concat();
        assert!(led_to(&analyst.send(&format!("{case}/triage"), &fields).await).starts_with(&case));

        let fresh = version(&second.read(&case).await);
        let park = [("version", fresh.as_str()), ("reason", "ждём пресс-службу"), ("wake_at", "soon")];
        let wrong = second.send(&format!("{case}/park"), &park).await;
        assert_eq!(wrong.status, 422);
        let page = wrong.text();
        assert!(
            page.contains("value=\"ждём пресс-службу\"") && page.contains("Вернуть: дата и время"),
            "{page}"
        );
        // Whoever does not have the case has no such form any more; the words are shown all the same.
        let tomorrow: String = in_hours(app, 24).to_string().chars().take(16).collect();
        let park = [("version", fresh.as_str()), ("reason", "ждём пресс-службу"), ("wake_at", &tomorrow)];
        let late = analyst.send(&format!("{case}/park"), &park).await;
        assert!(late.status == 409 && late.text().contains("ждём пресс-службу"), "{}", late.text());
        let long = "я".repeat(4001);
        let note = second.send(&format!("{case}/notes"), &[("text", &long)]).await;
        assert!(note.status == 422 && note.text().contains(&long));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_an_analysis_is_told_and_reloads_nothing_by_itself() {
    on_each_engine(async |app| {
        let people = &app.people;
        app.analyser.hold();
        let submitted = app.submit(&people.analyst, Form::file(b"slow clip")).expect(202).await;
        let case = page_of(&submitted.field("/links/case"));
        let analyst = Browser::of(app, &people.analyst).await;
        let running = analyst.open(&format!("{case}/progress")).await;
        assert!(running.text().contains("hx-get") && !running.text().contains("Показать результаты"));
        app.analyser.release();
        app.analysed(&people.analyst, &submitted).await;
        let ended = analyst.open(&format!("{case}/progress")).await;
        assert!(ended.headers.get("hx-refresh").is_none(), "a reload would lose what is being typed");
        assert_eq!(ended.header("hx-trigger"), "analysed");
        assert!(!ended.text().contains("hx-get") && ended.text().contains("Показать результаты"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_released_verdict_can_be_written_about_and_hides_nothing() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"TRACED clip to release").await;
        let verdict = propose(app, &case, "manipulated_face").await.header("location").to_owned();
        let (desk, draft) = (page_of(&case), format!("{}/notice", page_of(&case)));
        let look = format!("{}/second-look", page_of(&verdict));
        let editor = Browser::of(app, &people.editor).await;
        let second = Browser::of(app, &people.second_analyst).await;
        assert!(!editor.read(&desk).await.contains(&draft), "nothing counts yet");
        assert!(second.read(&look).await.contains("скрыт намеренно"));
        app.clock.advance(3 * 3600 + 60);
        let ask = json!({"ground": "located_original", "reason": "людей уже вывозят"});
        app.post(&format!("{verdict}/break-glass")).by(&people.approver).json(&ask).expect(200).await;
        let page = editor.read(&desk).await;
        assert!(page.contains(&draft) && page.contains("уже действует"), "{page}");
        assert!(editor.read(&draft).await.contains("name=\"title\""));
        let page = second.read(&look).await;
        assert!(page.contains("уже действует") && !page.contains("скрыт намеренно"), "{page}");
        assert!(!second.read(&desk).await.contains(&draft), "an analyst writes none");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_machine_could_not_read_is_not_called_done() {
    on_each_engine(async |app| {
        let case = page_of(&examined_case(app, b"REFUSE media_damaged").await);
        let page = Browser::of(app, &app.people.analyst).await.read(&case).await;
        assert!(page.contains("Машина не смогла прочитать файл") && !page.contains("Анализ готов"), "{page}");
    })
    .await;
}

/// The number on the tab of the cases that wait for somebody, and how many the view shows.
async fn waiting(app: &TestApp, person: &Person) -> (String, usize) {
    let page = Browser::of(app, person).await.read("/desk?view=for_me").await;
    let (_, rest) = page.split_once("href=\"/desk?view=for_me\"").unwrap();
    let (_, rest) = rest.split_once("<span class=\"number").unwrap();
    let number = rest.split(['>', '<']).nth(1).unwrap().to_owned();
    (number, page.matches("class=\"board-title\"").count())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_number_of_what_waits_is_the_number_that_is_shown() {
    on_each_engine(async |app| {
        let people = &app.people;
        let proposed = examined_case(app, b"clip that waits for a second look").await;
        propose(app, &proposed, "staged").await;
        agreed_verdict(app, &examined_case(app, b"clip that waits for approval").await).await;
        let decided = approved_verdict(app, &examined_case(app, b"clip with a notice in review").await).await;
        let call = app.post(&format!("{decided}/notices")).by(&people.editor).json(&words());
        let notice = call.expect(201).await.header("location").to_owned();
        assert_eq!(step(app, &people.editor, &notice, "review").await.status, 200);
        assert_eq!(waiting(app, &people.third_analyst).await, ("1".into(), 1), "a second look");
        assert_eq!(waiting(app, &people.approver).await, ("2".into(), 2), "a verdict and a notice");
        assert_eq!(waiting(app, &people.editor).await, ("0".into(), 0));
        assert_eq!(step(app, &people.approver, &notice, "approval").await.status, 200);
        assert_eq!(waiting(app, &people.editor).await, ("1".into(), 1), "a publication");
    })
    .await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn times_are_shown_and_read_by_the_clock_that_was_chosen() {
    on_each_engine(async |app| {
        let people = &app.people;
        let analyst = Browser::of(app, &people.analyst).await;
        let account = analyst.read("/desk/account").await;
        assert!(
            account.contains("value=\"moscow\" selected") && account.contains("Камчатка, UTC+12"),
            "{account}"
        );
        let chosen = analyst.open("/desk/account?zone=omsk").await;
        assert!(
            chosen.header("set-cookie").starts_with("podlinnik-zone=omsk;"),
            "{}",
            chosen.header("set-cookie")
        );
        assert!(chosen.text().contains("value=\"omsk\" selected"));
        assert!(analyst.open("/desk/account?zone=mars").await.headers.get("set-cookie").is_none());

        let case = examined_case(app, b"clip of the east").await;
        let desk = page_of(&case);
        let seen = version(&analyst.read(&desk).await);
        let fields = [("version", seen.as_str()), ("spread_since", "2026-11-28T12:00")];
        led_to(&analyst.send(&format!("{desk}/triage?zone=kamchatka"), &fields).await);
        let stored = app.get(&case).by(&people.analyst).expect(200).await.field("/triage/spread_since");
        assert_eq!(stored, "2026-11-28T00:00:00Z");
        let omsk = analyst.open_with(&desk, "podlinnik-zone=omsk").await;
        assert!(omsk.contains("value=\"2026-11-28T06:00\"") && omsk.contains("МСК+3"), "{omsk}");
        let moscow = analyst.read(&desk).await;
        assert!(moscow.contains("value=\"2026-11-28T03:00\"") && !moscow.contains("МСК+3"), "{moscow}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_language_is_chosen_on_public_pages_and_caches_know_it() {
    on_each_engine(async |app| {
        let case = examined_case(app, b"clip in two languages").await;
        let notice = published_on(app, &approved_verdict(app, &case).await).await.replace("/api/v1", "");
        for page in ["/", "/figures", "/docs", &notice] {
            let chosen = app.get(&format!("{page}?lang=en")).page().await;
            assert_eq!(chosen.status, 200, "{page}");
            assert!(chosen.header("set-cookie").starts_with("podlinnik-lang=en;"), "{page}");
            let plain = app.get(page).page().await;
            assert!(plain.headers.get("set-cookie").is_none(), "{page}");
            assert!(varies(&plain).contains("cookie"), "{page}: {}", varies(&plain));
        }
        for document in ["/feeds/notices.atom", "/feeds/corrections.json", &format!("{notice}.jsonld")] {
            let chosen = app.get(&format!("{document}?lang=en")).expect(200).await;
            assert!(chosen.headers.get("set-cookie").is_none(), "a feed chooses nothing: {document}");
            assert!(varies(&chosen).contains("cookie"), "{document}: {}", varies(&chosen));
        }
        let missing = app.get("/notices/nonsense").page().await;
        assert!(missing.status == 404 && varies(&missing).contains("cookie"), "{}", varies(&missing));
    })
    .await;
}

fn varies(reply: &crate::support::call::Reply) -> String {
    let all = reply.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok());
    all.collect::<Vec<_>>().join(", ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_knows_what_became_of_its_notice() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip that is told of").await;
        let case = app.get(&notice).by(&people.editor).expect(200).await.field("/case");
        let (case, desk) = (format!("/desk/cases/{case}"), notice.replace("/api/v1", "/desk"));
        let analyst = Browser::of(app, &people.analyst).await;
        let editor = Browser::of(app, &people.editor).await;
        let page = analyst.read(&case).await;
        assert!(page.contains("публикация вышла") && page.contains(&format!("href=\"{desk}\"")), "{page}");
        assert!(!editor.read(&case).await.contains(&format!("{case}/notice")), "there is one already");
        let correction = doubted(app, &notice).await;
        assert!(analyst.read(&case).await.contains("Публикация под сомнением"));
        let retraction = json!({"kind": "retraction", "statement": "Ошиблись."});
        assert_eq!(draft(app, &people.editor, &correction, &retraction).await.status, 200);
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);
        assert!(editor.read(&case).await.contains(&format!("{case}/notice")), "another may be written");
    })
    .await;
}
