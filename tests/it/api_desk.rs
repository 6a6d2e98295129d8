//! The desk's day: sorting and claiming, parking, a verdict sent back, break-glass, questions to agencies.

use podlinnik_domain::clock::{Clock as _, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_decisions::{agreed_verdict, examined_case, proposal, propose};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::Reply;
use crate::support::people::Person;

/// A step with a case as it stands.
async fn step(app: &TestApp, person: &Person, case: &str, verb: &str, body: Option<&Value>) -> Reply {
    let tag = app.get(case).by(person).expect(200).await.etag().to_owned();
    let call = app.post(&format!("{case}/{verb}")).by(person).if_match(&tag);
    match body {
        Some(body) => call.json(body).send().await,
        None => call.send().await,
    }
}

pub(crate) fn in_hours(app: &TestApp, hours: i64) -> Timestamp {
    Timestamp::from_second(app.clock.now().as_second() + hours * 3600).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_one_analyst_has_a_case() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"clip to claim").await;
        let seen = app.get(&case).by(&people.analyst).expect(200).await;
        assert_eq!(seen.json()["claim"], Value::Null);
        let left = seen.json()["clocks"]["left_s"].as_i64().unwrap();
        assert!((14_000..=14_400).contains(&left), "{left}");
        let triage = json!({"topic": "emergency", "risk": "critical", "place": "Моршанск", "network": "telegram", "views": 12_000});
        let put = app.call(Method::PUT, &format!("{case}/triage")).by(&people.analyst).if_match(seen.etag());
        let sorted = put.json(&triage).expect(200).await;
        assert_eq!((sorted.field("/triage/topic"), sorted.field("/triage/place")), ("emergency".into(), "Моршанск".into()));
        let put = app.call(Method::PUT, &format!("{case}/triage")).by(&people.analyst).if_match(sorted.etag());
        put.json(&json!({"risk": "terrible"})).refused(422, "validation_failed").await;
        let put = app.call(Method::PUT, &format!("{case}/triage")).by(&people.editor).if_match(sorted.etag());
        put.json(&triage).refused(403, "forbidden").await;

        // Both saw the same case; the first has it.
        let call = |person| app.post(&format!("{case}/claim")).by(person).if_match(sorted.etag());
        let claimed = call(&people.analyst).expect(200).await;
        assert_eq!(claimed.field("/claim/by"), people.analyst.user.id.to_string());
        call(&people.second_analyst).refused(412, "stale_revision").await;
        let late = app.post(&format!("{case}/claim")).by(&people.second_analyst).if_match(claimed.etag());
        late.refused(409, "claimed_by_another").await;
        call(&people.stranger).refused(404, "not_found").await;
        let other = app.post(&format!("{case}/verdicts")).by(&people.second_analyst).if_match(claimed.etag());
        other.json(&proposal("staged")).refused(409, "claimed_by_another").await;

        // An approver takes it away, with a reason.
        let none = json!({});
        assert_eq!(step(app, &people.third_analyst, &case, "unclaim", Some(&none)).await.status, 403);
        let bare = step(app, &people.approver, &case, "unclaim", Some(&none)).await;
        assert_eq!(bare.field("/code"), "reason_required");
        let why = json!({"reason": "заболел"});
        assert_eq!(step(app, &people.approver, &case, "unclaim", Some(&why)).await.json()["claim"], Value::Null);
        assert_eq!(step(app, &people.second_analyst, &case, "claim", None).await.status, 200);
        assert_eq!(step(app, &people.second_analyst, &case, "unclaim", Some(&none)).await.status, 200);
        let history = app.get(&format!("{case}/history")).by(&people.auditor).expect(200).await.text();
        for event in ["case_triaged", "case_claimed", "case_unclaimed", "заболел"] {
            assert!(history.contains(event), "{event}: {history}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_case_comes_back_by_itself() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        let case = examined_case(app, b"clip to park").await;
        let park = |hours| json!({"reason": "ждём ответа", "wake_at": in_hours(app, hours)});
        for wrong in [park(-1), park(24 * 91)] {
            assert_eq!(
                step(app, analyst, &case, "parking", Some(&wrong)).await.field("/code"),
                "validation_failed"
            );
        }
        let parked = step(app, analyst, &case, "parking", Some(&park(2))).await;
        assert_eq!(
            (parked.field("/state"), parked.field("/parking/reason")),
            ("parked".into(), "ждём ответа".into())
        );
        app.service.tidy().await.unwrap();
        assert_eq!(app.get(&case).by(analyst).expect(200).await.field("/state"), "parked");
        app.clock.advance(2 * 3600);
        app.service.tidy().await.unwrap();
        let back = app.get(&case).by(analyst).expect(200).await;
        assert_eq!(
            (back.field("/state"), back.json()["parking"].clone()),
            ("in_analysis".into(), Value::Null)
        );
        assert_eq!(step(app, analyst, &case, "waking", None).await.field("/code"), "wrong_state");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approver_sends_a_verdict_back() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"clip to send back").await;
        let verdict = agreed_verdict(app, &case).await;
        let path = format!("{verdict}/return");
        let why = json!({"reason": "оригинал не открывается"});
        app.post(&path).by(&people.analyst).json(&why).refused(403, "forbidden").await;
        app.post(&path)
            .by(&people.approver)
            .json(&json!({"reason": " "}))
            .refused(422, "reason_required")
            .await;
        let returned = app.post(&path).by(&people.approver).json(&why).expect(200).await;
        assert_eq!(returned.field("/state"), "disputed");
        app.post(&format!("{verdict}/approval")).by(&people.approver).refused(409, "wrong_state").await;
        assert_eq!(propose(app, &case, "staged").await.json()["revision"], 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn break_glass_opens_only_in_need() {
    on_each_engine(async |app| {
        let people = &app.people;
        let ask = json!({"ground": "located_original", "reason": "людей уже вывозят"});
        // The analyst names an original, but the service has found none.
        let untraced = examined_case(app, b"clip without an original").await;
        let claimed = propose(app, &untraced, "manipulated_face").await.header("location").to_owned();
        let case = examined_case(app, b"TRACED clip").await;
        let verdict = propose(app, &case, "manipulated_face").await.header("location").to_owned();
        let path = format!("{verdict}/break-glass");
        app.post(&path).by(&people.approver).json(&ask).refused(409, "break_glass_closed").await;
        app.clock.advance(3 * 3600 + 60);
        app.post(&path).by(&people.analyst).json(&ask).refused(403, "forbidden").await;
        app.post(&path).by(&people.stranger).json(&ask).refused(404, "not_found").await;
        let copy = json!({"ground": "known_copy", "reason": "людей уже вывозят"});
        app.post(&path).by(&people.approver).json(&copy).refused(409, "break_glass_closed").await;
        let untold = app.post(&format!("{claimed}/break-glass")).by(&people.approver).json(&ask);
        untold.refused(409, "break_glass_closed").await;
        let released = app.post(&path).by(&people.approver).json(&ask).expect(200).await;
        assert_eq!(
            (released.field("/state"), released.field("/release/ground")),
            ("proposed".into(), "located_original".into())
        );
        app.post(&path).by(&people.approver).json(&ask).refused(409, "conflict").await;
        let waiting = app.get("/api/v1/verdicts/released").by(&people.auditor).expect(200).await;
        assert_eq!(format!("/api/v1/verdicts/{}", waiting.field("/items/0/id")), verdict);
        let hidden = app.get("/api/v1/verdicts/released").by(&people.stranger).expect(200).await;
        assert_eq!(hidden.json()["items"], json!([]));
        // A partner is answered with it, and told how it came about.
        let sha256 = app.get(&case).by(&people.analyst).expect(200).await.field("/media_sha256");
        let known = app.get(&format!("/api/v1/media/{sha256}")).by(&people.partner).expect(200).await.text();
        assert!(known.contains("manipulated_face"), "{known}");
        // The second look is still wanted, of a third person.
        let look = json!({"kind": "manipulated_face", "rationale": "То же."});
        let path = format!("{verdict}/second-look");
        app.post(&path).by(&people.second_analyst).json(&look).expect(200).await;
        let empty = app.get("/api/v1/verdicts/released").by(&people.auditor).expect(200).await;
        assert_eq!(empty.json()["items"], json!([]));
        app.post(&format!("{verdict}/approval")).by(&people.approver).expect(200).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agency_answers_by_a_signed_link_or_as_a_partner() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"clip to ask about").await;
        let question = json!({
            "organisation": people.partner.user.organisation,
            "addressee": "ГУ МЧС по Тамбовской области",
            "contact": "дежурный, доб. 112",
            "question": "Объявлялась ли эвакуация 3 мая?",
            "due_at": in_hours(app, 2),
        });
        let path = format!("{case}/inquiries");
        app.post(&path).by(&people.approver).json(&question).refused(403, "forbidden").await;
        app.post(&path).by(&people.stranger).json(&question).refused(404, "not_found").await;
        let asked = app.post(&path).by(&people.analyst).json(&question).expect(201).await;
        let link = asked.field("/link").replace(app.base(), "");
        assert!(link.starts_with("/inquiries/plk_"), "{link}");
        let page = app.get(&link).expect(200).await;
        assert!(page.text().contains("Объявлялась ли эвакуация") && page.text().contains("Тамбовская область"));
        assert!(!page.text().contains("доб. 112"));
        assert_eq!(page.header("cache-control"), "no-store");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        app.get("/inquiries/plk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").refused(404, "not_found").await;
        let form = "application/x-www-form-urlencoded";
        let send = |text: &str| app.post(&link).body(form, text.as_bytes().to_vec());
        send("outcome=denies&statement=&name=A").refused(422, "reason_required").await;
        let told = send("outcome=denies&statement=&name=A").header("accept", "text/html").stream().await;
        assert_eq!(told.status(), 422);
        let told = told.text().await.unwrap();
        assert!(told.contains("role=\"alert\"") && told.contains("<form"), "{told}");
        send("outcome=maybe&statement=x&name=A").refused(422, "validation_failed").await;
        let answer = "outcome=denies&statement=%D0%9D%D0%B5+%D0%BE%D0%B1%D1%8A%D1%8F%D0%B2%D0%BB%D1%8F%D0%BB%D0%B0%D1%81%D1%8C&name=%D0%9F%D0%B5%D1%82%D1%80%D0%BE%D0%B2&link=";
        let received = send(answer).expect(200).await;
        assert!(received.text().contains("Не объявлялась") && !received.text().contains("<form"), "{}", received.text());
        send(answer).refused(409, "wrong_state").await;
        let seen = app.get(&path).by(&people.analyst).expect(200).await;
        assert_eq!(seen.field("/items/0/answer/outcome"), "denies");
        let evidence = seen.field("/items/0/answer_sha256");
        assert_eq!(evidence.len(), 64, "what the basis of a verdict names");

        // As a partner.
        let second = app.post(&path).by(&people.analyst).json(&question).expect(201).await;
        let id = second.header("location").to_owned();
        let listed = app.get("/api/v1/inquiries").by(&people.partner).expect(200).await;
        assert_eq!(listed.json()["items"].as_array().unwrap().len(), 2);
        assert!(!listed.text().contains("доб. 112"), "how it is reached is the desk's business");
        app.get(&id).by(&people.stranger).refused(404, "not_found").await;
        let reply = json!({"outcome": "confirms", "statement": "Объявлялась в 14:02.", "name": "Дежурный"});
        app.post(&format!("{id}/answer")).by(&people.stranger).json(&reply).refused(404, "not_found").await;
        let answered = app.post(&format!("{id}/answer")).by(&people.partner).json(&reply).expect(200).await;
        assert_eq!(answered.field("/state"), "answered");
        app.post(&format!("{id}/withdrawal")).by(&people.analyst).refused(409, "wrong_state").await;

        // Overdue: called to mind once an hour.
        let third = app.post(&path).by(&people.analyst).json(&question).expect(201).await;
        let id = third.header("location").to_owned();
        app.clock.advance(2 * 3600 + 1);
        app.service.tidy().await.unwrap();
        app.service.tidy().await.unwrap();
        assert_eq!(app.get(&id).by(&people.analyst).expect(200).await.json()["reminders"], 1);
        assert_eq!(app.post(&format!("{id}/withdrawal")).by(&people.analyst).expect(200).await.field("/state"), "withdrawn");
    })
    .await;
}
