//! Clips that a line of text describes, so that stories about recognition need no media.
//!
//! `SCENES 1x20 s7x4 @3` is twenty half seconds of the moving scene 1, then four of the still scene 7, shaded by programme 3; what follows a line break changes
//! the bytes and nothing that is seen. `PHOTO 1` is the first picture of scene 1.

use podlinnik_similarity::picture::Picture;
use podlinnik_similarity::signature::{BuildOptions, MediaSignature, SignatureBuilder};

const SIDE: usize = 64;
/// A programme's share in a picture is one in so many.
const SHADE: u32 = 28;

/// What is seen in the described clip; nothing in other bytes. Second: whether it is a picture.
pub(crate) fn seen(bytes: &[u8]) -> (MediaSignature, bool) {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().next().unwrap_or_default();
    if let Some(scene) = line.strip_prefix("PHOTO ") {
        return (clip(&format!("{scene}x1")), true);
    }
    (line.strip_prefix("SCENES ").map(clip).unwrap_or_default(), false)
}

/// The signature of a description.
pub(crate) fn clip(description: &str) -> MediaSignature {
    let mut builder =
        SignatureBuilder::with_options(BuildOptions { landmarks: 0, ..BuildOptions::default() });
    let programme = description.split_once('@').map_or(0, |(_, number)| number.trim().parse().unwrap());
    let mut at = 0_u32;
    for part in description.split_whitespace().take_while(|part| !part.starts_with('@')) {
        let (scene, length) = part.split_once('x').unwrap();
        let (still, scene) = match scene.strip_prefix('s') {
            Some(scene) => (true, scene),
            None => (false, scene),
        };
        let scene: u64 = scene.parse().unwrap();
        for instant in 0..length.parse::<u64>().unwrap() {
            let moving = if still { 0 } else { instant };
            let rgb = picture(scene * 1000 + moving, programme * 77_777 + instant);
            builder.push_frame(&Picture::new(&rgb, SIDE, SIDE).unwrap(), f64::from(at) / 2.0);
            at += 1;
        }
    }
    builder.finish()
}

/// Blocks of grey that the first seed decides; the second shades them a little, unless it is that of programme 0.
fn picture(base: u64, shade: u64) -> Vec<u8> {
    let block = |number: u64| {
        let (base, tint) = (grey(base, number), grey(shade + 1, number));
        if shade < 77_777 {
            return u8::try_from(base).unwrap();
        }
        u8::try_from((base * (SHADE - 1) + tint) / SHADE).unwrap()
    };
    let blocks: Vec<u8> = (0..64).map(block).collect();
    (0..SIDE * SIDE).flat_map(|at| [blocks[at / SIDE / 8 * 8 + at % SIDE / 8]; 3]).collect()
}

/// SplitMix64: pictures of neighbouring seeds have nothing in common.
fn grey(seed: u64, number: u64) -> u32 {
    let state = (seed * 64 + number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::from((state >> 24) as u8)
}
