//! The page behind a signed link: an agency reads a question and answers it, without an account and without scripts.

use askama::Template;
use podlinnik_domain::inquiry::{Inquiry, InquiryOutcome, InquiryState};
use podlinnik_domain::language::Language;

use crate::ReportError;
use crate::figures::moment;
use crate::wording::pick;

/// What the page needs beyond the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryContext {
    /// Name of the asking organisation in `language`.
    pub organisation: String,
    /// Where the form goes to.
    pub action: String,
    /// What was wrong with the last try, in `language`.
    pub problem: Option<String>,
    /// Language of the page.
    pub language: Language,
}

/// The page as one self-contained HTML document.
///
/// # Errors
/// [`ReportError::Render`] if the template fails.
pub fn page(inquiry: &Inquiry, context: &InquiryContext) -> Result<String, ReportError> {
    Ok(Page { inquiry, context }.render()?)
}

#[derive(Template)]
#[template(path = "inquiry.html")]
struct Page<'a> {
    inquiry: &'a Inquiry,
    context: &'a InquiryContext,
}

impl Page<'_> {
    fn t<'t>(&self, ru: &'t str, en: &'t str) -> &'t str {
        pick(self.context.language, ru, en)
    }

    fn is_open(&self) -> bool {
        self.inquiry.state == InquiryState::Open
    }

    fn is_withdrawn(&self) -> bool {
        self.inquiry.state == InquiryState::Withdrawn
    }

    fn asked(&self) -> String {
        moment(self.inquiry.asked_at)
    }

    fn due(&self) -> String {
        moment(self.inquiry.due_at)
    }

    fn outcomes(&self) -> Vec<(&'static str, &'static str)> {
        let words = |outcome: &InquiryOutcome| {
            let (ru, en) = match outcome {
                InquiryOutcome::Confirms => ("Подтверждаем: так и есть", "We confirm: it is so"),
                InquiryOutcome::Denies => ("Опровергаем: это не так", "We deny: it is not so"),
                InquiryOutcome::Partly => ("Подтверждаем частично", "We confirm in part"),
                InquiryOutcome::CannotSay => ("Ответить не можем", "We cannot say"),
            };
            (outcome.code(), self.t(ru, en))
        };
        InquiryOutcome::ALL.iter().map(words).collect()
    }

    fn outcome(&self, outcome: &InquiryOutcome) -> &'static str {
        outcome.text().in_language(self.context.language)
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::inquiry::InquiryAnswer;
    use uuid::Uuid;

    use super::*;

    const SCRIPT: &str = "<script>alert(1)</script>";

    fn inquiry() -> Inquiry {
        let at = |seconds| jiff::Timestamp::from_second(seconds).unwrap();
        Inquiry {
            id: Uuid::from_u128(1).into(),
            case: Uuid::from_u128(2).into(),
            organisation: None,
            addressee: format!("МЧС {SCRIPT}"),
            contact: Some("телефон дежурного".into()),
            question: format!("Объявлялась ли эвакуация? {SCRIPT}"),
            asked_by: Uuid::from_u128(3).into(),
            asked_at: at(1_767_225_600),
            due_at: at(1_767_232_800),
            reminded_at: None,
            reminders: 0,
            state: InquiryState::Open,
            answer: None,
            answer_sha256: None,
            answered_by: None,
            answered_at: None,
        }
    }

    fn rendered(inquiry: &Inquiry, language: Language) -> String {
        let context = InquiryContext {
            organisation: format!("Тамбовская область {SCRIPT}"),
            action: "/inquiries/plk_x".into(),
            problem: None,
            language,
        };
        page(inquiry, &context).unwrap()
    }

    #[test]
    fn an_open_question_has_a_form_and_nothing_that_runs() {
        for language in [Language::Russian, Language::English] {
            let html = rendered(&inquiry(), language);
            assert!(html.contains("<form method=\"post\" action=\"/inquiries/plk_x\""), "{html}");
            for outcome in InquiryOutcome::ALL {
                assert!(html.contains(&format!("value=\"{outcome}\"")), "{outcome}");
            }
            assert!(!html.contains("<script"), "{html}");
            assert!(!html.contains("телефон дежурного"), "how the agency is reached is the desk's business");
        }
    }

    #[test]
    fn an_answered_question_shows_its_answer_and_no_form() {
        let mut answered = inquiry();
        answered.state = InquiryState::Answered;
        answered.answer = Some(InquiryAnswer {
            outcome: InquiryOutcome::Denies,
            statement: format!("Не объявлялась. {SCRIPT}"),
            name: "А. Петров".into(),
            link: None,
        });
        let html = rendered(&answered, Language::Russian);
        assert!(html.contains("Не объявлялась.") && html.contains("опровергает"), "{html}");
        assert!(!html.contains("<form") && !html.contains("<script"), "{html}");
        answered.state = InquiryState::Withdrawn;
        answered.answer = None;
        assert!(!rendered(&answered, Language::English).contains("<form"));
    }
}
