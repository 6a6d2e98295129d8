//! A clip that is being read: which of its frames are wanted, and getting at them without decoding all.

use ffmpeg_next::{Dictionary, Discard, Packet, codec, decoder, frame};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::WarningCode;

use super::choose::{self, Thumbnail, Timing};
use super::demux::{self, Demuxed, Picture};
use super::input::Input;
use super::scale::{Geometry, Scaler};
use super::sink::Sink;
use super::survey::{Keyframe, Survey};
use super::waiting::{Waiting, Wanted};
use super::{Outcome, Stop};
use crate::wire::Request;
use crate::{MediaLimits, SamplingPlan};

/// Threads of the decoder.
const THREADS: u32 = 2;
/// Times that are closer together are the same.
pub(super) const LEAST_STEP_S: f64 = 1e-4;
/// Damaged frames that are told of one by one.
const DAMAGES_TOLD: u32 = 5;
/// Candidates for each wanted moment, from which the scenes are told apart, and the fewest candidates in all.
const CANDIDATES_PER_MOMENT: usize = 2;
const FEWEST_CANDIDATES: usize = 48;

pub(super) fn open_decoder(
    demuxed: &Demuxed,
    picture: &Picture,
    limits: &MediaLimits,
    threads: u32,
) -> Outcome<decoder::Video> {
    let damaged = |error| demux::failure(error, ErrorCode::MediaDamaged);
    let stream = demuxed
        .container
        .stream(picture.stream)
        .ok_or_else(|| Stop::refused(ErrorCode::MediaDamaged, "no such stream"))?;
    let mut context = codec::Context::from_parameters(stream.parameters()).map_err(damaged)?.decoder();
    context.set_packet_time_base(stream.time_base());
    let codec = ffmpeg_next::decoder::find(picture.codec)
        .ok_or_else(|| Stop::refused(ErrorCode::MediaUnsupported, picture.codec.name()))?;
    let (pixels, threads) = (limits.frame_pixels.to_string(), threads.to_string());
    let options: Dictionary<'_> =
        [("threads", threads.as_str()), ("max_pixels", pixels.as_str())].into_iter().collect();
    context.open_as_with(codec, options).and_then(|opened| opened.video()).map_err(damaged)
}

/// One run of the decoder from a keyframe on.
struct Run<'a> {
    /// Where to seek to; from the very start without it.
    from: Option<Keyframe>,
    /// Ascending.
    wanted: &'a [Wanted],
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunEnd {
    /// All that was wanted, or the end of the file.
    Done,
    /// The keyframe was not where the index said.
    Missed,
}

/// A clip that is being read.
pub(super) struct Clip<'a> {
    demuxed: Demuxed,
    picture: Picture,
    decoder: decoder::Video,
    scaler: Scaler,
    sink: &'a mut Sink,
    limits: &'a MediaLimits,
    burst: u32,
    expected: u32,
    decoded: u64,
    damaged: u32,
    accept_damaged: bool,
    out_of_frames: bool,
    /// Seconds between frames, for those without a time.
    frame_s: f64,
    /// When the last frame was handed out.
    last_s: f64,
}

/// A run of the decoder: where it starts, and the moments wanted from there.
type Stretch = (Keyframe, Vec<Wanted>);

impl<'a> Clip<'a> {
    /// Opens the decoder. `burst`: frames per moment; `fps`: for frames without a time.
    pub(super) fn new(
        demuxed: Demuxed,
        picture: Picture,
        geometry: Geometry,
        sink: &'a mut Sink,
        limits: &'a MediaLimits,
        burst: u32,
        fps: f64,
    ) -> Outcome<Self> {
        Ok(Self {
            decoder: open_decoder(&demuxed, &picture, limits, THREADS)?,
            demuxed,
            picture,
            scaler: Scaler::new(geometry, limits.frame_side),
            sink,
            limits,
            burst,
            expected: 1,
            decoded: 0,
            damaged: 0,
            accept_damaged: false,
            out_of_frames: false,
            frame_s: 1.0 / fps,
            last_s: 0.0,
        })
    }

    /// Chooses moments and hands out their frames.
    pub(super) fn hand_out(
        &mut self,
        input: &Input,
        survey: &Survey,
        timing: Timing,
        request: &Request,
    ) -> Outcome<()> {
        demux::only(&mut self.demuxed.container, self.picture.stream);
        let burst = self.burst as usize;
        let most = (request.limits.frames as usize / burst).max(1);
        let moments = (request.plan.moments.max(1) as usize).min(most);
        self.expected = u32::try_from(moments * burst).unwrap_or(u32::MAX);

        let frames = survey.frames.unwrap_or((timing.duration_s * timing.fps) as u64);
        if frames <= (moments * burst) as u64 {
            self.expected = u32::try_from(frames).unwrap_or(u32::MAX).max(1);
            return self.everything(input, moments, &request.plan);
        }
        let mut spread: Vec<Wanted> = (0u32..)
            .take(moments)
            .map(|moment| Wanted {
                after_s: timing.duration_s * (f64::from(moment) + 0.5) / moments as f64,
                moment,
                length: self.burst,
            })
            .collect();
        let times: Vec<f64> = spread.iter().map(|wanted| wanted.after_s).collect();
        let ends = vec![timing.duration_s; times.len()];
        if survey.keyframes.is_empty() {
            self.lengthen(&times, &ends, timing, &request.plan, spread.iter_mut());
            return self.read_from_start(input, &spread);
        }
        let runs = self.choose(survey, timing, moments, &request.plan)?;
        for (keyframe, wanted) in &runs {
            let sent = self.sink.frames();
            let run = Run { from: Some(*keyframe), wanted };
            if self.run(&run)? == RunEnd::Missed && sent == 0 {
                // the index is of no use: read on from the start
                return self.read_from_start(input, &spread);
            }
            if self.out_of_frames {
                break;
            }
        }
        Ok(())
    }

    /// Runs of the decoder, ascending.
    fn choose(
        &mut self,
        survey: &Survey,
        timing: Timing,
        moments: usize,
        plan: &SamplingPlan,
    ) -> Outcome<Vec<Stretch>> {
        let mut runs = self.choose_moments(survey, timing, moments)?;
        let starts: Vec<f64> = runs.iter().map(|(keyframe, _)| keyframe.at_s).collect();
        let mut times = Vec::new();
        let mut ends = Vec::new();
        for (number, (keyframe, wanted)) in runs.iter().enumerate() {
            let end = starts.get(number + 1).copied().unwrap_or(timing.duration_s);
            times.extend(wanted.iter().map(|wanted| keyframe.at_s + wanted.after_s));
            ends.extend(wanted.iter().map(|_| end));
        }
        let wanted = runs.iter_mut().flat_map(|(_, wanted)| wanted.iter_mut());
        self.lengthen(&times, &ends, timing, plan, wanted);
        Ok(runs)
    }

    /// Makes some bursts long. `times`: when the moments are, in seconds; `ends`: until when the decoder goes on from there.
    fn lengthen<'w>(
        &mut self,
        times: &[f64],
        ends: &[f64],
        timing: Timing,
        plan: &SamplingPlan,
        wanted: impl Iterator<Item = &'w mut Wanted>,
    ) {
        let beyond = plan.frames_beyond();
        let Some(most) = self.limits.frames.saturating_sub(self.expected).checked_div(beyond) else { return };
        let room_s = f64::from(plan.long_burst_length + 1) / timing.fps;
        let long = choose::with_room(times, ends, room_s, most.min(plan.long_bursts) as usize);
        self.expected = self.expected.saturating_add(u32::try_from(long.len()).unwrap_or(0) * beyond);
        for (number, wanted) in wanted.enumerate() {
            if long.contains(&number) {
                wanted.length = plan.long_burst_length;
            }
        }
    }

    fn choose_moments(&mut self, survey: &Survey, timing: Timing, moments: usize) -> Outcome<Vec<Stretch>> {
        let length = self.burst;
        let keyframes = apart(&survey.keyframes, f64::from(self.burst) / timing.fps);
        if keyframes.len() > moments {
            let candidates: Vec<Keyframe> =
                choose::spread(keyframes.len(), (moments * CANDIDATES_PER_MOMENT).max(FEWEST_CANDIDATES))
                    .into_iter()
                    .filter_map(|i| keyframes.get(i).copied())
                    .collect();
            let (candidates, thumbnails) = self.glance(&candidates)?;
            return Ok((0u32..)
                .zip(choose::across_scenes(&thumbnails, moments))
                .filter_map(|(moment, i)| {
                    Some((*candidates.get(i)?, vec![Wanted { after_s: 0.0, moment, length }]))
                })
                .collect());
        }
        let times: Vec<f64> = keyframes.iter().map(|keyframe| keyframe.at_s).collect();
        let mut runs: Vec<Stretch> = keyframes.iter().map(|keyframe| (*keyframe, Vec::new())).collect();
        let chosen = choose::around_keyframes(&times, timing, moments, self.burst as usize);
        self.expected = u32::try_from(chosen.len()).unwrap_or(u32::MAX).saturating_mul(self.burst);
        for (moment, number) in chosen.into_iter().zip(0u32..) {
            if let Some((_, wanted)) = runs.get_mut(moment.keyframe) {
                wanted.push(Wanted { after_s: moment.after_s, moment: number, length });
            }
        }
        Ok(runs)
    }

    /// Decodes the candidates alone, to tell scenes apart. Keyframes that cannot be decoded are no candidates.
    fn glance(&mut self, candidates: &[Keyframe]) -> Outcome<(Vec<Keyframe>, Vec<Thumbnail>)> {
        let mut found = Vec::new();
        let mut thumbnails = Vec::new();
        let mut packet = Packet::empty();
        let mut picture = frame::Video::empty();
        for candidate in candidates {
            if !demux::seek(&mut self.demuxed.container, self.picture.stream, candidate.timestamp) {
                continue;
            }
            self.decoder.flush();
            while demux::read(&mut self.demuxed.container, &mut packet).is_ok() {
                if packet.stream() != self.picture.stream || !self.is_there(&packet, Some(*candidate)) {
                    continue;
                }
                self.decoded += 1;
                if self.decoder.send_packet(&packet).is_ok()
                    && self.decoder.send_eof().is_ok()
                    && self.decoder.receive_frame(&mut picture).is_ok()
                    && let Some(thumbnail) = luma_thumbnail(&picture)
                {
                    found.push(*candidate);
                    thumbnails.push(thumbnail);
                }
                break;
            }
        }
        if found.is_empty() {
            // nothing could be told apart
            return Ok((
                candidates.to_vec(),
                vec![[0; choose::THUMBNAIL_SIDE * choose::THUMBNAIL_SIDE]; candidates.len()],
            ));
        }
        Ok((found, thumbnails))
    }

    /// Every frame of a short clip, in bursts as long as the plan has them.
    fn everything(&mut self, input: &Input, moments: usize, plan: &SamplingPlan) -> Outcome<()> {
        let length = if plan.long_bursts > 0 { plan.long_burst_length.max(self.burst) } else { self.burst };
        let wanted: Vec<Wanted> = (0..u32::try_from(moments).unwrap_or(u32::MAX))
            .map(|moment| Wanted { after_s: f64::MIN, moment, length })
            .collect();
        self.read_from_start(input, &wanted)
    }

    /// Decodes in order, without seeking.
    fn read_from_start(&mut self, input: &Input, wanted: &[Wanted]) -> Outcome<()> {
        self.demuxed = demux::open(input, self.limits)?;
        demux::only(&mut self.demuxed.container, self.picture.stream);
        self.decoder.flush();
        self.run(&Run { from: None, wanted }).map(|_| ())
    }

    /// Whether the packet is the keyframe that was sought.
    fn is_there(&self, packet: &Packet, sought: Option<Keyframe>) -> bool {
        let Some(sought) = sought else { return true };
        let late_enough =
            [packet.dts(), packet.pts()].into_iter().flatten().any(|time| time >= sought.timestamp);
        packet.is_key() && late_enough
    }

    /// Decodes from a keyframe on and hands out what is wanted.
    fn run(&mut self, run: &Run<'_>) -> Outcome<RunEnd> {
        if let Some(keyframe) = run.from {
            self.decoder.flush();
            if !demux::seek(&mut self.demuxed.container, self.picture.stream, keyframe.timestamp) {
                return Ok(RunEnd::Missed);
            }
        }
        let mut waiting = Waiting::new(run.wanted, self.burst);
        let mut base = None;
        let mut packet = Packet::empty();
        while !waiting.is_over() && !self.sink.is_full() {
            match demux::read(&mut self.demuxed.container, &mut packet) {
                Ok(()) => {}
                Err(ffmpeg_next::Error::InvalidData) => {
                    self.decoded += 1;
                    if self.too_many()? {
                        break;
                    }
                    continue;
                }
                Err(_) => break,
            }
            if packet.stream() != self.picture.stream {
                continue;
            }
            let time = packet.pts().or_else(|| packet.dts());
            let base = match base {
                Some(base) => base,
                None if self.is_there(&packet, run.from) => {
                    let start = match run.from {
                        Some(_) => time.unwrap_or(self.picture.start),
                        None => self.picture.start,
                    };
                    *base.insert(start)
                }
                None => continue,
            };
            // frames that nothing refers to need not be decoded on the way
            let early = match (packet.pts(), waiting.next_s()) {
                (Some(pts), Some(next_s)) => (pts - base) as f64 * self.picture.time_base < next_s,
                _ => false,
            };
            self.decoder.skip_frame(if early { Discard::NonReference } else { Discard::Default });
            self.decoded += 1;
            if self.too_many()? {
                break;
            }
            if waiting.has_all(&packet, base, self.picture.time_base) {
                break;
            }
            if self.decoder.send_packet(&packet).is_err() {
                self.note_damage(time)?;
                continue;
            }
            self.receive(&mut waiting, base)?;
        }
        // what is still on its way through the decoder
        if self.decoder.send_eof().is_ok() {
            self.receive(&mut waiting, base.unwrap_or(self.picture.start))?;
        }
        self.decoder.skip_frame(Discard::Default);
        Ok(if base.is_none() { RunEnd::Missed } else { RunEnd::Done })
    }

    /// Takes the decoded frames and hands out those that are wanted.
    fn receive(&mut self, waiting: &mut Waiting<'_>, base: i64) -> Outcome<()> {
        let mut picture = frame::Video::empty();
        loop {
            match self.decoder.receive_frame(&mut picture) {
                Ok(()) => {}
                Err(ffmpeg_next::Error::InvalidData) => {
                    self.note_damage(None)?;
                    continue;
                }
                Err(_) => return Ok(()),
            }
            let time = picture.timestamp();
            let after_s = time.map(|time| (time - base) as f64 * self.picture.time_base);
            if !waiting.wants(after_s) {
                continue;
            }
            if (picture.is_corrupt() || picture.has_decode_errors()) && !self.accept_damaged {
                self.note_damage(time)?;
                continue;
            }
            let Some((moment, motion_only)) = waiting.take(after_s) else { continue };
            let at_s = match time {
                Some(time) => (time - self.picture.start) as f64 * self.picture.time_base,
                None => self.last_s + self.frame_s,
            };
            // a time that does not move on is a mistake of the container, or a time of decoding where that of showing is missing (MPEG-PS)
            let at_s = match self.sink.frames() {
                0 => at_s.max(0.0),
                _ if at_s > self.last_s + LEAST_STEP_S => at_s,
                _ => self.last_s + self.frame_s,
            };
            self.last_s = at_s;
            let converted = self.scaler.convert(&picture)?;
            self.sink.frame(moment, at_s, motion_only, &converted)?;
            self.sink.progress(f64::from(self.sink.frames()) / f64::from(self.expected))?;
        }
    }

    fn note_damage(&mut self, time: Option<i64>) -> Outcome<()> {
        self.damaged += 1;
        if self.damaged > DAMAGES_TOLD {
            return Ok(());
        }
        let detail = match time {
            Some(time) => {
                format!("at {:.2} s", (time - self.picture.start) as f64 * self.picture.time_base)
            }
            None => "at an unknown moment".to_owned(),
        };
        self.sink.warning(WarningCode::FrameDamaged, detail)
    }

    fn too_many(&mut self) -> Outcome<bool> {
        if self.decoded > self.limits.decoded_frames && !self.out_of_frames {
            self.out_of_frames = true;
            let detail = format!("{} frames decoded", self.limits.decoded_frames);
            self.sink.warning(WarningCode::OnlyFirstFramesRead, detail)?;
        }
        Ok(self.out_of_frames)
    }

    /// If nothing could be handed out, tries once more and takes damaged frames too.
    pub(super) fn finish(&mut self, input: &Input) -> Outcome<()> {
        if self.sink.frames() == 0 && !self.out_of_frames {
            self.accept_damaged = true;
            self.everything(input, 4, &SamplingPlan { long_bursts: 0, ..SamplingPlan::default() })?;
        }
        if self.damaged > DAMAGES_TOLD {
            self.sink.warning(WarningCode::FrameDamaged, format!("{} frames in all", self.damaged))?;
        }
        if self.sink.frames() == 0 {
            return Err(Stop::refused(ErrorCode::MediaDamaged, "no frame could be decoded"));
        }
        Ok(())
    }
}

/// Keyframes that are at least so many seconds apart.
fn apart(keyframes: &[Keyframe], least_s: f64) -> Vec<Keyframe> {
    let mut kept: Vec<Keyframe> = Vec::with_capacity(keyframes.len());
    for keyframe in keyframes {
        if kept.last().is_none_or(|last| keyframe.at_s - last.at_s >= least_s - 1e-6) {
            kept.push(*keyframe);
        }
    }
    kept
}

/// From the first plane, whatever it holds: luma, or green in planar RGB.
fn luma_thumbnail(picture: &frame::Video) -> Option<Thumbnail> {
    if picture.planes() == 0 || picture.width() == 0 || picture.height() == 0 {
        return None;
    }
    let (plane, stride) = (picture.data(0), picture.stride(0));
    // the bytes of a row, so that deep and packed formats are sampled over their whole width
    let bytes = (stride / picture.width() as usize).clamp(1, 8);
    let luma = |x: u32, y: u32| plane.get(y as usize * stride + x as usize * bytes).copied().unwrap_or(0);
    Some(choose::thumbnail(picture.width(), picture.height(), luma))
}
