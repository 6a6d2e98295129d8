use proptest::prelude::*;

use super::content::{self, Plane};
use super::{MediaSignature, Part, SignatureBuilder, SignatureError};
use crate::picture::{Picture, Rectangle};

const WIDTH: usize = 320;
const HEIGHT: usize = 180;

/// Texture that moves with the number of the frame.
fn texture(x: usize, y: usize, number: usize) -> u8 {
    let (x, y) = ((x + number * 3) as f64, (y + number) as f64);
    (128.0 + 60.0 * (x * 0.21).sin() * (y * 0.17).cos() + 50.0 * (x * 0.05 + y * 0.09).sin()) as u8
}

fn frame(number: usize, shade: impl Fn(usize, usize) -> u8) -> Vec<u8> {
    let _ = number;
    (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| [shade(x, y); 3]).collect()
}

fn planes(shade: impl Fn(usize, usize, usize) -> u8) -> Vec<Plane> {
    let rgb = (0..8).map(|number| frame(number, |x, y| shade(x, y, number)));
    rgb.map(|rgb| Plane::new(&Picture::new(&rgb, WIDTH, HEIGHT).unwrap())).collect()
}

fn inside(left: usize, top: usize, width: usize, height: usize) -> Rectangle {
    Rectangle { left, top, width, height }
}

#[test]
fn bars_are_seen_and_pictures_are_not_taken_for_bars() {
    assert_eq!(content::find(&planes(texture)), []);
    let letterbox = planes(|x, y, number| if (22..158).contains(&y) { texture(x, y, number) } else { 16 });
    assert!(content::find(&letterbox).contains(&inside(0, 22, 320, 136)));
    let pillarbox = planes(|x, y, number| if (100..220).contains(&x) { texture(x, y, number) } else { 0 });
    assert!(content::find(&pillarbox).contains(&inside(100, 0, 120, 180)));
    let framed =
        planes(
            |x, y, number| {
                if (12..300).contains(&x) && (8..170).contains(&y) { texture(x, y, number) } else { 240 }
            },
        );
    assert!(content::find(&framed).contains(&inside(12, 8, 288, 162)));
    let captioned = planes(|x, y, number| match y {
        30..150 => texture(x, y, number),
        156..170 if (90..160).contains(&x) && x % 5 < 3 => 255,
        _ => 0,
    });
    assert!(content::find(&captioned).contains(&inside(0, 30, 320, 120)));
}

#[test]
fn blurred_sides_are_seen() {
    let blurred = planes(|x, y, number| {
        if (110..210).contains(&x) {
            texture(x * 3, y * 2, number)
        } else {
            (110.0 + 50.0 * ((x + number) as f64 * 0.02).sin() + 20.0 * (y as f64 * 0.02).cos()) as u8
        }
    });
    let found = *content::find(&blurred).first().expect("no bars seen");
    assert!(found.left.abs_diff(110) <= 2 && (found.left + found.width).abs_diff(210) <= 2, "{found:?}");
}

#[test]
fn a_blank_group_has_no_content() {
    assert_eq!(content::find(&planes(|_, _, _| 0)), []);
    assert_eq!(content::find(&[]), []);
}

fn signature() -> MediaSignature {
    let mut builder = SignatureBuilder::for_suspect();
    for number in 0..20 {
        let rgb = frame(number, |x, y| if (60..260).contains(&x) { texture(x, y, number * 4) } else { 0 });
        builder.push_frame(&Picture::new(&rgb, WIDTH, HEIGHT).unwrap(), number as f64 * 0.5);
    }
    let samples: Vec<f32> = (0..160_000).map(|sample| (f64::from(sample) * 0.3).sin() as f32 * 0.5).collect();
    builder.push_sound(&samples, 0.0);
    builder.finish()
}

#[test]
fn the_binary_form_comes_back_as_it_went() {
    let signature = signature();
    assert!(signature.frames().iter().any(|frame| frame.part == Part::Content));
    assert!(signature.landmarks().iter().any(|frame| frame.mirrored && frame.points.len() > 20));
    assert!(signature.sound().is_some_and(|sound| sound.items().len() > 20));
    let bytes = signature.to_bytes();
    assert_eq!(MediaSignature::from_bytes(&bytes), Ok(signature));
    for length in (0..bytes.len()).step_by(7) {
        assert!(MediaSignature::from_bytes(&bytes[..length]).is_err(), "cut to {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(MediaSignature::from_bytes(&longer), Err(SignatureError::Length));
    let mut newer = bytes.clone();
    newer[4] = 3;
    assert_eq!(MediaSignature::from_bytes(&newer), Err(SignatureError::Version(3)));
    let mut endless = bytes;
    endless[9..13].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(MediaSignature::from_bytes(&endless), Err(SignatureError::TooLong));
}

#[test]
fn the_first_version_is_still_read() {
    // No frames, no sound, two seconds.
    let signature = MediaSignature::from_bytes(b"PDLS\x01\xd0\x07\0\0\0\0\0\0\0").unwrap();
    assert_eq!((signature.duration_s(), signature.is_blank(), signature.landmarks().len()), (2.0, true, 0));
}

#[test]
fn a_slide_is_kept_once_in_a_while() {
    let mut builder = SignatureBuilder::new();
    let rgb = frame(0, |x, y| texture(x, y, 0));
    for number in 0..80 {
        builder.push_frame(&Picture::new(&rgb, WIDTH, HEIGHT).unwrap(), number as f64 * 0.25);
    }
    let signature = builder.finish();
    assert_eq!((signature.frames().len(), signature.duration_s()), (10, 19.75));
}

#[test]
fn times_that_make_no_sense_are_left_out() {
    let mut builder = SignatureBuilder::new();
    for (number, at_s) in [0.0, 2.0, f64::NAN, 1.0, -4.0, f64::INFINITY, 3.0].into_iter().enumerate() {
        let rgb = frame(number, |x, y| texture(x, y, number * 30));
        builder.push_frame(&Picture::new(&rgb, WIDTH, HEIGHT).unwrap(), at_s);
    }
    let times: Vec<u32> = builder.finish().frames().iter().map(|frame| frame.at_ms).collect();
    assert_eq!(times, [0, 2000, 3000]);
}

proptest! {
    /// Whatever the bytes, there is an answer; what is read can be written again.
    #[test]
    fn any_bytes_are_answered(head in any::<bool>(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut all = if head { b"PDLS\x02".to_vec() } else { Vec::new() };
        all.extend(bytes);
        if let Ok(signature) = MediaSignature::from_bytes(&all) {
            prop_assert_eq!(MediaSignature::from_bytes(&signature.to_bytes()), Ok(signature));
        }
    }

    /// One changed byte is an error or another signature, never a panic.
    #[test]
    fn a_changed_byte_is_answered(at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let mut bytes = signature_bytes();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(signature) = MediaSignature::from_bytes(&bytes) {
            prop_assert_eq!(MediaSignature::from_bytes(&signature.to_bytes()), Ok(signature));
        }
    }
}

fn signature_bytes() -> Vec<u8> {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| signature().to_bytes()).clone()
}
