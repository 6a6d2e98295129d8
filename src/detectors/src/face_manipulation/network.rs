//! Runs the network over crops: 224 × 224 RGB in [0, 1], channels first; a logit and a 14 × 14 map of logits come out.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{Array4, ArrayD};
use podlinnik_onnx::Engine;

use crate::detector::DetectorError;
use crate::face::{CROP_SIDE, Pixels};

/// Side of the localisation map.
pub(super) const MAP_SIDE: usize = 14;
/// Crops per run. Fixed, so that the same media gives the same numbers on every machine with as many threads as it may have.
const BATCH: usize = 4;

/// What the network says of one crop.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) logit: f64,
    /// Row by row from the top.
    pub(super) map: Vec<f32>,
}

#[derive(Debug)]
pub(super) struct Network {
    engine: Arc<dyn Engine>,
}

impl Network {
    pub(super) fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// Answers in the order of the crops. Uses up to `threads` threads.
    pub(super) fn run(&self, crops: &[&Pixels], threads: usize) -> Result<Vec<Answer>, DetectorError> {
        let batches: Vec<&[&Pixels]> = crops.chunks(BATCH).collect();
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::with_capacity(batches.len()));
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, batches.len().max(1)) {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(batch) = batches.get(number) else { break };
                        let answers = self.batch(batch);
                        done.lock().unwrap_or_else(PoisonError::into_inner).push((number, answers));
                    }
                });
            }
        });
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(number, _)| *number);
        let mut answers = Vec::with_capacity(crops.len());
        for (_, batch) in done {
            answers.extend(batch?);
        }
        Ok(answers)
    }

    fn batch(&self, crops: &[&Pixels]) -> Result<Vec<Answer>, DetectorError> {
        let complain =
            |detail: String| DetectorError::Output { model: self.engine.model().id.clone(), detail };
        let side = CROP_SIDE as usize;
        let mut values = Vec::with_capacity(crops.len() * side * side * 3);
        for crop in crops {
            for channel in 0..3 {
                let plane = crop.rgb.iter().skip(channel).step_by(3);
                values.extend(plane.map(|value| f32::from(*value) / 255.0));
            }
        }
        let input = Array4::from_shape_vec((crops.len(), 3, side, side), values)
            .map_err(|error| complain(error.to_string()))?;
        let outputs = self.engine.run(vec![input.into_dyn()])?;
        let [logits, maps] = outputs.as_slice() else {
            return Err(complain(format!("{} outputs, 2 expected", outputs.len())));
        };
        let cells = MAP_SIDE * MAP_SIDE;
        if logits.len() != crops.len() || maps.len() != crops.len() * cells {
            return Err(complain(format!("shapes {:?} and {:?}", logits.shape(), maps.shape())));
        }
        let numbers = |array: &ArrayD<f32>| array.iter().copied().collect::<Vec<f32>>();
        let answers: Vec<Answer> = numbers(logits)
            .into_iter()
            .zip(numbers(maps).chunks_exact(cells))
            .map(|(logit, map)| Answer { logit: f64::from(logit), map: map.to_vec() })
            .collect();
        if answers.iter().any(|answer| !answer.logit.is_finite()) {
            return Err(complain("a logit is not a number".to_owned()));
        }
        Ok(answers)
    }
}
