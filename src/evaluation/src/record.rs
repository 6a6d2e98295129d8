//! What was measured on one file: one line of `results.jsonl`.

use std::collections::BTreeMap;

use podlinnik_domain::analysis::Report;
use podlinnik_domain::finding::{Finding, FindingState};
use podlinnik_domain::media::MediaKind;
use serde::{Deserialize, Serialize};

use crate::localisation::Pointed;
use crate::set::{Label, LabelledFile};

/// The version of a line's form.
pub const RECORD_SCHEMA: &str = "podlinnik-evaluation-result/1";

/// One file: what is known of it, what was measured, and with what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// [`RECORD_SCHEMA`].
    pub schema: String,
    /// Name within the set.
    pub file: String,
    /// What is true of it.
    pub label: Label,
    /// What it was made from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    /// The manifest's further columns.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub buckets: BTreeMap<String, String>,
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// Digest of models, calibrations and options that measured it.
    pub models: String,
    /// SHA-256 of the program that measured it.
    pub program: String,
    /// What the media is; none if it was refused.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub media: Option<MediaFacts>,
    /// Why it was refused or could not be examined: an error code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<String>,
    /// All methods together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub combined: Option<Outcome>,
    /// The methods in the registry's order; of several faces, the one with the highest score.
    #[serde(default)]
    pub methods: Vec<MethodOutcome>,
    /// Where a method's heat map points, against what was changed; by method, only where the original is known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub pointed: BTreeMap<String, Pointed>,
    /// Other detectors by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub others: BTreeMap<String, OtherScore>,
}

/// What the media is, as far as slices need it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MediaFacts {
    /// Image, video, …
    pub kind: MediaKind,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub width: Option<u32>,
    /// Pixels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub height: Option<u32>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_s: Option<f64>,
    /// Bits per second.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bitrate: Option<u64>,
    /// Side of the most prominent face in pixels.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub face_px: Option<f64>,
    /// Quality bucket of that face.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality_bucket: Option<String>,
}

/// How a method, or all together, ended on a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// `finding`, `abstained`, `not_applicable`, `failed` or `pending`.
    pub state: String,
    /// Why there is no finding: a reason's code, or an error's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Which calibration or fusion.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calibration_id: Option<String>,
    /// Calibrated log10 likelihood ratio, cut to the ceiling.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10: Option<f64>,
    /// The most that may be said in that direction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10_ceiling: Option<f64>,
    /// The word for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub word: Option<String>,
    /// Uncalibrated score in [0, 1].
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    /// The bucket that the calibration was taken from.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quality_bucket: Option<String>,
}

/// One method's outcome and what it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MethodOutcome {
    /// The method's stable name.
    pub method: String,
    /// Version of code and model.
    pub version: String,
    /// SHA-256 of its model.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model_sha256: Option<String>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What another detector said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OtherScore {
    /// The command that was run.
    pub command: String,
    /// Its number, higher = more fake; none if it gave none.
    pub score: Option<f64>,
    /// Why it gave none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

impl Record {
    /// A file of which nothing is measured yet.
    pub fn new(file: &LabelledFile, sha256: String, models: String, program: String) -> Self {
        Self {
            schema: RECORD_SCHEMA.to_owned(),
            file: file.name.clone(),
            label: file.label,
            group: file.group.clone(),
            buckets: file.buckets.clone(),
            sha256,
            models,
            program,
            media: None,
            refused: None,
            combined: None,
            methods: Vec::new(),
            pointed: BTreeMap::new(),
            others: BTreeMap::new(),
        }
    }

    /// Takes what the manifest says today: a corrected label needs no new examination.
    pub fn relabel(&mut self, file: &LabelledFile) {
        self.label = file.label;
        self.group.clone_from(&file.group);
        self.buckets.clone_from(&file.buckets);
    }

    /// Takes what a report says.
    pub fn measured(&mut self, report: &Report) {
        let quality = &report.media.quality;
        self.media = Some(MediaFacts {
            kind: report.media.kind,
            width: report.media.width,
            height: report.media.height,
            duration_s: report.media.duration_s,
            bitrate: quality.bitrate,
            face_px: quality.face_px,
            quality_bucket: quality.bucket.clone(),
        });
        let combined = &report.combined;
        self.combined = Some(Outcome {
            state: combined.state.code().to_owned(),
            reason: combined.reason.map(|reason| reason.code().to_owned()),
            calibration_id: combined.calibration_id.clone(),
            llr10: combined.llr10.map(f64::from),
            llr10_ceiling: combined.llr10_ceiling.map(f64::from),
            word: combined.word.map(|word| word.code().to_owned()),
            score: combined.score,
            quality_bucket: None,
        });
        self.methods.clear();
        for finding in &report.findings {
            let outcome = method_outcome(finding);
            match self.methods.iter_mut().find(|known| known.method == outcome.method) {
                Some(known) if more_telling(&outcome.outcome, &known.outcome) => *known = outcome,
                Some(_) => {}
                None => self.methods.push(outcome),
            }
        }
    }
}

fn method_outcome(finding: &Finding) -> MethodOutcome {
    let reason = finding.reason.map(|reason| reason.code().to_owned());
    MethodOutcome {
        method: finding.method.as_str().to_owned(),
        version: finding.version.clone(),
        model_sha256: finding.model_sha256.map(|digest| digest.to_string()),
        outcome: Outcome {
            state: finding.state.code().to_owned(),
            reason: reason.or_else(|| finding.error.map(|error| error.to_string())),
            calibration_id: finding.calibration_id.clone(),
            llr10: finding.llr10.map(f64::from),
            llr10_ceiling: finding.llr10_ceiling.map(f64::from),
            word: finding.word.map(|word| word.code().to_owned()),
            score: finding.score,
            quality_bucket: finding.quality_bucket.clone(),
        },
    }
}

/// Of several faces, an answer before a silence, then the higher score.
fn more_telling(one: &Outcome, other: &Outcome) -> bool {
    let key = |outcome: &Outcome| {
        (outcome.state == FindingState::Finding.code(), outcome.score.unwrap_or(f64::NEG_INFINITY))
    };
    let ((answered, score), (other_answered, other_score)) = (key(one), key(other));
    (answered && !other_answered) || (answered == other_answered && score > other_score)
}
