//! Reads the media stream and looks for faces in its frames while the child is still decoding. Bursts go to worker threads over a short queue, so that
//! only a few whole frames exist at a time; what is kept are crops and thumbnails.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use podlinnik_domain::media::{MediaKind, Warning};
use podlinnik_media::{Frame, MediaError, MediaEvent, Probe, Sound};

use crate::examination::ExamineError;
use crate::face::{FaceError, FacePipeline, FrameFaces};
use crate::synthetic_picture::{WindowPlan, Windows};

/// Frames that are looked at; what comes after them is read and let go.
const FRAMES: u32 = 96;
/// Frames that are handed to a worker together, at most: a long burst.
const BURST: usize = 8;
/// Thousandths of the progress that reading takes.
pub(crate) const READING: u16 = 700;

/// How to gather.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) face_crop: bool,
    pub(crate) thumbnails: bool,
    /// Windows to keep of the first frame of each burst, if a method looks at them.
    pub(crate) windows: Option<WindowPlan>,
    pub(crate) threads: usize,
    /// Frames that arrive later are let go.
    pub(crate) deadline: Instant,
}

/// What was gathered.
#[derive(Debug)]
pub(crate) struct Gathered {
    pub(crate) probe: Probe,
    /// Frames that came.
    pub(crate) frames: u32,
    /// Faces frame by frame, in order.
    pub(crate) found: Vec<FrameFaces>,
    /// Windows of whole frames, in order, at most one for each burst.
    pub(crate) windows: Vec<Windows>,
    /// Stretches of sound, in order.
    pub(crate) sounds: Vec<Sound>,
    pub(crate) warnings: Vec<Warning>,
    /// Working time of the face pipeline in milliseconds, summed over its threads.
    pub(crate) faces_ms: f64,
    /// Whether frames were let go because the time was up.
    pub(crate) cut_short: bool,
}

#[derive(Debug, Default)]
struct Work {
    done: Vec<(u32, Vec<FrameFaces>)>,
    windows: Vec<Windows>,
    failed: Option<FaceError>,
    busy_ms: f64,
}

type Queue = Mutex<Receiver<(Vec<Frame>, bool)>>;

/// Reads `events` to their end. `progress` is called with thousandths and answers whether to go on.
pub(crate) fn gather(
    events: impl Iterator<Item = Result<MediaEvent, MediaError>>,
    pipeline: &FacePipeline,
    plan: Plan,
    progress: &mut dyn FnMut(u16) -> bool,
) -> Result<Gathered, ExamineError> {
    let (sender, receiver) = sync_channel(1);
    let queue: Queue = Mutex::new(receiver);
    let work = Mutex::new(Work::default());
    let read = std::thread::scope(|scope| {
        for _ in 0..plan.threads.max(1) {
            scope.spawn(|| labour(&queue, &work, pipeline, plan));
        }
        // The sender goes with `read`: the workers end when the queue is empty and closed.
        read(events, sender, &work, plan, progress)
    })?;
    let work = work.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = work.failed {
        return Err(error.into());
    }
    let mut done = work.done;
    done.sort_by_key(|(first, _)| *first);
    let found = done.into_iter().flat_map(|(_, found)| found).collect();
    let mut windows = work.windows;
    windows.sort_by(|one, other| one.burst.cmp(&other.burst).then(one.at_s.total_cmp(&other.at_s)));
    windows.dedup_by_key(|windows| windows.burst);
    Ok(Gathered { found, windows, faces_ms: work.busy_ms, ..read })
}

fn read(
    events: impl Iterator<Item = Result<MediaEvent, MediaError>>,
    sender: SyncSender<(Vec<Frame>, bool)>,
    work: &Mutex<Work>,
    plan: Plan,
    progress: &mut dyn FnMut(u16) -> bool,
) -> Result<Gathered, ExamineError> {
    let mut probe: Option<Probe> = None;
    let mut warnings = Vec::new();
    let mut sounds = Vec::new();
    let mut burst: Vec<Frame> = Vec::new();
    let (mut frames, mut cut_short, mut permille) = (0, false, 0);
    for event in events {
        match event? {
            MediaEvent::Probe(found) => probe = Some(found),
            MediaEvent::Sound(sound) => sounds.push(sound),
            MediaEvent::Warning(warning) => warnings.push(warning),
            MediaEvent::Progress(thousandths) => {
                let now = u32::from(thousandths.min(1000)) * u32::from(READING) / 1000;
                permille = permille.max(u16::try_from(now).unwrap_or(READING));
            }
            MediaEvent::Frame(frame) => {
                frames += 1;
                let late = Instant::now() >= plan.deadline;
                cut_short |= late;
                if late || frames > FRAMES {
                    continue;
                }
                let still = probe.as_ref().is_some_and(|probe| probe.kind == MediaKind::Image);
                let next = burst.first().is_some_and(|first| first.burst != frame.burst);
                if (next || burst.len() >= BURST) && sender.send((std::mem::take(&mut burst), still)).is_err()
                {
                    break;
                }
                burst.push(frame);
            }
        }
        if work.lock().unwrap_or_else(PoisonError::into_inner).failed.is_some() {
            break;
        }
        if !progress(permille) {
            return Err(ExamineError::Cancelled);
        }
    }
    let still = probe.as_ref().is_some_and(|probe| probe.kind == MediaKind::Image);
    if !burst.is_empty() {
        // If no worker is left, one has failed, and its error is what the caller hears.
        let _ = sender.send((burst, still));
    }
    let probe = probe.ok_or_else(|| {
        MediaError::Reader(std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            "the media stream ended before its probe",
        ))
    })?;
    Ok(Gathered {
        probe,
        frames,
        found: Vec::new(),
        windows: Vec::new(),
        sounds,
        warnings,
        faces_ms: 0.0,
        cut_short,
    })
}

fn labour(queue: &Queue, work: &Mutex<Work>, pipeline: &FacePipeline, plan: Plan) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((frames, still)) = next else { return };
        if work.lock().unwrap_or_else(PoisonError::into_inner).failed.is_some() {
            continue;
        }
        let started = Instant::now();
        let first = frames.first().map_or(0, |frame| frame.index);
        let found = if plan.face_crop {
            let frames = frames.iter().filter(|frame| !frame.motion_only);
            frames.map(|frame| FacePipeline::whole(frame, plan.thumbnails)).collect()
        } else {
            pipeline.burst(&frames, still, plan.thumbnails)
        };
        let windows = match (plan.windows, frames.first()) {
            (Some(windows), Some(frame)) if !plan.face_crop && (still || windows.clips) => {
                Windows::of(frame, windows).map(Some)
            }
            _ => Ok(None),
        };
        drop(frames);
        let busy_ms = started.elapsed().as_secs_f64() * 1000.0;
        let mut work = work.lock().unwrap_or_else(PoisonError::into_inner);
        work.busy_ms += busy_ms;
        match found.and_then(|found| Ok((found, windows?))) {
            Ok((found, windows)) => {
                work.done.push((first, found));
                work.windows.extend(windows);
            }
            Err(error) => work.failed = Some(error),
        }
    }
}
