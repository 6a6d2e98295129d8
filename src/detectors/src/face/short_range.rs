//! MediaPipe's short-range face detector: 128 × 128 pixels in, 896 anchored boxes out.

use std::sync::Arc;

use ndarray::{Array4, ArrayD};
use podlinnik_onnx::{Engine, OnnxError};

use super::pixels::{Square, expose};

/// Side of the detector's input in pixels.
pub(super) const VIEW: u32 = 128;
/// Anchors: 16 × 16 cells with 2, 8 × 8 cells with 6.
const ANCHORS: usize = 896;
/// Boxes of the same face overlap at least that much.
const SAME: f64 = 0.3;

/// The crop over the side of the detector's box (`models/face-manipulation/geometry.json`).
const CROP_OVER_BOX: f64 = 1.0872;
/// Same source: the crop's centre relative to the box's, in sides of the crop; negative is up.
const SHIFT_DOWN: f64 = -0.0521;

/// A face: about where its crop will lie. Relative to the view, 0 to 1, or in pixels of the frame, as its source says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) square: Square,
    pub(super) confidence: f64,
}

/// The detector.
#[derive(Debug)]
pub(super) struct ShortRange {
    engine: Arc<dyn Engine>,
    anchors: Vec<[f64; 2]>,
}

impl ShortRange {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Self {
        let anchors = [(16_u32, 2), (8, 6)]
            .into_iter()
            .flat_map(|(cells, each)| {
                let place = move |cell: u32| (f64::from(cell) + 0.5) / f64::from(cells);
                (0..cells).flat_map(move |y| {
                    (0..cells).flat_map(move |x| std::iter::repeat_n([place(x), place(y)], each))
                })
            })
            .collect();
        Self { engine, anchors }
    }

    /// Faces in a 128 × 128 RGB view (bytes; brightened if dark), surest first, without doubles.
    pub(super) fn detect(&self, mut view: Vec<u8>, threshold: f64) -> Result<Vec<Candidate>, OnnxError> {
        expose(&mut view);
        let complain = |detail: String| OnnxError::Run { id: self.engine.model().id.clone(), detail };
        let side = VIEW as usize;
        let values = view.iter().map(|value| f32::from(*value) / 127.5 - 1.0).collect();
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
        let (boxes, logits) = (find(ANCHORS * 16)?, find(ANCHORS)?);
        let mut found: Vec<Candidate> = boxes
            .chunks_exact(16)
            .zip(logits)
            .zip(&self.anchors)
            .filter_map(|((numbers, logit), anchor)| decode(numbers, *logit, *anchor, threshold))
            .collect();
        found.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
        let mut kept: Vec<Candidate> = Vec::new();
        for candidate in found {
            if kept.iter().all(|other| other.square.overlap(candidate.square) < SAME) {
                kept.push(candidate);
            }
        }
        Ok(kept)
    }
}

fn decode(numbers: &[f32], logit: f32, anchor: [f64; 2], threshold: f64) -> Option<Candidate> {
    let confidence = 1.0 / (1.0 + (-f64::from(logit).clamp(-50.0, 50.0)).exp());
    let [x, y, width, height, ..] = numbers else { return None };
    let relative = |value: &f32| f64::from(*value) / f64::from(VIEW);
    let side = CROP_OVER_BOX * relative(width).max(relative(height));
    let square = Square { x: anchor[0] + relative(x), y: anchor[1] + relative(y) + SHIFT_DOWN * side, side };
    let sane = square.x.is_finite() && square.y.is_finite() && side > 0.0 && side < 2.0;
    (confidence >= threshold && sane).then_some(Candidate { square, confidence })
}
