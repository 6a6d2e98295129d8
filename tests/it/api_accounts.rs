//! Administrators and the owners of keys, over HTTP.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::{Form, Reply};
use crate::support::people::Person;

fn user_path(person: &Person, what: &str) -> String {
    format!("/api/v1/users/{}{what}", person.user.id)
}

async fn change(app: &TestApp, by: &Person, of: &Person, what: Value) -> Reply {
    app.call(Method::PATCH, &user_path(of, "")).by(by).json(&what).send().await
}

/// The same person with another key.
fn with(person: &Person, issued: &Reply) -> Person {
    Person { user: person.user.clone(), token: issued.field("/secret") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_manages_people_but_not_in_their_name() {
    on_each_engine(async |app| {
        let people = &app.people;
        let (admin, analyst) = (&people.admin, &people.analyst);
        let wish = json!({"display_name": "Анна Петрова", "roles": ["editor", "analyst"]});
        let changed = change(app, admin, analyst, wish).await;
        assert_eq!(changed.status, 200, "{}", changed.text());
        assert_eq!(changed.json()["display_name"], "Анна Петрова");
        assert_eq!(changed.json()["roles"], json!(["analyst", "editor"]));
        let refused =
            async |by: &Person, of: &Person, what: Value| change(app, by, of, what).await.field("/code");
        assert_eq!(refused(admin, admin, json!({"roles": ["approver"]})).await, "same_person");
        assert_eq!(refused(admin, &people.stranger, json!({"roles": ["editor"]})).await, "not_found");
        assert_eq!(refused(analyst, admin, json!({"roles": ["editor"]})).await, "forbidden");
        assert_eq!(refused(admin, analyst, json!({"roles": ["auditor"]})).await, "forbidden");
        assert_eq!(refused(admin, analyst, json!({"roles": []})).await, "validation_failed");
        assert_eq!(refused(admin, analyst, json!({"login": "x"})).await, "validation_failed");

        let link = app.post(&user_path(analyst, "/link")).by(admin).expect(201).await;
        let address = link.field("/address");
        assert!(address.starts_with(&format!("{}/link/pll_", app.base())), "{address}");
        let secret = address.rsplit('/').next().unwrap();
        assert_eq!(app.service.link_owner(secret).await.unwrap().id, analyst.user.id);
        app.post(&user_path(admin, "/link")).by(admin).refused(403, "same_person").await;
        app.post(&user_path(analyst, "/link")).by(analyst).refused(403, "forbidden").await;
        app.post(&user_path(&people.stranger, "/link")).by(admin).refused(404, "not_found").await;

        // A key in somebody else's name would let the administrator take part in verdicts.
        let wish = json!({"label": "mine now"});
        app.post(&user_path(analyst, "/tokens")).by(admin).json(&wish).refused(403, "forbidden").await;
        let issued = app.post(&user_path(&people.submitter, "/tokens")).by(admin).json(&wish);
        let program = with(&people.submitter, &issued.expect(201).await);
        let both = json!({"roles": ["submitter", "analyst"]});
        assert_eq!(change(app, admin, &people.submitter, both).await.status, 200);
        let me = app.get("/api/v1/me").by(&program).expect(200).await;
        assert_eq!(me.json()["roles"], json!(["submitter"]), "the key keeps to what it was issued for");

        app.post(&user_path(analyst, "/disable")).by(admin).expect(200).await;
        app.get("/api/v1/me").by(analyst).refused(401, "unauthenticated").await;
        app.post(&user_path(analyst, "/link")).by(admin).refused(409, "wrong_state").await;
        let open = app.post(&user_path(analyst, "/enable")).by(admin).expect(200).await;
        assert_eq!(open.json()["disabled_at"], Value::Null);
        app.get("/api/v1/me").by(analyst).expect(200).await;
        app.post(&user_path(admin, "/disable")).by(admin).refused(403, "same_person").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_has_scopes_a_rate_a_quota_and_a_successor() {
    on_each_engine(async |app| {
        let everything = &app.people.everything;
        let tokens = user_path(everything, "/tokens");
        let issue = |wish: Value| app.post(&tokens).by(everything).json(&wish);
        let invalid =
            issue(json!({"label": "x", "scopes": ["auditor"]})).refused(422, "validation_failed").await;
        assert_eq!(invalid.field("/errors/0/field"), "scopes");
        let issued = issue(json!({"label": "bot", "scopes": ["submitter"], "quota_per_day": 1, "days": 30}));
        let issued = issued.expect(201).await;
        let bot = with(everything, &issued);
        app.get("/api/v1/users").by(&bot).refused(403, "forbidden").await;
        app.post(&tokens).by(&bot).json(&json!({"label": "more"})).refused(403, "forbidden").await;
        let first = app.submit(&bot, Form::file(b"clip")).expect(202).await;
        let over = app.submit(&bot, Form::file(b"another clip")).refused(429, "rate_limited").await;
        let wait: u32 = over.header("retry-after").parse().unwrap();
        assert!((86_000..=86_400).contains(&wait), "{wait}");
        app.submit(everything, Form::file(b"another clip")).expect(202).await;
        app.analysed(everything, &first).await;

        let rotation = format!("/api/v1/tokens/{}/rotation", issued.field("/id"));
        let longer = app.post(&rotation).by(&bot).json(&json!({"days": 60}));
        longer.refused(403, "forbidden").await;
        let next = app.post(&rotation).by(&bot).json(&json!({})).expect(201).await;
        app.get("/api/v1/me").by(&with(everything, &next)).expect(200).await;
        app.post(&rotation).by(everything).json(&json!({})).refused(409, "wrong_state").await;
        app.post(&rotation).by(&app.people.stranger).json(&json!({})).refused(404, "not_found").await;

        let listed = app.get("/api/v1/tokens").by(everything).expect(200).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 3, "{listed}");
        assert_eq!(listed["items"][0]["id"], next.field("/id"), "newest first");
        assert_eq!(listed["items"][0]["line"], issued.field("/id"));
        assert_eq!(listed["items"][1]["scopes"], json!(["submitter"]));
        assert!(!listed.to_string().contains("plk_") && listed["items"][1]["used_at"].is_string());
        let branch = app.get("/api/v1/tokens?branch=true").by(&app.people.admin).expect(200).await.json();
        assert!(branch["items"].as_array().unwrap().len() > 10, "{branch}");
        app.get("/api/v1/tokens?branch=true").by(&app.people.analyst).refused(403, "forbidden").await;
        let theirs = format!("/api/v1/tokens?user={}", everything.user.id);
        app.get(&theirs).by(&app.people.admin).expect(200).await;
        app.get(&theirs).by(&app.people.analyst).refused(403, "forbidden").await;
        app.get(&theirs).by(&app.people.stranger).refused(404, "not_found").await;

        let slow = with(everything, &issue(json!({"label": "slow", "rate_per_minute": 2})).expect(201).await);
        app.get("/api/v1/me").by(&slow).expect(200).await;
        app.get("/api/v1/me").by(&slow).expect(200).await;
        let wait = app.get("/api/v1/me").by(&slow).refused(429, "rate_limited").await;
        let wait: i64 = wait.header("retry-after").parse().unwrap();
        assert!((1..=30).contains(&wait), "{wait}");
        app.clock.advance(wait);
        app.get("/api/v1/me").by(&slow).expect(200).await;
    })
    .await;
}
