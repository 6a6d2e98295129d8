//! What an editor takes from a notice to other places: site, Telegram, VK, print, radio. Texts only; a person publishes them.
//!
//! Where a text does not fit it is shortened at the end of a sentence, and the link leads to the whole; rating, verdict and what is true always
//! stay. A notice that no longer holds yields texts that say so, and nothing else.
//!
//! - [`shorten`]: shortening without cutting a word or a character
//! - `typography`: quotation marks, dashes, spaces that do not break
//! - `post`: what posts consist of, and what gives way first
//! - `telegram`, `vk`, `site`, `print`, `radio`: one file each; `speech`: numbers and abbreviations read out

use podlinnik_domain::language::Language;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use serde::Serialize;

use crate::notice::NoticeContext;
use crate::words;

mod post;
mod print;
mod radio;
mod shorten;
mod site;
mod speech;
mod telegram;
mod typography;
mod vk;

pub(crate) use post::capitalised;
pub use radio::{RadioScript, ReadAloud};
pub use shorten::shorten;
pub(crate) use typography::set as typeset;

/// Longest message of Telegram, in UTF-16 units after parsing (Bot API, `sendMessage`).
pub const TELEGRAM_MESSAGE: usize = 4096;
/// Longest caption of a photo (Bot API, `sendPhoto`).
pub const TELEGRAM_CAPTION: usize = 1024;
/// Longest post for VK, in characters. VK does not publish where it refuses; this is well below what it takes.
pub const VK_POST: usize = 8000;

/// A text with its length in the units that the place counts in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Measured {
    /// The text, marked up as the place wants it.
    pub text: String,
    /// Length as the place counts, without markup.
    pub length: usize,
    /// The most that the place takes.
    pub limit: usize,
    /// Whether something was left out.
    pub shortened: bool,
}

/// Texts made from a notice, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Outlets {
    /// `ru` or `en`.
    #[schema(value_type = String)]
    pub language: Language,
    /// Hashtag of the region, with `#`.
    pub hashtag: Option<String>,
    /// An HTML fragment for the editors' own site.
    pub site: String,
    /// A Telegram message, for `parse_mode=HTML`.
    pub telegram: Measured,
    /// The caption of the card's picture, for `parse_mode=HTML`.
    pub telegram_caption: Measured,
    /// A post without markup.
    pub vk: Measured,
    /// Plain text with typographic signs.
    pub print: String,
    /// Drafts for a person at the microphone: 30 and 60 seconds.
    pub radio: Vec<RadioScript>,
}

/// Texts for every place; none where headline, text or truth are not there in the language asked for.
pub fn outlets(notice: &Notice, verdict: &Verdict, context: &NoticeContext) -> Option<Outlets> {
    if !words::is_translated(&notice.text, context.language) {
        return None;
    }
    let source = post::Source { notice, verdict, context };
    Some(Outlets {
        language: context.language,
        hashtag: context.region.as_ref().map(|region| region.hashtag.clone()),
        site: site::fragment(&source),
        telegram: telegram::message(&source, TELEGRAM_MESSAGE),
        telegram_caption: telegram::message(&source, TELEGRAM_CAPTION),
        vk: vk::post(&source),
        print: print::text(&source),
        radio: vec![radio::script(&source, 30), radio::script(&source, 60)],
    })
}

/// Text in HTML, between tags or between quotation marks.
pub(crate) fn escape_html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(letter),
        }
    }
    safe
}

/// Without control characters and without signs that turn the direction of what follows.
pub(crate) fn clean(text: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{feff}');
    text.replace("\r\n", "\n")
        .chars()
        .map(|letter| if letter == '\t' || letter == '\r' { ' ' } else { letter })
        .filter(|letter| *letter == '\n' || !(letter.is_control() || turns(*letter)))
        .collect()
}

#[cfg(test)]
mod tests;
