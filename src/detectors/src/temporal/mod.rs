//! How a face moves from frame to frame: what single frames cannot show. See `README.md` beside this file.

mod assessment;
mod geometry;
mod measure;
mod plane;
mod region;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use podlinnik_domain::finding::Location;
use podlinnik_domain::language::Text;
use podlinnik_domain::likelihood::{Ceiling, Log10LikelihoodRatio};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::reason::Reason;
use podlinnik_onnx::{Engine, ModelInfo, Models, OnnxError};

use self::assessment::Assessment;
pub use self::assessment::measure;
pub use self::measure::{Burst, FEATURES, Obstacle};
use crate::calibration::Calibration;
use crate::detector::{
    Context, Descriptor, Detector, DetectorError, Evidence, MethodIdText, MethodResult, Outcome,
};

/// Id of the model.
pub(crate) const MODEL: &str = "temporal";
/// Share of the faces' prominence that has to be assessed.
const LEAST_SHARE: f64 = 0.5;
/// Bursts listed, the most telling first.
const LISTED: usize = 12;

/// What the method is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    id: MethodIdText("temporal"),
    version: "1",
    name: Text {
        ru: "Движение лица от кадра к кадру", en: "Motion of the face from frame to frame"
    },
    sees: Text {
        ru: "Дрожание черт лица, мерцание кожи и губ относительно окружения, скачки резкости, рывки рта и непостоянство пропорций в соседних кадрах.",
        en: "Trembling features, flicker of skin and lips against the surroundings, jumps in sharpness, jerks of the mouth and unsteady proportions in neighbouring frames.",
    },
    blind_to: Text {
        ru: "Снимки, гифки и ролики с низкой частотой кадров; мелкие, быстро движущиеся и отвёрнутые лица; подделки, сглаженные по времени; всё, что вне лица.",
        en: "Stills, GIFs and clips of a low frame rate; small, fast and averted faces; fakes that were smoothed over time; whatever is outside the face.",
    },
    model: Some(MODEL),
};

/// The method with its model and calibration.
#[derive(Debug)]
pub struct Temporal {
    model: ModelInfo,
    /// None if the model is withdrawn.
    engine: Option<Arc<dyn Engine>>,
    /// None if there is none that fits the model.
    calibration: Option<Calibration>,
}

impl Temporal {
    /// Takes the model out of `models` and the calibration out of the model's folder. A calibration that is missing or belongs to other weights is no error: the
    /// method then measures and abstains.
    ///
    /// # Errors
    /// [`OnnxError::Model`] if the manifest does not list the model.
    pub fn load(models: &Models) -> Result<Self, OnnxError> {
        if let Some(info) = models.info(MODEL).filter(|info| info.withdrawn) {
            return Ok(Self { model: info.clone(), engine: None, calibration: None });
        }
        let engine = models.engine(MODEL)?;
        let model = engine.model().clone();
        let calibration = Calibration::load(&model.folder, model.sha256)
            .inspect_err(|error| {
                tracing::warn!(model = MODEL, %error, "model `{MODEL}` has no usable calibration: {error}");
            })
            .ok();
        Ok(Self::with(engine, calibration))
    }

    /// Puts the method together.
    pub fn with(engine: Arc<dyn Engine>, calibration: Option<Calibration>) -> Self {
        let model = engine.model().clone();
        let engine = (!model.withdrawn).then_some(engine);
        Self { model, engine, calibration }
    }
}

impl Detector for Temporal {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn examine(&self, media: &Evidence, cx: &mut Context) -> Result<MethodResult, DetectorError> {
        if media.tracks.is_empty() {
            return Ok(MethodResult::not_applicable(Reason::NoFace));
        }
        if media.kind != MediaKind::Video {
            return Ok(MethodResult::not_applicable(Reason::NoMotion));
        }
        let mut result = MethodResult::abstained(Reason::ModelWithdrawn);
        result.model_sha256 = Some(self.model.sha256);
        let Some(engine) = &self.engine else { return Ok(result) };
        let mut assessments = Vec::with_capacity(media.tracks.len());
        for track in &media.tracks {
            assessments.push(assessment::assess(track, engine.as_ref(), self.calibration.as_ref(), cx)?);
        }
        if assessments.iter().all(|one| one.calibrated == Err(Reason::NoMotion)) {
            result.outcome = Outcome::NotApplicable(Reason::NoMotion);
            return Ok(result);
        }
        result.calibration_id = self.calibration.as_ref().map(|it| it.id().to_owned());
        result.score = assessments.iter().find_map(|one| one.logit).map(sigmoid);
        result.quality_bucket =
            assessments.iter().find_map(|one| one.calibrated.as_ref().ok()).map(|one| one.bucket.clone());
        result.outcome = combine(&assessments, media.dropped_prominence);
        result.locations = locations(&assessments);
        Ok(result)
    }
}

/// The media's ratio is the mean of its faces' ratios, weighted by prominence, as in `face_manipulation`: a face that could not be assessed counts as 1 and pulls
/// it towards "nothing can be said".
fn combine(assessments: &[Assessment<'_>], dropped: f64) -> Outcome {
    let total = dropped + assessments.iter().map(|one| one.track.prominence()).sum::<f64>();
    let (mut assessed, mut ratio, mut highest, mut lowest) = (0.0, 0.0, 0.0, 0.0);
    let mut false_positives: f64 = 0.0;
    let mut unassessed = (dropped / total.max(1e-9), Reason::TooManyFaces);
    for one in assessments {
        let share = one.track.prominence() / total.max(1e-9);
        match &one.calibrated {
            Ok(calibrated) => {
                assessed += share;
                ratio += share * 10_f64.powf(calibrated.llr10.value());
                highest += share * 10_f64.powf(calibrated.ceiling.in_favour.value());
                lowest += share * 10_f64.powf(-calibrated.ceiling.against.value());
                false_positives = false_positives.max(calibrated.false_positive_rate_upper95);
            }
            Err(reason) if share > unassessed.0 => unassessed = (share, *reason),
            Err(_) => {}
        }
    }
    if assessed < LEAST_SHARE {
        return Outcome::Abstained(unassessed.1);
    }
    let rest = 1.0 - assessed.min(1.0);
    let llr10 = Log10LikelihoodRatio::new((ratio + rest).log10());
    let ceiling = Ceiling::new((highest + rest).log10().max(0.0), (-(lowest + rest).log10()).max(0.0));
    match (llr10, ceiling) {
        (Ok(llr10), Ok(ceiling)) => Outcome::Answered {
            llr10: llr10.within(ceiling),
            ceiling,
            false_positive_rate_upper95: false_positives,
        },
        _ => Outcome::Abstained(Reason::OutOfDistribution),
    }
}

/// Tracks with what was looked at in them, then the bursts, the most telling first.
fn locations(assessments: &[Assessment<'_>]) -> Vec<Location> {
    let mut bursts: Vec<Location> = Vec::new();
    let mut tracks: Vec<Location> = Vec::new();
    for one in assessments {
        let track = Some(one.track.index);
        let spans = || one.bursts.iter().map(|(burst, _)| burst.span_s);
        if let (Some(first), Some(last), Some(logit)) = (spans().next(), spans().next_back(), one.logit) {
            let span_s = Some([first[0], last[1]]);
            tracks.push(Location { track, span_s, score: Some(sigmoid(logit)), ..Location::default() });
        }
        bursts.extend(one.bursts.iter().map(|(burst, logit)| Location {
            track,
            span_s: Some(burst.span_s),
            bounding_box: one.place_of(burst),
            score: Some(sigmoid(*logit)),
            ..Location::default()
        }));
    }
    // of equal ones the earlier
    bursts.sort_by(|one, other| other.score.unwrap_or(0.0).total_cmp(&one.score.unwrap_or(0.0)));
    bursts.truncate(LISTED);
    tracks.extend(bursts);
    tracks
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
