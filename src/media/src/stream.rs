//! The parent's end of the pipe: believes nothing, waits for a bounded time, reaps the child.

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, ChildStdout, ExitStatus};
use std::time::{Duration, Instant};

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, Warning, WarningCode};
use rustix::event::{PollFd, PollFlags, Timespec};

use crate::playable::{FilmPart, Planes, Samples};
use crate::sandbox::{LandlockCover, SandboxReport};
use crate::sound::{STRETCH_S, Sound};
use crate::wire::{
    self, FRAME_BYTES, FrameHeader, HEADER_BYTES, Kind, Refusal, SENTENCE_CHARS, SOUND_BYTES, WARNINGS,
    bounded, sentence,
};
use crate::{Frame, MediaError, MediaEvent, MediaLimits, Probe};

/// Bytes that wait in the pipe: enough that the child need not wake the parent for every few rows.
const PIPE_BYTES: usize = 1 << 20;

/// What the child sends, as an iterator that ends after the last event or the first error. Dropping it kills the child.
///
/// The child waits while nobody asks for the next event, and only the time spent waiting *for* the child counts against
/// [`MediaLimits::wall`]. Once a frame has come, a child that dies or runs out of time ends the stream with a `partial_decode` warning that says
/// so; before the first frame it is an error.
#[derive(Debug)]
pub struct MediaStream {
    /// None where somebody else plays the child.
    child: Option<Child>,
    pipe: ChildStdout,
    complaints: Option<ChildStderr>,
    limits: MediaLimits,
    waited: Duration,
    probe: Option<MediaKind>,
    frames: u32,
    sounds: u32,
    last_burst: u32,
    last_at_s: f64,
    warnings: usize,
    /// Frames and sound of a film are awaited; its sound comes first.
    film: bool,
    film_values: u64,
    film_sound: Option<(u32, u8)>,
    film_size: Option<(u32, u32)>,
    finished: bool,
}

/// Why reading stopped without a last word from the child.
enum Stop {
    TimeLimit,
    Ended,
    Protocol(String),
    Pipe(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Pipe(error)
    }
}

impl MediaStream {
    pub(crate) fn new(mut child: Child, limits: MediaLimits, film: bool) -> io::Result<Self> {
        let (Some(pipe), complaints) = (child.stdout.take(), child.stderr.take()) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(io::Error::other("the reader child has no pipe"));
        };
        // a smaller pipe only costs time
        let _ = rustix::pipe::fcntl_setpipe_size(&pipe, PIPE_BYTES);
        let mut stream = Self::of(pipe.into(), limits, film);
        (stream.child, stream.complaints) = (Some(child), complaints);
        Ok(stream)
    }

    /// Reads what no child of ours has sent, out of a pipe or a file: for tests that play the child. `film`: as if a film had been asked for.
    #[doc(hidden)]
    pub fn of(pipe: OwnedFd, limits: MediaLimits, film: bool) -> Self {
        Self {
            child: None,
            pipe: pipe.into(),
            complaints: None,
            limits,
            waited: Duration::ZERO,
            probe: None,
            frames: 0,
            sounds: 0,
            last_burst: 0,
            last_at_s: 0.0,
            warnings: 0,
            film,
            film_values: 0,
            film_sound: None,
            film_size: None,
            finished: false,
        }
    }

    /// The process id of the child, for tests and logs; 0 without one.
    pub fn process_id(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// Fills `buffer`, for at most what is left of the wall time.
    fn fill(&mut self, mut buffer: &mut [u8]) -> Result<(), Stop> {
        while !buffer.is_empty() {
            let left = self.limits.wall.saturating_sub(self.waited);
            if left.is_zero() {
                return Err(Stop::TimeLimit);
            }
            let timeout = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
            let began = Instant::now();
            let ready = rustix::event::poll(&mut [PollFd::new(&self.pipe, PollFlags::IN)], Some(&timeout));
            self.waited += began.elapsed();
            match ready {
                Ok(0) => return Err(Stop::TimeLimit),
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(errno) => return Err(Stop::Pipe(errno.into())),
            }
            match self.pipe.read(buffer) {
                Ok(0) => return Err(Stop::Ended),
                Ok(count) => buffer = buffer.get_mut(count..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The next event, nothing at the end, or why it stopped.
    fn advance(&mut self) -> Result<Option<Result<FilmPart, MediaError>>, Stop> {
        loop {
            let mut header = [0; HEADER_BYTES];
            self.fill(&mut header)?;
            let [kind, length @ ..] = header;
            let kind =
                Kind::from_byte(kind).ok_or_else(|| Stop::Protocol(format!("unknown message {kind}")))?;
            let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
            if length > kind.longest(&self.limits) {
                return Err(Stop::Protocol(format!("{kind:?} message of {length} bytes")));
            }
            let content = matches!(kind, Kind::Frame | Kind::Sound | Kind::Planes | Kind::Samples);
            if self.probe.is_none() && (content || matches!(kind, Kind::Warning | Kind::Done)) {
                return Err(Stop::Protocol(format!("{kind:?} before the probe")));
            }
            if !self.film && matches!(kind, Kind::Planes | Kind::Samples) {
                return Err(Stop::Protocol(format!("{kind:?} that nobody asked for")));
            }
            let event = match kind {
                Kind::Frame => MediaEvent::Frame(self.read_frame(length)?),
                Kind::Sound => MediaEvent::Sound(self.read_sound(length)?),
                Kind::Planes => return Ok(Some(Ok(FilmPart::Planes(self.read_planes(length)?)))),
                Kind::Samples => return Ok(Some(Ok(FilmPart::Samples(self.read_samples(length)?)))),
                Kind::Sandbox => {
                    note_sandbox(parse(&self.read_payload(length)?)?);
                    continue;
                }
                Kind::Probe => MediaEvent::Probe(self.read_probe(length)?),
                Kind::Warning => {
                    let mut warning: Warning = parse(&self.read_payload(length)?)?;
                    warning.detail = warning.detail.map(|detail| sentence(&detail));
                    self.warnings += 1;
                    if self.warnings > WARNINGS {
                        return Err(Stop::Protocol("too many warnings".into()));
                    }
                    MediaEvent::Warning(warning)
                }
                Kind::Progress => {
                    let payload = self.read_payload(length)?;
                    let thousandths = payload.try_into().map(u16::from_le_bytes).unwrap_or(0);
                    MediaEvent::Progress(thousandths.min(1000))
                }
                Kind::Done => return Ok(None),
                Kind::Refusal => {
                    let refusal: Refusal = parse(&self.read_payload(length)?)?;
                    return Ok(Some(Err(MediaError::refused(refusal.code, sentence(&refusal.detail)))));
                }
                Kind::Failure => {
                    let payload = self.read_payload(length)?;
                    let text = sentence(&String::from_utf8_lossy(&payload));
                    return Ok(Some(Err(MediaError::Reader(io::Error::other(text)))));
                }
            };
            return Ok(Some(Ok(FilmPart::Event(event))));
        }
    }

    fn read_payload(&mut self, length: usize) -> Result<Vec<u8>, Stop> {
        let mut payload = vec![0; length];
        self.fill(&mut payload)?;
        Ok(payload)
    }

    fn read_probe(&mut self, length: usize) -> Result<Probe, Stop> {
        if self.probe.is_some() {
            return Err(Stop::Protocol("a second probe".into()));
        }
        let mut probe: Probe = parse(&self.read_payload(length)?)?;
        probe.container = bounded(&probe.container, 64);
        probe.video_codec = probe.video_codec.map(|name| bounded(&name, 64));
        probe.audio_codec = probe.audio_codec.map(|name| bounded(&name, 64));
        probe.metadata.truncate(self.limits.metadata_entries as usize);
        for entry in &mut probe.metadata {
            entry.key = bounded(&entry.key, 128);
            entry.value = bounded(&entry.value, self.limits.metadata_chars as usize);
        }
        for number in [&mut probe.fps, &mut probe.duration_s] {
            *number = number.filter(|value| value.is_finite() && *value >= 0.0);
        }
        self.probe = Some(probe.kind);
        Ok(probe)
    }

    fn read_frame(&mut self, length: usize) -> Result<Frame, Stop> {
        let mut bytes = [0; FRAME_BYTES];
        let pixels = length
            .checked_sub(FRAME_BYTES)
            .ok_or_else(|| Stop::Protocol("a frame without a header".into()))?;
        self.fill(&mut bytes)?;
        let header = FrameHeader::from_bytes(&bytes);
        let side = self.limits.frame_side;
        let fits = header.width > 0
            && header.height > 0
            && header.width <= side
            && header.height <= side
            && u64::from(header.width) * u64::from(header.height) * 3 == pixels as u64;
        let in_order = header.index == self.frames
            && self.frames < self.limits.frames
            && header.burst >= self.last_burst
            && header.at_s.is_finite()
            && header.at_s >= self.last_at_s
            && header.scale.is_finite()
            && header.scale > 0.0;
        if !fits || !in_order {
            return Err(Stop::Protocol(format!("impossible frame {header:?} with {pixels} bytes")));
        }
        let mut rgb = vec![0; pixels];
        self.fill(&mut rgb)?;
        self.frames += 1;
        self.last_burst = header.burst;
        self.last_at_s = header.at_s;
        let FrameHeader { index, burst, at_s, width, height, scale, motion_only } = header;
        Ok(Frame { index, burst, at_s, width, height, scale, motion_only, rgb })
    }

    fn read_sound(&mut self, length: usize) -> Result<Sound, Stop> {
        let most = (f64::from(self.limits.sound_s) / STRETCH_S).floor().max(1.0);
        self.sounds += 1;
        let payload = self.read_payload(length)?;
        let (at_s, samples) = payload
            .split_first_chunk::<SOUND_BYTES>()
            .map(|(at_s, samples)| (f64::from_le_bytes(*at_s), samples.chunks_exact(4)))
            .ok_or_else(|| Stop::Protocol("sound without a time".into()))?;
        let whole = samples.remainder().is_empty();
        if !whole
            || !at_s.is_finite()
            || at_s < 0.0
            || f64::from(self.sounds) > most
            || self.limits.sound_s == 0
        {
            return Err(Stop::Protocol(format!("impossible sound at {at_s} s with {length} bytes")));
        }
        let sample = |bytes: &[u8]| bytes.try_into().map_or(0.0, f32::from_le_bytes);
        let samples = samples.map(sample).map(|sample: f32| if sample.is_finite() { sample } else { 0.0 });
        Ok(Sound { at_s, samples: samples.collect() })
    }

    fn read_planes(&mut self, length: usize) -> Result<Planes, Stop> {
        let payload = self.read_payload(length)?;
        let planes = Planes::from_payload(payload, self.limits.frame_side)
            .ok_or_else(|| Stop::Protocol(format!("impossible planes of {length} bytes")))?;
        let size = *self.film_size.get_or_insert((planes.width, planes.height));
        let in_order = self.frames < self.limits.frames && planes.at_s >= self.last_at_s;
        if !in_order || size != (planes.width, planes.height) {
            return Err(Stop::Protocol(format!("impossible planes {planes:?}")));
        }
        self.frames += 1;
        self.last_at_s = planes.at_s;
        Ok(planes)
    }

    fn read_samples(&mut self, length: usize) -> Result<Samples, Stop> {
        let payload = self.read_payload(length)?;
        let samples = Samples::from_payload(&payload)
            .ok_or_else(|| Stop::Protocol(format!("impossible samples of {length} bytes")))?;
        let kind = *self.film_sound.get_or_insert((samples.rate, samples.channels));
        self.film_values += samples.values.len() as u64;
        // a second more than was asked for: the last piece is not cut
        let most = u64::from(self.limits.sound_s.saturating_add(1)) * u64::from(kind.0) * u64::from(kind.1);
        if self.frames > 0 || kind != (samples.rate, samples.channels) || self.film_values > most {
            return Err(Stop::Protocol(format!("samples out of place: {samples:?}")));
        }
        Ok(samples)
    }

    /// Ends the child and says in a code why it stopped.
    fn explain(&mut self, stop: Stop) -> MediaError {
        if let Stop::Ended = stop {
            let status = self.reap();
            let complaint = self.complaint();
            return match status {
                Ok(status) => match status.signal() {
                    Some(libc::SIGXCPU) => MediaError::refused(
                        ErrorCode::MediaTimeLimit,
                        format!("reader used up {} s of processor time", self.limits.cpu.as_secs()),
                    ),
                    _ if complaint.contains("memory allocation of") => {
                        MediaError::refused(ErrorCode::MediaMemoryLimit, complaint)
                    }
                    _ => MediaError::refused(
                        ErrorCode::MediaReaderDied,
                        format!("reader ended with {status} {complaint}").trim_end().to_owned(),
                    ),
                },
                Err(error) => MediaError::Reader(error),
            };
        }
        self.end_child();
        match stop {
            Stop::TimeLimit => MediaError::refused(
                ErrorCode::MediaTimeLimit,
                format!("waited {:.1} s for the reader", self.limits.wall.as_secs_f64()),
            ),
            Stop::Protocol(what) => {
                MediaError::refused(ErrorCode::MediaReaderDied, format!("reader broke the protocol: {what}"))
            }
            Stop::Pipe(error) => MediaError::Reader(error),
            Stop::Ended => MediaError::refused(ErrorCode::MediaReaderDied, "reader ended"),
        }
    }

    /// The child closed its pipe, so it is about to end; if not, it is ended.
    fn reap(&mut self) -> io::Result<ExitStatus> {
        let Some(child) = &mut self.child else { return Ok(ExitStatus::default()) };
        for _ in 0..50 {
            if let Some(status) = child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill()?;
        child.wait()
    }

    /// What the dead child wrote to its standard error, bounded.
    fn complaint(&mut self) -> String {
        let mut bytes = Vec::new();
        if let Some(complaints) = self.complaints.take() {
            // whoever else holds the other end must not keep us waiting
            let _ = rustix::fs::fcntl_setfl(&complaints, rustix::fs::OFlags::NONBLOCK);
            let _ = complaints.take(4096).read_to_end(&mut bytes);
        }
        bounded(String::from_utf8_lossy(&bytes).trim(), SENTENCE_CHARS)
    }

    fn end_child(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl MediaStream {
    /// The next event or part of a film; like the iterator otherwise.
    pub(crate) fn next_part(&mut self) -> Option<Result<FilmPart, MediaError>> {
        if self.finished {
            return None;
        }
        match self.advance() {
            Ok(Some(Ok(part))) => Some(Ok(part)),
            Ok(Some(Err(error))) => {
                self.finished = true;
                self.end_child();
                Some(Err(error))
            }
            Ok(None) => {
                self.finished = true;
                self.end_child();
                None
            }
            Err(stop) => {
                self.finished = true;
                let error = self.explain(stop);
                tracing::warn!(%error, frames = self.frames, "media reader stopped early");
                if self.frames > 0 {
                    let warning = Warning::new(WarningCode::PartialDecode, sentence(&error.to_string()));
                    return Some(Ok(FilmPart::Event(MediaEvent::Warning(warning))));
                }
                Some(Err(error))
            }
        }
    }
}

impl Iterator for MediaStream {
    type Item = Result<MediaEvent, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_part()? {
                Ok(FilmPart::Event(event)) => return Some(Ok(event)),
                // nobody asked for a film here, so none comes
                Ok(FilmPart::Planes(_) | FilmPart::Samples(_)) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

impl Drop for MediaStream {
    fn drop(&mut self) {
        self.end_child();
    }
}

fn parse<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Result<T, Stop> {
    serde_json::from_slice(payload)
        .map_err(|error| Stop::Protocol(wire::sentence(&format!("unreadable message: {error}"))))
}

/// The operator hears once if the kernel cannot do what the sandbox asks for.
fn note_sandbox(report: SandboxReport) {
    static TOLD: std::sync::Once = std::sync::Once::new();
    if report.landlock != LandlockCover::Full {
        TOLD.call_once(|| {
            tracing::warn!(
                landlock = ?report.landlock,
                "this kernel restricts the media reader by landlock only in part or not at all; seccomp and resource limits hold"
            );
        });
    }
}
