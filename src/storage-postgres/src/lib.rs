//! The store on PostgreSQL (15 or later): [`PostgresStore`].
//!
//! Transactions run at `read committed`. Those that append to the history take one advisory lock at their beginning, so that the chain has no
//! gap and a check followed by a write needs no further lock; claims, heartbeats and progress only lock their own job
//! (`for update skip locked`).

mod engine;
#[path = "../../storage/statements/mod.rs"]
mod statements;
#[cfg(test)]
mod tests;
mod transfer;

pub use engine::PostgresStore;
