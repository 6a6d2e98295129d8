//! Windows of a whole frame: some in native resolution, and the largest square scaled down. They are cut while the clip is being read, because whole frames
//! are not kept. The same arithmetic as `models/train/synthetic_picture/scoring.py`.

use std::path::Path;

use podlinnik_domain::finding::BoundingBox;
use podlinnik_media::Frame;
use podlinnik_media::encode::{EncodeError, resize_crop};
use serde::Deserialize;

use crate::face::{CropQuality, Pixels, median};

const SCHEMA: &str = "podlinnik-windows/1";
/// Sides that a file may ask for, in pixels, and the most windows along one side of the picture.
const SIDES: std::ops::RangeInclusive<u32> = 32..=512;
const GRID_MOST: u32 = 6;

#[derive(Debug, Deserialize)]
struct File {
    schema: String,
    #[serde(flatten)]
    plan: WindowPlan,
}

/// Which windows the network looks at: `geometry.json` in the model's folder.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct WindowPlan {
    /// Side of a native window in pixels.
    pub side: u32,
    /// Native windows along each side of the picture.
    pub grid: u32,
    /// Side to which the largest central square is scaled.
    pub whole_side: u32,
    /// Its share in the picture's logit; the rest is the mean over the native windows.
    pub whole_weight: f64,
    /// Whether the weights were validated on frames of clips too.
    #[serde(default)]
    pub clips: bool,
}

/// Why a `geometry.json` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the windows of `{path}`: {detail}")]
pub struct WindowPlanError {
    path: String,
    detail: String,
}

impl WindowPlan {
    /// Reads `geometry.json` in the model's folder.
    ///
    /// # Errors
    /// [`WindowPlanError`] if it is not there or makes no sense.
    pub fn load(folder: &Path) -> Result<Self, WindowPlanError> {
        let path = folder.join("geometry.json");
        let complain = |detail: String| WindowPlanError { path: path.display().to_string(), detail };
        let text = std::fs::read_to_string(&path).map_err(|error| complain(error.to_string()))?;
        Self::parse(&text).map_err(complain)
    }

    /// Parses the text of a `geometry.json`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let File { schema, plan } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let sane = SIDES.contains(&plan.side)
            && SIDES.contains(&plan.whole_side)
            && (1..=GRID_MOST).contains(&plan.grid)
            && (0.0..=1.0).contains(&plan.whole_weight);
        if schema != SCHEMA || !sane {
            return Err(format!("schema `{schema}`, {plan:?}"));
        }
        Ok(plan)
    }

    /// One number for a picture out of those of its windows.
    pub(super) fn combine(&self, native: &[f64], whole: f64) -> f64 {
        if native.is_empty() {
            return whole;
        }
        let mean = native.iter().sum::<f64>() / native.len() as f64;
        self.whole_weight * whole + (1.0 - self.whole_weight) * mean
    }
}

/// A window in native resolution.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Its place in pixels of the upright original picture.
    pub place: BoundingBox,
    /// What it shows.
    pub pixels: Pixels,
}

/// The windows of one frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    /// Sampled moment that the frame belongs to.
    pub burst: u32,
    /// Seconds from the start.
    pub at_s: f64,
    /// Shorter side of the frame as it was analysed, in pixels.
    pub shorter_px: f64,
    /// Windows in native resolution, row by row; none in a frame smaller than one.
    pub native: Vec<Window>,
    /// The largest central square, scaled.
    pub whole: Pixels,
    /// How good the native windows are (medians); the whole, where there are none.
    pub quality: CropQuality,
}

impl Windows {
    /// Cuts the windows of a frame.
    ///
    /// # Errors
    /// [`EncodeError`] if the frame's length does not fit its size or a side is 0.
    pub fn of(frame: &Frame, plan: WindowPlan) -> Result<Self, EncodeError> {
        let shorter = frame.width.min(frame.height);
        let (left, top) = ((frame.width - shorter) / 2, (frame.height - shorter) / 2);
        let square = (f64::from(left), f64::from(top), f64::from(shorter), f64::from(shorter));
        let side = plan.whole_side;
        let rgb = resize_crop(&frame.rgb, frame.width, frame.height, square, side, side)?;
        let whole = Pixels { width: side, height: side, rgb };
        let mut native = Vec::new();
        if shorter >= plan.side {
            for top in places(frame.height, plan) {
                for left in places(frame.width, plan) {
                    let pixels = copied(frame, left, top, plan.side);
                    let original = |length: u32| f64::from(length) * frame.scale;
                    let [x, y, width] = [left, top, plan.side].map(original);
                    native.push(Window { place: BoundingBox { x, y, width, height: width }, pixels });
                }
            }
        }
        let quality = typical(&native, &whole);
        Ok(Self {
            burst: frame.burst,
            at_s: frame.at_s,
            shorter_px: f64::from(shorter),
            native,
            whole,
            quality,
        })
    }
}

/// Where the windows begin along a side: in the middle of as many equal parts of the room that is left.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a frame's side")]
fn places(length: u32, plan: WindowPlan) -> Vec<u32> {
    let room = f64::from(length.saturating_sub(plan.side));
    (0..plan.grid)
        .map(|number| ((f64::from(number) + 0.5) / f64::from(plan.grid) * room).round_ties_even() as u32)
        .collect()
}

/// A square of the frame, unscaled; the caller has checked that it lies within.
fn copied(frame: &Frame, left: u32, top: u32, side: u32) -> Pixels {
    let bytes = |pixels: u32| pixels as usize * 3;
    let rows = frame.rgb.chunks_exact(bytes(frame.width).max(1)).skip(top as usize).take(side as usize);
    let rgb = rows.flat_map(|row| row.get(bytes(left)..bytes(left + side)).unwrap_or_default()).copied();
    Pixels { width: side, height: side, rgb: rgb.collect() }
}

fn typical(native: &[Window], whole: &Pixels) -> CropQuality {
    if native.is_empty() {
        return CropQuality::of(whole);
    }
    let measured: Vec<CropQuality> = native.iter().map(|window| CropQuality::of(&window.pixels)).collect();
    let middle = |of: fn(&CropQuality) -> f64| median(measured.iter().map(of)).unwrap_or(0.0);
    CropQuality {
        quality: middle(|one| one.quality),
        sharpness: middle(|one| one.sharpness),
        grey_mean: middle(|one| one.grey_mean),
        grey_sd: middle(|one| one.grey_sd),
        flatness: middle(|one| one.flatness),
    }
}
