//! A MISP event (MISP core format, draft-dulaunoy-misp-core-format).
//!
//! ✅ event, attributes, tags with the `tlp` taxonomy. ❌ galaxies: none is set, because none of their clusters follows from a verdict.

use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::{Verdict, VerdictKind};
use serde_json::{Value, json};
use uuid::Uuid;

use super::name_based;
use crate::notice::{NoticeContext, is_withdrawn, notice_link};
use crate::words;

/// Namespace of our attributes' identifiers; drawn once at random.
const NAMESPACE: Uuid = Uuid::from_u128(0x5d0c_1a52_1f6e_4b0b_9d3c_7a41_0d5e_8f26);

/// The notice as an event. Its identifier is the notice's own, so that a correction updates it.
pub fn event(notice: &Notice, verdict: &Verdict, context: &NoticeContext) -> Value {
    let language = context.language;
    let text = &notice.text;
    let (kind, withdrawn) = (verdict.proposal.kind, is_withdrawn(notice.state));
    let published = notice.published_at.unwrap_or(notice.created_at);
    let changed = notice.updated_at.as_second().to_string();
    let attribute = |role: &str, kind: &str, category: &str, value: &str, comment: &str, to_ids: bool| {
        json!({
            "uuid": name_based(NAMESPACE, &format!("{}/{role}", notice.id)),
            "type": kind,
            "category": category,
            "value": value,
            "comment": comment,
            "to_ids": to_ids,
            "timestamp": changed,
        })
    };
    let mut attributes = vec![attribute(
        "page",
        "link",
        "External analysis",
        &notice_link(notice, &context.public_url),
        "notice",
        false,
    )];
    if let Some(media) = context.media {
        let digest = media.sha256.to_string();
        let harmful = is_harmful(kind) && !withdrawn;
        attributes.push(attribute("media", "sha256", "External analysis", &digest, kind.code(), harmful));
    }
    attributes.push(attribute(
        "verdict",
        "text",
        "Other",
        kind.text().in_language(language),
        "verdict on the media",
        false,
    ));
    if let Some(claim) = words::claim(text, language) {
        attributes.push(attribute("claim", "text", "Other", claim.text, "claim", false));
    }
    if let Some(rating) = text.rating {
        let words = rating.text().in_language(language);
        attributes.push(attribute("rating", "text", "Other", words, "rating of the claim", false));
    }
    attributes.push(attribute(
        "truth",
        "text",
        "Other",
        words::truth(text, language).text,
        "what is true",
        false,
    ));
    for (index, source) in text.sources.iter().enumerate() {
        if let Some(url) = &source.url {
            attributes.push(attribute(
                &format!("source/{index}"),
                "link",
                "External analysis",
                url,
                &source.title,
                false,
            ));
        }
    }
    for (correction, settled) in words::settled(notice, &context.corrections) {
        let statement = words::statement(settled, language).text;
        let role = format!("correction/{}", correction.id);
        attributes.push(attribute(&role, "comment", "Other", statement, settled.kind.code(), false));
    }
    let mut tags = vec![
        json!({ "name": "tlp:clear" }),
        json!({ "name": format!("podlinnik:verdict=\"{kind}\"") }),
        json!({ "name": format!("podlinnik:state=\"{}\"", notice.state) }),
    ];
    if let Some(rating) = text.rating {
        tags.push(json!({ "name": format!("podlinnik:rating=\"{rating}\"") }));
    }
    json!({ "Event": {
        "uuid": notice.id,
        "info": words::title(text, language).text,
        "date": published.strftime("%Y-%m-%d").to_string(),
        "timestamp": changed,
        "publish_timestamp": published.as_second().to_string(),
        "published": true,
        // 4: undefined; 2: completed, 1: ongoing; 3: all communities.
        "threat_level_id": "4",
        "analysis": if notice.state == podlinnik_domain::notice::NoticeState::CorrectionOpen { "1" } else { "2" },
        "distribution": "3",
        "Orgc": { "uuid": notice.organisation, "name": context.organisation },
        "Attribute": attributes,
        "Tag": tags,
    } })
}

/// Whether somebody who meets the file should be warned: not of genuine media, and not where nobody knows.
const fn is_harmful(kind: VerdictKind) -> bool {
    match kind {
        VerdictKind::ManipulatedFace
        | VerdictKind::ManipulatedLipsync
        | VerdictKind::SyntheticVoice
        | VerdictKind::FullySynthetic
        | VerdictKind::EditedMisleading
        | VerdictKind::Staged => true,
        VerdictKind::OutOfContext
        | VerdictKind::Satire
        | VerdictKind::NoManipulationFound
        | VerdictKind::AuthenticConfirmed
        | VerdictKind::Inconclusive
        | VerdictKind::NotAssessable => false,
    }
}
