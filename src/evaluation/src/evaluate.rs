//! Records → report.

use std::collections::{BTreeMap, BTreeSet};

use podlinnik_domain::hash::Sha256;

use crate::answers::{Answer, Confidence, calibration, reliability};
use crate::bootstrap::{Random, Resampler};
use crate::buckets::slices;
use crate::interval::{Estimate, Rate, percentiles};
use crate::mistakes::worst;
use crate::ranking::{FALSE_POSITIVE_RATES, Ranking};
use crate::record::Record;
use crate::report::{
    BootstrapFacts, Counts, DetectorKind, DetectorReport, Difference, EVALUATION_SCHEMA, EvaluationReport,
    SetFacts, Slice, Subject, Unit,
};
use crate::sample::{Detector, Item, Observation, detectors, items, observe};
use crate::set::Label;

/// An answer says something from here on (a likelihood ratio of about 3).
const SAYS_SOMETHING: f64 = 0.5;
/// …and says it clearly from here on (a likelihood ratio of 10).
const SAYS_CLEARLY: f64 = 1.0;

/// How to evaluate.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the set.
    pub set: String,
    /// The day to write into the report.
    pub date: Option<String>,
    /// What counts once.
    pub unit: Unit,
    /// Bootstrap rounds.
    pub rounds: usize,
    /// Bootstrap seed.
    pub seed: u64,
}

/// Measures everything. The same records and settings give the same report.
pub fn evaluate(mut records: Vec<Record>, mut subject: Subject, settings: &Settings) -> EvaluationReport {
    records.sort_by(|left, right| left.file.cmp(&right.file));
    let programs: BTreeSet<String> = records.iter().map(|record| record.program.clone()).collect();
    subject.programs = programs.into_iter().collect();
    for method in records.iter().flat_map(|record| &record.methods) {
        subject.methods.insert(method.method.clone(), method.version.clone());
    }
    let items = items(&records, settings.unit);
    let detectors = detectors(&records);
    let observed: Vec<Vec<Observation>> =
        detectors.iter().map(|detector| items.iter().map(|item| observe(item, detector)).collect()).collect();
    let view = |detector: &Detector, observations| View {
        kind: detector.kind,
        items: &items,
        observations,
        settings,
    };
    let reports: Vec<DetectorReport> = detectors
        .iter()
        .zip(&observed)
        .map(|(detector, observations)| view(detector, observations).report(detector))
        .collect();
    let mistakes = observed.first().map(|observations| worst(&items, observations)).unwrap_or_default();
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for record in &records {
        if let Some(code) = &record.refused {
            refused.entry(code.clone()).or_default().push(record.file.clone());
        }
    }
    let set = facts(&records, &items, settings);
    EvaluationReport {
        schema: EVALUATION_SCHEMA.to_owned(),
        date: settings.date.clone(),
        notes: crate::words::notes(&set, &subject, reports.first()),
        set,
        subject,
        bootstrap: BootstrapFacts { rounds: settings.rounds, seed: settings.seed },
        localisation: crate::localisation::measure(&records, settings.rounds, settings.seed),
        differences: differences(&items, &detectors, &observed, settings),
        detectors: reports,
        mistakes,
        refused,
    }
}

fn facts(records: &[Record], items: &[Item<'_>], settings: &Settings) -> SetFacts {
    let fake = records.iter().filter(|record| record.label == Label::Fake).count();
    let groups: BTreeSet<&str> = items.iter().map(|item| item.group.as_str()).collect();
    let listing: String = records
        .iter()
        .map(|record| {
            let group = record.group.as_deref().unwrap_or_default();
            format!("{}\t{}\t{group}\t{}\n", record.file, record.label.code(), record.sha256)
        })
        .collect();
    SetFacts {
        name: settings.set.clone(),
        files: records.len(),
        genuine: records.len() - fake,
        fake,
        groups: groups.len(),
        unit: settings.unit,
        sha256: Sha256::of(listing.as_bytes()).to_string(),
    }
}

/// One detector on all items.
struct View<'a> {
    kind: DetectorKind,
    items: &'a [Item<'a>],
    observations: &'a [Observation],
    settings: &'a Settings,
}

/// Indices of some items, and those that lend the missing class.
struct Selection {
    own: Vec<usize>,
    borrowed: Vec<usize>,
    class: Option<Label>,
}

impl View<'_> {
    fn report(&self, detector: &Detector) -> DetectorReport {
        let all = Selection { own: (0..self.items.len()).collect(), borrowed: Vec::new(), class: None };
        // The same draws for every detector: their intervals differ by what they say only.
        let name = |dimension: &str, value: &str| format!("{dimension}/{value}");
        let (overall, roc_band) = self.slice(&all, &name("", ""), true);
        let buckets = slices(self.items, self.observations)
            .into_iter()
            .map(|(dimension, values)| {
                let measured = values
                    .into_iter()
                    .map(|(value, own)| {
                        let selection = self.select(own, dimension == "source");
                        let (slice, _) = self.slice(&selection, &name(&dimension, &value), false);
                        (value, slice)
                    })
                    .collect();
                (dimension, measured)
            })
            .collect();
        let answers = self.answers(&all.own);
        let evidence = answers.iter().map(|answer| (answer.index, answer.fake, answer.llr10));
        DetectorReport {
            id: detector.id.clone(),
            kind: detector.kind,
            overall,
            buckets,
            roc: self.ranking(&all.own).curve(),
            roc_band,
            reliability: reliability(&answers, self.classes(&all.own, |_| 1.0)),
            risk_coverage_llr10: Confidence::new(evidence).curve(self.items.len()),
            risk_coverage_score: self.margins(&all.own).curve(self.items.len()),
        }
    }

    /// A source with one class only is held against the whole other class.
    fn select(&self, own: Vec<usize>, may_borrow: bool) -> Selection {
        let has = |fake: bool| own.iter().any(|index| self.items[*index].fake == fake);
        let class = match (has(false), has(true)) {
            (true, false) if may_borrow => Some(Label::Fake),
            (false, true) if may_borrow => Some(Label::Real),
            _ => None,
        };
        let wanted = |item: &Item<'_>| class.is_some_and(|class| item.fake == (class == Label::Fake));
        let borrowed: Vec<usize> =
            (0..self.items.len()).filter(|index| wanted(&self.items[*index])).collect();
        Selection { own, class: class.filter(|_| !borrowed.is_empty()), borrowed }
    }

    fn ranking(&self, chosen: &[usize]) -> Ranking {
        Ranking::new(chosen.iter().map(|index| (self.items[*index].fake, self.observations[*index].score)))
    }

    fn answers(&self, chosen: &[usize]) -> Vec<Answer> {
        let answer = |(at, index): (usize, &usize)| {
            let llr10 = self.observations[*index].llr10?;
            Some(Answer { index: at, fake: self.items[*index].fake, llr10 })
        };
        chosen.iter().enumerate().filter_map(answer).collect()
    }

    /// Evidence out of the bare score. Another detector's scores have no known middle.
    fn margins(&self, chosen: &[usize]) -> Confidence {
        let margin = |(at, index): (usize, &usize)| {
            let score = self.observations[*index].score?;
            (self.kind != DetectorKind::Other).then_some((at, self.items[*index].fake, score - 0.5))
        };
        Confidence::new(chosen.iter().enumerate().filter_map(margin))
    }

    fn classes(&self, chosen: &[usize], weight: impl Fn(usize) -> f64) -> (f64, f64) {
        let mut classes = (0.0, 0.0);
        for (at, index) in chosen.iter().enumerate() {
            *(if self.items[*index].fake { &mut classes.1 } else { &mut classes.0 }) += weight(at);
        }
        classes
    }

    fn slice(&self, selection: &Selection, name: &str, band: bool) -> (Slice, Vec<[f64; 3]>) {
        let chosen: Vec<usize> = selection.own.iter().chain(&selection.borrowed).copied().collect();
        let ranking = self.ranking(&chosen);
        let answers = self.answers(&chosen);
        let by_llr10 =
            Confidence::new(answers.iter().map(|answer| (answer.index, answer.fake, answer.llr10)));
        let by_score = self.margins(&chosen);
        let levels: Vec<f64> = if band { band_levels() } else { FALSE_POSITIVE_RATES.to_vec() };
        let mut found = vec![0.0; levels.len()];
        let mut measure = |weight: &dyn Fn(usize) -> f64| -> Vec<f64> {
            let ranked = ranking.measure(weight, &levels, &mut found);
            let calibrated = calibration(&answers, weight, self.classes(&chosen, weight));
            let number = |value: Option<f64>| value.unwrap_or(f64::NAN);
            let mut numbers = vec![
                number(ranked.map(|ranked| ranked.auc)),
                number(ranked.map(|ranked| ranked.eer)),
                number(calibrated.map(|calibrated| calibrated.brier)),
                number(calibrated.map(|calibrated| calibrated.ece)),
                number(by_llr10.area(weight)),
                number(by_score.area(weight)),
            ];
            numbers.extend(found.iter().map(|found| if ranked.is_some() { *found } else { f64::NAN }));
            numbers
        };
        let values = measure(&|_| 1.0);
        let mut rounds: Vec<Vec<f64>> = vec![Vec::with_capacity(self.settings.rounds); values.len()];
        let mut resampler = Resampler::new(
            chosen.iter().map(|index| (self.items[*index].group.as_str(), self.items[*index].fake)),
        );
        if values.iter().any(|value| value.is_finite()) && resampler.enough() {
            let mut random = Random::new(self.settings.seed, name);
            for _ in 0..self.settings.rounds {
                resampler.draw(&mut random);
                let round = measure(&|at| resampler.weight(at));
                rounds.iter_mut().zip(round).for_each(|(list, value)| list.push(value));
            }
        }
        let bounds: Vec<Option<(f64, f64)>> =
            rounds.into_iter().map(|list| percentiles(list, self.settings.rounds)).collect();
        let estimate = |at: usize| {
            let value = values[at];
            value.is_finite().then(|| Estimate {
                value,
                low: bounds[at].map(|bounds| bounds.0),
                high: bounds[at].map(|bounds| bounds.1),
            })
        };
        let level =
            |wanted: f64| levels.iter().position(|level| *level == wanted).and_then(|at| estimate(6 + at));
        let (genuine, fake) = ranking.counts();
        let slice = Slice {
            scored: Counts { genuine, fake },
            borrowed: selection.class,
            auc: estimate(0),
            tpr_at_fpr_1_percent: level(0.01),
            tpr_at_fpr_01_percent: level(0.001),
            eer: estimate(1),
            brier: estimate(2),
            ece: estimate(3),
            aurc_llr10: estimate(4),
            aurc_score: estimate(5),
            ..self.rates(&selection.own)
        };
        let band = levels.iter().zip(bounds.iter().skip(6));
        (slice, band.filter_map(|(level, bounds)| bounds.map(|(low, high)| [*level, low, high])).collect())
    }

    /// What needs counting only; of the slice's own items.
    fn rates(&self, own: &[usize]) -> Slice {
        let (mut n, mut answered) = (Counts::default(), Counts::default());
        let (mut wrong_real, mut clearly_wrong, mut wrong_fake, mut informative, mut right_fake) =
            (0, 0, 0, 0, 0);
        let mut silent: BTreeMap<String, Counts> = BTreeMap::new();
        let mut groups = BTreeSet::new();
        for index in own {
            let (item, observation) = (&self.items[*index], &self.observations[*index]);
            n.add(item.fake);
            groups.insert(item.group.as_str());
            let Some(llr10) = observation.llr10 else {
                if observation.state != "scored" {
                    let reason =
                        observation.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                    silent.entry(format!("{}{reason}", observation.state)).or_default().add(item.fake);
                }
                continue;
            };
            answered.add(item.fake);
            informative += usize::from(llr10.abs() >= SAYS_SOMETHING);
            wrong_real += usize::from(!item.fake && llr10 >= SAYS_SOMETHING);
            clearly_wrong += usize::from(!item.fake && llr10 >= SAYS_CLEARLY);
            wrong_fake += usize::from(item.fake && llr10 <= -SAYS_SOMETHING);
            right_fake += usize::from(item.fake && llr10 >= SAYS_SOMETHING);
        }
        // Another detector gives a number and no answer.
        let asked = if self.kind == DetectorKind::Other { Counts::default() } else { n };
        Slice {
            n,
            groups: groups.len(),
            scored: Counts::default(),
            borrowed: None,
            auc: None,
            tpr_at_fpr_1_percent: None,
            tpr_at_fpr_01_percent: None,
            eer: None,
            brier: None,
            ece: None,
            aurc_llr10: None,
            aurc_score: None,
            coverage: Rate::new(answered.total(), asked.total()),
            coverage_genuine: Rate::new(answered.genuine, asked.genuine),
            coverage_fake: Rate::new(answered.fake, asked.fake),
            informative: Rate::new(informative, asked.total()),
            error_among_answered: Rate::new(wrong_real + wrong_fake, answered.total()),
            wrongly_supports_manipulation: Rate::new(wrong_real, answered.genuine),
            wrongly_supports_manipulation_strongly: Rate::new(clearly_wrong, answered.genuine),
            wrongly_supports_absence: Rate::new(wrong_fake, answered.fake),
            rightly_supports_manipulation: Rate::new(right_fake, asked.fake),
            silent,
        }
    }
}

/// Where the band of the ROC curve is measured: dense where false alarms are rare. Holds [`FALSE_POSITIVE_RATES`].
fn band_levels() -> Vec<f64> {
    let rare = [0.001, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07];
    rare.into_iter().chain((4..=39).map(|step| f64::from(step) * 0.025)).collect()
}

/// Each of our detectors against each other one, on the items that both scored.
fn differences(
    items: &[Item<'_>],
    detectors: &[Detector],
    observed: &[Vec<Observation>],
    settings: &Settings,
) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (ours, mine) in detectors.iter().zip(observed).filter(|(one, _)| one.kind != DetectorKind::Other) {
        for (other, theirs) in
            detectors.iter().zip(observed).filter(|(one, _)| one.kind == DetectorKind::Other)
        {
            let both: Vec<usize> = (0..items.len())
                .filter(|index| mine[*index].score.is_some() && theirs[*index].score.is_some())
                .collect();
            let ranking = |side: &[Observation]| {
                Ranking::new(both.iter().map(|index| (items[*index].fake, side[*index].score)))
            };
            let (first, second) = (ranking(mine), ranking(theirs));
            let auc = |ranking: &Ranking, weight: &dyn Fn(usize) -> f64| {
                ranking.measure(weight, &[], &mut []).map(|ranked| ranked.auc)
            };
            let (Some(one), Some(two)) = (auc(&first, &|_| 1.0), auc(&second, &|_| 1.0)) else { continue };
            let mut resampler =
                Resampler::new(both.iter().map(|index| (items[*index].group.as_str(), items[*index].fake)));
            let mut random = Random::new(settings.seed, &format!("{} − {}", ours.id, other.id));
            let rounds: Vec<f64> = (0..settings.rounds)
                .filter_map(|_| {
                    resampler.draw(&mut random);
                    let weight = |at| resampler.weight(at);
                    Some(auc(&first, &weight)? - auc(&second, &weight)?)
                })
                .collect();
            let bounds = percentiles(rounds, settings.rounds);
            let (genuine, fake) = first.counts();
            differences.push(Difference {
                detector: ours.id.clone(),
                other: other.id.clone(),
                n: Counts { genuine, fake },
                auc: one,
                other_auc: two,
                difference: Estimate {
                    value: one - two,
                    low: bounds.map(|bounds| bounds.0),
                    high: bounds.map(|bounds| bounds.1),
                },
            });
        }
    }
    differences
}
