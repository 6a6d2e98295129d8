//! PDQ: a perceptual hash of 256 bits, bit-exact with the reference of Facebook's ThreatExchange.
//!
//! Source: "TMK+PDQF and PDQ: algorithms for exact- and near-duplicate detection of images and videos" (Facebook, 2019),
//! chapter "PDQ". Own implementation; `tests` hold it against hashes that the `pdqhash` wheel computed.
//!
//! ✅ luma, two-pass tent filter, 64x64, discrete cosine transform to 16x16, lower median, quality, eight dihedral variants.
//! ❌ scaling down before hashing: the reference's file tools may shrink pictures over 1024 pixels first. Callers decide.

mod dihedral;
mod hasher;
#[cfg(test)]
mod tests;

pub use dihedral::Orientation;
pub use hasher::{Coefficients, Hashed, PdqHasher};

/// Quality below which the reference advises not to match a hash: flat, black or nearly empty frames.
pub const REFERENCE_MIN_QUALITY: u8 = 50;

/// Distance up to which the reference calls two hashes a match.
pub const REFERENCE_MAX_DISTANCE: u32 = 31;

/// A PDQ hash. Byte 0 is the first pair of hexadecimal digits of the reference's text form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pdq([u8; 32]);

/// Why a text is not a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a PDQ hash is 64 hexadecimal digits")]
pub struct PdqParseError;

impl Pdq {
    /// Takes the bytes in the order of the text form.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes in the order of the text form.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Number of bits that differ, 0 to 256; two unrelated pictures are about 128 apart.
    #[must_use]
    pub fn distance(&self, other: &Self) -> u32 {
        let (ours, theirs) = (self.words(), other.words());
        let mut bits = 0;
        for (our, their) in ours.iter().zip(&theirs) {
            bits += (our ^ their).count_ones();
        }
        bits
    }

    /// Four words; which bit lies where does not matter as long as all hashes agree.
    #[must_use]
    pub fn words(&self) -> [u64; 4] {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(self.0.chunks_exact(8)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        words
    }

    /// The inverse of [`Pdq::words`].
    #[must_use]
    pub fn from_words(words: [u64; 4]) -> Self {
        let mut bytes = [0; 32];
        for (into, word) in bytes.chunks_exact_mut(8).zip(words) {
            into.copy_from_slice(&word.to_be_bytes());
        }
        Self(bytes)
    }

    /// Text form of the reference: 64 lower-case digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.to_string()
    }

    /// The bit of the coefficient in row `row`, column `column`, each below 16, is number `row * 16 + column`.
    fn from_bits(bits: impl Iterator<Item = bool>) -> Self {
        let mut bytes = [0_u8; 32];
        for (number, bit) in bits.take(256).enumerate() {
            bytes[31 - number / 8] |= u8::from(bit) << (number % 8);
        }
        Self(bytes)
    }
}

impl std::fmt::Display for Pdq {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Pdq {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Pdq({self})")
    }
}

impl std::str::FromStr for Pdq {
    type Err = PdqParseError;

    fn from_str(text: &str) -> Result<Self, PdqParseError> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(PdqParseError);
        }
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = pair else { return Err(PdqParseError) };
            *byte = value(*high).zip(value(*low)).map(|(high, low)| high << 4 | low).ok_or(PdqParseError)?;
        }
        Ok(Self(bytes))
    }
}
