//! What differs between a suspect excerpt and its original, against the noise that recompression alone explains.

mod assess;
mod blocks;
mod calibration;
mod measurement;
mod noise;
mod overlay;
mod pairing;
mod region;

use serde::{Deserialize, Serialize};

pub use assess::{Features, features};
pub use calibration::{Calibration, CalibrationError, Ceiling, RegionCalibration};
pub use measurement::{MeasuredFrame, Measurement, RegionFrame, measure};
pub use overlay::Overlay;
pub use region::{Region, RegionKind, Shape};

use super::align::Alignment;
use super::view::View;

/// What can be said of a picture or of one of its regions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Shows what neither the original nor recompression explains.
    Altered,
    /// Differs from the original no more than recompression explains.
    Unaltered,
    /// Neither can be said.
    Undecided,
}

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Fewer than four frames have a counterpart in the original.
    TooFewFrames,
    /// The region is smaller than the smallest that was validated.
    TooSmall,
    /// The original itself shows too little there: dark, blurred or smooth.
    TooLittleTexture,
    /// Too little of the picture lies outside the regions to learn what recompression did.
    TooLittleSurroundings,
    /// The surroundings do not match the original well enough.
    AlignmentTooPoor,
    /// The region is not in the part of the frame that shows the original, or is hardly ever seen.
    NotInPicture,
    /// Compression took so much that a change would not show.
    CompressedTooHard,
    /// No calibration for regions of this kind, or for a mouth without its face.
    NotCalibrated,
    /// What differs is as sharp as lettering: something seems to lie over the region.
    OverlaySuspected,
    /// The whole face differs, so the mouth cannot be judged against it.
    WholeFaceAltered,
    /// The evidence is too weak either way.
    EvidenceTooWeak,
}

/// The finding on one region.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegionFinding {
    /// As the caller named it.
    pub name: String,
    /// What it holds.
    pub kind: RegionKind,
    /// Altered, unaltered or undecided.
    pub state: State,
    /// Why undecided.
    pub reason: Option<Reason>,
    /// Where altered: from, to in seconds of the suspect; empty unless altered.
    pub spans_s: Vec<[f64; 2]>,
    /// log10 of how much likelier this is if the region was altered than if it was only recompressed, within the ceiling; none where undecided for a
    /// reason other than weak evidence.
    pub llr10: Option<f64>,
    /// The most that the validation allows either way.
    pub ceiling: Option<Ceiling>,
    /// Box over the frames measured: x, y, width, height in pixels of the suspect's views.
    pub bbox: Option<[f64; 4]>,
    /// The measured numbers behind it.
    pub measured: Option<Features>,
}

/// Differences by place, for a picture of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeatMap {
    /// Blocks across.
    pub columns: usize,
    /// Blocks down.
    pub rows: usize,
    /// Width and height of a block in pixels of the suspect's views.
    pub block_px: [f64; 2],
    /// Row by row: log10 of the difference found over the difference that recompression explains, mean over time; 0 is what is expected, 1 ten times that.
    /// None outside the original's picture.
    pub values: Vec<Option<f32>>,
}

/// The whole comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureComparison {
    /// Over all calibrated regions: altered if any is, unaltered if all that could be judged are.
    pub state: State,
    /// Why undecided.
    pub reason: Option<Reason>,
    /// In the caller's order.
    pub regions: Vec<RegionFinding>,
    /// Things laid over the picture outside the regions: captions, logos, stickers. Measured, not calibrated, no part of the state.
    pub overlays: Vec<Overlay>,
    /// None where nothing could be measured.
    pub heat_map: Option<HeatMap>,
    /// Frames that were compared.
    pub frames: usize,
    /// Typical unexplained difference in the surroundings, grey levels, fine to coarse: how hard the suspect was compressed.
    pub noise_levels: Option<[f64; 3]>,
    /// Share of the coarse picture outside the regions that the original does not explain.
    pub mismatch: Option<f64>,
    /// Identifier of the calibration.
    pub calibration_id: String,
}

/// Compares frames of a suspect with those of its original.
///
/// Give 24 to 60 frames of the suspect spread over the excerpt, at 640 pixels or so, and of the original all frames that [`Alignment::wants`]. `regions`
/// are in pixels of the suspect's views: for each face a [`RegionKind::Face`] and a [`RegionKind::Mouth`].
pub fn compare(
    suspect: &[View<'_>],
    original: &[View<'_>],
    alignment: &Alignment,
    regions: &[Region],
    calibration: &Calibration,
) -> PictureComparison {
    match measure(suspect, original, alignment, regions) {
        Ok(measurement) => assess::assess(&measurement, regions, calibration),
        Err(reason) => PictureComparison {
            state: State::Undecided,
            reason: Some(reason),
            regions: regions.iter().map(|region| assess::undecided(region, reason)).collect(),
            overlays: Vec::new(),
            heat_map: None,
            frames: 0,
            noise_levels: None,
            mismatch: None,
            calibration_id: calibration.id().to_owned(),
        },
    }
}
