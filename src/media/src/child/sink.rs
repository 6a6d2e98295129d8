//! The pipe to the parent. Writing waits while the parent is busy: that is the back-pressure.

use std::fs::File;
use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{Warning, WarningCode};
use serde::Serialize;

use super::{Outcome, Stop};
use crate::playable::{Planes, Samples};
use crate::sandbox::SandboxReport;
use crate::sound::Sound;
use crate::wire::{FrameHeader, Kind, Refusal, SENTENCE_CHARS, SOUND_BYTES, WARNINGS, bounded, sentence};
use crate::{MediaLimits, Probe};

/// Upright pixels that are ready to be sent.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Original pixels per pixel.
    pub(super) scale: f64,
    pub(super) rgb: Vec<u8>,
}

/// The pipe, and what has gone through it.
#[derive(Debug)]
pub(super) struct Sink {
    pipe: File,
    limits: MediaLimits,
    frames: u32,
    first_burst: Option<u32>,
    bursts: u32,
    last_at_s: f64,
    warnings: usize,
    /// Frames are scaled because that is what was asked for: nobody has to be warned of it.
    scaled_on_purpose: bool,
}

impl Sink {
    /// Takes over standard output. Call once.
    pub(super) fn new(limits: MediaLimits, scaled_on_purpose: bool) -> Self {
        // SAFETY: descriptor 1 is the pipe that the parent made, and nothing else in the child uses standard output.
        Self::to(File::from(unsafe { OwnedFd::from_raw_fd(1) }), limits, scaled_on_purpose)
    }

    /// Writes to an open file or pipe.
    pub(super) const fn to(pipe: File, limits: MediaLimits, scaled_on_purpose: bool) -> Self {
        Self {
            pipe,
            limits,
            frames: 0,
            first_burst: None,
            bursts: 0,
            last_at_s: 0.0,
            warnings: 0,
            scaled_on_purpose,
        }
    }

    /// Frames sent.
    pub(super) const fn frames(&self) -> u32 {
        self.frames
    }

    /// Whether the limit of frames is reached.
    pub(super) const fn is_full(&self) -> bool {
        self.frames >= self.limits.frames
    }

    pub(super) fn sandbox(&mut self, report: SandboxReport) -> Outcome<()> {
        self.json(Kind::Sandbox, &report)
    }

    pub(super) fn probe(&mut self, probe: &Probe) -> Outcome<()> {
        self.json(Kind::Probe, probe)
    }

    /// Sends a frame that belongs to the moment `burst`. Moments are numbered from 0 in the order in which they come, without gaps; time never
    /// runs backwards.
    pub(super) fn frame(
        &mut self,
        burst: u32,
        at_s: f64,
        motion_only: bool,
        picture: &Picture,
    ) -> Outcome<()> {
        if self.is_full() {
            return Ok(());
        }
        if self.first_burst != Some(burst) {
            self.bursts += u32::from(self.first_burst.is_some());
            self.first_burst = Some(burst);
        }
        let at_s = if at_s.is_finite() { at_s.max(self.last_at_s) } else { self.last_at_s };
        self.last_at_s = at_s;
        let header = FrameHeader {
            index: self.frames,
            burst: self.bursts,
            at_s,
            width: picture.width,
            height: picture.height,
            scale: picture.scale,
            motion_only,
        };
        let header = header.to_bytes();
        self.header(Kind::Frame, header.len() + picture.rgb.len())?;
        self.bytes(&header)?;
        self.bytes(&picture.rgb)?;
        self.frames += 1;
        Ok(())
    }

    /// Sends a stretch of sound.
    pub(super) fn sound(&mut self, at_s: f64, samples: &[f32]) -> Outcome<()> {
        let samples = samples.get(..samples.len().min(Sound::LONGEST)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(SOUND_BYTES + samples.len() * 4);
        bytes.extend_from_slice(&at_s.to_le_bytes());
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        self.message(Kind::Sound, &bytes)
    }

    /// Sends a frame of a film. Time never runs backwards.
    pub(super) fn planes(&mut self, planes: &mut Planes) -> Outcome<()> {
        if self.is_full() {
            return Ok(());
        }
        let time = |seconds: f64| if seconds.is_finite() { seconds } else { 0.0 };
        planes.at_s = time(planes.at_s).max(self.last_at_s);
        planes.lasts_s = time(planes.lasts_s).max(0.0);
        self.last_at_s = planes.at_s;
        let header = planes.header();
        self.header(Kind::Planes, header.len() + planes.bytes.len())?;
        self.bytes(&header)?;
        self.bytes(&planes.bytes)?;
        self.frames += 1;
        Ok(())
    }

    /// Sends a piece of the sound of a film.
    pub(super) fn samples(&mut self, samples: &Samples) -> Outcome<()> {
        self.message(Kind::Samples, &samples.to_payload())
    }

    /// Sends a warning; beyond the limit it is dropped.
    pub(super) fn warning(&mut self, code: WarningCode, detail: impl Into<String>) -> Outcome<()> {
        if self.scaled_on_purpose && code == WarningCode::ScaledBeforeAnalysis {
            return Ok(());
        }
        if self.warnings + 1 >= WARNINGS {
            return Ok(());
        }
        self.warnings += 1;
        self.json(Kind::Warning, &Warning::new(code, sentence(&detail.into())))
    }

    /// How far, from 0 to 1.
    pub(super) fn progress(&mut self, part: f64) -> Outcome<()> {
        let thousandths = (part.clamp(0.0, 1.0) * 1000.0) as u16;
        self.message(Kind::Progress, &thousandths.to_le_bytes())
    }

    pub(super) fn done(&mut self) -> Outcome<()> {
        self.message(Kind::Done, &[])
    }

    /// The last word when something stopped the reading: a warning if frames went out already, else a refusal.
    pub(super) fn end_refused(&mut self, refusal: Refusal) -> Outcome<()> {
        if self.frames > 0 {
            let detail = format!("{}: {}", refusal.code, refusal.detail);
            self.json(Kind::Warning, &Warning::new(WarningCode::PartialDecode, sentence(&detail)))?;
            return self.done();
        }
        let refusal = Refusal { code: refusal.code, detail: sentence(&refusal.detail) };
        self.json(Kind::Refusal, &refusal)
    }

    pub(super) fn failure(&mut self, what: &str) -> Outcome<()> {
        self.message(Kind::Failure, bounded(what, SENTENCE_CHARS).as_bytes())
    }

    fn json<T: Serialize>(&mut self, kind: Kind, value: &T) -> Outcome<()> {
        let bytes = serde_json::to_vec(value)
            .map_err(|error| Stop::refused(ErrorCode::MediaReaderDied, error.to_string()))?;
        self.message(kind, &bytes)
    }

    fn message(&mut self, kind: Kind, payload: &[u8]) -> Outcome<()> {
        self.header(kind, payload.len())?;
        self.bytes(payload)
    }

    fn header(&mut self, kind: Kind, length: usize) -> Outcome<()> {
        let length = u32::try_from(length).map_err(|_| {
            Stop::refused(ErrorCode::MediaMemoryLimit, format!("{kind:?} message of {length} bytes"))
        })?;
        self.bytes(&[kind as u8])?;
        self.bytes(&length.to_le_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Outcome<()> {
        self.pipe.write_all(bytes).map_err(|_| Stop::Pipe)
    }
}
