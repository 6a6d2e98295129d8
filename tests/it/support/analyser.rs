//! A stand-in for the analyser: quick, without models, and told by the bytes themselves what to do.

use std::fs::File;
use std::io::Read as _;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use podlinnik_domain::analysis::{
    Combined, CombinedState, Derivative, DerivativeKind, REPORT_SCHEMA, Report,
};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::finding::{Finding, FindingState, MethodId};
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::media::{MediaDescription, MediaKind, Quality};
use podlinnik_domain::reason::Reason;
use podlinnik_domain::trace::{CopyComparison, TRACE_SCHEMA, Trace};
use podlinnik_pipeline::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use podlinnik_pipeline::archive::{Recognise, Recognised};
use podlinnik_pipeline::recognition::CopyComparer;
use podlinnik_pipeline::record::NewSignature;
use podlinnik_pipeline::trace::TraceError;
use podlinnik_pipeline::{
    CheckError, CheckOptions, Checked, ExamineError, MediaAnalyser, MediaError, MediaLimits, MediaReader,
    ModelInfo, Picture,
};
use podlinnik_similarity::signature::MediaSignature;

use super::scenes;
use crate::check_program::PROGRAM;

/// A PNG of one pixel.
pub(crate) const PIXEL_PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00,
    0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xfc, 0xcf, 0xc0, 0x50, 0x0f, 0x00, 0x04,
    0x85, 0x01, 0x80, 0x84, 0xa9, 0x8c, 0x21, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42,
    0x60, 0x82,
];

/// Examines nothing. Bytes that begin with `REFUSE ` and a code are refused with it, bytes that begin with `FAIL` fail on our side;
/// everything else gets a report in which the only method found no face; bytes that begin with `TRACED` come from an original.
#[derive(Debug, Default)]
pub(crate) struct FakeAnalyser {
    held: Mutex<bool>,
    released: Condvar,
    reader: Mutex<Option<MediaReader>>,
}

impl FakeAnalyser {
    /// Analyses stop half-way until [`FakeAnalyser::release`].
    pub(crate) fn hold(&self) {
        *self.held.lock().unwrap() = true;
    }

    /// From now on previews can be made, by the program under test.
    pub(crate) fn read_media(&self) {
        *self.reader.lock().unwrap() = Some(MediaReader::new(PROGRAM.into(), MediaLimits::default()));
    }

    pub(crate) fn release(&self) {
        *self.held.lock().unwrap() = false;
        self.released.notify_all();
    }
}

impl MediaAnalyser for FakeAnalyser {
    fn models(&self) -> Vec<ModelInfo> {
        Vec::new()
    }

    fn reader(&self) -> Option<MediaReader> {
        self.reader.lock().unwrap().clone()
    }

    fn check(
        &self,
        mut file: File,
        options: &CheckOptions,
        _now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        for permille in [250, 500] {
            if !progress(permille) {
                return Err(ExamineError::Cancelled.into());
            }
        }
        let mut held = self.held.lock().unwrap();
        while *held {
            if !progress(500) {
                return Err(ExamineError::Cancelled.into());
            }
            held = self.released.wait_timeout(held, Duration::from_millis(20)).unwrap().0;
        }
        drop(held);
        if let Some(code) = bytes.strip_prefix(b"REFUSE ") {
            let code: ErrorCode = String::from_utf8_lossy(code).trim().parse().unwrap();
            return Err(ExamineError::from(MediaError::refused(code, "the bytes ask for it")).into());
        }
        if bytes.starts_with(b"FAIL") {
            return Err(ExamineError::Frame("secret detail: the bytes ask for it".into()).into());
        }
        Ok(report(&bytes, options.file_name.clone()))
    }
}

fn report(bytes: &[u8], file: Option<String>) -> Checked {
    let method = MethodId::from_static("face_manipulation");
    let mut finding = Finding::empty(method, "0-test", FindingState::NotApplicable);
    finding.reason = Some(Reason::NoFace);
    let picture = Picture {
        name: "frame-000.png".into(),
        kind: DerivativeKind::Frame,
        media_type: "image/png",
        at_s: None,
        track: None,
        recipe: "one pixel".into(),
        bytes: PIXEL_PNG.to_vec(),
    };
    let report = Report {
        schema: REPORT_SCHEMA.into(),
        podlinnik_version: env!("CARGO_PKG_VERSION").into(),
        file,
        media: MediaDescription {
            sha256: Sha256::of(bytes),
            blake3: Blake3::from_bytes([7; 32]),
            size_bytes: bytes.len() as u64,
            kind: MediaKind::Image,
            container: "png".into(),
            video_codec: None,
            audio_codec: None,
            duration_s: None,
            width: Some(1),
            height: Some(1),
            fps: None,
            rotation_degrees: 0,
            quality: Quality::default(),
            metadata: Vec::new(),
        },
        tracks: Vec::new(),
        findings: vec![finding],
        combined: Combined {
            state: CombinedState::NotApplicable,
            reason: Some(Reason::NoFace),
            calibration_id: None,
            llr10: None,
            llr10_ceiling: None,
            word: None,
            score: None,
        },
        trace: bytes.starts_with(b"TRACED").then(|| trace(bytes)),
        warnings: Vec::new(),
        derivatives: vec![Derivative {
            name: picture.name.clone(),
            kind: picture.kind,
            media_type: picture.media_type.into(),
            sha256: Sha256::of(&picture.bytes),
            size_bytes: picture.bytes.len() as u64,
            at_s: None,
            track: None,
            recipe: picture.recipe.clone(),
        }],
        timing_ms: [("total".to_owned(), 1.5)].into(),
    };
    Checked { report, pictures: vec![picture] }
}

/// An original was found, and the picture altered.
fn trace(bytes: &[u8]) -> Trace {
    let trace = serde_json::json!({
        "schema": TRACE_SCHEMA,
        "podlinnik_version": "0-test",
        "file": null,
        "sha256": Sha256::of(bytes),
        "kind": "video",
        "duration_s": 10.0,
        "searched": {"originals": 1, "hours": 0.1, "candidates": 1},
        "original": {
            "id": "01a20878-1724-77a5-b6cd-7c0c9cbb9e3a",
            "sha256": Sha256::of(b"original"),
            "path": "speech.mp4",
            "title": "Выступление губернатора",
            "source": null,
            "recorded": "2024-05-03T14:02",
            "link": null,
            "vouched_by": "Пресс-служба губернатора",
            "suspect_span_s": [0.0, 10.0],
            "original_span_s": [8.0, 18.0],
            "transform": {
                "crop": null, "homography": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], "mirror": false, "offset_s": 8.0,
                "placed": null, "rotation_degrees": 0.0, "scale": 1.0, "speed": 1.0
            }
        },
        "picture": {"state": "altered", "regions": [], "overlays": [], "frames": 40},
        "sound": {"state": "other", "spans": []},
        "known_copies": [],
        "series": null,
        "warnings": [],
        "derivatives": [],
        "timing_ms": {}
    });
    serde_json::from_value(trace).unwrap()
}

/// Recognises scenes that a line of text describes; refuses what begins with `REFUSE`.
#[derive(Debug)]
pub(crate) struct FakeRecogniser;

impl Recognise for FakeRecogniser {
    fn signature(&self) -> (&'static str, u32) {
        (SIGNATURE_KIND, SIGNATURE_VERSION)
    }

    fn recognise(
        &self,
        mut file: File,
        _progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Recognised, MediaError> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if bytes.starts_with(b"REFUSE") {
            return Err(MediaError::refused(ErrorCode::MediaDamaged, "as told"));
        }
        let (signature, still) = scenes::seen(&bytes);
        Ok(Recognised {
            kind: if still { MediaKind::Image } else { MediaKind::Video },
            duration_s: Some(4.0),
            width: Some(640),
            height: Some(480),
            fps: Some(25.0),
            signature: NewSignature {
                kind: SIGNATURE_KIND.to_owned(),
                version: SIGNATURE_VERSION,
                bytes: signature.to_bytes(),
            },
            warnings: Vec::new(),
        })
    }
}

/// Holds nothing against anything: what follows the line break of the suspect's text says what comes out; nothing there means the same.
#[derive(Debug)]
pub(crate) struct FakeComparer;

impl CopyComparer for FakeComparer {
    fn compare(
        &self,
        mut suspect: File,
        _known: File,
        _signature: &MediaSignature,
        _now: Timestamp,
        _progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<CopyComparison, TraceError> {
        let mut text = String::new();
        suspect.read_to_string(&mut text)?;
        Ok(match text.lines().nth(1).unwrap_or_default() {
            "other lips" => CopyComparison::PictureDiffers,
            "other sound" => CopyComparison::SoundDiffers,
            "unclear" => CopyComparison::Undecided,
            _ => CopyComparison::Same,
        })
    }
}
