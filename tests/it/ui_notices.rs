//! Notices in the browser, without scripts: drafted from a case, handed to review, approved by another, published, doubted, corrected.

use serde_json::json;

use crate::api_corrections::doubted;
use crate::api_decisions::{approved_verdict, examined_case};
use crate::api_publication::{published, words};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::browser::Browser;
use crate::support::call::Reply;

const SCRIPT: &str = "<script>alert('x')</script>";

/// What a redirect leads to, without what is told there.
pub(crate) fn led_to(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}: {}", reply.what, reply.text());
    reply.header("location").split('?').next().unwrap().to_owned()
}

/// The value of a hidden field.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("no `{name}` in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Fields of a complete notice, with a script in every text.
fn typed<'a>(version: &'a str, verdict: &'a str, action: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("version", version),
        ("verdict", verdict),
        ("action", action),
        ("title", "Ролик поддельный <script>alert('x')</script>"),
        ("claim", "Объявлена эвакуация <script>alert('x')</script>"),
        ("rating", "false"),
        ("body", "Эвакуации нет <script>alert('x')</script>"),
        ("spread", "С утра в чатах <script>alert('x')</script>"),
        ("truth", "Город живёт обычной жизнью <script>alert('x')</script>"),
        ("source_title", "Администрация <script>alert('x')</script>"),
        ("source_url", "https://admin.example/1"),
        ("source_title", ""),
        ("source_url", ""),
        ("no_clean_reshare", "on"),
        ("privacy", "on"),
    ]
}

/// A draft by the editor: its case and its page.
async fn drafted(app: &TestApp, editor: &Browser<'_>, bytes: &[u8]) -> (String, String) {
    let case = examined_case(app, bytes).await;
    approved_verdict(app, &case).await;
    let form = format!("{}/notice", case.replace("/api/v1", "/desk"));
    let page = editor.read(&form).await;
    let verdict = hidden(&page, "verdict");
    (case, led_to(&editor.send(&form, &typed("0", &verdict, "save")).await))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_goes_from_a_case_to_its_readers() {
    on_each_engine(async |app| {
        let people = &app.people;
        let editor = Browser::of(app, &people.editor).await;
        let approver = Browser::of(app, &people.approver).await;
        let case = examined_case(app, b"clip to refute").await;
        let form = format!("{}/notice", case.replace("/api/v1", "/desk"));
        assert!(editor.read(&form).await.contains("Сначала нужен вердикт"));
        approved_verdict(app, &case).await;

        let page = editor.read(&form).await;
        assert!(page.contains("value=\"Фейк: лицо в записи подменено\""), "a headline is suggested: {page}");
        assert!(page.contains("https://archive.example/1"), "links of the basis are suggested");
        assert!(!page.contains("SENTINEL-RATIONALE") && !page.contains("Метод нашёл следы"), "{page}");
        assert_eq!(page.matches("name=\"source_url\"").count(), 2, "one filled row and a spare one");
        let verdict = hidden(&page, "verdict");
        let more = editor.send(&form, &typed("0", &verdict, "source")).await;
        assert_eq!((more.status, more.text().matches("name=\"source_url\"").count()), (200, 4));

        let saved = editor.send(&form, &typed("0", &verdict, "save")).await;
        let notice = led_to(&saved);
        let list = editor.read("/desk/notices").await;
        assert!(list.contains("&lt;script&gt;") || list.contains("&#60;script&#62;"), "{list}");
        let review = editor.send(&format!("{notice}/review"), &[("version", "1")]).await;
        assert_eq!(led_to(&review), notice);

        let waiting = approver.read("/desk/notices?view=review").await;
        assert!(waiting.contains("ждёт вашего одобрения"), "{waiting}");
        let before = approver.read(&notice).await;
        assert!(before.contains(&format!("action=\"{notice}/approval\"")), "{before}");
        assert!(!editor.read(&notice).await.contains("/approval\""), "an editor gets no such button");
        let approved = approver.send(&format!("{notice}/approval"), &[("version", "1")]).await;
        assert_eq!(led_to(&approved), notice);
        let going = editor.read(&notice).await;
        assert!(going.contains("Кому уйдёт") && going.contains("Тамбовская область"), "{going}");
        let out = editor.send(&format!("{notice}/publication"), &[("version", "1")]).await;
        assert_eq!(led_to(&out), notice);

        let after = editor.read(&notice).await;
        let public = notice.replace("/desk", "");
        for link in [public.clone(), format!("{public}/bundle"), "/feeds/notices.atom".to_owned()] {
            assert!(after.contains(&link), "{link}: {after}");
        }
        for shown in [&page, &after, &going, &list] {
            assert!(!shown.contains(SCRIPT), "a script stays text: {shown}");
        }
        assert!(app.get(&public).expect(200).await.text().contains("Город живёт обычной жизнью"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_stored_stays_typed() {
    on_each_engine(async |app| {
        let people = &app.people;
        let editor = Browser::of(app, &people.editor).await;
        let (case, notice) = drafted(app, &editor, b"clip with a long headline").await;
        let long = "Ж".repeat(201);
        let fields = [
            ("version", "1"),
            ("action", "save"),
            ("title", long.as_str()),
            ("body", "Неверно"),
            ("truth", "Верно"),
        ];
        let refused = editor.send(&notice, &fields).await;
        assert_eq!(refused.status, 422);
        let page = refused.text();
        assert!(page.contains(&long) && page.contains("href=\"#title\""), "{page}");

        let incomplete = editor
            .send(
                &notice,
                &[("version", "1"), ("action", "submit"), ("title", "T"), ("body", "B"), ("truth", "W")],
            )
            .await;
        assert_eq!(incomplete.status, 422);
        let page = incomplete.text();
        assert!(page.contains("href=\"#claim\"") && page.contains("href=\"#spread\""), "{page}");
        assert_eq!(hidden(&page, "version"), "2", "the words are stored all the same");

        // Somebody else saves meanwhile.
        let other = Browser::of(app, &people.everything).await;
        let fields = [
            ("version", "2"),
            ("action", "save"),
            ("title", "Чужой заголовок"),
            ("body", "B"),
            ("truth", "W"),
        ];
        assert_eq!(led_to(&other.send(&notice, &fields).await), notice);
        let mine =
            [("version", "2"), ("action", "save"), ("title", "Мой заголовок"), ("body", "B"), ("truth", "W")];
        let stale = editor.send(&notice, &mine).await;
        assert_eq!(stale.status, 412);
        let page = stale.text();
        assert!(page.contains("value=\"Мой заголовок\"") && page.contains("<ins>"), "{page}");
        assert!(page.contains("Чужой заголовок") || page.contains("Чужой"), "{page}");
        let seen = hidden(&page, "version");
        assert_eq!(seen, "3");
        let mine =
            [("version", "3"), ("action", "save"), ("title", "Мой заголовок"), ("body", "B"), ("truth", "W")];
        assert_eq!(led_to(&editor.send(&notice, &mine).await), notice);
        let history = editor.read(&format!("{notice}/history?from=3&to=4")).await;
        assert!(history.contains("<del>") && history.contains("Версия 4"), "{history}");
        assert!(case.contains("/cases/"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_are_for_those_who_may_take_them() {
    on_each_engine(async |app| {
        let people = &app.people;
        let editor = Browser::of(app, &people.editor).await;
        let (case, notice) = drafted(app, &editor, b"clip with guards").await;
        let form = format!("{}/notice", case.replace("/api/v1", "/desk"));
        let verdict = hidden(&editor.read(&form).await, "verdict");
        for path in [&form, &notice, &format!("{notice}/review"), &format!("{notice}/publication")] {
            let forged = editor.send_bare(path, &typed("1", &verdict, "save")).await;
            assert_eq!(forged.status, 403, "{path} without the token");
        }
        let analyst = Browser::of(app, &people.analyst).await;
        assert!(analyst.read(&form).await.contains("Черновик пишет редактор"));
        assert_eq!(analyst.send(&form, &typed("0", &verdict, "save")).await.status, 403);
        assert_eq!(analyst.send(&format!("{notice}/review"), &[("version", "1")]).await.status, 403);
        let stranger = Browser::of(app, &people.stranger).await;
        for path in [&notice, &format!("{notice}/history"), &format!("{notice}/page")] {
            assert_eq!(stranger.open(path).await.status, 404, "{path} of another region");
        }
        let submitter = Browser::of(app, &people.submitter).await;
        assert_eq!(submitter.open("/desk/notices").await.status, 403);
        assert_eq!(led_to(&Browser::nobody(app).open("/desk/notices").await), "/sign-in");

        // Who wrote a version does not approve, whatever their roles.
        let everything = Browser::of(app, &people.everything).await;
        everything.send(&notice, &typed("1", &verdict, "submit")).await;
        let version = app.get(&notice.replace("/desk", "/api/v1")).by(&people.editor).expect(200).await;
        let version = version.json()["version"].to_string();
        everything.send(&format!("{notice}/review"), &[("version", &version)]).await;
        let mut changed = typed(&version, &verdict, "submit");
        changed[3] = ("title", "Ролик поддельный, запись 2019 года");
        led_to(&everything.send(&notice, &changed).await);
        assert!(everything.read(&notice).await.contains("одобрить должен другой человек"));
        let next = (version.parse::<u32>().unwrap() + 1).to_string();
        let own = everything.send(&format!("{notice}/approval"), &[("version", &next)]).await;
        assert_eq!(own.status, 403, "{}", own.text());
        assert!(own.text().contains("role=\"alert\""));
        let approver = Browser::of(app, &people.approver).await;
        let stale = approver.send(&format!("{notice}/approval"), &[("version", "1")]).await;
        assert!(stale.text().contains("текст изменили"), "{}", stale.text());
        led_to(&approver.send(&format!("{notice}/approval"), &[("version", &next)]).await);

        // A new verdict takes the ground away.
        approved_verdict(app, &case).await;
        let late = editor.send(&format!("{notice}/publication"), &[("version", &next)]).await;
        assert_eq!(late.status, 412);
        let page = late.text();
        assert!(page.contains("вердикт пересмотрен") && page.contains("?from="), "{page}");
        let again = editor.read(&format!("{form}?from={}", notice.rsplit('/').next().unwrap())).await;
        assert!(again.contains("value=\"Ролик поддельный, запись 2019 года\""), "{again}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_for_every_outlet_follow_what_is_typed() {
    on_each_engine(async |app| {
        let editor = Browser::of(app, &app.people.editor).await;
        let (_, notice) = drafted(app, &editor, b"clip to preview").await;
        let preview = editor.send(&format!("{notice}/preview"), &typed("1", "", "save")).await.text();
        for name in ["Telegram", "ВКонтакте", "Печать", "Радио", "Карточка"] {
            assert!(preview.contains(name), "{name}: {preview}");
        }
        assert!(preview.contains("из 4\u{202f}096") && preview.contains("hx-swap-oob"), "{preview}");
        assert!(!preview.contains("<script"), "{preview}");
        let hostile = [
            ("title", "T"),
            ("body", "B"),
            ("truth", "W"),
            ("source_title", "x"),
            ("source_url", "javascript:alert(1)"),
        ];
        let preview = editor.send(&format!("{notice}/preview"), &hostile).await.text();
        assert!(!preview.contains("href=\"javascript:"), "{preview}");
        let english = [("preview_language", "en"), ("title", "T"), ("body", "B"), ("truth", "W")];
        let preview = editor.send(&format!("{notice}/preview"), &english).await.text();
        assert!(preview.contains("заполните по-английски"), "{preview}");
        let card = editor.send(&format!("{notice}/card"), &typed("1", "", "save")).await.text();
        assert!(
            card.contains("data:image/png;base64,iVBOR"),
            "{}",
            card.chars().take(300).collect::<String>()
        );
        let whole = editor.open(&format!("{notice}/page")).await;
        assert_eq!(whole.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doubt_is_settled_by_two_people() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip with a wrong year").await.replace("/api/v1", "/desk");
        let editor = Browser::of(app, &people.editor).await;
        let wordless = editor.send(&format!("{notice}/doubt"), &[("version", "1"), ("reason", " ")]).await;
        assert_eq!(wordless.status, 422);
        let opened = editor
            .send(
                &format!("{notice}/doubt"),
                &[("version", "1"), ("reason", "Год записи <script>alert('x')</script>")],
            )
            .await;
        let correction = led_to(&opened);
        assert!(correction.starts_with("/desk/corrections/"), "{correction}");
        assert!(editor.read("/desk/notices?view=doubt").await.contains(&notice));

        let mut fields = typed("0", "", "save");
        fields[3] = ("title", "Ролик поддельный, запись 2019 года");
        let undecided = editor.send(&correction, &fields).await;
        assert_eq!(undecided.status, 422);
        assert!(undecided.text().contains("Выберите решение"), "{}", undecided.text());
        fields.extend([("kind", "correction"), ("statement", "Исправлен год записи.")]);
        let difference = editor.send(&format!("{correction}/difference"), &fields).await.text();
        assert!(difference.contains("<ins>") && !difference.contains(SCRIPT), "{difference}");
        assert_eq!(led_to(&editor.send(&correction, &fields).await), correction);
        assert!(editor.read(&correction).await.contains("принять его должен другой человек"));
        let stale = editor.send(&correction, &fields).await;
        assert_eq!(stale.status, 412);
        assert!(stale.text().contains("Исправлен год записи."), "{}", stale.text());

        assert_eq!(editor.send(&format!("{correction}/settlement"), &[("version", "1")]).await.status, 403);
        let approver = Browser::of(app, &people.approver).await;
        let page = approver.read(&correction).await;
        assert!(page.contains("Принять и опубликовать") && !page.contains(SCRIPT), "{page}");
        let settled = approver.send(&format!("{correction}/settlement"), &[("version", "1")]).await;
        assert_eq!(led_to(&settled), notice);
        let public = app.get(&notice.replace("/desk", "")).expect(200).await.text();
        assert!(public.contains("запись 2019 года") && public.contains("Исправлен год записи."), "{public}");
        let history = approver.read(&format!("{notice}/history")).await;
        assert!(history.contains("Версия 2") && history.contains("исправлено"), "{history}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_agrees_to_their_own_settlement() {
    on_each_engine(async |app| {
        let people = &app.people;
        let path = published(app, b"clip to keep").await;
        let correction = doubted(app, &path).await.replace("/api/v1", "/desk");
        let everything = Browser::of(app, &people.everything).await;
        let fields =
            [("version", "0"), ("action", "save"), ("kind", "upheld"), ("statement", "Проверили ещё раз.")];
        assert_eq!(led_to(&everything.send(&correction, &fields).await), correction);
        let own = everything.send(&format!("{correction}/settlement"), &[("version", "1")]).await;
        assert_eq!(own.status, 403);
        assert!(own.text().contains("role=\"alert\""), "{}", own.text());
        let officer = Browser::of(app, &people.corrections_officer).await;
        led_to(&officer.send(&format!("{correction}/settlement"), &[("version", "1")]).await);
        assert_eq!(app.get(&path).by(&people.editor).expect(200).await.field("/state"), "upheld");
        assert_eq!(words()["rating"], json!("false"));
    })
    .await;
}
