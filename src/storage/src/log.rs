use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::LogEntry;
use uuid::Uuid;

use crate::error::StoreError;

/// A signed checkpoint on its way into the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCheckpoint {
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Sha256,
    /// Whose signature it is.
    pub public_key: [u8; 32],
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub at: Timestamp,
}

/// A time stamp of a checkpoint (RFC 3161).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogStamp {
    /// Entries that the checkpoint is over.
    pub size: u64,
    /// Address of the authority.
    pub authority: String,
    /// The token, in DER.
    pub token: Vec<u8>,
    /// When the authority says it was.
    pub stamped_at: Timestamp,
    /// When it came.
    pub received_at: Timestamp,
}

/// The transparency log; a part of [`Store`](crate::Store). Entries come into being with the transitions that they tell of, in the same
/// transaction: a verdict approved or released, a notice published, a correction settled.
#[async_trait]
pub trait LogStore: std::fmt::Debug + Send + Sync {
    /// Entries so far.
    async fn log_size(&self) -> Result<u64, StoreError>;
    /// Entries from a position on, in order.
    async fn log_since(&self, first: u64, limit: u32) -> Result<Vec<LogEntry>, StoreError>;
    /// Entries about a verdict or a notice, in order.
    async fn log_of(&self, subject: Uuid) -> Result<Vec<LogEntry>, StoreError>;
    /// Hashes of complete subtrees of a level, from the left, from `first` on.
    async fn log_nodes(&self, level: u8, first: u64, limit: u32) -> Result<Vec<Sha256>, StoreError>;
    /// Keeps a signed checkpoint; repeating it changes nothing. `WrongState` for one beyond the log.
    async fn checkpoint_put(&self, checkpoint: &NewCheckpoint) -> Result<(), StoreError>;
    /// The checkpoint of this size by this key.
    async fn checkpoint_get(&self, public_key: [u8; 32], size: u64) -> Result<Option<String>, StoreError>;
    /// Keeps a time stamp; a second one of an authority for a size changes nothing. `Missing` without its checkpoint.
    async fn stamp_put(&self, public_key: [u8; 32], stamp: &LogStamp) -> Result<(), StoreError>;
    /// Stamps of logs of `size` entries and more, the smallest first.
    async fn stamp_list(
        &self,
        public_key: [u8; 32],
        size: u64,
        limit: u32,
    ) -> Result<Vec<LogStamp>, StoreError>;
    /// How many entries the largest log had that an authority has stamped; none if it has stamped none.
    async fn stamped_size(&self, public_key: [u8; 32], authority: &str) -> Result<Option<u64>, StoreError>;
}
