//! Codes of a second factor: RFC 6238 over SHA-1 with six digits and steps of 30 seconds, what every authenticator understands; recovery codes.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use qrcode::{Color, EcLevel, QrCode};

use crate::error::ServiceError;
use crate::secret;
use crate::service::Answer;

/// Length of a secret in bytes: as long as the hash (RFC 4226 §4).
pub(super) const SECRET_BYTES: usize = 20;
const STEP_S: i64 = 30;
const DIGITS: usize = 6;
/// RFC 4648 §6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Bytes of a recovery code: 80 bits, 16 characters of base32.
const RECOVERY_BYTES: usize = 10;
const RECOVERY_LETTERS: usize = 16;
/// Empty modules around the picture, as the standard asks.
const QUIET: usize = 4;

/// A new secret.
pub(super) fn new_secret() -> Answer<[u8; SECRET_BYTES]> {
    let random = secret::random()?;
    let mut bytes = [0; SECRET_BYTES];
    bytes.iter_mut().zip(random).for_each(|(byte, random)| *byte = random);
    Ok(bytes)
}

/// The six digits of a step.
fn code(secret: &[u8], step: i64) -> Option<u32> {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret).ok()?;
    mac.update(&step.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    // RFC 4226 §5.3: the last half byte says which four bytes count.
    let offset = usize::from(digest.last()? & 0x0f);
    let four: [u8; 4] = digest.get(offset..offset + 4)?.try_into().ok()?;
    Some((u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
}

/// The step that a code is of: the present one, the one before or the one after.
pub(super) fn step_of(secret: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let digits: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    if digits.len() != DIGITS || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let typed: u32 = digits.parse().ok()?;
    let present = now.as_second().div_euclid(STEP_S);
    // No early end: how long it takes says nothing about the code.
    let mut found = None;
    for step in [present - 1, present + 1, present] {
        if code(secret, step) == Some(typed) {
            found = Some(step);
        }
    }
    found
}

/// RFC 4648 §6 without padding.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0_u32);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.extend(digit(held >> bits));
        }
        held &= (1 << bits) - 1;
    }
    if bits > 0 {
        text.extend(digit(held << (5 - bits)));
    }
    text
}

fn digit(value: u32) -> Option<char> {
    BASE32.get((value & 31) as usize).map(|letter| char::from(*letter))
}

/// What an authenticator takes in.
pub(super) fn uri(secret: &[u8], login: &str) -> String {
    let secret = base32(secret);
    format!(
        "otpauth://totp/Podlinnik:{login}?secret={secret}&issuer=Podlinnik&algorithm=SHA1&digits={DIGITS}&period={STEP_S}"
    )
}

/// The address as a picture.
pub(super) fn picture(uri: &str) -> Answer<String> {
    let code = QrCode::with_error_correction_level(uri, EcLevel::M)
        .map_err(|error| ServiceError::Internal(format!("cannot draw a QR code: {error}")))?;
    let width = code.width();
    let whole = width + 2 * QUIET;
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + QUIET, index / width + QUIET);
            // Writing into a text does not fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" shape-rendering=\"crispEdges\" role=\"img\">\
         <path fill=\"#fff\" d=\"M0 0h{whole}v{whole}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

/// A new recovery code, in groups of four, and the hash that is stored.
pub(super) fn recovery_code() -> Answer<(String, Sha256)> {
    let random = secret::random()?;
    let letters = base32(random.split_at(RECOVERY_BYTES).0).to_lowercase();
    let mut shown = String::new();
    for (index, letter) in letters.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            shown.push('-');
        }
        shown.push(letter);
    }
    Ok((shown, Sha256::of(letters.as_bytes())))
}

/// The hash to look a recovery code up by; none for a text that cannot be one.
pub(super) fn recovery_hash(typed: &str) -> Option<Sha256> {
    let letters: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .take(RECOVERY_LETTERS + 1)
        .map(|letter| letter.to_ascii_lowercase())
        .collect();
    let shaped = letters.len() == RECOVERY_LETTERS
        && letters.bytes().all(|letter| BASE32.contains(&letter.to_ascii_uppercase()));
    shaped.then(|| Sha256::of(letters.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC_SECRET: &[u8] = b"12345678901234567890";

    /// RFC 6238, appendix B, the rows for SHA-1: the last six of its eight digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code(RFC_SECRET, seconds / STEP_S), Some(expected), "{seconds}");
        }
    }

    #[test]
    fn a_code_is_good_for_one_step_before_and_after() {
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        assert_eq!(step_of(RFC_SECRET, "287082", at(59)), Some(1));
        assert_eq!(step_of(RFC_SECRET, " 287 082 ", at(0)), Some(1));
        assert_eq!(step_of(RFC_SECRET, "287082", at(89)), Some(1));
        assert_eq!(step_of(RFC_SECRET, "287082", at(90)), None);
        assert_eq!(step_of(RFC_SECRET, "287082", at(-1)), None);
        assert_eq!(step_of(RFC_SECRET, "005924", at(1_234_567_890)), Some(1_234_567_890 / STEP_S));
        for wrong in ["", "5924", "287083", "0287082", "28708x", "+87082", "２８７０８２"] {
            assert_eq!(step_of(RFC_SECRET, wrong, at(59)), None, "{wrong}");
        }
    }

    /// RFC 4648 §10, without the padding.
    #[test]
    fn base32_is_that_of_the_standard() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_recovery_code_is_found_however_it_is_typed() {
        let (shown, hash) = recovery_code().unwrap();
        assert_eq!((shown.len(), shown.matches('-').count()), (19, 3), "{shown}");
        assert_ne!(recovery_code().unwrap().0, shown);
        for typed in [shown.clone(), shown.to_uppercase(), shown.replace('-', " "), format!(" {shown} ")] {
            assert_eq!(recovery_hash(&typed), Some(hash), "{typed}");
        }
        for wrong in ["", "123456", &shown[1..], &format!("{shown}a"), "0000-0000-0000-0000"] {
            assert_eq!(recovery_hash(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_picture_is_a_square_with_three_corners_and_nothing_that_runs() {
        let address = uri(RFC_SECRET, "anna");
        assert_eq!(
            address,
            "otpauth://totp/Podlinnik:anna?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Podlinnik&algorithm=SHA1&digits=6&period=30"
        );
        let svg = picture(&address).unwrap();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"));
        assert!(!svg.contains("script") && !svg.contains("style") && !svg.contains("GEZD"));
        // The finder pattern's corner lies behind the quiet zone.
        assert!(svg.contains("M4 4h1v1h-1z") && !svg.contains("M3 "));
    }
}
