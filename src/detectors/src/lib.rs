//! Pure analysis: media in, findings out. No clock but for deadlines and timings, no network, no database.
//!
//! - [`Examiner`]: runs face pipeline, every detector of the registry and the fusion over one media stream
//! - [`detector`]: what a method is, what it gets, what it answers
//! - [`registry`]: every method, in display order
//! - [`face`]: finds faces, follows them, cuts them out, measures their quality
//! - [`calibration`]: from a score to a bounded likelihood ratio, or to a reason for silence
//! - [`fusion`]: all methods together
//! - [`face_manipulation`], [`synthetic_picture`], [`temporal`], [`voice`]: the methods, one folder each
//!
//! Adding a method: write `src/<name>/{mod.rs, README.md, tests.rs, snapshots/}`, add its line to [`registry`] and its weight to `fusion.json`.

pub mod calibration;
pub mod detector;
pub mod examination;
mod examiner;
pub mod face;
pub mod face_manipulation;
pub mod fusion;
mod gather;
pub mod registry;
pub mod synthetic_picture;
pub mod temporal;
#[cfg(test)]
mod tests;
pub mod voice;

pub use detector::{Context, Descriptor, Detector, DetectorError, Evidence, MethodResult, Outcome};
pub use examination::{Examination, ExamineError, ExamineOptions, Picture};
pub use examiner::Examiner;
