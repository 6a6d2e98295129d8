//! One self-contained page: no script, nothing fetched, no faces.

use askama::Template;
use podlinnik_domain::likelihood::Word;

use crate::interval::{Estimate, Rate};
use crate::plot::{Axis, Plot};
use crate::report::{Counts, DetectorKind, DetectorReport, EvaluationReport, Slice, Unit};
use crate::set::Label;
use crate::words::{self, percent};

/// Curves that fit into one diagram.
const MOST_CURVES: usize = 6;

/// Stands in place of an interval.
const TOO_FEW: &str = "too few for a range";

/// Renders the page.
///
/// # Errors
/// If the template fails.
pub fn render(report: &EvaluationReport) -> Result<String, askama::Error> {
    let combined = report.detectors.first().map(|combined| &combined.overall);
    let page = Page {
        report,
        headline: combined.map(words::headline).unwrap_or_default(),
        lead: combined.map(words::lead).unwrap_or_default(),
        metrics: metrics(report),
        legend: report
            .detectors
            .iter()
            .take(MOST_CURVES)
            .enumerate()
            .map(|(colour, detector)| (colour, name(detector)))
            .collect(),
        figures: figures(report),
        tables: report.detectors.iter().map(slices).filter(|(_, tables)| !tables.is_empty()).collect(),
        silent: report.detectors.iter().filter(|one| !one.overall.silent.is_empty()).collect(),
    };
    page.render()
}

/// The most important numbers as rows of text, for a terminal.
pub fn summary_rows(report: &EvaluationReport) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(report.detectors.iter().map(name));
    rows.extend(metrics(report).into_iter().map(|metric| {
        let cells =
            metric.cells.into_iter().map(|cell| format!("{} {}", cell.value, cell.range).trim().to_owned());
        std::iter::once(metric.name.to_owned()).chain(cells).collect()
    }));
    rows
}

#[derive(Template)]
#[template(path = "evaluation.html")]
struct Page<'a> {
    report: &'a EvaluationReport,
    headline: String,
    lead: Vec<String>,
    metrics: Vec<Metric>,
    legend: Vec<(usize, String)>,
    figures: Vec<Figure>,
    tables: Vec<(String, Vec<Table>)>,
    silent: Vec<&'a DetectorReport>,
}

impl Page<'_> {
    fn unit(&self) -> &'static str {
        match self.report.set.unit {
            Unit::File => "file",
            Unit::Group => "group of files with the same source and label",
        }
    }

    fn detector_names(&self) -> Vec<String> {
        self.report.detectors.iter().map(name).collect()
    }

    fn name(&self, detector: &DetectorReport) -> String {
        name(detector)
    }

    fn label(&self, label: &Label) -> &'static str {
        match label {
            Label::Real => "genuine",
            Label::Fake => "fake",
        }
    }

    fn short(&self, digest: &str) -> String {
        digest.chars().take(12).collect()
    }

    fn signed(&self, value: &Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:+.2}"))
    }

    fn plain(&self, value: &Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| format!("{value:.3}"))
    }

    fn words(&self, code: &str) -> String {
        code.replace('_', " ")
    }

    /// The word of an answer, as a person reads it.
    fn said(&self, code: &str) -> String {
        code.parse::<Word>().map_or_else(|_| self.words(code), |word| word.text().en.to_owned())
    }

    /// A share with its exact interval.
    fn rate(&self, rate: &Rate) -> String {
        rate.value.map_or_else(String::new, |value| {
            format!("{} % ({}–{} %)", percent(value), percent(rate.low), percent(rate.high))
        })
    }

    fn unsigned(&self, estimate: &Estimate) -> String {
        self.estimate(estimate).replace('+', "")
    }

    fn estimate(&self, estimate: &Estimate) -> String {
        match (estimate.low, estimate.high) {
            (Some(low), Some(high)) => format!("{:+.3} ({low:+.3} to {high:+.3})", estimate.value),
            _ => format!("{:+.3}", estimate.value),
        }
    }
}

struct Metric {
    name: &'static str,
    explanation: &'static str,
    cells: Vec<Cell>,
}

struct Cell {
    value: String,
    range: String,
}

struct Figure {
    title: &'static str,
    caption: &'static str,
    picture: String,
}

struct Table {
    dimension: String,
    rows: Vec<Row>,
}

struct Row {
    value: String,
    n: Counts,
    borrowed: Option<&'static str>,
    cells: Vec<Cell>,
}

fn name(detector: &DetectorReport) -> String {
    match detector.kind {
        DetectorKind::Combined => "All methods combined".to_owned(),
        DetectorKind::Method => detector.id.replace('_', " "),
        DetectorKind::Other => format!("{} (other detector)", detector.id),
    }
}

fn number(estimate: Option<Estimate>) -> Cell {
    let Some(estimate) = estimate else {
        return Cell { value: "not measured".to_owned(), range: String::new() };
    };
    let range = match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{low:.3}–{high:.3}"),
        _ => TOO_FEW.to_owned(),
    };
    Cell { value: format!("{:.3}", estimate.value), range }
}

fn share(estimate: Option<Estimate>) -> Cell {
    let Some(estimate) = estimate else { return number(None) };
    let range = match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{}–{} %", percent(low), percent(high)),
        _ => TOO_FEW.to_owned(),
    };
    Cell { value: format!("{} %", percent(estimate.value)), range }
}

fn rate(rate: &Rate) -> Cell {
    match rate.value {
        None => number(None),
        Some(value) => Cell {
            value: format!("{} %", percent(value)),
            range: format!("{} of {}; {}–{} %", rate.count, rate.of, percent(rate.low), percent(rate.high)),
        },
    }
}

fn metrics(report: &EvaluationReport) -> Vec<Metric> {
    type Get = fn(&Slice) -> Cell;
    let all: [(&'static str, &'static str, Get); 17] = [
        ("Scored files", "files on which a score was measured, answered or not: genuine and fake", |slice| {
            Cell {
                value: slice.scored.total().to_string(),
                range: format!("{} + {}", slice.scored.genuine, slice.scored.fake),
            }
        }),
        ("AUC", "how often a fake scores higher than a genuine file; guessing gives 0.5", |slice| {
            number(slice.auc)
        }),
        (
            "Fakes found at 1 % false alarms",
            "by the score, at the best threshold that this set allows",
            |slice| share(slice.tpr_at_fpr_1_percent),
        ),
        ("Fakes found at 0.1 % false alarms", "the same, ten times stricter", |slice| {
            share(slice.tpr_at_fpr_01_percent)
        }),
        (
            "Equal error rate",
            "where as large a share of genuine files is suspected as fakes are missed",
            |slice| share(slice.eer),
        ),
        ("Coverage", "files with an answer", |slice| rate(&slice.coverage)),
        ("Coverage of genuine files", "genuine files with an answer", |slice| rate(&slice.coverage_genuine)),
        ("Coverage of fakes", "fakes with an answer", |slice| rate(&slice.coverage_fake)),
        (
            "Telling answers",
            "files whose answer says something (likelihood ratio of about 3 or more, either way)",
            |slice| rate(&slice.informative),
        ),
        ("Error among answered", "answers that say something in the wrong direction", |slice| {
            rate(&slice.error_among_answered)
        }),
        (
            "Wrongly supports manipulation",
            "of answered genuine files: ratio of about 3 or more for manipulation",
            |slice| rate(&slice.wrongly_supports_manipulation),
        ),
        ("… clearly", "of answered genuine files: ratio of 10 or more for manipulation", |slice| {
            rate(&slice.wrongly_supports_manipulation_strongly)
        }),
        (
            "Wrongly supports absence",
            "of answered fakes: ratio of about 3 or more against manipulation",
            |slice| rate(&slice.wrongly_supports_absence),
        ),
        ("Fakes pointed out", "of all fakes: ratio of about 3 or more for manipulation", |slice| {
            rate(&slice.rightly_supports_manipulation)
        }),
        (
            "ECE",
            "how far stated and true probabilities lie apart, on average (prior one half, 15 bins)",
            |slice| number(slice.ece),
        ),
        (
            "Brier score",
            "mean squared distance of stated probability and truth; always saying one half gives 0.25",
            |slice| number(slice.brier),
        ),
        (
            "AURC",
            "error share averaged over all levels of confidence; lower is better (answered, by likelihood ratio)",
            |slice| number(slice.aurc_llr10),
        ),
    ];
    all.into_iter()
        .map(|(name, explanation, get)| Metric {
            name,
            explanation,
            cells: report.detectors.iter().map(|detector| get(&detector.overall)).collect(),
        })
        .filter(|metric| metric.cells.iter().any(|cell| cell.value != "not measured") || metric.name == "AUC")
        .collect()
}

/// One table per dimension, for one detector.
fn slices(detector: &DetectorReport) -> (String, Vec<Table>) {
    let row = |(value, slice): (&String, &Slice)| Row {
        value: value
            .split_once(": ")
            .filter(|(order, _)| order.len() == 1)
            .map_or(value.as_str(), |(_, text)| text)
            .to_owned(),
        n: slice.n,
        borrowed: slice.borrowed.map(|label| match label {
            Label::Real => "against all genuine files",
            Label::Fake => "against all fakes",
        }),
        cells: vec![
            number(slice.auc),
            share(slice.tpr_at_fpr_1_percent),
            number(slice.ece),
            rate(&slice.coverage),
            rate(&slice.wrongly_supports_manipulation),
            rate(&slice.wrongly_supports_absence),
        ],
    };
    let tables = detector
        .buckets
        .iter()
        .map(|(dimension, values)| Table {
            dimension: dimension.replace('_', " "),
            rows: values.iter().map(row).collect(),
        })
        .collect();
    (name(detector), tables)
}

fn figures(report: &EvaluationReport) -> Vec<Figure> {
    let shown = || report.detectors.iter().take(MOST_CURVES).enumerate();
    // Later detectors first, so that the first lies on top.
    let backwards = || shown().collect::<Vec<_>>().into_iter().rev();
    let mut figures = Vec::new();
    if shown().any(|(_, detector)| !detector.roc.is_empty()) {
        let found = "Fakes found";
        let axes = [
            (
                Axis::shares("Genuine files suspected"),
                "ROC curve",
                "Left and up is better; the dashed line is guessing. The band is the 95 % interval of the first detector.",
            ),
            (
                Axis::rates("Genuine files suspected (powers of ten)"),
                "ROC curve where false alarms are rare",
                "The same with the left end stretched: a newsroom works between 0.1 % and 1 %.",
            ),
        ];
        for (axis, title, caption) in axes {
            let mut plot = Plot::new(axis, Axis::shares(found));
            plot.reference((0..=100).map(|step| {
                let rate = 10_f64.powf(-3.0 + 3.0 * f64::from(step) / 100.0);
                if step == 0 { (0.0, 0.0) } else { (rate, rate) }
            }));
            if let Some(first) = report.detectors.first() {
                plot.band(0, &first.roc_band);
            }
            for (colour, detector) in backwards() {
                plot.line(colour, roc_points(&detector.roc));
            }
            figures.push(Figure { title, caption, picture: plot.finish(title) });
        }
    }
    if shown().any(|(_, detector)| !detector.reliability.is_empty()) {
        let title = "Reliability";
        let mut plot = Plot::new(
            Axis::shares("Stated probability of manipulation (prior one half)"),
            Axis::shares("True share of fakes"),
        );
        plot.reference([(0.0, 0.0), (1.0, 1.0)]);
        for (colour, detector) in backwards().filter(|(_, detector)| !detector.reliability.is_empty()) {
            plot.line(colour, detector.reliability.iter().map(|bin| (bin.posterior, bin.fakes)));
            for bin in &detector.reliability {
                let hits = (bin.fakes * bin.n as f64).round() as usize;
                let (low, high) = crate::interval::clopper_pearson(hits, bin.n);
                plot.whisker(colour, bin.posterior, low, high);
                let title = format!(
                    "{} files: stated {} %, true {} %",
                    bin.n,
                    percent(bin.posterior),
                    percent(bin.fakes)
                );
                plot.dot(colour, (bin.posterior, bin.fakes), bin.weight, &title);
            }
        }
        figures.push(Figure {
            title,
            caption: "On the dashed line, what is said is as probable as it is said to be. Dots are as large as the share of answers; whiskers are 95 % intervals, roughly.",
            picture: plot.finish(title),
        });
    }
    if shown().any(|(_, detector)| !detector.risk_coverage_llr10.is_empty()) {
        let title = "Risk over coverage";
        let curves = || backwards().filter(|(_, detector)| !detector.risk_coverage_llr10.is_empty());
        let most = curves()
            .flat_map(|(_, detector)| &detector.risk_coverage_llr10)
            .map(|point| point[1])
            .fold(0.0, f64::max);
        let mut plot = Plot::new(
            Axis::shares("Files answered, most confident first"),
            Axis::shares_to("Wrong direction among them", most),
        );
        for (colour, detector) in curves() {
            let first = detector.risk_coverage_llr10.first().map(|point| [0.0, point[1]]);
            let points: Vec<[f64; 2]> =
                first.into_iter().chain(detector.risk_coverage_llr10.iter().copied()).collect();
            plot.line(colour, points.iter().map(|point| (point[0], point[1])));
            if let [.., last] = points.as_slice() {
                plot.dot(colour, (last[0], last[1]), 0.05, "every answer");
            }
        }
        figures.push(Figure {
            title,
            caption: "If only the most confident answers were given, this share of them would point the wrong way. A curve ends where the method falls silent.",
            picture: plot.finish(title),
        });
    }
    figures
}

/// Straight pieces in steps, so that they bend as they should on a logarithmic axis.
fn roc_points(roc: &[[f64; 2]]) -> Vec<(f64, f64)> {
    const STEPS: u32 = 24;
    let mut points: Vec<(f64, f64)> = roc.first().map(|first| (first[0], first[1])).into_iter().collect();
    for pair in roc.windows(2) {
        if let [one, two] = pair {
            let steps = if two[0] > one[0] && two[1] > one[1] { STEPS } else { 1 };
            points.extend((1..=steps).map(|step| {
                let way = f64::from(step) / f64::from(steps);
                (one[0] + way * (two[0] - one[0]), one[1] + way * (two[1] - one[1]))
            }));
        }
    }
    points
}
