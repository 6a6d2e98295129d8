//! What each calibration allows its method to say at most, out of the committed files.

use std::sync::OnceLock;

use podlinnik_domain::language::Language;
use serde::Deserialize;

use super::evaluation::spoken;

/// The calibrations, by the method's identifier.
const FILES: [(&str, &str); 4] = [
    ("face_manipulation", include_str!("../../../../../models/face-manipulation/calibration.json")),
    ("temporal", include_str!("../../../../../models/temporal/calibration.json")),
    ("synthetic_picture", include_str!("../../../../../models/synthetic-picture/calibration.json")),
    ("voice", include_str!("../../../../../models/voice/calibration.json")),
];

/// A calibration.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Calibration {
    pub(super) id: String,
    pub(super) created: String,
    pub(super) expires: String,
    pub(super) buckets: Vec<Bucket>,
}

/// What was measured on media of one quality.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Bucket {
    pub(super) id: String,
    /// Genuine items, or groups of them.
    #[serde(alias = "n_real_groups")]
    pub(super) n_real: u32,
    /// Share of genuine items that would get support, with its upper bound of 95 %.
    pub(super) fpr: f64,
    pub(super) fpr_upper95: f64,
    /// Share of manipulated items that would, with its lower bound of 95 %.
    pub(super) tpr: f64,
    pub(super) tpr_lower95: f64,
    ceiling: Option<Ceiling>,
    llr10_max: Option<f64>,
}

/// log10 of likelihood ratios.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Ceiling {
    llr10_max: f64,
    llr10_min: f64,
}

impl Calibration {
    /// That of a method; none for a method without.
    pub(super) fn of(method: &str) -> Option<&'static Self> {
        static READ: OnceLock<Vec<(&str, Calibration)>> = OnceLock::new();
        let read = READ.get_or_init(|| {
            // A test reads the files that ship.
            FILES.iter().filter_map(|(name, text)| Some((*name, serde_json::from_str(text).ok()?))).collect()
        });
        read.iter().find(|(name, _)| *name == method).map(|(_, calibration)| calibration)
    }

    /// The most that may ever be said for manipulation, `x` to 1.
    pub(super) fn most(&self, language: Language) -> String {
        let most = self.buckets.iter().map(Bucket::in_favour).fold(0.0, f64::max);
        ratio(most, language)
    }

    /// Whether anything may be said for manipulation.
    pub(super) fn may_speak(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.in_favour() > std::f64::consts::LOG10_2)
    }

    /// Whether anything may be said against it.
    pub(super) fn may_clear(&self) -> bool {
        self.buckets.iter().any(|bucket| {
            bucket.ceiling.is_some_and(|ceiling| -ceiling.llr10_min >= std::f64::consts::LOG10_2)
        })
    }
}

impl Bucket {
    /// Ceiling for manipulation, in units of log10.
    fn in_favour(&self) -> f64 {
        self.ceiling.map(|ceiling| ceiling.llr10_max).or(self.llr10_max).unwrap_or_default()
    }

    /// The same in words.
    pub(super) fn at_most(&self, language: Language) -> String {
        ratio(self.in_favour(), language)
    }

    pub(super) fn false_alarms(&self, language: Language) -> String {
        percent(self.fpr, language)
    }

    pub(super) fn false_alarms_at_most(&self, language: Language) -> String {
        percent(self.fpr_upper95, language)
    }

    pub(super) fn found(&self, language: Language) -> String {
        percent(self.tpr, language)
    }

    pub(super) fn found_at_least(&self, language: Language) -> String {
        percent(self.tpr_lower95, language)
    }
}

/// `5 : 1`, rounded down: a ceiling is never told higher than it is.
fn ratio(llr10: f64, language: Language) -> String {
    let times = 10_f64.powf(llr10);
    // 0.69 stands for 5, less than a hundredth short of it.
    let whole = (times + 0.11).floor();
    spoken(&format!("{whole:.0} : 1"), language)
}

/// A share to a tenth of a percent.
fn percent(share: f64, language: Language) -> String {
    spoken(&format!("{:.1} %", share * 100.0), language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_its_calibration() {
        for method in podlinnik_pipeline::DESCRIPTORS {
            let read = Calibration::of(method.id.0).unwrap_or_else(|| panic!("{} has none", method.id.0));
            assert!(!read.buckets.is_empty() && read.expires > read.created, "{read:?}");
            for bucket in &read.buckets {
                assert!(bucket.fpr <= bucket.fpr_upper95 && bucket.tpr >= bucket.tpr_lower95, "{bucket:?}");
                let measured = (bucket.tpr_lower95 / bucket.fpr_upper95).log10();
                assert!(
                    bucket.in_favour() <= measured.max(0.0) + 0.02,
                    "above what was measured: {bucket:?}"
                );
            }
        }
        for (_, text) in FILES {
            let raw: serde_json::Value = serde_json::from_str(text).unwrap();
            let method = raw["method"].as_str().unwrap();
            let read = Calibration::of(method).unwrap();
            assert_eq!(
                (raw["id"].as_str(), read.buckets.len()),
                (Some(read.id.as_str()), raw["buckets"].as_array().unwrap().len())
            );
        }
    }

    #[test]
    fn a_ceiling_is_not_rounded_up() {
        assert_eq!(ratio(0.69, Language::Russian), "5 : 1");
        assert_eq!(ratio(0.459, Language::English), "2 : 1");
        assert_eq!(ratio(0.0, Language::English), "1 : 1");
        assert_eq!(ratio(1.31, Language::English), "20 : 1");
        assert_eq!(percent(0.0062, Language::Russian), "0,6 %");
    }
}
