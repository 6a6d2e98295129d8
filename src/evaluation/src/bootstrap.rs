//! Resampling by group: all files of a source video are drawn together or not at all, and the mixture of classes stays what it is.

use std::collections::BTreeMap;

/// Groups of each class below which there is no interval.
const FEWEST: usize = 5;

/// SplitMix64 (Steele, Lea & Flood 2014): the same stream everywhere and in every version.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// A stream of its own for each name.
    pub(crate) fn new(seed: u64, name: &str) -> Self {
        // FNV-1a.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(seed ^ hash)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

/// Who is drawn together, and from which pot.
#[derive(Debug, Clone)]
pub(crate) struct Resampler {
    group_of: Vec<usize>,
    /// Groups with genuine files only, with fakes only, with both.
    strata: [Vec<usize>; 3],
    drawn: Vec<f64>,
}

impl Resampler {
    /// Out of (group, fake) by observation.
    pub(crate) fn new<'a>(observations: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let mut numbers = BTreeMap::new();
        let mut classes: Vec<[bool; 2]> = Vec::new();
        let mut group_of = Vec::new();
        for (group, fake) in observations {
            let number = *numbers.entry(group).or_insert_with(|| {
                classes.push([false; 2]);
                classes.len() - 1
            });
            classes[number][usize::from(fake)] = true;
            group_of.push(number);
        }
        let mut strata = [const { Vec::new() }; 3];
        for (number, class) in classes.iter().enumerate() {
            let stratum = match class {
                [true, false] => 0,
                [false, true] => 1,
                _ => 2,
            };
            strata[stratum].push(number);
        }
        Self { group_of, strata, drawn: vec![0.0; classes.len()] }
    }

    /// Whether drawing again tells anything: from a handful of sources, it only repeats them.
    pub(crate) fn enough(&self) -> bool {
        let [genuine, fake, both] = self.strata.each_ref().map(Vec::len);
        let enough = |alone: usize| alone + both == 0 || alone + both >= FEWEST;
        enough(genuine) && enough(fake)
    }

    /// One round: how often each group was drawn. Ask with [`Self::weight`].
    pub(crate) fn draw(&mut self, random: &mut Random) {
        self.drawn.fill(0.0);
        for stratum in &self.strata {
            for _ in 0..stratum.len() {
                self.drawn[stratum[random.below(stratum.len())]] += 1.0;
            }
        }
    }

    /// How often an observation counts in this round.
    pub(crate) fn weight(&self, observation: usize) -> f64 {
        self.drawn[self.group_of[observation]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_moves_together_and_classes_keep_their_share() {
        let groups =
            [("a", false), ("a", true), ("b", false), ("c", false), ("d", true), ("d", true), ("e", true)];
        let mut resampler = Resampler::new(groups);
        assert_eq!(resampler.drawn.len(), 5);
        assert!(!resampler.enough(), "three sources of genuine files");
        let mut random = Random::new(7, "test");
        let mut seen_twice = false;
        for _ in 0..100 {
            resampler.draw(&mut random);
            assert_eq!(resampler.weight(0), resampler.weight(1), "a pair");
            assert_eq!(resampler.weight(4), resampler.weight(5), "two of a video");
            assert_eq!(resampler.weight(0), 1.0, "the only mixed group is always there");
            assert_eq!(resampler.weight(2) + resampler.weight(3), 2.0, "two groups of genuine files");
            seen_twice |= resampler.weight(6) == 2.0;
        }
        assert!(seen_twice);
    }

    #[test]
    fn five_sources_of_each_class_or_none_of_one_are_enough() {
        let names = ["a", "b", "c", "d", "e"];
        let both = |fakes: usize| {
            let fakes = names.iter().take(fakes).map(|name| (*name, true));
            Resampler::new(names.iter().map(|name| (*name, false)).chain(fakes)).enough()
        };
        assert!(both(5) && both(0) && !both(4));
    }

    #[test]
    fn the_stream_is_the_published_one() {
        // First outputs of SplitMix64 from the state 1234567, as published with the reference implementation.
        let mut random = Random(1_234_567);
        assert_eq!([random.next(), random.next()], [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]);
    }
}
