//! Exact search among 256-bit hashes: all stored hashes within a distance of a query.
//!
//! [`HammingIndex`] keeps hashes in blocks (32 bytes each) and, for all but the newest, eight tables of three-byte row numbers: 60 bytes a
//! hash with everything at ten million. A hash within distance 31 of a query agrees with it in one of eight 32-bit pieces up to 3 bits (else it
//! would differ in 8 × 4 = 32), so it stands in one of the 1,562 buckets of that piece's table whose 21-bit key is at most 3 bits away (every second table has 20 bits). The
//! newest hashes are scanned until there are enough of them to be worth new tables; so an insertion is in effect at once.
//! Multi-index hashing: Norouzi, Punjani, Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012.
//!
//! ✅ exact for every radius: beyond 47 the tables stop paying and everything is scanned.
//! ❌ more than 2³² hashes; saving to disk (tables are rebuilt from the database, about 1 s per million).

mod flat;
mod index;
mod tables;
#[cfg(test)]
mod tests;

pub use index::HammingIndex;

/// A stored hash, so aligned that it never lies across two lines of the cache.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Row([u64; 4]);

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
