//! A picture track that is decoded from keyframes on: which of its frames are wanted, in the order of their times.

use std::sync::atomic::{AtomicU64, Ordering};

use ffmpeg_next::{Discard, Packet, decoder, frame};

use super::Outcome;
use super::clip::{LEAST_STEP_S, open_decoder};
use super::demux::{self, Demuxed, Picture};
use super::input::Input;
use super::survey::Keyframe;
use crate::MediaLimits;

/// From so many of the clip's frames for each wanted one, the nearest cheap frame will do.
const SPARSE: f64 = 4.0;
/// A keyframe is entered so many seconds and so many frames before a span begins: containers give decoding times, which lie before those of showing.
const LEAD_S: f64 = 0.25;
const LEAD_FRAMES: f64 = 6.0;

/// The format whose keyframes are sought by the time of showing, though its index gives that of decoding.
pub(super) const MP4: &str = "mov,mp4,m4a,3gp,3g2,mj2";

/// What takes the wanted frames, with their times in seconds, and answers whether to go on.
pub(super) type Take<'a> = dyn FnMut(&mut frame::Video, f64) -> Outcome<bool> + 'a;

/// What is wanted of a track.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wish {
    /// From and until, in seconds, ascending.
    pub(super) spans: Vec<[f64; 2]>,
    /// Seconds between wanted frames; 0: all.
    pub(super) step_s: f64,
    /// Seconds between the clip's own frames.
    pub(super) frame_s: f64,
}

impl Wish {
    /// Half a frame early is on time: frame rates that are no whole numbers miss the grid by a hair.
    pub(super) fn slack_s(&self) -> f64 {
        if self.step_s > 0.0 { (self.frame_s / 2.0).min(self.step_s / 2.0) } else { 1e-4 }
    }

    /// How long before a moment a keyframe has to lie to be entered for it.
    pub(super) fn lead_s(&self) -> f64 {
        LEAD_S.max(LEAD_FRAMES * self.frame_s)
    }

    /// The last keyframe from which a moment can be reached.
    fn entry(&self, keyframes: &[Keyframe], at_s: f64) -> Option<Keyframe> {
        keyframes.iter().rev().find(|keyframe| keyframe.at_s <= at_s - self.lead_s()).copied()
    }
}

/// What follows a decoded frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another packet.
    Packet,
    /// The next span lies behind a later keyframe.
    Seek,
    /// Nothing: all spans are read, or a limit is reached.
    Over,
    /// The place that was entered was no keyframe: what is wanted lies before the first frame that came.
    Astray,
}

/// A track that is being decoded.
pub(super) struct Reel<'a> {
    demuxed: Demuxed,
    picture: &'a Picture,
    decoder: decoder::Video,
    limits: &'a MediaLimits,
    keyframes: &'a [Keyframe],
    wish: Wish,
    /// Spans that are read already.
    passed: usize,
    /// From when on the next frame is wanted.
    next_s: f64,
    /// When the last decoded frame was shown.
    last_s: Option<f64>,
    /// A keyframe was entered, and nothing has come since.
    awaited: bool,
    /// The container's keyframes are not to be believed (a table of them is missing or forged): the clip is read from its start.
    astray: bool,
    /// Frames decoded, by others of the same clip too.
    decoded: &'a AtomicU64,
    /// Whether [`MediaLimits::decoded_frames`] was reached.
    pub(super) exhausted: bool,
    /// Frames that could not be decoded.
    pub(super) damaged: u32,
}

impl<'a> Reel<'a> {
    /// Opens a decoder of so many threads.
    pub(super) fn new(
        demuxed: Demuxed,
        (picture, keyframes): (&'a Picture, &'a [Keyframe]),
        limits: &'a MediaLimits,
        wish: Wish,
        decoded: &'a AtomicU64,
        threads: u32,
    ) -> Outcome<Self> {
        Ok(Self {
            decoder: open_decoder(&demuxed, picture, limits, threads)?,
            demuxed,
            picture,
            limits,
            keyframes,
            next_s: 0.0,
            wish,
            passed: 0,
            last_s: None,
            awaited: false,
            astray: false,
            decoded,
            exhausted: false,
            damaged: 0,
        })
    }

    /// Decodes the spans and gives what is wanted.
    pub(super) fn play(&mut self, input: &Input, spans: Vec<[f64; 2]>, take: &mut Take<'_>) -> Outcome<()> {
        self.next_s = spans.first().map_or(0.0, |[from_s, _]| *from_s);
        (self.wish.spans, self.passed) = (spans, 0);
        // read from the start, the clip has not come to these spans yet
        let mut fresh = !(self.astray && self.last_s.is_some_and(|last_s| last_s < self.next_s));
        loop {
            let entered = !self.astray && self.enter();
            if !entered && fresh {
                // the survey or an earlier span has moved on, and not every format can be wound back
                self.demuxed = demux::open(input, self.limits)?;
            }
            if entered || fresh {
                self.decoder.flush();
                self.last_s = None;
            }
            (fresh, self.awaited) = (false, entered);
            demux::only(&mut self.demuxed.container, self.picture.stream);
            match self.run(take)? {
                Next::Seek => {}
                Next::Astray => (self.astray, fresh) = (true, true),
                Next::Packet | Next::Over => return Ok(()),
            }
        }
    }

    /// Moves to the last keyframe from which the next wanted frame can be reached; whether there is one.
    fn enter(&mut self) -> bool {
        let Some(keyframe) = self.wish.entry(self.keyframes, self.next_s) else { return false };
        let mut sought = keyframe.timestamp;
        if self.demuxed.format == MP4 {
            // what is sought is taken for a time of showing there, and the keyframe before is found, which costs a whole group of pictures: so somewhat
            // later is sought, though not as late as the next keyframe
            let later = sought.saturating_add((self.wish.lead_s() / self.picture.time_base) as i64);
            let next = self.keyframes.iter().map(|other| other.timestamp).find(|other| *other > sought);
            sought = next.map_or(later, |next| later.min(next - 1)).max(sought);
        }
        demux::seek(&mut self.demuxed.container, self.picture.stream, sought)
    }

    /// Decodes from here to the end of the spans, or until a seek saves time.
    fn run(&mut self, take: &mut Take<'_>) -> Outcome<Next> {
        let sparse = self.wish.step_s >= SPARSE * self.wish.frame_s;
        if sparse {
            self.decoder.skip_loop_filter(Discard::All);
            self.decoder.skip_frame(Discard::NonReference);
        }
        let mut packet = Packet::empty();
        loop {
            match demux::read(&mut self.demuxed.container, &mut packet) {
                Ok(()) if packet.stream() != self.picture.stream => continue,
                Ok(()) => {}
                Err(ffmpeg_next::Error::InvalidData) => {
                    self.damaged += 1;
                    self.decoded.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                Err(_) => break,
            }
            if self.decoded.fetch_add(1, Ordering::Relaxed) >= self.limits.decoded_frames {
                self.exhausted = true;
                return Ok(Next::Over);
            }
            if !sparse {
                // frames that nothing refers to need not be decoded on the way to the span
                let early = packet.pts().is_some_and(|pts| self.at_s(pts) < self.next_s - self.wish.frame_s);
                self.decoder.skip_frame(if early { Discard::NonReference } else { Discard::Default });
            }
            if self.decoder.send_packet(&packet).is_err() {
                self.damaged += 1;
                continue;
            }
            match self.receive(take)? {
                Next::Packet => {}
                next => return Ok(next),
            }
        }
        if self.decoder.send_eof().is_ok() && self.receive(take)? == Next::Astray {
            return Ok(Next::Astray);
        }
        Ok(if self.awaited { Next::Astray } else { Next::Over })
    }

    /// Seconds from the start of the clip.
    fn at_s(&self, time: i64) -> f64 {
        time.saturating_sub(self.picture.start) as f64 * self.picture.time_base
    }

    /// Leaves the spans that end before a moment.
    fn pass(&mut self, at_s: f64) -> Next {
        let mut next = Next::Packet;
        while let Some([_, until_s]) = self.wish.spans.get(self.passed) {
            if at_s <= *until_s {
                return next;
            }
            self.passed += 1;
            let Some([from_s, _]) = self.wish.spans.get(self.passed) else { break };
            self.next_s = *from_s;
            let entry = self.wish.entry(self.keyframes, *from_s).filter(|_| !self.astray);
            let ahead = entry.is_some_and(|keyframe| keyframe.at_s > at_s);
            next = if ahead { Next::Seek } else { Next::Packet };
        }
        Next::Over
    }

    /// Takes what is decoded.
    fn receive(&mut self, take: &mut Take<'_>) -> Outcome<Next> {
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
                (_, Some(last_s)) => last_s + self.wish.frame_s,
                (known_s, None) => known_s.unwrap_or(0.0),
            };
            self.last_s = Some(at_s);
            // From a keyframe the decoder gives that very frame first, which lies before what is wanted; from any other it gives nothing up to the next one, without
            // a word of complaint.
            if std::mem::take(&mut self.awaited) && at_s > self.next_s + self.wish.slack_s() {
                return Ok(Next::Astray);
            }
            match self.pass(at_s) {
                Next::Packet => {}
                next => return Ok(next),
            }
            let slack_s = self.wish.slack_s();
            if at_s < self.next_s - slack_s {
                continue;
            }
            if picture.is_corrupt() || picture.has_decode_errors() {
                self.damaged += 1;
                continue;
            }
            if self.wish.step_s > 0.0 {
                let missed = ((at_s + slack_s - self.next_s) / self.wish.step_s).floor().max(0.0);
                self.next_s += self.wish.step_s * (missed + 1.0);
            }
            if !take(&mut picture, at_s)? {
                return Ok(Next::Over);
            }
        }
    }
}
