//! Fingerprints of sound, compatible with Chromaprint (algorithm 2, what `fpcalc` writes by default), and their alignment.
//!
//! ✅ the same recording after recompression, filtering, noise, a cut; tempo within ±10 % with the pitch kept.
//! ❌ the same words said again; a change of pitch by more than about 2 %; less than 4 s of sound; another voice over it.

mod align;
mod print;
#[cfg(test)]
mod tests;

pub use align::{CONFIRM_ERROR, CONFIRM_ITEMS, SUGGEST_ERROR, SoundMatch, align};
pub use print::{ITEM_S, MAX_ITEMS, SoundBuilder, SoundPrint};
