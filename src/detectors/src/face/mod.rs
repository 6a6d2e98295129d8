//! Finds faces, follows them, cuts them out and measures their quality.
//!
//! - `pixels`: views of a frame
//! - `short_range`, `cascade`, `search`: face detection at all sizes
//! - `landmarks`: 468 points, the crop that detectors were trained on, the turn of the head
//! - `quality`: how good a crop is
//! - `motion`: a face in neighbouring frames
//! - `outline`: face and mouth as polygons
//! - `track`: which sightings are one face
//! - `pipeline`: all of it over bursts of frames, with bounded work and memory
//!
//! ❌ not handled: recognising a person (nothing that could is computed or kept); faces turned by more than about 45° in the picture plane;
//! small faces in clips that also hold a large one (larger than 22 % of the frame's shorter side).

mod cascade;
mod landmarks;
mod motion;
mod outline;
mod pipeline;
mod pixels;
mod quality;
mod search;
mod short_range;
#[cfg(test)]
mod tests;
mod track;

use podlinnik_domain::reason::Reason;
use podlinnik_media::encode::EncodeError;
use podlinnik_onnx::OnnxError;

pub use self::motion::{Glimpse, Motion, WINDOW_OVER_FACE, WINDOW_PX};
pub use self::outline::Outline;
pub(crate) use self::outline::{LIPS, OVAL};
pub use self::pipeline::{FacePipeline, FrameFaces, Thumbnail};
pub use self::pixels::{Pixels, Square};
pub use self::quality::{CropQuality, median};

/// Side of a face crop in pixels: what the detectors take.
pub const CROP_SIDE: u32 = 224;
/// A head turned further than this is a profile.
const PROFILE_DEGREES: f64 = 40.0;
/// Below this presence logit there is no face at all.
const ABSENT: f64 = 0.0;
/// Below this presence logit the face is covered, or it is none; the training crops were kept from 8 on.
const UNSURE: f64 = 8.0;
/// Share of the crop that has to lie within the picture.
const LEAST_INSIDE: f64 = 0.85;

/// From this share of exactly like neighbours on, a crop that is not dark is a drawing: 0.65 was the most among 800 face crops of research data, half of them
/// shrunk to 80 px and compressed to JPEG 25; the cartoon of `fixtures/media` has 0.97, and 0.72 after JPEG 60.
const DRAWN: f64 = 0.70;
/// Darker crops (mean grey level) are flat for want of light.
const DARK: f64 = 30.0;

/// Why a frame gives no faces: a failure of ours, never a property of the media.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    /// A network failed.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// Pixels could not be cut or scaled.
    #[error(transparent)]
    Pixels(#[from] EncodeError),
}

/// One sighting of a face, cut out.
#[derive(Debug, Clone)]
pub struct Face {
    /// Index of the frame.
    pub frame: u32,
    /// Sampled moment that the frame belongs to.
    pub burst: u32,
    /// Seconds from the start.
    pub at_s: f64,
    /// The crop's place in pixels of the frame.
    pub square: Square,
    /// Original pixels per pixel of the frame.
    pub scale: f64,
    /// The face detector's confidence in [0, 1].
    pub confidence: f64,
    /// Logit of the landmark network that this is a face.
    pub presence: f64,
    /// Turn of the head to the side in degrees.
    pub yaw_degrees: f64,
    /// Share of the crop that lies within the picture.
    pub inside: f64,
    /// The crop, [`CROP_SIDE`] squared.
    pub crop: Pixels,
    /// How good the crop is.
    pub quality: CropQuality,
    /// The face in the frames that follow, at the first frame of a long burst.
    pub motion: Option<Motion>,
    /// Its look at 12 × 12 pixels, for following it.
    signature: Vec<u8>,
}

impl Face {
    /// A face out of a crop that needs no detection, for `--face-crop` and for tests.
    pub fn from_crop(frame: u32, burst: u32, at_s: f64, square: Square, scale: f64, crop: Pixels) -> Self {
        Self {
            frame,
            burst,
            at_s,
            square,
            scale,
            confidence: 1.0,
            presence: f64::INFINITY,
            yaw_degrees: 0.0,
            inside: 1.0,
            quality: CropQuality::of(&crop),
            motion: None,
            signature: track::signature(&crop),
            crop,
        }
    }

    /// Side of the face in the pixels that were analysed.
    pub const fn face_px(&self) -> f64 {
        self.square.side
    }

    /// What makes the sighting useless for analysis, if anything.
    pub fn obstacle(&self) -> Option<Reason> {
        if self.quality.flatness > DRAWN && self.quality.grey_mean > DARK {
            return Some(Reason::NonPhotorealistic);
        }
        let turned = self.yaw_degrees.abs() > PROFILE_DEGREES;
        (self.presence < UNSURE || turned || self.inside < LEAST_INSIDE)
            .then_some(Reason::FaceOccludedOrProfile)
    }
}

/// A face followed through the frames, in order of time.
#[derive(Debug, Clone)]
pub struct Track {
    /// Position among the tracks, from 0, most prominent first.
    pub index: u32,
    /// Sightings; at least one.
    pub faces: Vec<Face>,
}

impl Track {
    /// Median side of the face in the pixels that were analysed.
    pub fn face_px(&self) -> f64 {
        median(self.faces.iter().map(Face::face_px)).unwrap_or(0.0)
    }

    /// How much of the viewer's attention the face takes: its area, summed over the frames in which it was seen.
    pub fn prominence(&self) -> f64 {
        self.faces.iter().map(|face| face.face_px() * face.face_px()).sum()
    }
}

/// What became of the sightings.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// Tracks that are kept, most prominent first.
    pub tracks: Vec<Track>,
    /// How many tracks there were.
    pub seen: usize,
    /// [`Track::prominence`] of those that are not kept, summed.
    pub dropped_prominence: f64,
}

/// Groups sightings into tracks and keeps the `most` most prominent ones.
pub fn follow(mut faces: Vec<Face>, most: usize) -> Followed {
    faces.sort_by_key(|face| face.frame);
    let mut tracks: Vec<Track> =
        track::tracks(faces).into_iter().map(|faces| Track { index: 0, faces }).collect();
    let seen = tracks.len();
    // Stable: of equally prominent tracks the earlier comes first.
    tracks.sort_by(|one, other| other.prominence().total_cmp(&one.prominence()));
    let dropped_prominence = tracks.iter().skip(most).map(Track::prominence).sum();
    tracks.truncate(most);
    for (index, track) in (0..).zip(&mut tracks) {
        track.index = index;
    }
    Followed { tracks, seen, dropped_prominence }
}
