//! Pictures and animations through the reader (the image crate and what is ours around it: EXIF, text chunks, turns, sizes), without its cage,
//! and what it says through the parent's end of the pipe. What FFmpeg parses is left out: it is not ours, and it is what the cage is for.
//!
//! Holds: the reader never panics and never says what the parent takes for a broken child; a file that is no picture is refused.

use std::io::{Seek as _, Write as _};

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::WarningCode;
use podlinnik_media::reader::read_here;
use podlinnik_media::{MediaEvent, MediaLimits, SamplingPlan};

use crate::wire::{Heard, limits, scratch, stream};

/// Pixels of a picture here: enough for every path, few enough to be quick.
const PIXELS: u64 = 1 << 18;

pub(crate) fn target(bytes: &[u8]) {
    if !is_picture(bytes) {
        return;
    }
    let mut file = scratch();
    file.write_all(bytes).expect("a temporary file takes bytes");
    file.rewind().expect("a file can be rewound");
    let said = scratch();
    let to = said.try_clone().expect("a file can be opened twice");
    let plan = SamplingPlan { moments: 4, burst_length: 2, long_bursts: 1, long_burst_length: 3 };
    let limits = MediaLimits { frame_pixels: PIXELS, file_bytes: 1 << 20, ..limits() };
    read_here(file, to, &plan, &limits);
    let mut heard = Heard::default();
    for event in stream(said) {
        match event {
            Ok(MediaEvent::Warning(warning)) => {
                let detail = warning.detail.clone().unwrap_or_default();
                let died = warning.code == WarningCode::PartialDecode && detail.contains("media_reader_died");
                assert!(!died && !broken(&detail), "{detail}");
                heard.event(MediaEvent::Warning(warning));
            }
            Ok(event) => heard.event(event),
            Err(error) => {
                assert_ne!(error.code(), ErrorCode::MediaReaderDied, "{error}");
                heard.failed = true;
            }
        }
    }
    assert!(heard.failed || (heard.probe.is_some() && heard.frames > 0), "neither refused nor read");
    heard.end();
}

fn broken(detail: &str) -> bool {
    detail.contains("broke the protocol") || detail.contains("panicked")
}

/// Whether the image crate reads it (what `child/sniff.rs` decides).
fn is_picture(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xff, 0xd8, 0xff, ..]
            | [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..]
            | [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..]
            | [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]
            | [b'I', b'I', 42 | 43, 0, ..]
            | [b'M', b'M', 0, 42 | 43, ..]
            | [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..]
    )
}
