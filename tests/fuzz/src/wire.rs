//! What the reader child sends to its parent. The child works on hostile bytes: it may be in the hands of whoever made them.
//!
//! Holds: everything that comes out of the stream is within the limits and in order; the stream ends; what is made of frames and sound takes any of it.

use std::io::{Seek as _, Write as _};
use std::os::fd::OwnedFd;
use std::time::Duration;

use podlinnik_media::playable::{FilmPart, FilmStream};
use podlinnik_media::preview;
use podlinnik_media::{Frame, MediaEvent, MediaLimits, MediaStream, Probe, Sound};
use podlinnik_similarity::picture::Picture;
use podlinnik_similarity::signature::{MediaSignature, SignatureBuilder};

use crate::take::Take;

/// Longest side of a frame here: small, so that whole frames fit into what a fuzzer makes.
pub(crate) const SIDE: u32 = 64;
/// Warnings of one file, and the one that the stream adds itself.
const WARNINGS: usize = 64 + 1;
/// Characters of a sentence from the child.
const SENTENCE: usize = 400;

pub(crate) fn limits() -> MediaLimits {
    MediaLimits {
        frame_side: SIDE,
        frames: 12,
        sound_s: 24,
        metadata_entries: 8,
        metadata_chars: 40,
        wall: Duration::from_secs(30),
        ..MediaLimits::default()
    }
}

/// The first byte says what was asked for: frames, a film, or a preview made of a film.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    let asked = take.byte() % 3;
    let film = asked == 1;
    let mut file = scratch();
    file.write_all(take.0).expect("a temporary file takes bytes");
    file.rewind().expect("a file can be rewound");
    if asked == 2 {
        return preview(file);
    }
    let mut heard = Heard::default();
    if film {
        let mut stream = FilmStream::of(file.into(), limits());
        for part in &mut stream {
            match part {
                Ok(FilmPart::Event(event)) => heard.event(event),
                Ok(FilmPart::Planes(planes)) => {
                    let (width, height) = (planes.width, planes.height);
                    assert!(width <= SIDE && height <= SIDE && width % 2 + height % 2 == 0);
                    assert_eq!(planes.bytes.len() as u64, u64::from(width) * u64::from(height) * 3 / 2);
                    assert_eq!(*heard.size.get_or_insert((width, height)), (width, height));
                    assert!(
                        planes.at_s >= heard.last_s && planes.at_s.is_finite() && planes.lasts_s.is_finite()
                    );
                    (heard.frames, heard.last_s) = (heard.frames + 1, planes.at_s);
                }
                Ok(FilmPart::Samples(samples)) => {
                    assert!(heard.frames == 0 && matches!(samples.channels, 1 | 2));
                    assert!(samples.values.iter().all(|value| value.abs() <= 4.0));
                    heard.values += samples.values.len() as u64;
                    assert!(heard.values <= u64::from(limits().sound_s + 1) * 48_000 * 2);
                }
                Err(_) => heard.failed = true,
            }
        }
        assert!(stream.next().is_none(), "it goes on after its end");
    } else {
        let mut stream = MediaStream::of(file.into(), limits(), false);
        for event in &mut stream {
            match event {
                Ok(event) => heard.event(event),
                Err(_) => heard.failed = true,
            }
        }
        assert!(stream.next().is_none(), "it goes on after its end");
    }
    heard.end();
}

/// The parent encodes what it was sent: it may refuse, and has to survive.
fn preview(file: std::fs::File) {
    let to = tempfile::NamedTempFile::new_in(folder()).expect("a temporary file can be made");
    let made = preview::make_of(FilmStream::of(file.into(), limits()), to.path(), &mut |_| true);
    if let Ok(made) = made {
        assert!(to.path().metadata().is_ok_and(|file| file.len() > 0), "{made:?} is empty");
    }
}

fn folder() -> std::path::PathBuf {
    let shared = std::path::Path::new("/dev/shm");
    if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() }
}

/// A file that nobody else sees.
pub(crate) fn scratch() -> std::fs::File {
    tempfile::tempfile_in(folder()).expect("a temporary file can be made")
}

/// What came out of a stream.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) probe: Option<Probe>,
    pub(crate) frames: u32,
    last_s: f64,
    last_burst: u32,
    size: Option<(u32, u32)>,
    values: u64,
    warnings: usize,
    pub(crate) failed: bool,
    signature: SignatureBuilder,
}

impl Heard {
    pub(crate) fn event(&mut self, event: MediaEvent) {
        assert!(!self.failed, "something comes after the error");
        let limits = limits();
        match event {
            MediaEvent::Probe(probe) => {
                assert!(self.probe.is_none(), "a second probe");
                let names = [Some(&probe.container), probe.video_codec.as_ref(), probe.audio_codec.as_ref()];
                assert!(names.into_iter().flatten().all(|name| name.chars().count() <= 64));
                assert!(probe.metadata.len() <= limits.metadata_entries as usize);
                let clean = |text: &str, most: usize| {
                    text.chars().count() <= most && !text.chars().any(char::is_control)
                };
                for entry in &probe.metadata {
                    assert!(clean(&entry.key, 128) && clean(&entry.value, limits.metadata_chars as usize));
                }
                let numbers = [probe.fps, probe.duration_s];
                assert!(numbers.into_iter().flatten().all(|number| number.is_finite() && number >= 0.0));
                self.probe = Some(probe);
            }
            MediaEvent::Frame(frame) => self.frame(&frame, &limits),
            MediaEvent::Sound(sound) => self.sound(&sound),
            MediaEvent::Warning(warning) => {
                self.warnings += 1;
                assert!(self.warnings <= WARNINGS);
                assert!(warning.detail.is_none_or(|detail| detail.chars().count() <= SENTENCE));
            }
            MediaEvent::Progress(thousandths) => assert!(thousandths <= 1000),
        }
    }

    fn frame(&mut self, frame: &Frame, limits: &MediaLimits) {
        assert!(self.probe.is_some(), "a frame before the probe");
        assert!(frame.width <= limits.frame_side && frame.height <= limits.frame_side);
        assert_eq!(frame.rgb.len() as u64, u64::from(frame.width) * u64::from(frame.height) * 3);
        assert!(frame.index == self.frames && self.frames < limits.frames);
        assert!(frame.at_s >= self.last_s && frame.at_s.is_finite() && frame.burst >= self.last_burst);
        assert!(frame.scale > 0.0 && frame.scale.is_finite());
        (self.frames, self.last_s, self.last_burst) = (self.frames + 1, frame.at_s, frame.burst);
        let (width, height) = (frame.width as usize, frame.height as usize);
        let picture = Picture::new(&frame.rgb, width, height).expect("as many bytes as the size says");
        self.signature.push_frame(&picture, frame.at_s);
    }

    fn sound(&mut self, sound: &Sound) {
        assert!(self.probe.is_some(), "sound before the probe");
        assert!(sound.at_s >= 0.0 && sound.at_s.is_finite());
        assert!(
            sound.samples.len() <= 12 * 16_000 + 16 && sound.samples.iter().all(|sample| sample.is_finite())
        );
        self.signature.push_sound(&sound.samples, sound.at_s);
    }

    pub(crate) fn end(self) {
        let signature = self.signature.finish();
        assert_eq!(MediaSignature::from_bytes(&signature.to_bytes()).as_ref(), Ok(&signature));
    }
}

/// The stream of what was written into a file.
pub(crate) fn stream(mut file: std::fs::File) -> MediaStream {
    file.rewind().expect("a file can be rewound");
    MediaStream::of(OwnedFd::from(file), limits(), false)
}
