//! Fingerprints of sound, compatible with Chromaprint (algorithm 2, what `fpcalc` writes by default).

mod print;
#[cfg(test)]
mod tests;

pub use print::{ITEM_S, MAX_ITEMS, SoundBuilder, SoundPrint};
