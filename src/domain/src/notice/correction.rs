//! What happens to a notice after publication: corrections in the open (DESIGN §2).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::id::{CorrectionId, NoticeId, UserId};
use crate::language::Text;

use super::{NoticeState, NoticeText, within};

coded_enum! {
    /// How a doubt about a published notice was settled.
    pub enum CorrectionKind {
        /// The notice was wrong in something; its text was changed.
        Correction = "correction",
        /// The notice was right but could be misunderstood; its text was changed.
        Clarification = "clarification",
        /// Examined, nothing to change.
        Upheld = "upheld",
        /// The notice does not hold; its text stays readable with a mark.
        Retraction = "retraction",
    }
}

impl CorrectionKind {
    /// The state that a notice is in afterwards.
    pub const fn state(self) -> NoticeState {
        match self {
            Self::Correction => NoticeState::Corrected,
            Self::Clarification => NoticeState::Clarified,
            Self::Upheld => NoticeState::Upheld,
            Self::Retraction => NoticeState::Retracted,
        }
    }

    /// Whether the text of the notice may change with it.
    pub const fn changes_text(self) -> bool {
        matches!(self, Self::Correction | Self::Clarification)
    }

    /// The kind in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Correction => Text { ru: "исправлено", en: "corrected" },
            Self::Clarification => Text { ru: "уточнено", en: "clarified" },
            Self::Upheld => Text { ru: "оставлено в силе", en: "upheld" },
            Self::Retraction => Text { ru: "отозвано", en: "retracted" },
        }
    }
}

/// What is told of a doubt that a later notice on a later verdict settles.
pub const SUPERSEDED: Text = Text {
    ru: "Вердикт пересмотрен; вместо этого опровержения опубликовано новое.",
    en: "The verdict was revised; a new notice was published in place of this one.",
};

/// How a doubt is proposed to be settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CorrectionDraft {
    /// In which way.
    pub kind: CorrectionKind,
    /// What the public is told, in Russian; 1 to 5000 characters.
    pub statement: String,
    /// The same in English.
    #[serde(default)]
    pub statement_en: Option<String>,
    /// The new words of the notice; for `correction` and `clarification` only, and needed there.
    #[serde(default)]
    pub text: Option<NoticeText>,
}

impl CorrectionDraft {
    /// Checks the rules that depend on the draft alone.
    ///
    /// # Errors
    /// `reason_required`, `checklist_incomplete` or `validation_failed`.
    pub fn validate(&self) -> Result<(), ErrorCode> {
        if self.statement.trim().is_empty() {
            return Err(ErrorCode::ReasonRequired);
        }
        let spoken = within(&self.statement, 5000)
            && self.statement_en.as_deref().is_none_or(|text| within(text, 5000));
        if !spoken || self.kind.changes_text() != self.text.is_some() {
            return Err(ErrorCode::ValidationFailed);
        }
        let Some(text) = &self.text else { return Ok(()) };
        text.validate()?;
        if text.missing().is_empty() { Ok(()) } else { Err(ErrorCode::ChecklistIncomplete) }
    }
}

/// A doubt about a published notice, and how it was settled. Shown in public once settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Correction {
    /// Identifier.
    pub id: CorrectionId,
    /// The notice.
    pub notice: NoticeId,
    /// Version of the notice that was doubted.
    pub version_before: u32,
    /// Why it is doubted; for the desk, 1 to 5000 characters.
    pub reason: String,
    /// Who opened it; none where the service did, because the verdict changed.
    pub opened_by: Option<UserId>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// How it is proposed to be settled.
    pub draft: Option<CorrectionDraft>,
    /// Grows with every draft; 0 before the first. The value that `If-Match` has to carry.
    pub draft_version: u32,
    /// Who drafted last.
    pub drafted_by: Option<UserId>,
    /// How it was settled; none while it is open.
    pub settled: Option<Settlement>,
}

/// How a doubt was settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Settlement {
    /// In which way.
    pub kind: CorrectionKind,
    /// What the public is told, in Russian; 1 to 5000 characters.
    pub statement: String,
    /// The same in English.
    pub statement_en: Option<String>,
    /// Version of the notice afterwards.
    pub version_after: u32,
    /// Who settled it: somebody else than who drafted the settlement.
    pub settled_by: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub settled_at: Timestamp,
}
