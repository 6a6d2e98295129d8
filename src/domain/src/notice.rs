//! Refutation notices (DESIGN §2). A machine never publishes one.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::id::{CaseId, NoticeId, OrganisationId, UserId, VerdictId};

coded_enum! {
    /// Where a notice stands.
    pub enum NoticeState {
        Draft = "draft",
        InReview = "in_review",
        Approved = "approved",
        Published = "published",
        CorrectionOpen = "correction_open",
        Corrected = "corrected",
        Clarified = "clarified",
        Upheld = "upheld",
        Retracted = "retracted",
        Superseded = "superseded",
    }
}

/// The words of a notice. Russian is required, English may follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoticeText {
    /// Headline, 1 to 200 characters.
    pub title: String,
    /// What is untrue, when and how it spread; 1 to 20 000 characters.
    pub body: String,
    /// What is true, with sources; 1 to 20 000 characters.
    pub truth: String,
    /// English headline.
    pub title_en: Option<String>,
    /// English text.
    pub body_en: Option<String>,
}

impl NoticeText {
    /// Checks lengths.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn validate(&self) -> Result<(), ErrorCode> {
        let within = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        let optional =
            |text: &Option<String>, most: usize| text.as_deref().is_none_or(|text| within(text, most));
        let valid = within(&self.title, 200)
            && within(&self.body, 20_000)
            && within(&self.truth, 20_000)
            && optional(&self.title_en, 200)
            && optional(&self.body_en, 20_000);
        if valid { Ok(()) } else { Err(ErrorCode::ValidationFailed) }
    }
}

/// A notice as stored: its latest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Notice {
    /// Identifier, shared by all versions.
    pub id: NoticeId,
    /// The case.
    pub case: CaseId,
    /// The verdict revision that it is pinned to.
    pub verdict: VerdictId,
    /// Revision number of that verdict.
    pub verdict_revision: u32,
    /// The publishing organisation.
    pub organisation: OrganisationId,
    /// Region that it concerns.
    pub region: Option<String>,
    /// 1 for the first draft; grows with every change of text.
    pub version: u32,
    /// The words.
    pub text: NoticeText,
    /// Where it stands.
    pub state: NoticeState,
    /// Who wrote it.
    pub author: UserId,
    /// Who approved it.
    pub approver: Option<UserId>,
    /// When it was first drafted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Timestamp>,
}
