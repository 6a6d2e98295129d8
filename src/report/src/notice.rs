//! The page of a published notice.

use askama::Template;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::verdict::Verdict;

use crate::ReportError;
use crate::figures::moment;
use crate::wording::{evidence_kind, pick, state_of_notice};

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
}

/// Where a notice's page is.
pub fn notice_link(notice: &Notice, public_url: &str) -> String {
    format!("{public_url}/notices/{}", notice.id)
}

/// Headline in a language; the Russian one where there is no translation.
pub fn notice_title(notice: &Notice, language: Language) -> &str {
    match (language, &notice.text.title_en) {
        (Language::English, Some(title)) => title,
        _ => &notice.text.title,
    }
}

/// The page as one self-contained HTML document.
///
/// # Errors
/// [`ReportError::Render`] if the template fails.
pub fn page(notice: &Notice, verdict: &Verdict, context: &NoticeContext) -> Result<String, ReportError> {
    Ok(Page { article: Article { notice, verdict, language: context.language, standalone: true }, context }
        .render()?)
}

/// The article alone as HTML, for feeds.
pub(crate) fn notice_content(notice: &Notice, verdict: &Verdict, language: Language) -> String {
    // A template without failing filters cannot fail to render into a `String`.
    Article { notice, verdict, language, standalone: false }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Page<'a> {
    article: Article<'a>,
    context: &'a NoticeContext,
}

impl Page<'_> {
    fn address(&self) -> String {
        notice_link(self.article.notice, &self.context.public_url)
    }
}

#[derive(Template)]
#[template(path = "notice_article.html")]
struct Article<'a> {
    notice: &'a Notice,
    verdict: &'a Verdict,
    language: Language,
    /// On the page the headline belongs to the article; in a feed the entry has it.
    standalone: bool,
}

impl Article<'_> {
    fn t<'t>(&self, ru: &'t str, en: &'t str) -> &'t str {
        pick(self.language, ru, en)
    }

    fn title(&self) -> &str {
        notice_title(self.notice, self.language)
    }

    /// Whether the English page has to show Russian text because nobody translated it.
    fn untranslated(&self) -> bool {
        self.language == Language::English && self.notice.text.body_en.is_none()
    }

    /// The language that the article's own words are written in.
    fn text_language(&self) -> &'static str {
        if self.untranslated() { Language::Russian.code() } else { self.language.code() }
    }

    fn body(&self) -> Vec<&str> {
        match (self.language, &self.notice.text.body_en) {
            (Language::English, Some(body)) => paragraphs(body),
            _ => paragraphs(&self.notice.text.body),
        }
    }

    fn truth(&self) -> Vec<&str> {
        paragraphs(&self.notice.text.truth)
    }

    fn verdict_words(&self) -> &'static str {
        self.verdict.proposal.kind.text().in_language(self.language)
    }

    fn state(&self) -> Option<&'static str> {
        (self.notice.state != NoticeState::Published)
            .then(|| state_of_notice(self.notice.state).in_language(self.language))
    }

    fn withdrawn(&self) -> bool {
        matches!(self.notice.state, NoticeState::Retracted | NoticeState::Superseded)
    }

    /// Kinds only: what the analysts wrote about each piece is for the case file.
    fn basis(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.verdict.proposal.basis.iter().map(|piece| piece.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().map(|kind| evidence_kind(kind).in_language(self.language)).collect()
    }

    fn published(&self) -> String {
        moment(self.notice.published_at.unwrap_or(self.notice.created_at))
    }

    fn updated(&self) -> String {
        moment(self.notice.updated_at)
    }
}

fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn shown(notice: &Notice, verdict: &Verdict, language: Language) -> String {
        let context = NoticeContext {
            organisation: "Федеральный центр".into(),
            public_url: "https://desk.example".into(),
            language,
            feed_link: Some("https://desk.example/feeds/notices.atom".into()),
        };
        page(notice, verdict, &context).unwrap()
    }

    #[test]
    fn tells_what_is_untrue_what_is_true_and_who_decided() {
        let (notice, verdict) = sample::notice();
        let page = shown(&notice, &verdict, Language::Russian);
        for piece in
            [&notice.text.title, "Никакой эвакуации нет.", "подменено лицо", "найден оригинал", "RU-TAM"]
        {
            assert!(page.contains(piece), "{piece}");
        }
        assert!(!page.contains("internal remark"), "an analyst's remark stays in the case file");
    }

    #[test]
    fn english_page_says_that_nobody_translated_it() {
        let (mut notice, verdict) = sample::notice();
        assert!(shown(&notice, &verdict, Language::English).contains("has not been translated"));
        notice.text.body_en = Some("The governor did not say this.".into());
        notice.text.title_en = Some("No evacuation".into());
        let page = shown(&notice, &verdict, Language::English);
        assert!(page.contains("<h1>No evacuation</h1>") && !page.contains("has not been translated"));
    }

    #[test]
    fn a_retracted_notice_says_so_first_and_markup_stays_text() {
        let (mut notice, verdict) = sample::notice();
        notice.state = NoticeState::Retracted;
        notice.text.body = "<script>alert(1)</script>".into();
        let page = shown(&notice, &verdict, Language::Russian);
        let (state, body) = (page.find("отозвано").unwrap(), page.find("&#60;script").unwrap());
        assert!(state < body && !page.contains("<script"));
    }
}
