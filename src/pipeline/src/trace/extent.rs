//! From when until when a suspect shows its original, to a frame.

use podlinnik_media::Frame;
use podlinnik_similarity::keypoints::Plane;
use podlinnik_similarity::tracing::Alignment;

/// Longer side, in pixels, of the pictures that are held against each other.
const SIZE: usize = 160;
/// A frame whose correlation falls below this share of the usual one shows something else.
const LEAST_SHARE: f64 = 0.6;
/// A frame whose difference grows beyond this multiple of the usual one shows something else, or another moment.
const MOST_TIMES: f64 = 2.2;
/// Grey levels by which the difference has to grow at least: where it is tiny, multiples mean nothing.
const LEAST_GROWTH: f64 = 1.5;

/// How well one frame of the suspect is explained by the original.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    /// Moment of the suspect in seconds.
    pub(super) at_s: f64,
    /// Correlation of band-passed grey levels, -1 to 1.
    pub(super) correlation: f64,
    /// Root mean square difference in grey levels after the best gain.
    pub(super) difference: f64,
}

/// Holds a frame against the original's frame of its moment. None where there is too little to see.
pub(super) fn fit(suspect: &Frame, original: &Frame, alignment: &Alignment) -> Option<Fit> {
    let luma = |frame: &Frame| Plane::luma(&frame.rgb, frame.width as usize, frame.height as usize);
    let theirs = luma(suspect)?.within(SIZE).0;
    let ours = luma(original)?.within(SIZE).0;
    let size = |plane: &Plane| [plane.width as u32, plane.height as u32];
    let back = alignment.map_for(size(&ours), size(&theirs)).inverse()?;
    let brought = ours.warped(&back, theirs.width, theirs.height);
    let (one, other) = (band(&filled(&brought, &theirs)), band(&theirs));
    let factor = theirs.width as f64 / f64::from(alignment.suspect_size[0].max(1));
    let [x, y, width, height] = alignment.picture_box.map(|side| side * factor);
    let inside = |at: usize| {
        let (column, row) = ((at % theirs.width) as f64, (at / theirs.width) as f64);
        (x..=x + width).contains(&column) && (y..=y + height).contains(&row)
    };
    let (mut ab, mut aa, mut bb, mut count) = (0.0_f64, 0.0_f64, 0.0_f64, 0_u32);
    for (at, (a, b)) in one.iter().zip(&other).enumerate() {
        if inside(at) && brought.values.get(at).is_some_and(|value| value.is_finite()) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            ab += a * b;
            aa += a * a;
            bb += b * b;
            count += 1;
        }
    }
    if count < 400 || aa.max(bb) < f64::from(count) * 0.25 {
        return None;
    }
    let gain = ab / aa.max(1e-9);
    let difference = ((bb - gain * ab).max(0.0) / f64::from(count)).sqrt();
    let correlation = ab / (aa * bb).sqrt().max(1e-9);
    Some(Fit { at_s: suspect.at_s, correlation, difference })
}

/// What is usual within the span, from frames that surely belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Usual {
    correlation: f64,
    difference: f64,
}

impl Usual {
    /// Median correlation, and the difference that one frame in ten exceeds.
    pub(super) fn of(fits: &[Fit]) -> Option<Self> {
        let sorted = |values: Vec<f64>| {
            let mut values = values;
            values.sort_by(f64::total_cmp);
            values
        };
        let correlations = sorted(fits.iter().map(|fit| fit.correlation).collect());
        let differences = sorted(fits.iter().map(|fit| fit.difference).collect());
        Some(Self {
            correlation: *correlations.get(correlations.len() / 2)?,
            difference: *differences.get(differences.len() * 9 / 10)?,
        })
    }

    fn holds(&self, fit: &Fit) -> bool {
        fit.correlation >= LEAST_SHARE * self.correlation
            && fit.difference <= (MOST_TIMES * self.difference).max(self.difference + LEAST_GROWTH)
    }
}

/// The first moment from which all frames up to the last one of `fits` (ascending) belong to the span; a single outlier does not end it.
pub(super) fn begins(fits: &[Fit], usual: &Usual) -> Option<f64> {
    let mut begin = None;
    let mut misses = 0;
    for fit in fits.iter().rev() {
        if usual.holds(fit) {
            begin = Some(fit.at_s);
            misses = 0;
        } else {
            misses += 1;
            if misses > 1 {
                break;
            }
        }
    }
    begin
}

/// The last moment up to which all frames from the first one of `fits` (ascending) on belong to the span.
pub(super) fn ends(fits: &[Fit], usual: &Usual) -> Option<f64> {
    let mirrored: Vec<Fit> = fits.iter().rev().map(|fit| Fit { at_s: -fit.at_s, ..*fit }).collect();
    begins(&mirrored, usual).map(|at_s| -at_s)
}

/// The suspect's levels where the original does not reach, so that its edge makes no edge.
fn filled(brought: &Plane, theirs: &Plane) -> Plane {
    let values = brought.values.iter().zip(&theirs.values);
    let values = values.map(|(value, other)| if value.is_finite() { *value } else { *other }).collect();
    Plane { values, ..brought.clone() }
}

fn band(plane: &Plane) -> Vec<f32> {
    let (fine, broad) = (plane.blurred(0.8), plane.blurred(4.0));
    fine.values.iter().zip(&broad.values).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(values: &[(f64, f64)]) -> Vec<Fit> {
        (0..)
            .zip(values)
            .map(|(at, (correlation, difference))| Fit {
                at_s: f64::from(at),
                correlation: *correlation,
                difference: *difference,
            })
            .collect()
    }

    #[test]
    fn a_span_begins_where_the_original_does() {
        let usual = Usual { correlation: 0.9, difference: 4.0 };
        let cut = fits(&[(0.1, 20.0), (0.2, 18.0), (0.9, 4.0), (0.3, 9.0), (0.85, 5.0), (0.9, 4.0)]);
        assert_eq!(begins(&cut, &usual), Some(2.0), "one outlier does not end it");
        let another_moment = fits(&[(0.8, 12.0), (0.8, 11.0), (0.9, 4.0)]);
        assert_eq!(begins(&another_moment, &usual), Some(2.0));
        let backwards: Vec<Fit> =
            cut.iter().rev().zip(0..).map(|(fit, at)| Fit { at_s: f64::from(at), ..*fit }).collect();
        assert_eq!(ends(&backwards, &usual), Some(3.0));
        assert_eq!(begins(&fits(&[(0.1, 30.0), (0.1, 30.0)]), &usual), None);
        assert_eq!(Usual::of(&[]), None);
    }
}
