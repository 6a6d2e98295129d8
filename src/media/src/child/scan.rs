//! A clip from end to end at a steady rate, or a span of it frame by frame.

use ffmpeg_next::{Discard, Packet, decoder, frame};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::WarningCode;

use super::choose::Timing;
use super::clip::{LEAST_STEP_S, open_decoder};
use super::demux::{self, Demuxed, Picture};
use super::input::Input;
use super::scale::{Geometry, Scaler};
use super::sink::Sink;
use super::survey::Survey;
use super::{Outcome, Stop};
use crate::{MediaLimits, ScanPlan};

/// From so many of the clip's frames for each wanted one, the nearest cheap frame will do.
const SPARSE: f64 = 4.0;
/// A keyframe is entered so many seconds before the span begins: containers give decoding times, which lie before those of showing.
const LEAD_S: f64 = 0.25;

/// A clip that is read from end to end.
pub(super) struct Scan<'a> {
    demuxed: Demuxed,
    picture: Picture,
    decoder: decoder::Video,
    scaler: Scaler,
    sink: &'a mut Sink,
    limits: &'a MediaLimits,
    plan: &'a ScanPlan,
    /// From and until.
    span_s: [f64; 2],
    /// Seconds between wanted frames; 0: all.
    step_s: f64,
    /// From when on the next frame is wanted.
    next_s: f64,
    /// When the last decoded frame was shown.
    last_s: Option<f64>,
    frame_s: f64,
    end_s: f64,
    damaged: u32,
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
        let span_s = plan.span_s.unwrap_or([0.0, f64::MAX]);
        let [from_s, until_s] = span_s;
        if !(from_s >= 0.0 && until_s >= from_s) {
            return Err(Stop::refused(ErrorCode::MediaNoFrames, "the span ends before it begins"));
        }
        let step_s = if plan.frames_per_s > 0.0 { 1.0 / plan.frames_per_s } else { 0.0 };
        Ok(Self {
            decoder: open_decoder(&demuxed, &picture, limits)?,
            scaler: Scaler::new(geometry, limits.frame_side),
            demuxed,
            picture,
            sink,
            limits,
            plan,
            span_s,
            step_s,
            next_s: from_s,
            last_s: None,
            frame_s: 0.0,
            end_s: 0.0,
            damaged: 0,
        })
    }

    /// Decodes from the span's beginning to its end and hands out what is wanted.
    pub(super) fn hand_out(mut self, input: &Input, survey: &Survey, timing: Timing) -> Outcome<()> {
        self.frame_s = 1.0 / timing.fps;
        self.end_s = self.span_s[1].min(timing.duration_s);
        let entry = survey.keyframes.iter().rev().find(|keyframe| keyframe.at_s <= self.next_s - LEAD_S);
        let entered = entry.is_some_and(|keyframe| {
            demux::seek(&mut self.demuxed.container, self.picture.stream, keyframe.timestamp)
        });
        if !entered {
            // the survey has moved on, and not every format can be wound back
            self.demuxed = demux::open(input, self.limits)?;
        }
        demux::only(&mut self.demuxed.container, self.picture.stream);
        let sparse = self.step_s >= SPARSE * self.frame_s;
        if sparse {
            self.decoder.skip_loop_filter(Discard::All);
            self.decoder.skip_frame(Discard::NonReference);
        }
        let mut packet = Packet::empty();
        let mut decoded = 0;
        let mut over = false;
        while !over {
            match packet.read(&mut self.demuxed.container) {
                Ok(()) if packet.stream() != self.picture.stream => continue,
                Ok(()) => {}
                Err(ffmpeg_next::Error::InvalidData) => {
                    self.damaged += 1;
                    decoded += 1;
                    continue;
                }
                Err(_) => break,
            }
            decoded += 1;
            if decoded > self.limits.decoded_frames {
                let detail = format!("{} frames decoded", self.limits.decoded_frames);
                self.sink.warning(WarningCode::OnlyFirstFramesRead, detail)?;
                break;
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
            over = self.receive()?;
        }
        if !over && self.decoder.send_eof().is_ok() {
            self.receive()?;
        }
        if self.damaged > 0 {
            let detail = format!("{} frames could not be decoded", self.damaged);
            self.sink.warning(WarningCode::FrameDamaged, detail)?;
        }
        if self.sink.frames() == 0 {
            let (code, detail) = match self.plan.span_s {
                Some([from_s, until_s]) => {
                    (ErrorCode::MediaNoFrames, format!("no frame from {from_s:.2} s to {until_s:.2} s"))
                }
                None => (ErrorCode::MediaDamaged, "no frame could be decoded".to_owned()),
            };
            return Err(Stop::refused(code, detail));
        }
        Ok(())
    }

    /// Seconds from the start of the clip.
    fn at_s(&self, time: i64) -> f64 {
        time.saturating_sub(self.picture.start) as f64 * self.picture.time_base
    }

    /// Takes what is decoded; whether the span is over.
    fn receive(&mut self) -> Outcome<bool> {
        let mut picture = frame::Video::empty();
        loop {
            match self.decoder.receive_frame(&mut picture) {
                Ok(()) => {}
                Err(ffmpeg_next::Error::InvalidData) => {
                    self.damaged += 1;
                    continue;
                }
                Err(_) => return Ok(false),
            }
            let known_s = picture.timestamp().map(|time| self.at_s(time));
            // a time that does not move on: see `Clip::receive`
            let at_s = match (known_s, self.last_s) {
                (Some(at_s), Some(last_s)) if at_s > last_s + LEAST_STEP_S => at_s,
                (_, Some(last_s)) => last_s + self.frame_s,
                (known_s, None) => known_s.unwrap_or(0.0),
            };
            self.last_s = Some(at_s);
            if at_s > self.span_s[1] {
                return Ok(true);
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
            let converted = self.scaler.convert(&picture)?;
            let number = self.sink.frames();
            self.sink.frame(number, at_s.max(0.0), false, &converted)?;
            let [from_s, _] = self.span_s;
            self.sink.progress((at_s - from_s) / (self.end_s - from_s).max(self.frame_s))?;
            if self.sink.is_full() {
                let detail = format!("{} frames handed out", self.limits.frames);
                self.sink.warning(WarningCode::OnlyFirstFramesRead, detail)?;
                return Ok(true);
            }
        }
    }
}
