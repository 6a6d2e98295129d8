//! The comparison with the original as a finding among the others, and what it means for the answer of all methods together.

use podlinnik_domain::analysis::{Combined, CombinedState, DerivativeKind, Report};
use podlinnik_domain::finding::{Finding, FindingState, Location, MethodId};
use podlinnik_domain::reason::Reason;
use podlinnik_domain::trace::{PictureState, PictureTrace, RegionTrace, Trace, TracedOriginal};

/// The name of the method.
pub(crate) const METHOD: MethodId = MethodId::from_static("original");
/// Listens and does not look: what it says of the voice is no contradiction to what is said of the picture.
const VOICE: &str = "voice";
/// Share of a clip that has to be known to be the original's for the clip to be called unaltered.
const MOST: f64 = 0.8;

/// Enters the comparison into a report.
///
/// The likelihood ratio of a comparison is not multiplied into that of the learned methods: how they depend on each other was never measured. But where they
/// contradict each other, the learned methods together say nothing any more.
pub(crate) fn enter(report: &mut Report, trace: &Trace) {
    let finding = of(trace);
    if contradicts(&finding, &report.findings, &report.combined) {
        let Combined { calibration_id, score, .. } = report.combined.clone();
        report.combined = Combined {
            state: CombinedState::Abstained,
            reason: Some(Reason::MethodsDisagree),
            calibration_id,
            llr10: None,
            llr10_ceiling: None,
            word: None,
            score,
        };
    }
    report.findings.push(finding);
}

/// What the comparison says of the whole item.
fn of(trace: &Trace) -> Finding {
    let mut finding = Finding::empty(METHOD, trace.podlinnik_version.clone(), FindingState::NotApplicable);
    let Some(original) = &trace.original else {
        finding.reason = Some(Reason::NoOriginalFound);
        return finding;
    };
    let further = trace.further.iter().map(|part| (&part.original, &part.picture));
    let pieces: Vec<(&TracedOriginal, &PictureTrace)> =
        std::iter::once((original, &trace.picture)).chain(further).collect();
    let strength = |picture: &PictureTrace| picture.llr10.map_or(0.0, |ratio| ratio.value().abs());
    let by_strength = |one: &&(&TracedOriginal, &PictureTrace), other: &&(&TracedOriginal, &PictureTrace)| {
        strength(one.1).total_cmp(&strength(other.1))
    };
    let known_s: f64 = pieces.iter().map(|(original, _)| length_s(original.suspect_span_s)).sum();
    let whole_s = trace.duration_s.unwrap_or(0.0);
    let is = |state: PictureState| move |piece: &&(&TracedOriginal, &PictureTrace)| piece.1.state == state;
    // one altered piece is enough; to be unaltered every piece has to be, and it is no surer than the least sure one
    let altered = pieces.iter().filter(is(PictureState::Altered)).max_by(by_strength);
    let all_unaltered = pieces.iter().all(|piece| piece.1.state == PictureState::Unaltered);
    let decides = altered.or_else(|| pieces.iter().filter(|_| all_unaltered).min_by(by_strength));
    finding.calibration_id = trace.picture.calibration_id.clone();
    let Some((_, picture)) = decides else {
        let reason = pieces.iter().find(|piece| piece.1.state != PictureState::Unaltered);
        finding.reason = Some(reason.map_or(Reason::OutOfDistribution, |piece| silence(piece.1)));
        finding.state = FindingState::Abstained;
        return finding;
    };
    let measured = picture.llr10.zip(picture.llr10_ceiling);
    let Some((ratio, ceiling)) = measured.filter(|_| altered.is_some() || known_s >= MOST * whole_s) else {
        finding.reason = Some(Reason::OriginalInPart);
        finding.state = FindingState::Abstained;
        return finding;
    };
    finding.state = FindingState::Finding;
    finding.llr10 = Some(ratio);
    finding.llr10_ceiling = Some(ceiling);
    finding.word = Some(ratio.word());
    let pictures = trace.derivatives.iter().filter(|made| made.kind == DerivativeKind::Comparison);
    let shown: Vec<String> = pictures.map(|made| made.name.clone()).collect();
    finding.locations = pieces
        .iter()
        .flat_map(|(original, picture)| {
            let regions = picture.regions.iter().filter(|region| region.state == PictureState::Altered);
            let mut places: Vec<Location> = regions.map(place).collect();
            if places.is_empty() && altered.is_none() {
                places.push(Location { span_s: Some(original.suspect_span_s), ..Location::default() });
            }
            places
        })
        .collect();
    if let Some(first) = finding.locations.first_mut() {
        first.derivatives = shown;
    }
    finding
}

fn length_s([from_s, until_s]: [f64; 2]) -> f64 {
    until_s - from_s
}

fn place(region: &RegionTrace) -> Location {
    Location {
        at_s: Some(f64::midpoint(region.span_s[0], region.span_s[1])),
        span_s: Some(region.span_s),
        bounding_box: region.bbox,
        ..Location::default()
    }
}

/// Why a comparison says nothing, in the words of all methods.
fn silence(picture: &PictureTrace) -> Reason {
    let regions = picture.regions.iter().filter_map(|region| region.reason.as_deref());
    match picture.reason.as_deref().or_else(|| regions.into_iter().next()) {
        Some("too_few_frames") => Reason::TooFewFrames,
        Some("too_small") => Reason::FaceTooSmall,
        Some("compressed_too_hard") => Reason::RecompressedBeyondValidation,
        Some("overlay_suspected") => Reason::HeavyOverlay,
        Some("not_in_picture") => Reason::NoFace,
        Some("calibration_expired") => Reason::CalibrationExpired,
        None if picture.regions.is_empty() => Reason::NoFace,
        _ => Reason::OutOfDistribution,
    }
}

/// Whether what learned methods say together is the opposite of what the comparison says. A synthetic voice over an unaltered picture is none.
fn contradicts(original: &Finding, findings: &[Finding], combined: &Combined) -> bool {
    let towards = |finding: &Finding| match (finding.state, finding.llr10) {
        (FindingState::Finding, Some(ratio)) if ratio.value().abs() >= std::f64::consts::LOG10_2 => {
            ratio.value().signum()
        }
        _ => 0.0,
    };
    let Some(together) = combined.llr10.filter(|_| combined.state == CombinedState::Finding) else {
        return false;
    };
    let told = towards(original);
    let opposite = together.value() * told < 0.0 && together.value().abs() >= std::f64::consts::LOG10_2;
    let by_picture = findings
        .iter()
        .any(|finding| finding.method.as_str() != VOICE && towards(finding) * together.value() > 0.0);
    opposite && by_picture
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::likelihood::Log10LikelihoodRatio;

    use super::*;

    fn ratio(value: f64) -> Option<Log10LikelihoodRatio> {
        Log10LikelihoodRatio::new(value).ok()
    }

    fn trace(text: &str) -> Trace {
        serde_json::from_str(text).unwrap()
    }

    fn piece(state: &str, llr10: f64, span_s: [f64; 2]) -> String {
        let [from_s, until_s] = span_s;
        format!(
            r#""original": {{"id": "01890a5d-ac96-774b-bcce-b302099a8057", "sha256": "{sha}", "path": "a.mp4", "title": null, "source": null,
              "recorded": null, "link": null, "vouched_by": "x", "suspect_span_s": [{from_s}, {until_s}], "original_span_s": [0, 1],
              "transform": {{"crop": null, "placed": null, "mirror": false, "speed": 1, "offset_s": 0, "rotation_degrees": 0, "scale": 1,
                "homography": [1, 0, 0, 0, 1, 0, 0, 0, 1]}}}},
            "picture": {{"state": "{state}", "llr10": {llr10}, "llr10_ceiling": 1.9, "calibration_id": "c", "overlays": [], "frames": 40,
              "regions": [{{"name": "mouth", "state": "{state}", "span_s": [{from_s}, {until_s}], "spans_s": [], "llr10": {llr10}}}]}},
            "sound": {{"state": "same", "spans": []}}"#,
            sha = "00".repeat(32),
        )
    }

    fn told(pieces: &[String]) -> Trace {
        let further: Vec<String> = pieces.iter().skip(1).map(|piece| format!("{{{piece}}}")).collect();
        trace(&format!(
            r#"{{"schema": "podlinnik-trace/1", "podlinnik_version": "1", "file": null, "sha256": "{}", "kind": "video", "duration_s": 10,
              "searched": {{"originals": 1, "hours": 1, "candidates": 1}}, {}, "further": [{}], "known_copies": [], "warnings": [],
              "derivatives": [], "timing_ms": {{}}}}"#,
            "11".repeat(32),
            pieces[0],
            further.join(",")
        ))
    }

    #[test]
    fn one_altered_piece_decides_and_unaltered_needs_all_of_the_clip() {
        let altered = of(&told(&[piece("unaltered", -1.5, [0.0, 6.0]), piece("altered", 1.2, [6.0, 10.0])]));
        assert!(altered.is_consistent() && altered.state == FindingState::Finding);
        assert_eq!(altered.llr10, ratio(1.2));
        assert_eq!(altered.locations.len(), 1);
        let faithful =
            of(&told(&[piece("unaltered", -1.5, [0.0, 6.0]), piece("unaltered", -0.9, [6.0, 10.0])]));
        assert_eq!((faithful.llr10, faithful.state), (ratio(-0.9), FindingState::Finding));
        assert!(faithful.is_consistent());
        let part = of(&told(&[piece("unaltered", -1.5, [0.0, 6.0])]));
        assert_eq!((part.state, part.reason), (FindingState::Abstained, Some(Reason::OriginalInPart)));
        assert!(part.is_consistent());
        let unclear =
            of(&told(&[piece("unaltered", -1.5, [0.0, 6.0]), piece("undecided", 0.1, [6.0, 10.0])]));
        assert_eq!((unclear.state, unclear.llr10), (FindingState::Abstained, None));
        assert!(unclear.is_consistent());
    }

    #[test]
    fn without_an_original_the_method_does_not_apply() {
        let mut trace = told(&[piece("unaltered", -1.5, [0.0, 10.0])]);
        trace.original = None;
        let finding = of(&trace);
        assert_eq!(finding.reason, Some(Reason::NoOriginalFound));
        assert!(finding.is_consistent() && finding.state == FindingState::NotApplicable);
    }

    #[test]
    fn a_faithful_picture_silences_a_suspicion_of_the_picture_but_not_of_the_voice() {
        let faithful = of(&told(&[piece("unaltered", -1.5, [0.0, 10.0])]));
        let said = |method: &'static str, value: f64| {
            let mut finding = Finding::empty(MethodId::from_static(method), "1", FindingState::Finding);
            finding.llr10 = ratio(value);
            finding
        };
        let combined = |value: f64| Combined {
            state: CombinedState::Finding,
            reason: None,
            calibration_id: Some("f".to_owned()),
            llr10: ratio(value),
            llr10_ceiling: ratio(2.0),
            word: ratio(value).map(Log10LikelihoodRatio::word),
            score: None,
        };
        assert!(contradicts(&faithful, &[said("face_manipulation", 1.0)], &combined(1.0)));
        assert!(!contradicts(&faithful, &[said("voice", 1.0)], &combined(1.0)));
        assert!(!contradicts(&faithful, &[said("face_manipulation", -1.0)], &combined(-1.0)));
        assert!(!contradicts(&faithful, &[said("face_manipulation", 0.1)], &combined(0.1)));
        let altered = of(&told(&[piece("altered", 1.5, [0.0, 10.0])]));
        assert!(contradicts(&altered, &[said("temporal", -0.6)], &combined(-0.6)));
    }
}
