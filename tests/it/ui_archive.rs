//! Originals, copies and series as pages.

use crate::support::app::on_each_engine;
use crate::support::browser::Browser;
use crate::support::call::{Form, Reply};

const SCRIPT: &str = "<script>alert(1)</script>";

fn goes_to(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}: {}", reply.what, reply.text());
    reply.header("location").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_original_is_uploaded_found_and_withdrawn() {
    on_each_engine(async |app| {
        let editor = Browser::of(app, &app.people.editor).await;
        assert!(editor.read("/desk/archive").await.contains("Архив пуст"));
        assert!(editor.read("/desk/archive/new").await.contains("Кто ручается"));
        let path = "/desk/archive/new/file";
        let words = || Form::new().text("title", SCRIPT).text("source", "Пресс-служба Тамбовской области");
        let none = editor.send_file(path, words().text("vouched_by", "Пётр").with_file("", b"")).await;
        assert_eq!(none.status, 422);
        assert!(
            none.text().contains("Выберите файл")
                && none.text().contains("alert(1)")
                && !none.text().contains(SCRIPT)
        );
        let clip = b"SCENES 1x20";
        let bad = editor.send_file(path, words().text("recorded", "вчера").with_file("a.mp4", clip)).await;
        assert_eq!(bad.status, 422);
        assert!(bad.text().contains("2024-05-03") && bad.text().contains("Пресс-служба Тамбовской области"));
        let added = editor
            .send_file(
                path,
                words()
                    .text("recorded", "2026-05-03")
                    .text("vouched_by", "Пётр Ёлкин")
                    .with_file("a.mp4", clip),
            )
            .await;
        let at = goes_to(&added);
        let at = at.split('?').next().unwrap();
        let page = editor.read(at).await;
        assert!(page.contains("подпись верна") && page.contains("3 мая 2026") && !page.contains(SCRIPT));
        let again = editor.send_file(path, words().text("vouched_by", "Пётр").with_file("a.mp4", clip)).await;
        assert_eq!(again.status, 409);
        assert!(again.text().contains("уже есть в архиве"));
        assert!(
            editor
                .read("/desk/archive?q=%D0%B5%D0%BB%D0%BA%D0%B8%D0%BD+%D0%BF%D1%80%D0%B5%D1%81%D1%81")
                .await
                .contains(at),
            "ё is е, beginnings of words"
        );
        assert!(
            editor.read("/desk/archive?q=%D1%82%D0%B2%D0%B5%D1%80%D1%8C").await.contains("Ничего не нашлось")
        );
        assert_eq!(editor.send(&format!("{at}/withdraw"), &[("reason", "")]).await.status, 422);
        goes_to(&editor.send(&format!("{at}/withdraw"), &[("reason", SCRIPT)]).await);
        let page = editor.read(at).await;
        assert!(
            page.contains("Больше не считается") && !page.contains(SCRIPT) && !page.contains("/withdraw\"")
        );
        assert!(
            editor
                .send(&format!("{at}/withdraw"), &[("reason", "ещё раз")])
                .await
                .text()
                .contains("уже отозван")
        );
        assert!(!editor.read("/desk/archive").await.contains(at));
        assert!(editor.read("/desk/archive?withdrawn=yes").await.contains(at));
        let auditor = Browser::of(app, &app.people.auditor).await;
        assert!(!auditor.read("/desk/archive").await.contains("Добавить оригинал"));
        assert_eq!(auditor.open("/desk/archive/new").await.status, 403);
        let partner = Browser::of(app, &app.people.partner).await;
        assert_eq!(partner.open("/desk/archive").await.status, 403);
        let form = Form::new().with_file("a.mp4", clip);
        let forged = app.post(path).header("cookie", "x=1").form(form).page().await;
        assert_eq!(forged.status, 401);
        assert_eq!(editor.send_bare(&format!("{at}/withdraw"), &[("reason", "x")]).await.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_handed_in_becomes_an_original() {
    on_each_engine(async |app| {
        let analyst = Browser::of(app, &app.people.analyst).await;
        let submitted = app.submit(&app.people.analyst, Form::file(b"SCENES 1x20")).expect(202).await;
        app.analysed(&app.people.analyst, &submitted).await;
        let id = submitted.field("/id");
        let page = analyst.read(&format!("/desk/archive/new?submission={id}")).await;
        assert!(page.contains("clip.mp4") && !page.contains("type=\"file\""));
        let added = analyst
            .send("/desk/archive/new", &[("submission", &id), ("title", "Газон"), ("vouched_by", "Я")])
            .await;
        let at = goes_to(&added);
        assert!(analyst.read(at.split('?').next().unwrap()).await.contains("Дело об этих же байтах"));
        let stranger = Browser::of(app, &app.people.stranger).await;
        assert_eq!(stranger.open(&format!("/desk/archive/new?submission={id}")).await.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_is_decided_on_side_by_side() {
    on_each_engine(async |app| {
        let people = &app.people;
        let analyst = Browser::of(app, &people.analyst).await;
        assert!(analyst.read("/desk/copies").await.contains("Решать нечего"));
        assert!(analyst.read("/desk/series").await.contains("Серий пока нет"));
        for clip in ["SCENES 2x20", "SCENES 2x9"] {
            let reply = app
                .submit(&people.submitter, Form::file(clip.as_bytes()).text("network", SCRIPT))
                .expect(202)
                .await;
            app.analysed(&people.submitter, &reply).await;
        }
        let page = analyst.read("/desk/copies").await;
        let id = page.split("/desk/copies/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let at = format!("/desk/copies/{id}");
        let page = analyst.read(&at).await;
        for words in [
            "Копия ли это?",
            "Что заметила машина",
            "почти неотличимые кадры",
            "0:00.0–0:04.0",
            "Да, это копия",
            "Нет, это другое",
        ] {
            assert!(page.contains(words), "`{words}` is missing in {page}");
        }
        assert!(!page.contains(SCRIPT));
        let version =
            page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let form = |reason: &'static str| [("version", version.clone()), ("reason", reason.to_owned())];
        let send = async |to: &str, reason: &'static str| {
            let form = form(reason);
            let fields: Vec<(&str, &str)> =
                form.iter().map(|(name, value)| (*name, value.as_str())).collect();
            analyst.send(&format!("{at}/{to}"), &fields).await
        };
        let none = send("confirm", "").await;
        assert_eq!(none.status, 422);
        assert!(none.text().contains("Причина: от 1 до 500"));
        let editor = Browser::of(app, &people.editor).await;
        assert!(editor.read(&at).await.contains("Решает аналитик"));
        assert_eq!(
            editor.send(&format!("{at}/confirm"), &[("version", &version), ("reason", "x")]).await.status,
            403
        );
        assert_eq!(goes_to(&send("reject", "Другая сцена.").await), "/desk/copies?done=rejected");
        let late = send("confirm", "Я успел подумать.").await;
        assert_eq!(late.status, 412);
        let text = late.text();
        assert!(
            text.contains("решил кто-то другой")
                && text.contains("Другая сцена.")
                && text.contains("Я успел подумать.")
        );
        let page = analyst.read(&at).await;
        let version = page.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let confirmed = analyst
            .send(&format!("{at}/confirm"), &[("version", version), ("reason", "Та же запись, обрезана.")])
            .await;
        assert_eq!(goes_to(&confirmed), "/desk/copies?done=confirmed");
        assert!(analyst.read("/desk/copies?state=confirmed").await.contains(&at));
        assert_eq!(
            analyst.send_bare(&format!("{at}/reject"), &[("version", "1"), ("reason", "x")]).await.status,
            403
        );
        let partner = Browser::of(app, &people.partner).await;
        assert_eq!(partner.open(&at).await.status, 403);
        let stranger = Browser::of(app, &people.stranger).await;
        assert_eq!(stranger.open(&at).await.status, 404);

        // A confirmed copy joins a series; another region sees it without its cases.
        let list = analyst.read("/desk/series").await;
        let series = format!(
            "/desk/series/{}",
            list.split("/desk/series/").nth(1).unwrap().split('"').next().unwrap()
        );
        let page = analyst.read(&series).await;
        assert!(
            page.contains("Серия: 2 материала")
                && page.contains("похожие кадры")
                && page.contains("/desk/cases/")
        );
        let elsewhere = stranger.read(&series).await;
        assert!(elsewhere.contains("дело другой организации") && !elsewhere.contains("/desk/cases/"));
        assert!(!elsewhere.contains("clip.mp4") && !page.contains(SCRIPT));
        assert_eq!(partner.open("/desk/series").await.status, 403);
    })
    .await;
}
