//! Corners of a few frames, for copies whose frame as a whole is another: cropped, set into another picture, turned a little.

use crate::keypoints::{Keypoint, Plane, keypoints};
use crate::picture::Picture;

/// Longest side of the picture in which corners are looked for.
const LONGEST: usize = 320;
/// Most corners of one frame.
pub const MAX_POINTS: usize = 256;

/// A corner: where it is, and what surrounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landmark {
    /// Across and down, in 65,535ths of the frame's sides.
    pub place: [u16; 2],
    /// 256 comparisons of grey levels around it.
    pub descriptor: [u64; 4],
}

/// The corners of one frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LandmarkFrame {
    /// Time in milliseconds.
    pub at_ms: u32,
    /// Whether they are those of the mirrored frame.
    pub mirrored: bool,
    /// Width and height of the picture in which they were found, pixels.
    pub size: [u16; 2],
    /// The corners.
    pub points: Vec<Landmark>,
}

impl LandmarkFrame {
    /// Place of a corner in pixels of [`LandmarkFrame::size`].
    #[must_use]
    pub fn pixel(&self, point: &Landmark) -> [f64; 2] {
        let on = |place: u16, side: u16| f64::from(place) / 65_535.0 * f64::from(side);
        [on(point.place[0], self.size[0]), on(point.place[1], self.size[1])]
    }
}

/// Looks for corners in a frame, and in its mirror image if that is wanted.
pub(super) fn find(picture: &Picture<'_>, at_ms: u32, most: usize, mirrored_too: bool) -> Vec<LandmarkFrame> {
    let Some(plane) = Plane::luma(picture.rgb(), picture.width(), picture.height()) else {
        return Vec::new();
    };
    let (plane, _) = plane.within(LONGEST);
    let mut frames = vec![frame(&plane, at_ms, most, false)];
    if mirrored_too {
        frames.push(frame(&plane.mirrored(), at_ms, most, true));
    }
    frames
}

fn frame(plane: &Plane, at_ms: u32, most: usize, mirrored: bool) -> LandmarkFrame {
    let share = |at: f32, side: usize| {
        (f64::from(at) / side.max(1) as f64 * 65_535.0).round().clamp(0.0, 65_535.0) as u16
    };
    let landmark = |found: &Keypoint| Landmark {
        place: [share(found.x, plane.width), share(found.y, plane.height)],
        descriptor: found.descriptor.0,
    };
    let points = keypoints(plane, most.min(MAX_POINTS)).iter().map(landmark).collect();
    let size = [plane.width, plane.height].map(|side| u16::try_from(side).unwrap_or(u16::MAX));
    LandmarkFrame { at_ms, mirrored, size, points }
}
