//! How well the methods do on labelled media: from one record per file to a report with intervals. No I/O beyond reading a manifest.
//!
//! - [`set`]: labelled sets, from a manifest or a folder; [`record`]: what was measured on one file
//! - `sample`: records → observations of one detector; `buckets`: which slices are looked at apart
//! - [`ranking`]: AUC, TPR at a false-positive rate, EER; [`answers`]: Brier, ECE, risk–coverage; [`interval`]: Clopper–Pearson and percentiles
//! - `bootstrap`: resampling by group; `mistakes`: the worst ones, by name
//! - [`tracing`]: the same for originals that are to be found
//! - [`report`]: the document `podlinnik-evaluation/2` (`SCHEMA.md`); [`evaluate`]: makes it; [`html`]: the page; [`contact_sheet`]: the pictures, apart

pub mod answers;
mod bootstrap;
mod buckets;
pub mod contact_sheet;
mod evaluate;
pub mod html;
pub mod interval;
pub mod localisation;
mod mistakes;
mod plot;
pub mod ranking;
pub mod record;
pub mod report;
mod sample;
pub mod set;
pub mod tracing;
mod words;

pub use evaluate::{Settings, evaluate};

#[cfg(test)]
mod tests;
