//! The page of a published notice.

use askama::Template;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{ClaimRating, Correction, Notice, NoticeState, Settlement};
use podlinnik_domain::region::Region;
use podlinnik_domain::verdict::{Verdict, VerdictKind};

use crate::ReportError;
use crate::exchange::{MediaFacts, claim_review};
use crate::figures::moment;
use crate::wording::{evidence_kind, pick, state_of_notice};
use crate::words::{self, Words};

/// What the page needs beyond notice and verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeContext {
    /// Name of the publishing organisation in `language`.
    pub organisation: String,
    /// Where the service is reached, without a trailing slash.
    pub public_url: String,
    /// Language of the page.
    pub language: Language,
    /// Address of the Atom feed, for `<link rel="alternate">`.
    pub feed_link: Option<String>,
    /// Corrections of the notice; only settled ones are shown.
    pub corrections: Vec<Correction>,
    /// The region that it concerns, where the list knows it.
    pub region: Option<Region>,
    /// Page of the notice that took this one's place.
    pub successor_link: Option<String>,
    /// Where the bundle of evidence is.
    pub bundle_link: Option<String>,
    /// What is known of the media, for the machine-readable part.
    pub media: Option<MediaFacts>,
}

/// Where a notice's page is.
pub fn notice_link(notice: &Notice, public_url: &str) -> String {
    format!("{public_url}/notices/{}", notice.id)
}

/// Headline in a language; the Russian one where there is no translation.
pub fn notice_title(notice: &Notice, language: Language) -> &str {
    words::title(&notice.text, language).text
}

/// The page as one self-contained HTML document. The only script element is data (`application/ld+json`).
///
/// # Errors
/// [`ReportError::Render`] if the template fails.
pub fn page(notice: &Notice, verdict: &Verdict, context: &NoticeContext) -> Result<String, ReportError> {
    let article = Article {
        notice,
        verdict,
        language: context.language,
        standalone: true,
        corrections: words::settled(notice, &context.corrections),
        successor: context.successor_link.as_deref(),
    };
    let json_ld = claim_review::for_page(&claim_review::document(notice, verdict, context));
    Ok(Page { article, context, json_ld: Some(json_ld) }.render()?)
}

/// The article alone as HTML, for feeds.
pub(crate) fn notice_content(
    notice: &Notice,
    verdict: &Verdict,
    corrections: &[Correction],
    language: Language,
) -> String {
    let corrections = words::settled(notice, corrections);
    // A template without failing filters cannot fail to render into a `String`.
    Article { notice, verdict, language, standalone: false, corrections, successor: None }
        .render()
        .unwrap_or_default()
}

/// What a notice is called: most refute, some confirm.
pub(crate) fn heading(notice: &Notice, verdict: &Verdict, language: Language) -> &'static str {
    if confirms(notice, verdict) {
        pick(language, "Подтверждение", "Confirmation")
    } else {
        pick(language, "Опровержение", "Refutation")
    }
}

fn confirms(notice: &Notice, verdict: &Verdict) -> bool {
    match notice.text.rating {
        Some(rating) => rating == ClaimRating::True,
        None => verdict.proposal.kind == VerdictKind::AuthenticConfirmed,
    }
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Page<'a> {
    article: Article<'a>,
    context: &'a NoticeContext,
    /// Safe inside a script element.
    json_ld: Option<String>,
}

impl Page<'_> {
    fn address(&self) -> String {
        notice_link(self.article.notice, &self.context.public_url)
    }

    fn oembed(&self) -> String {
        format!("{}/oembed?url={}", self.context.public_url, encoded(&self.address()))
    }

    /// The claim and what is true, in one line.
    fn description(&self) -> String {
        let article = &self.article;
        let rating = article.rating().map_or(String::new(), |(_, words)| format!(" — {words}"));
        match article.claim() {
            Some(claim) => format!("{}: {}{rating}", article.heading(), claim.text),
            None => format!("{}: {}", article.heading(), article.title().text),
        }
    }

    fn region(&self) -> Option<&str> {
        let named = self.context.region.as_ref().map(|region| region.name(self.context.language));
        named.or(self.article.notice.region.as_deref())
    }
}

/// An address as the value of a parameter (RFC 3986 §2.1).
pub(crate) fn encoded(address: &str) -> String {
    let mut text = String::with_capacity(address.len() + 16);
    for byte in address.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[derive(Template)]
#[template(path = "notice_article.html")]
struct Article<'a> {
    notice: &'a Notice,
    verdict: &'a Verdict,
    language: Language,
    /// On the page the headline belongs to the article; in a feed the entry has it.
    standalone: bool,
    /// Settled, oldest first.
    corrections: Vec<(&'a Correction, &'a Settlement)>,
    successor: Option<&'a str>,
}

/// A source as shown.
struct ShownSource<'a> {
    title: &'a str,
    link: Option<&'a str>,
    host: &'a str,
}

/// A settled correction as shown.
struct Change<'a> {
    at: String,
    moment: String,
    kind: &'static str,
    versions: Option<String>,
    statement: Words<'a>,
}

impl Article<'_> {
    fn t<'t>(&self, ru: &'t str, en: &'t str) -> &'t str {
        pick(self.language, ru, en)
    }

    fn heading(&self) -> &'static str {
        heading(self.notice, self.verdict, self.language)
    }

    fn title(&self) -> Words<'_> {
        words::title(&self.notice.text, self.language)
    }

    /// The headline, which never breaks inside `из-за`.
    fn headline(&self) -> String {
        self.title().text.replace("из-за", "из\u{2011}за").replace("из-под", "из\u{2011}под")
    }

    /// Whether the English page has to show Russian text because nobody translated it.
    fn untranslated(&self) -> bool {
        !words::is_translated(&self.notice.text, self.language)
    }

    fn claim(&self) -> Option<Words<'_>> {
        words::claim(&self.notice.text, self.language)
    }

    /// Class and words.
    fn rating(&self) -> Option<(&'static str, &'static str)> {
        self.notice.text.rating.map(|rating| (rating.code(), rating.text().in_language(self.language)))
    }

    fn body(&self) -> Words<'_> {
        words::body(&self.notice.text, self.language)
    }

    fn untrue_heading(&self) -> &'static str {
        if confirms(self.notice, self.verdict) {
            self.t("Подробности", "Details")
        } else {
            self.t("Что здесь неверно", "What is untrue")
        }
    }

    fn spread(&self) -> Option<Words<'_>> {
        words::spread(&self.notice.text, self.language)
    }

    fn truth(&self) -> Words<'_> {
        words::truth(&self.notice.text, self.language)
    }

    fn sources(&self) -> Vec<ShownSource<'_>> {
        let sources = self.notice.text.sources.iter();
        sources
            .map(|source| {
                // The domain's check keeps other schemes out; a page never links to one all the same.
                let host = source.url.as_deref().map_or("", host);
                let link = source.url.as_deref().filter(|_| !host.is_empty());
                ShownSource { title: &source.title, link, host }
            })
            .collect()
    }

    fn verdict_words(&self) -> &'static str {
        self.verdict.proposal.kind.text().in_language(self.language)
    }

    fn how_decided(&self) -> &'static str {
        if self.verdict.approved_at.is_none() && self.verdict.release.is_some() {
            self.t(
                "Вердикт вынесли люди в срочном порядке: его предложил аналитик и выпустил второй человек; независимая проверка проводится в течение суток.",
                "People gave this verdict in urgency: an analyst proposed it and a second person released it; an independent check follows within a day.",
            )
        } else {
            self.t(
                "Вердикт вынесли люди: его предложил один аналитик, независимо проверил второй и утвердил третий человек.",
                "People gave this verdict: one analyst proposed it, a second checked it independently, a third person approved it.",
            )
        }
    }

    /// A word before the headline of a notice that no longer holds.
    fn mark(&self) -> Option<&'static str> {
        match self.notice.state {
            NoticeState::Retracted => Some(self.t("ОТОЗВАНО", "RETRACTED")),
            NoticeState::Superseded => Some(self.t("ЗАМЕНЕНО", "SUPERSEDED")),
            _ => None,
        }
    }

    fn state(&self) -> Option<&'static str> {
        match self.notice.state {
            NoticeState::Published => None,
            NoticeState::Retracted => Some(self.t("Отозвано", "Retracted")),
            state => Some(state_of_notice(state).in_language(self.language)),
        }
    }

    /// How the mark looks.
    fn gravity(&self) -> &'static str {
        match self.notice.state {
            NoticeState::Retracted | NoticeState::Superseded => "gone",
            NoticeState::CorrectionOpen | NoticeState::Corrected => "warn",
            _ => "calm",
        }
    }

    fn withdrawn(&self) -> bool {
        is_withdrawn(self.notice.state)
    }

    /// What was told when it last changed, beside the mark.
    fn last_statement(&self) -> Option<Words<'_>> {
        let shown = self.notice.state != NoticeState::CorrectionOpen;
        self.corrections
            .last()
            .filter(|_| shown)
            .map(|(_, settled)| words::statement(settled, self.language))
            .or((self.notice.state == NoticeState::Retracted).then_some(Words {
                text: self.t("Не ссылайтесь на эту публикацию.", "Do not cite this notice."),
                language: self.language,
            }))
    }

    /// Kinds only: what the analysts wrote about each piece is for the case file.
    fn basis(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.verdict.proposal.basis.iter().map(|piece| piece.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().map(|kind| evidence_kind(kind).in_language(self.language)).collect()
    }

    /// Newest first.
    fn changes(&self) -> Vec<Change<'_>> {
        let newest_first = self.corrections.iter().rev();
        newest_first
            .map(|(correction, settled)| {
                let (before, after) = (correction.version_before, settled.version_after);
                let versions = format!("{} {before} → {after}", self.t("версия", "version"));
                Change {
                    at: settled.settled_at.to_string(),
                    moment: moment(settled.settled_at),
                    kind: settled.kind.text().in_language(self.language),
                    versions: (before != after).then_some(versions),
                    statement: words::statement(settled, self.language),
                }
            })
            .collect()
    }

    fn published(&self) -> String {
        moment(self.notice.published_at.unwrap_or(self.notice.created_at))
    }

    fn updated(&self) -> String {
        moment(self.notice.updated_at)
    }
}

/// Whether a notice no longer holds.
pub(crate) const fn is_withdrawn(state: NoticeState) -> bool {
    matches!(state, NoticeState::Retracted | NoticeState::Superseded)
}

/// The host of an address, without `www.`; nothing for other schemes.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests;
