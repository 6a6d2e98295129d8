//! Originals through the API, and looking verdicts up without sending the media.

use reqwest::Method;
use serde_json::json;

use crate::api_decisions::{approved_verdict, examined_case};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::Form;

/// A submission whose analysis has ended.
async fn submitted(app: &TestApp, bytes: &[u8]) -> String {
    let reply = app.submit(&app.people.analyst, Form::file(bytes)).expect(202).await;
    app.analysed(&app.people.analyst, &reply).await;
    reply.field("/id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_analyst_vouches_for_an_original_and_takes_it_back() {
    on_each_engine(async |app| {
        let people = &app.people;
        let submission = submitted(app, b"a genuine speech").await;
        let request = json!({
            "submission": submission,
            "title": "Обращение губернатора",
            "recorded": "2024-05-03T14:02+03:00",
            "link": "https://example.org/news/1"
        });
        let add = || app.post("/api/v1/archive");
        let added = add().by(&people.analyst).json(&request).expect(201).await;
        let path = added.header("location").to_owned();
        assert_eq!(
            (added.field("/vouched_by"), added.field("/kind")),
            ("analyst".to_owned(), "video".to_owned())
        );
        assert_eq!(added.json()["register"], 1);
        assert!(!added.text().contains("blob:"), "where the bytes lie is nobody's business");
        add().by(&people.analyst).json(&request).refused(409, "conflict").await;

        let read = app.get(&path).by(&people.auditor).expect(200).await;
        assert_eq!(read.json(), added.json());
        let listed = app.get("/api/v1/archive?limit=1").by(&people.stranger).expect(200).await;
        assert_eq!((&listed.json()["items"][0], &listed.json()["next"]), (&added.json(), &json!(null)));

        let withdrawal = format!("{path}/withdrawal");
        let withdraw = |reason| app.post(&withdrawal).json(&json!({ "reason": reason }));
        withdraw(" ").by(&people.analyst).refused(422, "validation_failed").await;
        let gone = withdraw("Это запись другого дня").by(&people.approver).expect(200).await;
        assert_eq!(gone.field("/withdrawal/reason"), "Это запись другого дня");
        assert_eq!(gone.field("/withdrawal/by"), people.approver.user.id.to_string());
        withdraw("ещё раз").by(&people.analyst).refused(409, "wrong_state").await;
        let listed = app.get("/api/v1/archive").by(&people.analyst).expect(200).await;
        assert_eq!(listed.json()["items"], json!([]));
        let listed = app.get("/api/v1/archive?withdrawn=true").by(&people.analyst).expect(200).await;
        assert_eq!(listed.json()["items"], json!([gone.json()]));
        let verified = app.service.archive().unwrap().verify(&[], true, &mut |_| {}).await.unwrap();
        assert_eq!((verified.entries, verified.problems), (2, vec![]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn originals_are_paged() {
    on_each_engine(async |app| {
        for number in 0..3_u8 {
            let submission = submitted(app, &[b'x', number]).await;
            let request = json!({ "submission": submission, "vouched_by": "Пресс-служба" });
            app.post("/api/v1/archive").by(&app.people.editor).json(&request).expect(201).await;
        }
        let page = |path: String| app.get(&path).by(&app.people.analyst);
        let first = page("/api/v1/archive?limit=2".to_owned()).expect(200).await;
        assert_eq!(first.json()["items"].as_array().unwrap().len(), 2);
        let next = first.field("/next");
        let second = page(format!("/api/v1/archive?limit=2&after={next}")).expect(200).await;
        assert_eq!(
            (&second.json()["items"][0]["register"], &second.json()["next"]),
            (&json!(3), &json!(null))
        );
        page("/api/v1/archive?limit=0".to_owned()).refused(422, "validation_failed").await;
        page("/api/v1/archive?after=x".to_owned()).refused(422, "validation_failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_everybody_and_not_everything_comes_in() {
    on_each_engine(async |app| {
        let people = &app.people;
        let submission = submitted(app, b"a genuine speech").await;
        let request = json!({ "submission": submission });
        for person in [&people.partner, &people.submitter, &people.admin, &people.auditor] {
            app.post("/api/v1/archive").by(person).json(&request).refused(403, "forbidden").await;
        }
        for (method, path) in [
            (Method::GET, "/api/v1/archive"),
            (Method::GET, "/api/v1/archive/01890a5d-ac96-774b-bcce-b302099a8057"),
        ] {
            app.call(method, path).by(&people.partner).refused(403, "forbidden").await;
        }
        let add = |request| app.post("/api/v1/archive").by(&people.analyst).json(&request);
        app.post("/api/v1/archive").by(&people.stranger).json(&request).refused(404, "not_found").await;
        let unknown = json!({ "submission": "01890a5d-ac96-774b-bcce-b302099a8057" });
        add(unknown).refused(404, "not_found").await;
        for (field, text) in [("recorded", "3 мая"), ("link", "file:///etc/passwd"), ("path", "/etc/passwd")]
        {
            let mut request = request.clone();
            request[field] = json!(text);
            let problem = add(request).refused(422, "validation_failed").await;
            assert_eq!(problem.field("/errors/0/field"), field);
        }
        let broken = app.submit(&people.analyst, Form::file(b"REFUSE media_damaged")).expect(202).await;
        app.analysed(&people.analyst, &broken).await;
        add(json!({ "submission": broken.field("/id") })).refused(409, "wrong_state").await;

        // People have decided that it is a fake: nobody vouches for it past them.
        let case = examined_case(app, b"a fake").await;
        approved_verdict(app, &case).await;
        let again = app.submit(&people.analyst, Form::file(b"a fake")).expect(200).await;
        add(json!({ "submission": again.field("/id") })).refused(409, "wrong_state").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_asks_without_saying_what_about() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"judged").await;
        let digest = app.get(&case).by(&people.analyst).expect(200).await.field("/media_sha256");
        submitted(app, b"not judged").await;
        let lookup = |query: String| app.get(&format!("/api/v1/lookup?{query}")).by(&people.partner);
        let nothing = lookup(format!("prefix={}", &digest[..6])).expect(200).await;
        assert_eq!(nothing.json()["items"], json!([]), "what people are still at stays among them");
        approved_verdict(app, &case).await;

        for query in
            [format!("prefix={}", &digest[..6]), format!("prefix={digest}"), format!("sha256={digest}")]
        {
            let known = lookup(query).expect(200).await;
            assert_eq!(known.field("/items/0/sha256"), digest);
            assert_eq!(known.field("/items/0/verdict/kind"), "manipulated_face");
        }
        let other = if digest.starts_with('0') { "1111" } else { "0000" };
        let none = lookup(format!("prefix={other}")).expect(200).await;
        assert_eq!(none.json()["items"], json!([]));
        let unknown = lookup(format!("sha256={}", "ab".repeat(32))).expect(200).await;
        assert_eq!(unknown.json()["items"], json!([]));
        for query in ["", "prefix=abc", "prefix=wxyz", "sha256=abcd", &format!("prefix=abcd&sha256={digest}")]
        {
            lookup(query.to_owned()).refused(422, "validation_failed").await;
        }
    })
    .await;
}
