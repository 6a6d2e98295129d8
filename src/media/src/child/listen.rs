//! The first sound track from end to end for a film: one or two channels at a rate that AAC knows, without a gap from the moment at which the picture begins.
//!
//! Nothing that goes wrong here refuses a file: there is less sound, and a warning.

use ffmpeg_next::{Packet, frame};

use super::Outcome;
use super::demux;
use super::input::Input;
use super::resample::Stream;
use super::sink::Sink;
use super::sound::{Channels, RATES as BELIEVED_RATES, Track};
use crate::playable::{PIECE_VALUES, RATES, Samples};
use crate::{FilmPlan, MediaLimits};

/// Times that are off by less are the container's rounding; a hole that is longer is filled with silence.
const SLACK_S: f64 = 0.04;

/// Reads the sound and hands it out. `zero_s`: the moment that counts as 0, in seconds of the container; none: the sound's own beginning.
pub(super) fn read(
    input: &Input,
    limits: &MediaLimits,
    plan: &FilmPlan,
    zero_s: Option<f64>,
    sink: &mut Sink,
) -> Outcome<()> {
    if limits.sound_s == 0 {
        return Ok(());
    }
    let Ok(demuxed) = demux::open(input, limits) else { return Ok(()) };
    let Some(mut track) = Track::open(demuxed) else { return Ok(()) };
    let own_s = track.start as f64 * track.time_base;
    let mut listener = Listener {
        zero_s: zero_s.unwrap_or(own_s),
        end_s: plan.longest_s,
        rate: 0,
        streams: Vec::new(),
        written: 0,
        waiting: Vec::new(),
        over: false,
    };
    let mut packet = Packet::empty();
    while !listener.over {
        match demux::read(&mut track.demuxed.container, &mut packet) {
            Ok(()) if packet.stream() != track.stream => continue,
            Ok(()) => track.damaged += u32::from(track.decoder.send_packet(&packet).is_err()),
            Err(ffmpeg_next::Error::InvalidData) => {
                track.damaged = track.damaged.saturating_add(1);
                if track.damaged > MOST_DAMAGED {
                    break;
                }
                continue;
            }
            Err(_) => {
                if track.decoder.send_eof().is_ok() {
                    listener.receive(&mut track, sink)?;
                }
                break;
            }
        }
        listener.receive(&mut track, sink)?;
        if zero_s.is_none()
            && let Some(duration_s) = track.duration_s
        {
            sink.progress(listener.at_s() / duration_s.min(plan.longest_s))?;
        }
    }
    listener.finish(sink)?;
    if listener.rate == 0 && track.damaged == 0 {
        return Ok(());
    }
    track.tell(sink)
}

/// Unreadable stretches after which there is no use in going on.
const MOST_DAMAGED: u32 = 100_000;

/// Puts pieces one after another.
struct Listener {
    zero_s: f64,
    end_s: f64,
    /// Samples a second that are handed out; 0 before the first piece.
    rate: u32,
    /// One for each channel that is handed out, at the rate of the latest piece.
    streams: Vec<Stream>,
    /// Samples of each channel that were put in, at the rate that is handed out.
    written: u64,
    /// Interleaved.
    waiting: Vec<f32>,
    over: bool,
}

impl Listener {
    /// Where the next sample belongs, in seconds.
    fn at_s(&self) -> f64 {
        if self.rate == 0 { 0.0 } else { self.written as f64 / f64::from(self.rate) }
    }

    /// Takes what is decoded.
    fn receive(&mut self, track: &mut Track, sink: &mut Sink) -> Outcome<()> {
        let mut piece = frame::Audio::empty();
        while !self.over && track.decoder.receive_frame(&mut piece).is_ok() {
            let rate = piece.rate();
            let Some(channels) = Channels::of(&piece).filter(|_| BELIEVED_RATES.contains(&rate)) else {
                track.damaged = track.damaged.saturating_add(1);
                continue;
            };
            if self.rate == 0 {
                self.rate = handed_out(rate);
                let count = if channels.count() > 1 { 2 } else { 1 };
                self.streams = (0..count).map(|_| Stream::new(rate, self.rate)).collect();
            }
            if self.streams.first().is_some_and(|stream| stream.from() != rate) {
                let fresh = self.streams.iter().map(|_| Stream::new(rate, self.rate)).collect();
                let ended = std::mem::replace(&mut self.streams, fresh);
                self.take(ended.into_iter().map(Stream::finish).collect());
            }
            let at_s = piece.timestamp().map(|time| time as f64 * track.time_base - self.zero_s);
            let late_s = at_s.map_or(0.0, |at_s| at_s - self.at_s());
            if late_s > SLACK_S {
                self.hush(late_s);
            }
            // sound from before the first frame is not heard: the picture tells the time
            let before =
                if self.written == 0 && late_s < 0.0 { (-late_s * f64::from(rate)) as usize } else { 0 };
            if before >= channels.samples() {
                continue;
            }
            self.written += scaled(channels.samples() - before, rate, self.rate);
            let stereo = self.streams.len() == 2;
            let streams = self.streams.iter_mut().enumerate();
            let pieces = streams
                .map(|(side, stream)| {
                    let samples = (before..channels.samples())
                        .map(|at| if stereo { channels.side(side, at) } else { channels.mean(at) });
                    stream.push(samples)
                })
                .collect();
            self.take(pieces);
            self.send(PIECE_VALUES, sink)?;
            self.over = self.at_s() >= self.end_s;
        }
        Ok(())
    }

    /// Silence, up to the end of the film at most.
    fn hush(&mut self, length_s: f64) {
        let Some(from) = self.streams.first().map(Stream::from) else { return };
        let length_s = length_s.min(self.end_s - self.at_s()).max(0.0);
        let samples = (length_s * f64::from(from)) as usize;
        self.written += scaled(samples, from, self.rate);
        let pieces =
            self.streams.iter_mut().map(|stream| stream.push(std::iter::repeat_n(0.0, samples))).collect();
        self.take(pieces);
    }

    /// Interleaves what the streams gave.
    fn take(&mut self, pieces: Vec<Vec<f32>>) {
        match pieces.as_slice() {
            [left, right] => {
                self.waiting.extend(left.iter().zip(right).flat_map(|(left, right)| [*left, *right]));
            }
            [only] => self.waiting.extend_from_slice(only),
            _ => {}
        }
    }

    /// Sends what makes whole pieces of `length` values.
    fn send(&mut self, length: usize, sink: &mut Sink) -> Outcome<()> {
        let channels = u8::try_from(self.streams.len()).unwrap_or(1);
        while self.waiting.len() >= length && !self.waiting.is_empty() {
            let rest = self.waiting.split_off(length);
            let values = std::mem::replace(&mut self.waiting, rest);
            sink.samples(&Samples { rate: self.rate, channels, values })?;
        }
        Ok(())
    }

    fn finish(&mut self, sink: &mut Sink) -> Outcome<()> {
        let ended: Vec<Stream> = std::mem::take(&mut self.streams);
        let channels = ended.len();
        self.take(ended.into_iter().map(Stream::finish).collect());
        // the film ends where it was asked to end, not with the piece
        let most = (self.end_s * f64::from(self.rate)) as usize * channels;
        let sent_and_waiting = usize::try_from(self.written).unwrap_or(usize::MAX).saturating_mul(channels);
        let beyond = sent_and_waiting.saturating_sub(most).min(self.waiting.len());
        self.waiting.truncate(self.waiting.len() - beyond);
        while !self.waiting.is_empty() && channels > 0 {
            let rest = self.waiting.split_off(self.waiting.len().min(PIECE_VALUES));
            let values = std::mem::replace(&mut self.waiting, rest);
            let channels = u8::try_from(channels).unwrap_or(1);
            sink.samples(&Samples { rate: self.rate, channels, values })?;
        }
        Ok(())
    }
}

/// Samples at another rate.
fn scaled(samples: usize, from: u32, to: u32) -> u64 {
    samples as u64 * u64::from(to) / u64::from(from.max(1))
}

/// The rate at which sound of this rate is handed out: its own if AAC knows it, half or a quarter of it if that is 44.1 or 48 kHz, else the next that AAC knows.
fn handed_out(rate: u32) -> u32 {
    let known = |rate: &u32| RATES.contains(rate);
    [rate, rate / 2, rate / 4]
        .into_iter()
        .enumerate()
        .find(|(halved, one)| known(one) && (*halved == 0 || *one >= 44_100))
        .map(|(_, one)| one)
        .or_else(|| RATES.into_iter().find(|known| *known >= rate))
        .unwrap_or(48_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_aac() {
        for (from, to) in [
            (48_000, 48_000),
            (44_100, 44_100),
            (8_000, 8_000),
            (96_000, 48_000),
            (88_200, 44_100),
            (176_400, 44_100),
            (192_000, 48_000),
            (37_800, 44_100),
            (5_512, 7_350),
            (384_000, 48_000),
            (50_000, 48_000),
        ] {
            assert_eq!(handed_out(from), to, "{from}");
        }
    }
}
