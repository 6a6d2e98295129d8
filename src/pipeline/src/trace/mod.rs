//! A suspect file → the original that it was made from, and what differs.
//!
//! - [`Tracer`]: the steps, in order; each works on what the sandboxed reader hands out
//! - [`Sources`]: where originals come from: an index to ask and files to open; [`Known`]: media that were handed in before
//! - `desk`: tracing within the service; what was found is remembered
//! - `read`: frames of a file, held in memory for spans that are bounded
//! - `place`: a candidate of the index → how the suspect lies in that original, or that it does not
//! - `extent`: from when until when, to a frame
//! - `differ`: which regions differ more than recompression explains
//! - `listen`: whether the sound is the original's, by its samples; `prints`: by fingerprints
//! - `show`, `film`: both side by side
//! - `finding`: the comparison as a finding of the report
//!
//! ✅ handled: suspects cut together from up to four pieces of one or several originals. ❌ not handled: pieces under 2.5 s; two originals in one frame
//! (the one of which most is shown is told); stills against clips where nothing but the still is known of the moment.

mod desk;
mod differ;
mod extent;
mod film;
mod finding;
pub mod known;
mod listen;
mod place;
mod prints;
mod read;
mod show;
mod sources;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::Instant;

use podlinnik_blobs::digest_reader;
use podlinnik_detectors::Picture;
use podlinnik_detectors::face::FacePipeline;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaKind, Warning};
use podlinnik_domain::original::ArchiveItem;
use podlinnik_domain::trace::{
    PictureState, PictureTrace, Searched, SoundState, SoundTrace, TRACE_SCHEMA, Trace, TracedOriginal,
    TracedPart,
};
use podlinnik_media::{MediaError, MediaLimits, MediaReader};
use podlinnik_onnx::{Models, OnnxError};
use podlinnik_similarity::archive::Candidate;
use podlinnik_similarity::signature::MediaSignature;

use self::place::{Found, Placed, Sides};
use crate::analyser::AnalyserSettings;
use crate::archive::recognise::{Recogniser, Suspected};
use crate::error::ServiceError;

pub(crate) use self::desk::{Remembered, TraceDesk, merge};
pub use self::known::Known;
pub use self::sources::{ArchiveSources, Sources};

/// Candidates of the index that are held against the suspect frame by frame.
const CANDIDATES: usize = 4;
/// Pieces that a suspect may be cut together from, and the shortest that is looked for, in seconds.
const PIECES: usize = 4;
const LEAST_PIECE_S: f64 = 2.5;
/// Two pieces of one original on one line in time, to this many seconds, are one piece.
const ONE_LINE_S: f64 = 0.2;

/// What a trace makes beside its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceOptions {
    /// Decides whether the calibration of the comparison has expired.
    pub now: Timestamp,
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
    /// What is kept of the suspect, so that later items are recognised.
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
    /// Whether the same may succeed by and by: the blob store is away.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Service(error) if error.code() == ErrorCode::StorageUnavailable)
    }

    /// The code that a user may see, and whether the file is refused for good (`true`) or our side failed (`false`).
    pub const fn code(&self) -> (ErrorCode, bool) {
        match self {
            Self::Media(error @ MediaError::Refused { .. }) => (error.code(), true),
            Self::Io(_) => (ErrorCode::MediaUnreadable, true),
            Self::Media(_) | Self::Service(_) | Self::Cancelled => (ErrorCode::AnalysisFailed, false),
        }
    }
}

/// A candidate that explains this share of the suspect is looked no further than.
const ENOUGH: f64 = 0.6;

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
        file: File,
        name: Option<String>,
        sources: &dyn Sources,
        options: TraceOptions,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Traced, TraceError> {
        self.trace_read((file, None), name, sources, options, progress)
    }

    /// The same for a file that was read before.
    pub(crate) fn trace_read(
        &self,
        (mut file, read): (File, Option<Suspected>),
        name: Option<String>,
        sources: &dyn Sources,
        options: TraceOptions,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Traced, TraceError> {
        let begin = Instant::now();
        let mut work =
            Work { warnings: Vec::new(), timing_ms: BTreeMap::new(), pictures: Vec::new(), progress };
        let sha256 = work.timed("hash", |_| digest_reader(&mut file))?.sha256;
        let signed = match read {
            Some(read) => read,
            None => work.timed("scan", |work| self.sign(&file, work))?,
        };
        work.warnings.extend(signed.warnings.iter().cloned());
        work.step(400)?;
        let known_copies = work.timed("known_copies", |_| sources.known_copies(sha256, &signed.asking))?;
        let suspect = Suspect { file: &file, signed: &signed };
        let mut searched = sources.searched();
        let placed = self.pieces(&suspect, sources, &mut searched, &mut work)?;
        let mut trace = Trace {
            schema: TRACE_SCHEMA.to_owned(),
            podlinnik_version: env!("CARGO_PKG_VERSION").to_owned(),
            file: name,
            sha256,
            kind: signed.probe.kind,
            duration_s: signed.probe.duration_s,
            searched,
            original: None,
            picture: nothing_to_compare(),
            sound: SoundTrace { state: SoundState::NotCompared, reason: None, spans: Vec::new() },
            further: Vec::new(),
            known_copies,
            warnings: Vec::new(),
            derivatives: Vec::new(),
            timing_ms: BTreeMap::new(),
        };
        let count = u16::try_from(placed.len()).unwrap_or(1).max(1);
        for (number, placed) in (0_u16..).zip(&placed) {
            work.step(600 + 400 * number / count)?;
            let options = TraceOptions { film: options.film && number == 0, ..options };
            let part = self.describe(&suspect, placed, sources, (options, usize::from(number)), &mut work)?;
            if number == 0 {
                trace.original = Some(part.original);
                (trace.picture, trace.sound) = (part.picture, part.sound);
            } else {
                trace.further.push(part);
            }
        }
        trace.further.sort_by(|one, other| {
            one.original.suspect_span_s[0].total_cmp(&other.original.suspect_span_s[0])
        });
        work.step(1000)?;
        let Work { warnings, mut timing_ms, pictures, .. } = work;
        timing_ms.insert("total".to_owned(), (begin.elapsed().as_secs_f64() * 1e5).round() / 100.0);
        trace.warnings = warnings;
        trace.timing_ms = timing_ms;
        trace.derivatives = pictures.iter().map(Picture::describe).collect();
        Ok(Traced { trace, pictures, signature: signed.kept })
    }

    /// What the suspect is, and what it is recognised by.
    fn sign(&self, file: &File, work: &mut Work<'_>) -> Result<Suspected, TraceError> {
        let mut wanted = true;
        let mut progress = |permille: u16| {
            wanted &= (work.progress)(permille * 2 / 5);
            wanted
        };
        let read = self.recogniser.read_suspect(file.try_clone()?, &mut progress);
        if !wanted {
            return Err(TraceError::Cancelled);
        }
        Ok(read?)
    }

    /// The pieces of the suspect of which the original is known, the longest first.
    fn pieces(
        &self,
        suspect: &Suspect<'_>,
        sources: &dyn Sources,
        searched: &mut Searched,
        work: &mut Work<'_>,
    ) -> Result<Vec<Placed>, TraceError> {
        let mut pieces: Vec<Placed> = Vec::new();
        let mut left = suspect.signed.asking.clone();
        while pieces.len() < PIECES {
            let candidates = work.timed("candidates", |_| sources.candidates(&left));
            if pieces.is_empty() {
                searched.candidates = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
            }
            let whole_s = if pieces.is_empty() { suspect.duration_s() } else { 0.0 };
            let Some(mut found) = self.place_best(suspect, candidates, sources, whole_s, work)? else {
                break;
            };
            let told = pieces.iter().map(|piece| piece.suspect_span_s);
            let span_s = longest_outside(found.suspect_span_s, told.collect());
            if !pieces.is_empty() && span_s[1] - span_s[0] < LEAST_PIECE_S {
                break;
            }
            found.suspect_span_s = span_s;
            match pieces.iter_mut().find(|piece| piece.goes_on_in(&found)) {
                Some(piece) => piece.take_in(&found),
                None => pieces.push(found),
            }
            let told: Vec<[f64; 2]> = pieces.iter().map(|piece| piece.suspect_span_s).collect();
            if suspect.is_still() || longest_outside([0.0, suspect.duration_s()], told.clone())[1] == 0.0 {
                break;
            }
            left = left.without(&told);
            if left.frames().len() < 3 {
                break;
            }
        }
        pieces.sort_by(|one, other| other.length_s().total_cmp(&one.length_s()));
        Ok(pieces)
    }

    /// The first candidate that proves to be the original of most of `whole_s` seconds; if none does, the one that explains most.
    fn place_best(
        &self,
        suspect: &Suspect<'_>,
        candidates: Vec<Candidate>,
        sources: &dyn Sources,
        whole_s: f64,
        work: &mut Work<'_>,
    ) -> Result<Option<Placed>, TraceError> {
        let mut best: Option<Placed> = None;
        for (number, candidate) in (0_u16..).zip(candidates.into_iter().take(CANDIDATES)) {
            work.step(420 + 40 * number)?;
            let Some(item) = sources.item(candidate.id) else { continue };
            let original = match sources.open(&item) {
                Ok(Some(original)) => original,
                Ok(None) => {
                    work.complain(&item, "its file is not where it was");
                    continue;
                }
                // An original that nobody can look at now is not one that is missing.
                Err(error) if error.code() == ErrorCode::StorageUnavailable => return Err(error.into()),
                Err(error) => {
                    work.complain(&item, &error.to_string());
                    continue;
                }
            };
            match work.timed("align", |_| place::place(&self.sides(suspect, &original, &item), &candidate)) {
                Ok(Some(found)) => {
                    let Found { alignment, suspect_span_s } = found;
                    let placed = Placed { item, file: original, candidate, alignment, suspect_span_s };
                    if placed.length_s() >= ENOUGH * whole_s {
                        return Ok(Some(placed));
                    }
                    if best.as_ref().is_none_or(|best| placed.length_s() > best.length_s()) {
                        best = Some(placed);
                    }
                }
                Ok(None) => {}
                Err(error) => work.complain(&item, &error.to_string()),
            }
        }
        Ok(best)
    }

    fn sides<'a>(&'a self, suspect: &Suspect<'a>, original: &'a File, item: &ArchiveItem) -> Sides<'a> {
        Sides {
            suspect: (&self.reader, suspect.file),
            original: (&self.originals, original),
            suspect_s: suspect.duration_s(),
            original_s: item.duration_s.unwrap_or(0.0),
            still: suspect.is_still(),
        }
    }

    /// What differs, now that the original of a piece is known.
    fn describe(
        &self,
        suspect: &Suspect<'_>,
        placed: &Placed,
        sources: &dyn Sources,
        (options, number): (TraceOptions, usize),
        work: &mut Work<'_>,
    ) -> Result<TracedPart, TraceError> {
        let Suspected { probe, asking, .. } = suspect.signed;
        let attribution = placed.item.attribution.clone();
        let original = TracedOriginal {
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
            transform: placed.transform(probe, &placed.item),
        };
        let sides = self.sides(suspect, &placed.file, &placed.item);
        let (mut picture, mut marks) = (nothing_to_compare(), Vec::new());
        if placed.alignment.is_some() {
            let size = [probe.width, probe.height];
            match work
                .timed("compare", |_| differ::differ(&sides, placed, self.faces.as_ref(), size, options.now))
            {
                Ok(found) => (picture, marks) = (found.picture, found.marks),
                Err(error) => work.complain(&placed.item, &error.to_string()),
            }
        }
        let known = sources.signature(&placed.item)?;
        let has_sound = probe.audio_codec.is_some();
        let heard = work
            .timed("sound", |_| listen::listen(&sides, placed, asking, known.as_ref(), has_sound))
            .unwrap_or_else(|error| {
                work.complain(&placed.item, &error.to_string());
                SoundTrace { state: SoundState::NotCompared, reason: None, spans: Vec::new() }
            });
        if options.film || options.picture {
            let made = work.timed("film", |_| show::show(&sides, placed, &marks, options, number));
            match made {
                Ok(pictures) => work.pictures.extend(pictures),
                Err(error) => work.complain(&placed.item, &error),
            }
        }
        Ok(TracedPart { original, picture, sound: heard })
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
    signed: &'a Suspected,
}

impl Suspect<'_> {
    fn duration_s(&self) -> f64 {
        self.signed.probe.duration_s.unwrap_or_else(|| self.signed.asking.duration_s())
    }

    fn is_still(&self) -> bool {
        self.signed.probe.kind == MediaKind::Image
    }
}

/// The longest stretch of a span that no other span covers; empty, at 0, where there is none of [`LEAST_PIECE_S`]. Without other spans it is all of it.
fn longest_outside(span_s: [f64; 2], mut told: Vec<[f64; 2]>) -> [f64; 2] {
    if told.is_empty() {
        return span_s;
    }
    told.sort_by(|one, other| one[0].total_cmp(&other[0]));
    let mut longest = [0.0, 0.0];
    let mut from_s = span_s[0];
    for [begin_s, end_s] in told.into_iter().chain([[span_s[1], f64::MAX]]) {
        let until_s = begin_s.min(span_s[1]);
        if until_s - from_s >= LEAST_PIECE_S.max(longest[1] - longest[0]) {
            longest = [from_s, until_s];
        }
        from_s = from_s.max(end_s);
    }
    longest
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
