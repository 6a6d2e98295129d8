//! All methods together: a calibrated logistic over their log10 likelihood ratios (DESIGN §1 rule 6). Never the maximum, never a majority.
//!
//! A method that abstained or failed counts as a likelihood ratio of 1: it moves the sum neither way. It lowers the ceiling, by its share of the weights.
//! A method that does not apply counts for nothing.

use std::collections::BTreeMap;

use podlinnik_domain::analysis::{Combined, CombinedState};
use podlinnik_domain::finding::{Finding, FindingState};
use podlinnik_domain::likelihood::{Ceiling, Log10LikelihoodRatio};
use podlinnik_domain::reason::Reason;
use serde::Deserialize;

use crate::detector::{MethodResult, Outcome};

const SCHEMA: &str = "podlinnik-fusion/1";
/// The weights that belong to this version of the registry.
const SHIPPED: &str = include_str!("fusion.json");
/// Scores are kept this far from 0 and 1.
const EXTREME: f64 = 1e-9;
/// Two methods that both say at least this much (log10) in opposite directions disagree.
const DISAGREEMENT: f64 = 1.0;

/// Why fusion weights cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("fusion weights are malformed: {0}")]
pub struct FusionError(String);

/// Weights of the methods.
#[derive(Debug, Clone, Deserialize)]
pub struct Fusion {
    schema: String,
    id: String,
    intercept: f64,
    weights: BTreeMap<String, f64>,
    /// How bare scores come together for evaluation; a method that is not listed goes in as it is.
    #[serde(default)]
    scores: BTreeMap<String, Scale>,
}

/// A method's score on the common scale: log odds `slope · (logit(score) − middle)`.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Scale {
    slope: f64,
    middle: f64,
}

/// A method's finding and what the combination needs beyond it.
#[derive(Debug, Clone)]
pub struct Contribution<'finding> {
    /// The finding.
    pub finding: &'finding Finding,
    /// Both directions of the ceiling; none unless the method answered.
    pub ceiling: Option<Ceiling>,
}

impl<'finding> Contribution<'finding> {
    /// Out of a finding and the result that it was made from.
    pub const fn new(finding: &'finding Finding, result: Option<&MethodResult>) -> Self {
        let ceiling = match result {
            Some(MethodResult { outcome: Outcome::Answered { ceiling, .. }, .. }) => Some(*ceiling),
            _ => None,
        };
        Self { finding, ceiling }
    }
}

impl Fusion {
    /// The weights that belong to this version of the registry.
    ///
    /// # Errors
    /// [`FusionError`] if the shipped file is malformed.
    pub fn shipped() -> Result<Self, FusionError> {
        Self::parse(SHIPPED)
    }

    /// Parses weights.
    ///
    /// # Errors
    /// [`FusionError`] if the text is not what the schema says, or a weight is negative or not finite.
    pub fn parse(text: &str) -> Result<Self, FusionError> {
        let fusion: Self = serde_json::from_str(text).map_err(|error| FusionError(error.to_string()))?;
        if fusion.schema != SCHEMA {
            return Err(FusionError(format!("schema `{}` is not `{SCHEMA}`", fusion.schema)));
        }
        let sane = |weight: &f64| weight.is_finite() && *weight >= 0.0;
        let scaled = |scale: &Scale| sane(&scale.slope) && scale.middle.is_finite();
        if !fusion.scores.values().all(scaled) {
            return Err(FusionError("a scale of scores is negative or not finite".to_owned()));
        }
        if !fusion.intercept.is_finite() || !fusion.weights.values().all(sane) {
            return Err(FusionError("a weight is negative or not finite".to_owned()));
        }
        Ok(fusion)
    }

    /// The weight of a method; 0 for one that it does not know.
    pub fn weight(&self, method: &str) -> f64 {
        self.weights.get(method).copied().unwrap_or(0.0)
    }

    /// Combines what the methods say.
    pub fn combine(&self, contributions: &[Contribution<'_>]) -> Combined {
        let score = self.score(contributions);
        let silent = |state, reason| Combined {
            state,
            reason,
            calibration_id: None,
            llr10: None,
            llr10_ceiling: None,
            word: None,
            score,
        };
        let answered: Vec<(f64, f64, Ceiling)> = contributions
            .iter()
            .filter(|contribution| contribution.finding.state == FindingState::Finding)
            .filter_map(|contribution| {
                let weight = self.weight(contribution.finding.method.as_str());
                Some((weight, contribution.finding.llr10?.value(), contribution.ceiling?))
            })
            .filter(|(weight, ..)| *weight > 0.0)
            .collect();
        if answered.is_empty() {
            return without_answers(contributions, silent);
        }
        let says = |direction: f64| answered.iter().any(|(_, llr10, _)| llr10 * direction >= DISAGREEMENT);
        if says(1.0) && says(-1.0) {
            return silent(CombinedState::Abstained, Some(Reason::MethodsDisagree));
        }
        let applicable: f64 = contributions
            .iter()
            .filter(|contribution| contribution.finding.state != FindingState::NotApplicable)
            .map(|contribution| self.weight(contribution.finding.method.as_str()))
            .sum();
        let answering: f64 = answered.iter().map(|(weight, ..)| weight).sum();
        let share = (answering / applicable).min(1.0);
        let side = |of: fn(&Ceiling) -> Log10LikelihoodRatio| {
            share * answered.iter().map(|(weight, _, ceiling)| weight * of(ceiling).value()).sum::<f64>()
        };
        let sum = self.intercept + answered.iter().map(|(weight, llr10, _)| weight * llr10).sum::<f64>();
        let limits = Ceiling::new(side(|ceiling| ceiling.in_favour), side(|ceiling| ceiling.against));
        let (Ok(limits), Ok(sum)) = (limits, Log10LikelihoodRatio::new(sum)) else {
            return silent(CombinedState::Failed, None);
        };
        let llr10 = sum.within(limits);
        Combined {
            state: CombinedState::Finding,
            reason: None,
            calibration_id: Some(self.id.clone()),
            llr10: Some(llr10),
            llr10_ceiling: Some(in_direction(limits, llr10)),
            word: Some(llr10.word()),
            score,
        }
    }

    /// A logistic over the log odds of the methods' scores, whether they answered or not: for evaluation only.
    fn score(&self, contributions: &[Contribution<'_>]) -> Option<f64> {
        let odds = contributions.iter().filter_map(|contribution| {
            let method = contribution.finding.method.as_str();
            let score = contribution.finding.score?.clamp(EXTREME, 1.0 - EXTREME);
            let logit = (score / (1.0 - score)).ln();
            match self.scores.get(method) {
                Some(scale) => (scale.slope > 0.0).then_some(scale.slope * (logit - scale.middle)),
                None => (self.weight(method) > 0.0).then_some(logit),
            }
        });
        let (sum, count) = odds.fold((0.0, 0_usize), |(sum, count), odds| (sum + odds, count + 1));
        (count > 0).then(|| 1.0 / (1.0 + (-sum).exp()))
    }
}

/// The part of a ceiling that limits a ratio of this sign.
pub fn in_direction(ceiling: Ceiling, llr10: Log10LikelihoodRatio) -> Log10LikelihoodRatio {
    if llr10.value() < 0.0 { ceiling.against } else { ceiling.in_favour }
}

fn without_answers(
    contributions: &[Contribution<'_>],
    silent: impl Fn(CombinedState, Option<Reason>) -> Combined,
) -> Combined {
    let states = |state| contributions.iter().filter(move |one| one.finding.state == state);
    let reason_of = |state| {
        // that a picture does not speak, or that a clip is no picture, explains nothing, as long as there is another reason
        let mut reasons = states(state).filter_map(|one| one.finding.reason).collect::<Vec<_>>();
        let mute =
            |reason: &Reason| matches!(reason, Reason::NoSound | Reason::NoSpeech | Reason::NotAPicture);
        if !reasons.iter().all(mute) {
            reasons.retain(|reason| !mute(reason));
        }
        let mut reasons = reasons.into_iter();
        let first = reasons.next();
        if reasons.all(|reason| Some(reason) == first) { first } else { Some(Reason::NoFindings) }
    };
    if states(FindingState::Abstained).next().is_some() {
        let failed = states(FindingState::Failed).next().is_some();
        let reason = if failed { Some(Reason::NoFindings) } else { reason_of(FindingState::Abstained) };
        silent(CombinedState::Abstained, reason)
    } else if states(FindingState::Failed).next().is_some() {
        silent(CombinedState::Failed, None)
    } else {
        let reason = reason_of(FindingState::NotApplicable).or(Some(Reason::NoFindings));
        silent(CombinedState::NotApplicable, reason)
    }
}
