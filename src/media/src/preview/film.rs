//! Frames with times of their own, and sound, to an MP4 whose index comes first.
//!
//! There are no frames that refer to later ones: what is decoded first is shown first, every time is exact, and a player that steps or seeks has little to do.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use ffmpeg_next::codec::{self, Id, packet};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::format::context::Output;
use ffmpeg_next::{Dictionary, Packet, Rational, color, encoder, format, frame, picture};

use super::sound::{Sound, Track};
use super::{FRAMES_PER_S, PreviewError};
use crate::playable::Planes;

/// Time units a second.
const UNITS: i32 = 90_000;
/// From keyframe to keyframe in seconds.
const KEYFRAME_S: f64 = 1.0;
/// Quality (libx264's constant rate factor).
const QUALITY: &str = "23";
/// A last frame is shown so long at most, in seconds.
const LAST_S: f64 = 60.0;

/// A film that is being made.
pub(super) struct Film {
    output: Output,
    encoder: encoder::Video,
    sound: Option<Track>,
    recipe: String,
    size: (u32, u32),
    last: Option<Last>,
    /// Times of the frames that the encoder still holds, in units.
    waiting: VecDeque<i64>,
}

/// The last frame so far.
#[derive(Clone, Copy)]
struct Last {
    pts: i64,
    keyframe: i64,
    /// When it ends, in units.
    end: i64,
}

impl Film {
    /// A film of frames of one size, written to `to`.
    pub(super) fn new(
        to: &Path,
        (width, height): (u32, u32),
        sound: Option<Sound>,
    ) -> Result<Self, PreviewError> {
        const NONE: PreviewError = PreviewError::NoEncoder("H.264");
        let codec = encoder::find_by_name("libx264").or_else(|| encoder::find(Id::H264)).ok_or(NONE)?;
        let mut setup = codec::Context::new_with_codec(codec).encoder().video()?;
        setup.set_width(width);
        setup.set_height(height);
        setup.set_format(Pixel::YUV420P);
        setup.set_time_base(Rational(1, UNITS));
        // without it the encoder takes the units for frames and claims a level that no device plays
        setup.set_frame_rate(Some(Rational(FRAMES_PER_S as i32, 1)));
        setup.set_colorspace(color::Space::BT709);
        setup.set_color_primaries(color::Primaries::BT709);
        setup.set_color_transfer_characteristic(color::TransferCharacteristic::BT709);
        setup.set_color_range(color::Range::MPEG);
        setup.set_flags(codec::Flags::GLOBAL_HEADER);
        let options: Dictionary<'_> = [
            ("preset", "veryfast"),
            ("crf", QUALITY),
            ("threads", "2"),
            ("bf", "0"),
            ("g", "60"),
            ("forced-idr", "1"),
        ]
        .into_iter()
        .collect();
        let encoder = setup.open_with(options).map_err(|_| NONE)?;
        let heard = sound.as_ref().map_or_else(|| "no sound".to_owned(), Sound::recipe);
        let recipe = format!(
            "H.264 {width} × {height}, CRF {QUALITY}, frames at their own times, at most {FRAMES_PER_S:.0} a second; {heard}"
        );
        let sound = sound.map(Sound::finish).transpose()?;
        let mut output = open(to, "mp4")?;
        let mut track = output.add_stream(codec)?;
        track.set_time_base(Rational(1, UNITS));
        track.set_parameters(&encoder);
        if let Some(sound) = &sound {
            let mut track = output.add_stream(encoder::find(Id::AAC))?;
            track.set_time_base(sound.time_base);
            track.set_parameters(sound.parameters.clone());
        }
        output.write_header_with(index_first())?;
        Ok(Self {
            output,
            encoder,
            sound,
            recipe,
            size: (width, height),
            last: None,
            waiting: VecDeque::new(),
        })
    }

    /// How it is made, in words.
    pub(super) fn recipe(&self) -> &str {
        &self.recipe
    }

    /// Adds a frame. The first stands from the beginning; the last stands as long as it says, up to `end_s`. What begins behind `end_s` is left out:
    /// only a child that is in somebody else's hands sends it.
    pub(super) fn push(&mut self, planes: &Planes, end_s: f64) -> Result<(), PreviewError> {
        if planes.at_s > end_s {
            return Ok(());
        }
        let (width, height) = self.size;
        let mut picture = frame::Video::new(Pixel::YUV420P, width, height);
        let mut rest = planes.bytes.as_slice();
        for (number, (width, height)) in
            [(width, height), (width / 2, height / 2), (width / 2, height / 2)].into_iter().enumerate()
        {
            let (row, stride) = (width as usize, picture.stride(number));
            let (plane, others) = rest.split_at_checked(row * height as usize).unwrap_or((rest, &[]));
            rest = others;
            for (line, from) in picture.data_mut(number).chunks_mut(stride).zip(plane.chunks_exact(row)) {
                if let Some(line) = line.get_mut(..row) {
                    line.copy_from_slice(from);
                }
            }
        }
        let units = |seconds: f64| (seconds * f64::from(UNITS)).round() as i64;
        let lasts = units(planes.lasts_s.min(LAST_S).min(end_s - planes.at_s).max(0.0)).max(1);
        let last = match self.last {
            None => Last { pts: 0, keyframe: 0, end: units(planes.at_s) + lasts },
            Some(last) => {
                let pts = units(planes.at_s).max(last.pts + 1);
                let due = pts - last.keyframe >= units(KEYFRAME_S);
                Last { pts, keyframe: if due { pts } else { last.keyframe }, end: pts + lasts }
            }
        };
        picture.set_pts(Some(last.pts));
        if last.pts == last.keyframe {
            picture.set_kind(picture::Type::I);
        }
        self.last = Some(last);
        self.waiting.push_back(last.pts);
        self.encoder.send_frame(&picture)?;
        self.write()
    }

    /// Ends the film.
    pub(super) fn finish(mut self) -> Result<(), PreviewError> {
        self.encoder.send_eof()?;
        self.write()?;
        self.write_sound(f64::MAX)?;
        self.output.write_trailer()?;
        Ok(())
    }

    fn write(&mut self) -> Result<(), PreviewError> {
        let mut packet = Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            self.waiting.pop_front();
            let pts = packet.pts().unwrap_or(0);
            let next = self.waiting.front().copied().or(self.last.map(|last| last.end));
            packet.set_duration(next.map_or(0, |next| next - pts));
            self.write_sound(pts as f64 / f64::from(UNITS))?;
            put(&mut packet, 0, Rational(1, UNITS), &mut self.output)?;
        }
        Ok(())
    }

    fn write_sound(&mut self, until_s: f64) -> Result<(), PreviewError> {
        let Some(sound) = &mut self.sound else { return Ok(()) };
        while let Some(mut packet) = sound.next(until_s) {
            packet.set_flags(packet::Flags::KEY);
            put(&mut packet, 1, sound.time_base, &mut self.output)?;
        }
        Ok(())
    }
}

/// Sound without a picture, written to `to`.
pub(super) fn sound_alone(to: &Path, sound: Sound) -> Result<(), PreviewError> {
    let mut sound = sound.finish()?;
    let mut output = open(to, "ipod")?;
    let mut track = output.add_stream(encoder::find(Id::AAC))?;
    track.set_time_base(sound.time_base);
    track.set_parameters(sound.parameters.clone());
    output.write_header_with(index_first())?;
    while let Some(mut packet) = sound.next(f64::MAX) {
        packet.set_flags(packet::Flags::KEY);
        put(&mut packet, 0, sound.time_base, &mut output)?;
    }
    output.write_trailer()?;
    Ok(())
}

fn open(to: &Path, container: &str) -> Result<Output, PreviewError> {
    if to.to_str().is_none_or(|path| path.contains('\0')) {
        let why = "the folder's name is not UTF-8";
        return Err(io::Error::new(io::ErrorKind::InvalidFilename, why).into());
    }
    Ok(format::output_as(to, container)?)
}

fn index_first() -> Dictionary<'static> {
    [("movflags", "+faststart")].into_iter().collect()
}

/// Writes a packet whose times are in `units` to a track.
fn put(packet: &mut Packet, track: usize, units: Rational, output: &mut Output) -> Result<(), PreviewError> {
    packet.set_stream(track);
    if let Some(track) = output.stream(track) {
        packet.rescale_ts(units, track.time_base());
    }
    packet.write(output)?;
    Ok(())
}
