//! Numbers with their 95 % intervals.

use serde::{Deserialize, Serialize};
use statrs::function::beta::beta_reg;

/// A number with a percentile-bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// On the files themselves.
    pub value: f64,
    /// 2.5th percentile; none if too few rounds could be measured.
    pub low: Option<f64>,
    /// 97.5th percentile.
    pub high: Option<f64>,
}

/// A share with its Clopper–Pearson interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// The share; none of nothing.
    pub value: Option<f64>,
    /// Lower bound, 0 of nothing.
    pub low: f64,
    /// Upper bound, 1 of nothing.
    pub high: f64,
}

impl Rate {
    /// `count` of `of`, with the exact two-sided 95 % interval (each bound holds with 97.5 %).
    pub fn new(count: usize, of: usize) -> Self {
        let (low, high) = clopper_pearson(count, of);
        let value = (of > 0).then(|| count as f64 / of as f64);
        Self { count, of, value, low, high }
    }
}

/// The exact two-sided 95 % interval of a share (Clopper & Pearson 1934): quantiles of beta distributions.
pub fn clopper_pearson(count: usize, of: usize) -> (f64, f64) {
    const TAIL: f64 = 0.025;
    if of == 0 {
        return (0.0, 1.0);
    }
    let count = count.min(of);
    let (hits, misses) = (count as f64, (of - count) as f64);
    let low = if count == 0 { 0.0 } else { beta_quantile(hits, misses + 1.0, TAIL) };
    let high = if count == of { 1.0 } else { beta_quantile(hits + 1.0, misses, 1.0 - TAIL) };
    (low, high)
}

/// Where the distribution function of Beta(a, b) reaches `probability`, by halving.
fn beta_quantile(a: f64, b: f64, probability: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if beta_reg(a, b, middle) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The 2.5th and 97.5th percentile (linear between order statistics, as NumPy does by default), unless more than one round in ten is missing.
pub fn percentiles(mut rounds: Vec<f64>, of: usize) -> Option<(f64, f64)> {
    rounds.retain(|value| value.is_finite());
    if of == 0 || rounds.len() < 2 || rounds.len() * 10 < of * 9 {
        return None;
    }
    rounds.sort_by(f64::total_cmp);
    let quantile = |share: f64| {
        let at = share * (rounds.len() - 1) as f64;
        let below = at.floor();
        let (one, next) = (rounds[below as usize], rounds[(below as usize + 1).min(rounds.len() - 1)]);
        one + (next - one) * (at - below)
    };
    Some((quantile(0.025), quantile(0.975)))
}
