//! The negative bank: frames that two items have in common although neither is a copy of the other. A studio's backdrop, a lower third, a
//! broadcaster's ident: what once led a person to reject a match confirms no other match any more.
//!
//! A rejection teaches the frames of both items that made them look alike. A later match is demoted to a suggestion if nearly all frames that
//! it rests on lie as near to such frames as to those of the item that it was matched with. Three things follow from that:
//! - a faithful copy of either of the two is recognised all the same: its frames are far nearer to their own item than to the other's;
//! - another programme before the same backdrop is not: its frames are as near to the one as to the other;
//! - frames taught by an item never speak against matches with that very item.
//!
//! ❌ not handled: matches by sound alone are never confirmed anyway; the bank knows no sound.

use std::collections::{BTreeMap, BTreeSet};

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::CopyMatchId;
use podlinnik_similarity::archive::MIN_QUALITY;
use podlinnik_similarity::pdq::{Pdq, REFERENCE_MAX_DISTANCE};
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_storage::record::{Lesson, LessonRecord};

/// Widest distance of two frames that counts as alike at all, in bits: the search's own.
const ALIKE: u32 = 60;
/// A frame this much farther from what was taught than from the item that it was matched with is still no proof for that item.
const MARGIN: u32 = 8;
/// Share of the frames that a match rests on which the bank has to know for the match to be demoted.
const MOSTLY: f64 = 0.8;

/// A stretch of a suspect and of what it was matched with, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spans {
    /// Of the suspect.
    pub(crate) suspect_s: [f64; 2],
    /// Of the other.
    pub(crate) matched_s: [f64; 2],
    /// Whether left and right are exchanged.
    pub(crate) mirror: bool,
}

/// One moment of a clip with its hashes: of the frame, and of the picture inside its bars.
type Moment = Vec<(Pdq, Pdq)>;

/// Moments with structure within a span; a margin of half a second, since frames are looked at twice a second.
fn moments(signature: &MediaSignature, span_s: [f64; 2]) -> BTreeMap<u32, Moment> {
    let mut moments: BTreeMap<u32, Moment> = BTreeMap::new();
    for frame in signature.frames().iter().filter(|frame| frame.quality >= MIN_QUALITY) {
        let at_s = f64::from(frame.at_ms) / 1000.0;
        if at_s >= span_s[0] - 0.5 && at_s <= span_s[1] + 0.5 {
            moments.entry(frame.at_ms).or_default().push((frame.pdq, frame.mirrored));
        }
    }
    moments
}

/// The nearest of many hashes, in bits.
fn nearest<'a>(hash: &Pdq, among: impl Iterator<Item = &'a Pdq>) -> Option<u32> {
    among.map(|other| hash.distance(other)).min()
}

/// Bits between a moment and the nearest of many hashes.
fn distance(moment: &Moment, mirror: bool, among: &[Pdq]) -> Option<u32> {
    let seen = moment.iter().map(|(upright, mirrored)| if mirror { mirrored } else { upright });
    seen.filter_map(|hash| nearest(hash, among.iter())).min()
}

fn hashes(moments: &BTreeMap<u32, Moment>) -> Vec<Pdq> {
    moments.values().flatten().map(|(upright, _)| *upright).collect()
}

/// What a rejection of a match teaches: the frames of both that led to it, or, where no whole frames did, all within its spans. None where there is
/// nothing to be learnt (a match by sound).
pub(crate) fn lesson(suspect: &MediaSignature, matched: &MediaSignature, spans: Spans) -> Option<Lesson> {
    let (ours, theirs) = (moments(suspect, spans.suspect_s), moments(matched, spans.matched_s));
    let (our_hashes, their_hashes) = (hashes(&ours), hashes(&theirs));
    let alike = |moments: &BTreeMap<u32, Moment>, others: &[Pdq]| -> BTreeSet<u32> {
        let led = |moment: &Moment| distance(moment, spans.mirror, others).is_some_and(|bits| bits <= ALIKE);
        moments.iter().filter(|(_, moment)| led(moment)).map(|(at_ms, _)| *at_ms).collect()
    };
    let (mut our_instants, mut their_instants) = (alike(&ours, &their_hashes), alike(&theirs, &our_hashes));
    if our_instants.is_empty() || their_instants.is_empty() {
        (our_instants, their_instants) = (ours.keys().copied().collect(), theirs.keys().copied().collect());
    }
    if our_instants.is_empty() || their_instants.is_empty() {
        return None;
    }
    Some(Lesson {
        suspect: suspect.frames_at(&our_instants).to_bytes(),
        matched: matched.frames_at(&their_instants).to_bytes(),
    })
}

/// Frames that one item taught.
#[derive(Debug)]
struct Taught {
    item: Sha256,
    hashes: Vec<Pdq>,
}

/// All lessons that count, followed by number.
#[derive(Debug, Default)]
pub(crate) struct NegativeBank {
    lessons: BTreeMap<CopyMatchId, [Taught; 2]>,
    after: u64,
}

impl NegativeBank {
    /// The last entry that is taken into account.
    pub(crate) const fn after(&self) -> u64 {
        self.after
    }

    /// Takes an entry in.
    pub(crate) fn take_in(&mut self, record: &LessonRecord) {
        self.after = self.after.max(record.sequence);
        self.lessons.remove(&record.found);
        let Some(lesson) = &record.lesson else { return };
        let taught = |item: Sha256, bytes: &[u8]| match MediaSignature::from_bytes(bytes) {
            Ok(signature) => {
                let hashes =
                    signature.frames().iter().flat_map(|frame| [frame.pdq, frame.mirrored]).collect();
                Taught { item, hashes }
            }
            Err(error) => {
                let number = record.sequence;
                tracing::error!(
                    lesson.sequence = number,
                    "lesson {number} of the negative bank cannot be read: {error}"
                );
                Taught { item, hashes: Vec::new() }
            }
        };
        let [suspect, matched] = record.pair;
        let both = [taught(suspect, &lesson.suspect), taught(matched, &lesson.matched)];
        self.lessons.insert(record.found, both);
    }

    /// Whether there is nothing that a match could be held against.
    pub(crate) fn is_empty(&self) -> bool {
        self.lessons.is_empty()
    }

    /// Whether the frames that a match rests on are, nearly all of them, ones that were taught to prove nothing. `pair`: suspect, if its bytes are known,
    /// and what it was matched with.
    pub(crate) fn speaks_against(
        &self,
        (suspect, known): (&MediaSignature, &MediaSignature),
        pair: (Option<Sha256>, Sha256),
        spans: Spans,
    ) -> bool {
        let of_others = |taught: &&Taught| taught.item != pair.1 && Some(taught.item) != pair.0;
        let taught: Vec<Pdq> = self
            .lessons
            .values()
            .flatten()
            .filter(of_others)
            .flat_map(|one| one.hashes.iter().copied())
            .collect();
        if taught.is_empty() {
            return false;
        }
        let theirs = hashes(&moments(known, spans.matched_s));
        let ours = moments(suspect, spans.suspect_s);
        let reached = |moment: &Moment| distance(moment, spans.mirror, &theirs).filter(|bits| *bits <= ALIKE);
        let by_frames = ours.values().any(|moment| reached(moment).is_some());
        let (mut rests_on, mut proves_nothing) = (0_u32, 0_u32);
        for moment in ours.values() {
            // found by details instead: every frame of the span counts
            let own = match reached(moment) {
                Some(bits) => bits,
                None if by_frames => continue,
                None => REFERENCE_MAX_DISTANCE,
            };
            rests_on += 1;
            let bank = distance(moment, false, &taught);
            let near = bank.is_some_and(|bits| bits <= REFERENCE_MAX_DISTANCE && bits <= own + MARGIN);
            proves_nothing += u32::from(near);
        }
        rests_on > 0 && f64::from(proves_nothing) >= MOSTLY * f64::from(rests_on)
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_similarity::picture::Picture;
    use podlinnik_similarity::signature::SignatureBuilder;

    use super::*;

    const SIDE: usize = 64;

    /// Pictures of blocks: `scene` is a backdrop that stands still, `programme` shades it a little, anew every half second.
    fn clip(scenes: &[(u64, usize)], programme: u64) -> MediaSignature {
        let mut builder = SignatureBuilder::new();
        let mut at = 0_u32;
        for (scene, length) in scenes {
            for instant in 0..*length as u64 {
                let block = |number: usize, seed: u64| {
                    let mut state =
                        (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (number as u64 * 0x0100_0000_01b3);
                    for _ in 0..3 {
                        state ^= state << 13;
                        state ^= state >> 7;
                        state ^= state << 17;
                    }
                    (state >> 24) as u8
                };
                let shade = |number: usize| {
                    let (base, tint) =
                        (block(number, scene * 1000), block(number, programme * 77_777 + instant));
                    u8::try_from((u32::from(base) * 19 + u32::from(tint)) / 20).unwrap()
                };
                let blocks: Vec<u8> = (0..64).map(shade).collect();
                let rgb: Vec<u8> =
                    (0..SIDE * SIDE).flat_map(|at| [blocks[at / SIDE / 8 * 8 + at % SIDE / 8]; 3]).collect();
                builder.push_frame(&Picture::new(&rgb, SIDE, SIDE).unwrap(), f64::from(at) / 2.0);
                at += 1;
            }
        }
        builder.finish()
    }

    fn whole(one: &MediaSignature, other: &MediaSignature) -> Spans {
        Spans { suspect_s: [0.0, one.duration_s()], matched_s: [0.0, other.duration_s()], mirror: false }
    }

    fn item(number: u8) -> Sha256 {
        Sha256::of(&[number])
    }

    fn bank(pair: [u8; 2], one: &MediaSignature, other: &MediaSignature) -> NegativeBank {
        let mut bank = NegativeBank::default();
        bank.take_in(&LessonRecord {
            sequence: 1,
            found: uuid::Uuid::from_u128(1).into(),
            pair: pair.map(item),
            lesson: lesson(one, other, whole(one, other)),
        });
        bank
    }

    #[test]
    fn a_backdrop_that_was_rejected_once_confirms_nothing_more() {
        let (first, second, third) = (clip(&[(7, 16)], 1), clip(&[(7, 16)], 2), clip(&[(7, 16)], 3));
        let bank = bank([2, 1], &second, &first);
        let against = |suspect: &MediaSignature, known: &MediaSignature, number| {
            bank.speaks_against((suspect, known), (None, item(number)), whole(suspect, known))
        };
        assert!(against(&third, &first, 1), "a third programme before the same backdrop, against either");
        assert!(against(&third, &second, 2));
        assert!(!against(&first, &first, 1), "a faithful copy of the one");
        assert!(!against(&second, &second, 2), "and of the other");
        assert!(against(&second, &first, 1), "but the two are not each other's copies");
    }

    #[test]
    fn what_a_match_rests_on_has_to_be_known_nearly_all() {
        let (first, second) = (clip(&[(7, 16)], 1), clip(&[(7, 16)], 2));
        let bank = bank([2, 1], &second, &first);
        let known = clip(&[(7, 4), (9, 12)], 3);
        let copy = clip(&[(7, 4), (9, 12)], 3);
        assert!(
            !bank.speaks_against((&copy, &known), (None, item(3)), whole(&copy, &known)),
            "four of sixteen"
        );
        let known = clip(&[(7, 15), (9, 1)], 3);
        let other = clip(&[(7, 15), (8, 1)], 4);
        assert!(
            bank.speaks_against((&other, &known), (None, item(3)), whole(&other, &known)),
            "fifteen of sixteen"
        );
    }

    #[test]
    fn what_is_taken_back_counts_no_more() {
        let (first, second, third) = (clip(&[(7, 16)], 1), clip(&[(7, 16)], 2), clip(&[(7, 16)], 3));
        let mut bank = bank([2, 1], &second, &first);
        assert!(!bank.is_empty());
        bank.take_in(&LessonRecord {
            sequence: 2,
            found: uuid::Uuid::from_u128(1).into(),
            pair: [2, 1].map(item),
            lesson: None,
        });
        assert!(bank.is_empty() && bank.after() == 2);
        assert!(!bank.speaks_against((&third, &first), (None, item(1)), whole(&third, &first)));
    }

    #[test]
    fn items_without_frames_teach_nothing() {
        let (first, nothing) = (clip(&[(7, 16)], 1), MediaSignature::default());
        assert_eq!(lesson(&first, &nothing, whole(&first, &nothing)), None);
    }
}
