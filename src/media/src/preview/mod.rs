//! Something that every browser can play, made of decoded frames and samples: nobody's player has to parse what came from outside. Runs in the parent: nothing
//! hostile comes in here.
//!
//! - `film`: frames and sound to an MP4
//! - `sound`: samples to AAC
//!
//! ✅ handled: clips with and without sound, sound alone, animations, stills; frame rates that vary; turned pictures; pixels that are not square. ❌ not handled: HDR tone
//! curves; more than one sound track; sound from before the first frame (left out, so that times are those of the report); subtitles.

mod film;
mod sound;

use std::fs::File;
use std::path::Path;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::WarningCode;

use crate::encode::{self, EncodeError};
use crate::playable::{FilmPart, FilmStream};
use crate::{FilmPlan, Frame, MediaError, MediaEvent, MediaReader};
use film::Film;
use sound::Sound;

/// Longest side of a film in pixels.
const FILM_SIDE: u32 = 1280;
/// Longest side of a still in pixels.
const STILL_SIDE: u32 = 4096;
/// Frames a second at most.
const FRAMES_PER_S: f64 = 60.0;
/// Seconds of a longer file.
const LONGEST_S: f64 = 1800.0;
/// A lossless still beyond so many bytes becomes a JPEG.
const PNG_BYTES: usize = 16 << 20;
/// How far a preview lets other work go first.
const NICE: i32 = 5;
/// Quality of a JPEG.
const JPEG_QUALITY: u8 = 95;

/// What was made.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// A name for it, `preview` and an extension.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// How it was made, in one line.
    pub recipe: String,
}

/// Why there is no preview.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The media cannot be read.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The installed FFmpeg has no encoder for H.264 or AAC.
    #[error("the installed FFmpeg cannot encode {0}")]
    NoEncoder(&'static str),
    /// FFmpeg refused.
    #[error("cannot encode the preview: {0}")]
    Encoder(#[from] ffmpeg_next::Error),
    /// The still could not be encoded.
    #[error(transparent)]
    Still(#[from] EncodeError),
    /// It cannot be written.
    #[error("cannot write the preview: {0}")]
    Io(#[from] std::io::Error),
    /// Nobody wants it any more.
    #[error("the preview is not wanted any more")]
    Cancelled,
}

impl PreviewError {
    /// The code that a user may see, and whether the media is the reason (`true`) or our side (`false`).
    pub const fn code(&self) -> (ErrorCode, bool) {
        match self {
            Self::Media(error @ MediaError::Refused { code, .. }) => {
                (error.code(), !matches!(code, ErrorCode::MediaReaderDied))
            }
            _ => (ErrorCode::Internal, false),
        }
    }
}

/// Makes a preview of `file` and writes it to `to`, which may exist. `progress` gets thousandths and answers whether to go on. Blocks; encodes with two threads.
///
/// # Errors
/// [`PreviewError`]. A clip that is damaged on the way gives a preview of what could be read.
pub fn make(
    reader: &MediaReader,
    file: File,
    to: &Path,
    progress: &mut dyn FnMut(u16) -> bool,
) -> Result<Preview, PreviewError> {
    let plan = FilmPlan { longest_side: FILM_SIDE, frames_per_s: FRAMES_PER_S, longest_s: LONGEST_S };
    make_of(reader.film(file, &plan, STILL_SIDE)?, to, progress)
}

/// The same of what a reader sends: a door for tests that play the child.
#[doc(hidden)]
pub fn make_of(
    parts: FilmStream,
    to: &Path,
    progress: &mut dyn FnMut(u16) -> bool,
) -> Result<Preview, PreviewError> {
    ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    let made = read(parts, to, progress)?;
    match made {
        Made::Still(frame, lossless) => still(&frame, lossless, to),
        Made::Sound(sound, notes) => {
            let recipe = format!("{}{notes}", sound.recipe());
            film::sound_alone(to, sound)?;
            Ok(Preview { name: "preview.m4a", media_type: "audio/mp4", recipe })
        }
        Made::Film(film, notes) => {
            let recipe = format!("{}{notes}", film.recipe());
            film.finish()?;
            Ok(Preview { name: "preview.mp4", media_type: "video/mp4", recipe })
        }
    }
}

/// Lets other work go first, for as long as the calling thread lives.
pub fn step_back() {
    // that it may be refused is no reason to stop
    let _ = rustix::process::nice(NICE);
}

/// What came out of the file.
enum Made {
    /// The frame, and whether it is to be kept without loss.
    Still(Frame, bool),
    /// Sound alone, and what is to be said of it.
    Sound(Sound, String),
    /// A film but for its end, and what is to be said of it.
    Film(Box<Film>, String),
}

fn read(parts: FilmStream, to: &Path, progress: &mut dyn FnMut(u16) -> bool) -> Result<Made, PreviewError> {
    let mut sound: Option<Sound> = None;
    let mut film: Option<Box<Film>> = None;
    let mut still = None;
    let mut notes = String::new();
    let mut lossless = true;
    for part in parts {
        match part? {
            FilmPart::Event(MediaEvent::Probe(probe)) => {
                lossless = probe.container != "jpeg";
                if probe.duration_s.is_some_and(|duration_s| duration_s > LONGEST_S) {
                    notes.push_str(&format!("; the first {LONGEST_S:.0} s"));
                }
            }
            FilmPart::Event(MediaEvent::Frame(frame)) => still = Some(frame),
            FilmPart::Event(MediaEvent::Warning(warning)) => {
                if warning.code == WarningCode::PartialDecode && !notes.contains("could be read") {
                    notes.push_str("; what could be read");
                }
            }
            FilmPart::Event(MediaEvent::Progress(permille)) => {
                if !progress(permille.min(999)) {
                    return Err(PreviewError::Cancelled);
                }
            }
            FilmPart::Event(MediaEvent::Sound(_)) => {}
            FilmPart::Samples(samples) => {
                let sound = match &mut sound {
                    Some(sound) => sound,
                    slot => slot.insert(Sound::new(samples.rate, samples.channels)?),
                };
                sound.push(&samples.values)?;
            }
            FilmPart::Planes(planes) => {
                let film = match &mut film {
                    Some(film) => film,
                    slot => {
                        let size = (planes.width, planes.height);
                        slot.insert(Box::new(Film::new(to, size, sound.take())?))
                    }
                };
                film.push(&planes, LONGEST_S)?;
            }
        }
    }
    match (film, still, sound) {
        (Some(film), _, _) => Ok(Made::Film(film, notes)),
        (None, Some(frame), _) => Ok(Made::Still(frame, lossless)),
        (None, None, Some(sound)) => Ok(Made::Sound(sound, notes)),
        (None, None, None) => Err(MediaError::refused(ErrorCode::MediaNoFrames, "nothing to play").into()),
    }
}

fn still(frame: &Frame, lossless: bool, to: &Path) -> Result<Preview, PreviewError> {
    let size = format!("{} × {}, upright", frame.width, frame.height);
    let size = if frame.scale > 1.0 { format!("{size}, scaled down") } else { size };
    let png = if lossless {
        Some(encode::png(&frame.rgb, frame.width, frame.height)?).filter(|png| png.len() <= PNG_BYTES)
    } else {
        None
    };
    let (bytes, name, media_type, recipe) = match png {
        Some(png) => (png, "preview.png", "image/png", format!("PNG {size}")),
        None => {
            let jpeg = encode::jpeg(&frame.rgb, frame.width, frame.height, JPEG_QUALITY)?;
            (jpeg, "preview.jpg", "image/jpeg", format!("JPEG {JPEG_QUALITY} {size}"))
        }
    };
    std::fs::write(to, bytes)?;
    Ok(Preview { name, media_type, recipe })
}
