use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{HammingIndex, Near};

/// A stream of hashes that is the same every time.
fn hashes(seed: u64) -> impl Iterator<Item = [u64; 4]> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    std::iter::repeat_with(move || [next(), next(), next(), next()])
}

fn flipped(mut hash: [u64; 4], bits: impl IntoIterator<Item = u32>) -> [u64; 4] {
    bits.into_iter().for_each(|bit| hash[(bit / 64 % 4) as usize] ^= 1 << (bit % 64));
    hash
}

fn slow(stored: &[[u64; 4]], gone: &BTreeSet<u32>, query: &[u64; 4], radius: u32) -> Vec<Near> {
    let distance =
        |hash: &[u64; 4]| hash.iter().zip(query).map(|(one, other)| (one ^ other).count_ones()).sum();
    let near = stored.iter().enumerate().map(|(row, hash)| Near {
        query: 0,
        row: row as u32,
        distance: distance(hash),
    });
    near.filter(|near| near.distance <= radius && !gone.contains(&near.row)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Clusters of hashes a few flips from each other, with and without tables, with rows taken out: every radius finds the same
    /// as a loop over everything.
    #[test]
    fn the_index_finds_what_a_loop_finds(
        seed in any::<u64>(),
        flips in prop::collection::vec(prop::collection::vec(0_u32..256, 0..45), 1..60),
        tables_after in prop::collection::vec(0_usize..2_000, 0..3),
        removed in prop::collection::btree_set(0_u32..2_000, 0..50),
        radius in 0_u32..=50,
    ) {
        let centres: Vec<[u64; 4]> = hashes(seed).take(5).collect();
        let mut stored: Vec<[u64; 4]> = hashes(seed ^ 77).take(2_000).collect();
        for (number, flips) in flips.iter().enumerate() {
            stored[number * 31] = flipped(centres[number % 5], flips.iter().copied());
        }
        let mut index = HammingIndex::new();
        for (row, hash) in stored.iter().enumerate() {
            prop_assert_eq!(index.insert(*hash), row as u32);
            if tables_after.contains(&row) {
                index.make_tables();
            }
        }
        removed.iter().for_each(|row| assert!(index.remove(*row) && !index.remove(*row)));
        prop_assert_eq!(index.len(), 2_000 - removed.len());
        for centre in &centres {
            let expected = slow(&stored, &removed, centre, radius);
            prop_assert_eq!(index.search(centre, radius), expected.clone());
            let mut scanned = Vec::new();
            index.scan(&[*centre], radius, |near| scanned.push(near));
            prop_assert_eq!(scanned, expected);
        }
    }
}

#[test]
fn tables_come_by_themselves_and_lose_nothing() {
    let stored: Vec<[u64; 4]> = hashes(5).take(150_000).collect();
    let mut index = HammingIndex::new();
    stored.iter().for_each(|hash| {
        index.insert(*hash);
    });
    assert!(index.segments_for_test().is_empty(), "nobody has searched yet");
    index.scan(&[stored[7]], 31, |_| {});
    let _ = index.search(&stored[7], 60);
    assert!(index.segments_for_test().is_empty(), "a scan needs no tables");
    let _ = index.search(&stored[7], 31);
    assert_eq!(index.segments_for_test(), [150_000]);
    assert!(index.bytes() < 150_000 * 76, "{} bytes", index.bytes());
    for (row, seed) in [(0, 1), (65_535, 2), (65_536, 3), (131_072, 4), (149_999, 5)] {
        let bits =
            hashes(seed).next().unwrap().into_iter().flat_map(u64::to_le_bytes).take(31).map(u32::from);
        let query = flipped(stored[row], bits);
        assert_eq!(index.search(&query, 31), slow(&stored, &BTreeSet::new(), &query, 31), "row {row}");
        assert_eq!(index.hash(row as u32), stored.get(row));
    }
    assert!(index.hash(150_000).is_none() && !index.remove(150_000));
    // what comes later is found before and after it has tables
    let more: Vec<[u64; 4]> = hashes(6).take(70_000).collect();
    for (number, hash) in more.iter().enumerate() {
        index.insert(*hash);
        if number == 10 {
            assert_eq!(index.search(hash, 31).len(), 1);
            assert_eq!(index.segments_for_test(), [150_000]);
        }
    }
    assert!(index.remove(3));
    let found: Vec<u32> = [stored[2], stored[3], more[0], more[69_999]]
        .iter()
        .flat_map(|hash| index.search(hash, 31).into_iter().map(|near| near.row))
        .collect();
    assert_eq!(found, [2, 150_000, 219_999]);
    assert_eq!(index.segments_for_test(), [220_000]);
}

#[test]
fn many_queries_at_once_find_the_same() {
    let stored: Vec<[u64; 4]> = hashes(9).take(3_000).collect();
    let queries: Vec<[u64; 4]> = [0, 700, 2_999].map(|row: usize| flipped(stored[row], 0..20)).to_vec();
    let mut index = HammingIndex::new();
    stored.iter().for_each(|hash| {
        index.insert(*hash);
    });
    let mut found = Vec::new();
    index.scan(&queries, 20, |near| found.push((near.query, near.row, near.distance)));
    found.sort_unstable();
    assert_eq!(found, [(0, 0, 20), (1, 700, 20), (2, 2_999, 20)]);
}

#[test]
fn thousands_of_equal_hashes_are_all_found() {
    let slide = hashes(3).next().unwrap();
    let mut index = HammingIndex::new();
    for hash in hashes(4).take(30_000) {
        index.insert(hash);
    }
    index.extend(std::iter::repeat_n(slide, 80_000));
    assert_eq!(index.segments_for_test(), [110_000]);
    assert_eq!(index.search(&flipped(slide, [3, 99, 200]), 31).len(), 80_000);
}
