//! The statements of both engines: one text, compiled twice. Each engine's crate includes this folder as a module, so that sqlx checks every
//! statement against that engine's own schema; what differs (opening, locks, claiming) is in the crate's `engine.rs`.
//!
//! The including crate provides `crate::engine::{Connection, Handle}`; `Handle` has `reader()` and `begin_write()`.
//!
//! A transaction that appends an event holds the history's lock from its beginning (`begin_write`), so that two of them never interleave: a
//! check followed by a write needs no further lock. One that appends none counts what a person has only after `engine::lock_user`. Constraints and triggers check the guards again.

mod account_store;
mod administration;
mod administration_store;
mod analyses;
mod announcements;
mod appeals;
mod archive;
mod board;
mod board_store;
mod case_board;
mod corrections;
mod credentials;
mod decisions;
mod deliveries;
mod delivery_store;
mod desk;
mod desk_store;
mod events;
mod failure;
mod fetches;
mod figures;
mod findings;
mod inbox;
mod inquiries;
mod jobs;
mod keys;
mod known_media;
mod lessons;
mod log;
mod matches;
mod notes;
mod notice_lists;
mod notice_store;
mod notices;
mod originals;
mod people;
mod public_notices;
mod queue;
mod quota;
mod receivers;
mod retention;
mod saved_views;
mod series;
mod sessions;
mod signatures;
mod stamps;
mod store;
mod submissions;
mod uploads;

pub(crate) use case_board::fill as fill_board;
pub(crate) use failure::Failure;
pub(crate) use jobs::{bury_exhausted, count_attempt};
pub(crate) use log::fill as fill_log;
pub(crate) use public_notices::fill as fill_public_notices;

use std::sync::atomic::{AtomicU64, Ordering};

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::IdSource;
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

/// Identifiers that follow from what they are for (UUID version 8), where a transition has no source of identifiers.
#[derive(Debug)]
struct DerivedIds {
    name: String,
    given: AtomicU64,
}

impl DerivedIds {
    /// `name` is never used twice.
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), given: AtomicU64::new(0) }
    }
}

impl IdSource for DerivedIds {
    fn next(&self) -> Uuid {
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let digest = Sha256::of(format!("{}:{number}", self.name).as_bytes());
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest.as_bytes()).for_each(|(byte, digit)| *byte = *digit);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}
