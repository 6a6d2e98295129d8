//! A file → report and pictures, without any database.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use podlinnik_blobs::{BlobInfo, digest_reader};
use podlinnik_detectors::{Examination, ExamineError, ExamineOptions, Examiner, Picture};
use podlinnik_domain::analysis::{REPORT_SCHEMA, Report};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{MediaDescription, Warning, WarningCode};
use podlinnik_media::{MediaError, MediaLimits, MediaReader};
use podlinnik_onnx::{ModelInfo, Models, OnnxError};

use crate::extension::mismatch;

/// Where models and runtime are, and the limits.
#[derive(Debug, Clone)]
pub struct AnalyserSettings {
    /// Folder with `manifest.toml`.
    pub models: PathBuf,
    /// `libonnxruntime.so`; none: look where `cargo xtask run` puts it.
    pub onnxruntime: Option<PathBuf>,
    /// The binary that is started as the sandboxed reader, normally the running one.
    pub reader_program: PathBuf,
    /// Threads per model run.
    pub threads: usize,
    /// Limits on media.
    pub limits: MediaLimits,
    /// Wall-clock budget for one file in seconds.
    pub budget_s: f64,
}

/// How to check one file.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// The file's name for the report (never a path).
    pub file_name: Option<String>,
    /// The image is an already cropped face.
    pub face_crop: bool,
    /// Make pictures.
    pub pictures: bool,
}

/// Report and pictures. The report's `derivatives` describe exactly the pictures.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The report.
    pub report: Report,
    /// The pictures' bytes.
    pub pictures: Vec<Picture>,
}

/// Why a file gives no report.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It could not be examined.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// It could not be read for hashing.
    #[error("cannot read the file: {0}")]
    Io(#[from] std::io::Error),
}

impl CheckError {
    /// The code that a user may see, and whether the file is refused for good (`true`) or our side failed (`false`).
    pub const fn code(&self) -> (ErrorCode, bool) {
        match self {
            Self::Examine(ExamineError::Media(error @ podlinnik_media::MediaError::Refused { .. })) => {
                (error.code(), true)
            }
            Self::Examine(_) => (ErrorCode::AnalysisFailed, false),
            Self::Io(_) => (ErrorCode::MediaUnreadable, true),
        }
    }
}

/// What examines files for the service: [`Analyser`], or a stand-in in tests.
pub trait MediaAnalyser: std::fmt::Debug + Send + Sync + 'static {
    /// The installed models.
    fn models(&self) -> Vec<ModelInfo>;

    /// What reads media for previews; none: this process makes none.
    fn reader(&self) -> Option<MediaReader> {
        None
    }

    /// Hashes and examines a file; see [`Analyser::check`]. Blocks.
    ///
    /// # Errors
    /// [`CheckError`].
    fn check(
        &self,
        file: File,
        options: &CheckOptions,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError>;
}

impl MediaAnalyser for Analyser {
    fn models(&self) -> Vec<ModelInfo> {
        Self::models(self)
    }

    fn reader(&self) -> Option<MediaReader> {
        Some(self.reader.clone())
    }

    fn check(
        &self,
        file: File,
        options: &CheckOptions,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError> {
        Self::check(self, file, options, now, progress)
    }
}

/// Examines files. Safe to share between threads; a call blocks.
#[derive(Debug)]
pub struct Analyser {
    models: Arc<Models>,
    examiner: Examiner,
    reader: MediaReader,
    budget_s: f64,
}

impl Analyser {
    /// Loads runtime and models.
    ///
    /// # Errors
    /// [`OnnxError`].
    pub fn new(settings: AnalyserSettings) -> Result<Self, OnnxError> {
        let AnalyserSettings { models, onnxruntime, reader_program, threads, limits, budget_s } = settings;
        let models = Arc::new(Models::open(&models, onnxruntime.as_deref(), threads)?);
        let examiner = Examiner::new(Arc::clone(&models))?;
        Ok(Self { models, examiner, reader: MediaReader::new(reader_program, limits), budget_s })
    }

    /// The installed models.
    pub fn models(&self) -> Vec<ModelInfo> {
        self.models.list()
    }

    /// Hashes and examines a file. `now` decides whether a calibration has expired; `progress` gets thousandths and answers whether to go on.
    ///
    /// # Errors
    /// [`CheckError`].
    pub fn check(
        &self,
        mut file: File,
        options: &CheckOptions,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError> {
        let begin = Instant::now();
        let limit = self.reader.limits().file_bytes;
        let bytes = digest(&mut file, limit)?;
        let hash_ms = milliseconds(begin);
        if !progress(0) {
            return Err(ExamineError::Cancelled.into());
        }
        let examine = ExamineOptions {
            face_crop: options.face_crop,
            pictures: options.pictures,
            now,
            budget_s: self.budget_s,
        };
        let examination = self.examiner.examine(&self.reader, file, &examine, progress)?;
        let mut checked = assemble(bytes, examination, options.file_name.clone());
        checked.report.timing_ms.insert("hash".to_owned(), hash_ms);
        checked.report.timing_ms.insert("total".to_owned(), milliseconds(begin));
        checked.report.timing_ms.values_mut().for_each(|stage| *stage = hundredths(*stage));
        Ok(checked)
    }
}

fn refused(code: ErrorCode, detail: impl Into<String>) -> CheckError {
    CheckError::Examine(ExamineError::Media(MediaError::refused(code, detail)))
}

/// Hashes the whole file in one pass and rewinds it. Folders, empty files and files beyond `limit` are refused before they are read.
fn digest(file: &mut File, limit: u64) -> Result<BlobInfo, CheckError> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(refused(ErrorCode::MediaIsDirectory, "a directory"));
    }
    let too_large = || refused(ErrorCode::MediaTooLarge, format!("more than {limit} bytes"));
    if metadata.len() > limit {
        return Err(too_large());
    }
    file.rewind()?;
    // One byte more than allowed tells a file that grows meanwhile.
    let info = digest_reader(&mut (&mut *file).take(limit.saturating_add(1)))?;
    if info.size_bytes == 0 {
        return Err(refused(ErrorCode::MediaEmpty, "no bytes"));
    }
    if info.size_bytes > limit {
        return Err(too_large());
    }
    file.rewind()?;
    Ok(info)
}

/// Puts the report together from what was found and what the bytes are.
fn assemble(bytes: BlobInfo, examination: Examination, file_name: Option<String>) -> Checked {
    let Examination { probe, quality, tracks, findings, combined, mut warnings, pictures, timing_ms } =
        examination;
    if let Some(detail) = file_name.as_deref().and_then(|name| mismatch(name, &probe.container)) {
        warnings.push(Warning::new(WarningCode::ExtensionMismatch, detail));
    }
    let derivatives = pictures.iter().map(Picture::describe).collect();
    let sized = |side: u32| (side > 0).then_some(side);
    let media = MediaDescription {
        sha256: bytes.sha256,
        blake3: bytes.blake3,
        size_bytes: bytes.size_bytes,
        kind: probe.kind,
        container: probe.container,
        video_codec: probe.video_codec,
        audio_codec: probe.audio_codec,
        duration_s: probe.duration_s,
        width: sized(probe.width),
        height: sized(probe.height),
        fps: probe.fps,
        rotation_degrees: probe.rotation_degrees,
        quality,
        metadata: probe.metadata,
    };
    let report = Report {
        schema: REPORT_SCHEMA.to_owned(),
        podlinnik_version: env!("CARGO_PKG_VERSION").to_owned(),
        file: file_name,
        media,
        tracks,
        findings,
        combined,
        trace: None,
        warnings,
        derivatives,
        timing_ms,
    };
    Checked { report, pictures }
}

/// Milliseconds since `begin`.
fn milliseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0
}

/// What a clock can honestly tell of milliseconds.
fn hundredths(milliseconds: f64) -> f64 {
    (milliseconds * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use podlinnik_domain::analysis::{Combined, CombinedState, DerivativeKind};
    use podlinnik_domain::hash::Sha256;
    use podlinnik_domain::media::{MediaKind, Quality};
    use podlinnik_domain::reason::Reason;
    use podlinnik_media::Probe;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("written");
        file
    }

    fn code(result: Result<BlobInfo, CheckError>) -> Option<(ErrorCode, bool)> {
        result.err().map(|error| error.code())
    }

    #[test]
    fn a_file_is_hashed_from_its_beginning_and_handed_on_at_its_beginning() {
        // The position is at the end after writing.
        let mut file = file(b"abc");
        let info = digest(&mut file, 3).unwrap();
        assert_eq!(
            (info.sha256, info.blake3.as_bytes(), info.size_bytes),
            (
                Sha256::of(b"abc"),
                podlinnik_blobs::digest_reader(&mut &b"abc"[..]).unwrap().blake3.as_bytes(),
                3
            )
        );
        let mut rest = String::new();
        file.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "abc");
    }

    #[test]
    fn folders_empty_files_and_one_byte_too_many_are_refused_for_good() {
        assert_eq!(code(digest(&mut file(b""), 3)), Some((ErrorCode::MediaEmpty, true)));
        assert_eq!(code(digest(&mut file(b"abc"), 3)), None);
        assert_eq!(code(digest(&mut file(b"abcd"), 3)), Some((ErrorCode::MediaTooLarge, true)));
        let mut folder = File::open(std::env::temp_dir()).unwrap();
        assert_eq!(code(digest(&mut folder, 3)), Some((ErrorCode::MediaIsDirectory, true)));
    }

    #[test]
    fn the_report_describes_exactly_the_pictures_and_is_the_same_every_time() {
        let bytes = digest_reader(&mut &b"abc"[..]).unwrap();
        let examination = || Examination {
            probe: Probe {
                kind: MediaKind::Audio,
                container: "wav".into(),
                video_codec: None,
                audio_codec: Some("pcm_s16le".into()),
                width: 0,
                height: 0,
                rotation_degrees: 0,
                fps: None,
                frame_count: None,
                duration_s: Some(1.0),
                bitrate: None,
                metadata: Vec::new(),
            },
            quality: Quality::default(),
            tracks: Vec::new(),
            findings: Vec::new(),
            combined: Combined {
                state: CombinedState::NotApplicable,
                reason: Some(Reason::NoFace),
                calibration_id: None,
                llr10: None,
                llr10_ceiling: None,
                word: None,
                score: None,
            },
            warnings: Vec::new(),
            pictures: vec![Picture {
                name: "frame-000.png".into(),
                kind: DerivativeKind::Frame,
                media_type: "image/png",
                at_s: Some(0.5),
                track: None,
                recipe: "one frame".into(),
                bytes: b"pixels".to_vec(),
            }],
            timing_ms: std::collections::BTreeMap::new(),
        };
        let checked = assemble(bytes, examination(), Some("clip.mp4".into()));
        assert_eq!(checked.report.schema, REPORT_SCHEMA);
        assert_eq!((checked.report.media.width, checked.report.media.height), (None, None));
        assert_eq!(checked.report.derivatives[0].sha256, Sha256::of(b"pixels"));
        assert_eq!(checked.report.derivatives[0].size_bytes, 6);
        assert_eq!(checked.report.warnings[0].code, WarningCode::ExtensionMismatch);
        let again = assemble(bytes, examination(), Some("clip.mp4".into()));
        assert_eq!(again.report, checked.report);
        assert!(assemble(bytes, examination(), Some("tone.wav".into())).report.warnings.is_empty());
    }
}
