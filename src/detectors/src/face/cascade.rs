//! MTCNN (Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016): three networks, each stricter than the
//! one before. Finds the small upright faces that the short-range detector misses; slower, and blind to faces turned by more than about 40°.

use std::sync::Arc;

use ndarray::{Array4, ArrayD};
use podlinnik_media::Frame;
use podlinnik_media::encode::resize;
use podlinnik_onnx::{Engine, OnnxError};

use super::FaceError;
use super::pixels::{Square, cut, expose};
use super::short_range::Candidate;

/// Side of the first network's window, in pixels.
const WINDOW: f64 = 12.0;
/// Shift of neighbouring windows, in pixels.
const STRIDE: f64 = 2.0;
/// From one size of the picture to the next.
const STEP: f64 = 0.709;
/// Confidence needed to pass each network.
const PASS: [f32; 3] = [0.6, 0.7, 0.8];
/// Candidates that go on to the second and to the third network, at most.
const MOST: [usize; 2] = [500, 100];
/// Side of the second and third network's input in pixels.
const VIEWS: [u32; 2] = [24, 48];
/// Sides of a box, in pixels, that make sense.
const SIDES: std::ops::RangeInclusive<f64> = 4.0..=4000.0;
/// The face crop over the longer side of the box, about; the landmark network refines it.
const CROP_OVER_BOX: f64 = 0.93;

/// The three networks.
#[derive(Debug)]
pub(super) struct Cascade {
    proposal: Arc<dyn Engine>,
    refinement: Arc<dyn Engine>,
    output: Arc<dyn Engine>,
}

/// A box with left, top, right, bottom in pixels of the frame.
#[derive(Debug, Clone, Copy)]
struct Box4 {
    edges: [f64; 4],
    confidence: f32,
}

impl Box4 {
    fn width(&self) -> f64 {
        self.edges[2] - self.edges[0]
    }

    fn height(&self) -> f64 {
        self.edges[3] - self.edges[1]
    }

    /// The square around the same centre with the longer side.
    fn square(&self) -> Square {
        Square {
            x: (self.edges[0] + self.edges[2]) / 2.0,
            y: (self.edges[1] + self.edges[3]) / 2.0,
            side: self.width().max(self.height()),
        }
    }

    /// Moves each edge by a share of the box.
    fn moved(&self, by: [f32; 4]) -> Self {
        let (width, height) = (self.width(), self.height());
        let [left, top, right, bottom] = by.map(f64::from);
        let edges = [
            self.edges[0] + left * width,
            self.edges[1] + top * height,
            self.edges[2] + right * width,
            self.edges[3] + bottom * height,
        ];
        Self { edges, ..*self }
    }

    fn squared(&self) -> Self {
        Self { edges: self.square().edges(), ..*self }
    }

    fn common(&self, other: &Self) -> f64 {
        let width = self.edges[2].min(other.edges[2]) - self.edges[0].max(other.edges[0]);
        let height = self.edges[3].min(other.edges[3]) - self.edges[1].max(other.edges[1]);
        width.max(0.0) * height.max(0.0)
    }

    fn area(&self) -> f64 {
        (self.width() * self.height()).max(1e-9)
    }
}

impl Cascade {
    pub(super) fn new(
        proposal: Arc<dyn Engine>,
        refinement: Arc<dyn Engine>,
        output: Arc<dyn Engine>,
    ) -> Self {
        Self { proposal, refinement, output }
    }

    /// Faces of at least `smallest` pixels, surest first, without doubles. Uses two threads if `threads` allows it; what is found is the same.
    pub(super) fn detect(
        &self,
        frame: &Frame,
        smallest: f64,
        threads: usize,
    ) -> Result<Vec<Candidate>, FaceError> {
        let mut boxes = self.propose(frame, smallest, threads)?;
        boxes.truncate(MOST[0]);
        let boxes: Vec<Box4> = boxes.iter().map(Box4::squared).collect();
        let mut boxes =
            strict(self.judge(&self.refinement, frame, &boxes, (VIEWS[0], PASS[1]), threads)?, 0.7, false);
        boxes.truncate(MOST[1]);
        let boxes: Vec<Box4> = boxes.iter().map(Box4::squared).collect();
        let boxes = strict(self.judge(&self.output, frame, &boxes, (VIEWS[1], PASS[2]), 1)?, 0.7, true);
        Ok(boxes
            .into_iter()
            .map(|found| Candidate {
                square: found.square().scaled(CROP_OVER_BOX),
                confidence: f64::from(found.confidence),
            })
            .collect())
    }

    /// The first network over the picture in many sizes.
    fn propose(&self, frame: &Frame, smallest: f64, threads: usize) -> Result<Vec<Box4>, FaceError> {
        let shorter = f64::from(frame.width.min(frame.height));
        let first = (WINDOW / smallest.max(1.0)).min(1.0);
        // The frame is scaled down once; the smaller sizes are made from that.
        let (base_width, base_height) = (scaled(frame.width, first), scaled(frame.height, first));
        let mut base = resize(&frame.rgb, frame.width, frame.height, base_width, base_height)?;
        expose(&mut base);
        let scales: Vec<f64> = std::iter::successors(Some(first), |scale| Some(scale * STEP))
            .take_while(|scale| shorter * scale >= WINDOW)
            .collect();
        let look = |scales: &[f64]| -> Result<Vec<Box4>, FaceError> {
            let mut found = Vec::new();
            for &scale in scales {
                let (width, height) = (scaled(frame.width, scale), scaled(frame.height, scale));
                let rgb = resize(&base, base_width, base_height, width, height)?;
                let outputs = run(&self.proposal, &[&rgb], width, height)?;
                found.extend(strict(windows(&self.proposal, &outputs, scale)?, 0.5, false));
            }
            Ok(found)
        };
        // The first size has as many pixels as all others together.
        let found = halves(&scales, scales.len().min(1), threads, look)?;
        Ok(strict(found, 0.7, false))
    }

    /// A later network over the boxes, each cut out and scaled to `view` pixels.
    fn judge(
        &self,
        engine: &Arc<dyn Engine>,
        frame: &Frame,
        boxes: &[Box4],
        (view, pass): (u32, f32),
        threads: usize,
    ) -> Result<Vec<Box4>, FaceError> {
        halves(boxes, boxes.len() / 2, threads, |boxes| judge(engine, frame, boxes, view, pass))
    }
}

/// [`Cascade::judge`] in one thread.
fn judge(
    engine: &Arc<dyn Engine>,
    frame: &Frame,
    boxes: &[Box4],
    view: u32,
    pass: f32,
) -> Result<Vec<Box4>, FaceError> {
    if boxes.is_empty() {
        return Ok(Vec::new());
    }
    let views = boxes
        .iter()
        .map(|found| {
            cut(frame, found.square(), view).map(|mut pixels| {
                expose(&mut pixels.rgb);
                pixels.rgb
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let views: Vec<&[u8]> = views.iter().map(Vec::as_slice).collect();
    let outputs = run(engine, &views, view, view)?;
    let moves = rows(engine, &outputs, boxes.len(), 4)?;
    let shares = rows(engine, &outputs, boxes.len(), 2)?;
    Ok(boxes
        .iter()
        .zip(moves.chunks_exact(4))
        .zip(shares.chunks_exact(2))
        .filter(|(_, share)| share[1] > pass)
        .map(|((found, by), share)| Box4 {
            confidence: share[1],
            ..found.moved([by[0], by[1], by[2], by[3]])
        })
        .filter(|found| SIDES.contains(&found.width()) && SIDES.contains(&found.height()))
        .collect())
}

/// What `work` makes of the items before and from `middle`, one after the other; side by side if there may be two threads.
fn halves<T: Sync>(
    items: &[T],
    middle: usize,
    threads: usize,
    work: impl Fn(&[T]) -> Result<Vec<Box4>, FaceError> + Sync,
) -> Result<Vec<Box4>, FaceError> {
    let (before, after) = items.split_at_checked(middle).unwrap_or((items, &[]));
    if threads < 2 || before.is_empty() || after.is_empty() {
        return work(items);
    }
    let (found, rest) = std::thread::scope(|scope| {
        let rest = scope.spawn(|| work(after));
        (work(before), rest.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let mut found = found?;
    found.extend(rest?);
    Ok(found)
}

/// Boxes of the first network's windows that pass, moved as it says.
fn windows(engine: &Arc<dyn Engine>, outputs: &[ArrayD<f32>], scale: f64) -> Result<Vec<Box4>, OnnxError> {
    let map = |channels: usize| {
        outputs
            .iter()
            .find(|output| matches!(output.shape(), [1, found, _, _] if *found == channels))
            .ok_or_else(|| complain(engine, format!("no output with {channels} channels")))
    };
    let (moves, shares) = (map(4)?, map(2)?);
    if moves.shape()[2..] != shares.shape()[2..] {
        return Err(complain(engine, "outputs of different size".to_owned()));
    }
    let mut found = Vec::new();
    for row in 0..shares.shape()[2] {
        for column in 0..shares.shape()[3] {
            let confidence = shares[[0, 1, row, column]];
            if confidence > PASS[0] {
                let edge = |cell: usize, offset: f64| (cell as f64 * STRIDE + offset) / scale;
                let window = Box4 {
                    edges: [edge(column, 1.0), edge(row, 1.0), edge(column, WINDOW), edge(row, WINDOW)],
                    confidence,
                };
                let by = [0, 1, 2, 3].map(|channel| moves[[0, channel, row, column]]);
                let window = window.moved(by);
                if SIDES.contains(&window.width()) && SIDES.contains(&window.height()) {
                    found.push(window);
                }
            }
        }
    }
    Ok(found)
}

/// RGB views → network input: channels first, (value − 127.5) / 128.
fn run(
    engine: &Arc<dyn Engine>,
    views: &[&[u8]],
    width: u32,
    height: u32,
) -> Result<Vec<ArrayD<f32>>, OnnxError> {
    let (width, height) = (width as usize, height as usize);
    let mut values = Vec::with_capacity(views.len() * width * height * 3);
    for view in views {
        for channel in 0..3 {
            let plane = view.iter().skip(channel).step_by(3);
            values.extend(plane.map(|value| (f32::from(*value) - 127.5) / 128.0));
        }
    }
    let input = Array4::from_shape_vec((views.len(), 3, height, width), values)
        .map_err(|error| complain(engine, error.to_string()))?;
    engine.run(vec![input.into_dyn()])
}

fn rows<'a>(
    engine: &Arc<dyn Engine>,
    outputs: &'a [ArrayD<f32>],
    count: usize,
    columns: usize,
) -> Result<&'a [f32], OnnxError> {
    outputs
        .iter()
        .find(|output| output.shape() == [count, columns])
        .and_then(|output| output.as_slice())
        .ok_or_else(|| complain(engine, format!("no output of {count} × {columns}")))
}

fn complain(engine: &Arc<dyn Engine>, detail: String) -> OnnxError {
    OnnxError::Run { id: engine.model().id.clone(), detail }
}

/// Keeps the surest of boxes that overlap by more than `most` of their union, or of the smaller one.
fn strict(mut boxes: Vec<Box4>, most: f64, of_smaller: bool) -> Vec<Box4> {
    // Far more than a picture of faces gives; bounds the comparison of every pair.
    const COMPARED: usize = 2000;
    boxes.retain(|found| found.edges.iter().all(|edge| edge.is_finite()));
    boxes.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    boxes.truncate(COMPARED);
    let mut kept: Vec<Box4> = Vec::new();
    for found in boxes {
        let doubled = kept.iter().any(|other| {
            let common = found.common(other);
            let whole = if of_smaller {
                found.area().min(other.area())
            } else {
                found.area() + other.area() - common
            };
            common / whole > most
        });
        if !doubled {
            kept.push(found);
        }
    }
    kept
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and at most the frame's size"
)]
fn scaled(length: u32, scale: f64) -> u32 {
    ((f64::from(length) * scale).round() as u32).max(12)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(edges: [f64; 4], confidence: f32) -> Box4 {
        Box4 { edges, confidence }
    }

    #[test]
    fn the_surest_of_doubles_stays() {
        let boxes = vec![
            found([0.0, 0.0, 10.0, 10.0], 0.7),
            found([1.0, 0.0, 11.0, 10.0], 0.9),
            found([40.0, 0.0, 50.0, 10.0], 0.8),
            found([f64::NAN, 0.0, 50.0, 10.0], 0.99),
        ];
        let kept: Vec<f32> = strict(boxes, 0.5, false).iter().map(|it| it.confidence).collect();
        assert_eq!(kept, [0.9, 0.8]);
        let inside = vec![found([0.0, 0.0, 20.0, 20.0], 0.9), found([5.0, 5.0, 12.0, 12.0], 0.8)];
        assert_eq!(strict(inside.clone(), 0.7, true).len(), 1);
        assert_eq!(strict(inside, 0.7, false).len(), 2);
    }

    #[test]
    fn boxes_move_by_shares_of_themselves() {
        let moved = found([10.0, 20.0, 30.0, 60.0], 1.0).moved([0.125, -0.125, 0.0, 0.25]);
        assert_eq!(moved.edges, [12.5, 15.0, 30.0, 70.0]);
        assert_eq!(moved.squared().edges, [-6.25, 15.0, 48.75, 70.0]);
    }
}
