//! One track: which sightings can be used, what the network says of them, and what that means.

use podlinnik_domain::reason::Reason;

use super::network::{Answer, Network};
use super::stability;
use crate::calibration::{Calibrated, Calibration};
use crate::detector::{Context, DetectorError};
use crate::face::{CropQuality, Face, Track, median};

/// Crops of the most prominent track that are scored, and of each other one.
const CROPS: [usize; 2] = [48, 12];
/// Usable frames that a clip has to have.
const LEAST_FRAMES: usize = 3;
/// Share of the logits that is left out at each end before the mean is taken.
const TRIM: f64 = 0.2;
/// Difference of logits from which two moments of a face look different to the network.
const CLEARLY_CALMER: f64 = 2.0;
/// A ratio weaker than this (log10) supports nothing, and its stability is of no matter.
const SAYS_SOMETHING: f64 = std::f64::consts::LOG10_2;

/// A crop and what the network says of it.
#[derive(Debug, Clone)]
pub(super) struct Scored<'media> {
    pub(super) face: &'media Face,
    pub(super) logit: f64,
    pub(super) map: Vec<f32>,
}

/// What can be said of one track.
#[derive(Debug)]
pub(super) struct Assessment<'media> {
    pub(super) track: &'media Track,
    /// Scored crops in order of time.
    pub(super) scored: Vec<Scored<'media>>,
    /// Robust mean of the logits; none if nothing was measured.
    pub(super) logit: Option<f64>,
    /// The track's likelihood ratio, or why there is none.
    pub(super) calibrated: Result<Calibrated, Reason>,
}

impl<'media> Assessment<'media> {
    /// For sorting: calibrated ratios before the rest, then logits.
    pub(super) fn suspicion(&self) -> f64 {
        let logit = self.logit.unwrap_or(-1e3).clamp(-1e3, 1e3);
        match &self.calibrated {
            Ok(calibrated) => 1e6 + calibrated.llr10.value() * 1e4 + logit,
            Err(_) => logit,
        }
    }

    /// Scored crops, the most suspicious first.
    pub(super) fn telling(&self) -> Vec<&Scored<'media>> {
        let mut telling: Vec<&Scored<'media>> = self.scored.iter().collect();
        telling.sort_by(|one, other| other.logit.total_cmp(&one.logit));
        telling
    }

    /// The least suspicious crop, if it says something clearly different from the most suspicious one: the same face in a clean stretch.
    pub(super) fn calmest(&self) -> Option<&Scored<'media>> {
        let telling = self.telling();
        let (most, least) = (telling.first()?, telling.last()?);
        (most.face.burst != least.face.burst && most.logit - least.logit >= CLEARLY_CALMER).then_some(*least)
    }
}

/// Scores a track and calibrates the result. Where the method has to abstain, it still measures, for the technical tab.
pub(super) fn assess<'media>(
    track: &'media Track,
    still: bool,
    network: &Network,
    calibration: Option<&Calibration>,
    cx: &Context,
) -> Result<Assessment<'media>, DetectorError> {
    let mut assessment =
        Assessment { track, scored: Vec::new(), logit: None, calibrated: Err(Reason::TimeBudgetExceeded) };
    if cx.is_late() {
        return Ok(assessment);
    }
    let usable: Vec<&Face> = track.faces.iter().filter(|face| face.obstacle().is_none()).collect();
    let obstacle = track.faces.iter().find_map(Face::obstacle);
    let faces = if usable.is_empty() { track.faces.iter().collect() } else { usable.clone() };
    let faces = evenly(&faces, CROPS[usize::from(track.index > 0)]);
    let crops: Vec<_> = faces.iter().map(|face| &face.crop).collect();
    let answers = network.run(&crops, cx.threads)?;
    assessment.scored = faces
        .into_iter()
        .zip(answers)
        .map(|(face, Answer { logit, map })| Scored { face, logit, map })
        .collect();
    let logit = trimmed_mean(assessment.scored.iter().map(|scored| scored.logit));
    assessment.logit = logit;
    let (face_px, quality) = typical(&usable, track);
    let too_small =
        |calibration: &Calibration| calibration.bucket(face_px, quality) == Err(Reason::FaceTooSmall);
    assessment.calibrated = match (logit, calibration) {
        (_, Some(calibration)) if too_small(calibration) => Err(Reason::FaceTooSmall),
        _ if usable.is_empty() => Err(obstacle.unwrap_or(Reason::FaceOccludedOrProfile)),
        _ if !still && usable.len() < LEAST_FRAMES => Err(Reason::TooFewFrames),
        (Some(logit), Some(calibration)) if !calibration.is_expired(cx.now) => {
            calibration.calibrate(logit, face_px, quality)
        }
        _ => Err(Reason::CalibrationExpired),
    };
    if let (Ok(answer), Some(calibration)) = (&assessment.calibrated, calibration)
        && answer.llr10.value().abs() >= SAYS_SOMETHING
    {
        let judge = |logit: f64| calibration.calibrate(logit, face_px, quality);
        if cx.is_late() {
            assessment.calibrated = Err(Reason::TimeBudgetExceeded);
        } else if !stability::is_stable(&assessment.scored, network, cx.threads, judge)? {
            assessment.calibrated = Err(Reason::UnstableUnderReencoding);
        }
    }
    Ok(assessment)
}

/// The quality bucket of a track.
pub(super) fn bucket(calibration: &Calibration, track: &Track) -> Result<String, Reason> {
    let usable: Vec<&Face> = track.faces.iter().filter(|face| face.obstacle().is_none()).collect();
    let (face_px, quality) = typical(&usable, track);
    calibration.bucket(face_px, quality).map(str::to_owned)
}

/// Median size and median quality of the usable sightings, or of all if none is.
fn typical(usable: &[&Face], track: &Track) -> (f64, CropQuality) {
    let faces: Vec<&Face> = if usable.is_empty() { track.faces.iter().collect() } else { usable.to_vec() };
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

/// At most `most` items, evenly spread, in order.
pub(super) fn evenly<T: Copy>(items: &[T], most: usize) -> Vec<T> {
    if items.len() <= most {
        return items.to_vec();
    }
    (0..most).filter_map(|number| items.get(number * items.len() / most).copied()).collect()
}

/// Mean without the lowest and the highest fifth.
pub(super) fn trimmed_mean(logits: impl Iterator<Item = f64>) -> Option<f64> {
    let mut logits: Vec<f64> = logits.collect();
    logits.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small length")]
    let cut = (logits.len() as f64 * TRIM).floor() as usize;
    let kept = logits.get(cut..logits.len() - cut)?;
    (!kept.is_empty()).then(|| kept.iter().sum::<f64>() / kept.len() as f64)
}
