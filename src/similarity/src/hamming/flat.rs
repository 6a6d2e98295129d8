//! A scan over everything, many queries at a time so that each stored hash is read once.

use super::Near;

/// Calls `found` for every stored hash within `radius` of a query, in order of rows.
pub fn scan(stored: &[[u64; 4]], queries: &[[u64; 4]], radius: u32, mut found: impl FnMut(Near)) {
    for (block_number, block) in stored.chunks(256).enumerate() {
        for (query_number, query) in queries.iter().enumerate() {
            for (number, row) in block.iter().enumerate() {
                let distance = distance(row, query);
                if distance <= radius {
                    let row = (block_number * 256 + number) as u32;
                    found(Near { query: query_number as u32, row, distance });
                }
            }
        }
    }
}

/// Bits in which two hashes differ.
#[inline]
pub(crate) fn distance(one: &[u64; 4], other: &[u64; 4]) -> u32 {
    (one[0] ^ other[0]).count_ones()
        + (one[1] ^ other[1]).count_ones()
        + (one[2] ^ other[2]).count_ones()
        + (one[3] ^ other[3]).count_ones()
}
