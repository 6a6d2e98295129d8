//! The map, corrected until the pixels agree.
//!
//! Gauss–Newton on an affine correction over several pairs at once (Lucas & Kanade 1981, Baker & Matthews 2004, compositional), on band-passed grey
//! levels, with weights that let go of pixels which differ (Cauchy): a changed face or a caption does not drag the frame along.

use crate::keypoints::{Plane, Projective, solve};

use super::view::{resizing, sides};

/// Rounds at each size.
const ROUNDS: usize = 6;
/// Pixels of the suspect along its longer side, coarse to fine.
const SIZES: [usize; 2] = [160, 320];

/// Corrects `back` (from the pixels of the suspect's planes to those of the original's). The answer is `back` itself where no correction can be computed
/// or where it would lead far away.
#[expect(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a side of a picture")]
pub(super) fn refine(pairs: &[(Plane, Plane)], back: &Projective) -> Projective {
    let Some((first, original)) = pairs.first() else { return *back };
    let original_size = sides(original);
    let full = sides(first);
    let mut best = *back;
    for size in SIZES {
        let small = sides(&first.within(size).0);
        let to_full = resizing(small, full);
        // the original at about the suspect's scale, so that one step of smoothing serves all rounds
        let shrink = best.after(&to_full).magnification([small[0] / 2.0, small[1] / 2.0]).abs().sqrt();
        let scaled: Vec<(Plane, Plane)> = pairs
            .iter()
            .map(|(suspect, original)| {
                let ours = if shrink.is_finite() && shrink > 1.0 {
                    original.within((original.width.max(original.height) as f64 / shrink).ceil() as usize).0
                } else {
                    original.clone()
                };
                (high_passed(&suspect.within(size).0), high_passed(&ours))
            })
            .collect();
        let Some(small_original) = scaled.first().map(|(_, plane)| sides(plane)) else { return best };
        let to_original = resizing(small_original, original_size);
        let Some(from_original) = to_original.inverse() else { return best };
        let Some(to_small) = to_full.inverse() else { return best };
        // from the small suspect to the small original
        let mut map = from_original.after(&best).after(&to_full);
        for _ in 0..ROUNDS {
            let Some(step) = correction(&scaled, &map) else { break };
            let moved = largest_move(&step, small);
            if moved > 0.1 * small[0].max(small[1]) {
                return best;
            }
            map = map.after(&step);
            if moved < 0.005 {
                break;
            }
        }
        let next = to_original.after(&map).after(&to_small);
        let shifted = [[0.0, 0.0], [full[0], 0.0], [0.0, full[1]], full].iter().any(|corner| {
            let (one, other) = (back.apply(*corner), next.apply(*corner));
            let limit = 0.06 * full[0].max(full[1]) * back.magnification([0.0, 0.0]).abs().sqrt();
            let apart = (one[0] - other[0]).hypot(one[1] - other[1]);
            apart.is_nan() || apart > limit
        });
        if shifted {
            return best;
        }
        best = next;
    }
    best
}

fn high_passed(plane: &Plane) -> Plane {
    let (fine, broad) = (plane.blurred(1.0), plane.blurred(8.0));
    let values = fine.values.iter().zip(&broad.values).map(|(a, b)| a - b).collect();
    Plane { values, ..fine }
}

fn largest_move(step: &Projective, size: [f64; 2]) -> f64 {
    [[0.0, 0.0], [size[0], 0.0], [0.0, size[1]], size]
        .iter()
        .map(|corner| {
            let [x, y] = step.apply(*corner);
            (x - corner[0]).hypot(y - corner[1])
        })
        .fold(0.0, f64::max)
}

/// One step: an affine map of the suspect's pixels near the identity.
#[expect(clippy::needless_range_loop, reason = "the two halves of a symmetric matrix")]
fn correction(pairs: &[(Plane, Plane)], back: &Projective) -> Option<Projective> {
    let mut matrix = [[0.0_f64; 6]; 6];
    let mut right = [0.0_f64; 6];
    let (first, _) = pairs.first()?;
    let (width, height) = (first.width, first.height);
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    let unit = cx.max(cy);
    for (suspect, original) in pairs {
        let mut brought = original.warped(back, width, height);
        let known: Vec<bool> = brought.values.iter().map(|value| value.is_finite()).collect();
        brought.values.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0);
        let inside = |x: usize, y: usize| {
            let at = y * width + x;
            known[at]
                && known[at - 4 * width - 4]
                && known[at - 4 * width + 4]
                && known[at + 4 * width - 4]
                && known[at + 4 * width + 4]
        };
        let mut samples = Vec::new();
        for y in 6..height.saturating_sub(6) {
            for x in 6..width.saturating_sub(6) {
                if inside(x, y) {
                    samples.push(y * width + x);
                }
            }
        }
        let gain = gain(&samples, &brought, suspect)?;
        let mut sizes: Vec<f32> = samples
            .iter()
            .step_by(7)
            .map(|at| (suspect.values[*at] - gain * brought.values[*at]).abs())
            .collect();
        sizes.sort_by(f32::total_cmp);
        let scale = 1.5 * 1.48 * sizes.get(sizes.len() / 2)? + 0.3;
        for at in samples {
            let v = &brought.values;
            let gx = gain * 0.5 * (v[at + 1] - v[at - 1]);
            let gy = gain * 0.5 * (v[at + width] - v[at - width]);
            if gx * gx + gy * gy < 0.05 {
                continue;
            }
            let residual = suspect.values[at] - gain * v[at];
            let weight = f64::from(1.0 / (1.0 + (residual / scale).powi(2)));
            let (x, y) = (((at % width) as f32 - cx) / unit, ((at / width) as f32 - cy) / unit);
            let row = [gx * x, gx * y, gx, gy * x, gy * y, gy].map(f64::from);
            for one in 0..6 {
                right[one] += weight * row[one] * f64::from(residual);
                for other in one..6 {
                    matrix[one][other] += weight * row[one] * row[other];
                }
            }
        }
    }
    let trace: f64 = (0..6).map(|at| matrix[at][at]).sum();
    for one in 0..6 {
        matrix[one][one] += 1e-5 * trace;
        for other in one + 1..6 {
            matrix[other][one] = matrix[one][other];
        }
    }
    let p = solve(matrix, right)?;
    let unit = f64::from(unit);
    let local = Projective([
        1.0 + p[0] / unit,
        p[1] / unit,
        p[2],
        p[3] / unit,
        1.0 + p[4] / unit,
        p[5],
        0.0,
        0.0,
        1.0,
    ]);
    let centre = Projective::scaling(1.0, 1.0, -f64::from(cx), -f64::from(cy));
    let back_again = Projective::scaling(1.0, 1.0, f64::from(cx), f64::from(cy));
    Some(back_again.after(&local).after(&centre))
}

/// By how much the contrast of the original has to be raised to be the suspect's: the robust slope through zero.
fn gain(samples: &[usize], brought: &Plane, suspect: &Plane) -> Option<f32> {
    if samples.len() < 200 {
        return None;
    }
    let mut gain = 1.0_f32;
    for _ in 0..3 {
        let (mut common, mut square) = (0.0_f64, 0.0_f64);
        for at in samples.iter().step_by(3) {
            let (a, b) = (brought.values[*at], suspect.values[*at]);
            let weight = 1.0 / (1.0 + ((b - gain * a) / 8.0).powi(2));
            common += f64::from(weight * a * b);
            square += f64::from(weight * a * a);
        }
        gain = ((common / (square + 1e-6)) as f32).clamp(0.3, 3.0);
    }
    Some(gain)
}
