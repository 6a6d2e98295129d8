//! Words of the transparency log: entries, and the hashes of its Merkle tree (RFC 9162 §2.1, the same as RFC 6962 §2.1).

use sha2::Digest as _;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::hash::Sha256;

/// What an entry says of its own form.
pub const LOG_ENTRY_SCHEMA: &str = "podlinnik-log-entry/1";

/// An entry of the log. It says only what may be public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// 0, 1, … without gaps.
    pub position: u64,
    /// What happened, as the event of the history is called: `verdict_approved`, `notice_published`, …
    pub kind: String,
    /// The verdict or the notice.
    pub subject: Uuid,
    /// Canonical JSON: the bytes that the leaf is the hash of.
    pub entry: String,
    /// [`leaf_hash`] of `entry`.
    pub leaf: Sha256,
    /// When it happened.
    pub at: Timestamp,
}

/// A complete subtree: the `2^level` leaves from `index * 2^level` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogNode {
    /// 0 for leaves.
    pub level: u8,
    /// Which of its level, from the left, from 0.
    pub index: u64,
}

impl LogNode {
    /// The subtree that this one and its left neighbour make, if this one is a right child.
    pub const fn completed(self) -> Option<Self> {
        if self.index % 2 == 1 && self.level < 63 {
            Some(Self { level: self.level + 1, index: self.index / 2 })
        } else {
            None
        }
    }

    /// The neighbour on the left of a right child.
    pub const fn left_neighbour(self) -> Self {
        Self { level: self.level, index: self.index.saturating_sub(1) }
    }
}

/// SHA-256 of 0x00 and the entry.
pub fn leaf_hash(entry: &[u8]) -> Sha256 {
    Sha256::from_bytes(sha2::Sha256::new().chain_update([0]).chain_update(entry).finalize().into())
}

/// SHA-256 of 0x01 and the two halves.
pub fn node_hash(left: Sha256, right: Sha256) -> Sha256 {
    let hasher = sha2::Sha256::new().chain_update([1]).chain_update(left.as_bytes());
    Sha256::from_bytes(hasher.chain_update(right.as_bytes()).finalize().into())
}
