//! A recording → what it is recognised by.

use std::fmt;
use std::fs::File;
use std::path::PathBuf;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, Warning, WarningCode};
use podlinnik_media::{MediaError, MediaEvent, MediaLimits, MediaReader, Probe, ScanPlan, Sound};
use podlinnik_similarity::picture::Picture;
use podlinnik_similarity::signature::{MediaSignature, SignatureBuilder};
use podlinnik_storage::record::NewSignature;

/// What [`Recognise`] finds out about a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// What kind of media it is.
    pub kind: MediaKind,
    /// Length in seconds.
    pub duration_s: Option<f64>,
    /// Width in pixels, upright.
    pub width: Option<u32>,
    /// Height in pixels, upright.
    pub height: Option<u32>,
    /// Frames per second.
    pub fps: Option<f64>,
    /// What it is recognised by.
    pub signature: NewSignature,
    /// What went less than well.
    pub warnings: Vec<Warning>,
}

/// What reads recordings: [`Recogniser`], or a stand-in in tests.
pub trait Recognise: fmt::Debug + Send + Sync + 'static {
    /// Kind and version of the signatures that it makes.
    fn signature(&self) -> (&'static str, u32);

    /// Reads a recording from end to end. `progress` gets thousandths and answers whether to go on. Blocks.
    ///
    /// # Errors
    /// [`MediaError`].
    fn recognise(&self, file: File, progress: &mut dyn FnMut(u16) -> bool) -> Result<Recognised, MediaError>;

    /// Reads a suspect: what it is, what is kept of it, and the signature that it is looked up with. Blocks.
    ///
    /// # Errors
    /// [`MediaError`].
    fn look_at(&self, file: File, progress: &mut dyn FnMut(u16) -> bool) -> Result<Suspected, MediaError> {
        let Recognised { kind, duration_s, width, height, fps, signature, warnings } =
            self.recognise(file, progress)?;
        let signature = MediaSignature::from_bytes(&signature.bytes).unwrap_or_default();
        let probe = Probe {
            kind,
            container: String::new(),
            video_codec: None,
            audio_codec: None,
            width: width.unwrap_or(0),
            height: height.unwrap_or(0),
            rotation_degrees: 0,
            fps,
            frame_count: None,
            duration_s,
            bitrate: None,
            metadata: Vec::new(),
        };
        Ok(Suspected { probe, kept: signature.clone(), asking: signature, warnings })
    }
}

/// Frames a second that are looked at, and of a suspect: what was cropped or stretched in time is found by the frames that come closest to the kept ones.
const FRAMES_PER_S: f64 = 2.0;
const SUSPECT_FRAMES_PER_S: f64 = 4.0;
/// A frame may come early by this much and still be the one that was wanted, in seconds.
const EARLY_S: f64 = 0.05;
/// Longest side of the frames that are looked at, in pixels.
const LONGEST_SIDE: u32 = 512;
/// What the signatures are called in the store.
pub const SIGNATURE_KIND: &str = "media-signature";
/// Version of what is stored. It grows when the same recording would get another signature: `podlinnik archive renew` reads the originals again then.
pub const SIGNATURE_VERSION: u32 = 2;

/// Reads recordings in the sandboxed child and computes [`MediaSignature`]s.
#[derive(Debug, Clone)]
pub struct Recogniser {
    reader: MediaReader,
}

impl Recogniser {
    /// A recogniser whose reader is `program`, normally the running one.
    pub fn new(program: PathBuf, limits: MediaLimits) -> Self {
        Self { reader: MediaReader::new(program, limits) }
    }

    /// The signature itself, with what the recording is, and what went less than well.
    ///
    /// # Errors
    /// [`MediaError`]; `media_time_limit` if `progress` says not to go on.
    pub fn read(
        &self,
        file: File,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<(Probe, MediaSignature, Vec<Warning>), MediaError> {
        let mut builder = SignatureBuilder::new();
        let (probe, mut warnings) =
            self.scan(file, FRAMES_PER_S, &mut |taken| taken.give(&mut builder), progress)?;
        let signature = builder.finish();
        warnings.extend(nothing_in(&signature));
        Ok((probe, signature, warnings))
    }

    /// The same for a suspect, in one pass: what is kept of it, and a denser signature to ask with.
    ///
    /// # Errors
    /// Like [`Recogniser::read`].
    pub fn read_suspect(
        &self,
        file: File,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Suspected, MediaError> {
        let (mut kept, mut asking) = (SignatureBuilder::new(), SignatureBuilder::for_suspect());
        let mut next_s = 0.0;
        let mut take = |taken: &Taken<'_>| {
            taken.give(&mut asking);
            match taken {
                Taken::Picture(_, at_s) if *at_s < next_s - EARLY_S => {}
                Taken::Picture(_, at_s) => {
                    next_s = ((at_s + EARLY_S) * FRAMES_PER_S).floor() / FRAMES_PER_S + 1.0 / FRAMES_PER_S;
                    taken.give(&mut kept);
                }
                Taken::Sound(_) => taken.give(&mut kept),
            }
        };
        let (probe, mut warnings) = self.scan(file, SUSPECT_FRAMES_PER_S, &mut take, progress)?;
        let asking = asking.finish();
        warnings.extend(nothing_in(&asking));
        Ok(Suspected { probe, kept: kept.finish(), asking, warnings })
    }

    fn scan(
        &self,
        file: File,
        frames_per_s: f64,
        take: &mut dyn FnMut(&Taken<'_>),
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<(Probe, Vec<Warning>), MediaError> {
        let (mut probe, mut warnings) = (None, Vec::new());
        for event in self.reader.scan(file, &ScanPlan::whole(frames_per_s, LONGEST_SIDE))? {
            match event? {
                MediaEvent::Probe(found) => probe = Some(found),
                MediaEvent::Frame(frame) => {
                    let size = |side: u32| usize::try_from(side).unwrap_or(usize::MAX);
                    let picture = Picture::new(&frame.rgb, size(frame.width), size(frame.height));
                    if let Ok(picture) = picture {
                        take(&Taken::Picture(picture, frame.at_s));
                    }
                }
                MediaEvent::Sound(sound) => take(&Taken::Sound(sound)),
                MediaEvent::Warning(warning) => warnings.push(warning),
                MediaEvent::Progress(permille) => {
                    if !progress(permille) {
                        return Err(MediaError::refused(ErrorCode::MediaTimeLimit, "stopped"));
                    }
                }
            }
        }
        let probe = probe.ok_or_else(|| MediaError::refused(ErrorCode::MediaDamaged, "nothing came"))?;
        Ok((probe, warnings))
    }
}

/// Black, flat and mute media are never found, and nobody should wait for that.
fn nothing_in(signature: &MediaSignature) -> Option<Warning> {
    let warning = Warning { code: WarningCode::NothingToRecognise, detail: None };
    signature.is_blank().then_some(warning)
}

/// What a suspect is, and what it is recognised by.
#[derive(Debug, Clone)]
pub struct Suspected {
    /// What it is.
    pub probe: Probe,
    /// What is kept of it, so that later items are recognised.
    pub kept: MediaSignature,
    /// What it is looked up with.
    pub asking: MediaSignature,
    /// What went less than well.
    pub warnings: Vec<Warning>,
}

/// Something that a signature is built from.
enum Taken<'a> {
    Picture(Picture<'a>, f64),
    Sound(Sound),
}

impl Taken<'_> {
    fn give(&self, builder: &mut SignatureBuilder) {
        match self {
            Self::Picture(picture, at_s) => builder.push_frame(picture, *at_s),
            Self::Sound(sound) => builder.push_sound(&sound.samples, sound.at_s),
        }
    }
}

impl Recognise for Recogniser {
    fn signature(&self) -> (&'static str, u32) {
        (SIGNATURE_KIND, SIGNATURE_VERSION)
    }

    fn look_at(&self, file: File, progress: &mut dyn FnMut(u16) -> bool) -> Result<Suspected, MediaError> {
        self.read_suspect(file, progress)
    }

    fn recognise(&self, file: File, progress: &mut dyn FnMut(u16) -> bool) -> Result<Recognised, MediaError> {
        let (probe, signature, warnings) = self.read(file, progress)?;
        let sized = |side: u32| (side > 0).then_some(side);
        let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
        Ok(Recognised {
            kind: probe.kind,
            duration_s: finite(probe.duration_s),
            width: sized(probe.width),
            height: sized(probe.height),
            fps: finite(probe.fps),
            signature: NewSignature {
                kind: SIGNATURE_KIND.to_owned(),
                version: SIGNATURE_VERSION,
                bytes: signature.to_bytes(),
            },
            warnings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_binary_form_is_a_new_version() {
        let form = MediaSignature::default().to_bytes();
        assert!(SIGNATURE_VERSION >= u32::from(form[4]), "signatures in the store would be of two forms");
    }
}
