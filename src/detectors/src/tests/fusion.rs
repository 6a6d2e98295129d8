use podlinnik_domain::analysis::CombinedState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::finding::{Finding, FindingState, MethodId};
use podlinnik_domain::likelihood::{Ceiling, Log10LikelihoodRatio};
use podlinnik_domain::reason::Reason;
use proptest::prelude::*;

use crate::fusion::{Contribution, Fusion};

const TWO: &str =
    r#"{ "schema": "podlinnik-fusion/1", "id": "two", "intercept": 0.0, "weights": { "a": 0.8, "b": 0.6 } }"#;

fn finding(method: &'static str, state: FindingState, llr10: Option<f64>) -> Finding {
    let mut finding = Finding::empty(MethodId::from_static(method), "1", state);
    finding.llr10 = llr10.map(|value| Log10LikelihoodRatio::new(value).unwrap());
    match state {
        FindingState::Abstained => finding.reason = Some(Reason::FaceTooSmall),
        FindingState::NotApplicable => finding.reason = Some(Reason::NoPicture),
        FindingState::Failed => finding.error = Some(ErrorCode::AnalysisFailed),
        _ => {}
    }
    finding
}

fn answered(method: &'static str, llr10: f64) -> Finding {
    finding(method, FindingState::Finding, Some(llr10))
}

fn combine(findings: &[Finding]) -> podlinnik_domain::analysis::Combined {
    let contributions: Vec<Contribution<'_>> = findings
        .iter()
        .map(|finding| Contribution {
            finding,
            ceiling: finding.llr10.is_some().then(|| Ceiling::new(2.0, 1.0).unwrap()),
        })
        .collect();
    Fusion::parse(TWO).unwrap().combine(&contributions)
}

fn value(findings: &[Finding]) -> (f64, f64) {
    let combined = combine(findings);
    assert_eq!(combined.state, CombinedState::Finding, "{combined:?}");
    (combined.llr10.unwrap().value(), combined.llr10_ceiling.unwrap().value())
}

#[test]
fn one_method_with_weight_one_stands_unchanged() {
    let fusion = Fusion::shipped().unwrap();
    let finding = answered("face_manipulation", 0.7);
    let contribution = Contribution { finding: &finding, ceiling: Some(Ceiling::new(1.3, 0.9).unwrap()) };
    let combined = fusion.combine(&[contribution]);
    assert_eq!(combined.llr10, finding.llr10);
    assert_eq!(combined.llr10_ceiling.unwrap().value(), 1.3);
    assert!(combined.calibration_id.is_some());
}

#[test]
fn silent_methods_lower_the_ceiling_and_move_nothing() {
    let (alone, full) = value(&[answered("a", 0.5), finding("b", FindingState::NotApplicable, None)]);
    for state in [FindingState::Abstained, FindingState::Failed] {
        let (beside, lowered) = value(&[answered("a", 0.5), finding("b", state, None)]);
        assert_eq!(alone, beside);
        assert!(lowered < full, "{state}");
    }
}

#[test]
fn opposite_answers_are_a_disagreement() {
    let combined = combine(&[answered("a", 1.5), answered("b", -1.0)]);
    assert_eq!((combined.state, combined.reason), (CombinedState::Abstained, Some(Reason::MethodsDisagree)));
    assert!(combined.llr10.is_none() && combined.word.is_none());
}

#[test]
fn without_answers_the_state_says_why() {
    use FindingState::{Abstained, Failed, NotApplicable};
    let state = |states: [FindingState; 2]| {
        let combined = combine(&[finding("a", states[0], None), finding("b", states[1], None)]);
        (combined.state, combined.reason)
    };
    assert_eq!(state([Abstained, Abstained]), (CombinedState::Abstained, Some(Reason::FaceTooSmall)));
    assert_eq!(state([Abstained, Failed]), (CombinedState::Abstained, Some(Reason::NoFindings)));
    assert_eq!(
        state([NotApplicable, NotApplicable]),
        (CombinedState::NotApplicable, Some(Reason::NoPicture))
    );
    assert_eq!(state([NotApplicable, Failed]), (CombinedState::Failed, None));
}

#[test]
fn scores_come_together_on_a_common_scale() {
    let text = TWO.replace("\"weights\"", r#""scores": { "a": { "slope": 2.0, "middle": 1.0 }, "b": { "slope": 0.0, "middle": 0.0 } }, "weights""#);
    let fusion = Fusion::parse(&text).unwrap();
    let score = |scores: [Option<f64>; 2]| {
        let findings = ["a", "b"].map(|method| finding(method, FindingState::Abstained, None));
        let mut findings = findings.to_vec();
        findings.iter_mut().zip(scores).for_each(|(finding, score)| finding.score = score);
        let contributions: Vec<_> =
            findings.iter().map(|finding| Contribution { finding, ceiling: None }).collect();
        fusion.combine(&contributions).score
    };
    // The middle of a is where its log odds are 1; b counts for nothing.
    let middle = 1.0 / (1.0 + (-1.0_f64).exp());
    assert!((score([Some(middle), Some(0.99)]).unwrap() - 0.5).abs() < 1e-9);
    assert!(score([Some(0.9), None]) > score([Some(0.8), None]));
    assert!(score([Some(1.0), None]).unwrap().is_finite());
    assert_eq!(score([None, Some(0.99)]), None, "nothing that counts was measured");
    let broken = text.replace("2.0", "-2.0");
    assert!(Fusion::parse(&broken).is_err());
}

#[test]
fn malformed_weights_are_refused() {
    for (from, to) in [("fusion/1", "fusion/2"), ("0.8", "-0.8"), ("\"a\"", "a")] {
        assert!(Fusion::parse(&TWO.replacen(from, to, 1)).is_err(), "{to}");
    }
}

proptest! {
    #[test]
    fn never_beyond_the_ceiling_and_never_against_all_methods(a in -1.0..2.0_f64, b in -1.0..2.0_f64) {
        let combined = combine(&[answered("a", a), answered("b", b)]);
        if let (Some(llr10), Some(ceiling)) = (combined.llr10, combined.llr10_ceiling) {
            prop_assert!(llr10.value().abs() <= ceiling.value() + 1e-12);
            if a > 0.0 && b > 0.0 { prop_assert!(llr10.value() >= 0.0); }
            if a < 0.0 && b < 0.0 { prop_assert!(llr10.value() <= 0.0); }
        }
    }
}
