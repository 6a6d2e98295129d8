//! What changed for the world outside: the truth behind every webhook (DESIGN §6).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::hash::Sha256;
use crate::id::{CaseId, CorrectionId, NoticeId, VerdictId};
use crate::notice::{CorrectionKind, NoticeState};
use crate::recognition::VerdictStatus;
use crate::verdict::VerdictKind;

coded_enum! {
    /// What happened.
    pub enum ChangeKind {
        /// A verdict revision counts from now on.
        VerdictApproved = "verdict_approved",
        /// A verdict revision counts before its second look (break-glass).
        VerdictReleased = "verdict_released",
        /// A verdict revision that counted does not count any more: a later one took its place, or it was disputed.
        VerdictSuperseded = "verdict_superseded",
        NoticePublished = "notice_published",
        /// A published notice is doubted; it stays readable.
        CorrectionOpened = "correction_opened",
        /// The doubt was settled: corrected, clarified, upheld or retracted.
        CorrectionSettled = "correction_settled",
        /// A notice on a later verdict revision took its place.
        NoticeSuperseded = "notice_superseded",
    }
}

/// One change, with what it is about as that stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Change {
    /// Number in the history: grows, with gaps. The value for `since`.
    pub sequence: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The case.
    pub case: CaseId,
    /// SHA-256 of the item's bytes.
    pub media_sha256: Sha256,
    /// The verdict revision.
    pub verdict: ChangedVerdict,
    /// The notice, where it is about one.
    pub notice: Option<ChangedNotice>,
}

/// A verdict revision as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangedVerdict {
    /// Identifier.
    pub id: VerdictId,
    /// Number within the case.
    pub revision: u32,
    /// The verdict.
    pub kind: VerdictKind,
    /// How it stands.
    pub status: VerdictStatus,
}

/// A notice as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangedNotice {
    /// Identifier.
    pub id: NoticeId,
    /// Version of its words.
    pub version: u32,
    /// Where it stands.
    pub state: NoticeState,
    /// Headline.
    pub title: String,
    /// The page, relative to the service.
    pub page: String,
    /// Region that it concerns.
    pub region: Option<String>,
    /// The correction that was opened or settled.
    pub correction: Option<ChangedCorrection>,
}

/// A correction as it stands now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChangedCorrection {
    /// Identifier.
    pub id: CorrectionId,
    /// How it was settled; none while it is open.
    pub kind: Option<CorrectionKind>,
    /// What the public is told.
    pub statement: Option<String>,
    /// The same in English.
    pub statement_en: Option<String>,
}
