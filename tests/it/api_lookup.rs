//! "Has this been verified?" without the media: by the hash of a frame, and by a signature.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::api_decisions::{approved_verdict, examined_case};
use crate::support::app::on_each_engine;
use crate::support::call::Form;
use crate::support::scenes::clip;

/// The hash with some bits turned over.
fn turned(hash: &str, bits: usize) -> String {
    let digit = |(at, digit): (usize, char)| {
        let value = digit.to_digit(16).unwrap();
        char::from_digit(if at < bits { value ^ 1 } else { value }, 16).unwrap()
    };
    hash.chars().enumerate().map(digit).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_asks_by_the_hash_of_a_frame() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"SCENES 1x20").await;
        examined_case(app, b"SCENES 2x20").await;
        let (judged, open) = (clip("1x20").frames()[7].pdq.to_hex(), clip("2x20").frames()[7].pdq.to_hex());
        let ask = |query: String| app.get(&format!("/api/v1/lookup/pdq?{query}")).by(&people.partner);
        let nothing = ask(format!("hash={judged}")).expect(200).await;
        assert_eq!(nothing.json()["items"], json!([]), "what people are still at stays among them");
        approved_verdict(app, &case).await;

        let found = ask(format!("hash={judged}&quality=100")).expect(200).await.json();
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1));
        let found = &found["items"][0];
        assert_eq!((&found["distance_bits"], &found["at"]), (&json!(0), &json!("0:03.5")));
        assert_eq!(found["item"]["verdict"]["kind"], "manipulated_face");
        assert_eq!(found["words"]["ru"], "почти неотличимые кадры");
        let near = ask(format!("hash={}", turned(&judged, 31))).expect(200).await.json();
        assert_eq!(
            (&near["items"][0]["distance_bits"], &near["items"][0]["closeness"]),
            (&json!(31), &json!("similar"))
        );
        for (bits, distance, count) in
            [(32, "", 0), (32, "&distance=32", 1), (12, "&distance=10", 0), (12, "&distance=12", 1)]
        {
            let found = ask(format!("hash={}{distance}", turned(&judged, bits))).expect(200).await.json();
            assert_eq!(found["items"].as_array().unwrap().len(), count, "{bits} bits{distance}");
        }
        assert_eq!(ask(format!("hash={open}")).expect(200).await.json()["items"], json!([]));

        for (query, field) in [
            ("hash=abc".to_owned(), "hash"),
            (format!("hash={judged}&distance=61"), "distance"),
            (format!("hash={judged}&quality=49"), "quality"),
            (format!("hash={judged}&quality=x"), "query"),
            (String::new(), "query"),
        ] {
            let problem = ask(query).refused(422, "validation_failed").await;
            assert_eq!(problem.field("/errors/0/field"), field);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_asks_by_a_signature_and_the_media_stay_at_home() {
    on_each_engine(async |app| {
        let people = &app.people;
        let case = examined_case(app, b"SCENES 3x20").await;
        approved_verdict(app, &case).await;
        examined_case(app, b"SCENES 4x20").await;
        let genuine = app.submit(&people.analyst, Form::file(b"SCENES 5x40")).expect(202).await;
        app.analysed(&people.analyst, &genuine).await;
        let vouched =
            json!({ "submission": genuine.field("/id"), "title": "Обращение", "vouched_by": "Пресс-служба" });
        app.post("/api/v1/archive").by(&people.analyst).json(&vouched).expect(201).await;

        let ask = |person, bytes: Vec<u8>| {
            app.post("/api/v1/lookup/signature").by(person).body("application/octet-stream", bytes)
        };
        let copy = clip("3x20 @6").to_bytes();
        let found = ask(&people.partner, copy.clone()).expect(200).await.json();
        assert_eq!((&found["blank"], &found["duration_s"]), (&json!(false), &json!(9.5)));
        assert_eq!(found["known_copies"].as_array().map(Vec::len), Some(1));
        let known = &found["known_copies"][0];
        let told = (&known["standing"], &known["verdict"]["kind"]);
        assert_eq!(
            told,
            (&json!("suggested"), &json!("manipulated_face")),
            "hashes do not see faces: {known:#}"
        );
        assert_eq!(known["compared"], "not_compared");
        assert_eq!(known["spans"][0]["there"], "0:00.0–0:09.5");
        assert!(known["copy_match"].is_null() && known["item"]["case"].is_null());
        assert!(found.get("originals").is_none(), "a partner does not see the archive");
        let wrapped = json!({ "signature": STANDARD.encode(&copy) });
        let same =
            app.post("/api/v1/lookup/signature").by(&people.partner).json(&wrapped).expect(200).await.json();
        assert_eq!(
            same["known_copies"],
            found["known_copies"]
                .as_array()
                .map(|all| {
                    let mut all = all.clone();
                    all[0]["verdict"]["valid_as_of"] =
                        same["known_copies"][0]["verdict"]["valid_as_of"].clone();
                    json!(all)
                })
                .unwrap()
        );

        let found = ask(&people.analyst, clip("9x4 5x12").to_bytes()).expect(200).await.json();
        assert_eq!(found["known_copies"], json!([]), "the submission that became an original is not judged");
        let original = &found["originals"][0];
        assert_eq!(
            (&original["original"]["title"], &original["standing"]),
            (&json!("Обращение"), &json!("confirmed"))
        );
        assert_eq!(
            (&original["spans"][0]["here"], &original["spans"][0]["there"]),
            (&json!("0:02.0–0:07.5"), &json!("0:00.0–0:05.5"))
        );
        let nothing = ask(&people.partner, clip("4x20").to_bytes()).expect(200).await.json();
        assert_eq!(nothing["known_copies"], json!([]), "nobody has decided on that");
        let blank = ask(&people.partner, clip("").to_bytes()).expect(200).await.json();
        assert_eq!(blank["blank"], true);

        ask(&people.partner, b"PDLS nonsense".to_vec()).refused(422, "validation_failed").await;
        ask(&people.partner, vec![0; (16 << 20) + 1]).refused(413, "body_too_large").await;
        for wrong in [json!({"signature": "!"}), json!({"signature": ""}), json!({})] {
            let call = app.post("/api/v1/lookup/signature").by(&people.partner).json(&wrong);
            call.refused(422, "validation_failed").await;
        }
        let call = app.post("/api/v1/lookup/signature").by(&people.partner).body("text/plain", copy);
        call.refused(415, "unsupported_media_type").await;
    })
    .await;
}
