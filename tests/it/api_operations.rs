//! Health, metrics, people, given-up jobs, stopping.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde_json::json;

use crate::support::app::on_each_engine;
use crate::support::call::Form;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_and_metrics_are_told() {
    on_each_engine(async |app| {
        assert_eq!(app.get("/healthz").expect(200).await.field("/status"), "ok");
        assert_eq!(app.get("/readyz").expect(200).await.field("/status"), "ok");
        let submitted = app.submit(&app.people.analyst, Form::file(b"counted")).expect(202).await;
        app.analysed(&app.people.analyst, &submitted).await;
        app.get("/scanner/../../etc/passwd").send().await;
        app.get("/metrics").refused(404, "not_found").await;
        let metrics = app.metrics().await;
        for line in [
            "podlinnik_http_requests_total{method=\"POST\",route=\"/api/v1/submissions\",status=\"202\"} 1",
            "podlinnik_http_requests_total{method=\"GET\",route=\"/healthz\",status=\"200\"} 1",
            "podlinnik_http_request_duration_seconds_bucket{le=\"0.5\",route=\"/healthz\"} 1",
            "podlinnik_jobs{kind=\"analyse\",state=\"done\"} 1",
            "podlinnik_uploads_total 1",
            "podlinnik_upload_bytes_total 7",
            "podlinnik_ready 1",
        ] {
            assert!(metrics.contains(line), "`{line}` is missing in\n{metrics}");
        }
        assert!(metrics.contains("route=\"unmatched\"") && !metrics.contains("passwd"), "{metrics}");
        assert!(metrics.trim_end().ends_with("# EOF"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_adds_people() {
    on_each_engine(async |app| {
        let people = &app.people;
        let region = people.admin.user.organisation;
        let town = json!({"code": "tambov-town", "level": "municipality", "name_ru": "Тамбов", "name_en": "Tambov", "parent": region});
        let town = app.post("/api/v1/organisations").by(&people.admin).json(&town).expect(201).await.field("/id");
        let user = json!({"organisation": town, "login": "new.one", "display_name": "Новый", "roles": ["analyst", "submitter", "analyst"]});
        let post = || app.post("/api/v1/users").by(&people.admin);
        let made = post().json(&user).expect(201).await;
        assert_eq!(made.json()["roles"], json!(["submitter", "analyst"]));
        post().json(&user).refused(409, "conflict").await;
        let mut bad = user.clone();
        bad["login"] = json!("Большой Логин");
        let problem = post().json(&bad).refused(422, "validation_failed").await;
        assert_eq!(problem.field("/errors/0/field"), "login");
        bad["login"] = json!("other");
        bad["roles"] = json!(["king"]);
        let problem = post().json(&bad).refused(422, "validation_failed").await;
        assert_eq!(problem.field("/errors/0/field"), "roles[0]");
        let listed = app.get("/api/v1/users").by(&people.admin).expect(200).await;
        assert!(listed.text().contains("new.one") && !listed.text().contains("stranger"));
        assert!(!listed.text().contains("plk_"));
        let organisations = app.get("/api/v1/organisations").by(&people.partner).expect(200).await;
        assert!(organisations.text().contains("tambov-town"));
        assert_eq!(app.get("/api/v1/me").by(&people.partner).expect(200).await.field("/login"), "partner");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_was_given_up_is_seen_and_revived() {
    on_each_engine(async |app| {
        let people = &app.people;
        let submitted = app.submit(&people.analyst, Form::file(b"FAIL on our side")).expect(202).await;
        let analysis = submitted.field("/links/analysis");
        let mut state = String::new();
        for _ in 0..100 {
            // Later attempts fall due with time.
            app.clock.advance(60);
            let reply = app.get(&format!("{analysis}?wait=1")).by(&people.analyst).expect(200).await;
            state = reply.field("/state");
            if state == "dead" {
                break;
            }
        }
        assert_eq!(state, "dead");
        let findings = app.get(&submitted.field("/links/findings")).by(&people.analyst);
        let problem = findings.refused(409, "analysis_failed").await;
        assert!(!problem.text().contains("secret detail"), "{}", problem.text());
        let dead = app.get("/api/v1/jobs/dead").by(&people.auditor).expect(200).await;
        assert_eq!(dead.field("/items/0/kind"), "analyse");
        assert!(!dead.text().contains("secret detail"), "{}", dead.text());
        let revive = format!("/api/v1/jobs/{}/revival", dead.field("/items/0/id"));
        app.post(&revive).by(&people.auditor).refused(403, "forbidden").await;
        app.analyser.hold();
        app.post(&revive).by(&people.admin).expect(204).await;
        app.post(&revive).by(&people.admin).refused(409, "wrong_state").await;
        app.analyser.release();
        for _ in 0..100 {
            app.clock.advance(60);
            let reply = app.get(&format!("{analysis}?wait=1")).by(&people.analyst).expect(200).await;
            if reply.field("/state") == "dead" {
                return;
            }
        }
        panic!("the revived job never ends");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stopping_ends_what_waits() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        app.analyser.hold();
        let submitted = app.submit(analyst, Form::file(b"held")).expect(202).await;
        let mut events = app.get(&submitted.field("/links/events")).by(analyst).stream().await.bytes_stream();
        assert!(events.next().await.unwrap().is_ok());
        let began = std::time::Instant::now();
        app.analyser.release();
        app.analysed(analyst, &submitted).await;
        app.stop();
        let rest = async { while events.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(5), rest).await.expect("streams end when the service stops");
        assert!(began.elapsed() < Duration::from_secs(20));
    })
    .await;
}
