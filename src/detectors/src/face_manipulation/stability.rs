//! The degradation self-test (DESIGN §1 rule 5): the same crops, re-encoded and resized, have to give about the same answer.

use podlinnik_domain::reason::Reason;
use podlinnik_media::encode::{EncodeError, jpeg_round_trip};

use super::assessment::{Scored, evenly, trimmed_mean};
use super::network::Network;
use crate::calibration::Calibrated;
use crate::detector::DetectorError;
use crate::face::{CROP_SIDE, Pixels};

/// Crops of a track that are tried.
const CROPS: usize = 6;
/// Quality of the JPEG that the crops go through.
const JPEG_QUALITY: u8 = 60;
/// Share of the crop's side that is left when it is made smaller and large again.
const SMALLER: f64 = 0.75;
/// Both answers have to be at least this far from 0 (log10) before a change of sign counts.
const SIGN_TOLERANCE: f64 = 0.15;
/// Largest change (log10) that a stable answer may show: a factor of 5.
const LARGEST_CHANGE: f64 = 0.7;

/// Whether the answer survives. `judge` turns a logit into the calibrated answer.
pub(super) fn is_stable(
    scored: &[Scored<'_>],
    network: &Network,
    threads: usize,
    judge: impl Fn(f64) -> Result<Calibrated, Reason>,
) -> Result<bool, DetectorError> {
    let tried = evenly(&scored.iter().collect::<Vec<_>>(), CROPS);
    let Some(before) = trimmed_mean(tried.iter().map(|scored| scored.logit)) else { return Ok(true) };
    let mut degraded = Vec::with_capacity(tried.len() * 2);
    for scored in &tried {
        let native = native_side(scored.face.square.side);
        degraded.push(recompressed(&scored.face.crop, native)?);
        degraded.push(shrunk(&scored.face.crop, native)?);
    }
    let answers = network.run(&degraded.iter().collect::<Vec<_>>(), threads)?;
    for kind in 0..2 {
        let after = trimmed_mean(answers.iter().skip(kind).step_by(2).map(|answer| answer.logit));
        let (Some(after), Ok(before)) = (after, judge(before)) else { return Ok(false) };
        let Ok(after) = judge(after) else { return Ok(false) };
        if differs(before.llr10.value(), after.llr10.value()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether two answers are not the same answer.
fn differs(before: f64, after: f64) -> bool {
    let flips = before * after < 0.0 && before.abs() > SIGN_TOLERANCE && after.abs() > SIGN_TOLERANCE;
    flips || (before - after).abs() > LARGEST_CHANGE
}

/// The size at which the face was seen, so that a small face is not degraded after it was enlarged.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 32..=224")]
fn native_side(face_px: f64) -> u32 {
    face_px.round().clamp(32.0, f64::from(CROP_SIDE)) as u32
}

fn recompressed(crop: &Pixels, native: u32) -> Result<Pixels, EncodeError> {
    let small = crop.resized(native, native)?;
    let rgb = jpeg_round_trip(&small.rgb, native, native, JPEG_QUALITY)?;
    Pixels { rgb, ..small }.resized(CROP_SIDE, CROP_SIDE)
}

fn shrunk(crop: &Pixels, native: u32) -> Result<Pixels, EncodeError> {
    let smaller = native_side(f64::from(native) * SMALLER);
    crop.resized(smaller, smaller)?.resized(CROP_SIDE, CROP_SIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_changes_are_tolerated_and_flips_are_not() {
        assert!(!differs(0.6, 0.3));
        assert!(!differs(0.5, -0.1));
        assert!(differs(0.5, -0.19));
        assert!(differs(-0.4, 0.3));
        assert!(differs(1.4, 0.6));
        assert!(!differs(-1.0, -1.5));
    }

    #[test]
    fn degradations_keep_the_size_and_change_the_pixels() {
        let rgb: Vec<u8> =
            (0..224_u32 * 224 * 3).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let crop = Pixels { width: 224, height: 224, rgb };
        for made in [recompressed(&crop, 80).unwrap(), shrunk(&crop, 224).unwrap()] {
            assert_eq!((made.width, made.height), (224, 224));
            assert_ne!(made.rgb, crop.rgb);
        }
    }
}
