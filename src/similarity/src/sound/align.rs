//! Where in an original the sound of a suspect lies.

use std::collections::BTreeMap;

use multiversion::multiversion;

use super::print::{ITEM_S, SoundPrint};

/// Bits of 32 up to which two items are worth a vote.
const VOTE_BITS: u8 = 7;
/// Items that are compared together.
const BLOCK: usize = 128;
/// Votes of one item of the suspect that are looked at, the closest ones.
const MOST_VOTES: usize = 24;
/// Items of the suspect that vote; of a longer one every second, third … does.
const MOST_VOTERS: usize = 400;
/// Speeds tried, per cent off 1.
const SPEEDS: [i32; 21] = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6, -7, 7, -8, 8, -9, 9, -10, 10];
/// Items over which the bit error rate is smoothed when spans are cut: one second.
const SMOOTH: usize = 8;
/// Smoothed bit error rate at which a span ends.
const SPAN_ERROR: f64 = 0.36;
/// Fewest items of a match: with what an item looks at, about 3.9 s of sound.
const FEWEST: usize = 10;
/// Bit error rate up to which a stretch is a match at all; unrelated speech stays over 0.3 (see EVALUATION.md).
pub const SUGGEST_ERROR: f64 = 0.24;
/// Bit error rate up to which a stretch of [`CONFIRM_ITEMS`] is the same recording.
pub const CONFIRM_ERROR: f64 = 0.17;
/// Items that a confirmed match has at least.
pub const CONFIRM_ITEMS: u32 = 20;
/// Most matches of one pair.
const MOST_MATCHES: usize = 4;

/// A stretch of the suspect's sound that is a stretch of the original's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SoundMatch {
    /// Span in the suspect, seconds.
    pub suspect_span_s: [f64; 2],
    /// Span in the original, seconds.
    pub original_span_s: [f64; 2],
    /// Seconds of the original per second of the suspect.
    pub speed: f64,
    /// Share of bits that differ.
    pub bit_error_rate: f64,
    /// Audible items compared.
    pub items: u32,
}

impl SoundMatch {
    /// Whether this is so close for so long that unrelated sound was never seen to reach it.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.items >= CONFIRM_ITEMS && self.bit_error_rate <= CONFIRM_ERROR
    }
}

/// Stretches of `suspect` that are stretches of `original`, the longest first; they do not overlap in the suspect. Silence matches
/// nothing. Holds for speeds within ±10 % when the pitch was kept; with the pitch changed only within about ±2 %.
#[must_use]
pub fn align(suspect: &SoundPrint, original: &SoundPrint) -> Vec<SoundMatch> {
    let mut votes = votes(suspect, original);
    let mut found = Vec::new();
    while found.len() < MOST_MATCHES
        && let Some((offset, percent)) = strongest(&votes)
    {
        let speed = 1.0 + f64::from(percent) / 100.0;
        let (offset, speed) = refined(suspect, original, offset, speed);
        let spans = spans(suspect, original, offset, speed);
        let lines_near =
            |item: usize, other: usize| (other as f64 - offset - speed * item as f64).abs() < 3.0;
        let before = votes.len();
        votes.retain(|(item, other)| {
            !lines_near(*item, *other) && !spans.iter().any(|span| (span.0..span.1).contains(item))
        });
        if votes.len() == before {
            break;
        }
        found.extend(spans.iter().map(|(from, to, errors, items)| {
            let (first, last) = (*from as f64, (*to - 1) as f64);
            let start_s = |print: &SoundPrint| f64::from(print.start_ms()) / 1000.0;
            // An item looks at 2.7 s from its time on; the span ends where the last item's look ends, less the part that may belong to
            // what follows.
            let suspect_span_s = [
                start_s(suspect) + first * ITEM_S,
                start_s(suspect) + last * ITEM_S + super::print::ITEM_SPAN_S,
            ];
            let map = |item: f64| start_s(original) + (offset + speed * item) * ITEM_S;
            let original_span_s = [map(first).max(0.0), map(last) + super::print::ITEM_SPAN_S * speed];
            SoundMatch { suspect_span_s, original_span_s, speed, bit_error_rate: *errors, items: *items }
        }));
        if spans.is_empty() && found.is_empty() {
            break;
        }
    }
    found.sort_by(|one, other| {
        other.items.cmp(&one.items).then(one.suspect_span_s[0].total_cmp(&other.suspect_span_s[0]))
    });
    found.truncate(MOST_MATCHES);
    found
}

/// Pairs of like, audible items.
fn votes(suspect: &SoundPrint, original: &SoundPrint) -> Vec<(usize, usize)> {
    let stride = suspect.items().len().div_ceil(MOST_VOTERS).max(1);
    let mut votes = Vec::new();
    let mut near: Vec<(u8, usize)> = Vec::new();
    let mut differ = [0_u8; BLOCK];
    for (item, value) in suspect.items().iter().enumerate().step_by(stride) {
        if !suspect.audible_mask()[item] {
            continue;
        }
        near.clear();
        for (block, values) in original.items().chunks(BLOCK).enumerate() {
            let differ = &mut differ[..values.len()];
            // most blocks hold something near by chance, few hold much
            if nearest(values, *value, differ) > VOTE_BITS {
                continue;
            }
            for (number, bits) in differ.iter().enumerate().filter(|(_, bits)| **bits <= VOTE_BITS) {
                let at = block * BLOCK + number;
                if original.audible_mask()[at] {
                    near.push((*bits, at));
                }
            }
        }
        near.sort_unstable();
        votes.extend(near.iter().take(MOST_VOTES).map(|(_, at)| (item, *at)));
    }
    votes
}

/// Bits in which items differ from one; the fewest are given back.
#[multiversion(targets(
    "x86_64+avx512f+avx512bw+avx512vl+avx512vpopcntdq+popcnt",
    "x86_64+avx2+popcnt",
    "x86_64+sse4.2+popcnt"
))]
fn nearest(items: &[u32], value: u32, differ: &mut [u8]) -> u8 {
    for (item, bits) in items.iter().zip(differ.iter_mut()) {
        *bits = (item ^ value).count_ones() as u8;
    }
    differ.iter().copied().min().unwrap_or(u8::MAX)
}

/// Offset (in items) and speed (per cent off 1) that most items of the suspect vote for; at least two.
fn strongest(votes: &[(usize, usize)]) -> Option<(f64, i32)> {
    let mut best: Option<(f64, f64, i32)> = None;
    let mut bins: Vec<(i64, usize)> = Vec::new();
    for percent in SPEEDS {
        let speed = 1.0 + f64::from(percent) / 100.0;
        bins.clear();
        for (item, other) in votes {
            let bin = ((*other as f64 - speed * *item as f64) / 2.0).floor() as i64;
            bins.extend([(bin, *item), (bin + 1, *item)]);
        }
        bins.sort_unstable();
        bins.dedup();
        for group in bins.chunk_by(|one, other| one.0 == other.0) {
            let score = group.len() as f64 * (1.0 - 0.005 * f64::from(percent.abs()));
            if group.len() >= 2 && best.is_none_or(|(most, _, _)| score > most) {
                let bin = group.first().map_or(0, |(bin, _)| *bin);
                best = Some((score, bin as f64 * 2.0, percent));
            }
        }
    }
    best.map(|(_, offset, percent)| (offset, percent))
}

/// Item of the original that belongs to an item of the suspect.
fn counterpart(item: usize, offset: f64, speed: f64, count: usize) -> Option<usize> {
    let at = (offset + speed * item as f64).round();
    (at >= 0.0 && at < count as f64).then_some(at as usize)
}

/// Bits that differ of a pair of audible items.
fn errors(suspect: &SoundPrint, original: &SoundPrint, item: usize, other: usize) -> Option<u32> {
    let audible = *suspect.audible_mask().get(item)? && *original.audible_mask().get(other)?;
    audible.then(|| (suspect.items()[item] ^ original.items()[other]).count_ones())
}

/// Offset and speed near those given with the longest run of like items.
fn refined(suspect: &SoundPrint, original: &SoundPrint, offset: f64, speed: f64) -> (f64, f64) {
    let count = suspect.items().len();
    let gain = |offset: f64, speed: f64| -> f64 {
        let pairs = (0..count).filter_map(|item| {
            let other = counterpart(item, offset, speed, original.items().len())?;
            errors(suspect, original, item, other)
        });
        // A pair under 12 bits speaks for the line; the rest is not part of it.
        pairs.map(|bits| 12.0 - f64::from(bits.min(12))).sum()
    };
    let mut best = (gain(offset, speed), offset, speed);
    for slope in -4..=4 {
        let tried_speed = if count < 40 && slope != 0 { continue } else { speed + f64::from(slope) * 0.0025 };
        for shift in -8..=8 {
            let tried = offset + f64::from(shift) * 0.5;
            let score = gain(tried, tried_speed);
            if score > best.0 + 1e-9 {
                best = (score, tried, tried_speed);
            }
        }
    }
    (best.1, best.2)
}

/// Stretches along a line where the sound agrees: first item, one past the last, bit error rate, items compared.
fn spans(
    suspect: &SoundPrint,
    original: &SoundPrint,
    offset: f64,
    speed: f64,
) -> Vec<(usize, usize, f64, u32)> {
    let bits: Vec<Option<u32>> = (0..suspect.items().len())
        .map(|item| {
            let other = counterpart(item, offset, speed, original.items().len())?;
            errors(suspect, original, item, other)
        })
        .collect();
    let rate = |from: usize, to: usize| -> Option<(f64, u32)> {
        let compared: Vec<u32> = bits.get(from..to)?.iter().copied().flatten().collect();
        let items = compared.len() as u32;
        (items > 0).then(|| (f64::from(compared.iter().sum::<u32>()) / f64::from(items * 32), items))
    };
    let agrees = |item: usize| {
        let (from, to) = (item.saturating_sub(SMOOTH / 2), (item + SMOOTH / 2 + 1).min(bits.len()));
        bits[item].is_some_and(|bits| bits <= 14)
            && rate(from, to).is_some_and(|(rate, _)| rate <= SPAN_ERROR)
    };
    let mut spans = Vec::new();
    let mut open: Option<(usize, usize)> = None;
    for item in 0..bits.len() {
        if agrees(item) {
            open = Some((open.map_or(item, |(from, _)| from), item + 1));
        } else if open.is_some_and(|(_, to)| item > to + 2 * SMOOTH) {
            spans.extend(open.take());
        }
    }
    spans.extend(open);
    let several = |from: usize, to: usize| {
        let kinds: BTreeMap<u32, ()> = suspect.items()[from..to].iter().map(|item| (*item, ())).collect();
        kinds.len() >= FEWEST / 2
    };
    spans
        .into_iter()
        .filter_map(|(from, to)| rate(from, to).map(|(rate, items)| (from, to, rate, items)))
        .filter(|(from, to, rate, items)| {
            *items as usize >= FEWEST && *rate <= SUGGEST_ERROR && several(*from, *to)
        })
        .collect()
}
