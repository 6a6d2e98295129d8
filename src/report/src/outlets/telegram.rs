//! Telegram: a message, or the caption of a picture, for `parse_mode=HTML`. HTML rather than MarkdownV2: three characters to escape instead of
//! eighteen, and a mistake costs a tag, not the message.

use super::post::Source;
use super::{Measured, escape_html};

/// The Bot API counts UTF-16 units after parsing.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A message of at most `limit` units.
pub(crate) fn message(source: &Source<'_>, limit: usize) -> Measured {
    let post = source.post(limit, units);
    let paragraph = |runs: &super::post::Paragraph| {
        let marked = runs.iter().map(|run| {
            let text = escape_html(&run.text);
            if run.strong && !text.trim().is_empty() { format!("<b>{text}</b>") } else { text }
        });
        marked.collect::<String>()
    };
    let text = post.paragraphs.iter().map(paragraph).collect::<Vec<_>>().join("\n\n");
    Measured { text, length: units(&post.plain()), limit, shortened: post.shortened }
}
