//! What the service remembers: one trait, two engines (SQLite, PostgreSQL), one conformance suite.
//!
//! - [`Store`]: everything that can be asked of a store; names are noun first (`case_get`, `job_claim`)
//! - [`OriginalStore`]: its part on originals, signatures, matches and series
//! - [`DeskStore`]: its part on the work of the desk: claims, parking, break-glass, corrections, questions, objections
//! - [`DeliveryStore`]: its part on receivers, deliveries and the inbox
//! - [`NoticeStore`]: its part on notices and questions as the desk lists them
//! - [`AccountStore`]: its part on passwords, second factors, sessions, links and keys
//! - [`LogStore`]: its part on the transparency log
//! - [`PublicStore`]: its part that everybody may ask
//! - [`BoardStore`]: its part on what the page needs: the board, notes, saved views
//! - [`FetchStore`]: its part on bytes that the service fetches from an address itself
//! - [`RetentionStore`]: its part on what is removed under the retention rules
//! - [`UploadStore`]: its part on uploads that come piece by piece
//! - [`AdministrationStore`]: its part on what those who run the service look at
//! - [`TransferStore`]: its part on moving everything to another store
//! - [`record`]: what goes in and comes out beyond the domain's own types
//! - [`row`]: how the columns of both engines become records
//! - the folder `statements` beside this one: the SQL, one text for both engines, compiled and checked in each engine's crate
//! - [`StoreError`]: what can go wrong; [`Recorded`]: who is told of new events
//! - `conformance` (feature of that name): the list of tests, instantiated per engine by a macro
//!
//! Every method is one transaction. A row and the job that it calls for are committed together. Every transition appends an event to the
//! hash chain in the same transaction. Guards that separate people are checked again by constraints and triggers of the database.

mod accounts;
mod administration;
mod board;
#[cfg(feature = "conformance")]
pub mod conformance;
mod delivery;
mod desk;
mod error;
mod fetches;
mod log;
mod notices;
mod originals;
mod public;
pub mod record;
mod recorded;
mod retention;
pub mod row;
mod store;
pub mod transfer;
mod uploads;

pub use accounts::AccountStore;
pub use administration::AdministrationStore;
pub use board::BoardStore;
pub use delivery::DeliveryStore;
pub use desk::DeskStore;
pub use error::StoreError;
pub use fetches::FetchStore;
pub use log::{LogStamp, LogStore, NewCheckpoint};
pub use notices::NoticeStore;
pub use originals::OriginalStore;
pub use public::PublicStore;
pub use recorded::Recorded;
pub use retention::RetentionStore;
pub use store::Store;
pub use transfer::TransferStore;
pub use uploads::UploadStore;
