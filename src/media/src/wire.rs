//! The words between parent and child: a request as JSON in an argument, answers as length-checked messages in a pipe.
//!
//! A message is one byte of kind, four bytes of length (little-endian), then that many bytes. The parent checks every length against the limits
//! before it makes room for the message; what comes out of the child is as hostile as the file that went in.

use podlinnik_domain::error_code::ErrorCode;
use serde::{Deserialize, Serialize};

use crate::playable::{Planes, Samples};
use crate::sound::Sound;
use crate::{FilmPlan, MediaLimits, SamplingPlan, ScanPlan};

/// Bytes before the payload.
pub(crate) const HEADER_BYTES: usize = 5;
/// Bytes of a frame message before its pixels.
pub(crate) const FRAME_BYTES: usize = 36;
/// Bytes of a sound message before its samples.
pub(crate) const SOUND_BYTES: usize = 8;
/// Bytes of JSON that the child may send in one message.
pub(crate) const JSON_BYTES: usize = 1 << 20;
/// Characters of one sentence from the child.
pub(crate) const SENTENCE_CHARS: usize = 400;
/// Warnings of one file.
pub(crate) const WARNINGS: usize = 64;

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// How complete the sandbox is: a [`crate::sandbox::SandboxReport`].
    Sandbox = 1,
    /// A [`crate::Probe`].
    Probe = 2,
    /// [`FRAME_BYTES`] of numbers, then pixels.
    Frame = 3,
    /// A warning.
    Warning = 4,
    /// Thousandths, two bytes.
    Progress = 5,
    /// A [`Refusal`]. The last message.
    Refusal = 6,
    /// Everything was sent. The last message.
    Done = 7,
    /// The child could not do its work, and it is not the file's fault: text. The last message.
    Failure = 8,
    /// Seconds from the start (eight bytes), then samples (four bytes each).
    Sound = 9,
    /// A frame of a film: [`Planes`].
    Planes = 10,
    /// Sound of a film: [`Samples`].
    Samples = 11,
}

impl Kind {
    pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Sandbox,
            2 => Self::Probe,
            3 => Self::Frame,
            4 => Self::Warning,
            5 => Self::Progress,
            6 => Self::Refusal,
            7 => Self::Done,
            8 => Self::Failure,
            9 => Self::Sound,
            10 => Self::Planes,
            11 => Self::Samples,
            _ => return None,
        })
    }

    /// The most bytes that a message of this kind may have.
    pub(crate) fn longest(self, limits: &MediaLimits) -> usize {
        match self {
            Self::Frame => {
                let side = usize::try_from(limits.frame_side).unwrap_or(usize::MAX);
                side.saturating_mul(side).saturating_mul(3).saturating_add(FRAME_BYTES)
            }
            Self::Sound => SOUND_BYTES + Sound::LONGEST * 4,
            Self::Planes => Planes::longest(limits.frame_side),
            Self::Samples => Samples::LONGEST,
            Self::Progress => 2,
            Self::Done => 0,
            Self::Sandbox | Self::Probe | Self::Warning | Self::Refusal | Self::Failure => JSON_BYTES,
        }
    }
}

/// What the child is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) plan: SamplingPlan,
    /// Instead: from end to end.
    pub(crate) scan: Option<ScanPlan>,
    /// Together with `scan`: what moves comes as a film and its sound whole, before the picture; a still comes as a frame all the same.
    pub(crate) film: Option<FilmPlan>,
    pub(crate) limits: MediaLimits,
}

/// Why the child refuses the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
}

/// The numbers of a frame message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FrameHeader {
    pub(crate) index: u32,
    pub(crate) burst: u32,
    pub(crate) at_s: f64,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) scale: f64,
    pub(crate) motion_only: bool,
}

impl FrameHeader {
    pub(crate) fn to_bytes(self) -> [u8; FRAME_BYTES] {
        let mut bytes = [0; FRAME_BYTES];
        let (index, rest) = bytes.split_at_mut(4);
        let (burst, rest) = rest.split_at_mut(4);
        let (at_s, rest) = rest.split_at_mut(8);
        let (width, rest) = rest.split_at_mut(4);
        let (height, rest) = rest.split_at_mut(4);
        let (scale, motion_only) = rest.split_at_mut(8);
        index.copy_from_slice(&self.index.to_le_bytes());
        burst.copy_from_slice(&self.burst.to_le_bytes());
        at_s.copy_from_slice(&self.at_s.to_le_bytes());
        width.copy_from_slice(&self.width.to_le_bytes());
        height.copy_from_slice(&self.height.to_le_bytes());
        scale.copy_from_slice(&self.scale.to_le_bytes());
        motion_only.copy_from_slice(&u32::from(self.motion_only).to_le_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; FRAME_BYTES]) -> Self {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let double = |at: usize| f64::from_bits(u64::from(word(at)) | (u64::from(word(at + 4)) << 32));
        Self {
            index: word(0),
            burst: word(4),
            at_s: double(8),
            width: word(16),
            height: word(20),
            scale: double(24),
            motion_only: word(32) != 0,
        }
    }
}

/// At most [`SENTENCE_CHARS`] characters, none of them a control character.
pub(crate) fn sentence(text: &str) -> String {
    bounded(text, SENTENCE_CHARS)
}

/// At most `chars` characters, none of them a control character.
pub(crate) fn bounded(text: &str, chars: usize) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_headers_survive_the_pipe() {
        for motion_only in [false, true] {
            let header = FrameHeader {
                index: 7,
                burst: 3,
                at_s: 1.25,
                width: 1920,
                height: 1081,
                scale: 2.000_1,
                motion_only,
            };
            assert_eq!(FrameHeader::from_bytes(&header.to_bytes()), header);
        }
    }

    #[test]
    fn kinds_and_lengths_are_closed() {
        assert_eq!(Kind::from_byte(0), None);
        assert_eq!(Kind::from_byte(12), None);
        for byte in 1..=11 {
            assert_eq!(Kind::from_byte(byte).map(|kind| kind as u8), Some(byte));
        }
        let limits = MediaLimits { frame_side: u32::MAX, ..MediaLimits::default() };
        assert!(Kind::Frame.longest(&limits) > JSON_BYTES, "no overflow");
    }
}
