//! The statements of both engines: one text, compiled twice. Each engine's crate includes this folder as a module, so that sqlx checks every
//! statement against that engine's own schema; what differs (opening, locks, claiming) is in the crate's `engine.rs`.
//!
//! The including crate provides `crate::engine::{Connection, Handle}`; `Handle` has `reader()` and `begin_write()`.
//!
//! A transaction that appends an event holds the history's lock from its beginning (`begin_write`), so that two of them never interleave: a
//! check followed by a write needs no further lock. Constraints and triggers check the guards again.

mod archive;
mod decisions;
mod deliveries;
mod events;
mod failure;
mod findings;
mod jobs;
mod lessons;
mod matches;
mod notices;
mod originals;
mod people;
mod queue;
mod series;
mod signatures;
mod store;
mod submissions;

pub(crate) use failure::Failure;
pub(crate) use jobs::{bury_exhausted, count_attempt};

use podlinnik_domain::clock::Timestamp;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::Position;
use uuid::Uuid;

/// What a statement answers.
type Answer<T> = Result<T, Failure>;

/// A time as it is stored.
fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A count as it is stored.
fn size(what: &'static str, value: u64) -> Answer<i64> {
    i64::try_from(value).map_err(|error| StoreError::Corrupt { what, detail: error.to_string() }.into())
}

/// JSON as it is stored: keys sorted, no white space; the bytes that are hashed.
fn canonical<T: serde::Serialize>(what: &'static str, value: &T) -> Answer<String> {
    serde_json::to_value(value)
        .map(|value| value.to_string())
        .map_err(|error| StoreError::Corrupt { what, detail: error.to_string() }.into())
}

/// Free text as it is stored: PostgreSQL knows no U+0000.
fn text(value: &str) -> String {
    value.replace('\0', "\u{fffd}")
}

/// Where a listing begins: after the position, or at the newest.
fn start(after: Option<Position>) -> (i64, Uuid) {
    after.map_or((i64::MAX, Uuid::max()), |position| (micros(position.at), position.id))
}

/// One more than the limit, which tells whether there is a further page.
fn one_more(limit: u32) -> i64 {
    i64::from(limit) + 1
}
