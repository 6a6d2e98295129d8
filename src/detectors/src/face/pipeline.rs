//! Faces of one burst of frames: bounded work, and nothing kept but crops and thumbnails.

use podlinnik_media::Frame;
use podlinnik_onnx::{Models, OnnxError};

use super::cascade::Cascade;
use super::landmarks::{LandmarkNet, Landmarks};
use super::outline::Outline;
use super::pixels::{Pixels, Square, cut};
use super::search::near;
use super::short_range::{Candidate, ShortRange};
use super::{ABSENT, CROP_SIDE, CropQuality, Face, FaceError, motion, track};

/// Faces of one frame that are analysed; the most prominent ones.
pub(crate) const FACES_PER_FRAME: usize = 8;
/// Candidates of each detector that the landmark network looks at.
const CANDIDATES: usize = 12;
/// Squares of one face overlap at least that much.
const SAME_FACE: f64 = 0.3;
/// A square that lies within a face to this share is no other face.
const WITHIN: f64 = 0.7;
/// A face of this size, relative to the frame's shorter side, makes a search for small ones unnecessary in a clip.
const LARGE: f64 = 0.22;
/// Longest side of a thumbnail in pixels.
const THUMBNAIL_SIDE: u32 = 640;

/// Model ids of the face pipeline.
pub(crate) const DETECTION_MODEL: &str = "face-detection";
pub(crate) const CASCADE_MODELS: [&str; 3] =
    ["face-detection-small-1", "face-detection-small-2", "face-detection-small-3"];
pub(crate) const LANDMARK_MODEL: &str = "face-landmarks";

/// A frame scaled down.
#[derive(Debug, Clone)]
pub struct Thumbnail {
    /// Index of the frame.
    pub frame: u32,
    /// Seconds from the start.
    pub at_s: f64,
    /// The picture.
    pub pixels: Pixels,
}

/// What was found in one frame.
#[derive(Debug, Clone)]
pub struct FrameFaces {
    /// Faces that are kept.
    pub faces: Vec<Face>,
    /// Faces that were seen, kept or not.
    pub seen: usize,
    /// For the first frame of a burst.
    pub thumbnail: Option<Thumbnail>,
}

/// Faces of a frame so far.
#[derive(Debug, Default)]
struct Found {
    faces: Vec<Face>,
    /// Candidates beyond the limit.
    untried: usize,
}

/// Finds faces in frames. Safe to share between threads.
#[derive(Debug)]
pub struct FacePipeline {
    detector: ShortRange,
    cascade: Cascade,
    landmarks: LandmarkNet,
    /// Model runs that may be going at a time.
    threads: usize,
}

impl FacePipeline {
    /// Takes its models from `models`.
    ///
    /// # Errors
    /// [`OnnxError`] if one is missing or withdrawn: without them nothing can be examined.
    pub fn new(models: &Models) -> Result<Self, OnnxError> {
        let [proposal, refinement, output] = CASCADE_MODELS.map(|id| models.engine(id));
        Ok(Self {
            detector: ShortRange::new(models.engine(DETECTION_MODEL)?),
            cascade: Cascade::new(proposal?, refinement?, output?),
            landmarks: LandmarkNet::new(models.engine(LANDMARK_MODEL)?),
            threads: models.threads(),
        })
    }

    /// Faces of the frames of one burst. The first frame is searched; in the following ones the faces are followed, and searched for again where
    /// one is lost; where the first frame has none, the others are not searched. Frames that are there for motion only are looked at through the window of
    /// the first frame's faces. `still`: search more thoroughly. `thumbnails`: keep a small picture of the first frame.
    ///
    /// # Errors
    /// [`FaceError`] if a network fails or a frame is malformed.
    pub fn burst(
        &self,
        frames: &[Frame],
        still: bool,
        thumbnails: bool,
    ) -> Result<Vec<FrameFaces>, FaceError> {
        let mut results: Vec<FrameFaces> = Vec::with_capacity(frames.len());
        for frame in frames.iter().filter(|frame| !frame.motion_only) {
            let followed = match results.last() {
                Some(before) => self.follow(frame, &before.faces)?,
                None => None,
            };
            let mut found = match followed {
                Some(faces) => {
                    let seen = results.last().map_or(0, |before| before.seen);
                    FrameFaces { faces, seen, thumbnail: None }
                }
                None => self.find(frame, still)?,
            };
            if thumbnails && results.is_empty() {
                found.thumbnail = Some(thumbnail(frame)?);
            }
            results.push(found);
        }
        if let Some(first) = results.first_mut()
            && !still
        {
            motion::watch(&self.landmarks, frames, &mut first.faces)?;
        }
        Ok(results)
    }

    /// Where the faces of frames lie that follow one another in time, or of a still: a list for each frame, largest face first. A frame is searched
    /// where no face of the frame before can be followed.
    ///
    /// # Errors
    /// [`FaceError`] if a network fails or a frame is malformed.
    pub fn outlines(&self, frames: &[Frame], still: bool) -> Result<Vec<Vec<Outline>>, FaceError> {
        let mut before: Vec<Face> = Vec::new();
        let mut outlines = Vec::with_capacity(frames.len());
        for frame in frames {
            let followed = if before.is_empty() { None } else { self.follow(frame, &before)? };
            before = match followed {
                Some(faces) => faces,
                None => self.find(frame, still)?.faces,
            };
            let faces = before.iter().map(|face| Outline::of(&self.landmarks, frame, face));
            outlines.push(faces.collect::<Result<_, _>>()?);
        }
        Ok(outlines)
    }

    /// The whole frame as one face, without looking for any.
    ///
    /// # Errors
    /// [`FaceError`] if the frame is malformed.
    pub fn whole(frame: &Frame, thumbnails: bool) -> Result<FrameFaces, FaceError> {
        let (width, height) = (f64::from(frame.width), f64::from(frame.height));
        let side = width.min(height);
        let square = Square { x: width / 2.0, y: height / 2.0, side };
        let crop = cut(frame, square, CROP_SIDE)?;
        let face = Face::from_crop(frame.index, frame.burst, frame.at_s, square, frame.scale, crop);
        let thumbnail = if thumbnails { Some(thumbnail(frame)?) } else { None };
        Ok(FrameFaces { faces: vec![face], seen: 1, thumbnail })
    }

    /// Large faces first; then, in stills and where there is no large one, small faces by the cascade, which costs more.
    fn find(&self, frame: &Frame, still: bool) -> Result<FrameFaces, FaceError> {
        let shorter = f64::from(frame.width.min(frame.height));
        let mut found = Found::default();
        self.accept(frame, near(&self.detector, frame)?, &mut found)?;
        let large = found.faces.iter().any(|face| face.square.side > LARGE * shorter);
        if still || !large {
            let smallest = if still { (shorter / 45.0).max(20.0) } else { (shorter / 20.0).max(48.0) };
            // A still is one frame: nobody else has work for a second thread.
            let threads = if still { self.threads } else { 1 };
            self.accept(frame, self.cascade.detect(frame, smallest, threads)?, &mut found)?;
        }
        let Found { mut faces, untried } = found;
        let seen = faces.len() + untried;
        faces.sort_by(|one, other| other.square.side.total_cmp(&one.square.side));
        faces.truncate(FACES_PER_FRAME);
        Ok(FrameFaces { faces, seen, thumbnail: None })
    }

    /// Keeps the candidates that the landmark network takes for faces and that are not known yet; tries the most prominent ones, up to a limit.
    fn accept(
        &self,
        frame: &Frame,
        mut candidates: Vec<Candidate>,
        found: &mut Found,
    ) -> Result<(), FaceError> {
        let weight = |face: &Candidate| face.square.side * face.confidence;
        candidates.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        let mut tries = CANDIDATES;
        for candidate in candidates {
            let known = |square: Square, faces: &[Face]| {
                faces.iter().any(|face| {
                    face.square.overlap(square) > SAME_FACE || face.square.containment(square) > WITHIN
                })
            };
            if known(candidate.square, &found.faces) {
                continue;
            }
            if tries == 0 {
                found.untried += 1;
                continue;
            }
            tries -= 1;
            let landmarks = self.landmarks.locate(frame, candidate.square, 2)?;
            if landmarks.presence >= ABSENT && !known(landmarks.square, &found.faces) {
                found.faces.push(cut_out(frame, landmarks, candidate.confidence)?);
            }
        }
        Ok(())
    }

    /// The same faces in the next frame of the burst (no faces again if there were none); `None` if one was lost.
    fn follow(&self, frame: &Frame, before: &[Face]) -> Result<Option<Vec<Face>>, FaceError> {
        let mut faces = Vec::with_capacity(before.len());
        for face in before {
            let landmarks = self.landmarks.locate(frame, face.square, 1)?;
            if landmarks.presence < ABSENT || landmarks.square.overlap(face.square) < SAME_FACE {
                return Ok(None);
            }
            faces.push(cut_out(frame, landmarks, face.confidence)?);
        }
        Ok(Some(faces))
    }
}

fn cut_out(frame: &Frame, landmarks: Landmarks, confidence: f64) -> Result<Face, FaceError> {
    let crop = cut(frame, landmarks.square, CROP_SIDE)?;
    Ok(Face {
        frame: frame.index,
        burst: frame.burst,
        at_s: frame.at_s,
        square: landmarks.square,
        scale: frame.scale,
        confidence,
        presence: landmarks.presence,
        yaw_degrees: landmarks.yaw_degrees,
        inside: landmarks.square.inside(frame.width, frame.height),
        quality: CropQuality::of(&crop),
        motion: None,
        signature: track::signature(&crop),
        crop,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positive and at most the thumbnail's side"
)]
fn thumbnail(frame: &Frame) -> Result<Thumbnail, FaceError> {
    let longer = frame.width.max(frame.height).max(1);
    let scale = (f64::from(THUMBNAIL_SIDE) / f64::from(longer)).min(1.0);
    let scaled = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let (width, height) = (scaled(frame.width), scaled(frame.height));
    let rgb = podlinnik_media::encode::resize(&frame.rgb, frame.width, frame.height, width, height)?;
    let pixels = Pixels { width, height, rgb };
    Ok(Thumbnail { frame: frame.index, at_s: frame.at_s, pixels })
}
