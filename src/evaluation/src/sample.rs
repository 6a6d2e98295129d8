//! Records → observations of one detector, by file or by group.

use std::collections::{BTreeMap, BTreeSet};

use podlinnik_domain::finding::FindingState;

use crate::record::{Outcome, Record};
use crate::report::{DetectorKind, Unit};
use crate::set::Label;

/// What is evaluated: everything combined, one method, or a detector beside ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Detector {
    pub(crate) kind: DetectorKind,
    pub(crate) id: String,
}

/// One thing that counts once: a file, or all files of a group with the same label.
#[derive(Debug, Clone)]
pub(crate) struct Item<'a> {
    pub(crate) records: Vec<&'a Record>,
    pub(crate) group: String,
    pub(crate) fake: bool,
}

impl<'a> Item<'a> {
    /// The record that names the item.
    pub(crate) fn first(&self) -> &'a Record {
        self.records[0]
    }
}

/// What one detector said of one item.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Observation {
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    /// Only where it answered.
    pub(crate) llr10: Option<f64>,
    pub(crate) word: Option<String>,
    pub(crate) score: Option<f64>,
    pub(crate) bucket: Option<String>,
}

/// The combination first, the methods in the registry's order, the others by name.
pub(crate) fn detectors(records: &[Record]) -> Vec<Detector> {
    let mut methods: Vec<&str> = Vec::new();
    for outcome in records.iter().flat_map(|record| &record.methods) {
        if !methods.contains(&outcome.method.as_str()) {
            methods.push(&outcome.method);
        }
    }
    let others: BTreeSet<&str> =
        records.iter().flat_map(|record| record.others.keys()).map(String::as_str).collect();
    let of = |kind| move |id: &str| Detector { kind, id: id.to_owned() };
    std::iter::once("combined")
        .map(of(DetectorKind::Combined))
        .chain(methods.into_iter().map(of(DetectorKind::Method)))
        .chain(others.into_iter().map(of(DetectorKind::Other)))
        .collect()
}

/// What counts once; a file without a group is a group of its own.
pub(crate) fn items(records: &[Record], unit: Unit) -> Vec<Item<'_>> {
    let mut items: Vec<Item<'_>> = Vec::new();
    let mut known: BTreeMap<(String, Label), usize> = BTreeMap::new();
    for record in records {
        let group = record
            .group
            .as_ref()
            .map_or_else(|| format!("file {}", record.file), |group| format!("group {group}"));
        let place = known.get(&(group.clone(), record.label)).filter(|_| unit == Unit::Group);
        if let Some(place) = place {
            items[*place].records.push(record);
        } else {
            known.insert((group.clone(), record.label), items.len());
            items.push(Item { records: vec![record], group, fake: record.label == Label::Fake });
        }
    }
    items
}

/// What a detector said: over several files, the mean score and the mean likelihood ratio of the answers.
pub(crate) fn observe(item: &Item<'_>, detector: &Detector) -> Observation {
    let all: Vec<Observation> = item.records.iter().map(|record| one(record, detector)).collect();
    let mean =
        |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let llr10 = mean(all.iter().filter_map(|one| one.llr10).collect());
    let score = mean(all.iter().filter_map(|one| one.score).collect());
    let telling = all.iter().find(|one| one.llr10.is_some()).or(all.first()).cloned().unwrap_or_default();
    Observation { llr10, score, word: telling.word.clone().filter(|_| all.len() == 1), ..telling }
}

fn one(record: &Record, detector: &Detector) -> Observation {
    let silent = |state: &str, reason: Option<String>| Observation {
        state: state.to_owned(),
        reason,
        ..Observation::default()
    };
    match detector.kind {
        DetectorKind::Other => match record.others.get(&detector.id) {
            Some(other) => Observation {
                score: other.score,
                ..silent(if other.score.is_some() { "scored" } else { "failed" }, other.error.clone())
            },
            None => silent("failed", None),
        },
        _ if record.refused.is_some() => silent("refused", record.refused.clone()),
        DetectorKind::Combined => record.combined.as_ref().map_or_else(Observation::default, of_outcome),
        DetectorKind::Method => record
            .methods
            .iter()
            .find(|method| method.method == detector.id)
            .map_or_else(|| silent("not_listed", None), |method| of_outcome(&method.outcome)),
    }
}

fn of_outcome(outcome: &Outcome) -> Observation {
    let answered = outcome.state == FindingState::Finding.code();
    Observation {
        state: outcome.state.clone(),
        reason: outcome.reason.clone(),
        llr10: outcome.llr10.filter(|_| answered),
        word: outcome.word.clone(),
        score: outcome.score,
        bucket: outcome.quality_bucket.clone(),
    }
}
