//! Pictures that a generator made from end to end, by a network that compares fine structure. See `README.md` beside this file.

mod network;
mod stability;
#[cfg(test)]
mod tests;
mod windows;

use std::sync::Arc;

use podlinnik_domain::finding::Location;
use podlinnik_domain::language::Text;
use podlinnik_domain::reason::Reason;
use podlinnik_onnx::{Engine, ModelInfo, Models, OnnxError};

pub use self::windows::{Window, WindowPlan, WindowPlanError, Windows};
use crate::calibration::{Calibrated, Calibration};
use crate::detector::{
    Context, Descriptor, Detector, DetectorError, Evidence, MethodIdText, MethodResult, Outcome,
};
use crate::face::{CropQuality, median};
use network::Network;

/// Id of the model.
pub(crate) const MODEL: &str = "synthetic-picture";
/// Frames of a clip that are looked at, evenly spread.
const FRAMES: usize = 8;
/// Places or moments listed, the most telling first.
const LISTED: usize = 8;
/// From this share of exactly like neighbours on, a picture that is not dark is a drawing with flat colours, as for faces.
const DRAWN: f64 = 0.70;
/// Darker pictures (mean grey level) are flat for want of light.
const DARK: f64 = 30.0;
/// A ratio weaker than this (log10) supports nothing, and its stability is of no matter.
const SAYS_SOMETHING: f64 = std::f64::consts::LOG10_2;

/// What the method is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    id: MethodIdText("synthetic_picture"),
    version: "1",
    name: Text {
        ru: "Следы полной генерации", en: "Traces of a wholly generated picture"
    },
    sees: Text {
        ru: "Изображения, целиком созданные нейросетью: следы наращивания разрешения внутри генератора, неестественную структуру мелких деталей и шума.",
        en: "Pictures that a neural network made from end to end: traces of upsampling inside the generator, unnatural structure of fine detail and noise.",
    },
    blind_to: Text {
        ru: "Подмену лица и частичные правки; генераторы, не похожие на те, на которых метод обучен; маленькие и сильно пересжатые копии; кадры роликов, на которых он не проверялся. Низкая оценка не подтверждает подлинность.",
        en: "Face swaps and local edits; generators unlike those of its training; small or heavily recompressed copies; frames of clips, on which it was not validated. A low score does not support that a picture is genuine.",
    },
    model: Some(MODEL),
};

/// The method with its model, windows and calibration.
#[derive(Debug)]
pub struct SyntheticPicture {
    model: ModelInfo,
    /// None if the model is withdrawn.
    network: Option<Network>,
    /// None if there is no file that says which windows the network takes.
    plan: Option<WindowPlan>,
    /// None if there is none that fits the model.
    calibration: Option<Calibration>,
}

/// One picture or frame and what the network says of it.
#[derive(Debug)]
pub(crate) struct Seen<'media> {
    windows: &'media Windows,
    /// Of the native windows, in their order.
    native: Vec<f64>,
    logit: f64,
}

impl SyntheticPicture {
    /// Takes the model out of `models`, windows and calibration out of the model's folder. Files that are missing or belong to other weights are no error:
    /// the method then abstains.
    ///
    /// # Errors
    /// [`OnnxError::Model`] if the manifest does not list the model.
    pub fn load(models: &Models) -> Result<Self, OnnxError> {
        if let Some(info) = models.info(MODEL).filter(|info| info.withdrawn) {
            return Ok(Self { model: info.clone(), network: None, plan: None, calibration: None });
        }
        let engine = models.engine(MODEL)?;
        let model = engine.model().clone();
        let plan = WindowPlan::load(&model.folder)
            .inspect_err(|error| tracing::warn!(model = MODEL, %error, "model `{MODEL}`: {error}"))
            .ok();
        let calibration = Calibration::load(&model.folder, model.sha256)
            .inspect_err(|error| {
                tracing::warn!(model = MODEL, %error, "model `{MODEL}` has no usable calibration: {error}");
            })
            .ok();
        Ok(Self::with(engine, plan, calibration))
    }

    /// Puts the method together.
    pub fn with(engine: Arc<dyn Engine>, plan: Option<WindowPlan>, calibration: Option<Calibration>) -> Self {
        let model = engine.model().clone();
        let network = (!model.withdrawn).then(|| Network::new(engine));
        Self { model, network, plan, calibration }
    }

    fn look<'media>(
        network: &Network,
        plan: WindowPlan,
        media: &'media Evidence,
        cx: &Context,
    ) -> Result<Option<Vec<Seen<'media>>>, DetectorError> {
        let count = media.windows.len().min(FRAMES);
        let chosen = (0..count).filter_map(|number| media.windows.get(number * media.windows.len() / count));
        let mut seen = Vec::with_capacity(count);
        for windows in chosen {
            if cx.is_late() {
                return Ok(None);
            }
            let native: Vec<_> = windows.native.iter().map(|window| &window.pixels).collect();
            let native = network.run(&native)?;
            let whole = network.run(&[&windows.whole])?;
            let logit = plan.combine(&native, whole.first().copied().unwrap_or(0.0));
            seen.push(Seen { windows, native, logit });
        }
        Ok(Some(seen))
    }

    /// What the picture's logit means, or why nothing is said.
    fn judge(
        &self,
        logit: f64,
        seen: &[Seen<'_>],
        network: &Network,
        plan: WindowPlan,
        cx: &Context,
    ) -> Result<Result<Calibrated, Reason>, DetectorError> {
        let Some(calibration) = self.calibration.as_ref().filter(|it| !it.is_expired(cx.now)) else {
            return Ok(Err(Reason::CalibrationExpired));
        };
        let (shorter_px, quality) = typical(seen);
        if quality.flatness > DRAWN && quality.grey_mean > DARK {
            return Ok(Err(Reason::NonPhotorealistic));
        }
        let calibrate = |logit| match calibration.calibrate(logit, shorter_px, quality) {
            Err(Reason::FaceTooSmall) => Err(Reason::ResolutionBelowValidation),
            other => other,
        };
        let calibrated = calibrate(logit);
        if let Ok(answer) = &calibrated
            && answer.llr10.value().abs() >= SAYS_SOMETHING
            && !stability::is_stable(answer, seen, network, plan, calibrate)?
        {
            return Ok(Err(Reason::UnstableUnderReencoding));
        }
        Ok(calibrated)
    }
}

impl Detector for SyntheticPicture {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn windows(&self) -> Option<WindowPlan> {
        self.network.as_ref().and(self.plan)
    }

    fn examine(&self, media: &Evidence, cx: &mut Context) -> Result<MethodResult, DetectorError> {
        let mut result = MethodResult::abstained(Reason::ModelWithdrawn);
        result.model_sha256 = Some(self.model.sha256);
        let Some(network) = &self.network else { return Ok(result) };
        result.calibration_id = self.calibration.as_ref().map(|it| it.id().to_owned());
        let Some(plan) = self.plan else {
            result.outcome = Outcome::Abstained(Reason::CalibrationExpired);
            return Ok(result);
        };
        if media.windows.is_empty() || !(media.is_still() || plan.clips) {
            // A face that somebody cut out and scaled is no picture of its own; and of frames of clips nothing is known unless the weights' geometry says so.
            return Ok(MethodResult::not_applicable(Reason::NotAPicture));
        }
        let Some(seen) = Self::look(network, plan, media, cx)? else {
            result.outcome = Outcome::Abstained(Reason::TimeBudgetExceeded);
            return Ok(result);
        };
        result.locations = locations(&seen, media.is_still());
        let logit = median(seen.iter().map(|one| one.logit)).unwrap_or(0.0);
        result.score = Some(sigmoid(logit));
        result.outcome = match self.judge(logit, &seen, network, plan, cx)? {
            Ok(calibrated) => {
                result.quality_bucket = Some(calibrated.bucket);
                Outcome::Answered {
                    llr10: calibrated.llr10,
                    ceiling: calibrated.ceiling,
                    false_positive_rate_upper95: calibrated.false_positive_rate_upper95,
                }
            }
            Err(reason) => Outcome::Abstained(reason),
        };
        Ok(result)
    }
}

/// Of a still: its windows; of a clip: its moments. The most telling first, of equal ones the earlier.
fn locations(seen: &[Seen<'_>], still: bool) -> Vec<Location> {
    let mut found: Vec<(f64, Location)> = Vec::new();
    for one in seen {
        if still {
            let places = one.windows.native.iter().zip(&one.native);
            found.extend(places.map(|(window, logit)| {
                (*logit, Location { bounding_box: Some(window.place), ..Location::default() })
            }));
        } else {
            found.push((one.logit, Location { at_s: Some(one.windows.at_s), ..Location::default() }));
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found
        .into_iter()
        .take(LISTED)
        .map(|(logit, location)| Location { score: Some(sigmoid(logit)), ..location })
        .collect()
}

/// Shorter side and quality, medians over the frames.
fn typical(seen: &[Seen<'_>]) -> (f64, CropQuality) {
    let middle = |of: fn(&Windows) -> f64| median(seen.iter().map(|one| of(one.windows))).unwrap_or(0.0);
    let quality = CropQuality {
        quality: middle(|it| it.quality.quality),
        sharpness: middle(|it| it.quality.sharpness),
        grey_mean: middle(|it| it.quality.grey_mean),
        grey_sd: middle(|it| it.quality.grey_sd),
        flatness: middle(|it| it.quality.flatness),
    };
    (middle(|it| it.shorter_px), quality)
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
