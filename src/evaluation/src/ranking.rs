//! What an order of files by score is worth: AUC, the share of fakes found at a rate of false alarms, equal error rate. Ties count as ties.

/// False-positive rates at which the share of fakes found is reported.
pub const FALSE_POSITIVE_RATES: [f64; 2] = [0.001, 0.01];

/// Scored files in falling order of score, sorted once for any number of weightings.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Index of the observation, whether it is fake, whether the next one has another score.
    order: Vec<(usize, bool, bool)>,
}

/// The numbers of one weighting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// Probability that a random fake scores higher than a random genuine file, ties counting half.
    pub auc: f64,
    /// The rate at which as large a share of genuine files is wrongly flagged as fakes are missed.
    pub eer: f64,
}

impl Ranking {
    /// Out of (fake, score) by observation; observations without a score are left out.
    pub fn new(observations: impl IntoIterator<Item = (bool, Option<f64>)>) -> Self {
        let mut scored: Vec<(usize, bool, f64)> = observations
            .into_iter()
            .enumerate()
            .filter_map(|(index, (fake, score))| Some((index, fake, score.filter(|score| !score.is_nan())?)))
            .collect();
        scored.sort_by(|left, right| right.2.total_cmp(&left.2).then(left.0.cmp(&right.0)));
        let next: Vec<Option<f64>> =
            scored.iter().skip(1).map(|(_, _, score)| Some(*score)).chain([None]).collect();
        // `==`, so that 0.0 and −0.0 tie.
        let order = scored
            .into_iter()
            .zip(next)
            .map(|((index, fake, score), next)| (index, fake, next.is_none_or(|next| next != score)))
            .collect();
        Self { order }
    }

    /// Number of scored genuine and fake files.
    pub fn counts(&self) -> (usize, usize) {
        let fake = self.order.iter().filter(|(_, fake, _)| *fake).count();
        (self.order.len() - fake, fake)
    }

    /// Walks the ROC curve from (0, 0) to (1, 1): after each group of equal scores, (false-positive rate, true-positive rate).
    /// None if a class has no weight. `weight`: by observation.
    fn walk(&self, weight: impl Fn(usize) -> f64, mut point: impl FnMut(f64, f64)) -> Option<()> {
        let (mut genuine, mut fakes) = (0.0, 0.0);
        for (index, fake, _) in &self.order {
            *(if *fake { &mut fakes } else { &mut genuine }) += weight(*index);
        }
        if genuine <= 0.0 || fakes <= 0.0 {
            return None;
        }
        let (mut false_positives, mut true_positives) = (0.0, 0.0);
        for (index, fake, last) in &self.order {
            *(if *fake { &mut true_positives } else { &mut false_positives }) += weight(*index);
            if *last {
                point(false_positives / genuine, true_positives / fakes);
            }
        }
        Some(())
    }

    /// AUC and EER under a weighting, and the true-positive rates at `levels` (rising false-positive rates) into `found`: the best that a
    /// threshold reaches without exceeding the level; nothing is interpolated.
    pub fn measure(
        &self,
        weight: impl Fn(usize) -> f64,
        levels: &[f64],
        found: &mut [f64],
    ) -> Option<Ranked> {
        found.fill(0.0);
        let (mut area, mut eer, mut before) = (0.0, None, (0.0, 0.0));
        let mut level = 0;
        self.walk(weight, |false_positives, true_positives| {
            area += (false_positives - before.0) * (true_positives + before.1) / 2.0;
            while levels.get(level).is_some_and(|most| false_positives > *most + 1e-12) {
                level += 1;
            }
            found.iter_mut().skip(level).for_each(|found| *found = true_positives);
            let (gap, gap_before) = (false_positives + true_positives - 1.0, before.0 + before.1 - 1.0);
            if eer.is_none() && gap >= 0.0 {
                let way = if gap > gap_before { -gap_before / (gap - gap_before) } else { 0.0 };
                eer = Some(before.0 + way * (false_positives - before.0));
            }
            before = (false_positives, true_positives);
        })?;
        Some(Ranked { auc: area, eer: eer.unwrap_or(1.0) })
    }

    /// The ROC curve with every file counting once; points on a straight line between others are left out.
    pub fn curve(&self) -> Vec<[f64; 2]> {
        let mut points = vec![[0.0, 0.0]];
        let walked = self.walk(
            |_| 1.0,
            |false_positives, true_positives| {
                let next = [false_positives, true_positives];
                if let [.., one, two] = points.as_slice() {
                    let turn =
                        (two[0] - one[0]) * (next[1] - one[1]) - (two[1] - one[1]) * (next[0] - one[0]);
                    if turn.abs() < 1e-12 {
                        points.pop();
                    }
                }
                points.push(next);
            },
        );
        if walked.is_some() { points } else { Vec::new() }
    }
}
