use super::{ArchiveIndex, Strength};
use crate::picture::Picture;
use crate::signature::{MediaSignature, SignatureBuilder};

const WIDTH: usize = 192;
const HEIGHT: usize = 108;

/// A scene of blobs that drift; another seed is another scene.
fn frame(seed: u64, at_s: f64) -> Vec<u8> {
    let mut state = seed;
    let mut random = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1_u32 << 31)
    };
    let blobs: Vec<[f64; 6]> = (0..14)
        .map(|_| {
            let (x, y, size) = (random(), random(), 0.05 + 0.15 * random());
            let (pace, phase, light) = (0.2 + random(), random() * 6.3, random() * 230.0);
            [
                x + 0.2 * (pace * at_s + phase).sin(),
                y + 0.2 * (pace * at_s * 0.7 + phase).cos(),
                size,
                size,
                light,
                phase,
            ]
        })
        .collect();
    let mut rgb = Vec::with_capacity(WIDTH * HEIGHT * 3);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (across, down) = (x as f64 / WIDTH as f64, y as f64 / HEIGHT as f64);
            let mut light = 40.0 + 60.0 * down;
            for [left, top, wide, high, level, _] in &blobs {
                if ((across - left) / wide).powi(2) + ((down - top) / high).powi(2) < 1.0 {
                    light = *level;
                }
            }
            rgb.extend([light as u8, (light * 0.8) as u8, (255.0 - light) as u8]);
        }
    }
    rgb
}

/// A clip that shows the scene from `start_s` for `length_s`, `speed` times as fast.
fn clip(
    seed: u64,
    start_s: f64,
    length_s: f64,
    rate: f64,
    speed: f64,
    change: impl Fn(&mut Vec<u8>),
) -> MediaSignature {
    let mut builder = SignatureBuilder::for_suspect();
    for number in 0..(length_s * rate) as usize {
        let at_s = number as f64 / rate;
        let mut rgb = frame(seed, start_s + at_s * speed);
        change(&mut rgb);
        builder.push_frame(&Picture::new(&rgb, WIDTH, HEIGHT).unwrap(), at_s);
    }
    builder.finish()
}

fn archive() -> ArchiveIndex {
    let mut archive = ArchiveIndex::new();
    for seed in 1..=8 {
        archive.insert(seed, &clip(seed, 0.0, 40.0, 2.0, 1.0, |_| ()));
    }
    archive
}

fn mirror(rgb: &mut Vec<u8>) {
    let rows: Vec<u8> = rgb
        .chunks_exact(WIDTH * 3)
        .flat_map(|row| row.as_chunks::<3>().0.iter().rev().flatten().copied())
        .collect();
    *rgb = rows;
}

#[test]
fn an_excerpt_is_found_where_it_lies() {
    let archive = archive();
    for (name, speed, mirrored) in
        [("as it is", 1.0, false), ("mirrored", 1.0, true), ("faster", 1.1, false), ("slower", 0.9, true)]
    {
        let suspect = clip(3, 11.0, 10.0, 4.0, speed, |rgb| {
            if mirrored {
                mirror(rgb)
            }
        });
        let found = archive.candidates(&suspect);
        let best = found.first().unwrap_or_else(|| panic!("{name}: nothing found"));
        assert_eq!(
            (best.id, best.mirrored, best.strength),
            (3, mirrored, Strength::Confirmed),
            "{name}: {best:?}"
        );
        assert!((best.speed - speed).abs() < 0.03, "{name}: {best:?}");
        let start_s = 11.0 + best.suspect_span_s[0] * speed;
        assert!((best.original_span_s[0] - start_s).abs() < 0.2, "{name}: {best:?}");
        assert!(found.iter().all(|other| other.id == 3), "{name}: {found:?}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let archive = archive();
    assert_eq!(archive.candidates(&clip(99, 0.0, 10.0, 4.0, 1.0, |_| ())), []);
    assert_eq!(archive.candidates(&MediaSignature::default()), []);
    let black = clip(3, 0.0, 5.0, 4.0, 1.0, |rgb| rgb.fill(0));
    assert!(black.is_blank());
    assert_eq!(archive.candidates(&black), []);
}

#[test]
fn taking_out_and_in_again_gives_the_same_answers() {
    let rebuilt = archive();
    let mut kept = ArchiveIndex::new();
    for seed in (1..=12).rev() {
        kept.insert(seed, &clip(seed, 3.0, 5.0, 2.0, 1.0, |_| ()));
    }
    for seed in 9..=12 {
        assert!(kept.remove(seed) && !kept.remove(seed));
    }
    for seed in [4, 2, 8, 1, 7, 3, 6, 5] {
        kept.insert(seed, &clip(seed, 0.0, 40.0, 2.0, 1.0, |_| ()));
    }
    assert_eq!((kept.len(), rebuilt.len()), (8, 8));
    for seed in [2, 5, 10] {
        let suspect = clip(seed, 7.0, 6.0, 4.0, 1.0, |_| ());
        assert_eq!(kept.candidates(&suspect), rebuilt.candidates(&suspect));
    }
}

/// A wall of boxes that drifts slowly: many corners, at 320x180.
fn wall(seed: u64, at_s: f64) -> Vec<u8> {
    let mut state = seed;
    let mut random = move |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut luma = vec![90_u8; 320 * 180];
    let drift = (at_s * 3.0) as u64 % 20;
    for _ in 0..120 {
        let (left, top, wide, high, light) =
            (random(300), random(170), 6 + random(40), 6 + random(30), 20 + random(150));
        // Boxes of one shade would have four kinds of corners; each of these is a patchwork of its own.
        let patches: Vec<u64> = (0..64).map(|_| random(90)).collect();
        for y in top..(top + high).min(180) {
            for x in (left + drift).min(320)..(left + drift + wide).min(320) {
                let patch = patches[((y - top) / 5 * 8 + (x - left - drift) / 5) as usize % 64];
                luma[(y * 320 + x) as usize] = (light + patch).min(255) as u8;
            }
        }
    }
    luma.into_iter().flat_map(|light| [light; 3]).collect()
}

fn wall_clip(
    seed: u64,
    start_s: f64,
    length_s: f64,
    rate: f64,
    change: impl Fn(Vec<u8>) -> Vec<u8>,
) -> MediaSignature {
    let mut builder = SignatureBuilder::for_suspect();
    for number in 0..(length_s * rate) as usize {
        let at_s = number as f64 / rate;
        let rgb = change(wall(seed, start_s + at_s));
        builder.push_frame(&Picture::new(&rgb, 320, 180).unwrap(), at_s);
    }
    builder.finish()
}

/// The middle 70 % of each side.
fn crop(rgb: &[u8], mirrored: bool) -> Vec<u8> {
    let across = |x: usize| 48 + (if mirrored { 319 - x } else { x }) * 7 / 10;
    let pixel = |x: usize, y: usize| ((27 + y * 7 / 10) * 320 + across(x)) * 3;
    (0..180)
        .flat_map(|y| (0..320).map(move |x| (x, y)))
        .flat_map(|(x, y)| rgb[pixel(x, y)..pixel(x, y) + 3].to_vec())
        .collect()
}

#[test]
fn a_big_crop_is_found_by_its_corners() {
    let mut archive = ArchiveIndex::new();
    for seed in 1..=6 {
        archive.insert(seed, &wall_clip(seed, 0.0, 20.0, 1.0, |rgb| rgb));
    }
    for mirrored in [false, true] {
        let suspect = wall_clip(5, 6.0, 6.0, 2.0, |rgb| crop(&rgb, mirrored));
        let found = archive.candidates(&suspect);
        let best = found.first().unwrap_or_else(|| panic!("mirrored {mirrored}: nothing found"));
        assert_eq!((best.id, best.mirrored), (5, mirrored), "{found:?}");
        let picture = best.picture.expect("evidence in the picture");
        let [left, top, right, bottom] = picture.original_area.0;
        let sides = [left, top, 1000 - right, 1000 - bottom];
        assert!(picture.landmarks >= 10 && sides.iter().all(|side| side.abs_diff(150) < 40), "{best:?}");
        assert!(found.iter().all(|other| other.id == 5), "{found:?}");
    }
    assert_eq!(archive.candidates(&wall_clip(77, 6.0, 6.0, 2.0, |rgb| crop(&rgb, false))), []);
}
