//! The first sound track: a few stretches of it as 16 kHz mono, spread over the clip. Nothing that goes wrong here refuses a file: there is less sound, and a warning.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use ffmpeg_next::{Packet, codec, decoder, format, frame, media};
use podlinnik_domain::media::WarningCode;

use super::Outcome;
use super::demux::{self, Demuxed};
use super::input::Input;
use super::resample::Resampler;
use super::sink::Sink;
use crate::sound::{SOUND_RATE, STRETCH_S};
use crate::{MediaLimits, ScanPlan};

/// Packets that are read for one stretch, so that a track of tiny packets costs bounded time.
const PACKETS: u32 = 40_000;
/// Seconds behind the place that was sought that may be decoded and thrown away to get there.
const LEAD_S: f64 = 30.0;
/// Sampling rates that are believed.
pub(super) const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;
/// Channels that are mixed down; those beyond are left out.
const CHANNELS: usize = 8;

/// Reads the sound of a file and hands it out. Without a sound track there is nothing to do.
pub(super) fn read(input: &Input, limits: &MediaLimits, sink: &mut Sink) -> Outcome<()> {
    if limits.sound_s == 0 {
        return Ok(());
    }
    let Ok(demuxed) = demux::open(input, limits) else { return Ok(()) };
    let Some(mut track) = Track::open(demuxed) else { return Ok(()) };
    let wanted = f64::from(limits.sound_s);
    let count = (wanted / STRETCH_S).floor().max(1.0);
    let spread = track.duration_s.filter(|duration_s| *duration_s > wanted * 1.25 && count >= 2.0);
    for number in 0..count as u32 {
        let from_s = spread
            .map(|duration_s| f64::from(number) * (duration_s - STRETCH_S) / (count - 1.0))
            .filter(|s| *s > 0.0);
        if from_s.is_some_and(|from_s| !track.seek(from_s)) {
            break;
        }
        let length = (wanted - f64::from(number) * STRETCH_S).min(STRETCH_S);
        let Some((at_s, samples)) = track.take(from_s.unwrap_or(0.0), length.min(wanted)) else { break };
        sink.sound(at_s, &samples)?;
        if track.ended && spread.is_none() {
            break;
        }
    }
    track.tell(sink)
}

/// Stretches that wait for the parent: a minute and a half, so that a clip of hours takes no more memory than one of minutes.
const WAITING: usize = 8;

/// The sound of a scan, read by a thread of its own while another one reads the picture.
pub(super) struct Listener {
    /// None once all of it was handed out.
    stretches: Option<Receiver<Heard>>,
}

/// What the thread tells.
enum Heard {
    /// When a stretch begins, in seconds, and its samples.
    Stretch(f64, Vec<f32>),
    /// Packets that could not be decoded; the last word.
    Damaged(u32),
}

impl Listener {
    /// Starts to read the sound of the wanted spans from end to end, stretch by stretch, if it is wanted. Without a sound track there is nothing to do.
    pub(super) fn start(input: &Input, limits: &MediaLimits, plan: &ScanPlan) -> Self {
        if limits.sound_s == 0 || !plan.sound {
            return Self { stretches: None };
        }
        let (tell, stretches) = sync_channel(WAITING);
        let (input, limits, plan) = (input.clone(), limits.clone(), plan.clone());
        // where no thread can be started nobody tells anything, and the end says so
        let _ = std::thread::Builder::new().spawn(move || listen(&input, &limits, &plan, &tell));
        Self { stretches: Some(stretches) }
    }

    /// Hands out what is ready.
    pub(super) fn hand_out_ready(&mut self, sink: &mut Sink) -> Outcome<()> {
        while let Some(heard) = self.stretches.as_ref().and_then(|stretches| stretches.try_recv().ok()) {
            self.hand_out(heard, sink)?;
        }
        Ok(())
    }

    /// Waits for the rest and hands it out.
    pub(super) fn finish(mut self, sink: &mut Sink) -> Outcome<()> {
        while let Some(stretches) = &self.stretches {
            match stretches.recv() {
                Ok(heard) => self.hand_out(heard, sink)?,
                Err(_) => {
                    self.stretches = None;
                    sink.warning(WarningCode::PartialDecode, "the sound could not be read to its end")?;
                }
            }
        }
        Ok(())
    }

    fn hand_out(&mut self, heard: Heard, sink: &mut Sink) -> Outcome<()> {
        match heard {
            Heard::Stretch(at_s, samples) => sink.sound(at_s, &samples),
            Heard::Damaged(damaged) => {
                self.stretches = None;
                tell_of(damaged, sink)
            }
        }
    }
}

/// Reads the wanted spans until nobody listens any more.
fn listen(input: &Input, limits: &MediaLimits, plan: &ScanPlan, tell: &SyncSender<Heard>) {
    let track = demux::open(input, limits).ok().and_then(Track::open);
    let Some(mut track) = track else {
        let _ = tell.send(Heard::Damaged(0));
        return;
    };
    let whole = [[0.0, f64::MAX]];
    let spans_s = if plan.spans_s.is_empty() { &whole[..] } else { &plan.spans_s };
    let mut left = (f64::from(limits.sound_s) / STRETCH_S).floor().max(1.0) as u32;
    for [from_s, until_s] in spans_s.iter().copied() {
        if from_s > 0.0 && !track.seek(from_s) {
            break;
        }
        let mut next_s = from_s;
        while left > 0 && until_s > next_s {
            left -= 1;
            let Some((at_s, samples)) = track.take(next_s, (until_s - next_s).min(STRETCH_S)) else { break };
            next_s = at_s + samples.len() as f64 / f64::from(SOUND_RATE);
            if tell.send(Heard::Stretch(at_s, samples)).is_err() {
                return;
            }
            if track.ended && track.rest.is_empty() {
                break;
            }
        }
    }
    let _ = tell.send(Heard::Damaged(track.damaged));
}

/// Says what could not be decoded.
fn tell_of(damaged: u32, sink: &mut Sink) -> Outcome<()> {
    if damaged > 0 {
        let detail = format!("{damaged} packets of the sound could not be decoded");
        sink.warning(WarningCode::FrameDamaged, detail)?;
    }
    Ok(())
}

/// An opened sound track.
pub(super) struct Track {
    pub(super) demuxed: Demuxed,
    pub(super) stream: usize,
    pub(super) decoder: decoder::Audio,
    /// Seconds per unit of time.
    pub(super) time_base: f64,
    /// First timestamp, in units of time.
    pub(super) start: i64,
    pub(super) duration_s: Option<f64>,
    /// Mixed samples at the file's own rate that came before a stretch was over, and when the first of them sounds.
    rest: Vec<f32>,
    rest_at_s: f64,
    rate: u32,
    pub(super) damaged: u32,
    ended: bool,
}

impl Track {
    /// The first sound track, if there is one that can be decoded.
    pub(super) fn open(mut demuxed: Demuxed) -> Option<Self> {
        let duration_s = demux::duration_s(&demuxed.container);
        let stream =
            demuxed.container.streams().find(|stream| stream.parameters().medium() == media::Type::Audio)?;
        let parameters = stream.parameters();
        let codec = parameters.id();
        if !demux::decoder_is_known(codec) {
            return None;
        }
        let (index, time_base, start) = (stream.index(), stream.time_base(), stream.start_time());
        let mut context = codec::Context::from_parameters(parameters).ok()?.decoder();
        context.set_packet_time_base(time_base);
        let decoder =
            context.open_as(ffmpeg_next::decoder::find(codec)?).and_then(|opened| opened.audio()).ok()?;
        demux::only(&mut demuxed.container, index);
        Some(Self {
            demuxed,
            stream: index,
            decoder,
            time_base: f64::from(time_base),
            start: if start == ffmpeg_next::ffi::AV_NOPTS_VALUE { 0 } else { start },
            duration_s,
            rest: Vec::new(),
            rest_at_s: 0.0,
            rate: 0,
            damaged: 0,
            ended: false,
        })
    }

    fn seek(&mut self, to_s: f64) -> bool {
        if self.time_base <= 0.0 {
            return false;
        }
        self.decoder.flush();
        self.rest.clear();
        self.ended = false;
        let timestamp = self.start.saturating_add((to_s / self.time_base) as i64);
        demux::seek(&mut self.demuxed.container, self.stream, timestamp)
    }

    /// The next `length_s` seconds that sound at `from_s` or later: when they begin, and the samples. `None` where there is no more sound.
    fn take(&mut self, from_s: f64, length_s: f64) -> Option<(f64, Vec<f32>)> {
        let mut packet = Packet::empty();
        let mut packets = 0;
        while !self.ended && !self.has(length_s) {
            packets += 1;
            match demux::read(&mut self.demuxed.container, &mut packet) {
                _ if packets > PACKETS => self.ended = true,
                Ok(()) if packet.stream() != self.stream => {}
                Ok(()) => {
                    self.damaged += u32::from(self.decoder.send_packet(&packet).is_err());
                    self.receive(from_s);
                }
                Err(ffmpeg_next::Error::InvalidData) => self.damaged += 1,
                Err(_) => {
                    if self.decoder.send_eof().is_ok() {
                        self.receive(from_s);
                    }
                    self.ended = true;
                }
            }
        }
        let wanted = (length_s * f64::from(self.rate)) as usize;
        let mixed: Vec<f32> = self.rest.drain(..wanted.min(self.rest.len())).collect();
        if mixed.is_empty() {
            return None;
        }
        let at_s = self.rest_at_s;
        self.rest_at_s += mixed.len() as f64 / f64::from(self.rate);
        let mut samples = Resampler::new(self.rate, SOUND_RATE).run(&mixed);
        for sample in &mut samples {
            *sample = if sample.is_finite() { sample.clamp(-4.0, 4.0) } else { 0.0 };
        }
        Some((at_s, samples))
    }

    /// Says what could not be decoded.
    pub(super) fn tell(&self, sink: &mut Sink) -> Outcome<()> {
        tell_of(self.damaged, sink)
    }

    fn has(&self, length_s: f64) -> bool {
        self.rate > 0 && self.rest.len() as f64 >= length_s * f64::from(self.rate)
    }

    fn receive(&mut self, from_s: f64) {
        let mut piece = frame::Audio::empty();
        while self.decoder.receive_frame(&mut piece).is_ok() {
            let rate = piece.rate();
            if !RATES.contains(&rate) || (self.rate != 0 && rate != self.rate) {
                // a track that changes its rate half way is read up to there
                self.ended = true;
                return;
            }
            self.rate = rate;
            let known = piece.timestamp().map(|time| time.saturating_sub(self.start) as f64 * self.time_base);
            let at_s = known.unwrap_or(self.rest_at_s + self.rest.len() as f64 / f64::from(rate)).max(0.0);
            let length_s = piece.samples() as f64 / f64::from(rate);
            if self.rest.is_empty() && at_s + length_s <= from_s && from_s - at_s < LEAD_S {
                continue;
            }
            if self.rest.is_empty() {
                self.rest_at_s = at_s;
            }
            mix(&piece, &mut self.rest);
        }
    }
}

/// Appends the mean of the channels.
fn mix(piece: &frame::Audio, into: &mut Vec<f32>) {
    if let Some(channels) = Channels::of(piece) {
        into.extend((0..channels.samples()).map(|at| channels.mean(at)));
    }
}

/// The channels of decoded sound, as numbers of about ±1.
pub(super) struct Channels<'a> {
    planes: Vec<&'a [u8]>,
    format: format::Sample,
    samples: usize,
    count: usize,
}

impl<'a> Channels<'a> {
    /// None where the frame is not what it says.
    pub(super) fn of(piece: &'a frame::Audio) -> Option<Self> {
        let (samples, count) = (piece.samples(), usize::from(piece.channels()).max(1));
        let format = piece.format();
        let plane_bytes = if format.is_planar() { 1 } else { count } * samples * format.bytes();
        let mut planes: Vec<&[u8]> = Vec::with_capacity(CHANNELS);
        // SAFETY: the frame is borrowed for as long as the planes are. FFmpeg allocates `linesize[0]` bytes for each plane of sound, one plane for packed samples,
        // one for each channel otherwise; the first eight are in `data`.
        unsafe {
            let raw = &*piece.as_ptr();
            if usize::try_from(raw.linesize[0]).unwrap_or(0) < plane_bytes || plane_bytes == 0 {
                return None;
            }
            for data in raw.data.iter().take(if format.is_planar() { count.min(CHANNELS) } else { 1 }) {
                if data.is_null() {
                    return None;
                }
                planes.push(std::slice::from_raw_parts(*data, plane_bytes));
            }
        }
        Some(Self { planes, format, samples, count })
    }

    /// Samples of each channel.
    pub(super) const fn samples(&self) -> usize {
        self.samples
    }

    /// Number of channels, those beyond [`CHANNELS`] included.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The mean of the channels.
    pub(super) fn mean(&self, at: usize) -> f32 {
        let used = self.count.min(CHANNELS);
        (0..used).map(|channel| self.value(channel, at)).sum::<f32>() / used as f32
    }

    /// What is heard on the left (0) or on the right (1): the front speaker, and the centre and those behind 3 dB lower (ITU-R BS.775), all as loud as fits.
    pub(super) fn side(&self, side: usize, at: usize) -> f32 {
        const LOWER: f32 = std::f32::consts::FRAC_1_SQRT_2;
        let front = self.value(side, at);
        // as FFmpeg orders them: left, right, centre, bass, behind left, behind right, left, right
        match self.count {
            0..=2 => front,
            3 => (front + LOWER * self.value(2, at)) / (1.0 + LOWER),
            4 => (front + LOWER * self.value(2 + side, at)) / (1.0 + LOWER),
            5 => {
                let others = self.value(2, at) + self.value(3 + side, at);
                (front + LOWER * others) / (1.0 + 2.0 * LOWER)
            }
            _ => {
                let others = self.value(2, at) + self.value(4 + side, at);
                (front + LOWER * others) / (1.0 + 2.0 * LOWER)
            }
        }
    }

    fn value(&self, channel: usize, at: usize) -> f32 {
        use format::Sample;

        let (plane, at) =
            if self.format.is_planar() { (channel, at) } else { (0, at * self.count + channel) };
        let width = self.format.bytes();
        let plane = self.planes.get(plane).copied().unwrap_or_default();
        let bytes = plane.get(at * width..(at + 1) * width).unwrap_or_default();
        match self.format {
            Sample::U8(_) => bytes.first().map_or(0.0, |byte| (f32::from(*byte) - 128.0) / 128.0),
            Sample::I16(_) => {
                bytes.try_into().map_or(0.0, |bytes| f32::from(i16::from_ne_bytes(bytes)) / 32_768.0)
            }
            Sample::I32(_) => {
                bytes.try_into().map_or(0.0, |bytes| i32::from_ne_bytes(bytes) as f32 / 2_147_483_648.0)
            }
            Sample::F32(_) => bytes.try_into().map_or(0.0, f32::from_ne_bytes),
            Sample::F64(_) => bytes.try_into().map_or(0.0, |bytes| f64::from_ne_bytes(bytes) as f32),
            Sample::I64(_) | Sample::None => 0.0,
        }
    }
}
