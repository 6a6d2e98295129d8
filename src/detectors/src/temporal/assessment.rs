//! One track: its bursts, what the network says of them, and what that means.

use ndarray::Array2;
use podlinnik_domain::finding::BoundingBox;
use podlinnik_domain::reason::Reason;
use podlinnik_media::encode::jpeg_round_trip;
use podlinnik_onnx::Engine;

use super::measure::{self, Burst, FEATURES, Obstacle};
use crate::calibration::{Calibrated, Calibration};
use crate::detector::{Context, DetectorError, bounding_box};
use crate::face::{CropQuality, Face, Motion, Track, median};

/// Bursts that a track has to have.
const LEAST_BURSTS: usize = 2;
/// A ratio weaker than this (log10) supports nothing, and its stability is of no matter.
const SAYS_SOMETHING: f64 = std::f64::consts::LOG10_2;
/// Quality of the JPEG that every frame goes through for the self-test.
const JPEG_QUALITY: u8 = 60;
/// Largest change (log10) that a stable answer may show: a factor of 5.
const LARGEST_CHANGE: f64 = 0.7;

/// What can be said of one track.
#[derive(Debug)]
pub(super) struct Assessment<'media> {
    pub(super) track: &'media Track,
    /// Bursts in order of time, each with its logit.
    pub(super) bursts: Vec<(Burst, f64)>,
    /// Mean of the logits; none if nothing was measured.
    pub(super) logit: Option<f64>,
    /// The track's likelihood ratio, or why there is none.
    pub(super) calibrated: Result<Calibrated, Reason>,
}

impl Assessment<'_> {
    /// Where the face is as a burst begins.
    pub(super) fn place_of(&self, burst: &Burst) -> Option<BoundingBox> {
        self.track.faces.iter().find(|face| face.at_s >= burst.span_s[0] - 1e-6).map(bounding_box)
    }
}

/// What is measured in each long burst of a track, in order of time: also what the recipe of the model is trained on.
pub fn measure(track: &Track) -> Vec<Result<Burst, Obstacle>> {
    measure_as(track, |motion| Ok::<_, Obstacle>(motion.clone()))
}

/// The same with every burst changed beforehand. A burst that cannot be changed is left out.
fn measure_as<E>(
    track: &Track,
    change: impl Fn(&Motion) -> Result<Motion, E>,
) -> Vec<Result<Burst, Obstacle>> {
    let watched = track.faces.iter().filter_map(|face| Some((face, face.motion.as_ref()?)));
    let mut results: Vec<Result<Burst, Obstacle>> = watched
        .filter_map(|(face, motion)| {
            Some(measure::burst(&change(motion).ok()?, face.square.side * face.scale))
        })
        .collect();
    let mut bursts: Vec<&mut Burst> = results.iter_mut().flatten().collect();
    measure::compare_proportions(&mut bursts);
    results
}

/// Measures a track and calibrates what the network says. Where the method has to abstain, it still measures, for the technical tab.
pub(super) fn assess<'media>(
    track: &'media Track,
    engine: &dyn Engine,
    calibration: Option<&Calibration>,
    cx: &Context,
) -> Result<Assessment<'media>, DetectorError> {
    let silent = |reason| Assessment { track, bursts: Vec::new(), logit: None, calibrated: Err(reason) };
    if cx.is_late() {
        return Ok(silent(Reason::TimeBudgetExceeded));
    }
    let watched: Vec<&Face> = track.faces.iter().filter(|face| face.motion.is_some()).collect();
    if watched.is_empty() {
        return Ok(silent(Reason::TooFewFrames));
    }
    let (face_px, quality) = typical(&watched);
    if let Some(calibration) = calibration
        && calibration.bucket(face_px, quality) == Err(Reason::FaceTooSmall)
    {
        return Ok(silent(Reason::FaceTooSmall));
    }
    let measured = measure(track);
    let why = obstacle(&measured);
    let bursts: Vec<Burst> = measured.into_iter().flatten().collect();
    if bursts.is_empty() {
        return Ok(silent(why));
    }
    let logits = run(engine, &bursts)?;
    let logit = mean(&logits);
    let calibrated = match calibration.filter(|it| !it.is_expired(cx.now)) {
        _ if bursts.len() < LEAST_BURSTS => {
            Err(if why == Reason::NoMotion { Reason::TooFewFrames } else { why })
        }
        Some(calibration) => calibration.calibrate(logit, face_px, quality),
        None => Err(Reason::CalibrationExpired),
    };
    let calibrated = match (calibrated, calibration) {
        (Ok(answer), Some(calibration)) if answer.llr10.value().abs() >= SAYS_SOMETHING => {
            let judge = |logit| calibration.calibrate(logit, face_px, quality);
            if cx.is_late() {
                Err(Reason::TimeBudgetExceeded)
            } else if is_stable(track, engine, &answer, judge)? {
                Ok(answer)
            } else {
                Err(Reason::UnstableUnderReencoding)
            }
        }
        (calibrated, _) => calibrated,
    };
    let bursts = bursts.into_iter().zip(logits).collect();
    Ok(Assessment { track, bursts, logit: Some(logit), calibrated })
}

/// The degradation self-test (DESIGN §1 rule 5): with every frame's pixels through JPEG the answer has to be about the same. The points stay where they are.
fn is_stable(
    track: &Track,
    engine: &dyn Engine,
    before: &Calibrated,
    judge: impl Fn(f64) -> Result<Calibrated, Reason>,
) -> Result<bool, DetectorError> {
    let degraded = measure_as(track, |motion| {
        let mut motion = motion.clone();
        for glimpse in &mut motion.glimpses {
            let view = &mut glimpse.view;
            view.rgb = jpeg_round_trip(&view.rgb, view.width, view.height, JPEG_QUALITY)?;
        }
        Ok::<_, podlinnik_media::encode::EncodeError>(motion)
    });
    let bursts: Vec<Burst> = degraded.into_iter().flatten().collect();
    if bursts.len() < LEAST_BURSTS {
        return Ok(false);
    }
    let after = judge(mean(&run(engine, &bursts)?));
    let change = |after: Calibrated| (after.llr10.value() - before.llr10.value()).abs();
    Ok(after.is_ok_and(|after| change(after) <= LARGEST_CHANGE))
}

/// Why bursts are missing: the most frequent obstacle, of equally frequent ones the one that can be helped.
fn obstacle(measured: &[Result<Burst, Obstacle>]) -> Reason {
    let count = |of: Obstacle| measured.iter().filter(|it| matches!(it, Err(found) if *found == of)).count();
    let all = [
        (Obstacle::Hidden, Reason::FaceOccludedOrProfile),
        (Obstacle::Moving, Reason::TooFewFrames),
        (Obstacle::Cut, Reason::TooFewFrames),
        (Obstacle::Slow, Reason::TooFewFrames),
        (Obstacle::Few, Reason::TooFewFrames),
        (Obstacle::Still, Reason::NoMotion),
    ];
    let mut most = (0, Reason::TooFewFrames);
    for (of, reason) in all {
        if count(of) > most.0 {
            most = (count(of), reason);
        }
    }
    most.1
}

/// The network's logits, one for each burst.
fn run(engine: &dyn Engine, bursts: &[Burst]) -> Result<Vec<f64>, DetectorError> {
    let complain = |detail: String| DetectorError::Output { model: engine.model().id.clone(), detail };
    #[expect(clippy::cast_possible_truncation, reason = "the network takes single precision")]
    let values = bursts.iter().flat_map(|burst| burst.features.map(|value| value as f32)).collect();
    let input = Array2::from_shape_vec((bursts.len(), FEATURES.len()), values)
        .map_err(|error| complain(error.to_string()))?;
    let outputs = engine.run(vec![input.into_dyn()])?;
    let logits: Vec<f64> = outputs
        .first()
        .map(|logits| logits.iter().map(|logit| f64::from(*logit)).collect())
        .unwrap_or_default();
    if outputs.len() != 1 || logits.len() != bursts.len() || logits.iter().any(|logit| !logit.is_finite()) {
        let detail =
            format!("{} outputs, {} logits for {} bursts", outputs.len(), logits.len(), bursts.len());
        return Err(complain(detail));
    }
    Ok(logits)
}

fn mean(logits: &[f64]) -> f64 {
    logits.iter().sum::<f64>() / logits.len().max(1) as f64
}

/// Median size and quality of the face where it was watched.
fn typical(faces: &[&Face]) -> (f64, CropQuality) {
    let middle = |of: fn(&Face) -> f64| median(faces.iter().map(|face| of(face))).unwrap_or(0.0);
    let quality = CropQuality {
        quality: middle(|face| face.quality.quality),
        sharpness: middle(|face| face.quality.sharpness),
        grey_mean: middle(|face| face.quality.grey_mean),
        grey_sd: middle(|face| face.quality.grey_sd),
        flatness: middle(|face| face.quality.flatness),
    };
    (middle(Face::face_px), quality)
}
