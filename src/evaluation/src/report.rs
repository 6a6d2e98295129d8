//! The evaluation report, `podlinnik-evaluation/2`; `SCHEMA.md` says what each field means.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::answers::Bin;
use crate::interval::{Estimate, Rate};
use crate::localisation::Localisation;
use crate::set::Label;

/// The version of the report's form. Version 1 was written by the training scripts.
pub const EVALUATION_SCHEMA: &str = "podlinnik-evaluation/2";

/// Everything that was measured on a set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvaluationReport {
    /// [`EVALUATION_SCHEMA`].
    pub schema: String,
    /// The day that was named as the day of the evaluation.
    pub date: Option<String>,
    /// What was evaluated on.
    pub set: SetFacts,
    /// What was evaluated.
    pub subject: Subject,
    /// How intervals were made.
    pub bootstrap: BootstrapFacts,
    /// The combination, each method, each other detector.
    pub detectors: Vec<DetectorReport>,
    /// Paired differences to other detectors.
    pub differences: Vec<Difference>,
    /// How well heat maps point at what was changed; by method, only where originals are known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub localisation: BTreeMap<String, Localisation>,
    /// The worst mistakes of the combination, worst first.
    pub mistakes: Vec<Mistake>,
    /// Files that were refused or could not be examined, by error code.
    pub refused: BTreeMap<String, Vec<String>>,
    /// What a reader has to know before believing a number.
    pub notes: Vec<String>,
}

/// The set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetFacts {
    /// Its name.
    pub name: String,
    /// Files.
    pub files: usize,
    /// Genuine ones.
    pub genuine: usize,
    /// Fakes.
    pub fake: usize,
    /// Groups (source videos); a file without one counts as its own.
    pub groups: usize,
    /// What counts once.
    pub unit: Unit,
    /// SHA-256 over names, labels, groups and digests of all files.
    pub sha256: String,
}

/// What counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Each file.
    #[default]
    File,
    /// All files of a group with the same label together: mean score, mean log10 likelihood ratio.
    Group,
}

/// Program and models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Version of Podlinnik.
    pub podlinnik_version: String,
    /// SHA-256 of the programs that measured; more than one if results of an older build were kept.
    pub programs: Vec<String>,
    /// Models by id.
    pub models: Vec<ModelFacts>,
    /// Method → version.
    pub methods: BTreeMap<String, String>,
    /// The media were taken as cropped faces.
    pub face_crop: bool,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its weights.
    pub sha256: String,
    /// SHA-256 of its calibration, if it has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calibration_sha256: Option<String>,
    /// It is withdrawn and not run.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub withdrawn: bool,
}

/// How intervals were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootstrapFacts {
    /// Rounds.
    pub rounds: usize,
    /// Seed.
    pub seed: u64,
}

/// What a detector is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetectorKind {
    /// All methods together: what a person reads first.
    Combined,
    /// One method.
    Method,
    /// A detector beside ours.
    Other,
}

/// One detector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectorReport {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: DetectorKind,
    /// On all files.
    pub overall: Slice,
    /// Dimension → value → numbers.
    pub buckets: BTreeMap<String, BTreeMap<String, Slice>>,
    /// ROC curve: (false-positive rate, true-positive rate).
    pub roc: Vec<[f64; 2]>,
    /// Band of the ROC curve: false-positive rate, 2.5th and 97.5th percentile of the true-positive rate.
    pub roc_band: Vec<[f64; 3]>,
    /// Reliability diagram.
    pub reliability: Vec<Bin>,
    /// Risk over coverage by |llr10|: (share of all files answered, share of wrong direction among them).
    pub risk_coverage_llr10: Vec<[f64; 2]>,
    /// The same by the distance of the score from ½, over every file with a score.
    pub risk_coverage_score: Vec<[f64; 2]>,
}

/// Numbers of a slice of the set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Items of the slice.
    pub n: Counts,
    /// Groups among them.
    pub groups: usize,
    /// Items with a score, answered or not; with `borrowed`, of that class all of the set.
    pub scored: Counts,
    /// The class that the slice lacks and that was taken from the whole set for everything that needs two classes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub borrowed: Option<Label>,
    /// Area under the ROC curve.
    pub auc: Option<Estimate>,
    /// Share of fakes found at a false-positive rate of at most 1 %.
    pub tpr_at_fpr_1_percent: Option<Estimate>,
    /// The same at 0.1 %.
    pub tpr_at_fpr_01_percent: Option<Estimate>,
    /// Equal error rate.
    pub eer: Option<Estimate>,
    /// Brier score of the posterior at prior ½, among answered.
    pub brier: Option<Estimate>,
    /// Expected calibration error, 15 bins, among answered.
    pub ece: Option<Estimate>,
    /// Area under risk–coverage by |llr10|, among answered.
    pub aurc_llr10: Option<Estimate>,
    /// The same by score margin, among scored.
    pub aurc_score: Option<Estimate>,
    /// Answered, of all.
    pub coverage: Rate,
    /// Answered, of genuine.
    pub coverage_genuine: Rate,
    /// Answered, of fakes.
    pub coverage_fake: Rate,
    /// |llr10| ≥ 0.5, of all: an answer that says something.
    pub informative: Rate,
    /// Error among answered: |llr10| ≥ 0.5 in the wrong direction, of answered.
    pub error_among_answered: Rate,
    /// llr10 ≥ 0.5, of answered genuine.
    pub wrongly_supports_manipulation: Rate,
    /// llr10 ≥ 1, of answered genuine.
    pub wrongly_supports_manipulation_strongly: Rate,
    /// llr10 ≤ −0.5, of answered fakes.
    pub wrongly_supports_absence: Rate,
    /// llr10 ≥ 0.5, of all fakes: fakes that were found.
    pub rightly_supports_manipulation: Rate,
    /// State or `state: reason` of what gave no answer → how many.
    pub silent: BTreeMap<String, Counts>,
}

/// Genuine and fake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Genuine.
    pub genuine: usize,
    /// Fake.
    pub fake: usize,
}

impl Counts {
    /// Both.
    pub const fn total(self) -> usize {
        self.genuine + self.fake
    }

    pub(crate) const fn add(&mut self, fake: bool) {
        *(if fake { &mut self.fake } else { &mut self.genuine }) += 1;
    }
}

/// AUC of one of our detectors minus that of another, on the files that both scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// Ours.
    pub detector: String,
    /// The other.
    pub other: String,
    /// Files that both scored.
    pub n: Counts,
    /// AUC of ours there.
    pub auc: f64,
    /// AUC of the other there.
    pub other_auc: f64,
    /// Ours minus the other's, with a paired bootstrap interval.
    pub difference: Estimate,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// Its (first) file.
    pub file: String,
    /// What is true.
    pub label: Label,
    /// Where it comes from, if the set says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// How it ended.
    pub state: String,
    /// Why there was no answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10: Option<f64>,
    /// Its word.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub word: Option<String>,
    /// The uncalibrated score.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
}
