//! Numbers against hand-calculated and published ones, and what has to hold for any numbers.

use proptest::prelude::*;

use crate::answers::{Answer, Confidence, calibration, posterior, reliability};
use crate::interval::{clopper_pearson, percentiles};
use crate::ranking::Ranking;
use crate::record::{Outcome, Record};
use crate::report::{EvaluationReport, Subject, Unit};
use crate::set::{Label, LabelledFile};
use crate::{Settings, contact_sheet, evaluate, html};

fn near(one: f64, other: f64) {
    assert!((one - other).abs() < 1e-9, "{one} is not {other}");
}

/// 200 files, a third of them fake, with many ties; the same in the script that made the reference numbers.
fn reference() -> Vec<(bool, f64)> {
    (0..200_u32)
        .map(|index| {
            let fake = index % 3 == 0;
            let even = (f64::from(index) * 0.618_033_988_749_894_9).fract();
            (fake, ((even * 0.7 + 0.25 * f64::from(u8::from(fake))) * 50.0).floor() / 50.0)
        })
        .collect()
}

fn ranking(files: &[(bool, f64)]) -> Ranking {
    Ranking::new(files.iter().map(|(fake, score)| (*fake, Some(*score))))
}

#[test]
fn ranking_agrees_with_scikit_learn() {
    // scikit-learn 1.x: roc_auc_score, roc_curve(drop_intermediate=False); EER by brentq on the interpolated curve.
    let mut found = [0.0; 4];
    let ranked = ranking(&reference()).measure(|_| 1.0, &[0.001, 0.01, 0.1, 0.25], &mut found).unwrap();
    near(ranked.auc, 0.807_653_462_013_242_1);
    near(ranked.eer, 0.304_068_522_483_94);
    let expected =
        [0.388_059_701_492_537_3, 0.388_059_701_492_537_3, 0.462_686_567_164_179_1, 0.641_791_044_776_119_4];
    found.iter().zip(expected).for_each(|(found, expected)| near(*found, expected));
}

#[test]
fn calibration_agrees_with_scikit_learn() {
    // brier_score_loss with balanced weights; ECE in NumPy over 15 bins.
    let answers: Vec<Answer> = reference()
        .into_iter()
        .enumerate()
        .map(|(index, (fake, score))| Answer { index, fake, llr10: (score - 0.5) * 4.0 })
        .collect();
    let measured = calibration(&answers, |_| 1.0, (133.0, 67.0)).unwrap();
    near(measured.brier, 0.194_999_471_597_275_6);
    near(measured.ece, 0.144_675_218_766_998_51);
    let bins = reliability(&answers, (133.0, 67.0));
    assert_eq!(bins.iter().map(|bin| bin.n).sum::<usize>(), 200);
    near(bins.iter().map(|bin| bin.weight).sum(), 1.0);
    near(bins.iter().map(|bin| bin.weight * (bin.posterior - bin.fakes).abs()).sum(), measured.ece);
}

#[test]
fn shares_have_the_exact_interval() {
    // scipy.stats.beta.ppf
    for (count, of, low, high) in [
        (0, 300, 0.0, 0.012_220_974_694_293_55),
        (1, 300, 8.438_913_231_780_044e-5, 0.018_431_252_048_067_885),
        (12, 800, 0.007_774_106_862_554_061, 0.026_055_261_131_553_303),
        (800, 800, 0.995_399_515_479_254_5, 1.0),
        (5, 10, 0.187_086_028_447_398_55, 0.812_913_971_552_601_5),
        (0, 0, 0.0, 1.0),
    ] {
        let bounds = clopper_pearson(count, of);
        near(bounds.0, low);
        near(bounds.1, high);
    }
}

#[test]
fn percentiles_are_those_of_numpy_and_missing_rounds_leave_none() {
    let (low, high) = percentiles((0..=40).map(f64::from).collect(), 41).unwrap();
    near(low, 1.0);
    near(high, 39.0);
    assert_eq!(percentiles(vec![f64::NAN; 10], 10), None);
    assert_eq!(percentiles((0..80).map(f64::from).collect(), 100), None);
}

#[test]
fn risk_over_coverage_by_hand() {
    // Confidence 3: right. Confidence 2 (two of them): one right, one wrong. Confidence 0: half an error.
    let evidence = [(0, true, 3.0), (1, false, 2.0), (2, false, -2.0), (3, true, 0.0)];
    let confidence = Confidence::new(evidence);
    // Risks after 1, 2, 3, 4 answers: 0, (0 + ½)/2, 1/3, 1.5/4.
    near(confidence.area(|_| 1.0).unwrap(), (0.0 + 0.25 + 1.0 / 3.0 + 0.375) / 4.0);
    // Without the undecided one.
    near(confidence.area(|index| if index == 3 { 0.0 } else { 1.0 }).unwrap(), (0.25 + 1.0 / 3.0) / 3.0);
    assert_eq!(confidence.curve(8), vec![[0.125, 0.0], [0.375, 1.0 / 3.0], [0.5, 0.375]]);
    assert_eq!(Confidence::new([]).area(|_| 1.0), None);
}

#[test]
fn nothing_to_compare_is_not_measured() {
    assert!(ranking(&[(true, 0.5)]).measure(|_| 1.0, &[], &mut []).is_none());
    assert!(ranking(&[]).curve().is_empty());
    assert_eq!(Ranking::new([(true, None), (false, Some(f64::NAN))]).counts(), (0, 0));
    assert!(calibration(&[], |_| 1.0, (1.0, 1.0)).is_none());
    near(posterior(1.0), 10.0 / 11.0);
}

fn files() -> impl Strategy<Value = Vec<(bool, f64)>> {
    prop::collection::vec((any::<bool>(), (0..20_u8).prop_map(|step| f64::from(step) / 20.0)), 2..60)
        .prop_filter("both classes", |files| {
            files.iter().any(|(fake, _)| *fake) && files.iter().any(|(fake, _)| !*fake)
        })
}

fn auc(files: &[(bool, f64)]) -> f64 {
    ranking(files).measure(|_| 1.0, &[], &mut []).unwrap().auc
}

proptest! {
    #[test]
    fn turned_scores_turn_the_auc(files in files()) {
        let turned: Vec<_> = files.iter().map(|(fake, score)| (*fake, -score)).collect();
        prop_assert!((auc(&files) + auc(&turned) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_auc_is_the_share_of_pairs(files in files()) {
        let (mut pairs, mut won) = (0.0, 0.0);
        for (_, fake) in files.iter().filter(|(fake, _)| *fake) {
            for (_, genuine) in files.iter().filter(|(fake, _)| !*fake) {
                pairs += 1.0;
                won += if fake > genuine { 1.0 } else if fake < genuine { 0.0 } else { 0.5 };
            }
        }
        prop_assert!((auc(&files) - won / pairs).abs() < 1e-12);
    }

    #[test]
    fn equal_scores_are_worth_nothing_and_growing_functions_change_nothing(files in files()) {
        let equal: Vec<_> = files.iter().map(|(fake, _)| (*fake, 0.25)).collect();
        prop_assert!((auc(&equal) - 0.5).abs() < 1e-12);
        let grown: Vec<_> = files.iter().map(|(fake, score)| (*fake, (score * 3.0).exp())).collect();
        prop_assert!((auc(&files) - auc(&grown)).abs() < 1e-12);
    }

    #[test]
    fn a_weight_of_two_is_the_same_file_twice(files in files()) {
        let twice: Vec<_> = files.iter().chain(files.iter().step_by(2)).copied().collect();
        let weight = |index: usize| if index.is_multiple_of(2) { 2.0 } else { 1.0 };
        let levels = [0.01, 0.2, 0.5];
        let (mut one, mut other) = ([0.0; 3], [0.0; 3]);
        let weighted = ranking(&files).measure(weight, &levels, &mut one).unwrap();
        let repeated = ranking(&twice).measure(|_| 1.0, &levels, &mut other).unwrap();
        prop_assert!((weighted.auc - repeated.auc).abs() < 1e-12 && (weighted.eer - repeated.eer).abs() < 1e-12);
        prop_assert!(one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-12));
        prop_assert!(one.is_sorted() && (0.0..=1.0).contains(&weighted.eer));
    }

    #[test]
    fn risk_lies_between_none_and_all(files in files()) {
        let evidence = files.iter().enumerate().map(|(index, (fake, score))| (index, *fake, score - 0.5));
        let confidence = Confidence::new(evidence);
        prop_assert!((0.0..=1.0).contains(&confidence.area(|_| 1.0).unwrap()));
        let curve = confidence.curve(files.len());
        prop_assert!((curve.last().unwrap()[0] - 1.0).abs() < 1e-12 && curve.is_sorted_by(|one, two| one[0] < two[0]));
    }
}

/// Pairs of a genuine and a fake file of the same source; the method answers on all but the first.
fn records(pairs: usize) -> Vec<Record> {
    let mut records = Vec::new();
    for index in 0..pairs * 2 {
        let label = if index % 2 == 0 { Label::Real } else { Label::Fake };
        let name = format!("{}/{index:03}.mp4", label.code());
        let file = LabelledFile {
            path: name.clone().into(),
            name,
            label,
            group: Some(format!("v{}", index / 2)),
            original: None,
            buckets: [("source".to_owned(), if index % 4 == 3 { "swap" } else { "camera" }.to_owned())]
                .into(),
        };
        let mut record =
            Record::new(&file, format!("{index:064}"), "models".to_owned(), "program".to_owned());
        let score = (index as f64 * 0.37).fract() * 0.8 + f64::from(u8::from(label == Label::Fake)) * 0.2;
        let answered = index > 0;
        record.combined = Some(Outcome {
            state: if answered { "finding" } else { "abstained" }.to_owned(),
            reason: (!answered).then(|| "no_face".to_owned()),
            llr10: answered.then_some((score - 0.5) * 3.0),
            score: Some(score),
            ..Outcome::default()
        });
        records.push(record);
    }
    records
}

fn report(records: Vec<Record>, unit: Unit) -> EvaluationReport {
    let settings = Settings { set: "test <set>".to_owned(), date: None, unit, rounds: 200, seed: 1 };
    evaluate(records, Subject::default(), &settings)
}

#[test]
fn the_same_records_in_any_order_give_the_same_report() {
    let mut turned = records(20);
    turned.reverse();
    let one = serde_json::to_string(&report(records(20), Unit::File)).unwrap();
    assert_eq!(one, serde_json::to_string(&report(turned, Unit::File)).unwrap());
    let back: EvaluationReport = serde_json::from_str(&one).unwrap();
    let overall = &back.detectors[0].overall;
    assert_eq!((overall.n.total(), overall.groups, overall.coverage.count), (40, 20, 39));
    assert_eq!(overall.silent["abstained: no_face"].genuine, 1);
    let auc = overall.auc.unwrap();
    assert!(auc.low.unwrap() < auc.value && auc.value < auc.high.unwrap());
    // A source that is all fake is held against all genuine files.
    let swap = &back.detectors[0].buckets["source"]["swap"];
    assert_eq!((swap.n.genuine, swap.borrowed, swap.scored.genuine), (0, Some(Label::Real), 20));
}

#[test]
fn files_of_a_group_can_count_once() {
    let mut all = records(4);
    all.iter_mut().for_each(|record| record.group = Some("the same".to_owned()));
    let merged = report(all, Unit::Group);
    assert_eq!((merged.set.files, merged.detectors[0].overall.n.total(), merged.set.groups), (8, 2, 1));
    let mean: f64 = records(4)
        .iter()
        .skip(2)
        .step_by(2)
        .filter_map(|record| record.combined.as_ref()?.llr10)
        .sum::<f64>()
        / 3.0;
    let wrong = report(records(4), Unit::Group);
    assert_eq!(wrong.detectors[0].overall.n.total(), 8);
    assert!(
        merged
            .mistakes
            .iter()
            .all(|mistake| mistake.label == Label::Fake || (mistake.llr10.unwrap() - mean).abs() < 1e-12)
    );
}

#[test]
fn copies_of_a_source_do_not_make_the_interval_narrower() {
    let width = |report: &EvaluationReport| {
        let auc = report.detectors[0].overall.auc.unwrap();
        auc.high.unwrap() - auc.low.unwrap()
    };
    let copies: Vec<Record> = (0..5)
        .flat_map(|copy| {
            records(15).into_iter().map(move |mut record| {
                record.file = format!("{copy}/{}", record.file);
                record
            })
        })
        .collect();
    let (one, five) = (report(records(15), Unit::File), report(copies.clone(), Unit::File));
    assert!((width(&one) - width(&five)).abs() < 0.25 * width(&one), "{} {}", width(&one), width(&five));
    let independent = copies.into_iter().map(|mut record| {
        record.group = None;
        record
    });
    assert!(width(&report(independent.collect(), Unit::File)) < 0.7 * width(&five));
}

#[test]
fn a_set_without_any_measurement_is_reported_as_such() {
    let mut silent = records(3);
    for record in &mut silent {
        record.combined = Some(Outcome {
            state: "not_applicable".to_owned(),
            reason: Some("no_picture".to_owned()),
            ..Outcome::default()
        });
    }
    silent[0].combined = None;
    silent[0].refused = Some("media_empty".to_owned());
    let report = report(silent, Unit::File);
    let overall = &report.detectors[0].overall;
    assert!(overall.auc.is_none() && overall.ece.is_none() && overall.error_among_answered.value.is_none());
    assert_eq!(report.refused["media_empty"].len(), 1);
    let page = html::render(&report).unwrap();
    assert!(page.contains("Nothing was measured") && page.contains("no picture") && !page.contains("NaN"));
}

#[test]
fn the_page_escapes_names_and_needs_nothing_from_outside() {
    let mut all = records(10);
    all[1].file = "<script>alert(1)</script>.jpg".to_owned();
    for (index, record) in all.iter_mut().enumerate() {
        let score =
            crate::record::OtherScore { command: "x".to_owned(), score: Some(index as f64), error: None };
        record.others.insert("rival".to_owned(), score);
    }
    let report = report(all, Unit::File);
    let page = html::render(&report).unwrap();
    assert!(!page.contains("<script") && page.contains("test &#60;set&#62;"), "{page}");
    assert!(
        !page.contains("http://")
            || page.matches("http://").count() == page.matches("http://www.w3.org/2000/svg").count()
    );
    assert!(!page.contains("<img"));
    assert_eq!(report.differences.len(), 1);
    let difference = &report.differences[0];
    near(difference.difference.value, difference.auc - difference.other_auc);
    assert_eq!(report.detectors[1].overall.coverage.of, 0, "another detector gives no answers");
    let sheet = contact_sheet::render(&report, &[]).unwrap();
    assert!(sheet.contains("must not be published"));
    assert!(html::summary_rows(&report).iter().any(|row| row[0] == "AUC" && row.len() == 3));
}
