//! Frames and sound of a file, through the sandboxed reader.

use std::fs::File;
use std::sync::Arc;

use podlinnik_domain::media::Warning;
use podlinnik_media::{Frame, MediaError, MediaEvent, MediaReader, Probe, ScanPlan, Sound};
use podlinnik_similarity::tracing::View;

/// What a scan gave, all of it held in memory: for spans that are bounded.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) frames: Vec<Frame>,
    pub(super) sounds: Vec<Sound>,
    pub(super) warnings: Vec<Warning>,
}

/// Hands every event of a scan on. The answer is what the file is.
pub(super) fn scan(
    reader: &MediaReader,
    file: &File,
    plan: &ScanPlan,
    take: &mut dyn FnMut(MediaEvent),
) -> Result<Probe, MediaError> {
    let mut probe = None;
    for event in reader.scan(file.try_clone()?, plan)? {
        match event? {
            MediaEvent::Probe(found) => probe = Some(found),
            event => take(event),
        }
    }
    // the stream begins with a probe or ends with an error
    probe.ok_or_else(|| MediaError::Reader(std::io::Error::other("the reader said nothing")))
}

/// Everything that a plan asks for.
pub(super) fn read(reader: &MediaReader, file: &File, plan: &ScanPlan) -> Result<Reading, MediaError> {
    let mut reading = Reading::default();
    scan(reader, file, plan, &mut |event| match event {
        MediaEvent::Frame(frame) => reading.frames.push(frame),
        MediaEvent::Sound(sound) => reading.sounds.push(sound),
        MediaEvent::Warning(warning) => reading.warnings.push(warning),
        MediaEvent::Probe(_) | MediaEvent::Progress(_) => {}
    })?;
    Ok(reading)
}

/// Two readings at the same time: each is done by a process of its own.
pub(super) fn side_by_side<A, B: Send>(one: impl FnOnce() -> A, other: impl FnOnce() -> B + Send) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        (one(), other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The frame nearest to each of the times (ascending, in seconds), out of every frame of the spans around them.
pub(super) fn nearest(
    reader: &MediaReader,
    file: &File,
    times_s: &[f64],
    longest_side: u32,
) -> Result<Vec<Arc<Frame>>, MediaError> {
    let mut chosen: Vec<Arc<Frame>> = Vec::with_capacity(times_s.len());
    let mut before: Option<Arc<Frame>> = None;
    let plan = ScanPlan::every_frame(around(times_s, REACH_S), longest_side);
    scan(reader, file, &plan, &mut |event| {
        let MediaEvent::Frame(frame) = event else { return };
        let frame = Arc::new(frame);
        if let Some(before) = &before {
            let middle_s = f64::midpoint(before.at_s, frame.at_s);
            while times_s.get(chosen.len()).is_some_and(|at_s| *at_s <= middle_s) {
                chosen.push(Arc::clone(before));
            }
        }
        before = Some(frame);
    })?;
    if let Some(last) = before {
        chosen.resize(times_s.len(), last);
    }
    Ok(chosen)
}

/// How far around a wanted time frames are read, in seconds: two frames at 24 frames a second.
const REACH_S: f64 = 0.085;

/// Spans around times (ascending), joined where they touch, none before the start, at most as many as a scan takes.
pub(super) fn around(times_s: &[f64], reach_s: f64) -> Vec<[f64; 2]> {
    let mut spans: Vec<[f64; 2]> = Vec::new();
    for at_s in times_s {
        let [from_s, until_s] = [(at_s - reach_s).max(0.0), (at_s + reach_s).max(0.0)];
        match spans.last_mut() {
            Some([_, end_s]) if from_s <= *end_s => *end_s = end_s.max(until_s),
            _ => spans.push([from_s, until_s]),
        }
    }
    spans.truncate(ScanPlan::SPANS);
    spans
}

/// `count` times spread over a span, none at its very ends.
pub(super) fn spread([from_s, until_s]: [f64; 2], count: usize) -> Vec<f64> {
    let step_s = (until_s - from_s) / count.max(1) as f64;
    (0..count).map(|at| from_s + step_s * (at as f64 + 0.5)).collect()
}

/// Frames lent to an alignment.
pub(super) fn views<'a>(frames: impl IntoIterator<Item = &'a Frame>) -> Vec<View<'a>> {
    frames.into_iter().map(view).collect()
}

/// A frame lent.
pub(super) fn view(frame: &Frame) -> View<'_> {
    View { rgb: &frame.rgb, width: frame.width, height: frame.height, at_s: frame.at_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_around_times_are_joined_where_they_touch() {
        assert_eq!(around(&[0.1, 0.2, 5.0], 0.2), [[0.0, 0.4], [4.8, 5.2]]);
        assert!(around(&[], 0.2).is_empty());
        let many: Vec<f64> = (0..5000).map(f64::from).collect();
        assert_eq!(around(&many, 0.1).len(), ScanPlan::SPANS);
    }

    #[test]
    fn times_are_spread_over_the_middle() {
        assert_eq!(spread([10.0, 14.0], 4), [10.5, 11.5, 12.5, 13.5]);
        assert!(spread([0.0, 1.0], 0).is_empty());
    }
}
