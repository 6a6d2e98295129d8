//! The administration's pages: people, organisations, receivers, models, queue, history, storage.

use podlinnik_domain::people::{OrganisationLevel, Role};
use serde_json::json;

use crate::api_decisions::{examined_case, propose};
use crate::support::app::on_each_engine;
use crate::support::browser::Browser;
use crate::support::call::{Form, Reply};

const SCRIPT: &str = "<script>alert(1)</script>";

fn goes_to(reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}: {}", reply.what, reply.text());
    reply.header("location").to_owned()
}

fn between<'a>(page: &'a str, from: &str, until: &str) -> &'a str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("`{from}` is not in {page}"));
    rest.split(until).next().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_is_made_changed_and_closed() {
    on_each_engine(async |app| {
        let admin = Browser::of(app, &app.people.admin).await;
        let page = admin.read("/desk/admin").await;
        assert!(page.contains("second-analyst") && !page.contains("stranger"), "only one's own branch");
        let region = app.people.admin.user.organisation.to_string();
        let new = "/desk/admin/people/new";
        assert!(
            !admin.read(new).await.contains("value=\"auditor\""),
            "federal administrators alone make auditors"
        );
        let fields = |login: &'static str, name: &'static str| {
            vec![("login", login), ("display_name", name), ("organisation", region.as_str()), ("link", "yes")]
        };
        let refused = admin.send(new, &fields("Новый Логин", SCRIPT)).await;
        assert_eq!(refused.status, 422);
        let text = refused.text();
        assert!(text.contains("Имя для входа: от 2 до 64") && text.contains("выберите хотя бы одну"));
        assert!(!text.contains(SCRIPT) && text.contains("alert(1)"), "what was typed is kept as text");
        let mut good = fields("new.one", SCRIPT);
        good.extend([("roles", "analyst"), ("roles", "submitter")]);
        let made = admin.send(new, &good).await;
        assert_eq!(made.status, 200, "{}", made.text());
        let page = made.text();
        let link = between(&page, "data-focus>", "</textarea>").to_owned();
        let secret = link.rsplit('/').next().unwrap();
        let owner = app.service.link_owner(secret).await.unwrap();
        assert_eq!(
            (owner.login.as_str(), owner.roles.as_slice()),
            ("new.one", [Role::Submitter, Role::Analyst].as_slice())
        );
        assert_eq!(admin.send(new, &good).await.status, 409, "the login is taken");
        let at = format!("/desk/admin/people/{}", owner.id);
        let page = admin.read(&at).await;
        assert!(
            !page.contains(SCRIPT)
                && page.contains("заведена учётная запись")
                && page.contains("выдана одноразовая ссылка")
        );
        assert_eq!(
            goes_to(&admin.send(&format!("{at}/name"), &[("display_name", "Новая Сотрудница")]).await),
            format!("{at}?done=saved")
        );
        assert_eq!(admin.send(&format!("{at}/roles"), &[("of_roles", "yes")]).await.status, 422);
        goes_to(&admin.send(&format!("{at}/roles"), &[("roles", "editor")]).await);
        assert_eq!(admin.send(&format!("{at}/roles"), &[("roles", "auditor")]).await.status, 403);
        goes_to(&admin.send(&format!("{at}/disable"), &[]).await);
        app.service.link_owner(secret).await.unwrap_err();
        let page = admin.read(&at).await;
        assert!(page.contains("Открыть снова") && page.contains("Новая Сотрудница"));
        assert!(admin.read("/desk/admin?state=closed").await.contains("new.one"));
        assert!(admin.read("/desk/admin?q=%D0%BD%D0%BE%D0%B2%D0%B0%D1%8F").await.contains("new.one"));
        assert!(!admin.read("/desk/admin?state=open").await.contains("new.one"));
        goes_to(&admin.send(&format!("{at}/enable"), &[]).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_has_no_power_over_themself_or_others_keys() {
    on_each_engine(async |app| {
        let admin = Browser::of(app, &app.people.admin).await;
        let own = format!("/desk/admin/people/{}", app.people.admin.user.id);
        let page = admin.read(&own).await;
        assert!(page.contains("Это вы") && !page.contains("name=\"roles\""));
        let refused = admin.send(&format!("{own}/roles"), &[("roles", "approver")]).await;
        assert_eq!(refused.status, 403);
        assert!(refused.text().contains("меняет другой администратор"));
        let analyst = format!("/desk/admin/people/{}", app.people.analyst.user.id);
        assert!(admin.read(&analyst).await.contains("Чужим именем ключ не выпускается"));
        let stolen = admin.send(&format!("{analyst}/keys"), &[("label", "x"), ("scopes", "analyst")]).await;
        assert_eq!(stolen.status, 403, "{}", stolen.text());
        let program = format!("/desk/admin/people/{}", app.people.submitter.user.id);
        let made = admin
            .send(&format!("{program}/keys"), &[("label", "бот"), ("days", "30"), ("scopes", "submitter")])
            .await;
        assert_eq!(made.status, 200, "{}", made.text());
        assert!(made.text().contains("plk_"));
        let key = between(&admin.read(&program).await, &format!("{program}/keys/"), "/revoke").to_owned();
        assert_eq!(
            goes_to(&admin.send(&format!("{program}/keys/{key}/revoke"), &[]).await),
            format!("{program}?done=key_revoked#keys")
        );
        let elsewhere = format!("/desk/admin/people/{}", app.people.stranger.user.id);
        assert_eq!(admin.open(&elsewhere).await.status, 404);
        assert_eq!(admin.send(&format!("{elsewhere}/disable"), &[]).await.status, 404);
        assert_eq!(admin.send(&format!("{elsewhere}/link"), &[]).await.status, 404);
        let auditor = Browser::of(app, &app.people.auditor).await;
        let page = auditor.read(&elsewhere).await;
        assert!(page.contains("менять её может только администратор") && !page.contains("Сделать ссылку"));
        assert_eq!(auditor.send(&format!("{elsewhere}/disable"), &[]).await.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn organisations_stand_in_a_tree() {
    on_each_engine(async |app| {
        let admin = Browser::of(app, &app.people.admin).await;
        let path = "/desk/admin/organisations";
        let page = admin.read(path).await;
        assert!(page.contains("RU-TAM") && !page.contains("RU-TVE"));
        let region = app.people.admin.user.organisation.to_string();
        let town = |code: &'static str, level: &'static str| {
            [
                ("code", code),
                ("level", level),
                ("name_ru", "Тамбов <b>"),
                ("name_en", "Tambov"),
                ("parent", region.as_str()),
            ]
        };
        let refused = admin.send(path, &town("город", "municipality")).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("Код: от 1 до 32") && refused.text().contains("value=\"Tambov\""));
        assert!(admin.send(path, &town("x", "region")).await.text().contains("стоять в дереве выше"));
        assert_eq!(
            goes_to(&admin.send(path, &town("town", "municipality")).await),
            format!("{path}?done=organisation_added")
        );
        assert!(admin.send(path, &town("town", "municipality")).await.text().contains("уже есть"));
        let page = admin.read(path).await;
        assert!(page.contains("depth-1") && !page.contains("Тамбов <b>"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_is_added_looked_at_and_switched_off() {
    on_each_engine(async |app| {
        let admin = Browser::of(app, &app.people.admin).await;
        let path = "/desk/admin/receivers";
        assert!(admin.read(path).await.contains("Получателей пока нет"));
        assert!(admin.read(&format!("{path}?channel=webhook")).await.contains("Standard Webhooks"));
        let bad = admin.send(path, &[("channel", "webhook"), ("address", "ftp://<b>")]).await;
        assert_eq!(bad.status, 422);
        assert!(bad.text().contains("нужен https-адрес") && !bad.text().contains("ftp://<b>"));
        let post = admin.send(path, &[("channel", "telegram"), ("address", "@redaktsiya")]).await;
        assert!(post.text().contains("Бот Telegram не настроен") && post.text().contains("@redaktsiya"));
        let hook = admin
            .send(
                path,
                &[
                    ("channel", "webhook"),
                    ("address", "http://127.0.0.1:9/hook"),
                    ("signature", "hmac"),
                    ("regions", "RU-TAM"),
                ],
            )
            .await;
        assert_eq!(hook.status, 200, "{}", hook.text());
        assert!(hook.text().contains("whsec_"));
        let signed = admin
            .send(
                path,
                &[("channel", "webhook"), ("address", "http://127.0.0.1:9/signed"), ("signature", "ed25519")],
            )
            .await;
        let text = signed.text();
        assert!(text.contains("whpk_") && !text.contains("whsec_"));
        let mail = admin
            .send(path, &[("channel", "email"), ("address", "desk@desk.example"), ("language", "en")])
            .await;
        let at = goes_to(&mail);
        let at = at.split('?').next().unwrap();
        let page = admin.read(path).await;
        assert!(
            !page.contains("whsec_") && page.contains("Тамбовская область") && page.contains("все регионы")
        );
        let page = admin.read(at).await;
        assert!(page.contains("английский") && page.contains("Сообщений ещё не было"));
        assert_eq!(admin.send(&format!("{at}/replay"), &[("since", "вчера")]).await.status, 422);
        assert_eq!(
            goes_to(&admin.send(&format!("{at}/replay"), &[("since", "2026-01-01T00:00")]).await),
            format!("{at}?done=nothing_replayed")
        );
        goes_to(&admin.send(&format!("{at}/disable"), &[]).await);
        assert!(
            admin
                .send(&format!("{at}/replay"), &[("since", "2026-01-01T00:00")])
                .await
                .text()
                .contains("Получатель отключён")
        );
        goes_to(&admin.send(&format!("{at}/enable"), &[]).await);
        let stranger = Browser::of(app, &app.people.stranger).await;
        assert_eq!(stranger.open(at).await.status, 404);
        let auditor = Browser::of(app, &app.people.auditor).await;
        assert_eq!(auditor.open(path).await.status, 403);
        assert!(
            !auditor.read("/desk/admin").await.contains(path),
            "receivers are the administrators' business"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_was_given_up_is_put_back() {
    on_each_engine(async |app| {
        let admin = Browser::of(app, &app.people.admin).await;
        let path = "/desk/admin/queue";
        assert!(admin.read(path).await.contains("Ничего. Сюда попадает"));
        let submitted = app.submit(&app.people.analyst, Form::file(b"FAIL on our side")).expect(202).await;
        let analysis = submitted.field("/links/analysis");
        for _ in 0..100 {
            app.clock.advance(60);
            let reply = app.get(&format!("{analysis}?wait=1")).by(&app.people.analyst).expect(200).await;
            if reply.field("/state") == "dead" {
                break;
            }
        }
        let page = admin.read(path).await;
        assert!(page.contains("2 попытки") && page.contains("Вернуть в очередь"), "{page}");
        let job = between(&page, "/desk/admin/queue/", "/revive").to_owned();
        let auditor = Browser::of(app, &app.people.auditor).await;
        assert!(!auditor.read(path).await.contains("/revive"));
        assert_eq!(auditor.send(&format!("{path}/{job}/revive"), &[]).await.status, 403);
        assert_eq!(
            goes_to(&admin.send(&format!("{path}/{job}/revive"), &[]).await),
            format!("{path}?done=revived")
        );
        assert_eq!(
            goes_to(&admin.send(&format!("{path}/{job}/revive"), &[]).await),
            format!("{path}?done=not_revived")
        );
        for _ in 0..100 {
            app.clock.advance(60);
            let reply = app.get(&format!("{analysis}?wait=1")).by(&app.people.analyst).expect(200).await;
            if reply.field("/state") == "dead" {
                break;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_is_read_by_filter_and_its_chain_holds() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let submitted = app.submit(analyst, Form::file(b"told").text("note", SCRIPT)).expect(202).await;
        app.analysed(analyst, &submitted).await;
        // More than a page holds.
        for number in 0..20 {
            let (code, level) = (format!("TOWN-{number}"), OrganisationLevel::Municipality);
            let above = Some(analyst.user.organisation);
            app.service.organisation_add(None, &code, level, "Город", "Town", above).await.unwrap();
        }
        let auditor = Browser::of(app, &app.people.auditor).await;
        let path = "/desk/admin/audit";
        let page = auditor.read(path).await;
        assert!(page.contains("цепочка цела") && page.contains("прислан материал") && !page.contains(SCRIPT));
        let cells = |page: &str| page.matches("<td class=\"number\">").count();
        assert_eq!(cells(&page), 50, "page by page");
        let older =
            between(&page, "<a class=\"button secondary\" href=\"/desk/admin/audit?before=", "\"").to_owned();
        let next = auditor.read(&format!("{path}?before={older}")).await;
        assert!(cells(&next) > 0 && next.contains("К последним"));
        let mine = auditor.read(&format!("{path}?actor={}", analyst.user.id)).await;
        assert!(mine.contains("прислан материал") && !mine.contains(">заведена учётная запись</td>"));
        let kind = auditor.read(&format!("{path}?kind=user_created")).await;
        assert!(kind.contains(">заведена учётная запись</td>") && !kind.contains(">прислан материал</td>"));
        assert!(auditor.read(&format!("{path}?until=2001-01-01T00:00")).await.contains("Записей нет"));
        let admin = Browser::of(app, &app.people.admin).await;
        let page = admin.read(path).await;
        assert!(page.contains("люди вашей организации") && page.contains("прислан материал"));
        let partner = Browser::of(app, &app.people.partner_admin).await;
        assert!(!partner.read(path).await.contains(">прислан материал</td>"));
        let anew = auditor.read(&format!("{path}?anew=1")).await;
        assert!(anew.contains("цепочка цела"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_and_storage_are_shown() {
    on_each_engine(async |app| {
        let admin = Browser::of(app, &app.people.admin).await;
        let page = admin.read("/desk/admin/storage").await;
        for words in ["База данных", "работает", "Telegram", "не настроено", "Свободно на диске"]
        {
            assert!(page.contains(words), "`{words}` is missing");
        }
        admin.read("/desk/admin/models").await;
        assert_eq!(admin.open("/desk/admin/models/none").await.status, 404);
        let page = admin.read("/desk/admin?lang=en").await;
        assert!(page.contains("People") && !page.contains("Люди"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_do_not_get_in() {
    on_each_engine(async |app| {
        let analyst = Browser::of(app, &app.people.analyst).await;
        let pages =
            ["", "/people/new", "/organisations", "/receivers", "/models", "/queue", "/audit", "/storage"];
        for page in pages {
            let path = format!("/desk/admin{page}");
            assert_eq!(analyst.open(&path).await.status, 403, "{path}");
            assert_eq!(Browser::nobody(app).open(&path).await.status, 303, "{path}");
        }
        let admin = Browser::of(app, &app.people.admin).await;
        let person = app.people.analyst.user.id;
        let forms = [
            "/desk/admin/people/new".to_owned(),
            format!("/desk/admin/people/{person}/roles"),
            format!("/desk/admin/people/{person}/link"),
            format!("/desk/admin/people/{person}/disable"),
            "/desk/admin/organisations".to_owned(),
            "/desk/admin/receivers".to_owned(),
            format!("/desk/admin/queue/{person}/revive"),
        ];
        for path in forms {
            assert_eq!(admin.send_bare(&path, &[]).await.status, 403, "{path}");
            let status = analyst
                .send(&path, &[("channel", "email"), ("roles", "analyst"), ("parent", "x")])
                .await
                .status;
            assert!(matches!(status, 403 | 404 | 422), "{path}: {status}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_keeps_a_second_look_blind() {
    on_each_engine(async |app| {
        let case = examined_case(app, b"history and second look").await;
        let proposed = propose(app, &case, "satire").await;
        assert_eq!(proposed.status, 201, "{}", proposed.text());
        let (verdict, said) = (proposed.field("/id"), proposed.field("/proposal/rationale"));
        let audit = "/desk/admin/audit?kind=verdict_proposed";
        // Auditor and analyst in one person: able to read the history, and to give the second look.
        let everything = Browser::of(app, &app.people.everything).await;
        let page = everything.read(audit).await;
        assert!(page.contains("предложен вердикт"), "{page}");
        assert!(!page.contains(&said), "{page}");
        let look = json!({ "kind": "satire", "rationale": "сам вижу" });
        let path = format!("/api/v1/verdicts/{verdict}/second-look");
        app.post(&path).by(&app.people.everything).json(&look).expect(200).await;
        assert!(everything.read(audit).await.contains(&said), "nothing is hidden any more");
    })
    .await;
}
