//! What the bytes are, never what the name says.

use std::io::{Read, Seek, SeekFrom};

use image::ImageFormat;
use podlinnik_domain::error_code::ErrorCode;

use super::input::Input;
use super::{Outcome, Stop};

/// Who reads the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sniffed {
    /// One picture, by the image crate.
    Still(ImageFormat),
    /// Perhaps several pictures, by the image crate.
    Animated(ImageFormat),
    /// FFmpeg decides.
    Other,
}

/// Chunks of a PNG that are looked at in search of an animation.
const PNG_CHUNKS: usize = 200;

pub(super) fn sniff(input: &Input) -> Outcome<Sniffed> {
    let start = input.start(64)?;
    Ok(match start.as_slice() {
        [0xff, 0xd8, 0xff, ..] => Sniffed::Still(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => {
            if png_is_animated(input) {
                Sniffed::Animated(ImageFormat::Png)
            } else {
                Sniffed::Still(ImageFormat::Png)
            }
        }
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Sniffed::Animated(ImageFormat::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', rest @ ..] => {
            // the extended header carries a flag for animations
            let animated = matches!(rest, [b'V', b'P', b'8', b'X', _, _, _, _, flags, ..] if flags & 2 != 0);
            if animated { Sniffed::Animated(ImageFormat::WebP) } else { Sniffed::Still(ImageFormat::WebP) }
        }
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Sniffed::Still(ImageFormat::Tiff),
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Sniffed::Still(ImageFormat::Bmp),
        // FFmpeg has no business with these, and says so less clearly
        [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => return Err(unsupported("a zip archive")),
        [0x1f, 0x8b, ..] => return Err(unsupported("a gzip archive")),
        [b'R', b'a', b'r', b'!', ..] => return Err(unsupported("a rar archive")),
        [b'7', b'z', 0xbc, 0xaf, ..] => return Err(unsupported("a 7z archive")),
        [b'%', b'P', b'D', b'F', ..] => return Err(unsupported("a PDF document")),
        [0x7f, b'E', b'L', b'F', ..] => return Err(unsupported("a program")),
        [b'#', b'E', b'X', b'T', b'M', b'3', b'U', ..] => return Err(unsupported("a playlist")),
        _ => Sniffed::Other,
    })
}

fn unsupported(what: &str) -> Stop {
    Stop::refused(ErrorCode::MediaUnsupported, what)
}

/// An APNG has an `acTL` chunk before the first `IDAT`.
fn png_is_animated(input: &Input) -> bool {
    let mut reader = input.reader();
    let mut position = 8;
    for _ in 0..PNG_CHUNKS {
        let mut head = [0; 8];
        if reader.seek(SeekFrom::Start(position)).is_err() || reader.read_exact(&mut head).is_err() {
            return false;
        }
        let [l0, l1, l2, l3, name @ ..] = head;
        match &name {
            b"acTL" => return true,
            b"IDAT" | b"IEND" => return false,
            _ => position += u64::from(u32::from_be_bytes([l0, l1, l2, l3])) + 12,
        }
    }
    false
}
