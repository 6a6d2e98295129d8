use proptest::prelude::*;

use super::describe::Random;
use super::*;

/// Rectangles and discs of many grey levels, from a seed.
fn drawing(width: usize, height: usize, seed: u64) -> Plane {
    let mut random = Random::new(seed);
    let mut plane = Plane::filled(width, height, 110.0);
    for _ in 0..60 {
        let (cx, cy) = (random.share() * width as f64, random.share() * height as f64);
        let (rx, ry) = (4.0 + random.share() * 40.0, 4.0 + random.share() * 30.0);
        let value = (random.share() * 255.0) as f32;
        let round = random.share() > 0.5;
        for y in 0..height {
            for x in 0..width {
                let (dx, dy) = ((x as f64 - cx) / rx, (y as f64 - cy) / ry);
                let inside = if round { dx * dx + dy * dy < 1.0 } else { dx.abs().max(dy.abs()) < 1.0 };
                if inside {
                    plane.values[y * width + x] = value;
                }
            }
        }
    }
    plane.blurred(0.7)
}

fn copy(plane: &Plane, map: &Projective, width: usize, height: usize) -> Plane {
    let mut view = plane.warped(&map.inverse().expect("regular"), width, height);
    for value in &mut view.values {
        *value = if value.is_finite() { *value * 0.8 + 20.0 } else { 0.0 };
    }
    view
}

#[test]
fn a_scaled_turned_darkened_copy_is_found_again() {
    let plane = drawing(480, 300, 5);
    let (sin, cos) = 0.1_f64.sin_cos();
    let map = Projective([0.7 * cos, -0.7 * sin, 60.0, 0.7 * sin, 0.7 * cos, 20.0, 0.0, 0.0, 1.0]);
    let view = copy(&plane, &map, 400, 260);
    let pairs = matches(&keypoints(&plane, 600), &keypoints(&view, 600));
    let agreement = agree(&pairs, 3.0, 12, 500).expect("a copy").refined(Model::Affine, &pairs, 3.0);
    for point in [[50.0, 50.0], [400.0, 60.0], [240.0, 250.0]] {
        let (found, right) = (agreement.map.apply(point), map.apply(point));
        let off = (found[0] - right[0]).hypot(found[1] - right[1]);
        assert!(off < 1.5, "{point:?} is {off} pixels off, {} agree", agreement.inliers.len());
    }
}

#[test]
fn another_picture_is_not_agreed_on() {
    for seed in 20..24 {
        let pairs = matches(
            &keypoints(&drawing(320, 240, seed), 500),
            &keypoints(&drawing(320, 240, seed + 50), 500),
        );
        let agreement = agree(&pairs, 3.0, 12, 500);
        assert!(agreement.is_none(), "{} agree", agreement.map_or(0, |found| found.inliers.len()));
    }
}

#[test]
fn flat_tiny_and_broken_pictures_have_no_corners() {
    assert!(keypoints(&Plane::filled(200, 200, 80.0), 500).is_empty());
    assert!(keypoints(&Plane::filled(3, 1, 80.0), 500).is_empty());
    assert!(keypoints(&Plane::filled(100, 100, f32::NAN), 500).is_empty());
    assert!(Plane::luma(&[0; 10], 2, 2).is_none());
    assert!(Plane::luma(&[], 0, 0).is_none());
}

#[test]
fn blurring_keeps_the_mean_and_resizing_the_place() {
    let plane = drawing(120, 90, 3);
    let mean = |plane: &Plane| plane.values.iter().sum::<f32>() / plane.values.len() as f32;
    assert!((mean(&plane) - mean(&plane.blurred(2.0))).abs() < 1.5);
    assert!((mean(&plane) - mean(&plane.resized(60, 45))).abs() < 0.1);
    let flat = Plane::filled(50, 40, 33.0);
    assert!(flat.blurred(3.0).values.iter().all(|value| (value - 33.0).abs() < 1e-3));
    assert!(flat.resized(17, 91).values.iter().all(|value| (value - 33.0).abs() < 1e-3));
}

proptest! {
    #[test]
    fn a_map_and_its_inverse_cancel(
        a in 0.3..3.0_f64, d in 0.3..3.0_f64, b in -0.2..0.2_f64, x in -50.0..50.0_f64, p in -1e-4..1e-4_f64,
    ) {
        let map = Projective([a, b, x, -b, d, 7.0, p, -p, 1.0]);
        let back = map.inverse().expect("regular");
        let there = map.apply([30.0, 40.0]);
        let again = back.apply(there);
        prop_assert!((again[0] - 30.0).abs() < 1e-6 && (again[1] - 40.0).abs() < 1e-6);
    }

    #[test]
    fn fitting_returns_the_map_that_made_the_points(
        a in 0.3..3.0_f64, b in -0.3..0.3_f64, x in -80.0..80.0_f64, y in -80.0..80.0_f64,
    ) {
        let map = Projective([a, -b, x, b, a, y, 0.0, 0.0, 1.0]);
        let pairs: Vec<Correspondence> = (0..20)
            .map(|at| {
                let from = [f64::from(at * 37 % 101), f64::from(at * 53 % 97)];
                Correspondence { from, to: map.apply(from) }
            })
            .collect();
        for model in [Model::Similarity, Model::Affine, Model::Homography] {
            let found = fit(model, &pairs).expect("enough points");
            for (one, other) in found.0.iter().zip(map.0) {
                prop_assert!((one - other).abs() < 1e-5, "{model:?}: {found:?} is not {map:?}");
            }
        }
    }

    #[test]
    fn degenerate_points_never_panic(x in -1e9..1e9_f64, count in 0_usize..9) {
        let pairs = vec![Correspondence { from: [x, x], to: [x, f64::NAN] }; count];
        for model in [Model::Similarity, Model::Affine, Model::Homography] {
            prop_assert!(fit(model, &pairs).is_none());
        }
        prop_assert!(agree(&pairs, 3.0, 3, 50).is_none());
    }
}
