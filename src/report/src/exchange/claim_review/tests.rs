use podlinnik_domain::language::Language;
use podlinnik_domain::notice::CorrectionKind;

use super::*;
use crate::exchange::{misp, oembed, stix};
use crate::sample;

fn types(document: &Value) -> Vec<&str> {
    let nodes = document["@graph"].as_array().unwrap().iter();
    nodes.map(|node| node["@type"].as_str().unwrap()).collect()
}

#[test]
fn golden_documents() {
    let (notice, verdict) = sample::translated();
    let mut context = sample::context(Language::Russian);
    context.corrections = vec![sample::correction(CorrectionKind::Correction)];
    insta::assert_json_snapshot!("json_ld", document(&notice, &verdict, &context));
    insta::assert_json_snapshot!("misp", misp::event(&notice, &verdict, &context));
    insta::assert_json_snapshot!("stix", stix::bundle(&notice, &verdict, &context));
    insta::assert_json_snapshot!("oembed", oembed::answer(&notice, &verdict, &context, Some(320), None));
}

#[test]
fn every_verdict_has_its_category_or_none() {
    let (notice, mut verdict) = sample::notice();
    let context = sample::context(Language::Russian);
    let table = include_str!("../README.md");
    for kind in VerdictKind::ALL {
        verdict.proposal.kind = *kind;
        let document = document(&notice, &verdict, &context);
        let silent =
            [VerdictKind::NoManipulationFound, VerdictKind::Inconclusive, VerdictKind::NotAssessable]
                .contains(kind);
        let expected: &[&str] =
            if silent { &["WebPage", "ClaimReview"] } else { &["WebPage", "ClaimReview", "MediaReview"] };
        assert_eq!(types(&document), expected, "{kind}");
        let category = authenticity(*kind).unwrap_or("none");
        assert!(
            table.contains(&format!("| `{kind}` | {category} |")),
            "{kind} is not in the README as {category}"
        );
        assert_eq!(document["@graph"][1].get("associatedMediaReview").is_none(), silent, "{kind}");
    }
    for rating in podlinnik_domain::notice::ClaimRating::ALL {
        let number = value(*rating).map_or_else(|| "none".to_owned(), |number| number.to_string());
        assert!(
            table.contains(&format!("| `{rating}` | {number} |")),
            "{rating} is not in the README as {number}"
        );
    }
}

#[test]
fn reviews_point_at_each_other_and_every_reference_leads_somewhere() {
    fn walk<'a>(value: &'a Value, nodes: &mut Vec<&'a str>, references: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                if let Some(id) = fields.get("@id").and_then(Value::as_str) {
                    if fields.len() == 1 { references.push(id) } else { nodes.push(id) }
                }
                fields.values().for_each(|value| walk(value, nodes, references));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, nodes, references)),
            _ => {}
        }
    }
    let (notice, verdict) = sample::notice();
    let document = document(&notice, &verdict, &sample::context(Language::English));
    let (mut nodes, mut references) = (Vec::new(), Vec::new());
    walk(&document, &mut nodes, &mut references);
    assert_eq!(references.len(), 4, "{references:?}");
    assert!(references.iter().all(|reference| nodes.contains(reference)), "{references:?} in {nodes:?}");
}

#[test]
fn no_review_of_what_nobody_could_tell_or_what_no_longer_holds() {
    let (mut notice, verdict) = sample::notice();
    let context = sample::context(Language::Russian);
    notice.text.rating = Some(ClaimRating::Unproven);
    assert_eq!(types(&document(&notice, &verdict, &context)), ["WebPage", "MediaReview"]);
    notice.text.rating = None;
    assert_eq!(types(&document(&notice, &verdict, &context)), ["WebPage", "MediaReview"]);
    for state in [NoticeState::Retracted, NoticeState::Superseded] {
        notice.state = state;
        let document = document(&notice, &verdict, &context);
        assert_eq!(types(&document), ["WebPage"]);
        assert_eq!(document["@graph"][0]["creativeWorkStatus"], status(state));
        let bundle = stix::bundle(&notice, &verdict, &context);
        let revoked =
            bundle["objects"].as_array().unwrap().iter().filter(|one| one["revoked"] == true).count();
        assert_eq!(revoked, 2, "note and report");
        let event = misp::event(&notice, &verdict, &context);
        let hunted = |attribute: &Value| attribute["to_ids"] == true;
        assert!(!event["Event"]["Attribute"].as_array().unwrap().iter().any(hunted));
    }
}

#[test]
fn stix_identifiers_stay_and_versions_grow() {
    let (mut notice, verdict) = sample::notice();
    let context = sample::context(Language::Russian);
    let ids = |bundle: &Value| -> Vec<String> {
        let objects = bundle["objects"].as_array().unwrap().iter();
        objects.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    let first = stix::bundle(&notice, &verdict, &context);
    notice.updated_at = "2027-01-01T00:00:00.5Z".parse().unwrap();
    let second = stix::bundle(&notice, &verdict, &context);
    assert_eq!(ids(&first), ids(&second));
    let report = second["objects"].as_array().unwrap().last().unwrap();
    assert_eq!(report["modified"], "2027-01-01T00:00:00.500Z");
}

#[test]
fn the_address_of_a_notice_is_recognised_and_no_other() {
    let (notice, _) = sample::notice();
    let base = "https://desk.example";
    let page = format!("{base}/notices/{}", notice.id);
    assert_eq!(oembed::notice_of(&page, base), Some(notice.id));
    assert_eq!(oembed::notice_of(&format!("{page}?lang=en#x"), base), Some(notice.id));
    for foreign in
        ["https://desk.example.evil/notices/x", "https://desk.example/notices/", "", &format!("{page}/x")]
    {
        assert_eq!(oembed::notice_of(foreign, base), None, "{foreign}");
    }
}

#[test]
fn script_stays_text_in_every_format() {
    let (notice, verdict) = sample::hostile();
    for language in [Language::Russian, Language::English] {
        let context = sample::context(language);
        let data = for_page(&document(&notice, &verdict, &context));
        assert!(!data.contains(['<', '>', '&', '\u{2028}']), "{data}");
        let read: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(read, document(&notice, &verdict, &context), "and means the same");
        let card = oembed::answer(&notice, &verdict, &context, None, None);
        let html = card["html"].as_str().unwrap();
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }
}
