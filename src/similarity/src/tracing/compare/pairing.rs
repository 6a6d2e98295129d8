//! Which frame of the original each frame of the suspect shows, to the frame: the time map says where to look, the pixels decide.

use crate::keypoints::{Plane, Projective};
use crate::tracing::align::Alignment;
use crate::tracing::view::{View, bring, resizing, sides};

/// Longer side of the planes that decide.
const SIZE: usize = 160;
/// Most frames of the original looked at for one of the suspect.
const CANDIDATES: usize = 7;

/// One frame of the suspect and what it shows.
#[derive(Debug)]
pub(super) struct Pair {
    /// Time in the suspect.
    pub(super) at_s: f64,
    /// The suspect's luma.
    pub(super) suspect: Plane,
    /// The original's, a blend of two where the suspect's frame was blended.
    pub(super) original: Plane,
    /// The original a frame away.
    pub(super) neighbour: Option<Plane>,
    /// Original time of what is shown.
    pub(super) original_s: f64,
}

/// The usual time between frames.
pub(super) fn frame_s(views: &[View<'_>]) -> f64 {
    let mut gaps: Vec<f64> = views
        .iter()
        .zip(views.iter().skip(1))
        .map(|(one, other)| other.at_s - one.at_s)
        .filter(|gap| *gap > 5e-4)
        .collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 4).copied().unwrap_or(0.04)
}

/// Finds the best original for a frame; `back` leads from the suspect's pixels to the original's. None where no frame is near.
pub(super) fn pair(
    view: &View<'_>,
    original: &[View<'_>],
    alignment: &Alignment,
    back: &Projective,
    frame_s: f64,
) -> Option<Pair> {
    let expected = alignment.time.original_s(view.at_s);
    let slack = alignment.slack_s(frame_s);
    let mut near: Vec<&View<'_>> =
        original.iter().filter(|other| (other.at_s - expected).abs() <= slack).collect();
    near.sort_by(|a, b| (a.at_s - expected).abs().total_cmp(&(b.at_s - expected).abs()));
    near.truncate(CANDIDATES);
    near.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    let suspect = view.plane()?;
    let small = band(&suspect.within(SIZE).0);
    let map = back.after(&resizing(sides(&small), sides(&suspect)));
    let tone = &alignment.tone;
    let planes: Vec<Plane> = near.iter().map(|other| other.plane()).collect::<Option<_>>()?;
    let looks: Vec<Plane> = planes
        .iter()
        .map(|plane| {
            let mut look = bring(plane, &map, small.width, small.height);
            for value in &mut look.values {
                *value = if value.is_finite() { tone.luma(*value) } else { f32::NAN };
            }
            masked_band(look)
        })
        .collect();
    let costs: Vec<f64> = looks.iter().map(|look| cost(&small, look)).collect();
    let best = (0..costs.len()).min_by(|a, b| costs[*a].total_cmp(&costs[*b]))?;
    let beside = [best.checked_sub(1), Some(best + 1)]
        .into_iter()
        .flatten()
        .filter(|at| *at < costs.len())
        .min_by(|a, b| costs[*a].total_cmp(&costs[*b]));
    let at = |index: usize| near.get(index).map(|other| other.at_s);
    let mut original_s = at(best)?;
    let mut chosen = planes.get(best)?.clone();
    if let Some(other) = beside
        && let Some(part) = blend(&small, &looks[best], &looks[other])
    {
        let mixed = mix(&looks[best], &looks[other], part);
        if cost(&small, &mixed) < 0.93 * costs[best] {
            chosen = mix(&chosen, &planes[other], part);
            original_s += f64::from(part) * (at(other)? - original_s);
        }
    }
    let neighbour = beside.and_then(|other| planes.get(other).cloned());
    Some(Pair { at_s: view.at_s, suspect, original: chosen, neighbour, original_s })
}

fn band(plane: &Plane) -> Plane {
    let (fine, broad) = (plane.blurred(0.7), plane.blurred(6.0));
    let values = fine.values.iter().zip(&broad.values).map(|(a, b)| a - b).collect();
    Plane { values, ..fine }
}

/// Band-passed, `NAN` where the plane is.
fn masked_band(mut plane: Plane) -> Plane {
    let known: Vec<bool> = plane.values.iter().map(|value| value.is_finite()).collect();
    let (sum, count) = plane
        .values
        .iter()
        .filter(|value| value.is_finite())
        .fold((0.0_f32, 0.0_f32), |(sum, count), value| (sum + value, count + 1.0));
    let mean = sum / count.max(1.0);
    plane.values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = mean);
    let mut banded = band(&plane);
    for (value, known) in banded.values.iter_mut().zip(known) {
        if !known {
            *value = f32::NAN;
        }
    }
    banded
}

/// Mean difference where neither is unknown, large differences held down.
fn cost(suspect: &Plane, look: &Plane) -> f64 {
    let (mut sum, mut count) = (0.0_f64, 0.0_f64);
    for (a, b) in suspect.values.iter().zip(&look.values) {
        if b.is_finite() {
            sum += f64::from((a - b).abs().min(12.0));
            count += 1.0;
        }
    }
    if count < 100.0 { f64::INFINITY } else { sum / count }
}

/// The share of `other` in the suspect's frame, if it is one that matters.
fn blend(suspect: &Plane, best: &Plane, other: &Plane) -> Option<f32> {
    let (mut common, mut square) = (0.0_f64, 0.0_f64);
    for ((s, a), b) in suspect.values.iter().zip(&best.values).zip(&other.values) {
        let (off, step) = ((s - a).clamp(-12.0, 12.0), (b - a).clamp(-12.0, 12.0));
        if off.is_finite() && step.is_finite() {
            common += f64::from(off * step);
            square += f64::from(step * step);
        }
    }
    let part = common / (square + 1e-9);
    (part > 0.12 && part <= 0.7).then_some(part as f32)
}

fn mix(one: &Plane, other: &Plane, part: f32) -> Plane {
    let values = one.values.iter().zip(&other.values).map(|(a, b)| a + part * (b - a)).collect();
    Plane { width: one.width, height: one.height, values }
}
