//! Published notices and their corrections as feeds: Atom (RFC 4287) and JSON Feed 1.1.
//!
//! - `atom`: the one
//! - `json`: the other

use jiff::Timestamp;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Correction, Notice};
use podlinnik_domain::verdict::Verdict;

use crate::notice::{notice_content, notice_link, notice_title};
use crate::outlets::escape_html;
use crate::wording::{pick, state_of_notice};
use crate::words;

mod atom;
mod json;

pub use atom::atom;
pub use json::json;

/// What the feed says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedHead {
    /// Stable identifier, an absolute IRI; usually the feed's own address.
    pub id: String,
    /// Title.
    pub title: String,
    /// The feed's own address.
    pub self_link: String,
    /// The page that the feed belongs to, if there is one.
    pub page_link: Option<String>,
    /// Who publishes: the organisation's name.
    pub author: String,
    /// Used where there is no entry yet; otherwise the latest entry's time counts.
    pub updated: Timestamp,
    /// Language of the texts.
    pub language: Language,
}

/// A code of an entry with the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// What kind of code it is, an IRI.
    pub scheme: &'static str,
    /// The code.
    pub term: String,
    /// In words.
    pub label: String,
}

/// One notice in the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedEntry {
    /// Stable identifier (`urn:uuid:…`), the same for all versions of a notice.
    pub id: String,
    /// Headline.
    pub title: String,
    /// The page.
    pub link: String,
    /// The text as HTML.
    pub content: String,
    /// Verdict, rating, state, kind of correction, region.
    pub categories: Vec<Category>,
    /// When it was published.
    pub published: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

impl FeedEntry {
    /// A published notice as an entry. `public_url`: where the service is reached, without a trailing slash.
    pub fn new(notice: &Notice, verdict: &Verdict, public_url: &str, language: Language) -> Self {
        let kind = verdict.proposal.kind;
        let mut categories = vec![Category {
            scheme: "urn:podlinnik:verdict",
            term: kind.code().to_owned(),
            label: kind.text().in_language(language).to_owned(),
        }];
        if let Some(rating) = notice.text.rating {
            categories.push(Category {
                scheme: "urn:podlinnik:rating",
                term: rating.code().to_owned(),
                label: rating.text().in_language(language).to_owned(),
            });
        }
        categories.push(Category {
            scheme: "urn:podlinnik:state",
            term: notice.state.code().to_owned(),
            label: state_of_notice(notice.state).in_language(language).to_owned(),
        });
        categories.extend(region(notice));
        Self {
            id: format!("urn:uuid:{}", notice.id),
            title: notice_title(notice, language).to_owned(),
            link: notice_link(notice, public_url),
            content: notice_content(notice, verdict, &[], language),
            categories,
            published: notice.published_at.unwrap_or(notice.created_at),
            updated: notice.updated_at,
        }
    }

    /// A settled correction as an entry; none while it is open.
    pub fn of_correction(
        correction: &Correction,
        notice: &Notice,
        public_url: &str,
        language: Language,
    ) -> Option<Self> {
        let settled = correction.settled.as_ref()?;
        let words_of_kind = settled.kind.text().in_language(language);
        let statement = words::statement(settled, language);
        let link = notice_link(notice, public_url);
        let paragraphs = statement.paragraphs().into_iter();
        let mut content: String = paragraphs
            .map(|paragraph| format!("<p lang=\"{}\">{}</p>", statement.language, escape_html(paragraph)))
            .collect();
        content.push_str(&format!(
            "<p><a href=\"{}\">{}</a></p>",
            escape_html(&link),
            pick(language, "Публикация в нынешнем виде", "The notice as it stands now")
        ));
        let mut categories = vec![Category {
            scheme: "urn:podlinnik:correction",
            term: settled.kind.code().to_owned(),
            label: words_of_kind.to_owned(),
        }];
        categories.extend(region(notice));
        Some(Self {
            id: format!("urn:uuid:{}", correction.id),
            title: format!("{}: {}", capitalised(words_of_kind), notice_title(notice, language)),
            link,
            content,
            categories,
            published: settled.settled_at,
            updated: settled.settled_at,
        })
    }
}

fn region(notice: &Notice) -> Option<Category> {
    let region = notice.region.clone()?;
    Some(Category { scheme: "urn:iso:std:iso:3166:-2", label: region.clone(), term: region })
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests;
