//! Questions to agencies, and objections from outside.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::hash::Sha256;
use crate::id::{AppealId, CaseId, InquiryId, NoticeId, OrganisationId, UserId};
use crate::language::Text;

coded_enum! {
    /// Where a question to an agency stands.
    pub enum InquiryState {
        Open = "open",
        Answered = "answered",
        Withdrawn = "withdrawn",
    }
}

impl InquiryState {
    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Open => Text { ru: "ждёт ответа", en: "open" },
            Self::Answered => Text { ru: "ответ получен", en: "answered" },
            Self::Withdrawn => Text { ru: "отозван", en: "withdrawn" },
        }
    }
}

coded_enum! {
    /// What an agency answers.
    pub enum InquiryOutcome {
        /// What the item shows is so.
        Confirms = "confirms",
        /// What the item shows is not so.
        Denies = "denies",
        Partly = "partly",
        /// The agency cannot or will not say.
        CannotSay = "cannot_say",
    }
}

impl InquiryOutcome {
    /// The outcome in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Confirms => Text { ru: "подтверждает", en: "confirms" },
            Self::Denies => Text { ru: "опровергает", en: "denies" },
            Self::Partly => Text { ru: "подтверждает частично", en: "confirms in part" },
            Self::CannotSay => Text { ru: "ответить не может", en: "cannot say" },
        }
    }
}

/// An agency's answer. Frozen as evidence: the SHA-256 of its canonical JSON is what a verdict's basis names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct InquiryAnswer {
    /// What is answered.
    pub outcome: InquiryOutcome,
    /// In words, 1 to 5000 characters.
    pub statement: String,
    /// Who answers, with office; 1 to 300 characters.
    pub name: String,
    /// Where it can be looked up: an `http` or `https` address.
    #[serde(default)]
    pub link: Option<String>,
}

impl InquiryAnswer {
    /// Checks lengths and the address.
    ///
    /// # Errors
    /// `reason_required` without words, else `validation_failed`.
    pub fn validate(&self) -> Result<(), ErrorCode> {
        if self.statement.trim().is_empty() {
            return Err(ErrorCode::ReasonRequired);
        }
        let valid = within(&self.statement, 5000)
            && within(&self.name, 300)
            && self.link.as_deref().is_none_or(|link| {
                link.len() <= 2000 && (link.starts_with("https://") || link.starts_with("http://"))
            });
        if valid { Ok(()) } else { Err(ErrorCode::ValidationFailed) }
    }
}

/// A question to an agency: is this so?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Inquiry {
    /// Identifier.
    pub id: InquiryId,
    /// The case.
    pub case: CaseId,
    /// The agency, where it takes part in the service: its partners see and answer the question by the API.
    pub organisation: Option<OrganisationId>,
    /// Who is asked, 1 to 300 characters.
    pub addressee: String,
    /// How they are reached, up to 300 characters; shown to the desk only.
    pub contact: Option<String>,
    /// The question, 1 to 5000 characters.
    pub question: String,
    /// Who asked.
    pub asked_by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// By when an answer is needed.
    #[schema(value_type = String, format = DateTime)]
    pub due_at: Timestamp,
    /// When it was last called to mind.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub reminded_at: Option<Timestamp>,
    /// How often it was called to mind.
    pub reminders: u32,
    /// Where it stands.
    pub state: InquiryState,
    /// The answer.
    pub answer: Option<InquiryAnswer>,
    /// Digest under which the answer is frozen as evidence.
    pub answer_sha256: Option<Sha256>,
    /// Who answered by the API or took down an answer; none for the signed link.
    pub answered_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answered_at: Option<Timestamp>,
}

/// Checks the words of a question.
///
/// # Errors
/// `validation_failed`.
pub fn validate_question(addressee: &str, contact: Option<&str>, question: &str) -> Result<(), ErrorCode> {
    let valid = within(addressee, 300)
        && contact.is_none_or(|contact| within(contact, 300))
        && within(question, 5000);
    if valid { Ok(()) } else { Err(ErrorCode::ValidationFailed) }
}

coded_enum! {
    /// Where an objection stands.
    pub enum AppealState {
        Open = "open",
        /// A correction of the notice was opened.
        Granted = "granted",
        Rejected = "rejected",
    }
}

impl AppealState {
    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Open => Text { ru: "ждёт решения", en: "open" },
            Self::Granted => Text { ru: "удовлетворено", en: "granted" },
            Self::Rejected => Text { ru: "отклонено", en: "rejected" },
        }
    }
}

/// An objection to a published notice from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Appeal {
    /// Identifier.
    pub id: AppealId,
    /// The notice.
    pub notice: NoticeId,
    /// Who objects, if they say; up to 300 characters.
    pub name: Option<String>,
    /// How they are reached, if they say; up to 300 characters. For the desk only.
    pub contact: Option<String>,
    /// What they object to, 1 to 5000 characters.
    pub statement: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: AppealState,
    /// The reasons of the decision.
    pub decision: Option<String>,
    /// Who decided: nobody who had a part in verdict or notice.
    pub decided_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
}

/// Checks the words of an objection.
///
/// # Errors
/// `reason_required` without words, else `validation_failed`.
pub fn validate_appeal(name: Option<&str>, contact: Option<&str>, statement: &str) -> Result<(), ErrorCode> {
    if statement.trim().is_empty() {
        return Err(ErrorCode::ReasonRequired);
    }
    let valid = within(statement, 5000)
        && name.is_none_or(|name| within(name, 300))
        && contact.is_none_or(|contact| within(contact, 300));
    if valid { Ok(()) } else { Err(ErrorCode::ValidationFailed) }
}

fn within(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}
