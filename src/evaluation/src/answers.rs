//! What answers are worth: Brier score and expected calibration error of the posterior, risk over coverage.

/// Bins of the expected calibration error, all of the same width.
pub const BINS: usize = 15;

/// An answer: whether the file is fake, and the calibrated log10 likelihood ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// Index of the observation.
    pub index: usize,
    /// Whether the file is fake.
    pub fake: bool,
    /// log10 likelihood ratio.
    pub llr10: f64,
}

/// The posterior at a prior of one half.
pub fn posterior(llr10: f64) -> f64 {
    1.0 / (1.0 + 10_f64.powf(-llr10))
}

/// Brier score and expected calibration error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Mean squared distance between posterior and truth.
    pub brier: f64,
    /// Mean distance between posterior and share of fakes over the bins, each weighing what it holds.
    pub ece: f64,
}

/// One bar of the reliability diagram.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Bin {
    /// Mean posterior.
    pub posterior: f64,
    /// Share of fakes, the classes weighing alike.
    pub fakes: f64,
    /// Files.
    pub n: usize,
    /// Share of all weight.
    pub weight: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    weight: f64,
    posterior: f64,
    fakes: f64,
    n: usize,
}

fn bin_of(posterior: f64) -> usize {
    // The bounds are exact: a posterior is within [0, 1].
    ((posterior * BINS as f64) as usize).min(BINS - 1)
}

/// Brier score and ECE. A prior of one half belongs to as many fakes as genuine files, so each class weighs half: `classes` holds the weight
/// of all genuine and all fake files, answered or not. None if a class or every answer is missing.
pub fn calibration(
    answers: &[Answer],
    weight: impl Fn(usize) -> f64,
    classes: (f64, f64),
) -> Option<Calibration> {
    let (sums, brier, total) = sums(answers, weight, classes)?;
    let ece = sums.iter().map(|sum| (sum.posterior - sum.fakes).abs()).sum::<f64>() / total;
    Some(Calibration { brier: brier / total, ece })
}

/// The reliability diagram; empty bins are left out.
pub fn reliability(answers: &[Answer], classes: (f64, f64)) -> Vec<Bin> {
    let Some((sums, _, total)) = sums(answers, |_| 1.0, classes) else { return Vec::new() };
    sums.iter()
        .filter(|sum| sum.weight > 0.0)
        .map(|sum| Bin {
            posterior: sum.posterior / sum.weight,
            fakes: sum.fakes / sum.weight,
            n: sum.n,
            weight: sum.weight / total,
        })
        .collect()
}

fn sums(
    answers: &[Answer],
    weight: impl Fn(usize) -> f64,
    (genuine, fakes): (f64, f64),
) -> Option<([Sum; BINS], f64, f64)> {
    if genuine <= 0.0 || fakes <= 0.0 {
        return None;
    }
    let mut sums = [Sum::default(); BINS];
    let (mut brier, mut total) = (0.0, 0.0);
    for answer in answers {
        let weight = weight(answer.index) / if answer.fake { fakes } else { genuine };
        let posterior = posterior(answer.llr10);
        let truth = f64::from(u8::from(answer.fake));
        let sum = &mut sums[bin_of(posterior)];
        sum.weight += weight;
        sum.posterior += weight * posterior;
        sum.fakes += weight * truth;
        sum.n += 1;
        brier += weight * (posterior - truth) * (posterior - truth);
        total += weight;
    }
    (total > 0.0).then_some((sums, brier, total))
}

/// Answers in falling order of confidence, sorted once for any number of weightings.
#[derive(Debug, Clone)]
pub struct Confidence {
    /// Index of the observation, error (0, ½ or 1), whether the next one is less confident.
    order: Vec<(usize, f64, bool)>,
}

impl Confidence {
    /// Out of (index, fake, evidence): the sign of the evidence is what is said, its size is the confidence. Zero says nothing: half an error.
    pub fn new(evidence: impl IntoIterator<Item = (usize, bool, f64)>) -> Self {
        let mut sorted: Vec<(usize, f64, f64)> = evidence
            .into_iter()
            .filter(|(.., evidence)| !evidence.is_nan())
            .map(|(index, fake, evidence)| {
                let error = if evidence == 0.0 { 0.5 } else { f64::from(u8::from(fake != (evidence > 0.0))) };
                (index, error, evidence.abs())
            })
            .collect();
        sorted.sort_by(|left, right| right.2.total_cmp(&left.2).then(left.0.cmp(&right.0)));
        let next: Vec<Option<f64>> = sorted.iter().skip(1).map(|entry| Some(entry.2)).chain([None]).collect();
        let order = sorted
            .into_iter()
            .zip(next)
            .map(|((index, error, confidence), next)| {
                (index, error, next.is_none_or(|next| next != confidence))
            })
            .collect();
        Self { order }
    }

    /// Area under the risk–coverage curve: the mean of the error shares among the k most confident answers, k from 1 to all. Answers of the
    /// same confidence count in their mean order. Weights have to be whole numbers.
    pub fn area(&self, weight: impl Fn(usize) -> f64) -> Option<f64> {
        let (mut errors, mut count, mut area) = (0.0, 0.0, 0.0);
        let (mut tied_errors, mut tied) = (0.0, 0.0);
        for (index, error, last) in &self.order {
            let weight = weight(*index);
            tied += weight;
            tied_errors += weight * error;
            if *last && tied > 0.0 {
                let share = tied_errors / tied;
                let mut step = 1.0;
                while step <= tied {
                    area += (errors + share * step) / (count + step);
                    step += 1.0;
                }
                errors += tied_errors;
                count += tied;
                (tied, tied_errors) = (0.0, 0.0);
            }
        }
        (count > 0.0).then(|| area / count)
    }

    /// The curve: (share of all `files` answered, share of errors among them), one point for each level of confidence.
    pub fn curve(&self, files: usize) -> Vec<[f64; 2]> {
        let (mut errors, mut points) = (0.0, Vec::new());
        for (count, (_, error, last)) in self.order.iter().enumerate() {
            errors += error;
            if *last {
                let count = (count + 1) as f64;
                points.push([count / files.max(1) as f64, errors / count]);
            }
        }
        points
    }
}
