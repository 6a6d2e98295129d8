//! What was handed in, and what became of it.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::hash::Sha256;
use crate::id::{AnalysisId, CaseId, OrganisationId, SubmissionId, UserId};
use crate::language::Text;

coded_enum! {
    /// Where a submission stands (DESIGN §2).
    pub enum SubmissionState {
        /// The bytes are stored and wait for the sandboxed reader.
        Quarantined = "quarantined",
        /// The reader could read them.
        Accepted = "accepted",
        /// The reader refused them; the bytes are kept.
        Rejected = "rejected",
        /// The same bytes were handed in before; the case is the earlier one's.
        Duplicate = "duplicate",
    }
}

impl SubmissionState {
    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Quarantined => Text { ru: "принято, читается", en: "received, being read" },
            Self::Accepted => Text { ru: "принято", en: "accepted" },
            Self::Rejected => Text { ru: "отклонено", en: "rejected" },
            Self::Duplicate => Text { ru: "уже присылали", en: "came before" },
        }
    }
}

/// What the submitter says about the item. Every text is trimmed and bounded; see [`Circumstances::validate`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Circumstances {
    /// The file's name as it was given.
    pub file_name: Option<String>,
    /// Where it was seen.
    pub source_url: Option<String>,
    /// In which network it circulates, for example `telegram`, `vk`, `ok`, `whatsapp`, `max`.
    pub network: Option<String>,
    /// Region, ISO 3166-2, for example `RU-TAM`.
    pub region: Option<String>,
    /// Remarks.
    pub note: Option<String>,
}

/// A field that does not meet its rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("field `{field}`: {rule}")]
pub struct FieldError {
    /// Name of the field.
    pub field: &'static str,
    /// The rule that it breaks.
    pub rule: &'static str,
}

impl Circumstances {
    /// Trims every text, drops empty ones and checks lengths and forms.
    ///
    /// # Errors
    /// All fields that break their rule.
    pub fn validate(mut self) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut check = |field: &'static str,
                         slot: &mut Option<String>,
                         most: usize,
                         rule: &'static str,
                         valid: fn(&str) -> bool| {
            *slot = slot.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            if let Some(text) = slot
                && (text.chars().count() > most || !valid(text))
            {
                errors.push(FieldError { field, rule });
            }
        };
        let printable = |text: &str| !text.chars().any(|letter| letter.is_control());
        check("file_name", &mut self.file_name, 255, "at most 255 printable characters", printable);
        check(
            "source_url",
            &mut self.source_url,
            2048,
            "an http or https address of at most 2048 characters",
            |text| {
                (text.starts_with("https://") || text.starts_with("http://"))
                    && !text.chars().any(|letter| letter.is_control() || letter.is_whitespace())
            },
        );
        check("network", &mut self.network, 64, "at most 64 printable characters", printable);
        check("region", &mut self.region, 16, "a code such as RU-TAM", |text| {
            text.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '-')
        });
        check("note", &mut self.note, 4000, "at most 4000 characters without control characters", |text| {
            !text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
        });
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }
}

/// A submission as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Submission {
    /// Identifier.
    pub id: SubmissionId,
    /// Who handed it in.
    pub submitter: UserId,
    /// For which organisation.
    pub organisation: OrganisationId,
    /// The bytes.
    pub media_sha256: Sha256,
    /// What was said about it.
    pub circumstances: Circumstances,
    /// Where it stands.
    pub state: SubmissionState,
    /// Why it was rejected.
    pub rejection: Option<ErrorCode>,
    /// The case on these bytes.
    pub case: CaseId,
    /// The latest analysis of these bytes.
    pub analysis: AnalysisId,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
}
