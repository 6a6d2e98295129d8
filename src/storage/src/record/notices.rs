//! Notices as the desk lists them, and who hears of them.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::notice::{Notice, NoticeState, NoticeText};
use podlinnik_domain::verdict::VerdictKind;

use super::{Position, Receiver};

/// What is asked of the list of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeQuestion {
    /// Who asks.
    pub person: UserId,
    /// Notices of this organisation and those below it; all if none.
    pub root: Option<OrganisationId>,
    /// In one of these states; none if empty.
    pub states: Vec<NoticeState>,
    /// Of this region.
    pub region: Option<String>,
    /// After this place of an earlier page.
    pub after: Option<Position>,
    /// Entries.
    pub limit: u32,
}

/// A notice as the list shows it, with what decides about its next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeEntry {
    /// The notice.
    pub notice: Notice,
    /// What the verdict revision says that it is pinned to.
    pub verdict: VerdictKind,
    /// Whether that revision still counts.
    pub verdict_holds: bool,
    /// Whether whoever asks wrote one of its versions.
    pub written_by_person: bool,
    /// Its correction that is open, if there is one.
    pub correction: Option<OpenCorrection>,
}

/// A correction that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCorrection {
    /// Who drafted it; none without a draft.
    pub drafted_by: Option<UserId>,
}

/// One version of a notice, and who wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeVersion {
    /// Its number, from 1.
    pub version: u32,
    /// The words.
    pub text: NoticeText,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub written_at: Timestamp,
}

/// Who would be told if a notice were published now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// Receivers that are not switched off, by time of registration.
    pub receivers: Vec<Receiver>,
    /// Organisations whose inboxes get an entry, by identifier.
    pub inboxes: Vec<OrganisationId>,
}
