//! Synthetic and cloned speech, by a network trained on synthesisers, voice conversion and copy-synthesis. See `README.md` beside this file.

mod calibration;
mod listen;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ndarray::Array2;
use podlinnik_domain::finding::Location;
use podlinnik_domain::language::Text;
use podlinnik_domain::reason::Reason;
use podlinnik_media::sound::SOUND_RATE;
use podlinnik_onnx::{Engine, ModelInfo, Models, OnnxError};

pub use self::calibration::VoiceCalibration;
use self::listen::{Measured, WINDOW};
use crate::detector::{
    Context, Descriptor, Detector, DetectorError, Evidence, MethodIdText, MethodResult, Needs, Outcome,
};

/// Id of the model.
pub(crate) const MODEL: &str = "voice";
/// Windows that the network hears together.
const BATCH: usize = 4;
/// Stretches listed, the most telling first.
const LISTED: usize = 24;

/// What the method is.
pub const DESCRIPTOR: Descriptor = Descriptor {
    id: MethodIdText("voice"),
    version: "1",
    name: Text { ru: "Следы синтеза в голосе", en: "Traces of a synthetic voice" },
    sees: Text {
        ru: "Речь, целиком созданную программой или пересчитанную вокодером: сглаженный спектр, неестественные верхние частоты, следы восстановления фазы.",
        en: "Speech made by a program or re-rendered by a vocoder: a smoothed spectrum, unnatural high frequencies, traces of a restored phase.",
    },
    blind_to: Text {
        ru: "Монтаж подлинной речи, пародистов, шёпот, пение и музыку; короткие фрагменты; на подлинной русской речи метод не проверялся.",
        en: "Genuine speech cut and rearranged, impersonators, whispering, singing and music; short passages; the method was not tested on genuine Russian speech.",
    },
    model: Some(MODEL),
};

/// The method with its model and calibration.
#[derive(Debug)]
pub struct Voice {
    model: ModelInfo,
    /// None if the model is withdrawn.
    engine: Option<Arc<dyn Engine>>,
    /// None if there is none that fits the model.
    calibration: Option<VoiceCalibration>,
}

/// A window of speech and what the network says of it.
#[derive(Debug, Clone, Copy)]
struct Heard {
    span_s: [f64; 2],
    measured: Measured,
    logit: f64,
}

impl Voice {
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
        let calibration = VoiceCalibration::load(&model.folder, model.sha256)
            .inspect_err(|error| {
                tracing::warn!(model = MODEL, %error, "model `{MODEL}` has no usable calibration: {error}");
            })
            .ok();
        Ok(Self::with(engine, calibration))
    }

    /// Puts the method together.
    pub fn with(engine: Arc<dyn Engine>, calibration: Option<VoiceCalibration>) -> Self {
        let model = engine.model().clone();
        let engine = (!model.withdrawn).then_some(engine);
        Self { model, engine, calibration }
    }

    fn listen(
        &self,
        engine: &dyn Engine,
        media: &Evidence,
        cx: &Context,
    ) -> Result<Option<Vec<Heard>>, DetectorError> {
        let mut windows: Vec<(f64, &[f32], Measured)> = Vec::new();
        for sound in &media.sounds {
            for (start, length) in listen::windows(sound.samples.len()) {
                let samples = sound.samples.get(start..start + length).unwrap_or_default();
                if let Some(measured) = listen::measure(samples) {
                    windows.push((sound.at_s + start as f64 / f64::from(SOUND_RATE), samples, measured));
                }
            }
        }
        let mut heard = Vec::with_capacity(windows.len());
        for batch in windows.chunks(BATCH) {
            if cx.is_late() {
                return Ok(None);
            }
            let input: Vec<f32> = batch.iter().flat_map(|(_, samples, _)| listen::filled(samples)).collect();
            let input = Array2::from_shape_vec((batch.len(), WINDOW), input)
                .map_err(|error| self.complain(error.to_string()))?;
            let outputs = engine.run(vec![input.into_dyn()])?;
            let logits: Vec<f64> = outputs
                .first()
                .map(|logits| logits.iter().map(|logit| f64::from(*logit)).collect())
                .unwrap_or_default();
            if outputs.len() != 1
                || logits.len() != batch.len()
                || logits.iter().any(|logit| !logit.is_finite())
            {
                return Err(self.complain(format!(
                    "{} outputs, {} logits for {} windows",
                    outputs.len(),
                    logits.len(),
                    batch.len()
                )));
            }
            heard.extend(batch.iter().zip(logits).map(|((at_s, samples, measured), logit)| Heard {
                span_s: [*at_s, at_s + samples.len() as f64 / f64::from(SOUND_RATE)],
                measured: *measured,
                logit,
            }));
        }
        Ok(Some(heard))
    }

    fn complain(&self, detail: String) -> DetectorError {
        DetectorError::Output { model: self.model.id.clone(), detail }
    }

    fn judge(&self, heard: &[Heard], cx: &Context) -> (Outcome, Option<String>) {
        let silent = |reason| (Outcome::Abstained(reason), None);
        let Some(calibration) = self.calibration.as_ref().filter(|it| !it.is_expired(cx.now)) else {
            return silent(Reason::CalibrationExpired);
        };
        let mean = |of: fn(&Heard) -> f64| heard.iter().map(of).sum::<f64>() / heard.len().max(1) as f64;
        let speech_s: f64 = heard.iter().map(|one| one.measured.speech_s).sum();
        let calibrated = calibration.calibrate(
            mean(|one| one.logit),
            speech_s,
            mean(|one| one.measured.high_db),
            mean(|one| one.measured.spread_db),
        );
        match calibrated {
            Ok(calibrated) => (
                Outcome::Answered {
                    llr10: calibrated.llr10,
                    ceiling: calibrated.ceiling,
                    false_positive_rate_upper95: calibrated.false_positive_rate_upper95,
                },
                Some(calibrated.bucket),
            ),
            Err(reason) => silent(reason),
        }
    }
}

impl Detector for Voice {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn needs(&self) -> Needs {
        Needs::Sound
    }

    fn examine(&self, media: &Evidence, cx: &mut Context) -> Result<MethodResult, DetectorError> {
        if media.sounds.is_empty() {
            return Ok(MethodResult::not_applicable(Reason::NoSound));
        }
        let mut result = MethodResult::abstained(Reason::ModelWithdrawn);
        result.model_sha256 = Some(self.model.sha256);
        let Some(engine) = &self.engine else { return Ok(result) };
        result.calibration_id = self.calibration.as_ref().map(|it| it.id().to_owned());
        let Some(mut heard) = self.listen(engine.as_ref(), media, cx)? else {
            result.outcome = Outcome::Abstained(Reason::TimeBudgetExceeded);
            return Ok(result);
        };
        if heard.is_empty() {
            result.outcome = Outcome::NotApplicable(Reason::NoSpeech);
            result.calibration_id = None;
            return Ok(result);
        }
        let logit = heard.iter().map(|one| one.logit).sum::<f64>() / heard.len() as f64;
        result.score = Some(sigmoid(logit));
        (result.outcome, result.quality_bucket) = self.judge(&heard, cx);
        // the most telling first; of equal ones the earlier
        heard.sort_by(|one, other| other.logit.total_cmp(&one.logit));
        result.locations = heard
            .iter()
            .take(LISTED)
            .map(|one| Location {
                span_s: Some(one.span_s),
                score: Some(sigmoid(one.logit)),
                ..Location::default()
            })
            .collect();
        Ok(result)
    }
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
