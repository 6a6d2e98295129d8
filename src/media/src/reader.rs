//! Starts the sandboxed child and reads what it sends.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use podlinnik_domain::media::Warning;

use crate::playable::FilmStream;
use crate::spawner;
use crate::wire::Request;
use crate::{FilmPlan, Frame, MediaError, MediaLimits, Probe, SamplingPlan, ScanPlan, Sound};

pub use crate::child::child_main;
#[doc(hidden)]
pub use crate::child::read_here;
pub use crate::stream::MediaStream;

/// The first argument that turns the `podlinnik` binary into the reader child. The second is the request as JSON.
pub const CHILD_ARGUMENT: &str = "__media-reader";

/// Frames that a scan hands out at most.
const SCAN_FRAMES: u32 = 1_000_000;
/// Frames a second that a scan decodes at most.
const SCAN_FPS: u64 = 120;
/// A film takes long where the picture is large: so much time at least.
const FILM_TIME: Duration = Duration::from_secs(3600);

/// Moments of an animation that is scanned.
const MOMENTS: SamplingPlan =
    SamplingPlan { moments: 64, burst_length: 1, long_bursts: 0, long_burst_length: 1 };

/// What the child sends: first a probe, then frames and warnings in order of time, then sound.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaEvent {
    /// What the file is. Always first, exactly once.
    Probe(Probe),
    /// A frame.
    Frame(Frame),
    /// A stretch of sound. Stretches come after the frames; those of a scan come between them too.
    Sound(Sound),
    /// Something that went less than well.
    Warning(Warning),
    /// How far the reader has got, in thousandths.
    Progress(u16),
}

/// How to start the child, and with which limits.
#[derive(Debug, Clone)]
pub struct MediaReader {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: MediaLimits,
}

impl MediaReader {
    /// A reader whose child is `program` with [`CHILD_ARGUMENT`] (normally `std::env::current_exe()`).
    pub fn new(program: PathBuf, limits: MediaLimits) -> Self {
        Self { program, arguments: vec![CHILD_ARGUMENT.into()], limits }
    }

    /// The limits in force.
    pub const fn limits(&self) -> &MediaLimits {
        &self.limits
    }

    /// Starts reading `file` from its beginning, wherever its offset stands. The child gets the open file and nothing else: no environment, no
    /// other descriptor but the pipe for its answers.
    ///
    /// # Errors
    /// [`MediaError::Reader`] if the child cannot be started. Refusals come from the stream.
    pub fn open(&self, file: File, plan: &SamplingPlan) -> Result<MediaStream, MediaError> {
        self.start(file, Request { plan: plan.clone(), scan: None, film: None, limits: self.limits.clone() })
    }

    /// Starts reading `file` from end to end; otherwise like [`MediaReader::open`]. The limits on frames and sound give way to the limit on the
    /// duration; those on time, memory and size hold.
    ///
    /// # Errors
    /// Like [`MediaReader::open`].
    pub fn scan(&self, file: File, plan: &ScanPlan) -> Result<MediaStream, MediaError> {
        let mut limits = self.limits.clone();
        limits.frame_side = limits.frame_side.min(plan.longest_side.max(1));
        limits.frames = SCAN_FRAMES;
        limits.decoded_frames = limits.duration_s.saturating_mul(SCAN_FPS);
        limits.sound_s = if plan.sound { u32::try_from(limits.duration_s).unwrap_or(u32::MAX) } else { 0 };
        self.start(file, Request { plan: MOMENTS, scan: Some(plan.clone()), film: None, limits })
    }

    /// Starts reading `file` as a film; otherwise like [`MediaReader::scan`]. The sound comes first, then every frame. A still gives its one frame,
    /// with a longest side of at most `still_side`.
    ///
    /// # Errors
    /// Like [`MediaReader::open`].
    pub fn film(&self, file: File, plan: &FilmPlan, still_side: u32) -> Result<FilmStream, MediaError> {
        let mut limits = self.limits.clone();
        limits.frame_side = still_side.max(plan.longest_side).max(1);
        limits.frames = SCAN_FRAMES;
        limits.decoded_frames = limits.duration_s.saturating_mul(SCAN_FPS);
        limits.sound_s = plan.longest_s.clamp(0.0, limits.duration_s as f64).ceil() as u32;
        limits.cpu = limits.cpu.max(FILM_TIME);
        limits.wall = limits.wall.max(FILM_TIME);
        let scan = ScanPlan {
            spans_s: vec![[0.0, plan.longest_s]],
            sound: false,
            ..ScanPlan::whole(0.0, limits.frame_side)
        };
        let request = Request { plan: MOMENTS, scan: Some(scan), film: Some(plan.clone()), limits };
        Ok(FilmStream::new(self.start(file, request)?))
    }

    fn start(&self, file: File, request: Request) -> Result<MediaStream, MediaError> {
        let (limits, film) = (request.limits.clone(), request.film.is_some());
        let request = serde_json::to_string(&request).map_err(std::io::Error::from)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(request)
            .env_clear()
            .stdin(Stdio::from(file))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(MediaStream::new(spawner::spawn(command)?, limits, film)?)
    }
}
