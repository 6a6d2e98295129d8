//! What the service remembers: one trait, two engines (SQLite, PostgreSQL), one conformance suite.
//!
//! - [`Store`]: everything that can be asked of a store; names are noun first (`case_get`, `job_claim`)
//! - [`OriginalStore`]: its part on originals, signatures, matches and series
//! - [`record`]: what goes in and comes out beyond the domain's own types
//! - [`row`]: how the columns of both engines become records
//! - the folder `statements` beside this one: the SQL, one text for both engines, compiled and checked in each engine's crate
//! - [`StoreError`]: what can go wrong
//! - `conformance` (feature of that name): the list of tests, instantiated per engine by a macro
//!
//! Every method is one transaction. A row and the job that it calls for are committed together. Every transition appends an event to the
//! hash chain in the same transaction. Guards that separate people are checked again by constraints and triggers of the database.

#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod originals;
pub mod record;
pub mod row;
mod store;

pub use error::StoreError;
pub use originals::OriginalStore;
pub use store::Store;
