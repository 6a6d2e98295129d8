//! The façade for clients of Hasher-Matcher-Actioner.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api_decisions::{approved_verdict, examined_case};
use crate::support::app::on_each_engine;
use crate::support::call::Form;
use crate::support::contract::operations;
use crate::support::scenes::clip;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_hashes_and_matches() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"SCENES 1x20").await;
        approved_verdict(app, &case).await;
        let digest = app.get(&case).by(&people.analyst).expect(200).await.field("/media_sha256");
        let number = u64::from_str_radix(&digest[..13], 16).unwrap();
        let get = |path: &str| app.get(&format!("/hma{path}")).by(&people.partner);
        assert_eq!(get("/status").expect(200).await.text(), "I-AM-ALIVE");

        let form = |field: &str, bytes: &[u8]| {
            Form::new().part(&format!("name=\"{field}\"; filename=\"x.png\""), bytes)
        };
        let post = |path: &str, form: Form| app.post(&format!("/hma{path}")).by(&people.partner).form(form);
        let hashed = post("/h/hash", form("photo", b"PHOTO 1")).expect(200).await.json();
        let pdq = clip("1x20").frames()[0].pdq.to_hex();
        assert_eq!(hashed, json!({ "pdq": pdq }));
        let clip_hash = post("/h/hash", form("video", b"SCENES 1x20")).expect(200).await.json();
        assert_eq!(clip_hash, json!({ "sha256": digest }));
        let both = post("/h/hash?types=pdq,sha256", form("photo", b"PHOTO 1")).expect(200).await.json();
        assert_eq!(both.as_object().unwrap().len(), 2);

        let matched = json!({ "MANIPULATED_FACE": [{ "bank_content_id": number, "distance": "0" }] });
        assert_eq!(get(&format!("/m/lookup?signal_type=pdq&signal={pdq}")).expect(200).await.json(), matched);
        let seeded = format!("/m/lookup?signal_type=sha256&signal={digest}&seed=1&bypass_coinflip=true");
        assert_eq!(get(&seeded).expect(200).await.json(), matched);
        let at_once = post("/m/lookup", form("photo", b"PHOTO 1")).expect(200).await.json();
        assert_eq!(at_once, json!({ "pdq": matched }));
        let raw = format!("/m/raw_lookup?signal_type=pdq&signal={pdq}");
        assert_eq!(get(&raw).expect(200).await.json(), json!({ "matches": [number] }));
        let far = get(&format!("{raw}&include_distance=True")).expect(200).await.json();
        assert_eq!(far, json!({ "matches": [{ "bank_content_id": number, "distance": "0" }] }));
        let nothing = clip("7x1").frames()[0].pdq.to_hex();
        assert_eq!(
            get(&format!("/m/lookup?signal_type=pdq&signal={nothing}")).expect(200).await.json(),
            json!({})
        );

        let banks = get("/c/banks").expect(200).await.json();
        assert!(
            banks.as_array().unwrap().contains(&json!({ "name": "SATIRE", "matching_enabled_ratio": 1.0 }))
        );
        assert_eq!(get("/c/bank/MANIPULATED_FACE").expect(200).await.field("/name"), "MANIPULATED_FACE");
        let content = get(&format!("/c/bank/MANIPULATED_FACE/content/{number}")).expect(200).await.json();
        assert_eq!((&content["id"], &content["known"]["sha256"]), (&json!(number), &json!(digest)));
        get(&format!("/c/bank/SATIRE/content/{number}")).refused(404, "not_found").await;
        get("/c/bank/MANIPULATED_FACE/content/1").refused(404, "not_found").await;
        get("/c/bank/NOBODY").refused(404, "not_found").await;
        let types = get("/c/signal_type").expect(200).await.json();
        assert_eq!(types[0], json!({ "name": "pdq", "enabled_ratio": 1.0 }));
        let status = get("/m/index/status?signal_type=pdq").expect(200).await.json();
        assert_eq!((&status["pdq"]["present"], &status["pdq"]["size"]), (&json!(true), &json!(20)));
        assert_eq!(get("/c/content_type").expect(200).await.json()[0]["name"], "photo");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_spoken_is_refused_in_a_way_that_clients_read() {
    on_each_engine(async |app| {
        let people = &app.people;
        let get = |path: &str| app.get(&format!("/hma{path}")).by(&people.partner).english();
        for path in ["/m/lookup?url=http://127.0.0.1/x.png", "/h/hash?url=http://127.0.0.1/x.png"] {
            let refused = get(path).refused(501, "not_implemented").await;
            assert_eq!(refused.field("/message"), "This call is not supported here.");
        }
        app.post("/hma/c/banks")
            .by(&people.partner)
            .json(&json!({"name": "X"}))
            .refused(501, "not_implemented")
            .await;
        for query in
            ["", "?signal_type=pdq", "?signal_type=video_md5&signal=00", "?signal_type=pdq&signal=00"]
        {
            let refused = get(&format!("/m/lookup{query}")).refused(400, "bad_request").await;
            assert!(refused.field("/message").starts_with("The request is malformed."), "{}", refused.text());
        }
        let form =
            |field: &str, bytes: &[u8]| Form::new().part(&format!("name=\"{field}\"; filename=\"x\""), bytes);
        let post = |path: &str, form: Form| app.post(&format!("/hma{path}")).by(&people.partner).form(form);
        post("/h/hash", form("text", b"x")).refused(400, "bad_request").await;
        post("/h/hash", Form::new()).refused(422, "missing_file").await;
        post("/h/hash", form("photo", b"SCENES 1x3")).refused(422, "media_unsupported").await;
        post("/h/hash", form("photo", b"REFUSE")).refused(422, "media_damaged").await;
        post("/h/hash?types=pdq", form("video", b"SCENES 1x3")).refused(400, "bad_request").await;
        post("/h/hash?types=video_md5", form("video", b"x")).refused(400, "bad_request").await;
        let two = form("photo", b"PHOTO 1").part("name=\"photo\"; filename=\"y\"", b"PHOTO 2");
        post("/h/hash", two).refused(400, "bad_request").await;
        app.post("/hma/h/hash")
            .by(&people.auditor)
            .form(form("photo", b"PHOTO 1"))
            .refused(403, "forbidden")
            .await;
        app.get("/hma/status").refused(401, "unauthenticated").await;
        app.get("/hma/ui").by(&people.partner).refused(404, "not_found").await;
        app.call(Method::DELETE, "/hma/c/bank/SATIRE")
            .by(&people.partner)
            .refused(405, "method_not_allowed")
            .await;

        let map = get("/site-map").expect(200).await.json();
        let mut told: Vec<String> =
            map.as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let mut routed: Vec<String> = operations()
            .filter_map(|(path, ..)| path.strip_prefix("/hma"))
            .map(|path| path.replace("{name}", "<bank_name>").replace("{id}", "<content_id>"))
            .collect();
        told.sort();
        routed.sort();
        routed.dedup();
        assert_eq!(told, routed);
    })
    .await;
}
