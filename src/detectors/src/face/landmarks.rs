//! MediaPipe's face mesh: 468 points, and whether there is a face at all.

use std::ops::RangeInclusive;
use std::sync::Arc;

use ndarray::{Array4, ArrayD};
use podlinnik_media::Frame;
use podlinnik_onnx::{Engine, OnnxError};

use super::FaceError;
use super::motion::Glimpse;
use super::pixels::{Pixels, Square, cut, expose};

/// Side of the network's input in pixels.
pub(super) const VIEW: u32 = 192;
/// The network wants to see one and a half times the face.
pub(super) const CONTEXT: f64 = 1.5;
const POINTS: usize = 468;
/// Sides of a face, in pixels, that make sense.
const SIDES: RangeInclusive<f64> = 4.0..=4000.0;
/// Side of the crop over the longer side of the box around the points (`models/face-manipulation/geometry.json`).
const SIDE_OVER_EXTENT: f64 = 0.96;
/// Shift of the crop below the mean of the points, relative to its side (same source).
const SHIFT_DOWN: f64 = 0.003;
/// Points where the cheeks meet the ears: right, left.
const CHEEKS: [usize; 2] = [234, 454];

/// What the mesh says of one face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Landmarks {
    /// The crop that the face-manipulation model was trained on, in pixels of the frame.
    pub(super) square: Square,
    /// Logit of there being a face.
    pub(super) presence: f64,
    /// Turn of the head to the side in degrees, 0 = frontal, from the depth of the cheeks.
    pub(super) yaw_degrees: f64,
}

/// The network.
#[derive(Debug)]
pub(super) struct LandmarkNet {
    engine: Arc<dyn Engine>,
}

impl LandmarkNet {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// Places the points, `rounds` times, each time around the square that the last round gave.
    pub(super) fn locate(&self, frame: &Frame, start: Square, rounds: u32) -> Result<Landmarks, FaceError> {
        let mut landmarks = self.place(frame, start)?;
        for _ in 1..rounds {
            landmarks = self.place(frame, landmarks.square)?;
        }
        Ok(landmarks)
    }

    fn place(&self, frame: &Frame, around: Square) -> Result<Landmarks, FaceError> {
        let wide = around.scaled(CONTEXT);
        if !SIDES.contains(&around.side) {
            return Ok(absent(wide));
        }
        let (points, presence) = self.read(cut(frame, wide, VIEW)?)?;
        Ok(describe(&points, presence, wide))
    }

    /// What a window shows, and the points in it.
    pub(super) fn glimpse(&self, frame: &Frame, window: Square) -> Result<Glimpse, FaceError> {
        let view = cut(frame, window, VIEW)?;
        let (points, presence) = self.read(view.clone())?;
        #[expect(clippy::cast_possible_truncation, reason = "the network answers in single precision")]
        let points = points.iter().map(|point| point.map(|number| number as f32)).collect();
        Ok(Glimpse { at_s: frame.at_s, presence, points, view })
    }

    /// The points in pixels of the view, and the logit of there being a face.
    fn read(&self, mut view: Pixels) -> Result<(Vec<[f64; 3]>, f64), FaceError> {
        let complain = |detail: String| OnnxError::Run { id: self.engine.model().id.clone(), detail };
        expose(&mut view.rgb);
        let side = VIEW as usize;
        let values = view.rgb.iter().map(|value| f32::from(*value) / 255.0).collect();
        let input = Array4::from_shape_vec((1, side, side, 3), values)
            .map_err(|error| complain(error.to_string()))?;
        let outputs = self.engine.run(vec![input.into_dyn()])?;
        let find = |length: usize| -> Result<&[f32], OnnxError> {
            outputs
                .iter()
                .find(|output: &&ArrayD<f32>| output.len() == length)
                .and_then(|output| output.as_slice())
                .ok_or_else(|| complain(format!("no output of {length} numbers")))
        };
        let presence = f64::from(find(1)?.first().copied().unwrap_or(f32::NEG_INFINITY));
        let points: Vec<[f64; 3]> = find(POINTS * 3)?
            .chunks_exact(3)
            .map(|point| [point[0], point[1], point[2]].map(f64::from))
            .collect();
        Ok((points, presence))
    }
}

fn describe(points: &[[f64; 3]], presence: f64, view: Square) -> Landmarks {
    let scale = view.side / f64::from(VIEW);
    let [left, top, ..] = view.edges();
    let mut low = [f64::INFINITY; 2];
    let mut high = [f64::NEG_INFINITY; 2];
    let mut sum = [0.0; 2];
    for point in points {
        for axis in 0..2 {
            low[axis] = low[axis].min(point[axis]);
            high[axis] = high[axis].max(point[axis]);
            sum[axis] += point[axis];
        }
    }
    let count = points.len().max(1) as f64;
    let side = SIDE_OVER_EXTENT * (high[0] - low[0]).max(high[1] - low[1]) * scale;
    let square = Square {
        x: left + sum[0] / count * scale,
        y: top + sum[1] / count * scale + SHIFT_DOWN * side,
        side,
    };
    let yaw_degrees = match CHEEKS.map(|index| points.get(index)) {
        [Some(right), Some(other)] => {
            let across = (other[0] - right[0]).hypot(other[1] - right[1]);
            (other[2] - right[2]).atan2(across).to_degrees()
        }
        _ => 0.0,
    };
    if square.x.is_finite() && square.y.is_finite() && SIDES.contains(&side) {
        Landmarks { square, presence, yaw_degrees }
    } else {
        absent(view)
    }
}

/// No face: numbers that are none would make one of nowhere.
fn absent(view: Square) -> Landmarks {
    Landmarks { square: view.scaled(1.0 / CONTEXT), presence: f64::NEG_INFINITY, yaw_degrees: 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn square_and_yaw_follow_the_points() {
        let mut points = vec![[96.0, 96.0, 0.0]; POINTS];
        points[0] = [46.0, 36.0, 0.0];
        points[1] = [146.0, 156.0, 0.0];
        points[CHEEKS[0]] = [56.0, 96.0, 0.0];
        points[CHEEKS[1]] = [136.0, 96.0, 80.0];
        let view = Square { x: 500.0, y: 300.0, side: 384.0 };
        let found = describe(&points, 9.0, view);
        assert!((found.square.side - 0.96 * 240.0).abs() < 1e-6);
        assert!((found.square.x - 500.0).abs() < 0.1);
        assert!((found.square.y - 300.0 - 0.003 * found.square.side).abs() < 0.1);
        assert!((found.yaw_degrees - 45.0).abs() < 1e-6);
    }

    #[test]
    fn nonsense_is_no_face() {
        let view = Square { x: 500.0, y: 300.0, side: 384.0 };
        let found = describe(&vec![[f64::NAN; 3]; POINTS], 9.0, view);
        assert_eq!(found.presence, f64::NEG_INFINITY);
        assert!((found.square.side - 256.0).abs() < 1e-9);
    }
}
