//! The store on embedded SQLite: [`SqliteStore`].
//!
//! WAL, `synchronous = full`, foreign keys on, one writing connection that begins every transaction with `begin immediate`, and a few
//! reading ones. What is committed survives `kill -9` and, on hardware that honours flushes, a power cut.

mod engine;
#[path = "../../storage/statements/mod.rs"]
mod statements;
#[cfg(test)]
mod tests;
mod transfer;

pub use engine::SqliteStore;
