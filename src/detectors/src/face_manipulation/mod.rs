//! Manipulated faces, by a network trained on face swaps and self-blended pictures. See `README.md` beside this file.

mod assessment;
mod network;
mod pictures;
mod stability;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use podlinnik_domain::finding::Location;
use podlinnik_domain::language::Text;
use podlinnik_domain::likelihood::{Ceiling, Log10LikelihoodRatio};
use podlinnik_domain::reason::Reason;
use podlinnik_onnx::{Engine, ModelInfo, Models, OnnxError};

use crate::calibration::Calibration;
use crate::detector::{
    Context, Descriptor, Detector, DetectorError, Evidence, MethodIdText, MethodResult, Outcome, bounding_box,
};
use crate::face::Track;
use assessment::Assessment;
use network::Network;

/// Id of the model.
pub(crate) const MODEL: &str = "face-manipulation";
/// Share of the prominence of all faces that has to be assessed before anything is said of the media.
const LEAST_SHARE: f64 = 0.5;
/// Moments listed for the most suspicious track, and for each other one.
const MOMENTS: [usize; 2] = [12, 4];
/// Moments shown as pictures, likewise.
const SHOWN: [usize; 2] = [4, 1];

/// What the method is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    id: MethodIdText("face_manipulation"),
    version: "1",
    name: Text { ru: "Следы обработки лица", en: "Traces of face manipulation" },
    sees: Text {
        ru: "Подмену лица и другие вмешательства, оставляющие следы склейки или пересчёта внутри лица: границы, несовпадение резкости, шума и цвета.",
        en: "Face swaps and other edits that leave traces of blending or re-rendering within the face: seams, mismatched sharpness, noise and colour.",
    },
    blind_to: Text {
        ru: "Лица мельче 64 пикселей, в профиль и закрытые; целиком созданные изображения; подмену голоса; перемонтаж; ложную подпись к подлинным кадрам.",
        en: "Faces smaller than 64 pixels, in profile or covered; wholly generated pictures; replaced voices; re-editing; true footage with a false caption.",
    },
    model: Some(MODEL),
};

/// The method with its model and calibration.
#[derive(Debug)]
pub struct FaceManipulation {
    model: ModelInfo,
    /// None if the model is withdrawn.
    network: Option<Network>,
    /// None if there is none that fits the model.
    calibration: Option<Calibration>,
}

impl FaceManipulation {
    /// Takes the model out of `models` and the calibration out of the model's folder. A calibration that is missing or belongs to other weights is no
    /// error: the method then measures and abstains.
    ///
    /// # Errors
    /// [`OnnxError::Model`] if the manifest does not list the model.
    pub fn load(models: &Models) -> Result<Self, OnnxError> {
        let withdrawn = models.info(MODEL).filter(|info| info.withdrawn);
        if let Some(info) = withdrawn {
            return Ok(Self { model: info.clone(), network: None, calibration: None });
        }
        let engine = models.engine(MODEL)?;
        let model = engine.model().clone();
        let calibration = match Calibration::load(&model.folder, model.sha256) {
            Ok(calibration) => Some(calibration),
            Err(error) => {
                tracing::warn!(model = MODEL, %error, "model `{MODEL}` has no usable calibration: {error}");
                None
            }
        };
        Ok(Self::with(engine, calibration))
    }

    /// Puts the method together.
    pub fn with(engine: Arc<dyn Engine>, calibration: Option<Calibration>) -> Self {
        let model = engine.model().clone();
        let network = (!model.withdrawn).then(|| Network::new(engine));
        Self { model, network, calibration }
    }
}

impl Detector for FaceManipulation {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn examine(&self, media: &Evidence, cx: &mut Context) -> Result<MethodResult, DetectorError> {
        let mut result = self.look(media, cx)?;
        result.model_sha256 = Some(self.model.sha256);
        if !matches!(result.outcome, Outcome::NotApplicable(_)) {
            result.calibration_id = self.calibration.as_ref().map(|it| it.id().to_owned());
        }
        Ok(result)
    }

    fn quality_bucket(&self, track: &Track) -> Option<String> {
        let calibration = self.calibration.as_ref()?;
        assessment::bucket(calibration, track).ok()
    }
}

impl FaceManipulation {
    fn look(&self, media: &Evidence, cx: &mut Context) -> Result<MethodResult, DetectorError> {
        if media.tracks.is_empty() {
            return Ok(MethodResult::not_applicable(Reason::NoFace));
        }
        let Some(network) = &self.network else {
            return Ok(MethodResult::abstained(Reason::ModelWithdrawn));
        };
        let mut assessments: Vec<Assessment<'_>> = Vec::with_capacity(media.tracks.len());
        for track in &media.tracks {
            let calibration = self.calibration.as_ref();
            assessments.push(assessment::assess(track, media.is_still(), network, calibration, cx)?);
        }
        let answer = combine(&assessments, media.dropped_prominence);
        let score = score(&assessments);
        // The most suspicious first; of equal ones the more prominent.
        assessments.sort_by(|one, other| other.suspicion().total_cmp(&one.suspicion()));
        let quality_bucket = assessments.iter().find_map(|one| one.calibrated.as_ref().ok());
        let quality_bucket = quality_bucket.map(|calibrated| calibrated.bucket.clone());
        let locations = self.locations(&assessments, cx)?;
        let outcome = match answer {
            Ok((llr10, ceiling, false_positive_rate_upper95)) => {
                Outcome::Answered { llr10, ceiling, false_positive_rate_upper95 }
            }
            Err(reason) => Outcome::Abstained(reason),
        };
        Ok(MethodResult {
            outcome,
            score,
            calibration_id: None,
            model_sha256: None,
            quality_bucket,
            locations,
        })
    }

    fn locations(
        &self,
        assessments: &[Assessment<'_>],
        cx: &mut Context,
    ) -> Result<Vec<Location>, DetectorError> {
        let mut locations = Vec::new();
        for (rank, assessment) in assessments.iter().enumerate() {
            let track = assessment.track;
            let (Some(first), Some(last)) = (track.faces.first(), track.faces.last()) else { continue };
            if let Some(logit) = assessment.logit {
                locations.push(Location {
                    track: Some(track.index),
                    span_s: Some([first.at_s, last.at_s]),
                    score: Some(sigmoid(logit)),
                    ..Location::default()
                });
            }
            let rank = rank.min(1);
            let telling = assessment.telling();
            let mut shown = Vec::new();
            for scored in telling.into_iter().take(MOMENTS[rank]) {
                let mut location = Location {
                    track: Some(track.index),
                    at_s: Some(scored.face.at_s),
                    bounding_box: Some(bounding_box(scored.face)),
                    score: Some(sigmoid(scored.logit)),
                    ..Location::default()
                };
                if cx.pictures && shown.len() < SHOWN[rank] && !shown.contains(&scored.face.burst) {
                    shown.push(scored.face.burst);
                    let made = pictures::show(track.index, scored, &self.model)?;
                    location.derivatives = made.iter().map(|picture| picture.name.clone()).collect();
                    cx.made.extend(made);
                }
                locations.push(location);
            }
        }
        Ok(locations)
    }
}

/// The media's likelihood ratio out of those of its faces: if a face was manipulated, it is one of them, the more prominent the more probably (prior
/// weights are the shares of prominence). Then the media's ratio is the weighted mean of the faces' ratios. A face that could not be assessed has a ratio
/// of 1: it pulls the mean towards "nothing can be said", from both sides.
fn combine(
    assessments: &[Assessment<'_>],
    dropped: f64,
) -> Result<(Log10LikelihoodRatio, Ceiling, f64), Reason> {
    let total = dropped + assessments.iter().map(|one| one.track.prominence()).sum::<f64>();
    let share = |one: &Assessment<'_>| one.track.prominence() / total.max(1e-9);
    let (mut assessed, mut ratio, mut highest, mut lowest) = (0.0, 0.0, 0.0, 0.0);
    let mut false_positives: f64 = 0.0;
    let mut unassessed = (dropped / total.max(1e-9), Reason::TooManyFaces);
    for one in assessments {
        let share = share(one);
        match &one.calibrated {
            Ok(calibrated) => {
                assessed += share;
                ratio += share * 10_f64.powf(calibrated.llr10.value());
                highest += share * 10_f64.powf(calibrated.ceiling.in_favour.value());
                lowest += share * 10_f64.powf(-calibrated.ceiling.against.value());
                false_positives = false_positives.max(calibrated.false_positive_rate_upper95);
            }
            Err(reason) => {
                if share > unassessed.0 {
                    unassessed = (share, *reason);
                }
            }
        }
    }
    if assessed < LEAST_SHARE {
        return Err(unassessed.1);
    }
    let rest = 1.0 - assessed.min(1.0);
    let llr10 = Log10LikelihoodRatio::new((ratio + rest).log10());
    let ceiling = Ceiling::new((highest + rest).log10(), -(lowest + rest).log10());
    match (llr10, ceiling) {
        (Ok(llr10), Ok(ceiling)) => Ok((llr10.within(ceiling), ceiling, false_positives)),
        _ => Err(Reason::OutOfDistribution),
    }
}

/// The uncalibrated score: the mean over the faces of their odds, weighted by prominence, as a share of one. For evaluation only.
fn score(assessments: &[Assessment<'_>]) -> Option<f64> {
    let measured =
        assessments.iter().filter_map(|one| Some((one.track.prominence(), one.logit?.clamp(-30.0, 30.0))));
    let (mut odds, mut total) = (0.0, 0.0);
    for (weight, logit) in measured {
        odds += weight * logit.exp();
        total += weight;
    }
    (total > 0.0).then(|| odds / total / (1.0 + odds / total))
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
