//! Likelihood ratios on the log10 scale, and the words that stand for them.
//!
//! A finding says how much more probable the observation is if the media was manipulated than if it was not.
//! Words follow the verbal scale of the ENFSI guideline for evaluative reporting in forensic science (2015), in both directions.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::coded_enum;
use crate::language::Text;

/// Not a finite number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a likelihood ratio has to be a finite number")]
pub struct NotFinite;

/// log10 of p(observation | manipulated) / p(observation | not manipulated): finite, positive speaks for manipulation.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "f64", into = "f64")]
pub struct Log10LikelihoodRatio(f64);

impl Log10LikelihoodRatio {
    /// No support either way (a ratio of 1).
    pub const NEUTRAL: Self = Self(0.0);

    /// Wraps a log10 likelihood ratio.
    ///
    /// # Errors
    /// [`NotFinite`] for NaN and infinities.
    pub fn new(value: f64) -> Result<Self, NotFinite> {
        if value.is_finite() { Ok(Self(value + 0.0)) } else { Err(NotFinite) }
    }

    /// The number itself, in units of log10.
    pub const fn value(self) -> f64 {
        self.0
    }

    /// Cut to what the validation data allow to be said (DESIGN §1 rule 3).
    #[must_use]
    pub fn within(self, ceiling: Ceiling) -> Self {
        Self(self.0.clamp(-ceiling.against.0, ceiling.in_favour.0))
    }

    /// The word for this ratio.
    pub fn word(self) -> Word {
        let strength = self.0.abs();
        let steps = [std::f64::consts::LOG10_2, 1.0, 2.0, 3.0, 4.0, 6.0];
        let step = steps.iter().filter(|threshold| strength >= **threshold).count();
        match (step, self.0 > 0.0) {
            (0, _) => Word::NoSupport,
            (1, true) => Word::WeakManipulated,
            (2, true) => Word::ModerateManipulated,
            (3, true) => Word::ModeratelyStrongManipulated,
            (4, true) => Word::StrongManipulated,
            (5, true) => Word::VeryStrongManipulated,
            (_, true) => Word::ExtremelyStrongManipulated,
            (1, false) => Word::WeakUnmanipulated,
            (2, false) => Word::ModerateUnmanipulated,
            (3, false) => Word::ModeratelyStrongUnmanipulated,
            (4, false) => Word::StrongUnmanipulated,
            (5, false) => Word::VeryStrongUnmanipulated,
            (_, false) => Word::ExtremelyStrongUnmanipulated,
        }
    }
}

impl TryFrom<f64> for Log10LikelihoodRatio {
    type Error = NotFinite;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<Log10LikelihoodRatio> for f64 {
    fn from(ratio: Log10LikelihoodRatio) -> Self {
        ratio.0
    }
}

impl fmt::Display for Log10LikelihoodRatio {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:+.2}", self.0)
    }
}

/// The most that may be said in each direction, as magnitudes of log10 (both ≥ 0), measured on validation media of the same quality bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Ceiling {
    /// Limit for support of manipulation.
    pub in_favour: Log10LikelihoodRatio,
    /// Limit for support of no manipulation.
    pub against: Log10LikelihoodRatio,
}

impl Ceiling {
    /// A ceiling from two magnitudes; negative values count as zero (nothing may be said).
    ///
    /// # Errors
    /// [`NotFinite`] for NaN and infinities.
    pub fn new(in_favour: f64, against: f64) -> Result<Self, NotFinite> {
        Ok(Self {
            in_favour: Log10LikelihoodRatio::new(in_favour.max(0.0))?,
            against: Log10LikelihoodRatio::new(against.max(0.0))?,
        })
    }
}

coded_enum! {
    /// The verbal scale (ENFSI 2015, table 3), in both directions.
    pub enum Word {
        NoSupport = "no_support",
        WeakManipulated = "weak_support_manipulated",
        ModerateManipulated = "moderate_support_manipulated",
        ModeratelyStrongManipulated = "moderately_strong_support_manipulated",
        StrongManipulated = "strong_support_manipulated",
        VeryStrongManipulated = "very_strong_support_manipulated",
        ExtremelyStrongManipulated = "extremely_strong_support_manipulated",
        WeakUnmanipulated = "weak_support_unmanipulated",
        ModerateUnmanipulated = "moderate_support_unmanipulated",
        ModeratelyStrongUnmanipulated = "moderately_strong_support_unmanipulated",
        StrongUnmanipulated = "strong_support_unmanipulated",
        VeryStrongUnmanipulated = "very_strong_support_unmanipulated",
        ExtremelyStrongUnmanipulated = "extremely_strong_support_unmanipulated",
    }
}

impl Word {
    /// A sentence for the page, in both languages.
    pub const fn text(self) -> Text {
        match self {
            Self::NoSupport => Text {
                ru: "не говорит ни в пользу обработки, ни против неё",
                en: "supports neither manipulation nor its absence",
            },
            Self::WeakManipulated => Text {
                ru: "слабо свидетельствует об обработке",
                en: "weak support for manipulation",
            },
            Self::ModerateManipulated => Text {
                ru: "умеренно свидетельствует об обработке",
                en: "moderate support for manipulation",
            },
            Self::ModeratelyStrongManipulated => Text {
                ru: "довольно сильно свидетельствует об обработке",
                en: "moderately strong support for manipulation",
            },
            Self::StrongManipulated => Text {
                ru: "сильно свидетельствует об обработке",
                en: "strong support for manipulation",
            },
            Self::VeryStrongManipulated => Text {
                ru: "очень сильно свидетельствует об обработке",
                en: "very strong support for manipulation",
            },
            Self::ExtremelyStrongManipulated => Text {
                ru: "чрезвычайно сильно свидетельствует об обработке",
                en: "extremely strong support for manipulation",
            },
            Self::WeakUnmanipulated => Text {
                ru: "слабо свидетельствует об отсутствии обработки",
                en: "weak support for no manipulation",
            },
            Self::ModerateUnmanipulated => Text {
                ru: "умеренно свидетельствует об отсутствии обработки",
                en: "moderate support for no manipulation",
            },
            Self::ModeratelyStrongUnmanipulated => Text {
                ru: "довольно сильно свидетельствует об отсутствии обработки",
                en: "moderately strong support for no manipulation",
            },
            Self::StrongUnmanipulated => Text {
                ru: "сильно свидетельствует об отсутствии обработки",
                en: "strong support for no manipulation",
            },
            Self::VeryStrongUnmanipulated => Text {
                ru: "очень сильно свидетельствует об отсутствии обработки",
                en: "very strong support for no manipulation",
            },
            Self::ExtremelyStrongUnmanipulated => Text {
                ru: "чрезвычайно сильно свидетельствует об отсутствии обработки",
                en: "extremely strong support for no manipulation",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(value: f64) -> Log10LikelihoodRatio {
        Log10LikelihoodRatio::new(value).unwrap()
    }

    #[test]
    fn words_change_at_the_steps_of_the_scale() {
        assert_eq!(ratio(0.0).word(), Word::NoSupport);
        assert_eq!(ratio(0.3).word(), Word::NoSupport);
        assert_eq!(ratio(0.5).word(), Word::WeakManipulated);
        assert_eq!(ratio(1.0).word(), Word::ModerateManipulated);
        assert_eq!(ratio(-2.5).word(), Word::ModeratelyStrongUnmanipulated);
        assert_eq!(ratio(9.0).word(), Word::ExtremelyStrongManipulated);
    }

    #[test]
    fn ceiling_binds_in_both_directions() {
        let ceiling = Ceiling::new(1.9, 0.4).unwrap();
        assert_eq!(ratio(3.0).within(ceiling), ratio(1.9));
        assert_eq!(ratio(-3.0).within(ceiling), ratio(-0.4));
        assert_eq!(ratio(0.2).within(ceiling), ratio(0.2));
        assert_eq!(ratio(3.0).within(Ceiling::new(-1.0, 0.0).unwrap()), Log10LikelihoodRatio::NEUTRAL);
    }

    #[test]
    fn nothing_but_numbers() {
        assert!(Log10LikelihoodRatio::new(f64::NAN).is_err());
        assert!(Log10LikelihoodRatio::new(f64::INFINITY).is_err());
        assert!(serde_json::from_str::<Log10LikelihoodRatio>("1.5").is_ok());
    }
}
