//! What a method is, what it gets, and what it answers.

use std::fmt;
use std::time::Instant;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::finding::{BoundingBox, Location, MethodId};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Text;
use podlinnik_domain::likelihood::{Ceiling, Log10LikelihoodRatio};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::reason::Reason;
use podlinnik_media::Sound;
use podlinnik_media::encode::EncodeError;
use podlinnik_onnx::OnnxError;

use crate::examination::Picture;
use crate::face::{Face, Track};
use crate::synthetic_picture::{WindowPlan, Windows};

/// What a method is. Everything in it is fixed; a change of what the method does is a new version.
#[derive(Debug, Clone, Copy)]
pub struct Descriptor {
    /// Stable name, also the name of the method's folder.
    pub id: MethodIdText,
    /// Version of the method's code; the model has its own.
    pub version: &'static str,
    /// Name for people.
    pub name: Text,
    /// What the method sees.
    pub sees: Text,
    /// What it does not see.
    pub blind_to: Text,
    /// Id of its model, if it has one.
    pub model: Option<&'static str>,
}

/// The stable name of a method, as text: lower-case letters, digits and underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodIdText(pub &'static str);

impl MethodIdText {
    /// As the domain's type.
    pub const fn id(self) -> MethodId {
        MethodId::from_static(self.0)
    }
}

impl fmt::Display for MethodIdText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// What a method looks at.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Image, animation, video or audio.
    pub kind: MediaKind,
    /// Frames that could be read.
    pub frames: u32,
    /// Faces, most prominent first; bounded in number.
    pub tracks: Vec<Track>,
    /// Prominence (see [`Track::prominence`]) of the faces that are not among the tracks because there were too many.
    pub dropped_prominence: f64,
    /// Stretches of sound, in order of time; none if there is no sound.
    pub sounds: Vec<Sound>,
    /// Windows of whole frames, one for each sampled moment, in order of time; none if no method looks at them or the media is a bare face crop.
    pub windows: Vec<Windows>,
}

/// What a method needs before it is asked at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Frames.
    Picture,
    /// Sound; whether there is any, the method says itself.
    Sound,
}

impl Evidence {
    /// Whether the media is one picture, where a face cannot be seen twice.
    pub const fn is_still(&self) -> bool {
        matches!(self.kind, MediaKind::Image)
    }
}

/// What the examination lends a method.
#[derive(Debug)]
pub struct Context {
    /// Threads that may be used.
    pub threads: usize,
    /// When the method has to be done; it abstains with `time_budget_exceeded` rather than overrun by much.
    pub deadline: Instant,
    /// For the expiry of calibrations.
    pub now: Timestamp,
    /// Whether to make pictures.
    pub pictures: bool,
    /// Pictures that were made.
    pub made: Vec<Picture>,
}

impl Context {
    /// Whether the time is up.
    pub fn is_late(&self) -> bool {
        Instant::now() >= self.deadline
    }
}

/// How a method ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The method has nothing to look at.
    NotApplicable(Reason),
    /// The method looked, or could have, and does not answer.
    Abstained(Reason),
    /// The method answers.
    Answered {
        /// Calibrated and already within the ceiling.
        llr10: Log10LikelihoodRatio,
        /// What the validation data allow to be said in each direction.
        ceiling: Ceiling,
        /// Upper 95 % bound of the measured false-positive rate in the quality bucket.
        false_positive_rate_upper95: f64,
    },
}

/// What a method answers.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodResult {
    /// How it ended.
    pub outcome: Outcome,
    /// Uncalibrated score in [0, 1], where something was measured.
    pub score: Option<f64>,
    /// Which calibration applies.
    pub calibration_id: Option<String>,
    /// SHA-256 of the model.
    pub model_sha256: Option<Sha256>,
    /// The quality bucket of the face that the answer rests on most.
    pub quality_bucket: Option<String>,
    /// Where it rests, most telling first.
    pub locations: Vec<Location>,
}

impl MethodResult {
    /// Nothing to look at.
    pub const fn not_applicable(reason: Reason) -> Self {
        Self::silent(Outcome::NotApplicable(reason))
    }

    /// No answer.
    pub const fn abstained(reason: Reason) -> Self {
        Self::silent(Outcome::Abstained(reason))
    }

    const fn silent(outcome: Outcome) -> Self {
        Self {
            outcome,
            score: None,
            calibration_id: None,
            model_sha256: None,
            quality_bucket: None,
            locations: Vec::new(),
        }
    }
}

/// A method that failed. It is recorded; it never raises or lowers suspicion.
#[derive(Debug, thiserror::Error)]
pub enum DetectorError {
    /// A network failed.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// Pixels could not be encoded or scaled.
    #[error(transparent)]
    Pixels(#[from] EncodeError),
    /// The network's answer is not what the method expects.
    #[error("unexpected output of model `{model}`: {detail}")]
    Output {
        /// Which model.
        model: String,
        /// What is wrong.
        detail: String,
    },
}

/// A method. Synchronous and pure: no network, no clock but the deadline, the same evidence gives the same answer.
pub trait Detector: fmt::Debug + Send + Sync {
    /// What the method is.
    fn descriptor(&self) -> &'static Descriptor;

    /// What the method needs.
    fn needs(&self) -> Needs {
        Needs::Picture
    }

    /// Which windows of whole frames to keep, for methods that look at whole pictures.
    fn windows(&self) -> Option<WindowPlan> {
        None
    }

    /// Looks at the evidence.
    ///
    /// # Errors
    /// [`DetectorError`] where the method itself failed; the media's shortcomings are outcomes, not errors.
    fn examine(&self, media: &Evidence, cx: &mut Context) -> Result<MethodResult, DetectorError>;

    /// The quality bucket that a face falls into, for methods that are calibrated by face.
    fn quality_bucket(&self, track: &Track) -> Option<String> {
        let _ = track;
        None
    }
}

/// The box of a face in pixels of the upright original picture.
pub fn bounding_box(face: &Face) -> BoundingBox {
    let [left, top, ..] = face.square.edges();
    let side = face.square.side * face.scale;
    BoundingBox { x: left * face.scale, y: top * face.scale, width: side, height: side }
}
