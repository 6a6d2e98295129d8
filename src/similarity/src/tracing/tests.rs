//! Drawn scenes: no person in them.

use proptest::prelude::*;

use super::*;

const WIDTH: usize = 320;
const HEIGHT: usize = 192;

/// A deterministic number from 0 to 1.
fn noise(seed: u64) -> f64 {
    let mut value = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (value >> 11) as f64 / (1_u64 << 53) as f64
}

/// A studio of boxes with a moving "head" that has a moving "mouth"; `opening` says how far it is open at a time.
struct Scene {
    seed: u64,
    talks: bool,
}

const HEAD: [f64; 2] = [160.0, 96.0];

impl Scene {
    fn head(&self, at_s: f64) -> [f64; 2] {
        let phase = self.seed as f64;
        [HEAD[0] + 14.0 * (1.3 * at_s + phase).sin(), HEAD[1] + 6.0 * (2.1 * at_s + 2.0 * phase).cos()]
    }

    fn opening(&self, at_s: f64) -> f64 {
        let phase = self.seed as f64;
        if self.talks { 4.0 + 3.5 * (9.0 * at_s + phase).sin() } else { 1.5 }
    }

    fn level(&self, x: f64, y: f64, at_s: f64) -> f64 {
        let [hx, hy] = self.head(at_s);
        let (dx, dy) = (x - hx, y - hy);
        if (dx / 34.0).powi(2) + (dy / 44.0).powi(2) < 1.0 {
            let texture = 12.0 * (dx * 0.45).sin() * (dy * 0.37 + 0.1 * dx).cos();
            let eye = (dx.abs() - 13.0).hypot(dy + 12.0) < 5.0;
            let mouth = (dx / 14.0).powi(2) + ((dy - 20.0) / self.opening(at_s)).powi(2) < 1.0;
            return if eye || mouth { 60.0 } else { 170.0 + texture };
        }
        let mut level = 90.0 + 20.0 * (x * 0.02).sin();
        for at in 0..40 {
            let key = self.seed * 1000 + at * 10;
            let (cx, cy) = (noise(key) * WIDTH as f64, noise(key + 1) * HEIGHT as f64);
            let (rx, ry) = (5.0 + 20.0 * noise(key + 2), 4.0 + 14.0 * noise(key + 3));
            if (x - cx).abs() < rx && (y - cy).abs() < ry {
                level = 30.0 + 190.0 * noise(key + 4) + 14.0 * (x * (0.2 + noise(key + 5))).sin();
            }
        }
        level
    }

    /// The frame at a time, seen through a map from the scene's pixels to the frame's, with the grain of a coder.
    fn frame(&self, at_s: f64, map: &Projective, size: [usize; 2], grain: f64, salt: u64) -> Vec<u8> {
        let back = map.inverse().expect("a sane map");
        let mut rgb = Vec::with_capacity(size[0] * size[1] * 3);
        for y in 0..size[1] {
            for x in 0..size[0] {
                let [u, v] = back.apply([x as f64, y as f64]);
                let inside = u >= 0.0 && v >= 0.0 && u < WIDTH as f64 && v < HEIGHT as f64;
                let level = if inside { self.level(u, v, at_s) } else { 0.0 };
                let key = salt.wrapping_mul(31).wrapping_add((at_s * 1000.0) as u64 * 1_000_003);
                let random = noise(key.wrapping_add((y * size[0] + x) as u64)) - 0.5;
                let value = (level + grain * random).clamp(0.0, 255.0) as u8;
                rgb.extend([value; 3]);
            }
        }
        rgb
    }
}

use crate::keypoints::Projective;

struct Film {
    frames: Vec<(f64, Vec<u8>)>,
    size: [usize; 2],
}

impl Film {
    fn views(&self) -> Vec<View<'_>> {
        self.frames
            .iter()
            .map(|(at_s, rgb)| View {
                rgb,
                width: self.size[0] as u32,
                height: self.size[1] as u32,
                at_s: *at_s,
            })
            .collect()
    }
}

/// Frames of the scene: at `times` of the film, showing `when(time)` of the scene.
fn film(
    scene: impl Fn(f64) -> Scene,
    times: impl Iterator<Item = f64>,
    when: impl Fn(f64) -> f64,
    map: &Projective,
    size: [usize; 2],
    grain: f64,
) -> Film {
    let frames = times.map(|at_s| (at_s, scene(at_s).frame(when(at_s), map, size, grain, 7))).collect();
    Film { frames, size }
}

fn ticks(count: usize, per_s: f64) -> impl Iterator<Item = f64> {
    (0..count).map(move |at| at as f64 / per_s)
}

fn talking(_: f64) -> Scene {
    Scene { seed: 3, talks: true }
}

fn original() -> Film {
    film(talking, ticks(80, 12.0), |at| at, &Projective::IDENTITY, [WIDTH, HEIGHT], 2.0)
}

fn start(original_s: f64) -> Start {
    Start { suspect_s: 0.0, original_s, speed: 1.0, mirrored: false, slack_s: 0.8 }
}

fn face_and_mouth(scene: &Scene, times: &[f64], when: impl Fn(f64) -> f64, map: &Projective) -> Vec<Region> {
    let shape = |at_s: f64, rx: f64, ry: f64, down: f64| {
        let [x, y] = scene.head(when(at_s));
        let polygon = (0..24)
            .map(|at| {
                let turn = f64::from(at) / 24.0 * std::f64::consts::TAU;
                map.apply([x + rx * turn.cos(), y + down + ry * turn.sin()])
            })
            .collect();
        Shape { at_s, polygon }
    };
    vec![
        Region {
            name: "mouth".to_owned(),
            kind: RegionKind::Mouth,
            shapes: times.iter().map(|at| shape(*at, 14.0, 8.0, 20.0)).collect(),
        },
        Region {
            name: "face".to_owned(),
            kind: RegionKind::Face,
            shapes: times.iter().map(|at| shape(*at, 34.0, 44.0, 0.0)).collect(),
        },
    ]
}

#[test]
fn a_cropped_enlarged_excerpt_is_laid_over_its_original() {
    let map = Projective::scaling(1.2, 1.2, -30.0, -12.0);
    let original = original();
    let suspect = film(talking, ticks(12, 4.0), |at| at + 2.13, &map, [300, 200], 4.0);
    let found = align(&suspect.views(), &original.views(), &start(1.8)).expect("its original");
    let off = found.time.original_s(1.0) - 3.13;
    assert!(off.abs() < 0.05, "{off} s off, {:?}", found.time);
    for point in [[60.0, 40.0], [250.0, 150.0]] {
        let (one, other) = (Projective(found.map).apply(point), map.apply(point));
        let apart = (one[0] - other[0]).hypot(one[1] - other[1]);
        assert!(apart < 0.6, "{apart} pixels off at {point:?}, {:?}", found.quality);
    }
    assert!(!found.mirrored && (found.scale - 1.2).abs() < 0.02);
    assert!((found.crop_box[0] - 25.0).abs() < 8.0 && (found.crop_box[2] - 250.0).abs() < 12.0, "{found:?}");
}

#[test]
fn mirrored_letterboxed_and_faster_is_found_too() {
    let map = Projective::scaling(1.0, 1.0, 0.0, 40.0).after(&Projective::mirror(WIDTH as f64));
    let original = original();
    let when = |at: f64| 1.05 * at + 1.4;
    let suspect = film(talking, ticks(14, 4.0), when, &map, [WIDTH, HEIGHT + 80], 4.0);
    let found = align(&suspect.views(), &original.views(), &start(1.2)).expect("its original");
    assert!(found.mirrored);
    assert!((found.time.original_s(1.5) - when(1.5)).abs() < 0.06, "{:?}", found.time);
    assert!((found.time.speed - 1.05).abs() < 0.012, "{:?}", found.time);
    let [_, y, _, height] = found.picture_box;
    assert!((y - 40.0).abs() < 6.0 && (height - HEIGHT as f64).abs() < 10.0, "{:?}", found.picture_box);
}

#[test]
fn another_moment_of_the_same_studio_is_not_the_original() {
    let original = film(talking, ticks(36, 12.0), |at| at, &Projective::IDENTITY, [WIDTH, HEIGHT], 2.0);
    let other = |_: f64| Scene { seed: 3, talks: true };
    // shows the scene from second 20 on, which the original does not hold
    let suspect =
        film(other, ticks(12, 4.0), |at| 20.0 + 1.7 * at, &Projective::IDENTITY, [WIDTH, HEIGHT], 4.0);
    assert_eq!(align(&suspect.views(), &original.views(), &start(0.1)), None);
    let elsewhere = film(
        |_| Scene { seed: 8, talks: true },
        ticks(12, 4.0),
        |at| at,
        &Projective::IDENTITY,
        [WIDTH, HEIGHT],
        4.0,
    );
    assert_eq!(align(&elsewhere.views(), &original.views(), &start(0.1)), None);
}

#[test]
fn a_changed_mouth_is_told_from_recompression() {
    let calibration = Calibration::shipped().expect("the committed calibration");
    let original = original();
    let (map, when) = (Projective::IDENTITY, |at: f64| at + 1.0);
    for dubbed in [false, true] {
        let scene = |at: f64| Scene { seed: 3, talks: !(dubbed && at > 1.4) };
        let suspect = film(scene, ticks(36, 12.0), when, &map, [WIDTH, HEIGHT], 6.0);
        let found = align(&suspect.views(), &original.views(), &start(0.9)).expect("its original");
        let times: Vec<f64> = ticks(36, 12.0).collect();
        let regions = face_and_mouth(&talking(0.0), &times, when, &map);
        let comparison = compare(&suspect.views(), &original.views(), &found, &regions, &calibration);
        let mouth = &comparison.regions[0];
        let expected = if dubbed { State::Altered } else { State::Unaltered };
        assert_eq!(mouth.state, expected, "{:?}", mouth.measured);
        assert_eq!(comparison.state, expected);
        let llr10 = mouth.llr10.expect("judged");
        assert!(if dubbed { llr10 > 0.0 } else { llr10 < 0.0 }, "{llr10}");
        if dubbed {
            let [from, to] = mouth.spans_s[0];
            assert!((from - 1.4).abs() < 0.35 && to > 2.7, "{:?}", mouth.spans_s);
        }
    }
}

#[test]
fn a_caption_is_an_overlay_and_not_an_altered_region() {
    let calibration = Calibration::shipped().expect("the committed calibration");
    let original = original();
    let (map, when) = (Projective::IDENTITY, |at: f64| at + 1.0);
    let mut suspect = film(talking, ticks(36, 12.0), when, &map, [WIDTH, HEIGHT], 6.0);
    for (_, rgb) in &mut suspect.frames {
        for y in 160..180 {
            for x in 60..260 {
                let value = if x / 4 % 2 == 0 && y / 4 % 2 == 0 { 250 } else { 10 };
                rgb[3 * (y * WIDTH + x)..][..3].fill(value);
            }
        }
    }
    let found = align(&suspect.views(), &original.views(), &start(0.9)).expect("its original");
    let times: Vec<f64> = ticks(36, 12.0).collect();
    let regions = face_and_mouth(&talking(0.0), &times, when, &map);
    let comparison = compare(&suspect.views(), &original.views(), &found, &regions, &calibration);
    assert_eq!(comparison.state, State::Unaltered, "{:?}", comparison.regions);
    let [x, y, width, height] = comparison.overlays.first().expect("the caption").bbox;
    assert!((x - 60.0).abs() < 20.0 && (y - 160.0).abs() < 16.0, "{x} {y}");
    assert!((width - 200.0).abs() < 40.0 && (height - 20.0).abs() < 24.0, "{width} {height}");
}

#[test]
fn lettering_over_the_chin_is_not_called_an_altered_face() {
    let calibration = Calibration::shipped().expect("the committed calibration");
    let original = original();
    let (map, when) = (Projective::IDENTITY, |at: f64| at + 1.0);
    let mut suspect = film(talking, ticks(24, 12.0), when, &map, [WIDTH, HEIGHT], 6.0);
    for (_, rgb) in &mut suspect.frames {
        for y in 124..136 {
            for x in 135..185 {
                let value = if x / 2 % 2 == 0 && y / 3 % 2 == 0 { 250 } else { 10 };
                rgb[3 * (y * WIDTH + x)..][..3].fill(value);
            }
        }
    }
    let found = align(&suspect.views(), &original.views(), &start(0.9)).expect("its original");
    let times: Vec<f64> = ticks(24, 12.0).collect();
    let regions = face_and_mouth(&talking(0.0), &times, when, &map);
    let comparison = compare(&suspect.views(), &original.views(), &found, &regions, &calibration);
    assert_ne!(comparison.state, State::Altered, "{:?}", comparison.regions);
    assert_eq!(comparison.regions[1].reason, Some(Reason::OverlaySuspected), "{:?}", comparison.regions[1]);
}

#[test]
fn useless_pictures_are_no_original_and_no_panic() {
    let original = original();
    let black = |size: [usize; 2], count: usize| Film {
        frames: ticks(count, 4.0).map(|at| (at, vec![0; size[0] * size[1] * 3])).collect(),
        size,
    };
    for film in [black([WIDTH, HEIGHT], 8), black([16, 9], 8), black([WIDTH, HEIGHT], 1), black([1, 1], 3)] {
        assert_eq!(align(&film.views(), &original.views(), &start(0.0)), None);
        assert_eq!(align(&original.views(), &film.views(), &start(0.0)), None);
    }
    assert_eq!(align(&[], &original.views(), &start(0.0)), None);
    assert_eq!(align(&original.views(), &[], &start(0.0)), None);
    let broken = [View { rgb: &[1, 2, 3], width: 900, height: 900, at_s: 0.0 }];
    assert_eq!(align(&broken, &original.views(), &start(0.0)), None);
    for number in [f64::NAN, f64::INFINITY] {
        assert_eq!(align(&original.views(), &original.views(), &start(number)), None);
    }
}

#[test]
fn a_slide_aligns_without_claiming_a_time_and_is_undecided() {
    let calibration = Calibration::shipped().expect("the committed calibration");
    let slide = |grain: f64, count: usize| {
        film(talking, ticks(count, 4.0), |_| 1.0, &Projective::IDENTITY, [WIDTH, HEIGHT], grain)
    };
    let (suspect, original) = (slide(3.0, 8), slide(0.0, 12));
    let found = align(&suspect.views(), &original.views(), &start(0.0)).expect("the same slide");
    assert!(!found.time_from_picture);
    let one = &suspect.views()[..1];
    let regions = face_and_mouth(&talking(0.0), &[0.0], |_| 1.0, &Projective::IDENTITY);
    let comparison = compare(one, &original.views(), &found, &regions, &calibration);
    assert_eq!((comparison.state, comparison.reason), (State::Undecided, Some(Reason::TooFewFrames)));
}

#[test]
fn nonsense_regions_and_alignments_are_undecided() {
    let calibration = Calibration::shipped().expect("the committed calibration");
    let original = original();
    let suspect = film(talking, ticks(12, 12.0), |at| at, &Projective::IDENTITY, [WIDTH, HEIGHT], 4.0);
    let found = align(&suspect.views(), &original.views(), &start(0.0)).expect("its original");
    let times: Vec<f64> = ticks(12, 12.0).collect();
    let mut regions = vec![
        Region::fixed("outside", RegionKind::Mouth, [5000.0, 5000.0, 20.0, 20.0], &times),
        Region::fixed("nothing", RegionKind::Mouth, [10.0, 10.0, 0.0, 0.0], &times),
        Region {
            name: "line".to_owned(),
            kind: RegionKind::Face,
            shapes: vec![Shape { at_s: 0.0, polygon: vec![[1.0, 1.0]] }],
        },
    ];
    regions.push(Region::fixed("no number", RegionKind::Face, [f64::NAN; 4], &times));
    let comparison = compare(&suspect.views(), &original.views(), &found, &regions, &calibration);
    assert_eq!(comparison.state, State::Undecided);
    assert!(comparison.regions.iter().all(|region| region.state == State::Undecided));
    let mut folded = found;
    folded.map = [0.0; 9];
    let comparison = compare(&suspect.views(), &original.views(), &folded, &[], &calibration);
    assert_eq!(comparison.reason, Some(Reason::AlignmentTooPoor));
}

#[test]
fn a_damaged_calibration_is_refused() {
    assert!(Calibration::parse("{}").is_err());
    let text = include_str!("compare/calibration.json");
    assert!(Calibration::parse(&text.replace("tracing-calibration/1", "tracing-calibration/9")).is_err());
    let shipped = Calibration::shipped().expect("the committed calibration");
    assert!(shipped.is_current("2026-11-23") && !shipped.is_current("2999-01-01"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic_and_are_no_original(seed in 0_u64..1000, width in 1_u32..90, height in 1_u32..90) {
        let rgb: Vec<u8> = (0..width * height * 3)
            .map(|at| (noise(seed.wrapping_mul(977).wrapping_add(u64::from(at))) * 256.0) as u8)
            .collect();
        let other: Vec<u8> = rgb.iter().rev().copied().collect();
        let view = |rgb, at: u32| View { rgb, width, height, at_s: f64::from(at) / 4.0 };
        let one: Vec<View<'_>> = (0..5).map(|at| view(&rgb, at)).collect();
        let two: Vec<View<'_>> = (0..5).map(|at| view(&other, at)).collect();
        prop_assert!(align(&one, &two, &start(0.0)).is_none());
    }
}
