//! What measured numbers mean, learned on media of known origin (`models/train/tracing`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::region::RegionKind;

const SCHEMA: &str = "podlinnik-tracing-calibration/1";
const SHIPPED: &str = include_str!("calibration.json");

/// The calibration does not make sense.
#[derive(Debug, thiserror::Error)]
#[error("calibration of the comparison with originals: {0}")]
pub struct CalibrationError(String);

/// log10 likelihood ratios that are never exceeded: (lower 95 % bound of one rate) / (upper 95 % bound of the other), Clopper–Pearson.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ceiling {
    /// Towards altered, 0 or more.
    pub llr10_max: f64,
    /// Towards unaltered, 0 or less.
    pub llr10_min: f64,
}

/// The map for one kind of region.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RegionCalibration {
    /// Of the features in the order of [`super::Features::vector`].
    pub(super) weights: [f64; 6],
    pub(super) intercept: f64,
    /// llr10 = slope · logit + offset, then the ceiling.
    pub(super) slope: f64,
    pub(super) offset: f64,
    /// From this logit on a region is altered, up to that one it is unaltered.
    pub(super) altered_from: f64,
    pub(super) unaltered_to: f64,
    /// Mean of the two coarser log10 ratios from which on a frame belongs to an altered span.
    pub(super) frame_from: f64,
    /// Smallest longer side, in pixels of the views, that was validated.
    pub(super) side_px_min: f64,
    /// Least energy of the original, squared grey levels.
    pub(super) texture_min: f64,
    /// Least [`super::Features::headroom`] with which a region may be called unaltered.
    pub(super) headroom_min: f64,
    pub(super) ceiling: Ceiling,
    /// Clips that were altered and clips that were not.
    #[serde(rename = "n_altered")]
    pub(super) altered: usize,
    #[serde(rename = "n_unaltered")]
    pub(super) unaltered: usize,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Calibration {
    schema: String,
    id: String,
    /// Day from which on it no longer holds, `2027-11-23`.
    expires: String,
    /// Largest mismatch of the surroundings that was validated.
    pub(super) mismatch_max: f64,
    regions: BTreeMap<String, RegionCalibration>,
}

impl Calibration {
    /// The one that is part of this build.
    ///
    /// # Errors
    /// [`CalibrationError`] if the committed file is damaged.
    pub fn shipped() -> Result<Self, CalibrationError> {
        Self::parse(SHIPPED)
    }

    /// Reads and checks a calibration.
    ///
    /// # Errors
    /// [`CalibrationError`] saying what does not make sense.
    pub fn parse(text: &str) -> Result<Self, CalibrationError> {
        let complain = |what: &str| CalibrationError(what.to_owned());
        let read: Self = serde_json::from_str(text).map_err(|error| complain(&error.to_string()))?;
        if read.schema != SCHEMA {
            return Err(complain(&format!("schema `{}` is not `{SCHEMA}`", read.schema)));
        }
        for (name, region) in &read.regions {
            let numbers = region.weights.iter().chain([
                &region.intercept,
                &region.offset,
                &region.altered_from,
                &region.unaltered_to,
                &region.frame_from,
                &region.headroom_min,
            ]);
            let finite = numbers.copied().all(f64::is_finite);
            let ordered = region.unaltered_to <= region.altered_from && region.slope > 0.0;
            let signs = region.ceiling.llr10_max >= 0.0 && region.ceiling.llr10_min <= 0.0;
            if !(finite && ordered && signs && region.slope.is_finite()) {
                return Err(complain(&format!("region `{name}`: numbers out of order")));
            }
        }
        Ok(read)
    }

    /// Its identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The day (`YYYY-MM-DD`) from which on it no longer holds.
    pub fn expires(&self) -> &str {
        &self.expires
    }

    /// Whether it holds on a day written `YYYY-MM-DD`.
    pub fn is_current(&self, day: &str) -> bool {
        day < self.expires.as_str()
    }

    /// The map for a kind of region.
    pub(super) fn of(&self, kind: RegionKind) -> Option<&RegionCalibration> {
        match kind {
            RegionKind::Mouth => self.regions.get("mouth"),
            RegionKind::Face => self.regions.get("face"),
            RegionKind::Other => None,
        }
    }
}
