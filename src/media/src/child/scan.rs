//! A clip from end to end at a steady rate, or spans of it frame by frame.

use ffmpeg_next::{Discard, Packet, decoder, frame};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::WarningCode;

use super::choose::Timing;
use super::clip::{LEAST_STEP_S, open_decoder};
use super::demux::{self, Demuxed, Picture};
use super::input::Input;
use super::planar::Planar;
use super::scale::{Geometry, Scaler};
use super::sink::Sink;
use super::survey::{Keyframe, Survey};
use super::{Outcome, Stop};
use crate::{FilmPlan, MediaLimits, ScanPlan};

/// From so many of the clip's frames for each wanted one, the nearest cheap frame will do.
const SPARSE: f64 = 4.0;
/// A keyframe is entered so many seconds before a span begins: containers give decoding times, which lie before those of showing.
const LEAD_S: f64 = 0.25;

/// A clip that is read from end to end.
pub(super) struct Scan<'a> {
    demuxed: Demuxed,
    picture: Picture,
    decoder: decoder::Video,
    scaler: Scaler,
    film: Option<Film>,
    sink: &'a mut Sink,
    limits: &'a MediaLimits,
    plan: &'a ScanPlan,
    /// The span that is being read and those after it; the first of the slice is the one being read.
    spans: &'a [[f64; 2]],
    /// Seconds between wanted frames; 0: all.
    step_s: f64,
    /// From when on the next frame is wanted.
    next_s: f64,
    /// When the last decoded frame was shown.
    last_s: Option<f64>,
    frame_s: f64,
    /// Seconds of the clip, and how many of them the spans before the present one hold.
    duration_s: f64,
    done_s: f64,
    decoded: u64,
    damaged: u32,
}

/// Frames leave as those of a film.
struct Film {
    planar: Planar,
    /// Least time between frames, in seconds.
    least_s: f64,
    /// When the last one was shown.
    last_s: Option<f64>,
}

/// Frames that miss the highest rate by so many seconds do not: containers round their times to a millisecond.
const ROUNDING_S: f64 = 1.1e-3;

/// The whole clip as a span.
const WHOLE: &[[f64; 2]] = &[[0.0, f64::MAX]];

/// What follows a decoded frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another packet.
    Packet,
    /// The next span lies behind a later keyframe.
    Seek,
    /// Nothing: all spans are read, or a limit is reached.
    Over,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        demuxed: Demuxed,
        picture: Picture,
        geometry: Geometry,
        sink: &'a mut Sink,
        limits: &'a MediaLimits,
        plan: &'a ScanPlan,
    ) -> Outcome<Self> {
        let spans = match plan.spans_s.get(..plan.spans_s.len().min(ScanPlan::SPANS)) {
            Some(spans) if !spans.is_empty() => spans,
            _ => WHOLE,
        };
        let mut end_s = 0.0;
        for [from_s, until_s] in spans {
            if !(*from_s >= end_s && until_s >= from_s) {
                return Err(Stop::refused(ErrorCode::MediaNoFrames, "spans are not in order"));
            }
            end_s = *until_s;
        }
        Ok(Self {
            decoder: open_decoder(&demuxed, &picture, limits)?,
            scaler: Scaler::new(geometry, limits.frame_side),
            film: None,
            demuxed,
            picture,
            sink,
            limits,
            plan,
            spans,
            step_s: if plan.frames_per_s > 0.0 { 1.0 / plan.frames_per_s } else { 0.0 },
            next_s: spans.first().map_or(0.0, |[from_s, _]| *from_s),
            last_s: None,
            frame_s: 0.0,
            duration_s: 0.0,
            done_s: 0.0,
            decoded: 0,
            damaged: 0,
        })
    }

    /// Hands the frames out as those of a film.
    pub(super) fn into_film(mut self, geometry: Geometry, film: &FilmPlan) -> Self {
        let least_s = (1.0 / film.frames_per_s.max(1.0) - ROUNDING_S).max(0.0);
        self.film = Some(Film { planar: Planar::new(geometry, film.longest_side), least_s, last_s: None });
        self
    }

    /// Decodes the spans and hands out what is wanted.
    pub(super) fn hand_out(mut self, input: &Input, survey: &Survey, timing: Timing) -> Outcome<()> {
        self.frame_s = 1.0 / timing.fps;
        self.duration_s = timing.duration_s;
        loop {
            let entered = entry(&survey.keyframes, self.next_s).is_some_and(|keyframe| {
                demux::seek(&mut self.demuxed.container, self.picture.stream, keyframe.timestamp)
            });
            if !entered && self.decoded == 0 {
                // the survey has moved on, and not every format can be wound back
                self.demuxed = demux::open(input, self.limits)?;
            }
            if entered {
                self.decoder.flush();
                self.last_s = None;
            }
            demux::only(&mut self.demuxed.container, self.picture.stream);
            if self.run(&survey.keyframes)? != Next::Seek {
                break;
            }
        }
        if self.damaged > 0 {
            let detail = format!("{} frames could not be decoded", self.damaged);
            self.sink.warning(WarningCode::FrameDamaged, detail)?;
        }
        if self.sink.frames() == 0 {
            let (code, detail) = match self.plan.spans_s.first() {
                Some([from_s, _]) => (ErrorCode::MediaNoFrames, format!("no frame from {from_s:.2} s on")),
                None => (ErrorCode::MediaDamaged, "no frame could be decoded".to_owned()),
            };
            return Err(Stop::refused(code, detail));
        }
        Ok(())
    }

    /// Decodes from here to the end of the spans, or until a seek saves time.
    fn run(&mut self, keyframes: &[Keyframe]) -> Outcome<Next> {
        let sparse = self.step_s >= SPARSE * self.frame_s;
        if sparse {
            self.decoder.skip_loop_filter(Discard::All);
            self.decoder.skip_frame(Discard::NonReference);
        }
        let mut packet = Packet::empty();
        loop {
            match packet.read(&mut self.demuxed.container) {
                Ok(()) if packet.stream() != self.picture.stream => continue,
                Ok(()) => {}
                Err(ffmpeg_next::Error::InvalidData) => {
                    self.damaged += 1;
                    self.decoded += 1;
                    continue;
                }
                Err(_) => break,
            }
            self.decoded += 1;
            if self.decoded > self.limits.decoded_frames {
                let detail = format!("{} frames decoded", self.limits.decoded_frames);
                self.sink.warning(WarningCode::OnlyFirstFramesRead, detail)?;
                return Ok(Next::Over);
            }
            if !sparse {
                // frames that nothing refers to need not be decoded on the way to the span
                let early = packet.pts().is_some_and(|pts| self.at_s(pts) < self.next_s - self.frame_s);
                self.decoder.skip_frame(if early { Discard::NonReference } else { Discard::Default });
            }
            if self.decoder.send_packet(&packet).is_err() {
                self.damaged += 1;
                continue;
            }
            match self.receive(keyframes)? {
                Next::Packet => {}
                next => return Ok(next),
            }
        }
        if self.decoder.send_eof().is_ok() {
            self.receive(keyframes)?;
        }
        Ok(Next::Over)
    }

    /// Seconds from the start of the clip.
    fn at_s(&self, time: i64) -> f64 {
        time.saturating_sub(self.picture.start) as f64 * self.picture.time_base
    }

    /// Leaves the spans that end before a moment.
    fn pass(&mut self, at_s: f64, keyframes: &[Keyframe]) -> Next {
        let mut next = Next::Packet;
        while let Some(([from_s, until_s], rest)) = self.spans.split_first() {
            if at_s <= *until_s {
                return next;
            }
            self.done_s += until_s - from_s;
            self.spans = rest;
            let Some([from_s, _]) = rest.first() else { break };
            self.next_s = *from_s;
            let ahead = entry(keyframes, *from_s).is_some_and(|keyframe| keyframe.at_s > at_s);
            next = if ahead { Next::Seek } else { Next::Packet };
        }
        Next::Over
    }

    /// Takes what is decoded.
    fn receive(&mut self, keyframes: &[Keyframe]) -> Outcome<Next> {
        let mut picture = frame::Video::empty();
        loop {
            match self.decoder.receive_frame(&mut picture) {
                Ok(()) => {}
                Err(ffmpeg_next::Error::InvalidData) => {
                    self.damaged += 1;
                    continue;
                }
                Err(_) => return Ok(Next::Packet),
            }
            let known_s = picture.timestamp().map(|time| self.at_s(time));
            // a time that does not move on: see `Clip::receive`
            let at_s = match (known_s, self.last_s) {
                (Some(at_s), Some(last_s)) if at_s > last_s + LEAST_STEP_S => at_s,
                (_, Some(last_s)) => last_s + self.frame_s,
                (known_s, None) => known_s.unwrap_or(0.0),
            };
            self.last_s = Some(at_s);
            match self.pass(at_s, keyframes) {
                Next::Packet => {}
                next => return Ok(next),
            }
            // half a frame early is on time: frame rates that are no whole numbers miss the grid by a hair
            let slack_s = if self.step_s > 0.0 { (self.frame_s / 2.0).min(self.step_s / 2.0) } else { 1e-4 };
            if at_s < self.next_s - slack_s {
                continue;
            }
            if picture.is_corrupt() || picture.has_decode_errors() {
                self.damaged += 1;
                continue;
            }
            if self.step_s > 0.0 {
                let missed = ((at_s + slack_s - self.next_s) / self.step_s).floor().max(0.0);
                self.next_s += self.step_s * (missed + 1.0);
            }
            self.send(&mut picture, at_s)?;
            self.tell_progress(at_s)?;
            if self.sink.is_full() {
                let detail = format!("{} frames handed out", self.limits.frames);
                self.sink.warning(WarningCode::OnlyFirstFramesRead, detail)?;
                return Ok(Next::Over);
            }
        }
    }

    fn send(&mut self, picture: &mut frame::Video, at_s: f64) -> Outcome<()> {
        let Some(film) = &mut self.film else {
            let converted = self.scaler.convert(picture)?;
            let number = self.sink.frames();
            return self.sink.frame(number, at_s.max(0.0), false, &converted);
        };
        if film.last_s.is_some_and(|last_s| at_s - last_s < film.least_s) {
            return Ok(());
        }
        film.last_s = Some(at_s);
        let lasts = picture.packet().duration;
        let lasts_s = if lasts > 0 { lasts as f64 * self.picture.time_base } else { self.frame_s };
        let mut planes = film.planar.convert(picture, at_s, lasts_s)?;
        self.sink.planes(&mut planes)
    }

    fn tell_progress(&mut self, at_s: f64) -> Outcome<()> {
        let end_s = self.duration_s;
        let left_s: f64 =
            self.spans.iter().map(|[from_s, until_s]| until_s.min(end_s) - from_s.min(end_s)).sum();
        let here_s = self.spans.first().map_or(0.0, |[from_s, _]| at_s - from_s);
        self.sink.progress((self.done_s + here_s) / (self.done_s + left_s).max(self.frame_s))
    }
}

/// The last keyframe from which a moment can be reached.
fn entry(keyframes: &[Keyframe], at_s: f64) -> Option<Keyframe> {
    keyframes.iter().rev().find(|keyframe| keyframe.at_s <= at_s - LEAD_S).copied()
}
