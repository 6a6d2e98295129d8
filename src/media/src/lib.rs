//! Hostile bytes → typed frames and samples. The only crate that parses media.
//!
//! - [`limits`]: every limit, in one place
//! - [`probe`]: what a file is, before anything is decoded
//! - [`frame`]: pixels, upright, RGB
//! - [`sound`]: samples, 16 kHz, one channel
//! - [`sampling`]: which frames are wanted
//! - [`reader`]: starts the sandboxed child
//! - [`stream`]: reads what the child sends, and believes nothing
//! - [`sandbox`]: the cage of the child
//! - [`error`]: why a file was refused
//! - [`film`]: our own pixels to a short MP4
//! - [`playable`]: frames and sound of a film on their way out of the child
//! - [`preview`]: something a browser can play, made of them
//! - [`encode`]: our own pixels to JPEG and PNG and back, and resizing; nothing hostile in there
//!
//! ✅ handled: JPEG, PNG, WebP, GIF, BMP, TIFF (image crate), AVIF where FFmpeg can; the containers and codecs listed in `child/demux.rs`;
//! rotation, EXIF orientation, colour range and matrix, pixels that are not square; animations; damaged files (what can be read, plus a warning).
//! ❌ not handled: DRM, playlists and anything that refers to other files; HEIC (needs FFmpeg 6.1); ICC profiles and HDR tone curves; further
//! pages of a TIFF; a truncated WebP, or a TIFF without its directory (refused as damaged); more than one sound track, or more
//! than `sound_s` seconds of it (a spread sample is handed out); sound whose rate changes half way (read up to there).

#![expect(
    unsafe_code,
    reason = "FFmpeg is a C library, and the sandbox makes two system calls that have no safe wrapper"
)]

mod child;
pub mod encode;
pub mod error;
pub mod film;
pub mod frame;
pub mod limits;
pub mod playable;
pub mod preview;
pub mod probe;
pub mod reader;
pub mod sampling;
pub mod sandbox;
pub mod sound;
mod spawner;
pub mod stream;
mod wire;

pub use error::MediaError;
pub use frame::Frame;
pub use limits::MediaLimits;
pub use probe::Probe;
pub use reader::{MediaEvent, MediaReader};
pub use sampling::{FilmPlan, SamplingPlan, ScanPlan};
pub use sound::Sound;
pub use stream::MediaStream;
