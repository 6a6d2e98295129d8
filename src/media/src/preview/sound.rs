//! Samples to AAC-LC. The packets wait in memory for the film that they belong to: half an hour of them is 22 MB.

use std::ops::Range;

use ffmpeg_next::codec::{self, Id, Parameters};
use ffmpeg_next::format::Sample;
use ffmpeg_next::format::sample::Type;
use ffmpeg_next::{ChannelLayout, Packet, Rational, encoder, frame};

use super::PreviewError;

/// Bits per second.
const BIT_RATE: usize = 96_000;

/// Sound that is being encoded.
pub(super) struct Sound {
    encoder: encoder::Audio,
    rate: u32,
    channels: usize,
    /// Interleaved values that do not make a frame yet.
    waiting: Vec<f32>,
    /// Samples of each channel that were encoded.
    encoded: i64,
    packets: Vec<Encoded>,
    bytes: Vec<u8>,
}

/// A packet; times in samples.
struct Encoded {
    pts: i64,
    duration: i64,
    bytes: Range<usize>,
}

/// Sound that is done.
pub(super) struct Track {
    /// What the container has to know.
    pub(super) parameters: Parameters,
    /// Seconds per unit of the packets' times.
    pub(super) time_base: Rational,
    packets: std::vec::IntoIter<Encoded>,
    bytes: Vec<u8>,
}

impl Sound {
    pub(super) fn new(rate: u32, channels: u8) -> Result<Self, PreviewError> {
        const NONE: PreviewError = PreviewError::NoEncoder("AAC");
        let codec = encoder::find(Id::AAC).ok_or(NONE)?;
        let mut setup = codec::Context::new_with_codec(codec).encoder().audio()?;
        setup.set_rate(i32::try_from(rate).map_err(|_| NONE)?);
        setup.set_channel_layout(if channels == 1 { ChannelLayout::MONO } else { ChannelLayout::STEREO });
        setup.set_format(Sample::F32(Type::Planar));
        setup.set_bit_rate(BIT_RATE);
        setup.set_time_base(time_base(rate));
        setup.set_flags(codec::Flags::GLOBAL_HEADER);
        Ok(Self {
            encoder: setup.open().map_err(|_| NONE)?,
            rate,
            channels: usize::from(channels),
            waiting: Vec::new(),
            encoded: 0,
            packets: Vec::new(),
            bytes: Vec::new(),
        })
    }

    /// How it is made, in words.
    pub(super) fn recipe(&self) -> String {
        let channels = if self.channels == 1 { "mono" } else { "stereo" };
        format!("AAC-LC {} kbit/s, {} Hz, {channels}", BIT_RATE / 1000, self.rate)
    }

    /// Adds interleaved values of about ±1.
    pub(super) fn push(&mut self, values: &[f32]) -> Result<(), PreviewError> {
        self.waiting.extend_from_slice(values);
        let length = self.encoder.frame_size().max(1) as usize * self.channels;
        let waiting = std::mem::take(&mut self.waiting);
        let frames = waiting.chunks_exact(length);
        self.waiting = frames.remainder().to_vec();
        frames.into_iter().try_for_each(|frame| self.encode(frame))
    }

    fn encode(&mut self, values: &[f32]) -> Result<(), PreviewError> {
        let samples = values.len() / self.channels;
        let layout = self.encoder.channel_layout();
        let mut piece = frame::Audio::new(Sample::F32(Type::Planar), samples, layout);
        piece.set_rate(self.rate);
        piece.set_pts(Some(self.encoded));
        for channel in 0..self.channels {
            let from = values.iter().skip(channel).step_by(self.channels);
            piece.plane_mut::<f32>(channel).iter_mut().zip(from).for_each(|(to, from)| *to = *from);
        }
        self.encoded += samples as i64;
        self.encoder.send_frame(&piece)?;
        self.take();
        Ok(())
    }

    fn take(&mut self) {
        let mut packet = Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            let begin = self.bytes.len();
            self.bytes.extend_from_slice(packet.data().unwrap_or_default());
            self.packets.push(Encoded {
                pts: packet.pts().unwrap_or(0),
                duration: packet.duration(),
                bytes: begin..self.bytes.len(),
            });
        }
    }

    /// Ends the sound.
    pub(super) fn finish(mut self) -> Result<Track, PreviewError> {
        let last = std::mem::take(&mut self.waiting);
        if !last.is_empty() {
            self.encode(&last)?;
        }
        self.encoder.send_eof()?;
        self.take();
        Ok(Track {
            parameters: Parameters::from(&self.encoder),
            time_base: time_base(self.rate),
            packets: self.packets.into_iter(),
            bytes: self.bytes,
        })
    }
}

impl Track {
    /// The next packet that sounds before `until_s`.
    pub(super) fn next(&mut self, until_s: f64) -> Option<Packet> {
        let first = self.packets.as_slice().first()?;
        if first.pts as f64 * f64::from(self.time_base) > until_s {
            return None;
        }
        let encoded = self.packets.next()?;
        let mut packet = Packet::copy(self.bytes.get(encoded.bytes)?);
        packet.set_pts(Some(encoded.pts));
        packet.set_dts(Some(encoded.pts));
        packet.set_duration(encoded.duration);
        Some(packet)
    }
}

fn time_base(rate: u32) -> Rational {
    Rational(1, i32::try_from(rate).unwrap_or(i32::MAX))
}
