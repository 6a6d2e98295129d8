//! Samples to fingerprint.

use rusty_chromaprint::{Configuration, Fingerprinter};

/// Rate of the samples taken in, per second.
const RATE: u32 = 16_000;
/// Seconds from one item to the next: 1365 samples at Chromaprint's inner 11,025 a second.
pub const ITEM_S: f64 = 1365.0 / 11_025.0;
/// Most items of one medium: 24 h.
pub const MAX_ITEMS: usize = 700_000;
/// Seconds that one item looks at: 20 transforms of 4096 samples, 1365 apart.
pub(super) const ITEM_SPAN_S: f64 = (19.0 * 1365.0 + 4096.0) / 11_025.0;
/// Root mean square under which a stretch counts as silence: −54 dB of full scale.
const SILENCE: f64 = 0.002;
/// Samples over which loudness is taken.
const LOUDNESS_STEP: usize = 1600;
/// A hole in the stream up to this length is filled with silence; a longer one too, but no more than this many seconds.
const LONGEST_HOLE_S: f64 = 3600.0;

/// A fingerprint: one item of 32 bits every [`ITEM_S`] seconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SoundPrint {
    start_ms: u32,
    items: Vec<u32>,
    audible: Vec<bool>,
}

impl SoundPrint {
    pub(crate) fn from_parts(start_ms: u32, items: Vec<u32>, audible: Vec<bool>) -> Self {
        Self { start_ms, items, audible }
    }

    /// Time of the first item in milliseconds.
    #[must_use]
    pub const fn start_ms(&self) -> u32 {
        self.start_ms
    }

    /// The items, as `fpcalc -raw` prints them.
    #[must_use]
    pub fn items(&self) -> &[u32] {
        &self.items
    }

    /// Per item, whether at least half of what it looks at is louder than silence.
    #[must_use]
    pub fn audible_mask(&self) -> &[bool] {
        &self.audible
    }

    /// Number of audible items.
    #[must_use]
    pub fn audible(&self) -> usize {
        self.audible.iter().filter(|audible| **audible).count()
    }

    /// Time of an item in seconds.
    #[must_use]
    pub fn at_s(&self, item: usize) -> f64 {
        f64::from(self.start_ms) / 1000.0 + item as f64 * ITEM_S
    }
}

/// Takes samples as they come.
pub struct SoundBuilder {
    fingerprinter: Option<Fingerprinter>,
    start_s: f64,
    taken: u64,
    loudness: Vec<bool>,
    pending: Vec<f32>,
    shorts: Vec<i16>,
}

impl std::fmt::Debug for SoundBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SoundBuilder").field("taken", &self.taken).finish_non_exhaustive()
    }
}

impl Default for SoundBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl SoundBuilder {
    /// A builder that has heard nothing.
    #[must_use]
    pub fn new() -> Self {
        let (loudness, pending, shorts) = (Vec::new(), Vec::new(), Vec::new());
        Self { fingerprinter: None, start_s: 0.0, taken: 0, loudness, pending, shorts }
    }

    /// Time of the sample after the last one taken, in seconds.
    #[must_use]
    pub fn end_s(&self) -> f64 {
        self.start_s + self.taken as f64 / f64::from(RATE)
    }

    /// Takes samples, mono, 16,000 a second, −1 to 1. `at_s` is the time of the first; a hole before it becomes silence.
    pub fn push(&mut self, samples: &[f32], at_s: f64) {
        if samples.is_empty() || !at_s.is_finite() {
            return;
        }
        if self.fingerprinter.is_none() {
            let mut fingerprinter = Fingerprinter::new(&Configuration::preset_test2());
            if fingerprinter.start(RATE, 1).is_err() {
                return;
            }
            self.fingerprinter = Some(fingerprinter);
            self.start_s = at_s.max(0.0);
        }
        let hole = (at_s - self.end_s()).min(LONGEST_HOLE_S);
        if hole > 0.02 {
            let zeros = vec![0.0; LOUDNESS_STEP];
            let mut missing = (hole * f64::from(RATE)) as usize;
            while missing > 0 {
                let count = missing.min(zeros.len());
                self.take(&zeros[..count]);
                missing -= count;
            }
        }
        self.take(samples);
    }

    fn take(&mut self, samples: &[f32]) {
        if self.end_s() - self.start_s > MAX_ITEMS as f64 * ITEM_S {
            return;
        }
        self.shorts.clear();
        self.shorts.extend(samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i16));
        if let Some(fingerprinter) = &mut self.fingerprinter {
            fingerprinter.consume(&self.shorts);
        }
        self.taken += samples.len() as u64;
        self.pending.extend_from_slice(samples);
        let whole = self.pending.len() / LOUDNESS_STEP * LOUDNESS_STEP;
        for step in self.pending[..whole].chunks_exact(LOUDNESS_STEP) {
            let power =
                step.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / LOUDNESS_STEP as f64;
            self.loudness.push(power > SILENCE * SILENCE);
        }
        self.pending.drain(..whole);
    }

    /// The fingerprint; `None` when there were no samples or too few for one item.
    #[must_use]
    pub fn finish(self) -> Option<SoundPrint> {
        let mut fingerprinter = self.fingerprinter?;
        fingerprinter.finish();
        let items: Vec<u32> = fingerprinter.fingerprint().iter().copied().take(MAX_ITEMS).collect();
        if items.is_empty() {
            return None;
        }
        let step_s = LOUDNESS_STEP as f64 / f64::from(RATE);
        let audible = (0..items.len()).map(|item| {
            let from = (item as f64 * ITEM_S / step_s) as usize;
            let to = ((item as f64 * ITEM_S + ITEM_SPAN_S) / step_s) as usize;
            let heard = self.loudness.get(from..to.min(self.loudness.len())).unwrap_or_default();
            heard.iter().filter(|loud| **loud).count() * 2 >= heard.len().max(1)
        });
        let audible = audible.collect();
        Some(SoundPrint::from_parts((self.start_s * 1000.0).round() as u32, items, audible))
    }
}
