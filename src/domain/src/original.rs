//! Genuine official footage, the register that signs for it, and what is found to be made from it.

mod date;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::hash::{Blake3, Sha256};
use crate::id::{ArchiveItemId, CopyMatchId, SeriesId, UserId};
use crate::media::MediaKind;
pub use date::{DatePrecision, InvalidDate, PartialDate};

/// Schema of the records that are signed.
pub const REGISTER_SCHEMA: &str = "podlinnik-register/1";

coded_enum! {
    /// Where the bytes of an original lie.
    pub enum Keeping {
        /// Where they were found; the archive knows the path only.
        InPlace = "in_place",
        /// In the blob store too.
        Copied = "copied",
    }
}

/// What people say of an original. Who vouches is never empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attribution {
    /// What it shows.
    pub title: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// When it was recorded or published, as exactly as is known.
    #[schema(value_type = Option<String>)]
    pub recorded: Option<PartialDate>,
    /// Where it was published.
    pub link: Option<String>,
    /// The person or organisation that vouches for it.
    pub vouched_by: String,
}

/// Why and when an original does not count any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Withdrawal {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Who; none for an operator at the machine.
    pub by: Option<UserId>,
    /// Its number in the register.
    pub sequence: u64,
}

/// A genuine official recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ArchiveItem {
    /// Identifier.
    pub id: ArchiveItemId,
    /// Number of its entry in the register; also its number in an index of signatures.
    pub sequence: u64,
    /// SHA-256 of the bytes.
    pub sha256: Sha256,
    /// BLAKE3 of the bytes.
    pub blake3: Blake3,
    /// Length in bytes.
    pub size_bytes: u64,
    /// Where the bytes lay when they were last seen.
    pub path: String,
    /// Whether there is a copy in the blob store.
    pub keeping: Keeping,
    /// When the file was changed last, as far as the disk knows.
    #[schema(value_type = Option<String>, format = DateTime)]
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
    /// Who added it; none for an operator at the machine.
    pub added_by: Option<UserId>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
    /// Set once it does not count any more.
    pub withdrawal: Option<Withdrawal>,
}

coded_enum! {
    /// What an entry of the register says of an original.
    pub enum RegisterAction {
        Added = "added",
        Withdrawn = "withdrawn",
    }
}

/// What is signed: one record per entry, as canonical JSON (keys sorted, no white space, UTF-8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRecord {
    /// [`REGISTER_SCHEMA`].
    pub schema: String,
    /// 1, 2, … without gaps.
    pub sequence: u64,
    /// What happened.
    pub action: RegisterAction,
    /// To which original.
    pub item: ArchiveItemId,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// BLAKE3 of its bytes.
    pub blake3: Blake3,
    /// Length in bytes.
    pub size_bytes: u64,
    /// What people say of it.
    pub attribution: Attribution,
    /// Who did it; none for an operator at the machine.
    pub actor: Option<UserId>,
    /// Why, for a withdrawal.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
    /// SHA-256 of the previous record; zeros for the first.
    pub previous: Sha256,
}

impl RegisterRecord {
    /// The text that is hashed and signed.
    pub fn text(&self) -> String {
        // `to_value` sorts keys: serde_json's map is a BTreeMap without the `preserve_order` feature.
        serde_json::to_value(self).map(|value| value.to_string()).unwrap_or_default()
    }
}

/// An entry of the register as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterEntry {
    /// Its number.
    pub sequence: u64,
    /// What happened.
    pub action: RegisterAction,
    /// To which original.
    pub item: ArchiveItemId,
    /// The text that was signed.
    pub record: String,
    /// SHA-256 of the previous record; zeros for the first.
    pub previous_hash: Sha256,
    /// SHA-256 of `record`.
    pub hash: Sha256,
    /// Ed25519 key (RFC 8032) that signed.
    pub public_key: [u8; 32],
    /// Its signature over the bytes of `record`.
    pub signature: [u8; 64],
}

/// Signs the register's entries (Ed25519, RFC 8032).
pub trait RegisterSigner: fmt::Debug + Send + Sync {
    /// The key that verifies.
    fn public_key(&self) -> [u8; 32];
    /// The signature over the bytes of a record.
    fn sign(&self, record: &[u8]) -> [u8; 64];
}

coded_enum! {
    /// What a suspect item was found to be.
    pub enum CopyMatchKind {
        /// A copy of an item that came before.
        KnownCopy = "known_copy",
        /// Made from an original of the archive.
        Original = "original",
    }
}

coded_enum! {
    /// What people think of a match.
    pub enum CopyMatchState {
        /// The machine noticed it.
        Suggested = "suggested",
        /// A person says that it is so.
        Confirmed = "confirmed",
        /// A person says that it is not: what the machine learns to leave out.
        Rejected = "rejected",
    }
}

/// What was noticed between a suspect item and a known one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CopyMatch {
    /// Identifier.
    pub id: CopyMatchId,
    /// The suspect's bytes.
    pub suspect: Sha256,
    /// The bytes that it matches.
    pub matched: Sha256,
    /// What the suspect seems to be.
    pub kind: CopyMatchKind,
    /// Which stretches correspond.
    #[schema(value_type = Object)]
    pub spans: serde_json::Value,
    /// How far apart they are, in the measure that `evidence` names.
    pub distance: f64,
    /// What the match rests on.
    #[schema(value_type = Object)]
    pub evidence: serde_json::Value,
    /// What people think of it.
    pub state: CopyMatchState,
    /// Grows with every decision.
    pub version: u32,
    /// When it was noticed.
    #[schema(value_type = String, format = DateTime)]
    pub found_at: Timestamp,
    /// Who decided; none for an operator at the machine.
    pub decided_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// Why.
    pub reason: Option<String>,
}

coded_enum! {
    /// Why an item belongs to a series.
    pub enum SeriesReason {
        SharedOriginal = "shared_original",
        SignatureNeighbourhood = "signature_neighbourhood",
        SharedSound = "shared_sound",
    }
}

/// Items that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Series {
    /// Identifier.
    pub id: SeriesId,
    /// When its first items were found to belong together.
    #[schema(value_type = String, format = DateTime)]
    pub founded_at: Timestamp,
    /// The series that took it over.
    pub merged_into: Option<SeriesId>,
    /// When that was.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub merged_at: Option<Timestamp>,
}

/// One item of a series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SeriesMember {
    /// The bytes.
    pub sha256: Sha256,
    /// Why it belongs.
    pub why: SeriesReason,
    /// When it was taken in.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
    /// Who took it in; none for the service itself.
    pub added_by: Option<UserId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_text_is_canonical() {
        let record = RegisterRecord {
            schema: REGISTER_SCHEMA.to_owned(),
            sequence: 7,
            action: RegisterAction::Added,
            item: uuid::Uuid::from_u128(1).into(),
            sha256: Sha256::of(b"a"),
            blake3: Blake3::from_bytes([0; 32]),
            size_bytes: 1,
            attribution: Attribution {
                vouched_by: "Пресс-служба".to_owned(), ..Attribution::default()
            },
            actor: None,
            reason: None,
            at: Timestamp::from_microsecond(1_767_225_600_000_001).unwrap(),
            previous: Sha256::of(b"b"),
        };
        let text = record.text();
        assert!(
            text.starts_with(r#"{"action":"added","actor":null,"at":"2026-01-01T00:00:00.000001Z","#),
            "{text}"
        );
        assert!(text.contains(r#""vouched_by":"Пресс-служба"},"#) && text.ends_with(r#""sequence":7,"sha256":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","size_bytes":1}"#));
        assert_eq!(serde_json::from_str::<RegisterRecord>(&text).unwrap(), record);
    }
}
