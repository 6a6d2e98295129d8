//! What those who run the service ask for and get.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{OrganisationId, ReceiverId, UserId};

use super::JobKind;

/// Which events; what is none lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// What they are about.
    pub subject_kind: Option<SubjectKind>,
    /// Identifier of what they are about.
    pub subject_id: Option<String>,
    /// What happened.
    pub kind: Option<String>,
    /// Who did it.
    pub actor: Option<UserId>,
    /// Only what people of this organisation and of those below it did.
    pub branch: Option<OrganisationId>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

/// Since when work of one kind waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldestJob {
    /// Kind.
    pub kind: JobKind,
    /// Since when the oldest job of this kind is due.
    pub due_since: Timestamp,
}

/// Number and size of what is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volume {
    /// How many.
    pub count: u64,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// How much there is of everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Volumes {
    /// Media that were handed in.
    pub media: Volume,
    /// Pictures and documents made from them.
    pub derivatives: Volume,
    /// Originals of the archive that count.
    pub originals: Volume,
    /// Originals that were withdrawn.
    pub withdrawn: Volume,
    /// Bytes that the database takes.
    pub database_bytes: u64,
}

/// How the messages to a receiver stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiverStanding {
    /// The receiver.
    pub receiver: ReceiverId,
    /// Messages that wait, or wait for another try.
    pub waiting: u64,
    /// Messages that arrived.
    pub delivered: u64,
    /// Messages that were given up.
    pub given_up: u64,
    /// When the last message arrived.
    pub delivered_at: Option<Timestamp>,
}
