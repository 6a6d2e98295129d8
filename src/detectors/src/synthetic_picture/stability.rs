//! The degradation self-test (DESIGN §1 rule 5): the same windows, re-encoded and made smaller and large again, have to give about the same answer.

use podlinnik_domain::reason::Reason;
use podlinnik_media::encode::{EncodeError, jpeg_round_trip};

use super::network::Network;
use super::{Seen, WindowPlan};
use crate::calibration::Calibrated;
use crate::detector::DetectorError;
use crate::face::{Pixels, median};

/// Quality of the JPEG that the windows go through.
const JPEG_QUALITY: u8 = 70;
/// Share of a window's side that is left when it is made smaller and large again.
const SMALLER: f64 = 0.8;
/// Largest change (log10) that a stable answer may show: a factor of 5.
const LARGEST_CHANGE: f64 = 0.7;

/// Whether the answer survives. `judge` turns a logit into the calibrated answer.
pub(super) fn is_stable(
    answer: &Calibrated,
    seen: &[Seen<'_>],
    network: &Network,
    plan: WindowPlan,
    judge: impl Fn(f64) -> Result<Calibrated, Reason>,
) -> Result<bool, DetectorError> {
    for degrade in [recompressed, shrunk] {
        let mut logits = Vec::with_capacity(seen.len());
        for one in seen {
            let native = one.windows.native.iter().map(|window| degrade(&window.pixels));
            let native: Vec<Pixels> = native.collect::<Result<_, _>>()?;
            let native = network.run(&native.iter().collect::<Vec<_>>())?;
            let whole = network.run(&[&degrade(&one.windows.whole)?])?;
            logits.push(plan.combine(&native, whole.first().copied().unwrap_or(0.0)));
        }
        let after = median(logits).map(&judge);
        let Some(Ok(after)) = after else { return Ok(false) };
        if differs(answer.llr10.value(), after.llr10.value()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether two answers are not the same answer.
fn differs(before: f64, after: f64) -> bool {
    before * after < 0.0 || (before - after).abs() > LARGEST_CHANGE
}

fn recompressed(window: &Pixels) -> Result<Pixels, EncodeError> {
    let rgb = jpeg_round_trip(&window.rgb, window.width, window.height, JPEG_QUALITY)?;
    Ok(Pixels { rgb, ..*window })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a window's side")]
fn shrunk(window: &Pixels) -> Result<Pixels, EncodeError> {
    let smaller = |length: u32| ((f64::from(length) * SMALLER).round() as u32).max(1);
    window.resized(smaller(window.width), smaller(window.height))?.resized(window.width, window.height)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_changes_are_tolerated_and_flips_are_not() {
        assert!(!differs(0.6, 0.0));
        assert!(!differs(0.6, 1.2));
        assert!(differs(0.4, -0.1));
        assert!(differs(1.4, 0.6));
    }

    #[test]
    fn degradations_keep_the_size_and_change_the_pixels() {
        let rgb: Vec<u8> =
            (0..128_u32 * 128 * 3).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let window = Pixels { width: 128, height: 128, rgb };
        for made in [recompressed(&window).unwrap(), shrunk(&window).unwrap()] {
            assert_eq!((made.width, made.height), (128, 128));
            assert_ne!(made.rgb, window.rgb);
        }
    }
}
