//! The words of a notice in the reader's language, and how often the Russian ones have to stand in.

use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Correction, Notice, NoticeText, Settlement};

/// Words and the language that they are really written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words<'a> {
    /// The words.
    pub(crate) text: &'a str,
    /// `ru` or `en`.
    pub(crate) language: Language,
}

impl<'a> Words<'a> {
    /// The translation, if it is asked for and there is one.
    fn chosen(russian: &'a str, english: Option<&'a str>, language: Language) -> Self {
        match (language, english) {
            (Language::English, Some(text)) => Self { text, language: Language::English },
            _ => Self { text: russian, language: Language::Russian },
        }
    }

    /// Paragraphs, parted by empty lines.
    pub(crate) fn paragraphs(&self) -> Vec<&'a str> {
        self.text.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty()).collect()
    }
}

/// Headline.
pub(crate) fn title(text: &NoticeText, language: Language) -> Words<'_> {
    Words::chosen(&text.title, text.title_en.as_deref(), language)
}

/// What was claimed.
pub(crate) fn claim(text: &NoticeText, language: Language) -> Option<Words<'_>> {
    text.claim.as_deref().map(|claim| Words::chosen(claim, text.claim_en.as_deref(), language))
}

/// What is untrue.
pub(crate) fn body(text: &NoticeText, language: Language) -> Words<'_> {
    Words::chosen(&text.body, text.body_en.as_deref(), language)
}

/// How it spread.
pub(crate) fn spread(text: &NoticeText, language: Language) -> Option<Words<'_>> {
    text.spread.as_deref().map(|spread| Words::chosen(spread, text.spread_en.as_deref(), language))
}

/// What is true.
pub(crate) fn truth(text: &NoticeText, language: Language) -> Words<'_> {
    Words::chosen(&text.truth, text.truth_en.as_deref(), language)
}

/// What the public is told of a settlement.
pub(crate) fn statement(settled: &Settlement, language: Language) -> Words<'_> {
    Words::chosen(&settled.statement, settled.statement_en.as_deref(), language)
}

/// Whether headline, body and truth are there in `language`.
pub(crate) fn is_translated(text: &NoticeText, language: Language) -> bool {
    match language {
        Language::Russian => true,
        Language::English => text.title_en.is_some() && text.body_en.is_some() && text.truth_en.is_some(),
    }
}

/// Settled corrections of `notice` only, oldest first.
pub(crate) fn settled<'a>(
    notice: &Notice,
    corrections: &'a [Correction],
) -> Vec<(&'a Correction, &'a Settlement)> {
    let mut settled: Vec<_> = corrections
        .iter()
        .filter(|correction| correction.notice == notice.id)
        .filter_map(|correction| Some((correction, correction.settled.as_ref()?)))
        .collect();
    settled.sort_by_key(|(correction, settled)| (settled.settled_at, correction.opened_at, correction.id));
    settled
}
