//! Notices as the desk lists them, and who hears of them.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::notice::{NoticeState, NoticeText};

use super::{Position, Receiver};

/// What is asked of the list of notices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeQuestion {
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
