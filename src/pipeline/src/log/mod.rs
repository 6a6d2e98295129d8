//! The transparency log: an append-only Merkle tree over approvals, publications and corrections, served as C2SP tlog-tiles.
//!
//! The store appends the entries; here they are signed for, proven and put into bundles. A checkpoint is signed when somebody asks for it; signing
//! the same log again gives the same checkpoint, since Ed25519 takes no random numbers.
//!
//! Where authorities are configured, they stamp its checkpoints now and then (RFC 3161).
//!
//! Not here: witnesses. Several processes on one database need the same key file.

mod bundle;
mod key;
mod stamps;

use std::sync::Arc;

use podlinnik_domain::clock::Clock;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::{LogEntry, leaf_hash, node_hash};
use podlinnik_domain::submission::FieldError;
use podlinnik_provenance::bundle::{Consistency, Proof};
use podlinnik_provenance::note::{Checkpoint, VerifierKey, signed};
use podlinnik_provenance::tile::{Content, Tile, entry_bundle};
use podlinnik_provenance::tree::{Span, consistency_plan, empty_root, fold, inclusion_plan, root_plan};
use podlinnik_storage::{NewCheckpoint, Store};

pub use bundle::Bundle;
pub use key::{KEY_FILE, LogKey};
pub use stamps::{StampOutcome, TimeStamping};

use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// Entries and hashes that are read at a time.
const PORTION: u32 = 1024;

/// The log of a service, with the key that signs for it.
#[derive(Debug, Clone)]
pub struct TransparencyLog {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    key: Arc<LogKey>,
}

/// A signed statement of the log about itself.
#[derive(Debug, Clone)]
pub struct Signed {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// As a signed note.
    pub note: String,
}

/// What became of looking through the whole log.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Entries that were read.
    pub size: u64,
    /// Root of the tree, computed anew.
    pub root: Sha256,
    /// What is wrong, one line each.
    pub problems: Vec<String>,
}

impl Service {
    /// The same service with a key for the log.
    #[must_use]
    pub fn with_log(mut self, key: LogKey) -> Self {
        self.log = Some(Arc::new(TransparencyLog {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            key: Arc::new(key),
        }));
        self
    }

    /// The transparency log.
    ///
    /// # Errors
    /// `not_ready` where this process has no key for it.
    pub fn log(&self) -> Answer<&Arc<TransparencyLog>> {
        self.log.as_ref().ok_or(ServiceError::Refused(ErrorCode::NotReady))
    }
}

impl TransparencyLog {
    /// The key, as those who verify need it.
    pub fn verifier(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// The log as it is now, signed.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn checkpoint(&self) -> Answer<Signed> {
        let size = self.store.log_size().await?;
        let root = match root_plan(size) {
            plan if plan.is_empty() => empty_root(),
            plan => self.hash(&plan).await?,
        };
        let checkpoint = Checkpoint { origin: self.verifier().name().to_owned(), size, root };
        let public_key = self.key.public();
        if let Some(note) = self.store.checkpoint_get(public_key, size).await? {
            return match Checkpoint::open(&note, self.verifier()) {
                Ok(kept) if kept == checkpoint => Ok(Signed { checkpoint, note }),
                _ => Err(ServiceError::Internal(format!(
                    "the log of {size} entries is not the one that was signed for"
                ))),
            };
        }
        let note = signed(&checkpoint.text(), self.verifier(), |text| self.key.sign(text));
        let at = self.clock.now();
        self.store.checkpoint_put(&NewCheckpoint { size, root, public_key, note: note.clone(), at }).await?;
        Ok(Signed { checkpoint, note })
    }

    /// A tile; none if the log does not reach that far.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn tile(&self, tile: Tile) -> Answer<Option<Vec<u8>>> {
        if !tile.exists(self.store.log_size().await?) {
            return Ok(None);
        }
        let width = u32::try_from(tile.width).unwrap_or(u32::MAX);
        match tile.content {
            Content::Entries => {
                let entries = self.store.log_since(tile.first(), width).await?;
                Ok(entry_bundle(entries.iter().map(|entry| entry.entry.as_bytes())))
            }
            Content::Hashes(_) => {
                let hashes = self.store.log_nodes(tile.tree_level(), tile.first(), width).await?;
                Ok(Some(hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()))
            }
        }
    }

    /// The path of an entry to the root of the tree of `size` entries.
    ///
    /// # Errors
    /// `not_found` if there is no such entry.
    pub async fn prove(&self, position: u64, size: u64) -> Answer<Proof> {
        let plan = inclusion_plan(position, size).ok_or(ServiceError::Refused(ErrorCode::NotFound))?;
        Ok(Proof { position, size, hashes: self.hashes(&plan).await? })
    }

    /// The proof that the log of `size` entries goes on from that of `older` entries.
    ///
    /// # Errors
    /// `Invalid` unless `older` is between 1 and `size`.
    pub async fn prove_consistency(&self, older: u64, size: u64) -> Answer<Consistency> {
        let plan = consistency_plan(older, size).ok_or_else(|| {
            ServiceError::Invalid(vec![FieldError { field: "since", rule: "1 to the size of the log" }])
        })?;
        Ok(Consistency { older, size, hashes: self.hashes(&plan).await? })
    }

    async fn hashes(&self, plan: &[Span]) -> Answer<Vec<Sha256>> {
        let mut hashes = Vec::with_capacity(plan.len());
        for span in plan {
            hashes.push(self.hash(span).await?);
        }
        Ok(hashes)
    }

    async fn hash(&self, span: &Span) -> Answer<Sha256> {
        let mut hashes = Vec::with_capacity(span.len());
        for node in span {
            hashes.extend(self.store.log_nodes(node.level, node.index, 1).await?);
        }
        let whole = hashes.len() == span.len();
        fold(&hashes).filter(|_| whole).ok_or_else(|| {
            ServiceError::Internal("the log lacks a subtree: `podlinnik log verify` tells more".to_owned())
        })
    }

    /// Computes the whole log anew from its entries and holds it against what is stored and, if given, against an earlier checkpoint.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn audit(&self, earlier: Option<&Checkpoint>) -> Answer<Audit> {
        let mut problems = Vec::new();
        let mut leaves = Vec::new();
        loop {
            let first = leaves.len() as u64;
            let entries = self.store.log_since(first, PORTION).await?;
            if entries.is_empty() {
                break;
            }
            for (expected, entry) in (first..).zip(&entries) {
                problems.extend(wrong(entry, expected));
                leaves.push(leaf_hash(entry.entry.as_bytes()));
            }
        }
        let size = leaves.len() as u64;
        let levels = levels(leaves);
        for (number, level) in (0_u8..).zip(&levels) {
            if self.level(number).await? != *level {
                problems.push(format!("the stored hashes of level {number} are not those of the entries"));
            }
        }
        let root = root_of(&levels, size).unwrap_or_else(empty_root);
        if let Some(note) = self.store.checkpoint_get(self.key.public(), size).await? {
            match Checkpoint::open(&note, self.verifier()) {
                Ok(kept) if kept.size == size && kept.root == root => {}
                _ => problems.push(format!("the log of {size} entries is not the one that was signed for")),
            }
        }
        if let Some(earlier) = earlier {
            let same = earlier.size == 0 || root_of(&levels, earlier.size) == Some(earlier.root);
            if !same {
                problems
                    .push(format!("the log does not go on from the checkpoint of {} entries", earlier.size));
            }
        }
        Ok(Audit { size, root, problems })
    }

    async fn level(&self, number: u8) -> Answer<Vec<Sha256>> {
        let mut hashes = Vec::new();
        loop {
            let portion = self.store.log_nodes(number, hashes.len() as u64, PORTION).await?;
            if portion.is_empty() {
                return Ok(hashes);
            }
            hashes.extend(portion);
        }
    }
}

fn wrong(entry: &LogEntry, expected: u64) -> Option<String> {
    if entry.position != expected {
        Some(format!("entry {expected} is missing"))
    } else if entry.leaf != leaf_hash(entry.entry.as_bytes()) {
        Some(format!("entry {expected} is not what its leaf is the hash of"))
    } else {
        None
    }
}

/// Hashes of all complete subtrees, level by level.
fn levels(leaves: Vec<Sha256>) -> Vec<Vec<Sha256>> {
    let mut levels = vec![leaves];
    while let Some(last) = levels.last()
        && last.len() > 1
    {
        let next = last.chunks_exact(2).map(|pair| node_hash(pair[0], pair[1])).collect();
        levels.push(next);
    }
    levels
}

/// The root over the first `size` leaves. None for none, or if there are fewer.
fn root_of(levels: &[Vec<Sha256>], size: u64) -> Option<Sha256> {
    let find = |level: u8, index: u64| levels.get(usize::from(level))?.get(usize::try_from(index).ok()?);
    let hashes: Option<Vec<_>> =
        root_plan(size).iter().map(|node| find(node.level, node.index).copied()).collect();
    fold(&hashes?)
}
