//! The worst mistakes: answers in the wrong direction first, by size, then scores on the wrong side of ½ that no telling answer came out of.

use crate::report::Mistake;
use crate::sample::{Item, Observation};
use crate::set::Label;

/// How many are listed.
pub(crate) const WORST: usize = 50;

pub(crate) fn worst(items: &[Item<'_>], observations: &[Observation]) -> Vec<Mistake> {
    let mut wrong: Vec<(f64, f64, Mistake)> = items
        .iter()
        .zip(observations)
        .filter_map(|(item, observation)| {
            let direction = if item.fake { -1.0 } else { 1.0 };
            let answer = observation.llr10.map_or(0.0, |llr10| (llr10 * direction).max(0.0));
            let margin = observation.score.map_or(0.0, |score| ((score - 0.5) * direction).max(0.0));
            // A right answer is no mistake, whatever the score.
            let right = observation.llr10.is_some_and(|llr10| llr10 * direction < 0.0);
            ((answer > 0.0 || margin > 0.0) && !right).then(|| (answer, margin, mistake(item, observation)))
        })
        .collect();
    wrong.sort_by(|left, right| {
        right.0.total_cmp(&left.0).then(right.1.total_cmp(&left.1)).then(left.2.file.cmp(&right.2.file))
    });
    wrong.into_iter().take(WORST).map(|(.., mistake)| mistake).collect()
}

fn mistake(item: &Item<'_>, observation: &Observation) -> Mistake {
    let record = item.first();
    Mistake {
        file: record.file.clone(),
        label: if item.fake { Label::Fake } else { Label::Real },
        source: record.buckets.get("source").cloned(),
        state: observation.state.clone(),
        reason: observation.reason.clone(),
        llr10: observation.llr10,
        word: observation.word.clone(),
        score: observation.score,
    }
}
