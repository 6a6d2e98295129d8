//! Where face and mouth lie, as polygons: for comparisons of regions, not for recognising anybody.

use podlinnik_media::Frame;

use super::landmarks::{CONTEXT, LandmarkNet, VIEW};
use super::{Face, FaceError};

/// Outline of the face, points of MediaPipe's face mesh.
pub(crate) const OVAL: [usize; 36] = [
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176,
    149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
];
/// Outer edge of the lips, likewise.
pub(crate) const LIPS: [usize; 20] =
    [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];

/// A face's place in one frame. Points are (x, y) in pixels of the frame and may lie beyond its edges.
#[derive(Debug, Clone, PartialEq)]
pub struct Outline {
    /// Logit of the landmark network that this is a face.
    pub presence: f64,
    /// Turn of the head to the side in degrees.
    pub yaw_degrees: f64,
    /// Around the face, from the forehead clockwise as seen in the picture; 36 points.
    pub face: Vec<[f64; 2]>,
    /// Around the lips; 20 points.
    pub mouth: Vec<[f64; 2]>,
}

impl Outline {
    /// Reads the mesh once more around a face that was found.
    pub(super) fn of(net: &LandmarkNet, frame: &Frame, face: &Face) -> Result<Self, FaceError> {
        let window = face.square.scaled(CONTEXT);
        let glimpse = net.glimpse(frame, window)?;
        let scale = window.side / f64::from(VIEW);
        let [left, top, ..] = window.edges();
        let polygon = |indices: &[usize]| {
            let points = indices.iter().filter_map(|index| glimpse.points.get(*index));
            points.map(|[x, y, _]| [left + f64::from(*x) * scale, top + f64::from(*y) * scale]).collect()
        };
        Ok(Self {
            presence: glimpse.presence,
            yaw_degrees: face.yaw_degrees,
            face: polygon(&OVAL),
            mouth: polygon(&LIPS),
        })
    }
}
