//! A face in neighbouring frames, seen through one window that stands still: what moves in it moves in the clip, and not because the window was
//! placed anew.

use podlinnik_media::Frame;

use super::landmarks::{LandmarkNet, VIEW};
use super::pixels::{Pixels, Square};
use super::{Face, FaceError};

/// Frames that a burst has to have before its motion is looked at.
const LEAST_FRAMES: usize = 5;
/// Faces of a frame whose motion is looked at, the largest.
const FACES: usize = 2;
/// Smallest side of such a face in pixels.
const LEAST_SIDE: f64 = 48.0;

/// Side of [`Glimpse::view`] in pixels.
pub const WINDOW_PX: u32 = VIEW;
/// Side of the window over the side of the face.
pub const WINDOW_OVER_FACE: f64 = super::landmarks::CONTEXT;

/// The face in one frame.
#[derive(Debug, Clone)]
pub struct Glimpse {
    /// Seconds from the start.
    pub at_s: f64,
    /// Logit of the landmark network that this is a face.
    pub presence: f64,
    /// The 468 points, in pixels of `view` (x, y, depth).
    pub points: Vec<[f32; 3]>,
    /// What the window shows, [`WINDOW_PX`] squared.
    pub view: Pixels,
}

/// The face in all frames of a long burst.
#[derive(Debug, Clone)]
pub struct Motion {
    /// The window in pixels of the frame.
    pub window: Square,
    /// In order of time, neighbours in the clip.
    pub glimpses: Vec<Glimpse>,
}

/// Looks at the largest of the faces in all frames of a burst.
pub(super) fn watch(net: &LandmarkNet, frames: &[Frame], faces: &mut [Face]) -> Result<(), FaceError> {
    if frames.len() < LEAST_FRAMES {
        return Ok(());
    }
    let large = faces.iter_mut().filter(|face| face.square.side >= LEAST_SIDE);
    for face in large.take(FACES) {
        let window = face.square.scaled(WINDOW_OVER_FACE);
        let glimpses = frames.iter().map(|frame| net.glimpse(frame, window)).collect::<Result<_, _>>()?;
        face.motion = Some(Motion { window, glimpses });
    }
    Ok(())
}
