//! Known copies: answered before the methods are done, decided on by people, gathered in series.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::api_decisions::{approved_verdict, examined_case, propose};
use crate::support::app::{TestApp, on_each_engine};
use crate::support::call::{Form, Reply};
use crate::support::people::Person;

/// Hands a described clip in and waits for the end of its analysis; answers its path.
async fn handed_in(app: &TestApp, person: &Person, scenes: &str) -> String {
    let reply = app.submit(person, Form::file(scenes.as_bytes())).expect(202).await;
    app.analysed(person, &reply).await;
    reply.field("/links/self")
}

/// Known copies of a submission.
async fn copies(app: &TestApp, person: &Person, submission: &str) -> Value {
    app.get(submission).by(person).expect(200).await.json()["recognition"]["known_copies"].clone()
}

/// The only known copy.
async fn copy(app: &TestApp, person: &Person, submission: &str) -> Value {
    let all = copies(app, person, submission).await;
    assert_eq!(all.as_array().map(Vec::len), Some(1), "{all:#}");
    all[0].clone()
}

/// Another revision of the verdict on a case: proposed, agreed and approved.
async fn next_revision(app: &TestApp, case: &str, kind: &str) {
    let verdict = propose(app, case, kind).await.header("location").to_owned();
    let look = json!({"kind": kind, "rationale": "Так и есть."});
    app.post(&format!("{verdict}/second-look")).by(&app.people.second_analyst).json(&look).expect(200).await;
    app.post(&format!("{verdict}/approval")).by(&app.people.approver).expect(200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_a_judged_item_is_answered_before_the_methods_are_done() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"SCENES 1x20").await;
        approved_verdict(app, &case).await;

        app.analyser.hold();
        let form = Form::file(b"SCENES 1x20\nanother encoding");
        let submitted = app.submit(&people.submitter, form).expect(202).await;
        let path = submitted.field("/links/self");
        let mut seen = app.get(&path).by(&people.submitter).expect(200).await.json();
        for _ in 0..200 {
            if seen["recognition"]["known_copies"].as_array().is_some_and(|all| !all.is_empty()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            seen = app.get(&path).by(&people.submitter).expect(200).await.json();
        }
        assert_eq!(seen["recognition"]["looked_up"], true);
        let analysis = app.get(&submitted.field("/links/analysis")).by(&people.submitter).expect(200).await;
        assert_eq!(analysis.json()["is_final"], false, "the methods are still at it");
        let known = &seen["recognition"]["known_copies"][0];
        assert_eq!(known["standing"], "confirmed");
        assert_eq!(known["copy_match"]["state"], "suggested", "no person has looked at it");
        assert_eq!(known["words"]["ru"], "известная копия материала, о котором люди решили: подменено лицо");
        assert_eq!(known["words"]["en"], "known copy of an item on which people decided: face manipulated");
        let verdict = &known["verdict"];
        assert_eq!(
            (&verdict["kind"], &verdict["revision"], &verdict["status"]),
            (&json!("manipulated_face"), &json!(1), &json!("current"))
        );
        assert!(verdict["valid_as_of"].as_str().unwrap() >= verdict["approved_at"].as_str().unwrap());
        assert_eq!(known["spans"][0]["here"], "0:00.0–0:09.5");
        assert_eq!(known["spans"][0]["there_s"], json!([0.0, 9.5]));
        assert_eq!(known["distance"]["closeness"], "indistinguishable");
        assert_eq!(known["distance"]["words"]["ru"], "почти неотличимые кадры");
        assert_eq!(known["distance"]["bits"], 0.0);
        assert_eq!(known["item"]["case"], case);

        // What people decide next changes the next answer, with the methods still at work.
        propose(app, &case, "satire").await;
        let known = copy(app, &people.submitter, &path).await;
        assert_eq!(
            (&known["verdict"]["kind"], &known["verdict"]["status"]),
            (&json!("manipulated_face"), &json!("under_review"))
        );
        let open = app.get(&case).by(&people.analyst).expect(200).await.field("/second_look_wanted");
        let look = json!({"kind": "satire", "rationale": "Это пародия."});
        app.post(&format!("/api/v1/verdicts/{open}/second-look"))
            .by(&people.second_analyst)
            .json(&look)
            .expect(200)
            .await;
        app.post(&format!("/api/v1/verdicts/{open}/approval")).by(&people.approver).expect(200).await;
        let known = copy(app, &people.submitter, &path).await;
        assert_eq!(
            (&known["verdict"]["kind"], &known["verdict"]["revision"], &known["verdict"]["status"]),
            (&json!("satire"), &json!(2), &json!("current"))
        );
        app.analyser.release();
        app.analysed(&people.submitter, &submitted).await;

        // The very same bytes, and the other way round: the case of the judged item knows of its copy.
        let again = app.submit(&people.partner, Form::file(b"SCENES 1x20")).expect(200).await;
        let same = &again.json()["recognition"]["known_copies"][0];
        assert_eq!(
            (&same["distance"]["closeness"], &same["verdict"]["kind"]),
            (&json!("same_bytes"), &json!("satire"))
        );
        let case = app.get(&case).by(&people.auditor).expect(200).await.json();
        let back = &case["recognition"]["known_copies"][0];
        assert_eq!(back["item"]["sha256"], submitted.field("/media_sha256"));
        assert_eq!(back["words"]["en"], "known copy of an item on which nobody has decided yet");
        assert!(back["verdict"].is_null());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_public_stays_with_its_region() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"SCENES 2x20").await;
        let abroad = handed_in(app, &people.stranger, "SCENES 2x20\nfrom elsewhere").await;
        assert_eq!(copies(app, &people.stranger, &abroad).await, json!([]), "nobody has decided yet");
        let home = handed_in(app, &people.submitter, "SCENES 2x20\nat home").await;
        assert_eq!(
            copies(app, &people.submitter, &home).await.as_array().unwrap().len(),
            1,
            "not that of the stranger"
        );
        approved_verdict(app, &case).await;
        let known = copy(app, &people.stranger, &abroad).await;
        assert_eq!(known["verdict"]["kind"], "manipulated_face");
        assert!(known["item"]["case"].is_null(), "the verdict is known, the case is not");

        // An excerpt is no copy: a verdict on the whole is none on a part.
        let part = handed_in(app, &people.submitter, "SCENES 2x9").await;
        let known = copies(app, &people.submitter, &part).await;
        assert!(known.as_array().unwrap().iter().all(|one| one["standing"] == "suggested"), "{known:#}");
        assert!(known[0]["words"]["ru"].as_str().unwrap().contains("должен посмотреть человек"));
        let other = handed_in(app, &people.submitter, "SCENES 3x20").await;
        assert_eq!(copies(app, &people.submitter, &other).await, json!([]));
        let seen = app.get(&other).by(&people.submitter).expect(200).await;
        assert_eq!(seen.json()["recognition"]["looked_up"], true);
        let broken = app.submit(&people.submitter, Form::file(b"REFUSE media_damaged")).expect(202).await;
        app.analysed(&people.submitter, &broken).await;
        let seen = app.get(&broken.field("/links/self")).by(&people.submitter).expect(200).await;
        assert_eq!(seen.json()["recognition"]["looked_up"], false, "what cannot be read was not looked up");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_genuine_clip_is_not_answered_with_the_verdict_on_the_fake_made_from_it() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"SCENES 9x20").await;
        approved_verdict(app, &case).await;
        for (remark, compared) in [("other lips", "picture_differs"), ("other sound", "sound_differs")] {
            let genuine = handed_in(app, &people.submitter, &format!("SCENES 9x20\n{remark}")).await;
            let all = copies(app, &people.submitter, &genuine).await;
            let known = all.as_array().unwrap().iter().find(|one| one["item"]["case"] == case).unwrap();
            assert_eq!((&known["standing"], &known["compared"]), (&json!("different"), &json!(compared)));
            assert_eq!(known["distance"]["bits"], 0.0, "by its hashes it is the same");
            assert!(
                known["words"]["ru"].as_str().unwrap().contains("решение сюда не переносится"),
                "{known:#}"
            );
        }
        let unclear = handed_in(app, &people.submitter, "SCENES 9x20\nunclear").await;
        let all = copies(app, &people.submitter, &unclear).await;
        let known = all.as_array().unwrap().iter().find(|one| one["item"]["case"] == case).unwrap();
        assert_eq!((&known["standing"], &known["compared"]), (&json!("suggested"), &json!("undecided")));

        // A person may know better, in either direction.
        let found = known["copy_match"]["link"].as_str().unwrap();
        assert_eq!(decide(app, &people.analyst, found, "confirmation", "\"1\"").await.status, 200);
        let all = copies(app, &people.submitter, &unclear).await;
        let known = all.as_array().unwrap().iter().find(|one| one["item"]["case"] == case).unwrap();
        assert_eq!(known["standing"], "confirmed");
    })
    .await;
}

/// A decision on a match.
async fn decide(app: &TestApp, person: &Person, found: &str, what: &str, tag: &str) -> Reply {
    let reason = json!({"reason": "Общая только студия"});
    app.post(&format!("{found}/{what}")).by(person).if_match(tag).json(&reason).send().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejected_match_is_left_out_and_teaches_and_can_be_taken_back() {
    on_each_engine(async |app| {
        let people = &app.people;
        // Three programmes before the same backdrop.
        let case = examined_case(app, b"SCENES s7x20 @1").await;
        approved_verdict(app, &case).await;
        let second = handed_in(app, &people.submitter, "SCENES s7x20 @2").await;
        let known = copy(app, &people.submitter, &second).await;
        assert_eq!(known["standing"], "confirmed", "the machine takes it for a copy: {known:#}");
        let found = known["copy_match"]["link"].as_str().unwrap().to_owned();

        let seen = app.get(&found).by(&people.analyst).expect(200).await;
        assert_eq!((seen.etag(), seen.json()["sure"].as_bool()), ("\"1\"", Some(true)));
        assert_eq!(decide(app, &people.editor, &found, "rejection", "\"1\"").await.status, 403);
        assert_eq!(decide(app, &people.stranger, &found, "rejection", "\"1\"").await.status, 404);
        let empty = json!({"reason": " "});
        let call = app.post(&format!("{found}/rejection")).by(&people.analyst).if_match("\"1\"").json(&empty);
        call.refused(422, "validation_failed").await;
        let unseen =
            app.post(&format!("{found}/rejection")).by(&people.analyst).json(&json!({"reason": "x"}));
        unseen.refused(428, "precondition_required").await;

        let rejected = decide(app, &people.analyst, &found, "rejection", "\"1\"").await;
        assert_eq!((rejected.status, rejected.etag()), (200, "\"2\""));
        assert_eq!(rejected.field("/decided_by"), people.analyst.user.id.to_string());
        assert_eq!(rejected.field("/reason"), "Общая только студия");
        assert_eq!(decide(app, &people.second_analyst, &found, "confirmation", "\"1\"").await.status, 412);
        assert_eq!(decide(app, &people.analyst, &found, "rejection", "\"2\"").await.status, 409);
        assert_eq!(copies(app, &people.submitter, &second).await, json!([]), "the pair is left out");
        let history = app.get(&format!("{case}/history")).by(&people.auditor).expect(200).await.json();
        let told =
            history["items"].as_array().unwrap().iter().find(|event| event["kind"] == "copy_match_rejected");
        let told = told.expect("an entry in the history");
        assert_eq!(told["actor"], people.analyst.user.id.to_string());
        assert_eq!(told["reason"], "Общая только студия");

        // A third programme is no longer taken for a copy of either; a faithful copy still is.
        let third = handed_in(app, &people.submitter, "SCENES s7x20 @3").await;
        let known = copies(app, &people.submitter, &third).await;
        let standings: Vec<_> =
            known.as_array().unwrap().iter().map(|one| one["standing"].as_str()).collect();
        assert_eq!(standings, [Some("suggested"), Some("suggested")], "{known:#}");
        let faithful = handed_in(app, &people.submitter, "SCENES s7x20 @1\nanother encoding").await;
        let known = copies(app, &people.submitter, &faithful).await;
        assert_eq!(
            (&known[0]["standing"], &known[0]["verdict"]["kind"]),
            (&json!("confirmed"), &json!("manipulated_face"))
        );
        let of_the_second = handed_in(app, &people.submitter, "SCENES s7x20 @2\nanother encoding").await;
        let known = copies(app, &people.submitter, &of_the_second).await;
        let sure: Vec<_> =
            known.as_array().unwrap().iter().filter(|one| one["standing"] == "confirmed").collect();
        let own = app.get(&second).by(&people.submitter).expect(200).await.field("/media_sha256");
        assert_eq!(sure.iter().map(|one| &one["item"]["sha256"]).collect::<Vec<_>>(), [&json!(own)]);

        // The mistake is mended: what was learnt counts no more, and nothing is deleted.
        let confirmed = decide(app, &people.second_analyst, &found, "confirmation", "\"2\"").await;
        assert_eq!((confirmed.status, confirmed.field("/state")), (200, "confirmed".to_owned()));
        let known = copies(app, &people.submitter, &second).await;
        assert_eq!(known[0]["copy_match"]["state"], "confirmed");
        let fourth = handed_in(app, &people.submitter, "SCENES s7x20 @4").await;
        let known = copies(app, &people.submitter, &fourth).await;
        assert!(known.as_array().unwrap().iter().any(|one| one["standing"] == "confirmed"), "{known:#}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn matches_are_listed_for_those_who_decide() {
    on_each_engine(async |app| {
        let people = &app.people;
        handed_in(app, &people.analyst, "SCENES 4x20").await;
        for number in 0..3 {
            handed_in(app, &people.analyst, &format!("SCENES 4x20\n{number}")).await;
        }
        let list = async |query: &str, person: &Person| {
            app.get(&format!("/api/v1/copy-matches?{query}")).by(person).expect(200).await.json()
        };
        let first = list("limit=4", &people.analyst).await;
        assert_eq!(first["items"].as_array().unwrap().len(), 4);
        let second =
            list(&format!("limit=4&after={}", first["next"].as_str().unwrap()), &people.analyst).await;
        assert_eq!(
            (second["items"].as_array().unwrap().len(), &second["next"]),
            (2, &json!(null)),
            "three, two and one"
        );
        assert_eq!(list("state=rejected", &people.auditor).await["items"], json!([]));
        assert_eq!(
            list("state=suggested", &people.stranger).await["items"],
            json!([]),
            "not another region's"
        );
        let path = second["items"][0]["link"].as_str().unwrap();
        app.get(path).by(&people.stranger).refused(404, "not_found").await;
        for (method, path) in
            [(Method::GET, "/api/v1/copy-matches"), (Method::GET, path), (Method::GET, "/api/v1/series")]
        {
            app.call(method, path).by(&people.partner).refused(403, "forbidden").await;
        }
        for query in ["state=wrong", "limit=0", "after=x"] {
            let call = app.get(&format!("/api/v1/copy-matches?{query}")).by(&people.analyst);
            call.refused(422, "validation_failed").await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_series_grows_across_regions() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"SCENES 5x20").await;
        let abroad = Form::file(b"SCENES 5x20\nTver").text("region", "RU-TVE");
        let abroad = app.submit(&people.stranger, abroad).expect(202).await;
        app.analysed(&people.stranger, &abroad).await;
        handed_in(app, &people.analyst, "SCENES 6x20").await;
        let other = handed_in(app, &people.analyst, "SCENES 6x20\nagain").await;

        let list = async || {
            let reply = app.get("/api/v1/series").by(&people.analyst).expect(200).await.json();
            reply["items"].as_array().unwrap().clone()
        };
        let of_the_other =
            app.get(&other).by(&people.analyst).expect(200).await.field("/recognition/series/link");
        assert_eq!(list().await[0]["link"], of_the_other);
        let link = app.get(&case).by(&people.analyst).expect(200).await.field("/recognition/series/link");
        handed_in(app, &people.analyst, "SCENES 5x20\na third").await;
        let listed = list().await;
        assert_eq!(
            (&listed[0]["link"], &listed[0]["members"]),
            (&json!(link), &json!(3)),
            "a new item raises its series"
        );
        assert_eq!(listed.len(), 2);

        approved_verdict(app, &case).await;
        let series = app.get(&link).by(&people.analyst).expect(200).await.json();
        assert_eq!(series["regions"], json!(["RU-TAM", "RU-TVE"]));
        let members = series["members"].as_array().unwrap();
        assert_eq!(members.len(), 3);
        assert!(
            members.iter().all(|one| one["why"] == "signature_neighbourhood" && one["in_doubt"] == false)
        );
        let of = |region: &str| members.iter().find(|one| one["region"] == region).unwrap();
        assert_eq!(of("RU-TAM")["case"], case);
        assert_eq!(of("RU-TAM")["verdict"]["kind"], "manipulated_face");
        assert_eq!((&of("RU-TVE")["organisation"], &of("RU-TVE")["case"]), (&json!("RU-TVE"), &json!(null)));
        let kinds: Vec<_> = series["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["series_founded", "series_grown"]);
        app.get("/api/v1/series/01890a5d-ac96-774b-bcce-b302099a8057")
            .by(&people.analyst)
            .refused(404, "not_found")
            .await;
        app.get(&link).by(&people.submitter).refused(403, "forbidden").await;

        // Nothing leaves a series; that people reject what it was taken in for is said.
        let third = app.get("/api/v1/copy-matches").by(&people.stranger).expect(200).await.json();
        for found in third["items"].as_array().unwrap() {
            let path = found["link"].as_str().unwrap();
            assert_eq!(decide(app, &people.stranger, path, "rejection", "\"1\"").await.status, 200);
        }
        let series = app.get(&link).by(&people.analyst).expect(200).await.json();
        let doubted: Vec<_> = series["members"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["in_doubt"] == true)
            .map(|one| one["region"].as_str())
            .collect();
        assert_eq!(doubted, [Some("RU-TVE")]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_revisions_later_the_answer_is_the_latest() {
    on_each_engine(async |app| {
        let case = examined_case(app, b"SCENES 8x20").await;
        let path = handed_in(app, &app.people.submitter, "SCENES 8x20\ncopy").await;
        assert!(copy(app, &app.people.submitter, &path).await["verdict"].is_null());
        approved_verdict(app, &case).await;
        for kind in ["out_of_context", "satire"] {
            next_revision(app, &case, kind).await;
            assert_eq!(copy(app, &app.people.submitter, &path).await["verdict"]["kind"], kind);
        }
    })
    .await;
}
