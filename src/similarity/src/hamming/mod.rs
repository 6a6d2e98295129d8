//! Exact search among 256-bit hashes: all stored hashes within a distance of a query.

mod flat;

pub use flat::scan;

/// A stored hash that is near a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// Which query, by its place in the list asked about.
    pub query: u32,
    /// Which stored hash, by its place.
    pub row: u32,
    /// Bits that differ.
    pub distance: u32,
}
