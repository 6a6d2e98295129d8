//! Made-up signatures for measuring: of the size of real ones, and resembling nothing.

use super::{Area, FrameSignature, Landmark, LandmarkFrame, MediaSignature, Part};
use crate::pdq::Pdq;
use crate::sound::{ITEM_S, SoundPrint};

/// SplitMix64.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn words(&mut self) -> [u64; 4] {
        std::array::from_fn(|_| self.throw())
    }

    pub(crate) fn frame(&mut self, at_ms: u32) -> FrameSignature {
        let (pdq, mirrored) = (Pdq::from_words(self.words()), Pdq::from_words(self.words()));
        FrameSignature { at_ms, pdq, mirrored, quality: 90, part: Part::Whole, area: Area::WHOLE }
    }

    pub(crate) fn corners(&mut self, at_ms: u32, count: usize, mirrored: bool) -> LandmarkFrame {
        let mut corner = || {
            let place = self.throw();
            Landmark { place: [place as u16, (place >> 16) as u16], descriptor: self.words() }
        };
        LandmarkFrame { at_ms, mirrored, size: [320, 180], points: (0..count).map(|_| corner()).collect() }
    }

    /// An hour that nothing resembles, as it is kept: two hashes a second, corners every six seconds, sound throughout.
    pub fn hour(&mut self) -> MediaSignature {
        let items = (3600.0 / ITEM_S) as usize;
        let sound = (0..items).map(|_| self.throw() as u32).collect();
        MediaSignature {
            duration_ms: 3_600_000,
            frames: (0..7200).map(|at| self.frame(at * 500)).collect(),
            landmarks: (0..600).map(|at| self.corners(at * 6000, 80, false)).collect(),
            sound: Some(SoundPrint::from_parts(0, sound, vec![true; items])),
        }
    }
}
