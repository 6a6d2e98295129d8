//! After publication: doubts, corrections, retractions, objections from outside.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api_decisions::{approved_verdict, examined_case, propose};
use crate::api_publication::{published, step, words};
use crate::support::app::{TestApp, on_each_engine, on_each_engine_with};
use crate::support::call::{Form, Reply};
use crate::support::people::Person;
use podlinnik_web::WebSettings;

/// Doubts a notice: the path of the correction.
pub(crate) async fn doubted(app: &TestApp, notice: &str) -> String {
    let editor = &app.people.editor;
    let tag = app.get(notice).by(editor).expect(200).await.etag().to_owned();
    let call = app.post(&format!("{notice}/corrections")).by(editor).if_match(&tag);
    let opened = call.json(&json!({"reason": "дата записи другая"})).expect(200).await;
    format!("/api/v1/corrections/{}", opened.field("/id"))
}

pub(crate) async fn draft(app: &TestApp, person: &Person, correction: &str, draft: &Value) -> Reply {
    let tag = app.get(correction).by(person).expect(200).await.etag().to_owned();
    app.call(Method::PUT, &format!("{correction}/draft")).by(person).if_match(&tag).json(draft).send().await
}

pub(crate) async fn settle(app: &TestApp, person: &Person, correction: &str) -> Reply {
    let tag = app.get(correction).by(person).expect(200).await.etag().to_owned();
    app.post(&format!("{correction}/settlement")).by(person).if_match(&tag).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_correction_is_made_in_the_open_by_two_people() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip with a wrong date").await;
        let public = notice.replace("/api/v1", "");
        let correction = doubted(app, &notice).await;
        assert_eq!(app.get(&notice).by(&people.editor).expect(200).await.field("/state"), "correction_open");
        let mut text = words();
        text["title"] = json!("Ролик поддельный, запись 2019 года");
        let proposal = json!({"kind": "correction", "statement": "Исправлена дата записи.", "text": text});
        let mut bare = proposal.clone();
        bare["text"]["claim"] = Value::Null;
        assert_eq!(
            draft(app, &people.editor, &correction, &bare).await.field("/code"),
            "checklist_incomplete"
        );
        let wordless = json!({"kind": "correction", "statement": "Исправлена дата записи."});
        assert_eq!(
            draft(app, &people.editor, &correction, &wordless).await.field("/code"),
            "validation_failed"
        );
        assert_eq!(
            settle(app, &people.approver, &correction).await.field("/code"),
            "wrong_state",
            "no draft yet"
        );
        assert_eq!(draft(app, &people.editor, &correction, &proposal).await.status, 200);
        let before = app.get(&public).expect(200).await;
        assert!(!before.text().contains("запись 2019 года"), "not yet agreed to");
        assert_eq!(before.header("cache-control"), "public, no-cache");
        let known = |tag: &str| app.get(&public).header("if-none-match", tag);
        let same = known(before.etag()).expect(304).await;
        for header in ["content-security-policy", "cache-control", "vary", "etag"] {
            assert_eq!(same.header(header), before.header(header), "a browser takes over {header}");
        }
        assert!(same.body.is_empty());
        assert_eq!(settle(app, &people.editor, &correction).await.field("/code"), "forbidden");
        assert_eq!(settle(app, &people.everything, &correction).await.status, 200);
        let seen = known(before.etag()).expect(200).await;
        assert!(seen.text().contains("запись 2019 года"), "{}", seen.text());
        let old = app.get(&format!("{notice}/versions/1")).by(&people.auditor).expect(200).await;
        assert!(!old.field("/title").contains("запись 2019 года"), "no version is lost");
        app.get(&format!("{notice}/versions/9")).by(&people.auditor).refused(404, "not_found").await;
        let listed = app.get(&format!("{notice}/corrections")).by(&people.auditor).expect(200).await;
        assert_eq!(listed.field("/items/0/settled/kind"), "correction");
        app.get(&correction).by(&people.stranger).refused(404, "not_found").await;
        let feed = app.get("/feeds/notices.atom").expect(200).await.text();
        assert!(feed.contains("запись 2019 года"), "it stays in the feed: {feed}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_settles_their_own_draft() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip to retract").await;
        let correction = doubted(app, &notice).await;
        let retraction = json!({"kind": "retraction", "statement": "Запись оказалась подлинной."});
        assert_eq!(draft(app, &people.everything, &correction, &retraction).await.status, 200);
        assert_eq!(settle(app, &people.everything, &correction).await.field("/code"), "same_person");
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);
        let retracted = app.get(&notice).by(&people.editor).expect(200).await;
        assert_eq!(retracted.field("/state"), "retracted");
        let again = app.post(&format!("{notice}/corrections")).by(&people.editor).if_match(retracted.etag());
        again.json(&json!({"reason": "ещё раз"})).refused(409, "wrong_state").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_verdict_takes_the_old_notice_back() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip judged twice").await;
        let case =
            format!("/api/v1/cases/{}", app.get(&notice).by(&people.editor).expect(200).await.field("/case"));
        let verdict = approved_verdict(app, &case).await;
        assert_eq!(app.get(&notice).by(&people.editor).expect(200).await.field("/state"), "correction_open");
        let successor = crate::api_publication::published_on(app, &verdict).await;
        assert_eq!(app.get(&notice).by(&people.editor).expect(200).await.field("/state"), "superseded");
        assert_eq!(app.get(&successor).by(&people.editor).expect(200).await.field("/state"), "published");
        app.get(&notice.replace("/api/v1", "")).expect(200).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_not_upheld_against_the_verdict_that_holds() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip that turned out genuine").await;
        let case =
            format!("/api/v1/cases/{}", app.get(&notice).by(&people.editor).expect(200).await.field("/case"));
        let verdict = propose(app, &case, "satire").await.header("location").to_owned();
        let look = json!({"kind": "satire", "rationale": "То же."});
        app.post(&format!("{verdict}/second-look")).by(&people.second_analyst).json(&look).expect(200).await;
        app.post(&format!("{verdict}/approval")).by(&people.approver).expect(200).await;
        let listed = app.get(&format!("{notice}/corrections")).by(&people.editor).expect(200).await;
        let correction = format!("/api/v1/corrections/{}", listed.field("/items/0/id"));
        let corrected = json!({"kind": "correction", "statement": "Исправлено.", "text": words()});
        let upheld = json!({"kind": "upheld", "statement": "Всё верно."});
        for stays in [&upheld, &corrected] {
            assert_eq!(draft(app, &people.editor, &correction, stays).await.status, 200);
            assert_eq!(
                settle(app, &people.second_approver, &correction).await.field("/code"),
                "verdict_outdated"
            );
        }
        let retraction = json!({"kind": "retraction", "statement": "Это сатира."});
        assert_eq!(draft(app, &people.editor, &correction, &retraction).await.status, 200);
        assert_eq!(settle(app, &people.second_approver, &correction).await.status, 200);
        assert_eq!(app.get(&notice).by(&people.editor).expect(200).await.field("/state"), "retracted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_approved_a_notice_may_mend_it_and_then_another_stands_for_it() {
    on_each_engine(async |app| {
        let people = &app.people;
        // Who approves this one is an editor as well.
        let case = examined_case(app, b"clip that its approver mends").await;
        let verdict = approved_verdict(app, &case).await;
        let call = app.post(&format!("{verdict}/notices")).by(&people.editor).json(&words());
        let notice = call.expect(201).await.header("location").to_owned();
        let steps =
            [(&people.editor, "review"), (&people.everything, "approval"), (&people.editor, "publication")];
        for (person, verb) in steps {
            assert_eq!(step(app, person, &notice, verb).await.status, 200, "{verb}");
        }
        let correction = doubted(app, &notice).await;
        let corrected = json!({"kind": "correction", "statement": "Исправлено.", "text": words()});
        assert_eq!(draft(app, &people.everything, &correction, &corrected).await.status, 200);
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);
        let mended = app.get(&notice).by(&people.editor).expect(200).await;
        let (author, approver) = (mended.field("/author"), mended.field("/approver"));
        let expected = [&people.everything, &people.approver].map(|person| person.user.id.to_string());
        assert_eq!([author, approver], expected);
        // Whoever wrote a version agrees to no later one.
        let again = doubted(app, &notice).await;
        assert_eq!(draft(app, &people.editor, &again, &corrected).await.status, 200);
        assert_eq!(settle(app, &people.everything, &again).await.field("/code"), "same_person");
        assert_eq!(settle(app, &people.corrections_officer, &again).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_objection_is_decided_by_somebody_who_had_no_part_in_it() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"clip of a person").await;
        let verdict = approved_verdict(app, &case).await;
        let notice = crate::api_publication::published_on(app, &verdict).await;
        let public = format!("{}/appeals", notice.replace("/api/v1", ""));
        let objection = json!({"name": "И. Иванов", "statement": "На записи я, и она подлинная."});
        app.post(&public).json(&json!({"statement": "  "})).refused(422, "reason_required").await;
        app.post(&public.replace("/appeals", "x/appeals")).json(&objection).refused(404, "not_found").await;
        let id = app.post(&public).json(&objection).expect(202).await.field("/id");
        let list = "/api/v1/appeals?state=open";
        app.get(list).by(&people.partner).refused(403, "forbidden").await;
        let listed = app.get(list).by(&people.corrections_officer).expect(200).await;
        assert_eq!(listed.field("/items/0/id"), id);
        assert_eq!(app.get(list).by(&people.stranger).expect(200).await.json()["items"], json!([]));
        let path = format!("/api/v1/appeals/{id}/decision");
        let granted = json!({"granted": true, "reason": "Проверим ещё раз."});
        app.post(&path).by(&people.approver).json(&granted).refused(403, "forbidden").await;
        let decided = app.post(&path).by(&people.corrections_officer).json(&granted).expect(200).await;
        assert_eq!(decided.field("/state"), "granted");
        app.post(&path).by(&people.corrections_officer).json(&granted).refused(409, "wrong_state").await;
        assert_eq!(app.get(&notice).by(&people.editor).expect(200).await.field("/state"), "correction_open");
        let page = app.get(&notice.replace("/api/v1", "")).expect(200).await.text();
        assert!(!page.contains("Иванов"), "who objects is nobody's business: {page}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn objections_are_not_a_way_to_flood_the_desk() {
    let settings = WebSettings { appeals_per_minute: 3.try_into().unwrap(), ..WebSettings::default() };
    on_each_engine_with(settings, async |app| {
        let notice = published(app, b"clip that annoys somebody").await;
        let public = format!("{}/appeals", notice.replace("/api/v1", ""));
        for _ in 0..3 {
            app.post(&public).json(&json!({"statement": "нет"})).expect(202).await;
        }
        let refused = app.post(&public).json(&json!({"statement": "нет"})).refused(429, "rate_limited").await;
        assert_eq!(refused.header("retry-after"), "60");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_learns_of_everything_that_changed() {
    on_each_engine(async |app| {
        let people = &app.people;
        let start =
            app.get("/api/v1/changes").by(&people.partner).expect(200).await.json()["next_since"].clone();
        let url = "https://t.me/kanal/4711";
        let form = Form::file(b"clip seen by a partner").text("source_url", url).text("region", "RU-TAM");
        let submitted = app.submit(&people.analyst, form).expect(202).await;
        app.analysed(&people.analyst, &submitted).await;
        let ask = format!("/api/v1/lookup?url={url}");
        let unjudged = app.get(&ask).by(&people.partner).expect(200).await;
        assert_eq!(unjudged.json()["items"], json!([]), "what nobody judged is nobody's business outside");
        let verdict = approved_verdict(app, &submitted.field("/links/case")).await;
        let known = app.get(&ask).by(&people.partner).expect(200).await;
        assert_eq!(known.field("/items/0/verdict/kind"), "manipulated_face");
        let notice = crate::api_publication::published_on(app, &verdict).await;
        let correction = doubted(app, &notice).await;
        let retraction = json!({"kind": "retraction", "statement": "Запись оказалась подлинной."});
        assert_eq!(draft(app, &people.editor, &correction, &retraction).await.status, 200);
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);
        approved_verdict(app, &submitted.field("/links/case")).await;

        // In portions, as a client does that was switched off for a day.
        let (mut since, mut told) = (start, Vec::new());
        loop {
            let path = format!("/api/v1/changes?since={since}&limit=2");
            let portion = app.get(&path).by(&people.partner).expect(200).await.json();
            told.extend(portion["items"].as_array().unwrap().clone());
            since = portion["next_since"].clone();
            if portion["more"] == false {
                break;
            }
        }
        let kinds: Vec<_> = told.iter().map(|change| change["kind"].as_str().unwrap()).collect();
        let expected = [
            "verdict_approved",
            "notice_published",
            "correction_opened",
            "correction_settled",
            "verdict_superseded",
            "verdict_approved",
        ];
        assert_eq!(kinds, expected);
        let settled = &told[3];
        assert_eq!(settled["notice"]["state"], "retracted");
        assert_eq!(settled["notice"]["correction"]["statement"], "Запись оказалась подлинной.");
        assert_eq!(told[0]["verdict"]["status"], "superseded", "as it stands now");
        assert_eq!(told[5]["verdict"]["status"], "current");
        let text = Value::Array(told).to_string();
        for hidden in
            [people.analyst.user.id.to_string(), people.approver.user.id.to_string(), "SENTINEL".into()]
        {
            assert!(!text.contains(&hidden), "who and why stays inside: {text}");
        }
        let sha256 = known.field("/items/0/sha256");
        let revisions =
            app.get(&format!("/api/v1/media/{sha256}/verdicts")).by(&people.partner).expect(200).await;
        let stands = |index: usize| revisions.field(&format!("/items/{index}/status"));
        assert_eq!((stands(0), stands(1)), ("superseded".into(), "current".into()));
        app.get("/api/v1/changes?limit=0").by(&people.partner).refused(422, "validation_failed").await;
        app.get("/api/v1/lookup?url=a&prefix=abcd")
            .by(&people.partner)
            .refused(422, "validation_failed")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anybody_sees_how_often_the_service_was_wrong() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"clip that was genuine").await;
        let correction = doubted(app, &notice).await;
        let retraction = json!({"kind": "retraction", "statement": "Запись оказалась подлинной."});
        assert_eq!(draft(app, &people.editor, &correction, &retraction).await.status, 200);
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);
        let figures = app.get("/figures?region=RU-TAM").expect(200).await.json();
        assert_eq!(
            (&figures["submissions"], &figures["refuted"], &figures["notices"]),
            (&json!(1), &json!(1), &json!(1))
        );
        let retractions =
            figures["corrections"].as_array().unwrap().iter().find(|one| one["code"] == "retraction");
        assert_eq!(retractions.unwrap()["count"], 1);
        assert_eq!(figures["verdict"]["in_time"], 1);
        let csv = app.get("/figures.csv?region=RU-TAM").expect(200).await;
        assert!(csv.header("content-type").starts_with("text/csv"), "{}", csv.header("content-type"));
        assert!(csv.text().contains("corrections.retraction,1\r\n"), "{}", csv.text());
        let elsewhere = app.get("/figures?region=RU-TVE").expect(200).await.json();
        assert_eq!((&elsewhere["submissions"], &elsewhere["refuted"]), (&json!(0), &json!(0)));
        app.get("/figures?quarter=2026-Q7").refused(422, "validation_failed").await;
        app.get("/figures?region=%3Cscript%3E").refused(422, "validation_failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn leadership_sees_the_situation_of_its_own_regions() {
    on_each_engine(async |app| {
        let people = &app.people;
        published(app, b"situation-1").await;
        examined_case(app, b"situation-2").await;
        let seen = app.get("/api/v1/situation").by(&people.approver).expect(200).await.json();
        assert_eq!(
            (&seen["total"]["items"], &seen["total"]["refuted"], &seen["total"]["open"]),
            (&2.into(), &1.into(), &1.into())
        );
        assert_eq!(seen["regions"][0]["region"], "RU-TAM");
        assert_eq!(seen["days"].as_array().unwrap().len(), 8, "seven days touch eight dates");
        let elsewhere = app.get("/api/v1/situation").by(&people.stranger).expect(200).await.json();
        assert_eq!(elsewhere["total"]["items"], 0, "another region's");
        app.get("/api/v1/situation").by(&people.partner).refused(403, "forbidden").await;
        let table = app.get("/api/v1/situation.csv").by(&people.auditor).expect(200).await;
        assert_eq!(table.header("content-type"), "text/csv; charset=utf-8; header=present");
        assert!(table.text().contains("region,RU-TAM,2,1,0,1,0,0\r\n"), "{}", table.text());
        let document = app.get("/api/v1/situation.pdf?lang=en").by(&people.approver).expect(200).await;
        assert!(document.body.starts_with(b"%PDF-"));
        for wrong in [
            "from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
            "from=2020-01-01T00:00:00Z",
            "from=gestern",
        ] {
            let path = format!("/api/v1/situation?{wrong}");
            app.get(&path).by(&people.approver).refused(422, "validation_failed").await;
        }
    })
    .await;
}
