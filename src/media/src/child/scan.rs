//! A clip from end to end at a steady rate, or spans of it frame by frame.

use std::sync::atomic::AtomicU64;

use ffmpeg_next::frame;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::WarningCode;

use super::choose::Timing;
use super::demux::{Demuxed, Picture};
use super::input::Input;
use super::planar::Planar;
use super::reel::{Reel, Wish};
use super::scale::{Geometry, Scaler};
use super::sink::{self, Sink};
use super::sound::Listener;
use super::stretches::{Clip, Stretches};
use super::survey::Survey;
use super::{Outcome, Stop};
use crate::{FilmPlan, MediaLimits, ScanPlan};

/// Threads of the decoder where one decoder reads everything.
const THREADS: u32 = 2;
/// Frames that miss the highest rate by so many seconds do not: containers round their times to a millisecond.
const ROUNDING_S: f64 = 1.1e-3;

/// A clip that is read from end to end.
pub(super) struct Scan<'a> {
    picture: Picture,
    geometry: Geometry,
    limits: &'a MediaLimits,
    plan: &'a ScanPlan,
    wish: Wish,
    film: Option<Film>,
    outlet: Outlet<'a>,
}

/// Where frames leave, and what goes out between them.
struct Outlet<'a> {
    sink: &'a mut Sink,
    listener: &'a mut Listener,
    /// Spans, and how far the clip reaches, in seconds.
    spans: Vec<[f64; 2]>,
    duration_s: f64,
    frame_s: f64,
    /// The limit that stopped it.
    full: Option<String>,
}

/// Frames leave as those of a film.
struct Film {
    planar: Planar,
    /// Least time between frames, in seconds.
    least_s: f64,
    /// When the last one was shown.
    last_s: Option<f64>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        picture: Picture,
        geometry: Geometry,
        (sink, listener): (&'a mut Sink, &'a mut Listener),
        limits: &'a MediaLimits,
        plan: &'a ScanPlan,
        timing: Timing,
    ) -> Outcome<Self> {
        let spans = match plan.spans_s.get(..plan.spans_s.len().min(ScanPlan::SPANS)) {
            Some(spans) if !spans.is_empty() => spans.to_vec(),
            _ => vec![[0.0, f64::MAX]],
        };
        let mut end_s = 0.0;
        for [from_s, until_s] in &spans {
            if !(*from_s >= end_s && until_s >= from_s) {
                return Err(Stop::refused(ErrorCode::MediaNoFrames, "spans are not in order"));
            }
            end_s = *until_s;
        }
        let step_s = if plan.frames_per_s > 0.0 { 1.0 / plan.frames_per_s } else { 0.0 };
        let frame_s = 1.0 / timing.fps;
        let duration_s = timing.duration_s;
        let outlet = Outlet { sink, listener, spans: spans.clone(), duration_s, frame_s, full: None };
        let wish = Wish { spans, step_s, frame_s };
        Ok(Self { picture, geometry, limits, plan, wish, film: None, outlet })
    }

    /// Hands the frames out as those of a film.
    pub(super) fn into_film(mut self, film: &FilmPlan) -> Self {
        let least_s = (1.0 / film.frames_per_s.max(1.0) - ROUNDING_S).max(0.0);
        self.film =
            Some(Film { planar: Planar::new(self.geometry, film.longest_side), least_s, last_s: None });
        self
    }

    /// Decodes the spans and hands out what is wanted.
    pub(super) fn hand_out(mut self, input: &Input, demuxed: Demuxed, survey: &Survey) -> Outcome<()> {
        let stretches = match self.film {
            Some(_) => None,
            None => Stretches::of(&demuxed, survey, &self.wish, self.outlet.duration_s),
        };
        let (exhausted, damaged) = match stretches {
            Some(stretches) => {
                drop(demuxed);
                let outlet = &mut self.outlet;
                let mut take = |picture: &sink::Picture, at_s: f64| outlet.frame(picture, at_s);
                let clip = Clip {
                    input,
                    picture: &self.picture,
                    keyframes: &survey.keyframes,
                    geometry: self.geometry,
                    limits: self.limits,
                };
                stretches.play(&clip, &self.wish, &mut take)?
            }
            None => self.play(input, demuxed, survey)?,
        };
        let Self { outlet, limits, plan, .. } = self;
        let Outlet { sink, full, .. } = outlet;
        let exhausted = exhausted.then(|| format!("{} frames decoded", limits.decoded_frames));
        if let Some(detail) = full.or(exhausted) {
            sink.warning(WarningCode::OnlyFirstFramesRead, detail)?;
        }
        if damaged > 0 {
            sink.warning(WarningCode::FrameDamaged, format!("{damaged} frames could not be decoded"))?;
        }
        if sink.frames() == 0 {
            let (code, detail) = match plan.spans_s.first() {
                Some([from_s, _]) => (ErrorCode::MediaNoFrames, format!("no frame from {from_s:.2} s on")),
                None => (ErrorCode::MediaDamaged, "no frame could be decoded".to_owned()),
            };
            return Err(Stop::refused(code, detail));
        }
        Ok(())
    }

    /// One decoder for everything. Whether the limit of decoded frames was reached, and how many were damaged.
    fn play(&mut self, input: &Input, demuxed: Demuxed, survey: &Survey) -> Outcome<(bool, u32)> {
        let decoded = AtomicU64::new(0);
        let track = (&self.picture, survey.keyframes.as_slice());
        let mut reel = Reel::new(demuxed, track, self.limits, self.wish.clone(), &decoded, THREADS)?;
        let mut scaler = Scaler::new(self.geometry, self.limits.frame_side);
        let (film, outlet, time_base) = (&mut self.film, &mut self.outlet, self.picture.time_base);
        reel.play(input, self.wish.spans.clone(), &mut |picture, at_s| match film {
            Some(film) => film.send(picture, at_s, time_base, outlet),
            None => outlet.frame(&scaler.convert(picture)?, at_s),
        })?;
        Ok((reel.exhausted, reel.damaged))
    }
}

impl Outlet<'_> {
    /// Hands a frame out, and what was heard meanwhile. Whether to go on.
    fn frame(&mut self, picture: &sink::Picture, at_s: f64) -> Outcome<bool> {
        self.sink.frame(self.sink.frames(), at_s.max(0.0), false, picture)?;
        self.after(at_s)
    }

    fn after(&mut self, at_s: f64) -> Outcome<bool> {
        self.listener.hand_out_ready(self.sink)?;
        self.sink.progress(self.progress(at_s))?;
        if self.sink.is_full() {
            self.full = Some(format!("{} frames handed out", self.sink.frames()));
            return Ok(false);
        }
        Ok(true)
    }

    /// How much of the spans lies before a moment.
    fn progress(&self, at_s: f64) -> f64 {
        let length_s = |until_s: f64| -> f64 {
            let within = |[from_s, end_s]: &[f64; 2]| (end_s.min(until_s) - from_s).max(0.0);
            self.spans.iter().map(within).sum()
        };
        length_s(at_s) / length_s(self.duration_s).max(self.frame_s)
    }
}

impl Film {
    fn send(
        &mut self,
        picture: &mut frame::Video,
        at_s: f64,
        time_base: f64,
        outlet: &mut Outlet<'_>,
    ) -> Outcome<bool> {
        if self.last_s.is_some_and(|last_s| at_s - last_s < self.least_s) {
            return Ok(true);
        }
        self.last_s = Some(at_s);
        let lasts = picture.packet().duration;
        let lasts_s = if lasts > 0 { lasts as f64 * time_base } else { outlet.frame_s };
        let mut planes = self.planar.convert(picture, at_s, lasts_s)?;
        outlet.sink.planes(&mut planes)?;
        outlet.after(at_s)
    }
}
