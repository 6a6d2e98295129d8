use super::{Orientation, Pdq, PdqHasher};
use crate::picture::Picture;

/// A picture that the script of the fixture can make too: whole numbers only.
fn picture(kind: &str, width: usize, height: usize) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(width * height * 3);
    let mut state = match kind {
        "noise" => (width * 4099 + height) as u32,
        _ => (width * 31 + height * 17) as u32,
    };
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as usize
    };
    let blocks = |number: usize| [number * 53 % 256, number * 91 % 256, number * 139 % 256];
    for y in 0..height {
        for x in 0..width {
            let pixel = match kind {
                "black" => [0; 3],
                "flat" => [200, 120, 40],
                "slope" => [x * 255 / width, y * 255 / height, (x + y) * 255 / (width + height)],
                "blocks" => blocks((x * 7 / width) * 37 + (y * 5 / height) * 101),
                "discs" => disc(x, y, width, height).unwrap_or([x * 90 / width, 60, y * 90 / height]),
                "noise" => [noise(), noise(), noise()],
                "mixed" => blocks((x * 11 / width) * 29 + (y * 6 / height) * 83)
                    .map(|value| (value * 3 + noise()) / 4),
                other => panic!("no kind of picture is called {other}"),
            };
            rgb.extend(pixel.map(|value| value as u8));
        }
    }
    rgb
}

fn disc(x: usize, y: usize, width: usize, height: usize) -> Option<[usize; 3]> {
    let (x, y, width, height) = (x as i64, y as i64, width as i64, height as i64);
    let discs = [(3, 2, 2), (7, 6, 3), (5, 8, 1)];
    let inside = |(left, top, radius): (i64, i64, i64)| {
        let across = x * 10 * height - left * width * height;
        let down = y * 10 * width - top * height * width;
        across * across + down * down < (radius * width * height).pow(2)
    };
    let number = discs.into_iter().rposition(inside)?;
    Some([250 - 80 * number, 40 + 90 * number, 120 + 60 * number])
}

/// The hashes of the `pdqhash` wheel: kind, width, height, quality, hash or all eight.
const REFERENCE: &str = include_str!("../../fixtures/pdq-reference.txt");

#[test]
fn every_bit_is_that_of_the_reference() {
    let mut hasher = PdqHasher::new();
    let (mut hashes, mut turned) = (0, 0);
    for line in REFERENCE.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(' ').collect();
        let [kind, width, height, quality, expected @ ..] = &fields[..] else { panic!("{line}") };
        let (width, height) = (width.parse().unwrap(), height.parse().unwrap());
        let rgb = picture(kind, width, height);
        let picture = Picture::new(&rgb, width, height).unwrap();
        let (coefficients, got) = hasher.coefficients(&picture, picture.whole()).unwrap();
        assert_eq!(got.to_string(), *quality, "quality of {kind} {width}x{height}");
        for (orientation, expected) in Orientation::ALL.into_iter().zip(expected) {
            let hash = coefficients.hash_turned(orientation);
            assert_eq!(hash.to_string(), *expected, "{kind} {width}x{height} {orientation:?}");
            assert_eq!(expected.parse(), Ok(hash));
            hashes += 1;
            turned += usize::from(orientation != Orientation::Original);
        }
    }
    assert!(hashes >= 220 && turned >= 140, "{hashes} hashes, {turned} of them turned");
}

#[test]
fn a_mirrored_picture_has_the_hash_that_was_foretold() {
    let mut hasher = PdqHasher::new();
    let rgb = picture("discs", 512, 288);
    let mut mirrored = Vec::with_capacity(rgb.len());
    for row in rgb.chunks_exact(512 * 3) {
        mirrored.extend(row.as_chunks::<3>().0.iter().rev().flatten());
    }
    let picture = Picture::new(&rgb, 512, 288).unwrap();
    let (coefficients, _) = hasher.coefficients(&picture, picture.whole()).unwrap();
    let seen = hasher.hash(&Picture::new(&mirrored, 512, 288).unwrap()).unwrap().pdq;
    let (_, close, _) = hasher.hash_both(&picture, picture.whole()).unwrap();
    assert!(close.distance(&seen) <= 4, "{}", close.distance(&seen));
    let foretold = coefficients.hash_turned(Orientation::FlipY);
    // Not nought: the filter reaches one pixel further to one side, so the mirrored grid lies a little off.
    assert!(foretold.distance(&seen) <= 16, "{}", foretold.distance(&seen));
    assert!(coefficients.hash().distance(&seen) > 80);
}

#[test]
fn tiny_pictures_and_odd_texts_give_nothing() {
    let mut hasher = PdqHasher::new();
    let rgb = vec![9; 4 * 100 * 3];
    assert_eq!(hasher.hash(&Picture::new(&rgb, 4, 100).unwrap()), None);
    assert!(Picture::new(&rgb, 4, 99).is_err() && Picture::new(&[], 0, 0).is_err());
    assert!(Picture::new(&rgb, usize::MAX, 2).is_err());
    let long = "0".repeat(65);
    for text in ["", "zz", &long, &"g".repeat(64), &"é".repeat(32)] {
        assert!(text.parse::<Pdq>().is_err(), "{text}");
    }
}

#[test]
fn words_hold_the_same_bits() {
    let one: Pdq = REFERENCE.lines().last().unwrap().split(' ').next_back().unwrap().parse().unwrap();
    assert_eq!(Pdq::from_words(one.words()), one);
    let inverted = Pdq::from_bytes(one.as_bytes().map(|byte| !byte));
    assert_eq!((one.distance(&one), one.distance(&inverted)), (0, 256));
}
