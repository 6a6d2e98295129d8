//! Reports for tests: the golden file, and what follows from it.

use podlinnik_domain::analysis::Report;

/// The golden file of the published schema.
pub(crate) const GOLDEN: &str = include_str!("../../../fixtures/reports/podlinnik-report-1.json");

/// The golden report: a clip with two faces, a finding, an abstention and every other state.
pub(crate) fn golden() -> Report {
    crate::json::from_json(serde_json::from_str(GOLDEN).unwrap()).unwrap()
}
