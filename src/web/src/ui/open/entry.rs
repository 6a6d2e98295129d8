//! A public notice as it stands in lists.

use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::notice::{ClaimRating, Notice, NoticeState};
use podlinnik_domain::verdict::Verdict;
use podlinnik_pipeline::public::PublicAnswer;

use super::super::wording::moment;
use super::super::zone::Reading;
use super::{region_name, words};

/// What a list shows of a notice.
#[derive(Debug, Clone)]
pub(in super::super) struct NoticeEntry {
    pub(in super::super) address: String,
    pub(in super::super) title: String,
    /// The language that the title is in.
    pub(in super::super) title_language: Language,
    pub(in super::super) claim: Option<(String, Language)>,
    /// Class and words of the editor's rating.
    pub(in super::super) rating: Option<(&'static str, &'static str)>,
    /// What people found of the media.
    pub(in super::super) verdict: &'static str,
    /// Class and words of what became of it since.
    pub(in super::super) mark: Option<(&'static str, &'static str)>,
    /// It no longer holds.
    pub(in super::super) gone: bool,
    pub(in super::super) region: Option<String>,
    /// For programs.
    pub(in super::super) published_at: String,
    /// For people.
    pub(in super::super) published: String,
    /// It is about an item of which what was asked about is a copy.
    pub(in super::super) by_copy: bool,
}

impl NoticeEntry {
    /// The entry in the reader's language.
    pub(in super::super) fn new(notice: &Notice, verdict: &Verdict, reading: Reading) -> Self {
        let language = reading.language;
        let text = &notice.text;
        let (title, title_language) = words(&text.title, text.title_en.as_deref(), language);
        let claim = text.claim.as_deref().map(|claim| words(claim, text.claim_en.as_deref(), language));
        let published_at = notice.published_at.unwrap_or(notice.updated_at);
        Self {
            address: format!("/notices/{}", notice.id),
            title: title.to_owned(),
            title_language,
            claim: claim.map(|(claim, language)| (claim.to_owned(), language)),
            rating: text.rating.map(|rating| (rating_class(rating), rating.text().in_language(language))),
            verdict: verdict.proposal.kind.text().in_language(language),
            mark: mark(notice.state).map(|(class, text)| (class, text.in_language(language))),
            gone: matches!(notice.state, NoticeState::Retracted | NoticeState::Superseded),
            region: notice.region.as_deref().map(|code| region_name(code, language).to_owned()),
            published_at: published_at.to_string(),
            published: moment(published_at, reading),
            by_copy: false,
        }
    }

    /// The same for an answer to "has this been verified?".
    pub(in super::super) fn answer(answer: &PublicAnswer, reading: Reading) -> Self {
        Self { by_copy: answer.by_copy, ..Self::new(&answer.notice, &answer.verdict, reading) }
    }
}

/// How a rating looks.
const fn rating_class(rating: ClaimRating) -> &'static str {
    match rating {
        ClaimRating::False => "bad",
        ClaimRating::Misleading | ClaimRating::MissingContext | ClaimRating::Unproven => "warn",
        ClaimRating::Satire => "info",
        ClaimRating::True => "good",
    }
}

/// What became of a notice after its publication; nothing where nothing did.
const fn mark(state: NoticeState) -> Option<(&'static str, Text)> {
    let (class, text) = match state {
        NoticeState::CorrectionOpen => (
            "warn",
            Text {
                ru: "перепроверяется: есть сомнение", en: "being re-examined: there is a doubt"
            },
        ),
        NoticeState::Corrected => ("warn", Text { ru: "исправлено", en: "corrected" }),
        NoticeState::Clarified => ("info", Text { ru: "уточнено", en: "clarified" }),
        NoticeState::Upheld => (
            "info",
            Text {
                ru: "перепроверено, остаётся в силе", en: "re-examined and upheld"
            },
        ),
        NoticeState::Retracted => {
            ("bad", Text { ru: "отозвано: не ссылайтесь", en: "retracted: do not cite" })
        }
        NoticeState::Superseded => ("bad", Text { ru: "заменено новым", en: "replaced by a newer one" }),
        NoticeState::Draft | NoticeState::InReview | NoticeState::Approved | NoticeState::Published => {
            return None;
        }
    };
    Some((class, text))
}
