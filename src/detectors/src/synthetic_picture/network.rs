//! Runs the network over windows: RGB in [0, 1], channels first; a logit comes out, positive for synthetic.

use std::sync::Arc;

use ndarray::Array4;
use podlinnik_onnx::Engine;

use crate::detector::DetectorError;
use crate::face::Pixels;

/// Windows per run. Fixed, so that the same media gives the same numbers everywhere.
const BATCH: usize = 5;

#[derive(Debug)]
pub(super) struct Network {
    engine: Arc<dyn Engine>,
}

impl Network {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// Logits in the order of the windows, which are squares of one size.
    pub(super) fn run(&self, windows: &[&Pixels]) -> Result<Vec<f64>, DetectorError> {
        let mut logits = Vec::with_capacity(windows.len());
        for batch in windows.chunks(BATCH) {
            logits.extend(self.batch(batch)?);
        }
        Ok(logits)
    }

    fn batch(&self, windows: &[&Pixels]) -> Result<Vec<f64>, DetectorError> {
        let complain =
            |detail: String| DetectorError::Output { model: self.engine.model().id.clone(), detail };
        let side = windows.first().map_or(0, |window| window.width) as usize;
        let mut values = Vec::with_capacity(windows.len() * side * side * 3);
        for window in windows {
            for channel in 0..3 {
                let plane = window.rgb.iter().skip(channel).step_by(3);
                values.extend(plane.map(|value| f32::from(*value) / 255.0));
            }
        }
        let input = Array4::from_shape_vec((windows.len(), 3, side, side), values)
            .map_err(|error| complain(error.to_string()))?;
        let outputs = self.engine.run(vec![input.into_dyn()])?;
        let logits: Vec<f64> = outputs
            .first()
            .map(|logits| logits.iter().map(|logit| f64::from(*logit)).collect())
            .unwrap_or_default();
        if outputs.len() != 1 || logits.len() != windows.len() || logits.iter().any(|it| !it.is_finite()) {
            let counts = format!("{} outputs, {} logits for {}", outputs.len(), logits.len(), windows.len());
            return Err(complain(format!("{counts} windows, or a logit that is not a number")));
        }
        Ok(logits)
    }
}
