//! Pages for everybody, and the situation for leadership.

use std::num::NonZeroU32;

use podlinnik_domain::notice::ClaimRating;
use podlinnik_web::WebSettings;
use serde_json::json;

use crate::api_corrections::{doubted, draft, settle};
use crate::api_decisions::examined_case;
use crate::api_publication::{published, words};
use crate::support::app::{TestApp, on_each_engine, on_each_engine_with};
use crate::support::browser::Browser;
use crate::support::call::Form;

const SCRIPT: &str = "<script>alert('x')</script>";

/// What holds for every page: nothing that somebody typed runs, nothing runs that stands in the page.
fn is_harmless(page: &str) {
    assert!(!page.contains(SCRIPT), "what was typed is markup: {page}");
    assert!(!page.contains(" style=") && !page.contains(" onclick="), "the policy forbids it: {page}");
}

fn sha256(bytes: &[u8]) -> String {
    podlinnik_domain::hash::Sha256::of(bytes).to_string()
}

/// A case with an address that it was seen at, and no notice.
async fn unpublished(app: &TestApp, bytes: &[u8], address: &str) {
    let form = Form::file(bytes).text("source_url", address);
    let received = app.submit(&app.people.analyst, form).expect(202).await;
    app.analysed(&app.people.analyst, &received).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_asks_whether_something_was_verified_and_learns_nothing_else() {
    on_each_engine(async |app| {
        let nobody = Browser::nobody(app);
        let start = nobody.read("/").await;
        assert!(start.contains("Это уже проверяли?") && start.contains("verified.js"), "{start}");
        unpublished(app, b"secret clip", "https://t.me/example/17").await;
        let none = nobody.read(&format!("/?sha256={}", sha256(b"secret clip"))).await;
        let never = nobody.read(&format!("/?sha256={}", sha256(b"never seen"))).await;
        assert!(none.contains("Об этом ничего не опубликовано"), "{none}");
        let same = |page: &str, bytes: &[u8]| page.replace(&sha256(bytes), "");
        assert_eq!(
            same(&none, b"secret clip"),
            same(&never, b"never seen"),
            "an unpublished case shows nothing"
        );
        let by_link = nobody.read("/?link=https%3A%2F%2Ft.me%2Fexample%2F17").await;
        assert!(by_link.contains("Об этом ничего не опубликовано"), "{by_link}");

        let notice = published(app, b"public clip").await.replace("/api/v1", "");
        let again = Form::file(b"public clip").text("source_url", "https://t.me/example/18");
        app.submit(&app.people.second_analyst, again).expect(200).await;
        for question in [
            format!("sha256={}", sha256(b"public clip").to_uppercase()),
            "link=http%3A%2F%2Fwww.t.me%2Fexample%2F18%2F%3Futm_source%3Dx".to_owned(),
        ] {
            let page = nobody.read(&format!("/?{question}")).await;
            assert!(page.contains("Да, об этом опубликовано") && page.contains(&notice), "{page}");
            is_harmless(&page);
        }
        for wrong in
            ["sha256=abc", "link=javascript%3Aalert(1)", "link=%3Cscript%3Ealert('x')%3C%2Fscript%3E"]
        {
            let page = nobody.read(&format!("/?{wrong}")).await;
            assert!(page.contains("Это не"), "{wrong}: {page}");
            is_harmless(&page);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notices_are_listed_searched_and_marked() {
    on_each_engine(async |app| {
        let nobody = Browser::nobody(app);
        assert!(nobody.read("/notices").await.contains("Публикаций пока нет"));
        let notice = published(app, b"listed clip").await;
        let public = notice.replace("/api/v1", "");
        for found in [
            "",
            "?q=%D0%B3%D1%83%D0%B1%D0%B5%D1%80%D0%BD%D0%B0%D1%82%D0%BE%D1%80+2019",
            "?rating=false",
            "?rating=nonsense",
        ] {
            let page = nobody.read(&format!("/notices{found}")).await;
            assert!(page.contains(&public) && page.contains("/feeds/notices.atom"), "{found}: {page}");
            is_harmless(&page);
        }
        for empty in ["?q=%D0%BF%D0%BB%D0%BE%D1%82%D0%B8%D0%BD%D0%B0", "?rating=true", "?region=RU-TVE"] {
            let page = nobody.read(&format!("/notices{empty}")).await;
            assert!(!page.contains(&public) && page.contains("Ничего не нашлось"), "{empty}");
        }
        assert_eq!(nobody.open("/notices?after=nonsense").await.status, 400);
        let correction = doubted(app, &notice).await;
        assert!(nobody.read("/notices").await.contains("перепроверяется"));
        let retraction = json!({"kind": "retraction", "statement": format!("Запись подлинная. {SCRIPT}")});
        assert_eq!(draft(app, &app.people.editor, &correction, &retraction).await.status, 200);
        assert!(nobody.read("/corrections").await.contains("Исправлений нет"), "a draft is not public");
        assert_eq!(settle(app, &app.people.approver, &correction).await.status, 200);
        assert!(nobody.read("/notices").await.contains("отозвано: не ссылайтесь"));
        let corrections = nobody.read("/corrections").await;
        assert!(corrections.contains("Запись подлинная") && corrections.contains(&public), "{corrections}");
        is_harmless(&corrections);
        assert!(nobody.read("/corrections?region=RU-TVE").await.contains("Исправлений нет"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_shows_what_changed_and_no_draft() {
    on_each_engine(async |app| {
        let nobody = Browser::nobody(app);
        let notice = published(app, b"clip with a history").await;
        let public = notice.replace("/api/v1", "");
        let fresh = nobody.read(&format!("{public}/history")).await;
        assert!(fresh.contains("опубликовано") && !fresh.contains("<ins>"), "{fresh}");
        let correction = doubted(app, &notice).await;
        let mut text = words();
        text["truth"] = json!("Исходный ролик снят в 2018 году.");
        text["rating"] = json!("misleading");
        let change = json!({"kind": "correction", "statement": "Исправлен год.", "text": text});
        assert_eq!(draft(app, &app.people.editor, &correction, &change).await.status, 200);
        assert!(!nobody.read(&format!("{public}/history")).await.contains("2018"), "not agreed to yet");
        assert_eq!(settle(app, &app.people.approver, &correction).await.status, 200);
        let page = nobody.read(&format!("{public}/history")).await;
        is_harmless(&page);
        for told in ["Исправлен год.", "<del>", "<ins>", "2018", "решение по сомнению", "дата записи другая"]
        {
            assert_eq!(page.contains(told), told != "дата записи другая", "{told}: {page}");
        }
        let misleading = ClaimRating::Misleading.text().ru;
        assert!(page.contains(misleading) && !page.contains(">misleading"), "a program's code: {page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_objects_by_a_form() {
    let settings = WebSettings { appeals_per_minute: NonZeroU32::new(3).unwrap(), ..WebSettings::default() };
    on_each_engine_with(settings, async |app| {
        let nobody = Browser::nobody(app);
        let notice = published(app, b"clip that somebody objects to").await.replace("/api/v1", "");
        let form = format!("{notice}/appeal");
        assert!(nobody.read(&form).await.contains("Возразить против публикации"));
        let empty = nobody.send(&form, &[("statement", " "), ("name", "И. Иванов")]).await;
        assert_eq!(empty.status, 422);
        assert!(empty.text().contains("value=\"И. Иванов\""), "what was typed is kept: {}", empty.text());
        let typed = format!("На записи я. {SCRIPT}");
        let sent = nobody.send(&form, &[("statement", &typed), ("contact", "a@example.org")]).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let thanks = nobody.read(sent.header("location")).await;
        let listed =
            app.get("/api/v1/appeals?state=open").by(&app.people.corrections_officer).expect(200).await;
        assert!(thanks.contains(&listed.field("/items/0/id")), "{thanks}");
        assert_eq!(listed.field("/items/0/statement"), typed);
        let long = nobody.send(&form, &[("statement", &format!("{SCRIPT}{}", "я".repeat(5000)))]).await;
        assert_eq!(long.status, 422);
        is_harmless(&long.text());
        let busy = nobody.send(&form, &[("statement", "ещё раз")]).await;
        assert_eq!((busy.status, busy.header("retry-after")), (429, "60"));
        assert!(busy.text().contains("ещё раз"), "nothing typed is lost");
        let missing =
            nobody.send("/notices/01890a5d-ac96-774b-bcce-b302099a8057/appeal", &[("statement", "x")]).await;
        assert_eq!(missing.status, 404);
        let foreign = app.post(&form).header("sec-fetch-site", "cross-site");
        let foreign = foreign.body("application/x-www-form-urlencoded", b"statement=x".to_vec()).page().await;
        assert_eq!(foreign.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_a_page_for_people_and_json_for_programs() {
    on_each_engine(async |app| {
        published(app, b"counted clip").await;
        let nobody = Browser::nobody(app);
        let page = nobody.read("/figures?quarter=&region=").await;
        assert!(page.contains("Вердикты по видам") && page.contains("подменено лицо"), "{page}");
        is_harmless(&page);
        assert!(nobody.read("/figures?region=RU-TVE").await.contains("ничего не было"));
        assert_eq!(nobody.open("/figures?quarter=2026-Q9").await.status, 422);
        let json = app.get("/figures").expect(200).await;
        assert_eq!(json.header("content-type"), "application/json");
        assert_eq!(json.json()["notices"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_is_verified_without_being_kept() {
    on_each_engine(async |app| {
        let notice = published(app, b"clip in a bundle").await.replace("/api/v1", "");
        let bundle = app.get(&format!("{notice}/bundle")).expect(200).await.body;
        let key = app.get("/log/key").expect(200).await.text();
        let verify = async |bytes: &[u8], key: &str| {
            let form = Form::new().part("name=\"bundle\"; filename=\"b.zip\"", bytes).text("key", key);
            app.post("/verify/bundle").form(form).page().await
        };
        let whole = verify(&bundle, key.trim()).await;
        assert_eq!(whole.status, 200, "{}", whole.text());
        let page = whole.text();
        assert!(
            page.contains("Пакет цел, и сказанное в нём есть в журнале") && page.contains("подменено лицо"),
            "{page}"
        );
        assert!(verify(&bundle, "").await.text().contains("кто его сделал, пока не доказано"));
        let mut damaged = bundle.clone();
        let middle = damaged.len() / 3;
        damaged[middle] ^= 0x40;
        let wrong = verify(&damaged, key.trim()).await.text();
        assert!(wrong.contains("Пакету верить нельзя") || wrong.contains("Это не пакет"), "{wrong}");
        let other = "example.org/log+f2c6d7a9+AXTQBDr1YtWjJHGjDBLNtRT/QpVVNGaOLTqEfgaFPzb0";
        let stranger = verify(&bundle, other).await;
        assert!(
            stranger.status == 422 || stranger.text().contains("Пакету верить нельзя"),
            "{}",
            stranger.text()
        );
        assert!(verify(b"no archive", "").await.text().contains("Это не пакет"));
        let keyless = verify(&bundle, "<script>alert('x')</script>").await;
        assert_eq!(keyless.status, 422);
        is_harmless(&keyless.text());
        assert_eq!(verify(b"", "").await.status, 422);
        assert_eq!(app.post("/verify/bundle").form(Form::new()).page().await.status, 422);
        let large = vec![0; (64 << 20) + (128 << 10)];
        assert_eq!(verify(&large, "").await.status, 413);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn methods_and_help_are_there_for_everybody_in_both_languages() {
    on_each_engine(async |app| {
        let nobody = Browser::nobody(app);
        let methods = nobody.read("/methodology?lang=ru").await;
        for told in ["не достигнуто", "0,486", "0,320–0,660", "face-manipulation-2026-11-23", "295 из 296"]
        {
            assert!(methods.contains(told), "{told}");
        }
        let english = nobody.read("/methodology?lang=en").await;
        assert!(english.contains("0.486") && english.contains("0.320–0.660"));
        let help = nobody.read("/help").await;
        for anchor in
            ["likelihood-ratio", "ceiling", "perceptual-hash", "deepfake", "scale", "reason-no-face"]
        {
            assert_eq!(help.matches(&format!("id=\"{anchor}\"")).count(), 1, "{anchor}");
        }
        for page in [&methods, &help] {
            is_harmless(page);
            assert!(page.contains("name=\"description\"") && !page.contains("noindex"));
        }
        let robots = app.get("/robots.txt").expect(200).await.text();
        assert!(robots.contains("Disallow: /desk"), "{robots}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leadership_looks_at_the_situation_and_others_do_not() {
    on_each_engine(async |app| {
        examined_case(app, b"clip of the week").await;
        let people = &app.people;
        let approver = Browser::of(app, &people.approver).await;
        let page = approver.read("/desk/situation").await;
        assert!(page.contains("По дням") && page.contains("noindex"), "{page}");
        is_harmless(&page);
        let export = page.split("/api/v1/situation.csv?").nth(1).unwrap().split('"').next().unwrap();
        let csv = approver.open(&format!("/api/v1/situation.csv?{}", export.replace("&#38;", "&"))).await;
        assert!(csv.status == 200 && csv.text().starts_with("group,name,items"), "{}", csv.text());
        let elsewhere = approver.read("/desk/situation?region=RU-TVE").await;
        assert!(elsewhere.contains("ничего не присылали"), "{elsewhere}");
        let wrong = approver.open("/desk/situation?from=2026-11-28T10:00&until=2026-11-27T10:00").await;
        assert_eq!(wrong.status, 422);
        assert!(wrong.text().contains("value=\"2026-11-28T10:00\""), "what was typed is kept");
        for (person, path) in
            [(&people.analyst, "/desk/situation"), (&people.editor, "/desk/situation?from=x")]
        {
            assert_eq!(Browser::of(app, person).await.open(path).await.status, 403);
        }
        let stranger = Browser::of(app, &people.stranger).await.read("/desk/situation").await;
        assert!(stranger.contains("ничего не присылали"), "another region's cases are not counted");
        let gate = Browser::nobody(app).open("/desk/situation").await;
        assert_eq!((gate.status, gate.header("location")), (303, "/sign-in?next=%2Fdesk%2Fsituation"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_introduction_is_put_away_once() {
    on_each_engine(async |app| {
        let analyst = Browser::of(app, &app.people.analyst).await;
        assert!(analyst.read("/desk").await.contains("Вы здесь впервые?"));
        assert_eq!(analyst.send_bare("/desk/tour", &[]).await.status, 403, "no token");
        let away = analyst.send("/desk/tour", &[]).await;
        assert_eq!((away.status, away.header("location")), (303, "/desk"));
        assert!(
            away.header("set-cookie").starts_with("podlinnik-tour=seen;"),
            "{}",
            away.header("set-cookie")
        );
        let seen = analyst.open_with("/desk", "podlinnik-tour=seen").await;
        assert!(!seen.contains("Вы здесь впервые?"));
    })
    .await;
}
