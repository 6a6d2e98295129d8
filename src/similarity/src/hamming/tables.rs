//! The eight tables over a stretch of rows.

use multiversion::multiversion;

use super::Row;

/// Pieces of a hash.
const PIECES: usize = 8;
/// Most rows that three bytes can number.
pub(super) const MOST_ROWS: usize = 1 << 24;
/// Widest radius for which the tables are faster than a scan.
pub(super) const MOST_RADIUS: u32 = 47;

/// For each piece the rows ordered by a key cut from it.
pub(super) struct Tables {
    pieces: Vec<Piece>,
}

/// Rows whose key is `k` are `rows[starts.at(k)..starts.at(k + 1)]`.
struct Piece {
    key_bits: u32,
    starts: Starts,
    rows: Vec<[u8; 3]>,
}

/// Buckets that share one wide number.
const GROUP_BITS: usize = 6;

/// Where each bucket starts: a wide number for every 64 buckets and a narrow one for each, or, where so many hashes are alike that a narrow
/// one does not hold them, wide ones throughout.
enum Starts {
    Narrow { groups: Vec<u32>, within: Vec<u16> },
    Wide(Vec<u32>),
}

impl Starts {
    fn new(starts: Vec<u32>) -> Self {
        let groups: Vec<u32> = starts.iter().step_by(1 << GROUP_BITS).copied().collect();
        let mut within = Vec::with_capacity(starts.len());
        for (bucket, start) in starts.iter().enumerate() {
            match u16::try_from(start - groups[bucket >> GROUP_BITS]) {
                Ok(offset) => within.push(offset),
                Err(_) => return Self::Wide(starts),
            }
        }
        Self::Narrow { groups, within }
    }

    #[inline]
    fn at(&self, bucket: usize) -> usize {
        match self {
            Self::Narrow { groups, within } => {
                (groups[bucket >> GROUP_BITS] + u32::from(within[bucket])) as usize
            }
            Self::Wide(starts) => starts[bucket] as usize,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Narrow { groups, within } => groups.capacity() * 4 + within.capacity() * 2,
            Self::Wide(starts) => starts.capacity() * 4,
        }
    }
}

impl std::fmt::Debug for Tables {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tables").field("pieces", &self.pieces.len()).finish_non_exhaustive()
    }
}

/// The key of a piece: the low bits of its 32.
fn key(hash: &[u64; 4], piece: usize, bits: u32) -> usize {
    let half = hash[piece / 2] >> (32 * (piece % 2));
    (half & ((1 << bits) - 1)) as usize
}

impl Tables {
    /// Tables over hashes given twice over (one pass counts, one fills); at most [`MOST_ROWS`].
    pub(super) fn build<'a, I: Iterator<Item = &'a [u64; 4]>>(
        count: usize,
        hashes: impl Fn() -> I + Sync,
    ) -> Self {
        let key_bits = (count.max(1).ilog2()).saturating_sub(1).clamp(8, 21);
        let make = |piece: usize| {
            // The widest keys only for every second piece: that keeps ten million hashes under 600 MB.
            let key_bits = key_bits - u32::from(key_bits == 21 && piece.is_multiple_of(2));
            let mut starts = vec![0_u32; (1 << key_bits) + 1];
            for hash in hashes() {
                starts[key(hash, piece, key_bits) + 1] += 1;
            }
            let mut sum = 0;
            for start in &mut starts {
                sum += *start;
                *start = sum;
            }
            // Fill from the starts and push them forward; afterwards every start is the next one's, so shift them back.
            let mut rows = vec![[0; 3]; count];
            for (row, hash) in hashes().enumerate() {
                let start = &mut starts[key(hash, piece, key_bits)];
                let [low, middle, high, _] = (row as u32).to_le_bytes();
                rows[*start as usize] = [low, middle, high];
                *start += 1;
            }
            starts.rotate_right(1);
            starts[0] = 0;
            Piece { key_bits, starts: Starts::new(starts), rows }
        };
        // pieces know nothing of each other
        let pieces = std::thread::scope(|scope| {
            let late = scope.spawn(|| (PIECES / 2..PIECES).map(make).collect::<Vec<_>>());
            let mut pieces: Vec<Piece> = (0..PIECES / 2).map(make).collect();
            pieces.extend(late.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            pieces
        });
        Self { pieces }
    }

    /// Bytes held.
    pub(super) fn bytes(&self) -> usize {
        self.pieces.iter().map(|piece| piece.starts.bytes() + piece.rows.capacity() * 3).sum()
    }

    /// Rows that may be within `radius` of the query, some of them more than once.
    pub(super) fn probe(&self, query: &[u64; 4], radius: u32, rows: &mut Vec<u32>) {
        // Radius + 1 differing bits are shared out: some piece holds no more than its share less one.
        let (share, more) = ((radius as usize + 1) / PIECES, (radius as usize + 1) % PIECES);
        for (number, piece) in self.pieces.iter().enumerate() {
            let allowed = share + usize::from(number < more);
            let Some(most) = allowed.checked_sub(1) else { continue };
            let centre = key(query, number, piece.key_bits);
            visit_ball(piece.key_bits, most, |mask| {
                let bucket = centre ^ mask;
                let (from, to) = (piece.starts.at(bucket), piece.starts.at(bucket + 1));
                rows.extend(
                    piece.rows[from..to]
                        .iter()
                        .map(|[low, middle, high]| u32::from_le_bytes([*low, *middle, *high, 0])),
                );
            });
        }
    }
}

/// All masks of `bits` bits with at most `most` of them set.
fn visit_ball(bits: u32, most: usize, mut visit: impl FnMut(usize)) {
    fn deeper(from: u32, bits: u32, left: usize, mask: usize, visit: &mut impl FnMut(usize)) {
        visit(mask);
        if left > 0 {
            for bit in from..bits {
                deeper(bit + 1, bits, left - 1, mask | 1 << bit, visit);
            }
        }
    }
    deeper(0, bits, most, 0, &mut visit);
}

/// Keeps of the candidate rows those within the radius, with their distances.
#[multiversion(targets("x86_64+avx2+popcnt", "x86_64+sse4.2+popcnt"))]
pub(super) fn verify(
    blocks: &[Vec<Row>],
    block_bits: u32,
    base: u32,
    rows: &[u32],
    query: &[u64; 4],
    radius: u32,
    found: &mut Vec<(u32, u32)>,
) {
    let within = (1 << block_bits) - 1;
    for row in rows {
        let row = base + row;
        let Row(hash) = &blocks[(row >> block_bits) as usize][(row & within) as usize];
        let distance = (hash[0] ^ query[0]).count_ones()
            + (hash[1] ^ query[1]).count_ones()
            + (hash[2] ^ query[2]).count_ones()
            + (hash[3] ^ query[3]).count_ones();
        if distance <= radius {
            found.push((row, distance));
        }
    }
}
