//! Identifiers. All are UUIDs; new ones come from an [`IdSource`], so that tests can fix them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where new identifiers come from.
pub trait IdSource: fmt::Debug + Send + Sync {
    /// A UUID that was never given out before.
    fn next(&self) -> Uuid;
}

/// Time-ordered random identifiers (UUID version 7, RFC 9562).
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "the one place where identifiers are made")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// The text is not a UUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {kind} from `{text}`: not a UUID")]
pub struct InvalidId {
    kind: &'static str,
    text: String,
}

macro_rules! identifier {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[derive(utoipa::ToSchema)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes the next identifier from `source`.
            pub fn generate(source: &dyn IdSource) -> Self {
                Self(source.next())
            }

            /// The UUID inside, for storage.
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| InvalidId { kind: stringify!($name), text: text.chars().take(80).collect() })
            }
        }
    )+};
}

identifier! {
    /// A node of the tree federal → region → municipality.
    OrganisationId,
    /// A person who signs in.
    UserId,
    /// An API token; the secret itself is stored only as a hash.
    TokenId,
    /// A signed-in browser; the secret itself is stored only as a hash.
    SessionId,
    /// One act of handing in a media item.
    SubmissionId,
    /// One run of the methods over one media item.
    AnalysisId,
    /// The file on one media item.
    CaseId,
    /// One revision of a media verdict.
    VerdictId,
    /// A refutation notice; its versions share the identifier.
    NoticeId,
    /// A unit of background work.
    JobId,
    /// A receiver of messages.
    ReceiverId,
    /// One message to one receiver.
    DeliveryId,
    /// An entry of an organisation's inbox.
    InboxEntryId,
    /// A genuine official recording in the archive of originals.
    ArchiveItemId,
    /// What was noticed between a suspect item and one that is known.
    CopyMatchId,
    /// Items that belong together: a campaign.
    SeriesId,
    /// A doubt about a published notice, and how it was settled.
    CorrectionId,
    /// A question to an agency, with its answer.
    InquiryId,
    /// An objection to a verdict or a notice from outside.
    AppealId,
    /// A note of the desk on a case.
    NoteId,
    /// A view of the board that a person keeps.
    ViewId,
    /// Bytes on their way in, piece by piece.
    UploadId,
    /// Bytes that the service fetches from an address itself.
    FetchId,
}
