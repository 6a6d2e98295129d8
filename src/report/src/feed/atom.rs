//! Atom (RFC 4287).

use std::io::Write;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{FeedEntry, FeedHead};
use crate::ReportError;

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
        for one in &entry.categories {
            category(inner, one.scheme, &one.term, &one.label)?;
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
