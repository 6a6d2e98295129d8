//! A draft for a person at the microphone: as long as the time allows, with what is hard to read out.
//!
//! ✅ words are counted as they are spoken, numbers included. ❌ numbers and abbreviations stay as they are written, because their case depends on
//! the sentence; beside the text stands how they are read.

use podlinnik_domain::language::Language;
use serde::Serialize;

use super::post::Source;
use super::shorten::{sentence_ends, shorten};
use super::speech::{hints, spoken_words};

/// Something in the text that is not read as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReadAloud {
    /// As it stands in the text.
    pub written: String,
    /// As it is said, in the nominative case.
    pub spoken: String,
}

/// A draft for a person at the microphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RadioScript {
    /// Time on air that it is made for.
    pub seconds: u32,
    /// Words, as spoken.
    pub words: usize,
    /// Seconds that they take at a calm pace.
    pub estimated_seconds: u32,
    /// The text.
    pub text: String,
    /// What is not read as it is written.
    pub read_aloud: Vec<ReadAloud>,
    /// That this is a draft, for whoever reads it.
    pub note: String,
}

/// Words a minute at a calm pace of news: Russian words are longer.
const fn pace(language: Language) -> usize {
    match language {
        Language::Russian => 110,
        Language::English => 150,
    }
}

/// A script for so many seconds.
pub(crate) fn script(source: &Source<'_>, seconds: u32) -> RadioScript {
    let language = source.language();
    let pace = pace(language);
    let most = pace * usize::try_from(seconds).unwrap_or(60) / 60;
    let count = |text: &str| spoken_words(text, language);
    let mut room = most;
    let mut parts = Vec::new();
    let closing = source.t("Подробности — на нашем сайте.", "Details are on our site.");
    room = room.saturating_sub(count(closing));
    if source.is_withdrawn() {
        parts.push(match source.language() {
            Language::Russian => format!("Поправка. Публикация «{}» больше не действует.", source.title()),
            Language::English => {
                format!("A correction. The publication “{}” no longer holds.", source.title())
            }
        });
        room = room.saturating_sub(parts.iter().map(|part| count(part)).sum());
        if let Some(statement) = source.last_statement() {
            parts.push(shorten(&statement, room, count));
        }
    } else {
        let mut decision = Vec::new();
        if let Some(rating) = source.rating() {
            decision.push(format!("{} {rating}.", source.t("Оценка утверждения:", "The claim is rated:")));
        }
        decision.push(format!(
            "{} {}.",
            source.t("Вердикт о материале:", "The verdict on the media:"),
            source.verdict()
        ));
        let truth_label = source.t("На самом деле:", "In fact:");
        room =
            room.saturating_sub(decision.iter().map(|part| count(part)).sum::<usize>() + count(truth_label));
        let title = shorten(&sentence(&source.title()), room / 2, count);
        room = room.saturating_sub(count(&title));
        parts.push(title);
        if let Some(claim) = source.claim() {
            let claim = format!("{} {}", source.t("Утверждают:", "It is claimed:"), sentence(&claim));
            if count(&claim) <= room / 2 {
                room = room.saturating_sub(count(&claim));
                parts.push(claim);
            }
        }
        let truth = shorten(&source.truth(), room, count);
        room = room.saturating_sub(count(&truth));
        parts.push(format!("{truth_label} {truth}"));
        if let Some(body) = super::shorten::sentences_within(&source.body(), room, count) {
            parts.push(body.to_owned());
        }
        parts.extend(decision);
    }
    parts.push(closing.to_owned());
    let text =
        parts.iter().map(|part| flat(part)).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let words = count(&text);
    RadioScript {
        seconds,
        words,
        estimated_seconds: u32::try_from((words * 60).div_ceil(pace)).unwrap_or(u32::MAX),
        read_aloud: hints(&text, language),
        text,
        note: source
            .t(
                "Черновик для диктора: прочтите вслух до эфира, проверьте имена, ударения и числа.",
                "A draft for a presenter: read it aloud before going on air; check names, stress and numbers.",
            )
            .to_owned(),
    }
}

/// On one line.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// With a full stop at the end.
fn sentence(text: &str) -> String {
    let text = text.trim();
    let ended = text.ends_with(['.', '!', '?', '…']) || sentence_ends(text).is_empty();
    if ended { text.to_owned() } else { format!("{text}.") }
}
