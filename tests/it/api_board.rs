//! The board, notes on cases, saved views.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_decisions::{agreed_verdict, approved_verdict, examined_case, propose};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::Form;
use crate::support::people::Person;

async fn board(app: &TestApp, person: &Person, query: &str) -> Value {
    app.get(&format!("/api/v1/board?{query}")).by(person).expect(200).await.json()
}

/// Titles on the board, in order.
async fn titles(app: &TestApp, person: &Person, query: &str) -> Vec<String> {
    let page = board(app, person, query).await;
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

async fn hand_in(app: &TestApp, person: &Person, name: &str, note: &str) -> String {
    let form = Form::new().with_file(name, name.as_bytes()).text("region", "RU-TAM").text("note", note);
    let submitted = app.submit(person, form).expect(202).await;
    app.analysed(person, &submitted).await;
    submitted.field("/links/case")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_is_read_searched_and_paged() {
    on_each_engine(async |app| {
        let people = &app.people;
        let analyst = &people.analyst;
        let first = hand_in(app, &people.submitter, "вода.mp4", "Отключение воды в Моршанске").await;
        app.clock.advance(60);
        hand_in(app, &people.submitter, "ёлка.mp4", "Ёлка упала").await;
        app.clock.advance(5 * 3600);
        hand_in(app, &people.submitter, "мэр.mp4", "").await;

        assert_eq!(titles(app, analyst, "").await, ["вода.mp4", "ёлка.mp4", "мэр.mp4"]);
        assert_eq!(titles(app, analyst, "order=newest").await, ["мэр.mp4", "ёлка.mp4", "вода.mp4"]);
        assert_eq!(titles(app, analyst, "search=ЕЛКА").await, ["ёлка.mp4"]);
        assert_eq!(titles(app, analyst, "search=морш+откл").await, ["вода.mp4"]);
        assert_eq!(titles(app, analyst, "search=пожар").await, [""; 0]);
        assert_eq!(titles(app, analyst, "search=").await.len(), 3, "what a form leaves empty asks for nothing");
        let page = board(app, analyst, "limit=2").await;
        assert_eq!(page["items"].as_array().unwrap().len(), 2);
        let rest = format!("limit=2&after={}", page["next"].as_str().unwrap());
        assert_eq!(titles(app, analyst, &rest).await, ["мэр.mp4"]);

        let entry = &page["items"][0];
        assert_eq!((&entry["analysis"], &entry["submissions"], &entry["verdict"]), (&json!("done"), &json!(1), &Value::Null));
        assert!(entry["clocks"]["left_s"].as_i64().unwrap() < 0, "{entry}");
        let poster = entry["poster"].as_str().unwrap();
        app.get(poster).by(analyst).expect(200).await;
        let claim = app.get(&first).by(analyst).expect(200).await;
        app.post(&format!("{first}/claim")).by(analyst).if_match(claim.etag()).expect(200).await;
        assert_eq!(titles(app, analyst, "claimed=me").await, ["вода.mp4"]);
        assert_eq!(titles(app, analyst, &format!("claimed={}", analyst.user.id)).await, ["вода.mp4"]);
        assert_eq!(titles(app, analyst, "claimed=nobody").await, ["ёлка.mp4", "мэр.mp4"]);
        assert_eq!(titles(app, analyst, "order=changed&limit=1").await, ["вода.mp4"]);
        assert_eq!(titles(app, analyst, "states=in_analysis,new&open=true").await.len(), 3);
        assert_eq!(titles(app, analyst, "states=approved,parked&open=true").await, [""; 0]);
        assert_eq!(titles(app, analyst, "region=RU-TVE").await, [""; 0]);

        // Who sees what: another region nothing, auditors everything.
        assert_eq!(titles(app, &people.stranger, "").await, [""; 0]);
        assert_eq!(titles(app, &people.auditor, "").await.len(), 3);
        let counts = app.get("/api/v1/board/counts").by(analyst).expect(200).await.json();
        let expected = json!({"open": 3, "unclaimed": 2, "mine": 1, "second_look_for_me": 0, "approvals_for_me": 0,
                              "overdue": 2, "parked": 0});
        assert_eq!(counts, expected);
        let nothing = app.get("/api/v1/board/counts").by(&people.stranger).expect(200).await.json();
        assert_eq!((&nothing["open"], &nothing["overdue"]), (&json!(0), &json!(0)));

        for (query, field) in [
            ("states=lost", "states"), ("risk=terrible", "risk"), ("topic=x", "topic"), ("claimed=x", "claimed"),
            ("series=x", "series"), ("order=random", "order"), ("limit=0", "limit"), ("after=x", "after"), ("who=me", "query"),
        ] {
            let wrong = app.get(&format!("/api/v1/board?{query}")).by(analyst).refused(422, "validation_failed").await;
            assert_eq!(wrong.field("/errors/0/field"), field, "{query}");
        }
        let long = format!("/api/v1/board?search={}", "x".repeat(201));
        app.get(&long).by(analyst).refused(422, "validation_failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_board_knows_whose_turn_it_is_and_gives_no_proposal_away() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"suspect clip").await;
        propose(app, &case, "manipulated_face").await;
        let count = async |person: &Person, name: &str| {
            app.get("/api/v1/board/counts").by(person).expect(200).await.json()[name].as_u64().unwrap()
        };
        let turns = async |person: &Person| titles(app, person, "wants_me=true").await.len();
        assert_eq!((turns(&people.analyst).await, turns(&people.second_analyst).await), (0, 1));
        assert_eq!((turns(&people.approver).await, turns(&people.editor).await), (0, 0));
        assert_eq!(turns(&people.stranger).await, 0, "an analyst of another region");
        assert_eq!(count(&people.second_analyst, "second_look_for_me").await, 1);
        assert_eq!(count(&people.analyst, "second_look_for_me").await, 0);
        let shown = board(app, &people.second_analyst, "").await.to_string();
        assert!(!shown.contains("manipulated_face") && !shown.contains("SENTINEL"), "{shown}");
        assert_eq!(titles(app, &people.second_analyst, "search=sentinel").await, [""; 0]);

        let other = examined_case(app, b"another clip").await;
        agreed_verdict(app, &other).await;
        assert_eq!((turns(&people.approver).await, turns(&people.second_analyst).await), (1, 1));
        assert_eq!(count(&people.approver, "approvals_for_me").await, 1);
        let third = examined_case(app, b"third clip").await;
        approved_verdict(app, &third).await;
        let approved = board(app, &people.second_analyst, "states=approved").await;
        assert_eq!(approved["items"][0]["verdict"], "manipulated_face");
        assert_eq!(
            titles(app, &people.second_analyst, "search=sentinel").await.len(),
            1,
            "approved, so found"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_the_board_is_told() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let response = app.get("/api/v1/board/events").by(analyst).stream().await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut stream = response.bytes_stream();
        let submitted = app.submit(analyst, Form::file(b"news")).expect(202).await;
        let told = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("in time");
        let told = String::from_utf8(told.unwrap().unwrap().to_vec()).unwrap();
        assert!(told.starts_with("event: changed\ndata: "), "{told}");
        app.analysed(analyst, &submitted).await;
        app.get("/api/v1/board/events").refused(401, "unauthenticated").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_keeps_notes() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"clip with notes").await;
        let path = format!("{case}/notes");
        let note = json!({"text": "  Звонила в пресс-службу: записи не было.\n"});
        let added = app.post(&path).by(&people.analyst).json(&note).expect(201).await;
        assert_eq!(added.field("/text"), "Звонила в пресс-службу: записи не было.");
        assert_eq!(added.field("/author"), people.analyst.user.id.to_string());
        app.post(&path).by(&people.submitter).json(&note).refused(403, "forbidden").await;
        app.post(&path).by(&people.stranger).json(&note).refused(404, "not_found").await;
        app.post(&path).by(&people.auditor).json(&note).refused(403, "forbidden").await;
        for wrong in ["  ".to_owned(), "я".repeat(4001), "a\u{7}b".to_owned()] {
            app.post(&path)
                .by(&people.editor)
                .json(&json!({"text": wrong}))
                .refused(422, "validation_failed")
                .await;
        }
        assert_eq!(
            app.get(&path).by(&people.auditor).expect(200).await.json()["items"].as_array().unwrap().len(),
            1
        );
        app.get(&path).by(&people.submitter).refused(403, "forbidden").await;
        // Nor does a search lead anybody to words that they may not read.
        let found = async |person| titles(app, person, "search=пресс-служб").await.len();
        assert_eq!((found(&people.editor).await, found(&people.auditor).await), (1, 1));
        assert_eq!((found(&people.submitter).await, found(&people.stranger).await), (0, 0));
        assert_eq!(titles(app, &people.submitter, "limit=10").await.len(), 1, "they see the case as such");

        let withdrawal = format!("/api/v1/notes/{}/withdrawal", added.field("/id"));
        let why = json!({"reason": "Не тот ролик."});
        app.post(&withdrawal).by(&people.second_analyst).json(&why).refused(403, "forbidden").await;
        app.post(&withdrawal).by(&people.stranger).json(&why).refused(404, "not_found").await;
        app.post(&withdrawal)
            .by(&people.analyst)
            .json(&json!({"reason": ""}))
            .refused(422, "reason_required")
            .await;
        let gone = app.post(&withdrawal).by(&people.analyst).json(&why).expect(200).await;
        assert_eq!(
            (&gone.json()["text"], gone.field("/withdrawal/reason")),
            (&Value::Null, "Не тот ролик.".to_owned())
        );
        app.post(&withdrawal).by(&people.analyst).json(&why).refused(409, "wrong_state").await;
        let listed = app.get(&path).by(&people.editor).expect(200).await;
        assert!(!listed.text().contains("пресс-службу"), "{}", listed.text());
        let history = app.get(&format!("{case}/history")).by(&people.analyst).expect(200).await.text();
        assert!(history.contains("note_added") && history.contains("note_withdrawn"), "{history}");
        assert!(!history.contains("пресс-службу"), "the history has no words of notes: {history}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_are_kept_for_oneself() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let save = |name: &str, query: &str| {
            app.call(Method::PUT, "/api/v1/views").by(analyst).json(&json!({"name": name, "query": query}))
        };
        let kept = save("Срочное", "open=true&risk=critical").expect(200).await;
        let again = save(" Срочное ", "open=true&risk=high").expect(200).await;
        assert_eq!(kept.field("/id"), again.field("/id"));
        for number in 1..50 {
            save(&format!("Вид {number}"), "").expect(200).await;
        }
        save("Лишний", "").refused(409, "wrong_state").await;
        save("", "").refused(422, "validation_failed").await;
        save("Длинный", &"x".repeat(2001)).refused(422, "validation_failed").await;
        let listed = app.get("/api/v1/views").by(analyst).expect(200).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 50);
        let others = app.get("/api/v1/views").by(&app.people.editor).expect(200).await.json();
        assert_eq!(others["items"], json!([]));
        let path = format!("/api/v1/views/{}", kept.field("/id"));
        app.call(Method::DELETE, &path).by(&app.people.editor).refused(404, "not_found").await;
        app.call(Method::DELETE, &path).by(analyst).expect(204).await;
        app.call(Method::DELETE, &path).by(analyst).refused(404, "not_found").await;
    })
    .await;
}
