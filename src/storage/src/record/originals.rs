//! Records of the archive of originals and of what is recognised.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{ArchiveItemId, CopyMatchId, SeriesId, UserId};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::{Attribution, CopyMatchKind, CopyMatchState, Keeping, Series, SeriesReason};

/// An original to add, with what it is recognised by.
#[derive(Debug, Clone, PartialEq)]
pub struct NewArchiveItem {
    /// Identifier.
    pub id: ArchiveItemId,
    /// SHA-256 of the bytes.
    pub sha256: Sha256,
    /// BLAKE3 of the bytes.
    pub blake3: Blake3,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Where the bytes lie.
    pub path: String,
    /// Whether there is a copy in the blob store.
    pub keeping: Keeping,
    /// When the file was changed last.
    pub modified_at: Option<Timestamp>,
    /// What kind of media it is.
    pub kind: MediaKind,
    /// Length in seconds.
    pub duration_s: Option<f64>,
    /// Width in pixels, upright.
    pub width: Option<u32>,
    /// Height in pixels, upright.
    pub height: Option<u32>,
    /// Frames per second.
    pub fps: Option<f64>,
    /// What people say of it.
    pub attribution: Attribution,
    /// What it is recognised by.
    pub signature: NewSignature,
    /// Who adds it; none for an operator at the machine.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// A signature to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignature {
    /// What was computed, for example `media-signature`.
    pub kind: String,
    /// By which version.
    pub version: u32,
    /// The result.
    pub bytes: Vec<u8>,
}

/// A stored signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRecord {
    /// A number that grows: of the original in `archive_signatures`, of the signature itself in `signature_since`.
    pub sequence: u64,
    /// The bytes that it was computed of.
    pub sha256: Sha256,
    /// The signature.
    pub bytes: Vec<u8>,
}

/// An original that does not count any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveWithdrawal {
    /// Which.
    pub id: ArchiveItemId,
    /// Why.
    pub reason: String,
    /// Who withdraws it; none for an operator at the machine.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// The bytes of an original were found elsewhere, or as a file with another date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveMove {
    /// Which.
    pub id: ArchiveItemId,
    /// Where they lie now.
    pub path: String,
    /// Whether there is a copy in the blob store.
    pub keeping: Keeping,
    /// When the file was changed last.
    pub modified_at: Option<Timestamp>,
}

/// What was noticed between a suspect item and a known one.
#[derive(Debug, Clone, PartialEq)]
pub struct NewCopyMatch {
    /// Identifier, used if nothing was noticed between the two before.
    pub id: CopyMatchId,
    /// The suspect's bytes.
    pub suspect: Sha256,
    /// The bytes that it matches: of an original or of submitted media.
    pub matched: Sha256,
    /// What the suspect seems to be.
    pub kind: CopyMatchKind,
    /// Which stretches correspond.
    pub spans: serde_json::Value,
    /// How far apart they are; finite.
    pub distance: f64,
    /// What the match rests on.
    pub evidence: serde_json::Value,
    /// When.
    pub at: Timestamp,
}

/// What a person thinks of a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyDecision {
    /// Which match.
    pub id: CopyMatchId,
    /// The version that the person saw.
    pub version: u32,
    /// `Confirmed` or `Rejected`.
    pub state: CopyMatchState,
    /// Who; none for an operator at the machine.
    pub actor: Option<UserId>,
    /// Why; needed to reject.
    pub reason: Option<String>,
    /// What the negative bank learns from a rejection. A confirmation takes back what was learnt before.
    pub lesson: Option<Lesson>,
    /// When.
    pub at: Timestamp,
}

/// Frames that two items have in common although neither is a copy of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lesson {
    /// Signature of those of the suspect.
    pub suspect: Vec<u8>,
    /// Signature of those of what it was matched with.
    pub matched: Vec<u8>,
}

/// An entry of the negative bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LessonRecord {
    /// Its number.
    pub sequence: u64,
    /// The match that was decided on.
    pub found: CopyMatchId,
    /// The suspect's bytes and those that it was matched with.
    pub pair: [Sha256; 2],
    /// What is learnt; none: what was learnt from this match does not count any more.
    pub lesson: Option<Lesson>,
}

/// A series and how far it has grown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesGrowth {
    /// The series.
    pub series: Series,
    /// When its latest item came in.
    pub grown_at: Timestamp,
    /// Its items.
    pub members: u64,
}

/// Two submitted items that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesLink {
    /// Identifier for a new series, used if neither is in one.
    pub series: SeriesId,
    /// The two.
    pub media: [Sha256; 2],
    /// Why they belong together.
    pub why: SeriesReason,
    /// Who says so; none for the service itself.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}
