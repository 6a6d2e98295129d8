//! A suspect excerpt against its original: how it lies in it, and what differs.
//!
//! - [`align`]: geometry (crop, letterbox, scale, mirror, picture-in-picture), time (offset and speed to a fraction of a frame), tone
//! - [`compare`]: what differs, by region and over time, against the noise that recompression explains
//! - [`compare_sound`]: whether the sound is the original's, in its place

mod agreement;
mod align;
mod compare;
mod refine;
mod sound;
#[cfg(test)]
mod tests;
mod time;
mod tone;
mod view;

pub use align::{Alignment, Projective9, Quality, Start, align};
pub use compare::{
    Calibration, CalibrationError, Ceiling, Features, HeatMap, MeasuredFrame, Measurement, Overlay,
    PictureComparison, Reason, Region, RegionCalibration, RegionFinding, RegionFrame, RegionKind, Shape,
    State, compare, features, measure,
};
pub use sound::{Samples, SoundComparison, SoundReason, SoundState, SoundStretch, compare_sound};
pub use time::TimeMap;
pub use tone::ToneMap;
pub use view::View;
