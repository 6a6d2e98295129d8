//! What makes records provable to outsiders. Pure: no files, no network, no clock, no database.
//!
//! - [`tree`]: the Merkle tree of RFC 9162 (the same as RFC 6962): which hashes a proof is made of, and whether it holds
//! - [`tile`]: the tree cut into tiles that may be kept for ever (C2SP tlog-tiles)
//! - [`note`]: signed notes and checkpoints (C2SP signed-note, tlog-checkpoint; Ed25519)
//! - [`bundle`]: a ZIP with a verdict, what it rests on and its place in the log, verified offline
//! - [`timestamp`]: time stamps of outside authorities (RFC 3161), checked offline
//!
//! Not here: witnesses' cosignatures, other signature algorithms than Ed25519 for the log.

pub mod bundle;
pub mod note;
pub mod tile;
pub mod timestamp;
pub mod tree;
