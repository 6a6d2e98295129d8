//! Verdicts: proposed by one, looked at by a second who does not see the first, approved by a third.

use serde_json::{Value, json};

use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::{Form, Reply};

/// A proposal that meets the rules of evidence.
pub(crate) fn proposal(kind: &str) -> Value {
    json!({
        "kind": kind,
        "basis": [
            {"kind": "learned_model", "statement": "Метод нашёл следы подмены лица."},
            {"kind": "located_original", "statement": "Найден исходный ролик.", "link": "https://archive.example/1"}
        ],
        "rationale": "SENTINEL-RATIONALE: лицо не совпадает с исходным роликом."
    })
}

/// An examined case: its path.
pub(crate) async fn examined_case(app: &TestApp, bytes: &[u8]) -> String {
    let analyst = &app.people.analyst;
    let form = Form::file(bytes).text("region", "RU-TAM");
    let submitted = app.submit(analyst, form).expect(202).await;
    app.analysed(analyst, &submitted).await;
    submitted.field("/links/case")
}

/// Proposes on the case as it stands.
pub(crate) async fn propose(app: &TestApp, case: &str, kind: &str) -> Reply {
    let analyst = &app.people.analyst;
    let seen = app.get(case).by(analyst).expect(200).await;
    let call = app.post(&format!("{case}/verdicts")).by(analyst).if_match(seen.etag());
    call.json(&proposal(kind)).expect(201).await
}

/// A verdict that two analysts agree on: its path.
pub(crate) async fn agreed_verdict(app: &TestApp, case: &str) -> String {
    let verdict = propose(app, case, "manipulated_face").await.header("location").to_owned();
    let look = json!({"kind": "manipulated_face", "rationale": "Видна граница маски."});
    let call = app.post(&format!("{verdict}/second-look")).by(&app.people.second_analyst).json(&look);
    assert_eq!(call.expect(200).await.field("/state"), "agreed");
    verdict
}

/// The same, approved.
pub(crate) async fn approved_verdict(app: &TestApp, case: &str) -> String {
    let verdict = agreed_verdict(app, case).await;
    let call = app.post(&format!("{verdict}/approval")).by(&app.people.approver);
    assert_eq!(call.expect(200).await.field("/state"), "approved");
    verdict
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_second_look_is_blind() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"suspect clip").await;
        let proposed = propose(app, &case, "manipulated_face").await;
        let verdict = proposed.header("location").to_owned();
        assert_eq!(proposed.field("/state"), "proposed");

        let own = app.get(&format!("{case}/verdicts")).by(&people.analyst).expect(200).await;
        assert_eq!(own.field("/items/0/proposal/kind"), "manipulated_face", "the author sees it");
        app.get(&verdict).by(&people.analyst).expect(200).await;
        for other in [
            &people.second_analyst,
            &people.third_analyst,
            &people.approver,
            &people.editor,
            &people.everything,
        ] {
            app.get(&verdict).by(other).refused(404, "not_found").await;
            for path in [
                case.clone(),
                format!("{case}/verdicts"),
                format!("{case}/history"),
                format!("{case}/notices"),
            ] {
                let seen = app.get(&path).by(other).expect(200).await.text();
                for secret in ["manipulated_face", "SENTINEL-RATIONALE", "learned_model", "located_original"]
                {
                    assert!(!seen.contains(secret), "{path} gives `{secret}` away: {seen}");
                }
            }
        }
        let wanted = app.get(&case).by(&people.second_analyst).expect(200).await;
        assert_eq!(wanted.field("/state"), "second_look");
        assert_eq!(format!("/api/v1/verdicts/{}", wanted.field("/second_look_wanted")), verdict);

        let look = json!({"kind": "manipulated_lipsync", "rationale": "Губы не совпадают со звуком."});
        let path = format!("{verdict}/second-look");
        app.post(&path).by(&people.analyst).json(&look).refused(403, "same_person").await;
        app.post(&path).by(&people.editor).json(&look).refused(403, "forbidden").await;
        app.post(&path).by(&people.stranger).json(&look).refused(404, "not_found").await;
        let empty = json!({"kind": "manipulated_lipsync", "rationale": " "});
        app.post(&path).by(&people.second_analyst).json(&empty).refused(422, "reason_required").await;
        let unknown = json!({"kind": "fake", "rationale": "x"});
        app.post(&path).by(&people.second_analyst).json(&unknown).refused(422, "validation_failed").await;
        let looked = app.post(&path).by(&people.second_analyst).json(&look).expect(200).await;
        assert_eq!(looked.field("/state"), "disputed");
        assert_eq!(looked.field("/proposal/kind"), "manipulated_face", "now both are shown");
        app.post(&path).by(&people.third_analyst).json(&look).refused(409, "wrong_state").await;
        app.post(&format!("{verdict}/approval")).by(&people.approver).refused(409, "wrong_state").await;

        // A disputed case takes another proposal; the disputed one is superseded and stays readable.
        let second = approved_verdict(app, &case).await;
        assert_eq!(app.get(&verdict).by(&people.editor).expect(200).await.field("/state"), "superseded");
        assert_eq!(app.get(&second).by(&people.editor).expect(200).await.json()["revision"], 2);
        let history = app.get(&format!("{case}/history")).by(&people.auditor).expect(200).await.json();
        let kinds: Vec<_> = history["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["kind"].as_str().unwrap())
            .collect();
        assert!(kinds.len() >= 5, "{kinds:?}");
        assert_eq!(app.get(&case).by(&people.editor).expect(200).await.field("/state"), "approved");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn proposing_is_conditional_and_needs_evidence() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"clip to judge").await;
        let path = format!("{case}/verdicts");
        let seen = app.get(&case).by(&people.analyst).expect(200).await;
        let good = proposal("manipulated_face");
        let post = || app.post(&path).by(&people.analyst);

        post().json(&good).refused(428, "precondition_required").await;
        post().if_match("*").json(&good).refused(428, "precondition_required").await;
        for stale in ["\"0\"", "\"999\"", "W/\"1\"", "nonsense"] {
            post().if_match(stale).json(&good).refused(412, "stale_revision").await;
        }
        let seen_tag = seen.etag();
        app.post(&path).by(&people.submitter).if_match(seen_tag).json(&good).refused(403, "forbidden").await;
        app.post(&path).by(&people.stranger).if_match(seen_tag).json(&good).refused(404, "not_found").await;

        let change = |change: fn(&mut Value)| {
            let mut value = proposal("manipulated_face");
            change(&mut value);
            value
        };
        let only_models = change(|it| it["basis"][1]["kind"] = json!("learned_model"));
        post().if_match(seen_tag).json(&only_models).refused(422, "basis_insufficient").await;
        let no_reason = change(|it| it["rationale"] = json!("  "));
        post().if_match(seen_tag).json(&no_reason).refused(422, "reason_required").await;
        let undecided = change(|it| it["kind"] = json!("inconclusive"));
        post().if_match(seen_tag).json(&undecided).refused(422, "reason_required").await;
        let genuine = change(|it| {
            it["kind"] = json!("authentic_confirmed");
            it["basis"] = json!([{"kind": "visual_inspection", "statement": "похоже"}]);
        });
        post().if_match(seen_tag).json(&genuine).refused(422, "basis_insufficient").await;
        let unknown = change(|it| it["basis"][0]["kind"] = json!("feeling"));
        let problem = post().if_match(seen_tag).json(&unknown).refused(422, "validation_failed").await;
        assert_eq!(problem.field("/errors/0/field"), "basis[0].kind");

        post().if_match(seen_tag).json(&good).expect(201).await;
        post().if_match(seen_tag).json(&good).send().await;
        let late = post().if_match(seen_tag).json(&good).send().await;
        assert!(matches!(late.status, 409 | 412), "{}", late.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_under_analysis_takes_no_verdict() {
    on_each_engine(async |app| {
        let analyst = &app.people.analyst;
        app.analyser.hold();
        let submitted = app.submit(analyst, Form::file(b"still being examined")).expect(202).await;
        let case = submitted.field("/links/case");
        let seen = app.get(&case).by(analyst).expect(200).await;
        let call = app.post(&format!("{case}/verdicts")).by(analyst).if_match(seen.etag());
        call.json(&proposal("manipulated_face")).refused(409, "wrong_state").await;
        app.analyser.release();
        app.analysed(analyst, &submitted).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_approvals_one_wins() {
    on_each_engine(async |app| {
        let people = &app.people;
        for round in 0..5 {
            let case = examined_case(app, format!("race {round}").as_bytes()).await;
            let path = format!("{}/approval", agreed_verdict(app, &case).await);
            let (one, other) = tokio::join!(
                app.post(&path).by(&people.approver).send(),
                app.post(&path).by(&people.second_approver).send(),
            );
            let mut statuses = [one.status, other.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409], "{} / {}", one.text(), other.text());
            let loser = if one.status == 409 { one } else { other };
            assert_eq!(loser.field("/code"), "wrong_state");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_with_every_role_still_needs_the_others() {
    on_each_engine(async |app| {
        let everything = &app.people.everything;
        let case = examined_case(app, b"one-man show").await;
        let seen = app.get(&case).by(everything).expect(200).await;
        let call = app.post(&format!("{case}/verdicts")).by(everything).if_match(seen.etag());
        let proposed = call.json(&proposal("manipulated_face")).expect(201).await;
        let verdict = proposed.header("location").to_owned();
        let look = json!({"kind": "manipulated_face", "rationale": "Я и сам согласен."});
        app.post(&format!("{verdict}/second-look"))
            .by(everything)
            .json(&look)
            .refused(403, "same_person")
            .await;
        app.post(&format!("{verdict}/second-look")).by(&app.people.analyst).json(&look).expect(200).await;
        app.post(&format!("{verdict}/approval")).by(everything).refused(403, "same_person").await;
        app.post(&format!("{verdict}/approval")).by(&app.people.analyst).refused(403, "forbidden").await;
        app.post(&format!("{verdict}/approval")).by(&app.people.approver).expect(200).await;
    })
    .await;
}
