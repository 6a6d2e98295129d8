//! Our own pixels to a short film (MP4, H.264) that browsers play. Runs in the parent: nothing hostile comes in here.
//!
//! ✅ handled: a steady frame rate, pictures without sound. ❌ not handled: sound; sizes that are odd lose their last row or column.

use std::io::{self, Cursor, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_next::codec::{self, Id};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::format::context::{Output, StreamIo};
use ffmpeg_next::software::scaling;
use ffmpeg_next::{Dictionary, Packet, Rational, color, encoder, format, frame};

/// Time units a second; all usual frame rates fit.
const UNITS: i32 = 90_000;
/// Longest side in pixels.
const LONGEST_SIDE: u32 = 4096;

/// Why there is no film.
#[derive(Debug, thiserror::Error)]
pub enum FilmError {
    /// The installed FFmpeg has no encoder for H.264.
    #[error("the installed FFmpeg cannot encode H.264")]
    NoEncoder,
    /// Too small, too large, or no frame rate.
    #[error("cannot make a film of {width} × {height} pixels at {fps} frames a second")]
    WrongSize {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// Frames a second.
        fps: f64,
    },
    /// The number of bytes is not width · height · 3.
    #[error("{0} bytes are not a picture of the film's size")]
    WrongLength(usize),
    /// FFmpeg refused.
    #[error("cannot encode film: {0}")]
    Encoder(#[from] ffmpeg_next::Error),
}

/// A film that is being made.
pub struct Film {
    output: Output,
    encoder: encoder::Video,
    converter: scaling::Context,
    bytes: Shared,
    width: u32,
    height: u32,
    frame_units: f64,
    frames: u32,
}

impl std::fmt::Debug for Film {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Film({} × {}, {} frames)", self.width, self.height, self.frames)
    }
}

impl Film {
    /// A film of pictures of one size in pixels.
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn new(width: u32, height: u32, fps: f64) -> Result<Self, FilmError> {
        let (even_width, even_height) = (width & !1, height & !1);
        let sides = 2..=LONGEST_SIDE;
        if !sides.contains(&even_width) || !sides.contains(&even_height) || !(0.1..=240.0).contains(&fps) {
            return Err(FilmError::WrongSize { width, height, fps });
        }
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
        let bytes = Shared::default();
        let stream = StreamIo::from_write_seek(bytes.clone())?;
        let mut output = format::output_to_stream(stream, None, Some("mp4"))?;
        let codec = encoder::find_by_name("libx264")
            .or_else(|| encoder::find(Id::H264))
            .ok_or(FilmError::NoEncoder)?;
        let mut setup = codec::Context::new_with_codec(codec).encoder().video()?;
        setup.set_width(even_width);
        setup.set_height(even_height);
        setup.set_format(Pixel::YUV420P);
        setup.set_time_base(Rational(1, UNITS));
        setup.set_colorspace(color::Space::SMPTE170M);
        setup.set_color_range(color::Range::MPEG);
        setup.set_flags(codec::Flags::GLOBAL_HEADER);
        let options: Dictionary<'_> =
            [("preset", "superfast"), ("crf", "24"), ("threads", "2"), ("g", "50")].into_iter().collect();
        let opened = setup.open_with(options).map_err(|_| FilmError::NoEncoder)?;
        let mut track = output.add_stream(codec)?;
        track.set_time_base(Rational(1, UNITS));
        track.set_parameters(&opened);
        output.write_header()?;
        let converter = scaling::Context::get(
            Pixel::RGB24,
            even_width,
            even_height,
            Pixel::YUV420P,
            even_width,
            even_height,
            scaling::Flags::BILINEAR,
        )?;
        let frame_units = f64::from(UNITS) / fps;
        Ok(Self { output, encoder: opened, converter, bytes, width, height, frame_units, frames: 0 })
    }

    /// Adds a picture: 8-bit RGB of the film's size, row by row from the top, without padding.
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn push(&mut self, rgb: &[u8]) -> Result<(), FilmError> {
        let row = self.width as usize * 3;
        if rgb.len() != row * self.height as usize {
            return Err(FilmError::WrongLength(rgb.len()));
        }
        let (width, height) = (self.width & !1, self.height & !1);
        let mut picture = frame::Video::new(Pixel::RGB24, width, height);
        let stride = picture.stride(0);
        let used = width as usize * 3;
        for (line, from) in picture.data_mut(0).chunks_mut(stride).zip(rgb.chunks(row)) {
            if let (Some(line), Some(from)) = (line.get_mut(..used), from.get(..used)) {
                line.copy_from_slice(from);
            }
        }
        let mut converted = frame::Video::empty();
        self.converter.run(&picture, &mut converted)?;
        #[expect(clippy::cast_possible_truncation, reason = "a film of 2^63 units has no end")]
        converted.set_pts(Some((f64::from(self.frames) * self.frame_units).round() as i64));
        self.frames += 1;
        self.encoder.send_frame(&converted)?;
        self.write()
    }

    /// Ends the film. The bytes of an MP4 file.
    ///
    /// # Errors
    /// [`FilmError`].
    pub fn finish(mut self) -> Result<Vec<u8>, FilmError> {
        self.encoder.send_eof()?;
        self.write()?;
        self.output.write_trailer()?;
        drop(self.output);
        Ok(self.bytes.take())
    }

    fn write(&mut self) -> Result<(), FilmError> {
        let mut packet = Packet::empty();
        while self.encoder.receive_packet(&mut packet).is_ok() {
            packet.set_stream(0);
            packet.set_duration(self.frame_units.round() as i64);
            if let Some(track) = self.output.stream(0) {
                let base = track.time_base();
                packet.rescale_ts(Rational(1, UNITS), base);
            }
            packet.write_interleaved(&mut self.output)?;
        }
        Ok(())
    }
}

/// Bytes in memory that the muxer writes and we take at the end.
#[derive(Debug, Clone, Default)]
struct Shared(Arc<Mutex<Cursor<Vec<u8>>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(self.0.lock().unwrap_or_else(PoisonError::into_inner).get_mut())
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_that_are_none_are_refused() {
        for (width, height, fps) in
            [(0, 2, 25.0), (2, 1, 25.0), (5000, 2, 25.0), (64, 64, 0.0), (64, 64, f64::NAN)]
        {
            assert!(matches!(Film::new(width, height, fps), Err(FilmError::WrongSize { .. })));
        }
        let mut film = Film::new(64, 64, 25.0).unwrap();
        assert!(matches!(film.push(&[0; 12]), Err(FilmError::WrongLength(12))));
    }
}
