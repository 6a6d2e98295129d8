//! Published notices as an Atom feed (RFC 4287).

use std::io::Write;

use jiff::Timestamp;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::ReportError;
use crate::notice::{notice_content, notice_link, notice_title};

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
    /// Code and words of the verdict.
    pub verdict: (String, String),
    /// Region, ISO 3166-2.
    pub region: Option<String>,
    /// When it was published.
    pub published: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
}

impl FeedEntry {
    /// A published notice as an entry. `public_url`: where the service is reached, without a trailing slash.
    pub fn new(notice: &Notice, verdict: &Verdict, public_url: &str, language: Language) -> Self {
        let kind = verdict.proposal.kind;
        Self {
            id: format!("urn:uuid:{}", notice.id),
            title: notice_title(notice, language).to_owned(),
            link: notice_link(notice, public_url),
            content: notice_content(notice, verdict, language),
            verdict: (kind.code().to_owned(), kind.text().in_language(language).to_owned()),
            region: notice.region.clone(),
            published: notice.published_at.unwrap_or(notice.created_at),
            updated: notice.updated_at,
        }
    }
}

/// Writes the feed. Characters that XML 1.0 does not allow are left out.
///
/// # Errors
/// [`ReportError::Feed`]; writing into memory does not fail in practice.
pub fn atom(head: &FeedHead, entries: &[FeedEntry]) -> Result<String, ReportError> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let updated = entries.iter().map(|entry| entry.updated).max().unwrap_or(head.updated);
    writer
        .create_element("feed")
        .with_attribute(("xmlns", "http://www.w3.org/2005/Atom"))
        .with_attribute(("xml:lang", head.language.code()))
        .write_inner_content(|inner| {
            text(inner, "id", &head.id)?;
            text(inner, "title", &head.title)?;
            text(inner, "updated", &updated.to_string())?;
            link(inner, "self", "application/atom+xml", &head.self_link)?;
            if let Some(page) = &head.page_link {
                link(inner, "alternate", "text/html", page)?;
            }
            inner
                .create_element("author")
                .write_inner_content(|author| text(author, "name", &head.author))?;
            inner
                .create_element("generator")
                .with_attribute(("version", env!("CARGO_PKG_VERSION")))
                .write_text_content(BytesText::new("Podlinnik"))?;
            entries.iter().try_for_each(|entry| write_entry(inner, entry))
        })?;
    let mut xml = String::from_utf8_lossy(&writer.into_inner()).into_owned();
    xml.push('\n');
    Ok(xml)
}

fn write_entry<W: Write>(writer: &mut Writer<W>, entry: &FeedEntry) -> std::io::Result<()> {
    writer.create_element("entry").write_inner_content(|inner| {
        text(inner, "id", &entry.id)?;
        text(inner, "title", &entry.title)?;
        text(inner, "published", &entry.published.to_string())?;
        text(inner, "updated", &entry.updated.to_string())?;
        link(inner, "alternate", "text/html", &entry.link)?;
        category(inner, "urn:podlinnik:verdict", &entry.verdict.0, &entry.verdict.1)?;
        if let Some(region) = &entry.region {
            category(inner, "urn:iso:std:iso:3166:-2", region, region)?;
        }
        inner
            .create_element("content")
            .with_attribute(("type", "html"))
            .write_text_content(BytesText::new(&allowed(&entry.content)))?;
        Ok(())
    })?;
    Ok(())
}

fn text<W: Write>(writer: &mut Writer<W>, name: &str, content: &str) -> std::io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::new(&allowed(content)))?;
    Ok(())
}

fn link<W: Write>(writer: &mut Writer<W>, relation: &str, kind: &str, address: &str) -> std::io::Result<()> {
    writer
        .create_element("link")
        .with_attributes([("rel", relation), ("type", kind), ("href", allowed(address).as_str())])
        .write_empty()?;
    Ok(())
}

fn category<W: Write>(writer: &mut Writer<W>, scheme: &str, term: &str, label: &str) -> std::io::Result<()> {
    let (term, label) = (allowed(term), allowed(label));
    writer
        .create_element("category")
        .with_attributes([("scheme", scheme), ("term", term.as_str()), ("label", label.as_str())])
        .write_empty()?;
    Ok(())
}

/// Only characters of XML 1.0's `Char` production.
fn allowed(text: &str) -> String {
    text.chars()
        .filter(|letter| {
            matches!(letter, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::notice;
    use quick_xml::Reader;

    fn head() -> FeedHead {
        FeedHead {
            id: "https://desk.example/feeds/notices.atom".into(),
            title: "Опровержения & \"поправки\"".into(),
            self_link: "https://desk.example/feeds/notices.atom?region=RU-TAM&x=1".into(),
            page_link: Some("https://desk.example/".into()),
            author: "Федеральный центр".into(),
            updated: Timestamp::UNIX_EPOCH,
            language: Language::Russian,
        }
    }

    #[test]
    fn feed_of_one_notice() {
        let (notice, verdict) = notice();
        let entry = FeedEntry::new(&notice, &verdict, "https://desk.example", Language::Russian);
        insta::assert_snapshot!(atom(&head(), &[entry]).unwrap());
    }

    #[test]
    fn hostile_words_stay_text_and_the_feed_stays_well_formed() {
        let (mut notice, verdict) = notice();
        notice.text.title = "]]></title><script>\u{0}\u{8}\u{fffe}&amp;".into();
        notice.text.body = "<img src=x onerror=alert(1)>".into();
        let entry = FeedEntry::new(&notice, &verdict, "https://desk.example", Language::Russian);
        let xml = atom(&head(), &[entry]).unwrap();
        assert!(!xml.contains("<script") && !xml.contains("<img") && !xml.contains('\u{0}'));
        assert!(
            xml.contains("&amp;#60;img"),
            "markup of the text is escaped twice: once as HTML, once as XML"
        );
        let mut reader = Reader::from_str(&xml);
        let mut depth = 0;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
    }

    #[test]
    fn an_empty_feed_still_has_a_time() {
        assert!(atom(&head(), &[]).unwrap().contains("<updated>1970-01-01T00:00:00Z</updated>"));
    }
}
