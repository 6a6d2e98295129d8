//! A suspect file → the original that it was made from, and what differs.
//!
//! - [`Tracer`]: the steps, in order; each works on what the sandboxed reader hands out
//! - [`Sources`]: where originals come from: an index to ask and files to open; [`Known`]: media that were handed in before
//! - `desk`: tracing within the service; what was found is remembered
//! - `read`: frames of a file, held in memory for spans that are bounded
//! - `place`: a candidate of the index → how the suspect lies in that original, or that it does not
//! - `extent`: from when until when, to a frame
//! - `differ`: which regions differ more than recompression explains
//! - `listen`: whether the sound is the original's
//! - `film`: both side by side
//!
//! ✅ handled: one original per suspect, the one of which most is shown. ❌ not handled: suspects put together from several originals (the others are
//! not told); stills against clips where nothing but the still is known of the moment.

mod desk;
mod differ;
mod extent;
mod film;
pub mod known;
mod listen;
mod place;
mod read;
mod sources;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use podlinnik_blobs::digest_reader;
use podlinnik_detectors::Picture;
use podlinnik_detectors::face::FacePipeline;
use podlinnik_domain::analysis::{Derivative, DerivativeKind};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::media::{MediaKind, Warning};
use podlinnik_domain::original::ArchiveItem;
use podlinnik_domain::trace::{
    PictureState, PictureTrace, SoundState, SoundTrace, TRACE_SCHEMA, Trace, TracedOriginal,
};
use podlinnik_media::{MediaError, MediaLimits, MediaReader, Probe};
use podlinnik_onnx::{Models, OnnxError};
use podlinnik_similarity::archive::Candidate;
use podlinnik_similarity::signature::MediaSignature;

use self::film::Mark;
use self::place::{Found, Placed, Sides};
use crate::analyser::AnalyserSettings;
use crate::archive::recognise::Recogniser;
use crate::error::ServiceError;

pub(crate) use self::desk::{Remembered, TraceDesk, merge};
pub use self::known::Known;
pub use self::sources::{ArchiveSources, Sources};

/// Candidates of the index that are held against the suspect frame by frame.
const CANDIDATES: usize = 4;
/// Longest stretch of the film, in seconds, and its frames a second.
const FILM_S: f64 = 20.0;
const FILM_FPS: f64 = 12.5;

/// What a trace makes beside its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceOptions {
    /// A picture of the most telling moment beside the original.
    pub picture: bool,
    /// A film of both in sync.
    pub film: bool,
}

/// The answer, and the bytes of what it names.
#[derive(Debug, Clone)]
pub struct Traced {
    /// The answer. Its `derivatives` describe exactly the pictures.
    pub trace: Trace,
    /// Pictures and films.
    pub pictures: Vec<Picture>,
    /// What the suspect is recognised by.
    pub signature: MediaSignature,
}

/// Why there is no trace.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The suspect could not be read.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The suspect could not be read for hashing.
    #[error("cannot read the file: {0}")]
    Io(#[from] std::io::Error),
    /// The store cannot say what is known.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Nobody wants it any more.
    #[error("cancelled")]
    Cancelled,
}

impl TraceError {
    /// The code that a user may see, and whether the file is refused for good (`true`) or our side failed (`false`).
    pub const fn code(&self) -> (ErrorCode, bool) {
        match self {
            Self::Media(error @ MediaError::Refused { .. }) => (error.code(), true),
            Self::Io(_) => (ErrorCode::MediaUnreadable, true),
            Self::Media(_) | Self::Service(_) | Self::Cancelled => (ErrorCode::AnalysisFailed, false),
        }
    }
}

/// Traces suspects. Safe to share between threads; a call blocks.
#[derive(Debug)]
pub struct Tracer {
    recogniser: Recogniser,
    reader: MediaReader,
    originals: MediaReader,
    faces: Option<FacePipeline>,
}

/// What was found out so far, and the time that it took.
struct Work<'a> {
    warnings: Vec<Warning>,
    timing_ms: BTreeMap<String, f64>,
    pictures: Vec<Picture>,
    progress: &'a mut dyn FnMut(u16) -> bool,
}

impl Work<'_> {
    fn step(&mut self, permille: u16) -> Result<(), TraceError> {
        if (self.progress)(permille) { Ok(()) } else { Err(TraceError::Cancelled) }
    }

    fn timed<T>(&mut self, stage: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let begin = Instant::now();
        let done = work(self);
        let milliseconds = begin.elapsed().as_secs_f64() * 1000.0;
        *self.timing_ms.entry(stage.to_owned()).or_default() += (milliseconds * 100.0).round() / 100.0;
        done
    }
}

impl Tracer {
    /// `program` is started as the sandboxed reader, normally the running one; `limits` hold for suspects. Without `faces` no region can be judged.
    pub fn new(program: PathBuf, limits: MediaLimits, faces: Option<FacePipeline>) -> Self {
        Self {
            recogniser: Recogniser::new(program.clone(), limits.clone()),
            reader: MediaReader::new(program.clone(), limits),
            originals: MediaReader::new(program, MediaLimits::archive()),
            faces,
        }
    }

    /// The same with the face models of an installation, whose other settings hold too.
    ///
    /// # Errors
    /// [`OnnxError`] if runtime or models cannot be loaded.
    pub fn open(settings: AnalyserSettings) -> Result<Self, OnnxError> {
        let AnalyserSettings { models, onnxruntime, reader_program, threads, limits, .. } = settings;
        let models = Models::open(&models, onnxruntime.as_deref(), threads)?;
        Ok(Self::new(reader_program, limits, Some(FacePipeline::new(&models)?)))
    }

    /// Looks for the original of a file and tells what differs. `progress` gets thousandths and answers whether to go on.
    ///
    /// # Errors
    /// [`TraceError`]. An original that cannot be read is a warning, not an error.
    pub fn trace(
        &self,
        mut file: File,
        name: Option<String>,
        sources: &dyn Sources,
        options: TraceOptions,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Traced, TraceError> {
        let begin = Instant::now();
        let mut work =
            Work { warnings: Vec::new(), timing_ms: BTreeMap::new(), pictures: Vec::new(), progress };
        let sha256 = work.timed("hash", |_| digest_reader(&mut file))?.sha256;
        let (probe, signature) = work.timed("scan", |work| self.sign(&file, work))?;
        work.step(400)?;
        let known_copies = work.timed("known_copies", |_| sources.known_copies(sha256, &signature))?;
        let candidates = work.timed("candidates", |_| sources.candidates(&signature));
        let mut searched = sources.searched();
        searched.candidates = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
        let suspect = Suspect { file: &file, probe: &probe, signature: &signature };
        let placed = self.place_best(&suspect, candidates, sources, &mut work)?;
        let mut trace = Trace {
            schema: TRACE_SCHEMA.to_owned(),
            podlinnik_version: env!("CARGO_PKG_VERSION").to_owned(),
            file: name,
            sha256,
            kind: probe.kind,
            duration_s: probe.duration_s,
            searched,
            original: None,
            picture: nothing_to_compare(),
            sound: SoundTrace { state: SoundState::NotCompared, reason: None, spans: Vec::new() },
            known_copies,
            warnings: Vec::new(),
            derivatives: Vec::new(),
            timing_ms: BTreeMap::new(),
        };
        if let Some(placed) = placed {
            self.describe(&suspect, &placed, sources, options, &mut trace, &mut work)?;
        }
        let Work { warnings, mut timing_ms, pictures, .. } = work;
        timing_ms.insert("total".to_owned(), (begin.elapsed().as_secs_f64() * 1e5).round() / 100.0);
        trace.warnings = warnings;
        trace.timing_ms = timing_ms;
        trace.derivatives = pictures.iter().map(derivative).collect();
        Ok(Traced { trace, pictures, signature })
    }

    /// What the suspect is, and what it is recognised by.
    fn sign(&self, file: &File, work: &mut Work<'_>) -> Result<(Probe, MediaSignature), TraceError> {
        let mut wanted = true;
        let mut progress = |permille: u16| {
            wanted &= (work.progress)(permille * 2 / 5);
            wanted
        };
        let read = self.recogniser.read(file.try_clone()?, &mut progress);
        if !wanted {
            return Err(TraceError::Cancelled);
        }
        let (probe, signature, warnings) = read?;
        work.warnings.extend(warnings);
        Ok((probe, signature))
    }

    /// The first candidate that proves to be the original.
    fn place_best(
        &self,
        suspect: &Suspect<'_>,
        candidates: Vec<Candidate>,
        sources: &dyn Sources,
        work: &mut Work<'_>,
    ) -> Result<Option<Placed>, TraceError> {
        for (number, candidate) in (0_u16..).zip(candidates.into_iter().take(CANDIDATES)) {
            work.step(420 + 40 * number)?;
            let Some(item) = sources.item(candidate.id) else { continue };
            let original = match sources.open(&item) {
                Ok(Some(original)) => original,
                Ok(None) => {
                    work.complain(&item, "its file is not where it was");
                    continue;
                }
                Err(error) => {
                    work.complain(&item, &error.to_string());
                    continue;
                }
            };
            let sides = Sides {
                suspect: (&self.reader, suspect.file),
                original: (&self.originals, &original),
                suspect_s: suspect.duration_s(),
                original_s: item.duration_s.unwrap_or(0.0),
                still: suspect.probe.kind == MediaKind::Image,
            };
            match work.timed("align", |_| place::place(&sides, &candidate)) {
                Ok(Some(found)) => {
                    let Found { alignment, suspect_span_s } = found;
                    return Ok(Some(Placed { item, file: original, candidate, alignment, suspect_span_s }));
                }
                Ok(None) => {}
                Err(error) => work.complain(&item, &error.to_string()),
            }
        }
        Ok(None)
    }

    /// Fills the trace in, now that the original is known.
    fn describe(
        &self,
        suspect: &Suspect<'_>,
        placed: &Placed,
        sources: &dyn Sources,
        options: TraceOptions,
        trace: &mut Trace,
        work: &mut Work<'_>,
    ) -> Result<(), TraceError> {
        work.step(600)?;
        let attribution = placed.item.attribution.clone();
        trace.original = Some(TracedOriginal {
            id: placed.item.id,
            sha256: placed.item.sha256,
            path: placed.item.path.clone(),
            title: attribution.title,
            source: attribution.source,
            recorded: attribution.recorded,
            link: attribution.link,
            vouched_by: attribution.vouched_by,
            suspect_span_s: placed.suspect_span_s.map(thousandths),
            original_span_s: placed.original_span_s().map(thousandths),
            transform: placed.transform(suspect.probe, &placed.item),
        });
        let sides = Sides {
            suspect: (&self.reader, suspect.file),
            original: (&self.originals, &placed.file),
            suspect_s: suspect.duration_s(),
            original_s: placed.item.duration_s.unwrap_or(0.0),
            still: suspect.probe.kind == MediaKind::Image,
        };
        let mut marks = Vec::new();
        if placed.alignment.is_some() {
            let size = [suspect.probe.width, suspect.probe.height];
            match work.timed("compare", |_| differ::differ(&sides, placed, self.faces.as_ref(), size)) {
                Ok(found) => {
                    trace.picture = found.picture;
                    marks = found.marks;
                }
                Err(error) => work.complain(&placed.item, &error.to_string()),
            }
        }
        work.step(850)?;
        let original = sources.signature(&placed.item)?;
        trace.sound = work.timed("sound", |_| listen::listen(suspect.signature, original.as_ref(), placed));
        if options.film || options.picture {
            let made = work.timed("film", |_| show(&sides, placed, &marks, options));
            match made {
                Ok(pictures) => work.pictures.extend(pictures),
                Err(error) => work.complain(&placed.item, &error),
            }
        }
        work.step(1000)
    }
}

impl Work<'_> {
    fn complain(&mut self, item: &ArchiveItem, what: &str) {
        tracing::warn!(archive_item.id = %item.id, "original {} cannot be used: {what}", item.id);
        let code = podlinnik_domain::media::WarningCode::OriginalUnreadable;
        self.warnings.push(Warning::new(code, format!("{}: {what}", item.id)));
    }
}

/// The suspect file.
struct Suspect<'a> {
    file: &'a File,
    probe: &'a Probe,
    signature: &'a MediaSignature,
}

impl Suspect<'_> {
    fn duration_s(&self) -> f64 {
        self.probe.duration_s.unwrap_or_else(|| self.signature.duration_s())
    }
}

/// Both side by side: the most telling moment as a picture, and a film.
fn show(
    sides: &Sides<'_>,
    placed: &Placed,
    marks: &[Mark],
    options: TraceOptions,
) -> Result<Vec<Picture>, String> {
    let Some(alignment) = &placed.alignment else { return Ok(Vec::new()) };
    let text = |error: &dyn std::error::Error| error.to_string();
    // the middle of what differs, else of all
    let middle_s = marks.get(marks.len() / 2).map_or_else(
        || f64::midpoint(placed.suspect_span_s[0], placed.suspect_span_s[1]),
        |mark| f64::midpoint(mark.span_s[0], mark.span_s[1]),
    );
    let [from_s, until_s] = placed.suspect_span_s;
    let begin_s = (middle_s - FILM_S / 2.0).min(until_s - FILM_S).max(from_s);
    let end_s = (begin_s + FILM_S).min(until_s);
    let wanted = ((end_s - begin_s) * FILM_FPS).floor().max(1.0) as usize;
    let mut times: Vec<f64> = (0..wanted).map(|at| begin_s + at as f64 / FILM_FPS).collect();
    if !options.film || sides.still {
        times = vec![middle_s];
    }
    let (ours, theirs) = sides.frames_at(&times, alignment, film::HALF).map_err(|error| text(&error))?;
    let pairs = || theirs.iter().map(AsRef::as_ref).zip(ours.iter().map(AsRef::as_ref));
    let mut made = Vec::new();
    let telling = pairs()
        .min_by(|one, other| (one.0.at_s - middle_s).abs().total_cmp(&(other.0.at_s - middle_s).abs()));
    if let Some((suspect, original)) = telling
        && options.picture
    {
        let sheet = film::sheet(suspect, original, alignment, marks).map_err(|error| text(&error))?;
        let bytes = podlinnik_media::encode::jpeg(&sheet.rgb, sheet.width, sheet.height, 88)
            .map_err(|error| text(&error))?;
        made.push(Picture {
            name: "beside-original.jpg".to_owned(),
            kind: DerivativeKind::Comparison,
            media_type: "image/jpeg",
            at_s: Some(suspect.at_s),
            track: None,
            recipe: "the suspect on the left, the original brought into its frame on the right; JPEG 88"
                .to_owned(),
            bytes,
        });
    }
    if options.film && !sides.still && theirs.len() > 1 {
        let bytes = film::side_by_side(pairs(), alignment, marks, FILM_FPS).map_err(|error| text(&error))?;
        made.push(Picture {
            name: "beside-original.mp4".to_owned(),
            kind: DerivativeKind::ComparisonFilm,
            media_type: "video/mp4",
            at_s: Some(begin_s),
            track: None,
            recipe: format!(
                "the suspect on the left, the original brought into its frame on the right, {FILM_FPS} frames a second, from {begin_s:.2} s to {end_s:.2} s of the suspect; H.264, CRF 24, no sound"
            ),
            bytes,
        });
    }
    Ok(made)
}

fn derivative(picture: &Picture) -> Derivative {
    Derivative {
        name: picture.name.clone(),
        kind: picture.kind,
        media_type: picture.media_type.to_owned(),
        sha256: Sha256::of(&picture.bytes),
        size_bytes: picture.bytes.len() as u64,
        at_s: picture.at_s,
        track: picture.track,
        recipe: picture.recipe.clone(),
    }
}

const fn nothing_to_compare() -> PictureTrace {
    PictureTrace {
        state: PictureState::NotCompared,
        reason: None,
        llr10: None,
        llr10_ceiling: None,
        calibration_id: None,
        regions: Vec::new(),
        overlays: Vec::new(),
        frames: 0,
        heat_map: None,
    }
}

/// What a clock can honestly tell of seconds.
fn thousandths(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
