//! What the desk says among itself about a case, and views of the board that a person keeps.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{CaseId, NoteId, UserId, ViewId};

/// Characters of a note.
pub const NOTE_CHARS: usize = 4000;
/// Characters of a view's name.
pub const VIEW_NAME_CHARS: usize = 100;
/// Characters of a view's query.
pub const VIEW_QUERY_CHARS: usize = 2000;
/// Views that one person keeps.
pub const MOST_VIEWS: usize = 50;

/// A note of the desk on a case. It is no part of the evidence, is never changed, and can be withdrawn by its author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CaseNote {
    /// Identifier.
    pub id: NoteId,
    /// The case.
    pub case: CaseId,
    /// Who wrote it.
    pub author: UserId,
    /// Their name as shown.
    pub author_name: String,
    /// The words, 1 to 4000 characters; none once it was withdrawn.
    pub text: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub written_at: Timestamp,
    /// What its author said when they took it back.
    #[serde(default)]
    pub withdrawal: Option<NoteWithdrawal>,
}

/// Why a note was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoteWithdrawal {
    /// The reason, 1 to 2000 characters.
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// A view of the board that a person keeps for themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SavedView {
    /// Identifier.
    pub id: ViewId,
    /// Name, 1 to 100 characters, once per person.
    pub name: String,
    /// What the page keeps behind its address's `?`, up to 2000 characters; its meaning is the page's.
    pub query: String,
    /// When it was last saved.
    #[schema(value_type = String, format = DateTime)]
    pub saved_at: Timestamp,
}
