//! ClaimReview and MediaReview (schema.org), cross-linked, as JSON-LD.

use podlinnik_domain::media::MediaKind;
use podlinnik_domain::notice::{ClaimRating, Notice, NoticeState};
use podlinnik_domain::verdict::{Verdict, VerdictKind};
use serde_json::{Map, Value, json};

use crate::notice::{NoticeContext, is_withdrawn, notice_link};
use crate::words;

/// The value of schema.org's `MediaManipulationRatingEnumeration` for a verdict. None where people came to no conclusion, and none for
/// `no_manipulation_found`, which is not the same as genuine.
pub const fn authenticity(kind: VerdictKind) -> Option<&'static str> {
    match kind {
        VerdictKind::ManipulatedFace
        | VerdictKind::ManipulatedLipsync
        | VerdictKind::SyntheticVoice
        | VerdictKind::FullySynthetic => Some("TransformedContent"),
        VerdictKind::EditedMisleading => Some("EditedOrCroppedContent"),
        VerdictKind::OutOfContext => Some("DecontextualizedContent"),
        VerdictKind::Staged => Some("StagedContent"),
        VerdictKind::Satire => Some("SatireOrParodyContent"),
        VerdictKind::AuthenticConfirmed => Some("OriginalMediaContent"),
        VerdictKind::NoManipulationFound | VerdictKind::Inconclusive | VerdictKind::NotAssessable => None,
    }
}

/// The rating as a number from 1 (false) to 5 (true); none where a place on that line would say more than the editor did.
pub const fn value(rating: ClaimRating) -> Option<u8> {
    match rating {
        ClaimRating::False => Some(1),
        ClaimRating::Misleading => Some(2),
        ClaimRating::MissingContext => Some(3),
        ClaimRating::True => Some(5),
        ClaimRating::Satire | ClaimRating::Unproven => None,
    }
}

/// The notice as a graph: the page with its corrections, the ClaimReview and the MediaReview. A notice that no longer holds has no reviews; an
/// unproven claim has no ClaimReview.
pub fn document(notice: &Notice, verdict: &Verdict, context: &NoticeContext) -> Value {
    let graph = Graph { notice, verdict, context, link: notice_link(notice, &context.public_url) };
    let mut nodes = vec![graph.page()];
    if !is_withdrawn(notice.state) {
        nodes.extend(graph.claim_review());
        nodes.extend(graph.media_review());
    }
    json!({ "@context": "https://schema.org", "@graph": nodes })
}

/// The document as it may stand inside a `script` element: no `<`, `>` or `&`, and no line separators.
pub fn for_page(document: &Value) -> String {
    let mut safe = String::new();
    for letter in document.to_string().chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

struct Graph<'a> {
    notice: &'a Notice,
    verdict: &'a Verdict,
    context: &'a NoticeContext,
    link: String,
}

impl Graph<'_> {
    fn id(&self, part: &str) -> String {
        format!("{}#{part}", self.link)
    }

    fn has_claim_review(&self) -> bool {
        self.notice.text.claim.is_some()
            && self.notice.text.rating.is_some_and(|rating| rating != ClaimRating::Unproven)
    }

    fn organisation(&self) -> Value {
        json!({ "@type": "Organization", "name": self.context.organisation, "url": format!("{}/", self.context.public_url) })
    }

    fn page(&self) -> Value {
        let language = self.context.language;
        let title = words::title(&self.notice.text, language);
        let mut page = self.node("WebPage", self.link.clone());
        page.insert("name".into(), title.text.into());
        page.insert("creativeWorkStatus".into(), status(self.notice.state).into());
        page.insert("version".into(), self.notice.version.into());
        let corrections: Vec<_> = words::settled(self.notice, &self.context.corrections)
            .into_iter()
            .map(|(_, settled)| {
                let statement = words::statement(settled, language);
                json!({
                    "@type": "CorrectionComment",
                    "name": settled.kind.text().in_language(language),
                    "text": statement.text,
                    "inLanguage": statement.language.code(),
                    "datePublished": settled.settled_at.to_string(),
                })
            })
            .collect();
        if !corrections.is_empty() {
            page.insert("correction".into(), corrections.into());
        }
        if let Some(region) = &self.context.region {
            let place = json!({ "@type": "AdministrativeArea", "name": region.name(language), "identifier": region.code });
            page.insert("contentLocation".into(), place);
        }
        if let Some(successor) = &self.context.successor_link {
            page.insert("relatedLink".into(), successor.as_str().into());
        }
        Value::Object(page)
    }

    fn claim_review(&self) -> Option<Value> {
        let language = self.context.language;
        let text = &self.notice.text;
        let (claim, rating) =
            (words::claim(text, language)?, text.rating.filter(|_| self.has_claim_review())?);
        let mut stars = Map::new();
        stars.insert("@type".into(), "Rating".into());
        if let Some(value) = value(rating) {
            stars.insert("ratingValue".into(), value.into());
            stars.insert("bestRating".into(), 5.into());
            stars.insert("worstRating".into(), 1.into());
        }
        stars.insert("alternateName".into(), rating.text().in_language(language).into());
        let mut claimed = Map::new();
        claimed.insert("@type".into(), "Claim".into());
        claimed.insert("@id".into(), self.id("claim").into());
        claimed.insert("name".into(), claim.text.into());
        if self.context.media.is_some() {
            claimed.insert("appearance".into(), json!({ "@id": self.id("media") }));
        }
        let mut review = self.node("ClaimReview", self.id("claim-review"));
        review.insert("claimReviewed".into(), claim.text.into());
        review.insert("itemReviewed".into(), claimed.into());
        review.insert("reviewRating".into(), stars.into());
        review.insert("reviewBody".into(), words::truth(text, language).text.into());
        if authenticity(self.verdict.proposal.kind).is_some() && self.context.media.is_some() {
            review.insert("associatedMediaReview".into(), json!({ "@id": self.id("media-review") }));
        }
        Some(Value::Object(review))
    }

    fn media_review(&self) -> Option<Value> {
        let kind = self.verdict.proposal.kind;
        let (category, media) = (authenticity(kind)?, self.context.media?);
        let class = match media.kind {
            Some(MediaKind::Image | MediaKind::Animation) => "ImageObject",
            Some(MediaKind::Video) => "VideoObject",
            Some(MediaKind::Audio) => "AudioObject",
            None => "MediaObject",
        };
        let mut object = Map::new();
        object.insert("@type".into(), class.into());
        object.insert("@id".into(), self.id("media").into());
        object.insert("sha256".into(), media.sha256.to_string().into());
        if self.has_claim_review() {
            object.insert("interpretedAsClaim".into(), json!({ "@id": self.id("claim") }));
        }
        let mut review = self.node("MediaReview", self.id("media-review"));
        review.insert("mediaAuthenticityCategory".into(), format!("https://schema.org/{category}").into());
        review.insert("name".into(), kind.text().in_language(self.context.language).into());
        let item = json!({ "@type": "MediaReviewItem", "mediaItemAppearance": [object] });
        review.insert("itemReviewed".into(), item);
        if self.has_claim_review() {
            review.insert("associatedClaimReview".into(), json!({ "@id": self.id("claim-review") }));
        }
        Some(Value::Object(review))
    }

    /// What every node says.
    fn node(&self, class: &str, id: String) -> Map<String, Value> {
        let published = self.notice.published_at.unwrap_or(self.notice.created_at);
        let mut node = Map::new();
        node.insert("@type".into(), class.into());
        node.insert("@id".into(), id.into());
        node.insert("url".into(), self.link.as_str().into());
        node.insert("inLanguage".into(), self.context.language.code().into());
        node.insert("datePublished".into(), published.to_string().into());
        node.insert("dateModified".into(), self.notice.updated_at.to_string().into());
        node.insert("author".into(), self.organisation());
        node
    }
}

const fn status(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Draft | NoticeState::InReview | NoticeState::Approved => "Draft",
        NoticeState::Published => "Published",
        NoticeState::CorrectionOpen => "Under review",
        NoticeState::Corrected => "Corrected",
        NoticeState::Clarified => "Clarified",
        NoticeState::Upheld => "Upheld",
        NoticeState::Retracted => "Retracted",
        NoticeState::Superseded => "Superseded",
    }
}

#[cfg(test)]
mod tests;
