//! Runs face pipeline, every method and the fusion over one media stream.

use std::collections::BTreeMap;
use std::fs::File;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use podlinnik_domain::analysis::{DerivativeKind, FaceTrack, Sighting};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::finding::{Finding, FindingState};
use podlinnik_domain::media::{MediaKind, Quality, Warning, WarningCode};
use podlinnik_domain::reason::Reason;
use podlinnik_media::encode::{EncodeError, jpeg};
use podlinnik_media::{MediaError, MediaEvent, MediaReader, Probe, SamplingPlan};
use podlinnik_onnx::{Models, OnnxError};

use crate::detector::{
    Context, Detector, DetectorError, Evidence, MethodResult, Needs, Outcome, bounding_box,
};
use crate::examination::{Examination, ExamineError, ExamineOptions, Picture};
use crate::face::{Face, FacePipeline, Followed, FrameFaces, Thumbnail, Track, follow, median};
use crate::fusion::{Contribution, Fusion, in_direction};
use crate::gather::{Gathered, Plan, READING, gather};
use crate::registry;

/// Tracks that are analysed.
const TRACKS: usize = 8;
/// Whole frames among the pictures.
const FRAME_PICTURES: usize = 6;
const JPEG_QUALITY: u8 = 85;
/// Share of the budget after which no more frames are taken, so that the methods get the rest.
const READING_SHARE: f64 = 0.7;
/// Longest budget that is counted, in seconds.
const LONGEST_BUDGET_S: f64 = 86_400.0;

/// What became of one method.
struct Run {
    result: Result<MethodResult, DetectorError>,
    made: Vec<Picture>,
    ms: f64,
}

/// Runs everything over one media stream. Safe to share between threads.
#[derive(Debug)]
pub struct Examiner {
    models: Arc<Models>,
    faces: FacePipeline,
    detectors: Vec<Box<dyn Detector>>,
    fusion: Fusion,
}

impl Examiner {
    /// Loads the models that the face pipeline and the registry need, and their calibrations.
    ///
    /// # Errors
    /// [`OnnxError`] if a model is missing or not what the manifest says.
    pub fn new(models: Arc<Models>) -> Result<Self, OnnxError> {
        let faces = FacePipeline::new(&models)?;
        let detectors = registry::load(&models)?;
        let fusion = Fusion::shipped()
            .map_err(|error| OnnxError::Model { id: "fusion".to_owned(), detail: error.to_string() })?;
        Ok(Self { models, faces, detectors, fusion })
    }

    /// Examines a file. Blocks. `progress` is called with thousandths and answers whether to go on.
    ///
    /// # Errors
    /// [`ExamineError`]; a method that fails is a finding with state `failed`, not an error.
    pub fn examine(
        &self,
        reader: &MediaReader,
        file: File,
        options: &ExamineOptions,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Examination, ExamineError> {
        let size_bytes = file.metadata().map(|metadata| metadata.len()).ok();
        let events = reader.open(file, &SamplingPlan::default())?;
        self.examine_events(events, size_bytes, options, progress)
    }

    /// Examines what a reader sends. `size_bytes`: length of the file, for the bits per pixel of stills.
    ///
    /// # Errors
    /// Like [`Examiner::examine`].
    pub fn examine_events(
        &self,
        events: impl Iterator<Item = Result<MediaEvent, MediaError>>,
        size_bytes: Option<u64>,
        options: &ExamineOptions,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Examination, ExamineError> {
        let started = Instant::now();
        let budget = |share: f64| {
            let seconds = (options.budget_s * share).clamp(0.0, LONGEST_BUDGET_S);
            started + Duration::from_secs_f64(if seconds.is_nan() { 0.0 } else { seconds })
        };
        let plan = Plan {
            face_crop: options.face_crop,
            thumbnails: options.pictures,
            windows: self.detectors.iter().find_map(|detector| detector.windows()),
            threads: self.models.threads(),
            deadline: budget(READING_SHARE),
        };
        let gathered = gather(events, &self.faces, plan, progress)?;
        let mut timing_ms = BTreeMap::from([
            ("decode".to_owned(), milliseconds(started)),
            ("faces".to_owned(), gathered.faces_ms),
        ]);
        let Gathered { probe, frames, found, windows, sounds, mut warnings, cut_short, .. } = gathered;
        let (mut evidence, thumbnails) = evidence(&probe, frames, found, &mut warnings);
        evidence.sounds = sounds;
        evidence.windows = windows;
        let context = || Context {
            threads: self.models.threads(),
            deadline: budget(1.0),
            now: options.now,
            pictures: options.pictures,
            made: Vec::new(),
        };
        let runs = self.run_all(&evidence, cut_short, &context, progress)?;
        let mut pictures = Vec::new();
        let mut results = Vec::with_capacity(runs.len());
        for (detector, run) in self.detectors.iter().zip(runs) {
            let id = detector.descriptor().id;
            timing_ms.insert(id.to_string(), run.ms);
            match &run.result {
                Ok(_) => pictures.extend(run.made),
                Err(error) => {
                    tracing::error!(method = %id, %error, "method `{id}` failed: {error}");
                    warnings.push(Warning::new(WarningCode::MethodFailed, format!("{id}: {error}")));
                }
            }
            results.push((self.finding(detector.as_ref(), run.result.as_ref().ok()), run.result.ok()));
        }
        let contributions: Vec<Contribution<'_>> =
            results.iter().map(|(finding, result)| Contribution::new(finding, result.as_ref())).collect();
        let combined = self.fusion.combine(&contributions);
        let begun = Instant::now();
        if options.pictures {
            // A picture that cannot be encoded is left out: the findings do not rest on it.
            pictures.extend(portraits(&evidence.tracks).into_iter().chain(frame_pictures(&thumbnails)));
        }
        let tracks = evidence.tracks.iter().map(|track| describe(track, &pictures)).collect();
        timing_ms.insert("pictures".to_owned(), milliseconds(begun));
        timing_ms.insert("total".to_owned(), milliseconds(started));
        if !progress(1000) {
            return Err(ExamineError::Cancelled);
        }
        Ok(Examination {
            quality: self.quality(&probe, size_bytes, &evidence),
            probe,
            tracks,
            findings: results.into_iter().map(|(finding, _)| finding).collect(),
            combined,
            warnings,
            pictures,
            timing_ms,
        })
    }

    /// Runs every method, in the registry's order. Of a still no method has work for two threads, so there the methods run side by side.
    fn run_all(
        &self,
        evidence: &Evidence,
        cut_short: bool,
        context: &(impl Fn() -> Context + Sync),
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Vec<Run>, ExamineError> {
        let run = |detector: &dyn Detector| {
            let (begun, mut context) = (Instant::now(), context());
            let result = self.run(detector, evidence, cut_short, &mut context);
            Run { result, made: context.made, ms: milliseconds(begun) }
        };
        let mut runs = Vec::with_capacity(self.detectors.len());
        if evidence.is_still() && self.models.threads() > 1 {
            if !progress(READING) {
                return Err(ExamineError::Cancelled);
            }
            std::thread::scope(|scope| {
                let begun: Vec<_> =
                    self.detectors.iter().map(|detector| scope.spawn(|| run(detector.as_ref()))).collect();
                let ended =
                    begun.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)));
                runs.extend(ended);
            });
            return Ok(runs);
        }
        for (number, detector) in (0_u32..).zip(&self.detectors) {
            let share = u32::from(950 - READING) * number / self.detectors.len().max(1) as u32;
            if !progress(READING + u16::try_from(share).unwrap_or(0)) {
                return Err(ExamineError::Cancelled);
            }
            runs.push(run(detector.as_ref()));
        }
        Ok(runs)
    }

    fn run(
        &self,
        detector: &dyn Detector,
        evidence: &Evidence,
        cut_short: bool,
        context: &mut Context,
    ) -> Result<MethodResult, DetectorError> {
        if detector.needs() == Needs::Sound {
            if context.is_late() && !evidence.sounds.is_empty() {
                return Ok(MethodResult::abstained(Reason::TimeBudgetExceeded));
            }
            return detector.examine(evidence, context);
        }
        if evidence.kind == MediaKind::Audio {
            return Ok(MethodResult::not_applicable(Reason::NoPicture));
        }
        if context.is_late() || (cut_short && evidence.tracks.is_empty()) {
            return Ok(MethodResult::abstained(Reason::TimeBudgetExceeded));
        }
        if evidence.frames == 0 {
            return Ok(MethodResult::abstained(Reason::PartialDecode));
        }
        detector.examine(evidence, context)
    }

    /// The finding for a method's result; `None` is a failure.
    fn finding(&self, detector: &dyn Detector, result: Option<&MethodResult>) -> Finding {
        let descriptor = detector.descriptor();
        let model = descriptor.model.and_then(|id| self.models.info(id));
        let version = match model {
            Some(model) => format!("{}+{}", descriptor.version, model.version),
            None => descriptor.version.to_owned(),
        };
        let mut finding = Finding::empty(descriptor.id.id(), version, FindingState::Failed);
        finding.model_sha256 = model.map(|model| model.sha256);
        let Some(result) = result else {
            finding.error = Some(ErrorCode::AnalysisFailed);
            return finding;
        };
        finding.calibration_id = result.calibration_id.clone();
        finding.score = result.score;
        finding.quality_bucket = result.quality_bucket.clone();
        finding.locations = result.locations.clone();
        match &result.outcome {
            Outcome::NotApplicable(reason) => {
                finding.state = FindingState::NotApplicable;
                finding.reason = Some(*reason);
            }
            Outcome::Abstained(reason) => {
                finding.state = FindingState::Abstained;
                finding.reason = Some(*reason);
            }
            Outcome::Answered { llr10, ceiling, false_positive_rate_upper95 } => {
                finding.state = FindingState::Finding;
                finding.llr10 = Some(*llr10);
                finding.llr10_ceiling = Some(in_direction(*ceiling, *llr10));
                finding.word = Some(llr10.word());
                finding.false_positive_rate_upper95 = Some(*false_positive_rate_upper95);
            }
        }
        finding
    }

    fn quality(&self, probe: &Probe, size_bytes: Option<u64>, evidence: &Evidence) -> Quality {
        let track = evidence.tracks.first();
        let pixels = f64::from(probe.width) * f64::from(probe.height);
        let bits_per_frame = match (probe.kind, probe.bitrate, probe.fps) {
            (MediaKind::Image, ..) => size_bytes.map(|bytes| bytes as f64 * 8.0),
            (_, Some(bitrate), Some(fps)) if fps > 0.0 => Some(bitrate as f64 / fps),
            _ => None,
        };
        Quality {
            bucket: track.and_then(|track| self.detectors.iter().find_map(|one| one.quality_bucket(track))),
            face_px: track.map(original_px),
            sharpness: track.and_then(|track| median(track.faces.iter().map(|face| face.quality.sharpness))),
            bitrate: probe.bitrate,
            bits_per_pixel: bits_per_frame.filter(|_| pixels > 0.0).map(|bits| bits / pixels),
        }
    }
}

/// Turns what was found frame by frame into tracks.
fn evidence(
    probe: &Probe,
    frames: u32,
    found: Vec<FrameFaces>,
    warnings: &mut Vec<Warning>,
) -> (Evidence, Vec<Thumbnail>) {
    let mut faces = Vec::new();
    let mut thumbnails = Vec::new();
    let (mut unkept, mut most_seen) = (0.0, 0);
    for mut frame in found {
        let smallest = frame.faces.iter().map(Face::face_px).fold(f64::INFINITY, f64::min);
        let beyond = frame.seen.saturating_sub(frame.faces.len());
        if beyond > 0 && smallest.is_finite() {
            unkept += beyond as f64 * smallest * smallest;
        }
        most_seen = most_seen.max(frame.seen);
        faces.append(&mut frame.faces);
        thumbnails.extend(frame.thumbnail);
    }
    let Followed { tracks, seen, dropped_prominence } = follow(faces, TRACKS);
    if most_seen > TRACKS || seen > TRACKS {
        let detail = format!("{} faces or more; {} are analysed", most_seen.max(seen), tracks.len());
        warnings.push(Warning::new(WarningCode::TooManyFaces, detail));
    }
    let dropped_prominence = dropped_prominence + unkept;
    let (sounds, windows) = (Vec::new(), Vec::new());
    (Evidence { kind: probe.kind, frames, tracks, dropped_prominence, sounds, windows }, thumbnails)
}

fn original_px(track: &Track) -> f64 {
    median(track.faces.iter().map(|face| face.square.side * face.scale)).unwrap_or(0.0)
}

fn describe(track: &Track, pictures: &[Picture]) -> FaceTrack {
    let at = |face: Option<&Face>| face.map_or(0.0, |face| face.at_s);
    let name = portrait_name(track.index);
    FaceTrack {
        index: track.index,
        span_s: [at(track.faces.first()), at(track.faces.last())],
        face_px: original_px(track),
        sightings: track
            .faces
            .iter()
            .map(|face| Sighting {
                at_s: face.at_s,
                bounding_box: bounding_box(face),
                confidence: face.confidence,
            })
            .collect(),
        portrait: pictures.iter().any(|picture| picture.name == name).then_some(name),
    }
}

fn portrait_name(track: u32) -> String {
    format!("portrait-{track}.jpg")
}

/// Each track's best crop: usable, large, frontal.
fn portraits(tracks: &[Track]) -> Vec<Picture> {
    let rank = |face: &Face| {
        let usable = if face.obstacle().is_none() { 1e6 } else { 0.0 };
        usable + face.face_px() - face.yaw_degrees.abs()
    };
    let picture = |track: &Track| {
        let face = track.faces.iter().max_by(|one, other| rank(one).total_cmp(&rank(other)))?;
        let crop = &face.crop;
        let bytes = logged(jpeg(&crop.rgb, crop.width, crop.height, JPEG_QUALITY))?;
        Some(Picture {
            name: portrait_name(track.index),
            kind: DerivativeKind::Crop,
            media_type: "image/jpeg",
            at_s: Some(face.at_s),
            track: Some(track.index),
            recipe: "the track's largest frontal crop".to_owned(),
            bytes,
        })
    };
    tracks.iter().filter_map(picture).collect()
}

/// A few whole frames, evenly spread.
fn frame_pictures(thumbnails: &[Thumbnail]) -> Vec<Picture> {
    let count = thumbnails.len().min(FRAME_PICTURES);
    let chosen = (0..count).filter_map(|number| thumbnails.get(number * thumbnails.len() / count.max(1)));
    let picture = |thumbnail: &Thumbnail| {
        let pixels = &thumbnail.pixels;
        let bytes = logged(jpeg(&pixels.rgb, pixels.width, pixels.height, JPEG_QUALITY))?;
        Some(Picture {
            name: format!("frame-{:03}.jpg", thumbnail.frame),
            kind: DerivativeKind::Frame,
            media_type: "image/jpeg",
            at_s: Some(thumbnail.at_s),
            track: None,
            recipe: format!("frame scaled to {} × {} px", pixels.width, pixels.height),
            bytes,
        })
    };
    chosen.filter_map(picture).collect()
}

fn logged(bytes: Result<Vec<u8>, EncodeError>) -> Option<Vec<u8>> {
    bytes.inspect_err(|error| tracing::error!(%error, "cannot encode a picture: {error}")).ok()
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
