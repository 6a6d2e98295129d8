//! What readers, sites and machines get of a notice: exchange formats, feeds, oEmbed; texts, card and differences for the desk.

use serde_json::Value;

use crate::api_corrections::{doubted, draft, settle};
use crate::api_publication::{published, words};
use crate::support::app::{TestApp, on_each_engine};

/// The public page of a notice.
async fn page_of(app: &TestApp, notice: &str) -> String {
    format!("/notices/{}", app.get(notice).by(&app.people.editor).expect(200).await.field("/id"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_speaks_to_machines_and_takes_its_reviews_back_when_retracted() {
    on_each_engine(async |app| {
        let notice = published(app, b"outward-1").await;
        let page = page_of(app, &notice).await;

        let json_ld = app.get(&format!("{page}.jsonld")).expect(200).await;
        assert_eq!(json_ld.header("content-type"), "application/ld+json");
        assert_eq!(json_ld.field("/@graph/1/@type"), "ClaimReview");
        assert_eq!(json_ld.field("/@graph/2/@type"), "MediaReview");
        assert_eq!(json_ld.json()["@graph"][1]["reviewRating"]["ratingValue"], 1);
        let asked = app.get(&page).header("accept", "application/ld+json").expect(200).await;
        assert_eq!(asked.json(), json_ld.json(), "by ending or by Accept");
        let html = app.get(&page).expect(200).await.text();
        let embedded = html.split_once("<script type=\"application/ld+json\">").unwrap().1;
        let embedded: Value = serde_json::from_str(embedded.split_once("</script>").unwrap().0).unwrap();
        assert_eq!(embedded, json_ld.json(), "the page carries the same");

        let misp = app.get(&format!("{page}.misp.json")).expect(200).await;
        assert_eq!(misp.field("/Event/uuid"), page.trim_start_matches("/notices/"));
        let stix = app.get(&format!("{page}.stix.json")).expect(200).await;
        assert_eq!(stix.header("content-type"), "application/stix+json;version=2.1");
        assert_eq!(stix.field("/objects/1/type"), "file");
        app.get(&format!("{page}.exe")).refused(404, "not_found").await;

        let retraction = serde_json::json!({"kind": "retraction", "statement": "Ошиблись роликом."});
        let correction = doubted(app, &notice).await;
        assert_eq!(draft(app, &app.people.editor, &correction, &retraction).await.status, 200);
        assert_eq!(settle(app, &app.people.approver, &correction).await.status, 200);
        let after = app.get(&format!("{page}.jsonld")).expect(200).await;
        assert_eq!(after.json()["@graph"].as_array().unwrap().len(), 1, "no review of what no longer holds");
        assert_eq!(after.field("/@graph/0/correction/0/text"), "Ошиблись роликом.");
        let html = app.get(&page).expect(200).await.text();
        assert!(html.contains("<title>ОТОЗВАНО: ") && html.contains("Ошиблись роликом."), "{html}");

        for (address, kind) in [
            ("/feeds/corrections.atom?lang=ru", "application/atom+xml; charset=utf-8"),
            ("/feeds/corrections.json?lang=ru&region=RU-TAM", "application/feed+json; charset=utf-8"),
            ("/feeds/notices.json?lang=ru", "application/feed+json; charset=utf-8"),
        ] {
            let feed = app.get(address).expect(200).await;
            assert_eq!(feed.header("content-type"), kind);
            assert!(feed.text().contains(&page), "{address}: {}", feed.text());
            app.get(address).header("if-none-match", feed.etag()).expect(304).await;
        }
        let elsewhere = app.get("/feeds/corrections.json?region=RU-TVE").expect(200).await;
        assert_eq!(elsewhere.json()["items"], serde_json::json!([]));
        app.get("/feeds/corrections.atom?region=x").refused(422, "validation_failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_site_embeds_a_notice_and_only_a_public_one() {
    on_each_engine(async |app| {
        let notice = published(app, b"outward-2").await;
        let page = page_of(app, &notice).await;
        let address = format!("{}{page}", app.base());
        let card = app.get(&format!("/oembed?url={address}&maxwidth=300&lang=ru")).expect(200).await;
        assert_eq!((card.field("/type").as_str(), &card.json()["width"]), ("rich", &300.into()));
        assert!(!card.field("/html").contains("<script>"), "{}", card.text());
        for foreign in ["https://elsewhere.example/notices/x", &format!("{}/notices/x", app.base()), ""] {
            app.get(&format!("/oembed?url={foreign}")).refused(404, "not_found").await;
        }
        app.get("/oembed").refused(422, "validation_failed").await;
        app.get(&format!("/oembed?url={address}&format=xml")).refused(422, "validation_failed").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_desk_takes_texts_a_card_and_differences() {
    on_each_engine(async |app| {
        let people = &app.people;
        let notice = published(app, b"outward-3").await;
        let texts = app.get(&format!("{notice}/outlets?lang=ru")).by(&people.editor).expect(200).await;
        assert!(texts.field("/telegram/text").contains("Исходный ролик снят в"), "{}", texts.text());
        assert!(!texts.field("/site").contains("<script>") && texts.field("/vk/text").contains("неправда"));
        assert_eq!(texts.json()["radio"][1]["seconds"], 60);
        app.get(&format!("{notice}/outlets?lang=en"))
            .by(&people.editor)
            .refused(422, "validation_failed")
            .await;
        app.get(&format!("{notice}/outlets")).by(&people.stranger).refused(404, "not_found").await;

        let card = app.get(&format!("{notice}/card.png?size=square")).by(&people.editor).expect(200).await;
        assert_eq!(card.header("content-type"), "image/png");
        assert!(card.body.starts_with(b"\x89PNG"));
        app.get(&format!("{notice}/card.png?size=huge"))
            .by(&people.editor)
            .refused(422, "validation_failed")
            .await;

        let mut text = words();
        text["body"] = "Ролик смонтирован.".into();
        let proposal = serde_json::json!({"kind": "correction", "statement": "Исправлено.", "text": text});
        let correction = doubted(app, &notice).await;
        assert_eq!(draft(app, &people.editor, &correction, &proposal).await.status, 200);
        assert_eq!(settle(app, &people.approver, &correction).await.status, 200);
        let version =
            app.get(&notice).by(&people.editor).expect(200).await.json()["version"].as_u64().unwrap();
        let difference = format!("{notice}/difference?from={}&to={version}", version - 1);
        let found = app.get(&difference).by(&people.auditor).expect(200).await;
        assert_eq!(found.json()["items"].as_array().unwrap().len(), 1, "{}", found.text());
        assert_eq!(found.field("/items/0/field"), "body");
        assert!(found.field("/items/0/html").contains("<ins>"), "{}", found.text());
        app.get(&format!("{notice}/difference?from=1&to=99"))
            .by(&people.editor)
            .refused(404, "not_found")
            .await;
        app.get(&format!("{notice}/difference?from=1"))
            .by(&people.editor)
            .refused(422, "validation_failed")
            .await;
    })
    .await;
}
