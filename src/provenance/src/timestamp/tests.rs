use proptest::prelude::*;

use super::*;

const REQUEST: &[u8] = include_bytes!("fixtures/request.tsq");
const EC: &[u8] = include_bytes!("fixtures/ec.tsr");
const RSA: &[u8] = include_bytes!("fixtures/rsa.tsr");
const ROOT: &str = include_str!("fixtures/root.pem");
const OTHER_ROOT: &str = include_str!("fixtures/other-root.pem");
const NONCE: [u8; 8] = [0x41, 2, 3, 4, 5, 6, 7, 8];

fn digest() -> Sha256 {
    Sha256::of(b"podlinnik")
}

fn token(reply: &[u8]) -> Vec<u8> {
    accept(reply, digest(), NONCE).unwrap().0
}

#[test]
fn the_request_is_what_openssl_answers() {
    assert_eq!(request(digest(), NONCE).unwrap(), REQUEST);
}

#[test]
fn stamps_of_openssl_hold() {
    let root = Roots::from_pem(ROOT).unwrap();
    for (reply, name) in [(EC, "CN=ec"), (RSA, "CN=rsa")] {
        let (token, stamp) = accept(reply, digest(), NONCE).unwrap();
        assert!(!stamp.is_trusted);
        assert!(stamp.authority.contains(name), "{}", stamp.authority);
        assert_eq!(stamp.at.strftime("%Y-%m-%d").to_string(), "2026-11-28");
        let checked = check(&token, digest(), Some(&root)).unwrap();
        assert_eq!(checked, Stamp { is_trusted: true, ..stamp });
        let other = check(&token, digest(), Some(&Roots::from_pem(OTHER_ROOT).unwrap()));
        assert!(matches!(other, Err(StampError::Untrusted(_))), "{other:?}");
        let both = Roots::from_pem(&format!("{OTHER_ROOT}{ROOT}")).unwrap();
        assert!(check(&token, digest(), Some(&both)).unwrap().is_trusted);
    }
}

#[test]
fn fractions_of_a_second_are_read() {
    let (_, stamp) = accept(EC, digest(), NONCE).unwrap();
    assert!(stamp.at.subsec_nanosecond() > 0, "{}", stamp.at);
    assert_eq!(stamp.at.subsec_nanosecond() % 1_000_000, 0);
}

#[test]
fn a_stamp_of_something_else_is_refused() {
    assert_eq!(accept(EC, Sha256::of(b"another"), NONCE), Err(StampError::OtherDigest));
    assert_eq!(accept(EC, digest(), [0x42; 8]), Err(StampError::OtherRequest));
}

#[test]
fn what_an_authority_refuses_is_told() {
    // PKIStatusInfo: rejection, "no".
    let refusal = [0x30, 0x0b, 0x30, 0x09, 0x02, 0x01, 0x02, 0x30, 0x04, 0x0c, 0x02, b'n', b'o'];
    let told = accept(&refusal, digest(), NONCE).unwrap_err();
    assert!(matches!(&told, StampError::Refused(words) if words.contains("no")), "{told}");
}

#[test]
fn roots_have_to_be_certificates() {
    for wrong in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(Roots::from_pem(wrong), Err(StampError::Certificate(_))), "{wrong}");
    }
}

#[test]
fn no_flipped_bit_says_another_time() {
    let root = Roots::from_pem(ROOT).unwrap();
    for reply in [EC, RSA] {
        let token = token(reply);
        let right = check(&token, digest(), Some(&root)).unwrap();
        let mut refused = 0;
        for place in (0..token.len() * 8).step_by(5) {
            let mut forged = token.clone();
            forged[place / 8] ^= 1 << (place % 8);
            match check(&forged, digest(), Some(&root)) {
                // Versions and lists of algorithms are not signed.
                Ok(stamp) => assert_eq!(stamp, right, "bit {place}"),
                Err(_) => refused += 1,
            }
        }
        assert!(refused > token.len() * 8 / 5 * 95 / 100, "{refused} of {}", token.len() * 8 / 5);
    }
}

proptest! {
    #[test]
    fn noise_is_refused(noise in proptest::collection::vec(any::<u8>(), 0..300), at in 0_usize..900) {
        prop_assert!(check(&noise, digest(), None).is_err());
        let mut mixed = token(EC);
        let at = at % mixed.len();
        mixed.splice(at..mixed.len().min(at + noise.len()), noise);
        let _ = check(&mixed, digest(), None);
        prop_assert!(accept(&EC[..at], digest(), NONCE).is_err());
    }
}
