//! A STIX 2.1 bundle (OASIS Standard, 10 June 2021): who says it, which file, what is said of it.
//!
//! ✅ identity, file, observed-data, note, report, with identifiers that stay the same. ❌ indicators and patterns: a digest is told, not hunted for.

use jiff::Timestamp;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::name_based;
use crate::notice::{NoticeContext, is_withdrawn, notice_link};
use crate::words;

/// Namespace of identifiers of observables: STIX 2.1 §2.9.
const OBSERVABLES: Uuid = Uuid::from_u128(0x00ab_edb4_aa42_466c_9c01_fed2_3315_a9b7);
/// Namespace of our other objects; drawn once at random.
const NAMESPACE: Uuid = Uuid::from_u128(0x8c1f_6b3e_52a9_4d47_8a30_e2b7_94f1_6d05);

/// The notice as a bundle. A notice that no longer holds is `revoked`.
pub fn bundle(notice: &Notice, verdict: &Verdict, context: &NoticeContext) -> Value {
    let language = context.language;
    let text = &notice.text;
    let id = |kind: &str, name: &str| {
        format!("{kind}--{}", name_based(NAMESPACE, &format!("{kind}/{name}/{language}")))
    };
    let identity_id = id("identity", &notice.organisation.to_string());
    let revoked = is_withdrawn(notice.state);
    let published = notice.published_at.unwrap_or(notice.created_at);
    let head = |kind: &str, id: &str, created: Timestamp, modified: Timestamp| {
        let mut object = Map::new();
        object.insert("type".into(), kind.into());
        object.insert("spec_version".into(), "2.1".into());
        object.insert("id".into(), id.into());
        object.insert("created_by_ref".into(), identity_id.as_str().into());
        object.insert("created".into(), stamp(created).into());
        object.insert("modified".into(), stamp(modified.max(created)).into());
        object.insert("lang".into(), language.code().into());
        object
    };
    let founded = founded(notice);
    let mut identity = head("identity", &identity_id, founded, founded);
    identity.remove("created_by_ref");
    identity.insert("name".into(), context.organisation.as_str().into());
    identity.insert("identity_class".into(), "organization".into());
    let mut objects = vec![Value::Object(identity)];
    let mut about = Vec::new();
    if let Some(media) = context.media {
        // STIX 2.1 §2.9: the canonical JSON (RFC 8785) of the properties that contribute.
        let name = format!("{{\"hashes\":{{\"SHA-256\":\"{}\"}}}}", media.sha256);
        let file_id = format!("file--{}", name_based(OBSERVABLES, &name));
        objects.push(json!({
            "type": "file",
            "spec_version": "2.1",
            "id": file_id,
            "hashes": { "SHA-256": media.sha256.to_string() },
        }));
        let observed_id = id("observed-data", &notice.case.to_string());
        let seen = verdict.proposed_at;
        let mut observed = head("observed-data", &observed_id, seen, seen);
        observed.insert("first_observed".into(), stamp(seen).into());
        observed.insert("last_observed".into(), stamp(seen).into());
        observed.insert("number_observed".into(), 1.into());
        observed.insert("object_refs".into(), json!([file_id]));
        objects.push(Value::Object(observed));
        about = vec![file_id, observed_id];
    }
    let page = json!([{ "source_name": "Podlinnik", "url": notice_link(notice, &context.public_url), "external_id": notice.id }]);
    let note_id = id("note", &notice.id.to_string());
    let mut note = head("note", &note_id, published, notice.updated_at);
    note.insert("abstract".into(), verdict.proposal.kind.text().in_language(language).into());
    note.insert("content".into(), content(notice, context).into());
    note.insert("labels".into(), labels(notice, verdict));
    note.insert("external_references".into(), page.clone());
    let subjects = if about.is_empty() { vec![identity_id.clone()] } else { about.clone() };
    note.insert("object_refs".into(), subjects.into());
    let report_id = id("report", &notice.id.to_string());
    let mut report = head("report", &report_id, published, notice.updated_at);
    report.insert("name".into(), words::title(text, language).text.into());
    report.insert("description".into(), words::body(text, language).text.into());
    // An open vocabulary (§10.24): none of its terms fits a refutation, so it is ours.
    report.insert("report_types".into(), json!(["refutation"]));
    report.insert("published".into(), stamp(published).into());
    report.insert("labels".into(), labels(notice, verdict));
    report.insert("external_references".into(), page);
    about.insert(0, note_id);
    report.insert("object_refs".into(), about.into());
    for mut object in [note, report] {
        if revoked {
            object.insert("revoked".into(), true.into());
        }
        objects.push(Value::Object(object));
    }
    let version = format!("{}/{}/{}", notice.id, notice.version, notice.state);
    json!({ "type": "bundle", "id": id("bundle", &version), "objects": objects })
}

fn labels(notice: &Notice, verdict: &Verdict) -> Value {
    let mut labels = vec![format!("verdict:{}", verdict.proposal.kind), format!("state:{}", notice.state)];
    labels.extend(notice.text.rating.map(|rating| format!("rating:{rating}")));
    labels.extend(notice.region.as_ref().map(|region| format!("region:{region}")));
    labels.into()
}

/// Claim, rating, truth and corrections, one paragraph each.
fn content(notice: &Notice, context: &NoticeContext) -> String {
    let (text, language) = (&notice.text, context.language);
    let pick = |ru: &'static str, en: &'static str| crate::wording::pick(language, ru, en);
    let mut parts = Vec::new();
    if let Some(claim) = words::claim(text, language) {
        parts.push(format!("{}: {}", pick("Утверждение", "Claim"), claim.text));
    }
    if let Some(rating) = text.rating {
        let words = rating.text().in_language(language);
        parts.push(format!("{}: {words}", pick("Оценка утверждения", "Rating of the claim")));
    }
    parts.push(format!(
        "{}: {}",
        pick("Как на самом деле", "What is true"),
        words::truth(text, language).text
    ));
    for (_, settled) in words::settled(notice, &context.corrections) {
        let kind = settled.kind.text().in_language(language);
        let date = settled.settled_at.strftime("%Y-%m-%d").to_string();
        parts.push(format!("{date}, {kind}: {}", words::statement(settled, language).text));
    }
    parts.join("\n\n")
}

/// When the organisation's record was made, which its identifier (UUID version 7) tells: an identity must not change with each notice.
fn founded(notice: &Notice) -> Timestamp {
    let since = notice.organisation.as_uuid().get_timestamp().map(|stamp| stamp.to_unix());
    since
        .and_then(|(seconds, nanoseconds)| {
            Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
        })
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// RFC 3339 in UTC with milliseconds (§3.2 asks for a precision that stays the same).
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
