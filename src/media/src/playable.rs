//! Frames and sound of a film on their way out of the child: whole, in order, ready for an encoder.

use std::fmt;
use std::os::fd::OwnedFd;

use crate::{MediaError, MediaEvent, MediaLimits, MediaStream};

/// Bytes before the planes.
const PLANES_BYTES: usize = 24;
/// Bytes before the samples.
const SAMPLES_BYTES: usize = 5;
/// Values of sound in one piece.
pub(crate) const PIECE_VALUES: usize = 1 << 16;

/// Sampling rates of AAC up to 48 kHz, ascending.
pub(crate) const RATES: [u32; 10] =
    [7_350, 8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/// A frame of a film, upright: Y, then U, then V, 8 bits, 4:2:0, BT.709, limited range, row by row from the top, without padding.
#[derive(Clone, PartialEq)]
pub struct Planes {
    /// Seconds from the start of the picture.
    pub at_s: f64,
    /// Seconds for which the container shows it; counts for the last frame.
    pub lasts_s: f64,
    /// Width in pixels, even.
    pub width: u32,
    /// Height in pixels, even.
    pub height: u32,
    /// `width · height · 3 / 2` bytes.
    pub bytes: Vec<u8>,
}

/// A piece of the sound of a film; pieces follow one another without a gap from the moment at which the picture begins.
#[derive(Clone, PartialEq)]
pub struct Samples {
    /// Samples a second, one of those that AAC knows.
    pub rate: u32,
    /// One or two.
    pub channels: u8,
    /// About ±1, channels interleaved.
    pub values: Vec<f32>,
}

/// What comes out of a file that is read as a film.
#[derive(Debug, Clone, PartialEq)]
pub enum FilmPart {
    /// What every reader sends: the probe first, warnings, progress; the frame of a still.
    Event(MediaEvent),
    /// Sound. All of it comes before the first frame.
    Samples(Samples),
    /// A frame. All have the same size.
    Planes(Planes),
}

/// A file that is read as a film: an iterator like [`MediaStream`]. Dropping it kills the child.
#[derive(Debug)]
pub struct FilmStream(MediaStream);

impl FilmStream {
    pub(crate) const fn new(stream: MediaStream) -> Self {
        Self(stream)
    }

    /// Like [`MediaStream::of`].
    #[doc(hidden)]
    pub fn of(pipe: OwnedFd, limits: MediaLimits) -> Self {
        Self(MediaStream::of(pipe, limits, true))
    }
}

impl Iterator for FilmStream {
    type Item = Result<FilmPart, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next_part()
    }
}

impl Planes {
    /// The most bytes of a message.
    pub(crate) fn longest(side: u32) -> usize {
        let side = usize::try_from(side).unwrap_or(usize::MAX);
        (side.saturating_mul(side) / 2).saturating_mul(3).saturating_add(PLANES_BYTES)
    }

    /// Bytes of the planes of a picture of this size.
    pub(crate) const fn length(width: u32, height: u32) -> u64 {
        width as u64 * height as u64 / 2 * 3
    }

    /// The numbers before the planes.
    pub(crate) fn header(&self) -> [u8; PLANES_BYTES] {
        let mut bytes = [0; PLANES_BYTES];
        let (at_s, rest) = bytes.split_at_mut(8);
        let (lasts_s, rest) = rest.split_at_mut(8);
        let (width, height) = rest.split_at_mut(4);
        at_s.copy_from_slice(&self.at_s.to_le_bytes());
        lasts_s.copy_from_slice(&self.lasts_s.to_le_bytes());
        width.copy_from_slice(&self.width.to_le_bytes());
        height.copy_from_slice(&self.height.to_le_bytes());
        bytes
    }

    /// None unless sizes are even, within `side` and those of the bytes, and times are times.
    pub(crate) fn from_payload(mut payload: Vec<u8>, side: u32) -> Option<Self> {
        let (at_s, rest) = payload.split_first_chunk::<8>()?;
        let (lasts_s, rest) = rest.split_first_chunk::<8>()?;
        let (width, rest) = rest.split_first_chunk::<4>()?;
        let (height, _) = rest.split_first_chunk::<4>()?;
        let (at_s, lasts_s) = (f64::from_le_bytes(*at_s), f64::from_le_bytes(*lasts_s));
        let (width, height) = (u32::from_le_bytes(*width), u32::from_le_bytes(*height));
        let even = |length: u32| length > 0 && length.is_multiple_of(2) && length <= side.max(2);
        let time = |seconds: f64| seconds.is_finite() && seconds >= 0.0;
        if !even(width) || !even(height) || !time(at_s) || !time(lasts_s) {
            return None;
        }
        payload.drain(..PLANES_BYTES);
        let bytes = payload;
        (bytes.len() as u64 == Self::length(width, height)).then_some(Self {
            at_s,
            lasts_s,
            width,
            height,
            bytes,
        })
    }
}

impl Samples {
    /// The most bytes of a message.
    pub(crate) const LONGEST: usize = SAMPLES_BYTES + PIECE_VALUES * 4;

    pub(crate) fn to_payload(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SAMPLES_BYTES + self.values.len() * 4);
        bytes.extend_from_slice(&self.rate.to_le_bytes());
        bytes.push(self.channels);
        bytes.extend(self.values.iter().flat_map(|value| value.to_le_bytes()));
        bytes
    }

    /// None unless the rate is one of AAC, the channels are one or two and all have the same number of values. Values that are none are silence.
    pub(crate) fn from_payload(payload: &[u8]) -> Option<Self> {
        let (rate, rest) = payload.split_first_chunk::<4>()?;
        let (rate, (channels, rest)) = (u32::from_le_bytes(*rate), rest.split_first()?);
        let whole = matches!(channels, 1 | 2) && rest.len().is_multiple_of(4 * usize::from(*channels));
        if !whole || !RATES.contains(&rate) {
            return None;
        }
        let value = |bytes: &[u8]| bytes.try_into().map_or(0.0, f32::from_le_bytes);
        let sound = |value: f32| if value.is_finite() { value.clamp(-4.0, 4.0) } else { 0.0 };
        let values = rest.chunks_exact(4).map(|bytes| sound(value(bytes))).collect();
        Some(Self { rate, channels: *channels, values })
    }
}

impl fmt::Debug for Planes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Planes")
            .field("at_s", &self.at_s)
            .field("lasts_s", &self.lasts_s)
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Samples {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Samples")
            .field("rate", &self.rate)
            .field("channels", &self.channels)
            .field("values", &self.values.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(at_s: f64, lasts_s: f64, width: u32, height: u32, length: usize) -> Vec<u8> {
        let bytes = vec![7; length];
        let planes = Planes { at_s, lasts_s, width, height, bytes };
        [planes.header().as_slice(), &planes.bytes].concat()
    }

    #[test]
    fn planes_survive_the_pipe_and_impossible_ones_do_not() {
        let planes = Planes::from_payload(payload(1.25, 0.04, 6, 4, 36), 64).unwrap();
        assert_eq!((planes.at_s, planes.lasts_s, planes.width, planes.height), (1.25, 0.04, 6, 4));
        assert_eq!(planes.bytes, [7; 36]);
        for wrong in [
            payload(0.0, 0.0, 5, 4, 30),
            payload(0.0, 0.0, 66, 4, 396),
            payload(0.0, 0.0, 0, 4, 0),
            payload(0.0, 0.0, 6, 4, 35),
            payload(f64::NAN, 0.0, 6, 4, 36),
            payload(0.0, f64::INFINITY, 6, 4, 36),
            payload(-1.0, 0.0, 6, 4, 36),
            vec![0; 23],
        ] {
            assert_eq!(Planes::from_payload(wrong, 64), None);
        }
        assert!(Planes::longest(u32::MAX) > 1 << 20, "no overflow");
    }

    #[test]
    fn samples_survive_the_pipe_and_impossible_ones_do_not() {
        let samples = Samples { rate: 48_000, channels: 2, values: vec![0.5, -0.5] };
        assert_eq!(Samples::from_payload(&samples.to_payload()), Some(samples.clone()));
        let odd = Samples { values: vec![0.5; 3], ..samples.clone() };
        let fast = Samples { rate: 96_000, ..samples.clone() };
        let many = Samples { channels: 3, values: vec![0.5; 3], ..samples.clone() };
        for wrong in [odd, fast, many] {
            assert_eq!(Samples::from_payload(&wrong.to_payload()), None, "{wrong:?}");
        }
        let noise = Samples { values: vec![f32::NAN, 1e30], ..samples };
        assert_eq!(Samples::from_payload(&noise.to_payload()).map(|it| it.values), Some(vec![0.0, 4.0]));
    }
}
