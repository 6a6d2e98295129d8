//! The index: rows in blocks, tables over all but the newest, made when a search first needs them.

use std::sync::{Arc, OnceLock};

use super::tables::{MOST_RADIUS, MOST_ROWS, Tables, verify};
use super::{Near, Row, flat};

/// Rows of a block, as a power of two.
const BLOCK_BITS: u32 = 16;
const BLOCK: usize = 1 << BLOCK_BITS;
/// Newest rows that are scanned before tables are made, at least this many and at least one in eight of the stretch before them.
const TAIL: usize = 65_536;

/// Tables over a stretch of rows.
#[derive(Debug)]
struct Segment {
    base: usize,
    count: usize,
    tables: Tables,
}

/// An exact index over 256-bit hashes. Rows are numbered in the order of insertion; a removed row keeps its number and is never found.
#[derive(Debug, Default)]
pub struct HammingIndex {
    blocks: Vec<Vec<Row>>,
    count: usize,
    segments: Vec<Arc<Segment>>,
    /// What takes the place of `segments` since a search found them too old.
    late: OnceLock<Vec<Arc<Segment>>>,
    removed: Vec<u64>,
    removed_count: usize,
    /// No tables are made before [`HammingIndex::settle`].
    loading: bool,
}

impl HammingIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Rows ever inserted, removed ones among them.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.count
    }

    /// Rows that can be found.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count - self.removed_count
    }

    /// Whether nothing can be found.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let blocks: usize = self.blocks.iter().map(|block| block.capacity() * 32).sum();
        let tables: usize = self.segments().iter().map(|segment| segment.tables.bytes()).sum();
        blocks + tables + self.removed.capacity() * 8
    }

    /// Takes a hash in and says its row. Found from now on.
    pub fn insert(&mut self, hash: [u64; 4]) -> u32 {
        self.push(hash)
    }

    /// From now on rows are taken in without tables, many at a time; they are found all the same, only slowly.
    pub const fn load(&mut self) {
        self.loading = true;
    }

    /// Ends [`HammingIndex::load`]: the next search that needs tables makes them over all that came. Who only scans does not pay for them.
    pub const fn settle(&mut self) {
        self.loading = false;
    }

    /// Takes many hashes in, in rows that follow each other, and makes tables once at the end: for loading.
    pub fn extend(&mut self, hashes: impl IntoIterator<Item = [u64; 4]>) {
        for hash in hashes {
            self.push(hash);
        }
        if self.count - self.indexed() >= TAIL {
            self.make_tables();
        }
    }

    fn push(&mut self, hash: [u64; 4]) -> u32 {
        self.take_over();
        let row = self.count;
        if row.is_multiple_of(BLOCK) {
            // The first block grows as it must, so that a small index stays small.
            self.blocks.push(if row == 0 { Vec::new() } else { Vec::with_capacity(BLOCK) });
        }
        if let Some(block) = self.blocks.last_mut() {
            block.push(Row(hash));
        }
        self.count += 1;
        row as u32
    }

    /// Takes a row out; whether it was there.
    pub fn remove(&mut self, row: u32) -> bool {
        let (word, bit) = (row as usize / 64, 1 << (row % 64));
        if row as usize >= self.count {
            return false;
        }
        if self.removed.len() <= word {
            self.removed.resize(word + 1, 0);
        }
        let was_there = self.removed[word] & bit == 0;
        self.removed[word] |= bit;
        self.removed_count += usize::from(was_there);
        was_there
    }

    /// Whether a row was taken out.
    #[must_use]
    pub fn is_removed(&self, row: u32) -> bool {
        self.removed.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The hash of a row, also of a removed one.
    #[must_use]
    pub fn hash(&self, row: u32) -> Option<&[u64; 4]> {
        self.blocks.get(row as usize >> BLOCK_BITS)?.get(row as usize & (BLOCK - 1)).map(|Row(hash)| hash)
    }

    /// Makes tables over the newest rows too; a search does so by itself now and then.
    pub fn make_tables(&mut self) {
        self.take_over();
        self.segments = self.made();
    }

    /// The segments that a search made become the index's own, now that it may be changed.
    fn take_over(&mut self) {
        if let Some(late) = self.late.take() {
            self.segments = late;
        }
    }

    /// The newest tables there are.
    fn segments(&self) -> &[Arc<Segment>] {
        self.late.get().unwrap_or(&self.segments)
    }

    /// The same, made anew where too many rows are without.
    fn made_in_time(&self) -> &[Arc<Segment>] {
        let last = self.segments().last().map_or(0, |segment| segment.count);
        if self.loading || self.count - self.indexed() < TAIL.max(last / 8) {
            return self.segments();
        }
        self.late.get_or_init(|| self.made())
    }

    /// Tables over all rows: those that are there, of which the last is made anew if it can hold what came since.
    fn made(&self) -> Vec<Arc<Segment>> {
        let mut segments = self.segments.clone();
        let end = |segments: &[Arc<Segment>]| segments.last().map_or(0, |last| last.base + last.count);
        while end(&segments) < self.count {
            let indexed = end(&segments);
            let base = match segments.last() {
                Some(last) if self.count - last.base <= MOST_ROWS => last.base,
                _ => indexed,
            };
            if base < indexed {
                segments.pop();
            }
            let count = (self.count - base).min(MOST_ROWS);
            // A segment starts where the one before it ended, which need not be where a block starts.
            let rows = || {
                let from = base / BLOCK;
                let blocks = self.blocks.get(from..).unwrap_or_default();
                blocks.iter().flatten().skip(base - from * BLOCK).take(count).map(|Row(hash)| hash)
            };
            segments.push(Arc::new(Segment { base, count, tables: Tables::build(count, rows) }));
        }
        segments
    }

    #[cfg(test)]
    pub(super) fn segments_for_test(&self) -> Vec<usize> {
        self.segments().iter().map(|segment| segment.count).collect()
    }

    fn indexed(&self) -> usize {
        self.segments().last().map_or(0, |segment| segment.base + segment.count)
    }

    /// All rows within `radius` of a hash, in order of rows.
    #[must_use]
    pub fn search(&self, query: &[u64; 4], radius: u32) -> Vec<Near> {
        if radius > MOST_RADIUS {
            let mut found = Vec::new();
            self.scan(&[*query], radius, |near| found.push(near));
            found.sort_unstable();
            return found;
        }
        let mut found = Vec::new();
        let mut rows = Vec::new();
        for segment in self.made_in_time() {
            rows.clear();
            segment.tables.probe(query, radius, &mut rows);
            verify(&self.blocks, BLOCK_BITS, segment.base as u32, &rows, query, radius, &mut found);
        }
        self.scan_from(self.indexed(), &[*query], radius, &mut |near| found.push((near.row, near.distance)));
        found.sort_unstable();
        found.dedup();
        found.retain(|(row, _)| !self.is_removed(*row));
        found.into_iter().map(|(row, distance)| Near { query: 0, row, distance }).collect()
    }

    /// Calls `found` for all rows within `radius` of any of the queries: one pass over everything, for wide radii and many queries.
    pub fn scan(&self, queries: &[[u64; 4]], radius: u32, mut found: impl FnMut(Near)) {
        self.scan_from(0, queries, radius, &mut |near| {
            if !self.is_removed(near.row) {
                found(near);
            }
        });
    }

    fn scan_from(&self, start: usize, queries: &[[u64; 4]], radius: u32, found: &mut impl FnMut(Near)) {
        for (number, block) in self.blocks.iter().enumerate().skip(start / BLOCK) {
            let base = number * BLOCK;
            let skipped = start.saturating_sub(base).min(block.len());
            flat::scan(&block[skipped..], queries, radius, |near| {
                found(Near { row: (base + skipped) as u32 + near.row, ..near });
            });
        }
    }
}
