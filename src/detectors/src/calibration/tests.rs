use podlinnik_domain::reason::Reason;
use proptest::prelude::*;

use super::*;

fn model() -> Sha256 {
    Sha256::of(b"model")
}

fn text() -> String {
    format!(
        r#"{{
            "schema": "podlinnik-calibration/1", "id": "test-1", "model_sha256": "{}", "expires": "2027-01-01",
            "buckets": [
                {{ "id": "small_low", "face_px_min": 64, "face_px_max": 96, "quality_min": -2.0, "quality_max": -1.0,
                   "map": {{ "kind": "logistic", "slope": 0.5, "intercept": -0.1 }},
                   "ceiling": {{ "llr10_max": 0.8, "llr10_min": -0.5 }}, "fpr_upper95": 0.05 }},
                {{ "id": "small_high", "face_px_min": 64, "face_px_max": 96, "quality_min": -1.0, "quality_max": 1.0,
                   "map": {{ "kind": "piecewise", "x": [-4, 0, 4], "llr10": [-1, 0, 2] }},
                   "ceiling": {{ "llr10_max": 1.5, "llr10_min": -0.9 }}, "fpr_upper95": 0.02,
                   "out_of_distribution": {{ "grey_mean": [20, 230], "grey_sd": [5, 90], "logit": [-5, 5] }} }},
                {{ "id": "large", "face_px_min": 96,
                   "map": {{ "kind": "logistic", "slope": 1.0, "intercept": 0.0 }},
                   "ceiling": {{ "llr10_max": 2.0, "llr10_min": 0.0 }}, "fpr_upper95": 0.01 }}
            ]
        }}"#,
        model()
    )
}

fn calibration() -> Calibration {
    Calibration::parse(&text(), model()).unwrap()
}

fn quality(quality: f64) -> CropQuality {
    CropQuality { quality, sharpness: 10.0, grey_mean: 120.0, grey_sd: 40.0, flatness: 0.2 }
}

#[test]
fn each_face_falls_into_its_bucket_or_none() {
    let calibration = calibration();
    let bucket = |face_px, level| calibration.bucket(face_px, quality(level));
    assert_eq!(bucket(64.0, -2.0), Ok("small_low"));
    assert_eq!(bucket(95.9, -1.0), Ok("small_high"));
    assert_eq!(bucket(96.0, -9.0), Ok("large"));
    assert_eq!(bucket(63.9, 0.0), Err(Reason::FaceTooSmall));
    assert_eq!(bucket(70.0, -2.1), Err(Reason::RecompressedBeyondValidation));
    assert_eq!(bucket(70.0, 1.0), Err(Reason::OutOfDistribution));
}

#[test]
fn support_starts_where_the_risk_is_bounded() {
    let text = text().replace(r#""fpr_upper95": 0.01"#, r#""fpr_upper95": 0.01, "support_from_logit": 1.5"#);
    let calibration = Calibration::parse(&text, model()).unwrap();
    let answer = |logit| calibration.calibrate(logit, 200.0, quality(0.0)).unwrap().llr10;
    assert_eq!(answer(1.5).value(), 1.5);
    assert_eq!(answer(1.49).word(), podlinnik_domain::likelihood::Word::NoSupport);
    assert_eq!(answer(0.1).value(), 0.1, "below the cut the map holds");
}

#[test]
fn answers_are_mapped_and_cut() {
    let calibration = calibration();
    let llr10 = |logit, face_px, level| {
        calibration.calibrate(logit, face_px, quality(level)).map(|answer| answer.llr10.value())
    };
    assert_eq!(llr10(1.0, 70.0, -1.5), Ok(0.4));
    assert_eq!(llr10(9.0, 70.0, -1.5), Ok(0.8));
    assert_eq!(llr10(-9.0, 70.0, -1.5), Ok(-0.5));
    assert_eq!(llr10(2.0, 70.0, 0.0), Ok(1.0));
    assert_eq!(llr10(-2.0, 70.0, 0.0), Ok(-0.5));
    assert_eq!(llr10(4.5, 70.0, 0.0), Ok(1.5));
    assert_eq!(llr10(400.0, 70.0, 0.0), Err(Reason::OutOfDistribution));
    assert_eq!(llr10(-3.0, 300.0, 0.0), Ok(0.0));
    assert_eq!(llr10(f64::NAN, 300.0, 0.0), Err(Reason::OutOfDistribution));
}

#[test]
fn pictures_unlike_any_that_were_validated_are_left_alone() {
    let dark = CropQuality { grey_mean: 10.0, ..quality(0.0) };
    let flat = CropQuality { grey_sd: 1.0, ..quality(0.0) };
    for strange in [dark, flat] {
        assert_eq!(calibration().calibrate(1.0, 70.0, strange), Err(Reason::OutOfDistribution));
    }
}

#[test]
fn calibration_of_other_weights_is_refused() {
    let other = Sha256::of(b"other");
    assert!(matches!(Calibration::parse(&text(), other), Err(CalibrationError::OtherModel { .. })));
}

#[test]
fn malformed_calibrations_are_refused() {
    let broken = [
        ("podlinnik-calibration/1", "podlinnik-calibration/2"),
        ("2027-01-01", "soon"),
        (r#""slope": 0.5"#, r#""slope": -0.5"#),
        ("[-4, 0, 4]", "[-4, 0, 0]"),
        ("[-1, 0, 2]", "[-1, 0, -2]"),
        ("[-1, 0, 2]", "[0, 2]"),
        (r#""llr10_min": -0.5"#, r#""llr10_min": 0.5"#),
        (r#""llr10_max": 0.8"#, r#""llr10_max": -0.8"#),
        (r#""fpr_upper95": 0.05"#, r#""fpr_upper95": 5"#),
        (r#""kind": "logistic""#, r#""kind": "guess""#),
    ];
    for (from, to) in broken {
        let changed = text().replacen(from, to, 1);
        assert_ne!(changed, text(), "{from}");
        assert!(
            matches!(Calibration::parse(&changed, model()), Err(CalibrationError::Malformed(_))),
            "{from} → {to}"
        );
    }
}

#[test]
fn calibration_ends_as_its_last_day_begins() {
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(!calibration().is_expired(at("2026-12-31T23:59:59Z")));
    assert!(calibration().is_expired(at("2027-01-01T00:00:00Z")));
}

proptest! {
    #[test]
    fn more_suspicious_logits_never_lower_the_ratio(
        one in -5.0..5.0_f64, other in -5.0..5.0_f64, face_px in 64.0..500.0_f64, level in -2.0..0.99_f64,
    ) {
        let calibration = calibration();
        let of = |logit| calibration.calibrate(logit, face_px, quality(level)).unwrap().llr10;
        prop_assert!(of(one.min(other)) <= of(one.max(other)));
    }

    #[test]
    fn nothing_is_ever_said_beyond_the_ceiling(
        logit in proptest::num::f64::ANY, face_px in proptest::num::f64::ANY, level in proptest::num::f64::ANY,
    ) {
        if let Ok(answer) = calibration().calibrate(logit, face_px, quality(level)) {
            prop_assert!(answer.llr10 <= answer.ceiling.in_favour);
            prop_assert!(-answer.llr10.value() <= answer.ceiling.against.value());
        }
    }
}
