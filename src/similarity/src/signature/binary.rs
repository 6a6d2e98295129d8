//! The binary form: little-endian, `PDLS`, version, duration, frames, from version 2 on landmarks, sound. Bytes may come from anywhere: every
//! count is held against the bytes that are there before anything is set aside for it.

use super::{Area, FrameSignature, Landmark, LandmarkFrame, MAX_POINTS, MediaSignature, Part};
use crate::pdq::Pdq;
use crate::sound::{MAX_ITEMS, SoundPrint};

const MAGIC: [u8; 4] = *b"PDLS";
const VERSION: u8 = 2;
/// Bytes of one frame: time, quality, part, area, two hashes.
const FRAME: usize = 4 + 1 + 1 + 8 + 64;
/// Most hashes of one medium: more than 24 h at two frames a second, each with the picture inside its bars.
pub const MAX_FRAMES: usize = 500_000;

/// Bytes of a landmark frame without its points: time, mirrored, size, number of points.
const LANDMARK_FRAME: usize = 4 + 1 + 4 + 2;
/// Bytes of a point.
const POINT: usize = 4 + 32;
/// Most landmark frames of one medium.
const MAX_LANDMARK_FRAMES: usize = 100_000;

/// Why bytes are not a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The first bytes are other ones.
    #[error("not a media signature")]
    Magic,
    /// Written by another version.
    #[error("media signature of version {0}, known is {VERSION}")]
    Version(u8),
    /// Bytes are missing at the end, or too many.
    #[error("media signature of the wrong length")]
    Length,
    /// More frames or sound than any medium may have.
    #[error("media signature with more entries than allowed")]
    TooLong,
    /// A value that the writer cannot have written.
    #[error("media signature with an impossible value")]
    Value,
}

/// Takes bytes from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], SignatureError> {
        let (head, tail) = self.0.split_at_checked(count).ok_or(SignatureError::Length)?;
        self.0 = tail;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], SignatureError> {
        self.bytes(N)?.try_into().map_err(|_| SignatureError::Length)
    }

    fn u32(&mut self) -> Result<u32, SignatureError> {
        self.array().map(u32::from_le_bytes)
    }

    fn u8(&mut self) -> Result<u8, SignatureError> {
        self.array().map(|[byte]: [u8; 1]| byte)
    }

    /// A count of entries of `size` bytes, all of which are there.
    fn count(&mut self, size: usize, most: usize) -> Result<usize, SignatureError> {
        let count = usize::try_from(self.u32()?).map_err(|_| SignatureError::TooLong)?;
        if count > most {
            return Err(SignatureError::TooLong);
        }
        if self.0.len() / size < count {
            return Err(SignatureError::Length);
        }
        Ok(count)
    }
}

impl MediaSignature {
    /// The binary form, for a database column or a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let items = self.sound.as_ref().map_or(0, |sound| sound.items().len());
        let mut bytes = Vec::with_capacity(32 + self.frames.len() * FRAME + items * 5);
        bytes.extend(MAGIC);
        bytes.push(VERSION);
        bytes.extend(self.duration_ms.to_le_bytes());
        bytes.extend((self.frames.len() as u32).to_le_bytes());
        for frame in &self.frames {
            bytes.extend(frame.at_ms.to_le_bytes());
            bytes.push(frame.quality);
            bytes.push(frame.part as u8);
            frame.area.0.iter().for_each(|side| bytes.extend(side.to_le_bytes()));
            bytes.extend(frame.pdq.as_bytes());
            bytes.extend(frame.mirrored.as_bytes());
        }
        bytes.extend((self.landmarks.len() as u32).to_le_bytes());
        for frame in &self.landmarks {
            bytes.extend(frame.at_ms.to_le_bytes());
            bytes.push(u8::from(frame.mirrored));
            frame.size.iter().for_each(|side| bytes.extend(side.to_le_bytes()));
            bytes.extend((frame.points.len() as u16).to_le_bytes());
            for point in &frame.points {
                point.place.iter().for_each(|place| bytes.extend(place.to_le_bytes()));
                point.descriptor.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
            }
        }
        bytes.push(u8::from(self.sound.is_some()));
        if let Some(sound) = &self.sound {
            bytes.extend(sound.start_ms().to_le_bytes());
            bytes.extend((items as u32).to_le_bytes());
            sound.items().iter().for_each(|item| bytes.extend(item.to_le_bytes()));
            bytes.extend(sound.audible_mask().iter().map(|audible| u8::from(*audible)));
        }
        bytes
    }

    /// Reads the binary form.
    ///
    /// # Errors
    /// The bytes are not exactly one signature of a known version within the limits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        let mut reader = Reader(bytes);
        if reader.array().ok() != Some(MAGIC) {
            return Err(SignatureError::Magic);
        }
        let version = match reader.u8()? {
            known @ 1..=VERSION => known,
            other => return Err(SignatureError::Version(other)),
        };
        let duration_ms = reader.u32()?;
        let count = reader.count(FRAME, MAX_FRAMES)?;
        let mut frames = Vec::with_capacity(count);
        for _ in 0..count {
            frames.push(frame(&mut reader)?);
        }
        if !frames.is_sorted_by_key(|frame: &FrameSignature| frame.at_ms) {
            return Err(SignatureError::Value);
        }
        let mut landmarks = Vec::new();
        if version > 1 {
            let count = reader.count(LANDMARK_FRAME, MAX_LANDMARK_FRAMES)?;
            landmarks.reserve_exact(count);
            for _ in 0..count {
                landmarks.push(landmark_frame(&mut reader)?);
            }
        }
        let sound = match reader.u8()? {
            0 => None,
            1 => Some(sound(&mut reader)?),
            _ => return Err(SignatureError::Value),
        };
        if reader.0.is_empty() {
            Ok(Self { duration_ms, frames, landmarks, sound })
        } else {
            Err(SignatureError::Length)
        }
    }
}

fn frame(reader: &mut Reader<'_>) -> Result<FrameSignature, SignatureError> {
    let at_ms = reader.u32()?;
    let quality = reader.u8()?;
    let part = match reader.u8()? {
        0 => Part::Whole,
        1 => Part::Content,
        _ => return Err(SignatureError::Value),
    };
    let mut sides = [0; 4];
    for side in &mut sides {
        *side = u16::from_le_bytes(reader.array()?);
    }
    let [left, top, right, bottom] = sides;
    if quality > 100 || left >= right || top >= bottom || right > 1000 || bottom > 1000 {
        return Err(SignatureError::Value);
    }
    let (pdq, mirrored) = (Pdq::from_bytes(reader.array()?), Pdq::from_bytes(reader.array()?));
    Ok(FrameSignature { at_ms, pdq, mirrored, quality, part, area: Area(sides) })
}

fn landmark_frame(reader: &mut Reader<'_>) -> Result<LandmarkFrame, SignatureError> {
    let at_ms = reader.u32()?;
    let mirrored = match reader.u8()? {
        0 => false,
        1 => true,
        _ => return Err(SignatureError::Value),
    };
    let mut number = || reader.array().map(u16::from_le_bytes);
    let size = [number()?, number()?];
    let count = usize::from(number()?);
    if count > MAX_POINTS || size.contains(&0) {
        return Err(SignatureError::Value);
    }
    if reader.0.len() / POINT < count {
        return Err(SignatureError::Length);
    }
    let mut points = Vec::with_capacity(count);
    for _ in 0..count {
        let place = [u16::from_le_bytes(reader.array()?), u16::from_le_bytes(reader.array()?)];
        let mut descriptor = [0; 4];
        for word in &mut descriptor {
            *word = u64::from_le_bytes(reader.array()?);
        }
        points.push(Landmark { place, descriptor });
    }
    Ok(LandmarkFrame { at_ms, mirrored, size, points })
}

fn sound(reader: &mut Reader<'_>) -> Result<SoundPrint, SignatureError> {
    let start_ms = reader.u32()?;
    let count = reader.count(5, MAX_ITEMS)?;
    let mut items = Vec::with_capacity(count);
    for _ in 0..count {
        items.push(reader.u32()?);
    }
    let mask = reader.bytes(count)?;
    if mask.iter().any(|byte| *byte > 1) {
        return Err(SignatureError::Value);
    }
    Ok(SoundPrint::from_parts(start_ms, items, mask.iter().map(|byte| *byte == 1).collect()))
}
