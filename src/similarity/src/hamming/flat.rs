//! A scan over everything, many queries at a time so that each stored hash is read from memory once.

use multiversion::multiversion;

use super::{Near, Row};

/// Hashes looked at together; 16 KiB of them fit into the first cache.
const BLOCK: usize = 512;

/// Calls `found` for every stored hash within `radius` of a query: blocks in order, and in each the queries in order.
pub(super) fn scan(stored: &[Row], queries: &[[u64; 4]], radius: u32, mut found: impl FnMut(Near)) {
    let mut distances = [0_u16; BLOCK];
    let radius = u16::try_from(radius).unwrap_or(u16::MAX);
    for (block, rows) in stored.chunks(BLOCK).enumerate() {
        for (query, words) in queries.iter().enumerate() {
            let distances = &mut distances[..rows.len()];
            if nearest(rows, words, distances) > radius {
                continue;
            }
            for (number, distance) in
                distances.iter().enumerate().filter(|(_, distance)| **distance <= radius)
            {
                let row = (block * BLOCK + number) as u32;
                found(Near { query: query as u32, row, distance: u32::from(*distance) });
            }
        }
    }
}

/// Distances of all rows to a query; the smallest is given back.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512vpopcntdq+popcnt",
    "x86_64+avx2+popcnt",
    "x86_64+sse4.2+popcnt"
))]
fn nearest(rows: &[Row], query: &[u64; 4], distances: &mut [u16]) -> u16 {
    for (Row(row), distance) in rows.iter().zip(distances.iter_mut()) {
        let bits = (row[0] ^ query[0]).count_ones()
            + (row[1] ^ query[1]).count_ones()
            + (row[2] ^ query[2]).count_ones()
            + (row[3] ^ query[3]).count_ones();
        *distance = bits as u16;
    }
    distances.iter().copied().min().unwrap_or(u16::MAX)
}
