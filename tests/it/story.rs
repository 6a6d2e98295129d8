//! The whole story through the public interfaces: from a partner's submission to a correction that everybody who read the verdict learns of.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::api_corrections::{draft, settle};
use crate::api_decisions::proposal;
use crate::api_publication::{step, words};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::{Form, Reply};
use crate::support::mail::MailServer;
use crate::support::people::Person;

/// Types of the entries in somebody's inbox, newest first.
async fn inbox(app: &TestApp, person: &Person) -> Vec<String> {
    let inbox = app.get("/api/v1/inbox?limit=100").by(person).expect(200).await;
    let items = inbox.json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["event_type"].as_str().unwrap().to_owned()).collect()
}

/// Messages that a receiver got, in order.
async fn messages(server: &MockServer, count: usize) -> Vec<Value> {
    for _ in 0..100 {
        if server.received_requests().await.unwrap().len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), count);
    requests.iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect()
}

async fn receiver() -> (MockServer, Value) {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(204);
    Mock::given(method("POST")).and(path("/hook")).respond_with(answer).mount(&server).await;
    let wish = json!({ "address": format!("{}/hook", server.uri()) });
    (server, wish)
}

/// One analyst judges, a second agrees without seeing it, a third person approves: the path of the verdict.
async fn judged(app: &TestApp, case: &str, kind: &str) -> String {
    let people = &app.people;
    let seen = app.get(case).by(&people.analyst).expect(200).await;
    let call = app.post(&format!("{case}/verdicts")).by(&people.analyst).if_match(seen.etag());
    let verdict = call.json(&proposal(kind)).expect(201).await.header("location").to_owned();
    app.get(&verdict).by(&people.second_analyst).refused(404, "not_found").await;
    let look = json!({"kind": kind, "rationale": "Пришёл к тому же сам."});
    app.post(&format!("{verdict}/second-look")).by(&people.second_analyst).json(&look).expect(200).await;
    app.post(&format!("{verdict}/approval")).by(&people.approver).expect(200).await;
    verdict
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_partners_clip_to_a_correction_that_reaches_all_who_read_it() {
    on_each_engine(async |app| {
        let people = &app.people;
        let Some(mail) = MailServer::start(app.mail_port, &[]) else { return };

        // Who wants to hear of it: the region's mailbox and webhook, the partner's webhook for another region only.
        let (desk_hook, wish) = receiver().await;
        app.post("/api/v1/receivers").by(&people.admin).json(&wish).expect(201).await;
        let mailbox = json!({"channel": "email", "address": "desk@tambov.example", "regions": ["RU-TAM"]});
        app.post("/api/v1/receivers").by(&people.admin).json(&mailbox).expect(201).await;
        let (partner_hook, mut wish) = receiver().await;
        wish["regions"] = json!(["RU-TVE"]);
        app.post("/api/v1/receivers").by(&people.partner_admin).json(&wish).expect(201).await;

        // A partner submits; the region's desk gets the case.
        let form = Form::file(b"the governor says what he never said").text("region", "RU-TAM");
        let submitted = app.submit(&people.partner, form).expect(202).await;
        app.analysed(&people.partner, &submitted).await;
        let case = submitted.field("/links/case");
        let media = app.get(&case).by(&people.analyst).expect(200).await.field("/media_sha256");
        app.get(&case).by(&people.partner).refused(404, "not_found").await;

        // Judged, agreed, approved; the partner asks and is answered.
        judged(app, &case, "manipulated_face").await;
        let lookup = format!("/api/v1/media/{media}");
        let known = app.get(&lookup).by(&people.partner).expect(200).await;
        assert_eq!(known.field("/verdict/kind"), "manipulated_face");

        // An editor drafts, another approves, it goes out: inbox, mail, webhook, feed.
        let verdicts = app.get(&format!("{case}/verdicts")).by(&people.editor).expect(200).await;
        let verdict = format!("/api/v1/verdicts/{}", verdicts.field("/items/0/id"));
        let drafted =
            app.post(&format!("{verdict}/notices")).by(&people.editor).json(&words()).expect(201).await;
        let notice = drafted.header("location").to_owned();
        assert_eq!(step(app, &people.editor, &notice, "review").await.status, 200);
        assert_eq!(step(app, &people.editor, &notice, "approval").await.status, 403, "not their own");
        assert_eq!(step(app, &people.approver, &notice, "approval").await.status, 200);
        assert_eq!(step(app, &people.editor, &notice, "publication").await.status, 200);
        let page = notice.replace("/api/v1", "");
        assert_eq!(inbox(app, &people.editor).await, ["notice.published"]);
        assert_eq!(inbox(app, &people.partner).await, ["notice.published"], "they have read the verdict");
        assert!(inbox(app, &people.stranger).await.is_empty(), "another region's inbox");
        let letter = mail.wait_for(1).await.remove(0);
        assert_eq!(letter["to"], json!(["desk@tambov.example"]));
        assert!(letter["subject"].as_str().unwrap().starts_with("Опровержение: "), "{letter}");
        assert!(letter["text"].as_str().unwrap().contains(&page), "{letter}");
        assert!(!letter["html"].as_str().unwrap().contains("<script"), "{letter}");
        assert_eq!(letter["automatic"], "auto-generated");
        assert_eq!(messages(&desk_hook, 1).await[0]["type"], "notice.published");
        assert_eq!(messages(&partner_hook, 1).await[0]["type"], "notice.published");
        assert!(app.get("/feeds/notices.atom").expect(200).await.text().contains(&page));

        // It turns out wrong. The notice is doubted by itself; the partner learns that the verdict holds no more.
        let later = judged(app, &case, "satire").await;
        assert_eq!(app.get(&notice).by(&people.editor).expect(200).await.field("/state"), "correction_open");
        let told = messages(&partner_hook, 2).await.remove(1);
        assert_eq!(told["type"], "verdict.superseded");
        assert_eq!(told["data"]["verdict"], verdict.trim_start_matches("/api/v1/verdicts/"));
        assert_eq!(told["data"]["by"], later.trim_start_matches("/api/v1/verdicts/"));
        assert_eq!(told["data"]["media_sha256"], media);
        let corrections = app.get(&format!("{notice}/corrections")).by(&people.editor).expect(200).await;
        let correction = format!("/api/v1/corrections/{}", corrections.field("/items/0/id"));
        let retraction = json!({"kind": "retraction", "statement": "Мы ошиблись: это сатира."});
        assert_eq!(draft(app, &people.editor, &correction, &retraction).await.status, 200);
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);

        // Everybody who read it learns so.
        // The region's own editor has read the verdict too, in order to write the notice.
        for reader in [&people.partner, &people.editor] {
            let mut told = inbox(app, reader).await;
            assert_eq!(told.remove(0), "notice.corrected");
            assert_eq!(told.pop().unwrap(), "notice.published");
            told.sort_unstable();
            assert_eq!(told, ["notice.doubted", "verdict.superseded"], "of the same moment");
        }
        let letters = mail.wait_for(3).await;
        let subjects: Vec<_> = letters.iter().map(|letter| letter["subject"].as_str().unwrap()).collect();
        assert!(subjects[1..].iter().any(|subject| subject.starts_with("Отозвано: ")), "{subjects:?}");
        assert!(subjects[1..].contains(&"Вердикт больше не действует"), "{subjects:?}");
        let told = messages(&partner_hook, 3).await.remove(2);
        assert_eq!(
            (&told["type"], &told["data"]["correction_kind"]),
            (&json!("notice.corrected"), &json!("retraction"))
        );
        assert_eq!(told["data"]["statement"], "Мы ошиблись: это сатира.");
        assert_eq!(messages(&desk_hook, 3).await.len(), 3);
        assert!(
            app.get("/feeds/corrections.atom").expect(200).await.text().contains("Мы ошиблись: это сатира.")
        );
        let public = app.get(&page).expect(200).await.text();
        assert!(public.contains("ОТОЗВАНО") && public.contains("Мы ошиблись: это сатира."), "{public}");
        let known = app.get(&lookup).by(&people.partner).expect(200).await;
        assert_eq!(known.field("/verdict/kind"), "satire");
        let changes: Reply = app.get("/api/v1/changes").by(&people.partner).expect(200).await;
        let kinds: Vec<_> = changes.json()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|change| change["kind"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            kinds,
            [
                "verdict_approved",
                "notice_published",
                "verdict_superseded",
                "correction_opened",
                "verdict_approved",
                "correction_settled"
            ]
        );
    })
    .await;
}
